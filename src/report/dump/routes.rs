//! Routes and rules as dumps and the log show them.

use super::address::network;
use crate::base::addr::{Family, IpNet};
use crate::conf::model::Instance;
use crate::conf::model::route::{
    Encap, Metric, Metrics, NextHop, Preference, Route, RouteKind, RoutePlace, Rule, RuleAction,
};
use crate::vrrp::belonging::{KEEPALIVED, everywhere, family_of};

/// A mark of which every bit counts.
const WHOLE: u32 = u32::MAX;
/// Above the destination in realms.
const SOURCE_REALM: u32 = 16;

/// Words of which some have nothing to say.
type Named = (&'static str, Option<String>);

/// `virtual_routes`.
pub(super) fn routes(conf: &Instance) -> Vec<String> {
    let (routes, _) = conf.routes_and_rules();
    routes.iter().map(route).collect()
}

/// `virtual_rules`.
pub(super) fn rules(conf: &Instance) -> Vec<String> {
    let (_, rules) = conf.routes_and_rules();
    rules.iter().map(rule).collect()
}

fn said(words: impl IntoIterator<Item = Named>) -> impl Iterator<Item = String> {
    words.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name} {value}")))
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// One route.
pub(in crate::report) fn route(route: &Route) -> String {
    let mut words = vec![place(route).to_owned()];
    words.extend(kind(route.kind).map(str::to_owned));
    words.push(network(route.destination.unwrap_or(everywhere(family_of(route)))));
    words.extend(said([
        ("from", route.from.map(network)),
        ("src", text(route.source)),
        ("tos", text(route.tos)),
        ("encap", route.encap.as_deref().map(encap)),
        ("via", route.via.map(gateway)),
        ("dev", text(route.device)),
        ("table", text(route.table)),
        ("vrf", text(route.vrf)),
        ("proto", protocol(route.protocol, route.no_track)),
        ("scope", text(route.scope)),
        ("metric", text(route.metric)),
        ("ttl-propagate", route.ttl_propagate.map(|on| if on { "enabled" } else { "disabled" }.to_owned())),
        ("expires", route.expires.map(|seconds| format!("{seconds}sec"))),
        ("pref", route.preference.map(|preference| self::preference(preference).to_owned())),
    ]));
    if route.onlink {
        words.push("onlink".into());
    }
    words.extend(route.realms.map(realms));
    words.extend(route.metrics.iter().flat_map(|metrics| way(metrics)));
    words.extend(route.next_hops.iter().map(next_hop));
    if route.no_track {
        words.push("no_track".into());
    }
    words.join(" ")
}

/// Where it goes among its like: those that lead nowhere never stand beside others.
fn place(route: &Route) -> &'static str {
    match (route.place, route.kind) {
        (RoutePlace::Prepend, RouteKind::Unicast) => "prepend",
        (RoutePlace::Append, _) => "append",
        (RoutePlace::Prepend | RoutePlace::Add, _) => "add",
    }
}

const fn kind(kind: RouteKind) -> Option<&'static str> {
    match kind {
        RouteKind::Unicast => None,
        RouteKind::Local => Some("local"),
        RouteKind::Broadcast => Some("broadcast"),
        RouteKind::Anycast => Some("anycast"),
        RouteKind::Multicast => Some("multicast"),
        RouteKind::Blackhole => Some("blackhole"),
        RouteKind::Unreachable => Some("unreachable"),
        RouteKind::Prohibit => Some("prohibit"),
        RouteKind::Throw => Some("throw"),
        RouteKind::Nat => Some("nat"),
    }
}

const fn preference(preference: Preference) -> &'static str {
    match preference {
        Preference::Low => "low",
        Preference::Medium => "medium",
        Preference::High => "high",
    }
}

/// Who made it: keepalived, if it watches it and nothing else is said.
fn protocol(said: Option<u8>, no_track: bool) -> Option<String> {
    text(said.or((!no_track).then_some(KEEPALIVED)))
}

fn gateway(via: std::net::IpAddr) -> String {
    match Family::of(via) {
        Family::V4 => format!("inet {via}"),
        Family::V6 => format!("inet6 {via}"),
    }
}

/// `realms FROM/TO` or `realm TO`.
fn realms(realms: u32) -> String {
    let (from, to) = (realms >> SOURCE_REALM, realms & 0xffff);
    if from == 0 { format!("realm {to}") } else { format!("realms {from}/{to}") }
}

