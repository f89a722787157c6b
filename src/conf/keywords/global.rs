//! `global_defs`.

mod daemon;
mod facility;
mod lvs;
mod process;

use std::borrow::Borrow;
use std::net::IpAddr;

use super::{
    LONGEST, MOST, MOST_SIGNED, fit, flag, number, own, repetitions, switch, text, whole, whole_seconds,
};
use crate::base::addr::Family;
use crate::base::id::Version;
use crate::base::time::Span;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, FifoDraft, GlobalDraft};
use crate::conf::keyword::{Keyword, Parity, Section};
use crate::conf::model::further::ExtraAnnouncements;
use crate::conf::model::settings::Dynamic;
use crate::conf::reader::{CommandLine, Reader};

pub(super) use daemon::too_many;
pub(super) use lvs::{SYNC_DAEMON, TIMEOUTS};

pub(super) static GLOBAL: Section<GlobalDraft> =
    Section::new("global_defs", &[VRRP, SCRIPTS, daemon::ROWS, process::ROWS, facility::ROWS, lvs::ROWS]);

const VRRP: &[Keyword<GlobalDraft>] = &[
    text("router_id", "TEXT", |d: &mut GlobalDraft, text, _| d.router_id = Some(text.into()))
        .since("1.1.8")
        .example("router_id lb1")
        .optional()
        .doc("the host name", "What this host is called in mails and by SNMP."),
    own("vrrp_mcast_group4", "ADDRESS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        if let Some(IpAddr::V4(group)) = group(Family::V4, r) {
            d.group4 = Some(group);
        }
    })
    .since("1.2.10")
    .example("vrrp_mcast_group4 224.0.0.118")
    .doc("224.0.0.18", "The IPv4 group that advertisements go to."),
    own("vrrp_mcast_group6", "ADDRESS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        if let Some(IpAddr::V6(group)) = group(Family::V6, r) {
            d.group6 = Some(group);
        }
    })
    .since("1.2.10")
    .example("vrrp_mcast_group6 ff02::118")
    .doc("ff02::12", "The IPv6 group that advertisements go to."),
    own("vrrp_version", "2|3", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.version = r.choice(1, &[("2", Version::V2), ("3", Version::V3)]).or(d.version);
    })
    .since("1.2.20")
    .example("vrrp_version 3")
    .doc("2", "The version of VRRP for IPv4 where an instance does not say."),
    switch("vrrp_strict", |d: &mut GlobalDraft, on, _| d.strict = on)
        .since("1.2.20")
        .doc("off", "Default of `strict_mode`, which holds to the RFC and refuses unicast."),
    whole_seconds("vrrp_garp_master_delay", 0, 4294, |d: &mut GlobalDraft, n, _| {
        d.garp.delay = Some(whole(n));
    })
    .since("1.2.20")
    .example("vrrp_garp_master_delay 10")
    .doc("5", "Default of `garp_master_delay`."),
    own("vrrp_garp_master_repeat", "NUMBER", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.garp.repeat = repetitions(r).or(d.garp.repeat);
    })
    .since("1.2.20")
    .range("1 to 4294967295")
    .example("vrrp_garp_master_repeat 3")
    .doc("5", "Default of `garp_master_repeat`."),
    whole_seconds("vrrp_garp_master_refresh", 0, MOST, |d: &mut GlobalDraft, n, _| {
        d.garp.refresh = Some(whole(n));
    })
    .since("1.2.20")
    .doc("0", "Default of `garp_master_refresh`."),
    own("vrrp_garp_master_refresh_repeat", "NUMBER", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.garp.refresh_repeat = repetitions(r).or(d.garp.refresh_repeat);
    })
    .since("1.2.20")
    .range("1 to 4294967295")
    .example("vrrp_garp_master_refresh_repeat 2")
    .doc("1", "Default of `garp_master_refresh_repeat`."),
    whole_seconds("vrrp_garp_lower_prio_delay", 0, 4294, |d: &mut GlobalDraft, n, at| {
        d.garp.lower_prio_delay = Some(At::new(whole(n), at));
    })
    .since("1.2.20")
    .doc("vrrp_garp_master_delay", "Default of `garp_lower_prio_delay`."),
    number("vrrp_garp_lower_prio_repeat", 0, MOST_SIGNED, |d: &mut GlobalDraft, n, at| {
        d.garp.lower_prio_repeat = Some(At::new(fit(n), at));
    })
    .since("1.2.20")
    .doc("vrrp_garp_master_repeat", "Default of `garp_lower_prio_repeat`."),
    switch("vrrp_min_garp", |d: &mut GlobalDraft, on, _| {
        if on {
            minimal_garp(d);
        }
    })
    .since("2.0.12")
    .doc(
        "off",
        "Announces each address once and never again. Only changes what has not been set on a line above.",
    ),
    own("vrrp_garp_interval", "SECONDS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.garp_interval = pause(r).unwrap_or(d.garp_interval);
    })
    .since("1.2.21")
    .range("0.000001 to 4294.967295 s")
    .example("vrrp_garp_interval 0.001")
    .doc("0", "The least time between two gratuitous ARPs on one interface."),
    own("vrrp_gna_interval", "SECONDS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.gna_interval = pause(r).unwrap_or(d.gna_interval);
    })
    .since("1.2.21")
    .range("0.000001 to 4294.967295 s")
    .example("vrrp_gna_interval 0.001")
    .doc("0", "The least time between two unsolicited neighbour advertisements on one interface."),
    own("vrrp_garp_extra_if", "[all] [SECONDS]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        let slot = &mut d.settings.interfaces.extra_announcements;
        *slot = extra_announcements(1, r).or(*slot);
    })
    .since("2.2.3")
    .range("1 to 86400 s")
    .example("vrrp_garp_extra_if all 60")
    .deprecated_name(&["vrrp_vmac_garp_intvl"])
    .doc("0", "Default of `garp_extra_if`."),
    number("vrrp_down_timer_adverts", 1, 100, |d: &mut GlobalDraft, n, _| {
        d.down_timer_adverts = Some(fit(n));
    })
    .since("2.2.3")
    .doc("3", "Default of `down_timer_adverts`."),
    switch("vrrp_lower_prio_no_advert", |d: &mut GlobalDraft, on, _| d.lower_prio_no_advert = on)
        .since("1.2.20")
        .doc("off", "Default of `lower_prio_no_advert`."),
    switch("vrrp_higher_prio_send_advert", |d: &mut GlobalDraft, on, _| d.higher_prio_send_advert = on)
        .since("1.3.5")
        .doc("off", "Default of `higher_prio_send_advert`."),
    switch("vrrp_skip_check_adv_addr", |d: &mut GlobalDraft, on, _| d.skip_check_adv_addr = on)
        .since("1.2.20")
        .doc("off", "Default of `skip_check_adv_addr`."),
    switch("vrrp_owner_ignore_adverts", |d: &mut GlobalDraft, on, _| d.owner_ignore_adverts = on)
        .since("2.3.3")
        .doc("off", "Default of `owner_ignore_adverts`."),
    switch("v3_checksum_as_v2", |d: &mut GlobalDraft, on, _| d.v3_checksum_as_v2 = on)
        .since("2.2.8")
        .doc("off", "Default of `v3_checksum_as_v2` of instances."),
    flag("vrrp_check_unicast_src", |d: &mut GlobalDraft, _| d.check_unicast_src = true)
        .since("1.2.20")
        .doc("off", "Default of `check_unicast_src`."),
    switch("vrrp_notify_priority_changes", |d: &mut GlobalDraft, on, _| d.notify_priority_changes = on)
        .since("2.0.16")
        .doc("off", "Default of `notify_priority_changes`."),
    flag("log_unknown_vrids", |d: &mut GlobalDraft, _| d.log_unknown_vrids = true)
        .since("2.0.16")
        .doc("off", "Says so when an advertisement for no instance of ours arrives."),
    own("dynamic_interfaces", "[allow_if_changes]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.interfaces.dynamic = match r.arg(1) {
            None => Dynamic::Yes,
            Some("allow_if_changes") => Dynamic::AndChange,
            Some(word) => {
                let message = format!("`{word}` is no option of `dynamic_interfaces`");
                r.report(&code::UNKNOWN_OPTION, r.at(1), message).label("expected allow_if_changes");
                Dynamic::Yes
            }
        };
    })
    .since("2.0.0")
    .example("dynamic_interfaces allow_if_changes")
    .doc(
        "off",
        "Interfaces may appear later: nothing is said of those that are missing. Instances wait for them in FAULT either way, \
         and do not mind if they come back as something else (`allow_if_changes`).",
    ),
];

