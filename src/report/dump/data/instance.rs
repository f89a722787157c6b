//! One instance.

use super::super::page::Page;
use super::super::{Scene, address, enabled, extras, quoted, routes, told, word, yes_no};
use super::sockets::kind;
use crate::base::addr::Family;
use crate::base::id::{IfIndex, InstanceId, Version};
use crate::base::time::{Instant, Span};
use crate::conf::model::further::{Further, HmacMode, OldChecksum};
use crate::conf::model::vrrp::{Auth, Preempt, Transport};
use crate::conf::model::{Command, Hooks, Instance, SyncGroup};
use crate::vrrp::Fault;
use crate::vrrp::snapshot::{Role, Shown};

/// Keys of an instance are indented so far.
const KEY: usize = 3;

type Entry<'a> = (InstanceId, &'a Instance, &'a Shown);

pub(super) fn write(page: &mut Page, scene: &Scene<'_>, entry: Entry<'_>) {
    let (id, conf, shown) = entry;
    page.line(1, format_args!("VRRP Instance = {}", conf.name));
    state(page, scene, entry);
    place(page, scene, conf, shown);
    announcements(page, conf);
    election(page, scene, conf, shown);
    authentication(page, conf);
    addresses(page, conf, shown);
    unicast(page, conf);
    let (input, output) = (scene.sockets)(conf.family, kind(conf));
    page.line(KEY, format_args!("fd_in {input}, fd_out {output}"));
    page.list(KEY, "Virtual Routes", routes::routes(conf));
    page.list(KEY, "Virtual Rules", routes::rules(conf));
    tracked(page, scene, conf);
    notifications(page, scene, conf, scene.group_of(id));
}

fn state(page: &mut Page, scene: &Scene<'_>, (id, conf, shown): Entry<'_>) {
    page.line(KEY, format_args!("VRRP Version = {}", conf.version));
    if let Some(group) = scene.group_of(id) {
        page.line(KEY, format_args!("Sync group = {}", group.name));
    }
    if conf.family == Family::V6 {
        page.line(KEY, format_args!("Using Native IPv6"));
    }
    page.line(KEY, format_args!("State = {}", word(told(shown))));
    if shown.role == Role::Backup {
        master(page, conf, shown);
    }
    flags(page, conf);
    page.line(KEY, format_args!("Wantstate = {}", word(extras::wanted(conf, shown))));
    page.line(KEY, format_args!("Number of config faults = 0"));
    page.line(KEY, format_args!("Number of tracker faults = {}", shown.faults.len()));
    page.line(KEY, format_args!("Flags of interface faults - {}", interface_faults(shown)));
    page.line(KEY, format_args!("Number of track scripts init = {}", shown.unreported));
    page.line(KEY, format_args!("Last transition = {}", scene.clock.both(shown.since)));
    let timeout = |moment: Instant| scene.clock.both(moment);
    let timeout = shown.election.map_or_else(|| "DISABLED".to_owned(), timeout);
    page.line(KEY, format_args!("Read timeout = {timeout}"));
    // An owner waits for nobody.
    let patience = if conf.priority.is_owner() { Span::from_micros(1) } else { shown.patience };
    page.line(KEY, format_args!("Master down timer = {} usecs", patience.as_micros()));
}

fn master(page: &mut Page, conf: &Instance, shown: &Shown) {
    let address = shown.obeyed.map(|master| master.address.to_string());
    let nobody = match conf.family {
        Family::V4 => "0.0.0.0",
        Family::V6 => "::",
    };
    page.line(KEY, format_args!("Master router = {}", address.as_deref().unwrap_or(nobody)));
    let priority = shown.obeyed.map_or(0, |master| master.priority.get());
    page.line(KEY, format_args!("Master priority = {priority}"));
    let interval = shown.obeyed.map_or(conf.advert_int, |master| master.interval);
    page.line(KEY, format_args!("Master advert interval = {}", pace(conf.version, interval)));
}

