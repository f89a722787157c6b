//! `virtual_server_group` and `virtual_server`.

mod check;

use std::collections::HashMap;

use self::check::Surroundings;
use super::trackers::Trackables;
use super::{Cx, hooks};
use crate::base::addr::Family;
use crate::base::time::Span;
use crate::conf::diag::Class;
use crate::conf::diag::code::server as code;
use crate::conf::draft::{At, Draft, ServerDraft, ServerGroupDraft, ServiceDraft, SorryDraft};
use crate::conf::expanded::Extent;
use crate::conf::model::check::{
    Entrance, Forwarding, GroupEntry, Protocol, Server, ServerGroup, Service, ServiceFlags, Sorry,
};
use crate::conf::model::{Checks, Command};
use crate::conf::reader::CommandLine;

/// Persistence without a time, or forced by a service without a port.
const USUAL_PERSISTENCE: Span = Span::from_secs(360);

/// Groups that can be used, by name.
type Groups<'d> = HashMap<&'d str, &'d ServerGroupDraft>;

/// Completes everything of IPVS.
pub(super) fn complete(draft: &Draft, trackables: &mut Trackables, cx: &mut Cx<'_>) -> Checks {
    let mut groups = Groups::new();
    for group in &draft.server_groups {
        if usable(group, cx) {
            groups.entry(&group.name).or_insert(group);
        }
    }
    let log_all = draft.global.settings.log_all_failures;
    Checks {
        services: draft
            .services
            .iter()
            .filter_map(|draft| service(draft, &groups, log_all, trackables, cx))
            .collect(),
        groups: draft
            .server_groups
            .iter()
            .filter(|group| groups.get(&*group.name).is_some_and(|first| std::ptr::eq(*first, *group)))
            .map(|group| ServerGroup {
                name: group.name.clone(),
                entries: group.entries.iter().map(|entry| entry.value).collect(),
            })
            .collect(),
        tls: draft.tls.as_ref().map(|tls| tls.value.clone()),
    }
}

/// Whether a group has entries, and marks of which the family is known.
fn usable(group: &ServerGroupDraft, cx: &mut Cx<'_>) -> bool {
    if group.entries.is_empty() {
        let message = format!("the group {} has no entries; it is removed", group.name);
        cx.diagnostics.report(&code::EMPTY_GROUP, group.at, message).also(group.end, "the block ends here");
        return false;
    }
    let of = |family: Family| {
        group.entries.iter().find(|entry| match entry.value {
            GroupEntry::Addresses { first, .. } => Family::of(first) == family,
            GroupEntry::Mark { .. } => false,
        })
    };
    let vague =
        group.entries.iter().find(|entry| matches!(entry.value, GroupEntry::Mark { family: None, .. }));
    let (Some(v4), Some(v6), Some(mark)) = (of(Family::V4), of(Family::V6), vague) else { return true };
    let message =
        format!("this mark of the group {} could be of either family; the group is removed", group.name);
    cx.diagnostics
        .report(&code::MIXED_GROUP, mark.at, message)
        .also(v4.at, "IPv4")
        .also(v6.at, "IPv6")
        .also(group.end, "the block ends here");
    false
}

/// What a service listens to, as far as its words have to fit.
struct Nature {
    /// How messages call it.
    name: String,
    /// Its ports, where it has addresses.
    ports: Vec<u16>,
    /// Only marks lead to it.
    marks_only: bool,
    family: Option<Family>,
}