const SCRIPTS: &[Keyword<GlobalDraft>] = &[
    own("script_user", "USER [[:]GROUP]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.script_user = r.run_by(1).or(d.script_user.take());
    })
    .since("1.3.0")
    .example("script_user nobody")
    .optional()
    .doc(
        "keepalived_script if there is such a user, else the user of the daemon",
        "Who runs commands that name nobody.",
    ),
    flag("enable_script_security", |d: &mut GlobalDraft, _| d.script_security = true)
        .since("1.3.0")
        .doc("off", "Does not run a command as root if anybody else could change it."),
    switch("use_symlink_paths", |d: &mut GlobalDraft, on, _| d.settings.commands.by_written_path = on)
        .since("2.3.0")
        .parity(Parity::Stored)
        .doc("off", "Runs commands by the path as written, not by the resolved one."),
    switch("set_supplementary_groups", |d: &mut GlobalDraft, on, _| {
        d.settings.commands.supplementary_groups = on;
    })
    .since("after 2.4.3")
    .parity(Parity::Stored)
    .doc("off", "Gives commands the supplementary groups of their user."),
    number("notify_timeout", 0, 86_400, |d: &mut GlobalDraft, n, _| {
        d.settings.commands.hook_timeout = (n > 0).then(|| whole(n));
    })
    .since("keepalived-rs 0.1.0")
    .example("notify_timeout 10")
    .doc(
        "0",
        "After so many seconds a `notify` command is asked to end, and 2 seconds later it is killed; 0 is never.",
    ),
    own("notify_fifo", FIFO, |d: &mut GlobalDraft, r: &mut Reader<'_>| fifo(&mut d.notify_fifo, r))
        .since("1.3.6")
        .optional()
        .doc(
            "none",
            "A named pipe that gets a line for every change of state. It is made if it is not there.",
        ),
    own("vrrp_notify_fifo", FIFO, |d: &mut GlobalDraft, r: &mut Reader<'_>| fifo(&mut d.vrrp_notify_fifo, r))
        .since("1.3.6")
        .optional()
        .doc("none", "The same for instances and groups only."),
    own("lvs_notify_fifo", FIFO, |d: &mut GlobalDraft, r: &mut Reader<'_>| fifo(&mut d.lvs_notify_fifo, r))
        .since("1.3.6")
        .optional()
        .parity(Parity::Stored)
        .doc("none", "The same for IPVS services and servers only."),
    own("notify_fifo_script", COMMAND, |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        first_command(&mut d.fifo_reader, r);
    })
    .since("1.3.6")
    .example("notify_fifo /run/keepalived/all\n[notify_fifo_script /usr/bin/true]")
    .optional()
    .doc(
        "none",
        "A command that reads `notify_fifo`; keepalived starts it with the path as its last argument.",
    ),
    own("vrrp_notify_fifo_script", COMMAND, |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        first_command(&mut d.vrrp_fifo_reader, r);
    })
    .since("1.3.6")
    .example("vrrp_notify_fifo /run/keepalived/vrrp\n[vrrp_notify_fifo_script /usr/bin/true]")
    .optional()
    .doc(
        "none",
        "A command that reads `vrrp_notify_fifo`; keepalived starts it with the path as its last argument.",
    ),
    own("lvs_notify_fifo_script", COMMAND, |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        first_command(&mut d.lvs_fifo_reader, r);
    })
    .since("1.3.6")
    .example("lvs_notify_fifo /run/keepalived/lvs\n[lvs_notify_fifo_script /usr/bin/true]")
    .optional()
    .parity(Parity::Stored)
    .doc(
        "none",
        "A command that reads `lvs_notify_fifo`; keepalived starts it with the path as its last argument.",
    ),
    flag("fifo_write_vrrp_states_on_reload", |d: &mut GlobalDraft, _| {
        d.settings.commands.repeat_states = true;
    })
    .since("2.2.5")
    .doc("off", "Repeats all states on the pipes after a reload."),
];

