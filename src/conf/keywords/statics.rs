//! What does not depend on an instance, and what concerns several interfaces or instances.

use super::{LONGEST, flag, own, seconds, switch};
use crate::base::id::IfName;
use crate::base::time::Span;
use crate::conf::diag::code::route as route_code;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{
    At, Draft, GarpGroupDraft, GroupDraft, HookKind, RouteDraft, RuleDraft, TrackGroupDraft,
};
use crate::conf::expanded::Extent;
use crate::conf::keyword::{Keyword, Meta, Parity, Section};
use crate::conf::model::statics::Beat;
use crate::conf::reader::Again;
use crate::conf::reader::Reader;

pub(super) static SYNC_GROUP: Section<GroupDraft> = Section::new("vrrp_sync_group", &[SYNC_ROWS]);
pub(super) static GARP_GROUP: Section<GarpGroupDraft> = Section::new("garp_group", &[GARP_ROWS]);
pub(super) static TRACK_GROUP: Section<TrackGroupDraft> = Section::new("track_group", &[TRACK_GROUP_ROWS]);
pub(super) static LINKBEAT: Section<()> = Section::new("linkbeat_interfaces", &[]).positional(&[Meta::word(
    "IF",
    "",
    "The interface; behind it MII, ETHTOOL or IOCTL for the way to ask.",
)
.since("2.0.13")
.example("[eth0 ETHTOOL]")]);
pub(super) static DELAYS: Section<()> =
    Section::new("interface_up_down_delays", &[]).positional(&[Meta::word(
        "IF",
        "",
        "The interface; behind it the seconds that the link has to be down, and up, before that counts.",
    )
    .since("2.2.3")
    .example("[eth0 2 5]")]);

const COMMAND: &str = "COMMAND [USER [[:]GROUP]]";