/// An interval as the version of the protocol counts it.
fn pace(version: Version, interval: Span) -> String {
    match version {
        Version::V2 => format!("{} sec", interval.as_secs()),
        Version::V3 => format!("{} milli-sec", interval.as_millis()),
    }
}

/// The line says whether any of these is set; most have a line of their own further down.
fn flags(page: &mut Page, conf: &Instance) {
    let further = conf.further.as_deref();
    let set = [
        conf.transport.is_unicast(),
        conf.source.is_some(),
        conf.preempt == Preempt::Never,
        conf.trackers.ignore_primary,
        conf.quirks.skip_check_adv_addr,
        further.is_some_and(|further| further.promote_secondaries || further.link.is_some()),
    ];
    if set.contains(&true) {
        page.line(KEY, format_args!("Flags:"));
    } else {
        page.line(KEY, format_args!("Flags: none"));
    }
    if conf.transport.is_unicast() {
        page.line(KEY + 2, format_args!("Using unicast"));
    }
}

fn interface_faults(shown: &Shown) -> String {
    let mut words = Vec::new();
    for fault in &shown.faults {
        match fault {
            Fault::InterfaceMissing(_) | Fault::InterfaceDown(_) | Fault::InterfaceUp(_) => {
                words.push("interface down");
            }
            Fault::NoSource(..) | Fault::SourceAbsent(_) => words.push("no source ip"),
            Fault::NoPeer
            | Fault::Deaf(..)
            | Fault::Script(..)
            | Fault::File(_)
            | Fault::Process(..)
            | Fault::Bfd(..) => {}
        }
    }
    words.dedup();
    if words.is_empty() { "(none)".to_owned() } else { words.join(", ") }
}

fn place(page: &mut Page, scene: &Scene<'_>, conf: &Instance, shown: &Shown) {
    let further = conf.further.as_deref();
    let own = shown.apart;
    let base = further.is_some_and(|further| further.xmit_base) || conf.transport.is_unicast();
    if let Some(name) = &own {
        let is_up = shown.role != Role::Fault;
        page.line(KEY, format_args!("Use VMAC, i/f name {name}, is_up = {is_up}, xmit_base = {base}"));
    }
    match (conf.interface, &own) {
        (Some(interface), Some(own)) => {
            let by_base = if base { ", xmit base i/f" } else { "" };
            page.line(KEY, format_args!("Interface = {own}, vmac on {interface}{by_base}"));
        }
        (Some(interface), None) => page.line(KEY, format_args!("Interface = {interface}")),
        (None, _) => {}
    }
    if conf.trackers.ignore_primary {
        page.line(KEY, format_args!("VRRP interface tracking disabled"));
    }
    if conf.quirks.skip_check_adv_addr {
        page.line(KEY, format_args!("Skip checking advert IP addresses"));
    }
    if conf.quirks.strict {
        page.line(KEY, format_args!("Enforcing strict VRRP compliance"));
    }
    let configured = if conf.source.is_some() { " (from configuration)" } else { "" };
    let source = shown.source.map_or_else(|| "(none)".to_owned(), |source| source.to_string());
    page.line(KEY, format_args!("Using src_ip = {source}{configured}"));
    if let Some(group) = conf.group() {
        let index = conf.interface.and_then(|name| scene.snapshot.links.by_name(name));
        match (conf.family, index.map(IfIndex::get)) {
            (Family::V6, Some(index)) => {
                page.line(KEY, format_args!("Multicast address {group}, ifindex {index}"));
            }
            (Family::V4, _) | (Family::V6, None) => {
                page.line(KEY, format_args!("Multicast address {group}"));
            }
        }
    }
}