const COMMAND: &str = "COMMAND [USER [[:]GROUP]]";
const FIFO: &str = "PATH [USER [[:]GROUP]]";

/// One announcement, nothing later; only where nothing else was said so far.
fn minimal_garp(d: &mut GlobalDraft) {
    d.garp.repeat.get_or_insert(1);
    d.garp.delay.get_or_insert(Span::ZERO);
    d.garp.refresh.get_or_insert(Span::ZERO);
    d.garp.refresh_repeat.get_or_insert(1);
}

/// The group for `family`.
fn group(family: Family, r: &mut Reader<'_>) -> Option<IpAddr> {
    let at = r.at(1);
    let address = r.address(1)?;
    if Family::of(address) == family && address.is_multicast() {
        return Some(address);
    }
    let message = format!("{address} is no {family} group");
    r.report(&code::BAD_ADDRESS, at, message).label(format!("expected a multicast address of {family}"));
    None
}

/// A pause between announcements. The 0 that everybody copies is no valid number for the C program, but means no pause.
fn pause(r: &mut Reader<'_>) -> Option<Span> {
    if let Some("0" | "0.0") = r.arg(1) {
        let message =
            format!("`{} 0` is refused by keepalived; it means no pause, as without the line", r.keyword());
        r.report(&code::SEVERAL_DEFAULTED, r.at(1), message).help("remove the line");
        return Some(Span::ZERO);
    }
    r.seconds(1, Span::from_micros(1), Span::from_micros(LONGEST))
}