const SYNC_ROWS: &[Keyword<GroupDraft>] = &[
    own("group", "{ INSTANCE ... }", |d: &mut GroupDraft, r: &mut Reader<'_>| {
        let at = r.at(0);
        if let Some(first) = &d.members {
            let first = first.at;
            let message = format!("{} has a list of members already; this one is ignored", d.name);
            r.report(&code::GIVEN_TWICE, at, message).also(first, "the first one is here");
            return r.skip();
        }
        let (members, end) = names(r);
        if members.is_empty() {
            let message = format!("the list of members of {} is empty", d.name);
            r.report(&code::EMPTY_BLOCK, at, message).also(end, "the list ends here");
        }
        d.members = Some(At::new(members, at));
    }).since("0.6.4").example("[group {\n    VI_1\n}]")
    .doc("", "The members: instances, one a line."),
    own("track_interface", "{ INTERFACE [weight N] [reverse] ... }", |d: &mut GroupDraft, r: &mut Reader<'_>| {
        super::track::interfaces(&mut d.tracks.interfaces, r);
    }).since("2.0.0").example("track_interface {\n    eth1 weight -20\n}")
    .doc("", "Interfaces that all members track."),
    own("track_script", "{ NAME [weight N] [reverse|noreverse] ... }", |d: &mut GroupDraft, r: &mut Reader<'_>| {
        super::track::list(&mut d.tracks.scripts, &super::track::SCRIPT, r);
    }).since("2.0.0").example("track_script {\n    check weight -20\n}")
    .doc("", "Scripts that all members track."),
    own("track_file", "{ NAME [weight N] [reverse|noreverse] ... }", |d: &mut GroupDraft, r: &mut Reader<'_>| {
        super::track::list(&mut d.tracks.files, &super::track::FILE, r);
    }).since("2.0.0").example("track_file {\n    drain weight 2\n}")
    .doc("", "Files that all members track."),
    own("track_process", "{ NAME [weight N] [reverse|noreverse] ... }", |d: &mut GroupDraft, r: &mut Reader<'_>| {
        super::track::list(&mut d.tracks.processes, &super::track::PROCESS, r);
    }).since("2.0.11").example("track_process {\n    haproxy weight -20\n}")
    .doc("", "Processes that all members track."),
    own("track_bfd", "{ NAME [weight N] [reverse|noreverse] ... }", |d: &mut GroupDraft, r: &mut Reader<'_>| {
        super::track::list(&mut d.tracks.bfd, &super::track::BFD, r);
    }).since("2.0.0").example("track_bfd {\n    router weight -20\n}")
    .parity(Parity::Stored)
    .doc("", "BFD sessions that all members track."),
    own("notify_master", COMMAND, |d: &mut GroupDraft, r: &mut Reader<'_>| super::instance::hook(&mut d.hooks, HookKind::Master, r)).since("0.6.4")
        .doc("none", "A command that is run when the group becomes master."),
    own("notify_backup", COMMAND, |d: &mut GroupDraft, r: &mut Reader<'_>| super::instance::hook(&mut d.hooks, HookKind::Backup, r)).since("0.6.4")
        .doc("none", "A command that is run when the group becomes backup."),
    own("notify_fault", COMMAND, |d: &mut GroupDraft, r: &mut Reader<'_>| super::instance::hook(&mut d.hooks, HookKind::Fault, r)).since("0.6.4")
        .doc("none", "A command that is run when the group goes to FAULT."),
    own("notify_stop", COMMAND, |d: &mut GroupDraft, r: &mut Reader<'_>| super::instance::hook(&mut d.hooks, HookKind::Stop, r)).since("2.0.0")
        .doc("none", "A command that is run when keepalived stops."),
    own("notify", COMMAND, |d: &mut GroupDraft, r: &mut Reader<'_>| super::instance::hook(&mut d.hooks, HookKind::Any, r)).since("1.1.2")
        .doc("none", "A command that is run on every change, with four further arguments: `GROUP`, the name, the state and 0."),
    switch("smtp_alert", |d: &mut GroupDraft, on, _| d.mail = Some(on)).since("1.0.0")
        .doc("smtp_alert of global_defs, else off", "Sends mail on changes."),
    own("global_tracking", "", |_, r: &mut Reader<'_>| {
        r.use_all();
        r.report(&code::DEPRECATED, r.at(0), "`global_tracking` does nothing any more")
            .help("write `track_interface`, `track_script` and the like into the group");
    }).since("1.2.3").example("global_tracking")
    .doc("", "Once let the members track what any of them tracks."),
    flag("sync_group_tracking_weight", |d: &mut GroupDraft, _| d.weights = true).since("2.0.0")
        .doc("off", "Lets weights of what is tracked count; all members should then track the same."),
    switch("notify_priority_changes", |d: &mut GroupDraft, on, _| d.priority_changes = Some(on)).since("2.2.0")
        .doc("vrrp_notify_priority_changes of global_defs", "Default of `notify_priority_changes` of the members."),
];

const GARP_ROWS: &[Keyword<GarpGroupDraft>] = &[
    seconds("garp_interval", 0, LONGEST, |d: &mut GarpGroupDraft, span, _| d.garp_interval = Some(span))
        .since("1.2.21")
        .example("garp_interval 0.01")
        .doc("none", "The least time between two gratuitous ARPs on any of the interfaces."),
    seconds("gna_interval", 0, LONGEST, |d: &mut GarpGroupDraft, span, _| d.gna_interval = Some(span))
        .since("1.2.21")
        .example("gna_interval 0.01")
        .doc("none", "The least time between two neighbour advertisements on any of the interfaces."),
    own("interface", "INTERFACE", |d: &mut GarpGroupDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        d.interfaces.extend(r.interface(1).map(|name| At::new(name, at)));
    })
    .since("1.2.21")
    .doc("", "An interface of the group."),
    own("interfaces", "{ INTERFACE ... }", |d: &mut GarpGroupDraft, r: &mut Reader<'_>| {
        let end = r.entries(|r| {
            for index in 0..r.count() {
                let at = r.at(index);
                d.interfaces.extend(r.interface(index).map(|name| At::new(name, at)));
            }
        });
        d.listed_to = Some(end);
    })
    .since("1.2.21")
    .example("interfaces {\n    eth1\n}")
    .doc("", "The interfaces of the group."),
];

const TRACK_GROUP_ROWS: &[Keyword<TrackGroupDraft>] =
    &[own("group", "{ INSTANCE ... }", |d: &mut TrackGroupDraft, r: &mut Reader<'_>| {
        d.members.append(&mut names(r).0);
    })
    .since("2.0.3")
    .example("[group {\n    VI_1\n}]")
    .doc("", "The instances, one a line.")];

/// A list of names.
fn names(r: &mut Reader<'_>) -> (Vec<At<Box<str>>>, Extent) {
    let mut names = Vec::new();
    let end = r.entries(|r| {
        for index in 0..r.count() {
            let at = r.at(index);
            names.extend(r.arg(index).map(|name| At::new(name.into(), at)));
        }
    });
    (names, end)
}