fn announcements(page: &mut Page, conf: &Instance) {
    let garp = &conf.garp;
    page.line(KEY, format_args!("Gratuitous ARP delay = {}", garp.delay.as_secs()));
    page.line(KEY, format_args!("Gratuitous ARP repeat = {}", garp.repeat));
    page.line(KEY, format_args!("Gratuitous ARP refresh = {}", garp.refresh.as_secs()));
    page.line(KEY, format_args!("Gratuitous ARP refresh repeat = {}", garp.refresh_repeat));
    let delay = garp.lower_prio_delay.as_secs();
    page.line(KEY, format_args!("Gratuitous ARP lower priority delay = {delay}"));
    page.line(KEY, format_args!("Gratuitous ARP lower priority repeat = {}", garp.lower_prio_repeat));
}

fn election(page: &mut Page, scene: &Scene<'_>, conf: &Instance, shown: &Shown) {
    let quirks = &conf.quirks;
    page.line(KEY, format_args!("Down timer adverts = {}", conf.down_timer_adverts));
    let lower = !quirks.lower_prio_no_advert;
    page.line(KEY, format_args!("Send advert after receive lower priority advert = {lower}"));
    let higher = quirks.higher_prio_send_advert;
    page.line(KEY, format_args!("Send advert after receive higher priority advert = {higher}"));
    if quirks.owner_ignore_adverts {
        page.line(KEY, format_args!("Owner ignores adverts"));
    }
    page.line(KEY, format_args!("Virtual Router ID = {}", conf.vrid));
    page.line(KEY, format_args!("Priority = {}", conf.priority));
    page.line(KEY, format_args!("Effective priority = {}", shown.priority));
    let owner = conf.priority.is_owner();
    let total = i32::from(conf.priority.get()) + if owner { 0 } else { shown.points };
    page.line(KEY, format_args!("Total priority = {total}"));
    if conf.preempt == Preempt::Never {
        page.line(KEY, format_args!("Highest other priority = 0"));
    }
    page.line(KEY, format_args!("Advert interval = {}", pace(conf.version, conf.advert_int)));
    let last = scene.clock.seconds(shown.last_advert.unwrap_or(Instant::ZERO));
    page.line(KEY, format_args!("Last advert sent = {last}"));
    page.line(KEY, format_args!("Accept = {}", enabled(conf.accepts())));
    page.line(KEY, format_args!("Preempt = {}", enabled(conf.preempt != Preempt::Never)));
    if let Preempt::After(delay) = conf.preempt {
        page.line(KEY, format_args!("Preempt delay = {} secs", delay.as_secs_f64()));
    }
    let promotes = conf.further.as_ref().is_some_and(|further| further.promote_secondaries);
    page.line(KEY, format_args!("Promote_secondaries = {}", enabled(promotes)));
}

fn authentication(page: &mut Page, conf: &Instance) {
    match (conf.version, &conf.auth) {
        (Version::V2, Auth::None) => page.line(KEY, format_args!("Authentication type = none")),
        (_, Auth::None) => {}
        (_, Auth::Pass(_)) => {
            page.line(KEY, format_args!("Authentication type = SIMPLE_PASSWORD"));
            page.line(KEY, format_args!("Password = ********"));
        }
        (_, Auth::Ah(_)) => page.line(KEY, format_args!("Authentication type = IPSEC_AH")),
    }
    if let Some(hmac) = conf.hmac() {
        page.line(KEY, format_args!("Authentication extension = HMAC-SHA256-128"));
        page.line(KEY + 2, format_args!("Keys = {}, active key id = {}", hmac.keys.len(), hmac.active));
        let mode = match hmac.mode {
            HmacMode::Enforce => "enforce",
            HmacMode::Permissive => "permissive",
            HmacMode::ReceiveOnly => "receive-only",
        };
        page.line(KEY + 2, format_args!("Mode = {mode}"));
        if hmac.monotonic {
            page.line(KEY + 2, format_args!("Anti replay = monotonic"));
        } else {
            let window = hmac.window.as_secs();
            page.line(KEY + 2, format_args!("Anti replay = time, window = {window} sec"));
        }
    }
    if (conf.version, conf.family) == (Version::V3, Family::V4) {
        let plain = enabled(conf.quirks.v3_checksum_as_v2);
        page.line(KEY, format_args!("VRRPv3 uses VRRPv2 checksum = {plain}"));
    }
    if let Some(size) = conf.further.as_ref().and_then(|further| further.receive_buffer) {
        page.line(KEY, format_args!("Kernel rx buffer size = {size}"));
    }
}

