//! Advice (`--lint`): what is right, but hardly what somebody who runs a pair of hosts means.
//!
//! Everything here is a note without a say in the exit status, and looks only at what was read, not at what follows from it.

use std::net::IpAddr;

use super::diag::code::advice as code;
use super::diag::{Diagnostics, Place};
use super::draft::{
    AuthDraft, Draft, GroupDraft, HookKind, InstanceDraft, ScriptDraft, TracksDraft, VipDraft,
};
use super::env::Env;
use super::expanded::Extent;
use super::model::secret::Password;
use crate::base::addr::Family;
use crate::base::id::{Priority, Version};
use crate::base::time::Span;

/// Below this an interval is hardly met by a host that has something else to do.
const SHORT: Span = Span::from_millis(100);
/// A check that is made as often as this should not decide alone.
const OFTEN: Span = Span::from_secs(1);
/// The user whose name alone makes commands run as somebody harmless.
const SCRIPT_USER: &str = "keepalived_script";
/// Passwords that everybody copies.
const SAMPLES: [&[u8]; 5] = [b"1111", b"1234", b"password", b"secret", b"k33p@liv"];

/// Looks at everything that was read.
pub(super) fn give(draft: &Draft, env: &dyn Env, to: &mut Diagnostics) {
    let by_root =
        draft.global.script_user.is_none() && env.identity().uid == 0 && env.user(SCRIPT_USER).is_none();
    if draft.global.router_id.is_none() && draft.global.settings.mail.server.is_some() {
        let message = format!("mails call this host {}", env.host_name());
        to.report(&code::NO_ROUTER_ID, Place::Everywhere, message)
            .help("write `router_id NAME` into global_defs");
    }
    for one in &draft.scripts {
        script(one, by_root, to);
    }
    for one in &draft.instances {
        instance(one, draft, by_root, to);
    }
    for one in &draft.groups {
        group(one, draft, to);
    }
}

fn as_root(at: Extent, to: &mut Diagnostics) {
    to.report(&code::SCRIPT_AS_ROOT, at, "root runs this command")
        .help("name a user, or write `script_user USER` into global_defs");
}

fn script(script: &ScriptDraft, by_root: bool, to: &mut Diagnostics) {
    let name = &script.name;
    if let Some(command) = &script.command
        && by_root
        && script.user.is_none()
    {
        as_root(command.at, to);
    }
    if script.timeout.is_none() {
        let message = format!("a run of {name} may take as long as its interval");
        to.report(&code::SCRIPT_WITHOUT_TIMEOUT, script.at, message)
            .help("write a `timeout` below the `interval`");
    }
    if script.interval.unwrap_or(OFTEN) <= OFTEN && script.fall == 1 {
        let message = format!("one bad run of {name} is enough, and there is one every second");
        to.report(&code::ONE_BAD_RUN, script.at, message).help("write `fall 2` and `rise 2`, or more");
    }
}

fn instance(instance: &InstanceDraft, draft: &Draft, by_root: bool, to: &mut Diagnostics) {
    for (_, command) in instance.hooks.iter().filter(|(_, command)| by_root && command.by.is_none()) {
        as_root(command.at, to);
    }
    hooks(instance, to);
    priority(instance, to);
    unicast(instance, draft, to);
    tracking(instance, draft, to);
    if let Some(interval) = instance.advert_int
        && interval.value < SHORT
        && instance.down_timer_adverts.is_none()
        && draft.global.down_timer_adverts.is_none()
    {
        let message = format!("a pause of {} of this host makes two masters", interval.value * 3);
        to.report(&code::SHORT_INTERVAL, interval.at, message)
            .help("take 0.1 or more, or write `down_timer_adverts`");
    }
    if let Some(auth) = &instance.auth
        && sample(&auth.value)
    {
        let message = format!("{} has a password that stands in many examples", instance.name);
        to.report(&code::SAMPLE_PASSWORD, auth.at, message)
            .help("take another one, on all its routers at once");
    }
    for vip in instance.vips.iter().filter(|vip| bare(vip)) {
        let message = format!("{} is the address of a single host", vip.net.addr());
        to.report(&code::NO_PREFIX_LENGTH, vip.at, message)
            .help("write the length of its prefix, such as /24");
    }
}

/// An IPv4 address without a length; for IPv6, where addresses of the network are there anyhow, that is usual.
fn bare(vip: &VipDraft) -> bool {
    !vip.has_prefix && vip.peer.is_none() && matches!(vip.net.addr(), IpAddr::V4(_))
}

fn sample(auth: &AuthDraft) -> bool {
    let Some(password) = auth.password.as_ref().map(Password::octets) else { return false };
    let length = password.iter().position(|octet| *octet == 0).unwrap_or(password.len());
    password.get(..length).is_some_and(|password| SAMPLES.contains(&password))
}