fn encap(encap: &Encap) -> String {
    let mut words: Vec<String> = Vec::new();
    match encap {
        Encap::Ip { id, dst, src, tos, ttl, flags } => {
            words.push("ip".into());
            words.extend(said([
                ("id", text(*id)),
                ("dst", text(*dst)),
                ("src", text(*src)),
                ("tos", text(*tos)),
                ("ttl", text(*ttl)),
                ("flags", flags.map(|flags| format!("{flags:#x}"))),
            ]));
        }
        Encap::Ip6 { id, dst, src, tc, hoplimit, flags } => {
            words.push("ip6".into());
            words.extend(said([
                ("id", text(*id)),
                ("dst", text(*dst)),
                ("src", text(*src)),
                ("tc", text(*tc)),
                ("hoplimit", text(*hoplimit)),
                ("flags", flags.map(|flags| format!("{flags:#x}"))),
            ]));
        }
        Encap::Mpls(labels) => {
            let labels: Vec<String> = labels.iter().map(u32::to_string).collect();
            words.extend(["mpls".to_owned(), labels.join("/")]);
        }
        Encap::Ila(locator) => {
            let groups = locator.to_be_bytes();
            let groups: Vec<String> = groups
                .chunks_exact(2)
                .filter_map(|pair| pair.first_chunk())
                .map(|pair| format!("{:x}", u16::from_be_bytes(*pair)))
                .collect();
            words.extend(["ila".to_owned(), groups.join(":")]);
        }
    }
    words.join(" ")
}

fn way(metrics: &Metrics) -> Vec<String> {
    let number = |metric: Option<Metric>, unit: &str| {
        metric.map(|Metric { value, locked }| format!("{}{value}{unit}", if locked { "lock " } else { "" }))
    };
    let mut words = Vec::new();
    if let Some((name, locked)) = &metrics.congctl {
        words.push(format!("congctl {name}{}", if *locked { "lock " } else { "" }));
    }
    let named = [
        ("rtt", number(metrics.rtt, "ms")),
        ("rttvar", number(metrics.rttvar, "ms")),
        ("rto_min", number(metrics.rto_min, "ms")),
        ("features", metrics.ecn.then(|| "ecn".to_owned())),
        ("mtu", number(metrics.mtu, "")),
        ("window", text(metrics.window)),
        ("ssthresh", number(metrics.ssthresh, "")),
        ("cwnd", number(metrics.cwnd, "")),
        ("advmss", number(metrics.advmss, "")),
        ("reordering", number(metrics.reordering, "")),
        ("hoplimit", text(metrics.hoplimit)),
        ("initcwnd", text(metrics.initcwnd)),
        ("initrwnd", text(metrics.initrwnd)),
        ("quickack", text(metrics.quickack.map(u8::from))),
        ("fastopen_no_cookie", text(metrics.fastopen_no_cookie.map(u8::from))),
    ];
    words.extend(said(named));
    words
}

fn next_hop(hop: &NextHop) -> String {
    let mut words = vec!["nexthop".to_owned()];
    words.extend(said([("via", hop.via.map(gateway)), ("dev", text(hop.device))]));
    words.extend((hop.weight > 0).then(|| format!("weight {}", hop.weight)));
    if hop.onlink {
        words.push("onlink".into());
    }
    words.extend(hop.realms.map(|realms| format!("realm {}", realms & 0xffff)));
    words.extend(said([("encap", hop.encap.as_deref().map(encap))]));
    words.join(" ")
}

/// One rule.
pub(in crate::report) fn rule(rule: &Rule) -> String {
    let range = |range: Option<(u16, u16)>| range.map(|(first, last)| format!("{first}-{last}"));
    let mark = |(mark, mask): (u32, u32)| {
        if mask == WHOLE { format!("{mark:#x}") } else { format!("{mark:#x}/{mask:#x}") }
    };
    let mut words = Vec::new();
    if rule.inverted {
        words.push("not".into());
    }
    words.extend(said([
        ("from", Some(rule.from.map_or_else(|| "all".into(), network))),
        ("to", rule.to.map(|net: IpNet| network(net))),
        ("priority", text(Some(rule.preference))),
        ("tos", Some(format!("{:#x}", rule.tos.unwrap_or(0)))),
        ("fwmark", rule.mark.map(mark)),
        ("iif", text(rule.input)),
        ("oif", text(rule.output)),
        ("suppress_prefixlen", text(rule.suppress_prefix)),
        ("suppress_ifgroup", text(rule.suppress_group)),
        ("tunnel-id", text(rule.tunnel)),
        ("uidrange", rule.users.map(|(first, last)| format!("{first}-{last}"))),
    ]));
    if rule.action == RuleAction::L3mdev {
        words.push("l3mdev".into());
    }
    words.extend(said([
        ("protocol", protocol(rule.protocol, rule.no_track)),
        ("ipproto", text(rule.ip_protocol)),
        ("sport", range(rule.source_ports)),
        ("dport", range(rule.destination_ports)),
    ]));
    words.extend(rule.realms.map(realms));
    words.push(match rule.action {
        RuleAction::Table(table) => format!("lookup {table}"),
        RuleAction::Goto(preference) => format!("goto {preference}"),
        RuleAction::Nop => "nop".into(),
        RuleAction::L3mdev => "lookup 0".into(),
        RuleAction::Blackhole => "type blackhole".into(),
        RuleAction::Unreachable => "type unreachable".into(),
        RuleAction::Prohibit => "type prohibit".into(),
    });
    if rule.no_track {
        words.push("no_track".into());
    }
    words.join(" ")
}