fn nature(draft: &ServiceDraft, groups: &Groups<'_>, cx: &mut Cx<'_>) -> Nature {
    let family = draft.family.map(|family| family.value);
    match &draft.entrance {
        Entrance::Address(address, 0) => {
            Nature { name: format!("the service {address}"), ports: vec![0], marks_only: false, family }
        }
        Entrance::Address(address, port) => {
            let name = format!("the service {}", std::net::SocketAddr::new(*address, *port));
            Nature { name, ports: vec![*port], marks_only: false, family }
        }
        Entrance::Mark(mark) => Nature {
            name: format!("the service of mark {mark}"),
            ports: Vec::new(),
            marks_only: true,
            family,
        },
        Entrance::Group(group) => {
            let name = format!("the service of group {group}");
            let Some(known) = groups.get(&**group) else {
                let message =
                    format!("there is no `virtual_server_group {group}`, so this service listens to nothing");
                cx.diagnostics.report(&code::UNKNOWN_GROUP, draft.at, message);
                return Nature { name, ports: Vec::new(), marks_only: false, family };
            };
            let port = |entry: &At<GroupEntry>| match entry.value {
                GroupEntry::Addresses { port, .. } => Some(port),
                GroupEntry::Mark { .. } => None,
            };
            let ports: Vec<u16> = known.entries.iter().filter_map(port).collect();
            Nature { name, marks_only: ports.is_empty(), ports, family }
        }
    }
}

fn service(
    draft: &ServiceDraft,
    groups: &Groups<'_>,
    log_all: bool,
    trackables: &mut Trackables,
    cx: &mut Cx<'_>,
) -> Option<Service> {
    let nature = nature(draft, groups, cx);
    let forwarding = forwarding(draft, &nature, cx);
    let protocol = protocol(draft, &nature, cx);
    let servers = servers(draft, forwarding, &nature, cx);
    let sorry = draft.sorry.as_ref().and_then(|sorry| self::sorry(sorry, draft, forwarding, &nature, cx));
    if servers.is_empty() {
        let message = format!("{} has no real server; it is ignored", nature.name);
        cx.diagnostics.report(&code::NO_SERVERS, draft.at, message).also(draft.end, "the block ends here");
        return None;
    }
    let surroundings = Surroundings { service: draft, log_all };
    let servers: Box<[Server]> = servers
        .into_iter()
        .map(|(server, port)| real_server(server, port, forwarding, surroundings, trackables, cx))
        .collect();
    let (quorum, hysteresis) = quorum(draft, &servers, &nature, cx);
    Some(Service {
        entrance: draft.entrance.clone(),
        family: nature.family,
        protocol,
        scheduler: scheduler(draft, &nature, cx),
        forwarding,
        flags: ServiceFlags { one_packet: one_packet(draft, protocol, cx), ..draft.flags },
        persistence: persistence(draft, &nature, cx),
        granularity: draft.granularity.map(|granularity| granularity.value),
        engine: draft.engine.clone(),
        ha_suspend: draft.ha_suspend && !suspend_with_mark(draft, &nature, cx),
        mail: draft.mail,
        snmp_name: draft.snmp_name.clone(),
        omega: draft.omega,
        quorum_up: notification(draft.quorum_up.as_ref(), cx),
        quorum_down: notification(draft.quorum_down.as_ref(), cx),
        quorum,
        hysteresis,
        inhibit: draft.inhibit,
        sorry,
        servers,
    })
}

/// A command that is run on a change of servers. The C program does not mind if nobody can run it.
fn notification(line: Option<&CommandLine>, cx: &mut Cx<'_>) -> Option<Command> {
    let before = cx.diagnostics.len();
    let command = hooks::notification(line?, cx);
    for problem in cx.diagnostics.since(before) {
        problem.class(Class::Silent);
    }
    command
}

fn protocol(draft: &ServiceDraft, nature: &Nature, cx: &mut Cx<'_>) -> Protocol {
    match draft.protocol {
        Some(protocol) if nature.marks_only => {
            let message = format!("{} takes packets of any protocol", nature.name);
            cx.diagnostics.report(&code::PROTOCOL_OF_MARK, protocol.at, message).help("remove the line");
            Protocol::Any
        }
        Some(protocol) => protocol.value,
        None if nature.marks_only => Protocol::Any,
        None => {
            let message = format!("{} has no `protocol`; UDP is taken", nature.name);
            cx.diagnostics
                .report(&code::NO_PROTOCOL, draft.at, message)
                .help("write `protocol TCP` or `protocol UDP`");
            Protocol::Udp
        }
    }
}