/// `[all] [SECONDS]`, from `least` seconds on.
pub(super) fn extra_announcements(least: i64, r: &mut Reader<'_>) -> Option<ExtraAnnouncements> {
    let all = r.arg(1) == Some("all");
    let index = if all { 2 } else { 1 };
    if r.arg(index).is_none() {
        let message = format!("`{}` needs the seconds between announcements", r.keyword());
        r.report(&code::NO_PARAMETER, r.at(index), message);
        return None;
    }
    let last = r.count().saturating_sub(1).max(index);
    let seconds = r.number(last, least, 86_400)?;
    Some(ExtraAnnouncements { all, interval: whole(seconds) })
}

fn fifo(draft: &mut Option<FifoDraft>, r: &mut Reader<'_>) {
    let keyword = r.keyword();
    let Some(path) = r.required(1, "a path") else { return };
    let at = r.at(1);
    let by = if r.count() > 2 { r.run_by(2) } else { None };
    if let Some(first) = draft {
        let first = first.at;
        let message = format!("there is a `{keyword}` already; this one is ignored");
        r.report(&code::GIVEN_TWICE, at, message).also(first, "the first one is here");
        return;
    }
    *draft = Some(FifoDraft { path: path.into(), by, at });
}

/// A command of which only the first counts.
pub(super) fn first_command<C>(slot: &mut Option<C>, r: &mut Reader<'_>)
where
    C: From<CommandLine> + Borrow<CommandLine>,
{
    let keyword = r.keyword();
    let Some(command) = r.command() else { return };
    if let Some(first) = slot {
        let first = (*first).borrow().at;
        let message = format!("there is a `{keyword}` already; this one is ignored");
        r.report(&code::GIVEN_TWICE, command.at, message).also(first, "the first one is here");
        return;
    }
    *slot = Some(command.into());
}