fn hooks(instance: &InstanceDraft, to: &mut Diagnostics) {
    let has = |kind| instance.hooks.iter().any(|(other, _)| *other == kind);
    let master = instance.hooks.iter().find(|(kind, _)| *kind == HookKind::Master);
    if let Some((_, command)) = master
        && !has(HookKind::Any)
        && !(has(HookKind::Backup) && has(HookKind::Fault))
    {
        let missing = if has(HookKind::Backup) { "FAULT" } else { "BACKUP" };
        let message = format!("no command is told when {} goes from MASTER to {missing}", instance.name);
        to.report(&code::ONE_WAY_HOOK, command.at, message)
            .help("add `notify_backup` and `notify_fault`, or take `notify`");
    }
}

fn priority(instance: &InstanceDraft, to: &mut Diagnostics) {
    let name = &instance.name;
    if instance.priority.is_none() {
        match instance.state.filter(|state| state.value) {
            Some(state) => {
                let message = format!("{name} has priority 255: it always takes its addresses back");
                to.report(&code::OWNER_BY_ACCIDENT, state.at, message).help("write a `priority` below 255");
            }
            None => {
                let message = format!("{name} has the priority that all have who give none");
                to.report(&code::DEFAULT_PRIORITY, instance.at, message)
                    .help("write a `priority`, another one on each host");
            }
        }
    }
    let owner = instance.priority.is_some_and(|priority| priority.value == Priority::new(255));
    let returns =
        instance.nopreempt.is_none() && instance.preempt_delay.is_none_or(|delay| delay.value.is_zero());
    if let Some(priority) = instance.priority
        && returns
        && !owner
        && !instance.tracks.scripts.is_empty()
    {
        let message = format!("{name} takes its addresses back as soon as this host is there again");
        to.report(&code::BACK_AT_ONCE, priority.at, message)
            .help("write `preempt_delay SECONDS` or `nopreempt`");
    }
}

fn unicast(instance: &InstanceDraft, draft: &Draft, to: &mut Diagnostics) {
    let Some(first) = instance.peers.first() else { return };
    let name = &instance.name;
    let family = instance.family.map_or(Family::V4, |family| family.value);
    let version = instance.version.map(|version| version.value).or(draft.global.version);
    let version_2 = family == Family::V4 && version != Some(Version::V3);
    if version_2 && instance.auth.is_none() {
        let message = format!("nothing keeps other advertisements away from {name}");
        to.report(&code::NO_AUTHENTICATION, first.at, message)
            .help("add an `authentication` block on all its routers");
    }
    if instance.source.is_none() {
        let message = format!("{name} sends from the first address of its interface, whichever that is");
        to.report(&code::NO_SOURCE, first.at, message).help("write `unicast_src_ip ADDRESS`");
    }
    if !instance.check_unicast_src && !draft.global.check_unicast_src {
        let message = format!("{name} listens to everybody, not to its peers only");
        to.report(&code::ANY_SOURCE, first.at, message).help("write `check_unicast_src`");
    }
}

fn tracks_nothing(tracks: &TracksDraft) -> bool {
    [&tracks.interfaces, &tracks.scripts, &tracks.files, &tracks.processes, &tracks.bfd]
        .iter()
        .all(|list| list.is_empty())
}

fn tracking(instance: &InstanceDraft, draft: &Draft, to: &mut Diagnostics) {
    let name = &instance.name;
    let mut groups = draft.groups.iter().filter(|group| is_member(instance, group));
    if tracks_nothing(&instance.tracks) && groups.all(|group| tracks_nothing(&group.tracks)) {
        let message = format!("{name} keeps its addresses when the service behind them fails");
        to.report(&code::NOTHING_TRACKED, instance.at, message).help("track a `vrrp_script`");
    }
    let Some(nopreempt) = instance.nopreempt else { return };
    let weight = |name: &str| {
        let script = draft.scripts.iter().find(|script| *script.name == *name);
        script.map(|script| script.weight).unwrap_or_default()
    };
    for track in &instance.tracks.scripts {
        if track.weight_over(weight(&track.name)).value != 0 {
            let message = format!("no backup takes over from {name} because of this weight");
            to.report(&code::WEIGHT_WITH_NOPREEMPT, track.at, message)
                .also(nopreempt, "if its backups have this, too")
                .help("track it without a weight, or leave `nopreempt` out");
        }
    }
}

fn is_member(instance: &InstanceDraft, group: &GroupDraft) -> bool {
    group.members.iter().flat_map(|members| &members.value).any(|member| member.value == instance.name)
}

fn group(group: &GroupDraft, draft: &Draft, to: &mut Diagnostics) {
    let members = || draft.instances.iter().filter(|instance| is_member(instance, group));
    let keeps = members().find_map(|instance| instance.nopreempt);
    let takes = members().find(|instance| instance.nopreempt.is_none());
    if let (Some(keeps), Some(takes)) = (keeps, takes) {
        let message = format!("some members of {} preempt and some do not", group.name);
        to.report(&code::MIXED_PREEMPTION, group.at, message)
            .also(keeps, "this one does not")
            .also(takes.at, "this one does");
    }
}