fn forwarding(draft: &ServiceDraft, nature: &Nature, cx: &mut Cx<'_>) -> Forwarding {
    draft.forwarding.unwrap_or_else(|| {
        let message = format!("{} has no `lb_kind`; NAT is taken", nature.name);
        cx.diagnostics.report(&code::NO_FORWARDING, draft.at, message).help("write `lb_kind NAT`");
        Forwarding::Nat
    })
}

fn scheduler(draft: &ServiceDraft, nature: &Nature, cx: &mut Cx<'_>) -> crate::conf::model::check::Scheduler {
    draft.scheduler.unwrap_or_else(|| {
        let message = format!("{} has no `lb_algo`; wlc is taken", nature.name);
        cx.diagnostics.report(&code::NO_SCHEDULER, draft.at, message).help("write `lb_algo wlc`");
        crate::conf::model::check::Scheduler::default()
    })
}

fn one_packet(draft: &ServiceDraft, protocol: Protocol, cx: &mut Cx<'_>) -> bool {
    let Some(at) = draft.one_packet else { return false };
    let fits = matches!(protocol, Protocol::Udp | Protocol::Any);
    if !fits {
        cx.diagnostics.report(&code::ONE_PACKET_NOT_UDP, at, "`ops` needs `protocol UDP`; it is ignored");
    }
    fits
}

fn suspend_with_mark(draft: &ServiceDraft, nature: &Nature, cx: &mut Cx<'_>) -> bool {
    if nature.marks_only {
        let message = format!("{} has no address that could be on this host", nature.name);
        cx.diagnostics.report(&code::SUSPEND_WITH_MARK, draft.at, message).help("remove `ha_suspend`");
    }
    nature.marks_only
}

/// A service without a port has to be persistent.
fn persistence(draft: &ServiceDraft, nature: &Nature, cx: &mut Cx<'_>) -> Option<Span> {
    let persistence = draft.persistence.or(draft.granularity.map(|_| USUAL_PERSISTENCE));
    if persistence.is_none() && nature.ports.contains(&0) {
        let message = format!("{} has no port, so it is made persistent", nature.name);
        cx.diagnostics
            .report(&code::NO_PORT, draft.at, message)
            .help("write the port behind the address, or `persistence_timeout 360`");
        return Some(USUAL_PERSISTENCE);
    }
    persistence
}

/// Whether a server is of another family than its service although no tunnel leads to it; says so.
fn other_family(
    family: Family,
    forwarding: Forwarding,
    at: Extent,
    end: Extent,
    nature: &Nature,
    cx: &mut Cx<'_>,
) -> bool {
    let wrong = nature.family.is_some_and(|own| own != family) && !forwarding.is_tunnel();
    if wrong {
        let message = format!("a server of {family} cannot serve {}", nature.name);
        cx.diagnostics
            .report(&code::OTHER_FAMILY, at, message)
            .label("ignored")
            .also(end, "the block ends here")
            .help("only a tunnel (`lb_kind TUN`) leads from one family to the other");
    }
    wrong
}

/// The port of a server: that of the service if it cannot be translated.
fn port(own: Option<u16>, forwarding: Forwarding, at: Extent, nature: &Nature, cx: &mut Cx<'_>) -> u16 {
    let service = if let [port] = nature.ports.as_slice() { *port } else { 0 };
    let Some(own) = own else { return service };
    if !forwarding.keeps_port() || nature.ports.iter().all(|port| *port == own) && !nature.ports.is_empty() {
        return own;
    }
    if nature.ports.is_empty() && !nature.marks_only {
        return own;
    }
    let message = format!("only NAT leads from {} to port {own}", nature.name);
    let problem = cx.diagnostics.report(&code::PORTS_DIFFER, at, message);
    match nature.ports.as_slice() {
        [] => problem.label("the port is ignored"),
        [0] => problem.label("the port is ignored, as the service has none"),
        [port] => problem.label(format!("port {port} is taken")),
        _ => problem.label("the ports of the group are different from this"),
    };
    if nature.ports.len() > 1 { own } else { service }
}