fn addresses(page: &mut Page, conf: &Instance, shown: &Shown) {
    let list = address::advertised(conf, shown);
    if !list.is_empty() {
        page.line(KEY, format_args!("Virtual IP ({}):", list.len()));
        list.iter().for_each(|entry| page.line(KEY + 2, format_args!("{entry}")));
    }
    page.list(KEY, "Virtual IP Excluded", address::excluded(conf, shown));
}

fn unicast(page: &mut Page, conf: &Instance) {
    let Transport::Unicast(unicast) = &conf.transport else { return };
    page.line(KEY, format_args!("Unicast TTL = {}", unicast.ttl.unwrap_or(u8::MAX)));
    page.line(KEY, format_args!("Check unicast src : {}", yes_no(unicast.only_peers)));
    let peers = unicast.peers.iter();
    let peer = |peer: &crate::conf::model::vrrp::Peer| {
        format!("{} min_ttl {} max_ttl {}", peer.addr, peer.min_ttl, peer.max_ttl)
    };
    page.list(KEY, "Unicast Peer", peers.map(peer));
    let old = conf.further.as_ref().and_then(|further| further.old_checksum);
    let compatibility = match old {
        None => "no",
        Some(OldChecksum::Use) => "config",
        Some(OldChecksum::Never) => "never",
    };
    page.line(KEY, format_args!("Unicast checksum compatibility = {compatibility}"));
}

fn tracked(page: &mut Page, scene: &Scene<'_>, conf: &Instance) {
    let (model, trackers) = (scene.model, &conf.trackers);
    let interfaces = extras::interfaces(conf);
    let interfaces =
        interfaces.map(|entry| format!("{} weight {}", entry.interface, extras::weight(entry.weight)));
    page.list(KEY, "Tracked interfaces", interfaces);
    super::trackers::tracked(page, model, trackers);
}

fn notifications(page: &mut Page, scene: &Scene<'_>, conf: &Instance, group: Option<&SyncGroup>) {
    let further = conf.further.as_deref();
    let mails = extras::mails(scene.model, further.and_then(|further| further.mail));
    page.line(KEY, format_args!("Using smtp notification = {}", yes_no(mails)));
    let deleted = further.and_then(|further: &Further| further.notify_deleted.as_ref());
    page.line(KEY, format_args!("Notify deleted = {}", if deleted.is_some() { "Deleted" } else { "Fault" }));
    commands(page, &conf.hooks);
    if let Some(Some(command)) = deleted {
        script(page, "Deleted", Some(command));
    }
    script(page, "Generic", conf.hooks.any.as_ref());
    script(page, "Master rx lower pri", conf.hooks.master_rx_lower_pri.as_ref());
    let by_group = group.is_some_and(|group| group.hooks.priority_changes);
    let changes = conf.hooks.priority_changes || by_group;
    page.line(KEY, format_args!("Notify priority changes = {changes}"));
}

/// The commands of single states.
pub(super) fn commands(page: &mut Page, hooks: &Hooks) {
    script(page, "Backup", hooks.backup.as_ref());
    script(page, "Master", hooks.master.as_ref());
    script(page, "Fault", hooks.fault.as_ref());
    script(page, "Stop", hooks.stop.as_ref());
}

pub(super) fn script(page: &mut Page, state: &str, command: Option<&Command>) {
    if let Some(command) = command {
        let (words, run_as) = (quoted(command), command.run_as());
        page.line(
            KEY,
            format_args!("{state} state transition script = {words}, uid:gid {}:{}", run_as.uid, run_as.gid),
        );
    }
}