/// An entry of `virtual_routes`.
pub(super) fn virtual_route(r: &mut Reader<'_>) -> Option<RouteDraft> {
    let route = super::route::entry(r)?;
    no_track_group(route.group_at, r);
    Some(route)
}

/// An entry of `virtual_rules`.
pub(super) fn virtual_rule(r: &mut Reader<'_>) -> Option<RuleDraft> {
    let rule = super::rule::entry(r)?;
    no_track_group(rule.group_at, r);
    Some(rule)
}

/// Says that a `track_group` has no meaning in an instance.
pub(super) fn no_track_group(at: Option<crate::conf::expanded::Extent>, r: &mut Reader<'_>) {
    if let Some(at) = at {
        r.report(&route_code::TRACK_GROUP_ELSEWHERE, at, "`track_group` has no meaning inside an instance");
    }
}

pub(super) fn addresses(draft: &mut Draft, r: &mut Reader<'_>) {
    r.entries(|r| {
        let Some(vip) = super::address::entry(r) else { return };
        if vip.own_vmac.is_some() {
            r.report(&code::UNKNOWN_OPTION, vip.at, "a static address cannot have a MAC-VLAN of its own");
        }
        draft.statics.addresses.push(vip);
    });
}

pub(super) fn routes(draft: &mut Draft, r: &mut Reader<'_>) {
    r.entries(|r| draft.statics.routes.extend(super::route::entry(r)));
}

pub(super) fn rules(draft: &mut Draft, r: &mut Reader<'_>) {
    r.entries(|r| draft.statics.rules.extend(super::rule::entry(r)));
}

pub(super) fn track_group(draft: &mut Draft, r: &mut Reader<'_>) {
    let Some(name) = r.block_name(&mut draft.names.track_groups, Again::Refused) else { return r.skip() };
    let mut group = TrackGroupDraft { name: name.value.into(), members: Vec::new() };
    r.block(&TRACK_GROUP, &mut group);
    draft.statics.groups.push(group);
}

pub(super) fn sync_group(draft: &mut Draft, r: &mut Reader<'_>) {
    let Some(name) = r.block_name(&mut draft.names.groups, Again::Refused) else { return r.skip() };
    let mut group = GroupDraft::new(name.value, name.at);
    group.end = r.block(&SYNC_GROUP, &mut group);
    draft.groups.push(group);
}

pub(super) fn garp_group(draft: &mut Draft, r: &mut Reader<'_>) {
    let at = r.at(0);
    let mut group = GarpGroupDraft::default();
    group.end = r.block(&GARP_GROUP, &mut group);
    draft.statics.garp_groups.push(At::new(group, at));
}

pub(super) fn linkbeat(draft: &mut Draft, r: &mut Reader<'_>) {
    r.entries(|r| {
        let at = r.at(0);
        let Some(name) = r.interface(0) else { return r.use_all() };
        let beat = match r.arg(1) {
            None => Beat::Any,
            Some("MII") => Beat::Mii,
            Some("ETHTOOL") => Beat::Ethtool,
            Some("IOCTL") => Beat::Ioctl,
            Some(word) => {
                let message = format!("`{word}` is no way to ask for the link state");
                r.report(&code::UNKNOWN_OPTION, r.at(1), message).label("expected MII, ETHTOOL or IOCTL");
                Beat::Any
            }
        };
        if r.count() > 2 {
            r.report(&code::UNKNOWN_OPTION, r.at(2), "an interface is asked in one way only");
            r.use_all();
        }
        draft.statics.polled.push((At::new(name, at), beat));
    });
}

pub(super) fn delays(draft: &mut Draft, r: &mut Reader<'_>) {
    const LONGEST_DELAY: Span = Span::from_secs(255);
    r.entries(|r| {
        let at = r.at(0);
        let Some(name): Option<IfName> = r.interface(0) else { return r.use_all() };
        let down = if r.count() > 1 { r.seconds(1, Span::ZERO, LONGEST_DELAY) } else { Some(Span::ZERO) };
        let up = if r.count() > 2 { r.seconds(2, Span::ZERO, LONGEST_DELAY) } else { Some(Span::ZERO) };
        if let (Some(down), Some(up)) = (down, up) {
            draft.statics.delays.push((At::new(name, at), down, up));
        }
    });
}