/// The servers that can be used, with their ports.
fn servers<'d>(
    draft: &'d ServiceDraft,
    default: Forwarding,
    nature: &Nature,
    cx: &mut Cx<'_>,
) -> Vec<(&'d ServerDraft, u16)> {
    let usual_port = if let [port] = nature.ports.as_slice() { *port } else { 0 };
    let mut seen = HashMap::new();
    let mut servers = Vec::with_capacity(draft.servers.len());
    for server in &draft.servers {
        let forwarding = server.forwarding.unwrap_or(default);
        if other_family(Family::of(server.address), forwarding, server.at, server.end, nature, cx) {
            continue;
        }
        if let Some(first) = seen.insert((server.address, server.port.unwrap_or(usual_port)), server.at) {
            let message = format!("{} serves {} already", server.address, nature.name);
            cx.diagnostics
                .report(&code::DUPLICATE_SERVER, server.at, message)
                .label("ignored")
                .also(first, "first here");
            continue;
        }
        servers.push((server, port(server.port, forwarding, server.at, nature, cx)));
    }
    servers
}

fn sorry(
    sorry: &SorryDraft,
    draft: &ServiceDraft,
    default: Forwarding,
    nature: &Nature,
    cx: &mut Cx<'_>,
) -> Option<Sorry> {
    let forwarding = sorry.forwarding.unwrap_or(default);
    if other_family(Family::of(sorry.address), forwarding, sorry.at, draft.end, nature, cx) {
        return None;
    }
    Some(Sorry {
        address: sorry.address,
        port: port(sorry.port, forwarding, sorry.at, nature, cx),
        forwarding,
        inhibit: sorry.inhibit,
    })
}

fn real_server(
    draft: &ServerDraft,
    port: u16,
    forwarding: Forwarding,
    surroundings: Surroundings<'_>,
    trackables: &mut Trackables,
    cx: &mut Cx<'_>,
) -> Server {
    let service = surroundings.service;
    Server {
        address: draft.address,
        port,
        weight: draft.weight.or(service.weight).unwrap_or(1),
        forwarding: draft.forwarding.unwrap_or(forwarding),
        upper: draft.upper,
        lower: draft.lower,
        inhibit: draft.inhibit.unwrap_or(service.inhibit),
        notify_up: notification(draft.notify_up.as_deref(), cx),
        notify_down: notification(draft.notify_down.as_deref(), cx),
        mail: draft.mail,
        snmp_name: draft.snmp_name.clone(),
        checkers: draft
            .checkers
            .iter()
            .filter_map(|check| check::complete(check, draft, port, surroundings, trackables, cx))
            .collect(),
    }
}

/// The quorum, which the servers have to be able to reach, and the hysteresis, which has to be less.
fn quorum(draft: &ServiceDraft, servers: &[Server], nature: &Nature, cx: &mut Cx<'_>) -> (u32, u32) {
    let total: u64 = servers.iter().map(|server| u64::from(server.weight)).sum();
    let mut quorum = draft.quorum.map_or(1, |quorum| quorum.value);
    if u64::from(quorum) > total {
        let at = draft.quorum.map_or(draft.at, |quorum| quorum.at);
        let message = format!(
            "the servers of {} have a weight of {total} together; the quorum is reduced to that",
            nature.name
        );
        cx.diagnostics.report(&code::QUORUM_TOO_LARGE, at, message);
        quorum = u32::try_from(total).unwrap_or(u32::MAX);
    }
    let mut hysteresis = draft.hysteresis.map_or(0, |hysteresis| hysteresis.value);
    if let Some(given) = draft.hysteresis.filter(|given| given.value >= quorum) {
        hysteresis = quorum.saturating_sub(1);
        let message = format!(
            "a hysteresis of {} needs a larger quorum than {quorum}; {hysteresis} is taken",
            given.value
        );
        cx.diagnostics.report(&code::HYSTERESIS_TOO_LARGE, given.at, message);
    }
    (quorum, hysteresis)
}
