//! Routes as rtnetlink(7) has them: what is asked for, and what the kernel says of one that is gone.

use netlink_packet_core::DefaultNla;
use netlink_packet_core::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{
    MplsLabel, RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteIp6Tunnel, RouteIp6TunnelFlags,
    RouteIpTunnel, RouteIpTunnelFlags, RouteLwEnCapType, RouteLwTunnelEncap, RouteMessage, RouteMetric,
    RouteMplsIpTunnel, RouteMplsTtlPropagation, RouteNextHop, RouteNextHopFlags, RoutePreference,
    RouteProtocol, RouteRealm, RouteType, RouteVia,
};

use super::parse::{self, KIND, attributes};
use crate::base::addr::{Family, IpNet};
use crate::conf::model::route::{Encap, Metric, Metrics, NextHop, Preference, Route, RouteKind, RoutePlace};
use crate::vrrp::belonging::{KEEPALIVED, PlacedRoute, RouteKey, everywhere, family_of, network};

// linux/rtnetlink.h
const RTA_DST: u16 = 1;
const RTA_PRIORITY: u16 = 6;
const RTA_TABLE: u16 = 15;
/// Scopes as the kernel numbers them.
const UNIVERSE: u8 = 0;
const HOST: u8 = 254;
const NOWHERE: u8 = 255;
/// The table of routes if nothing else is said.
const MAIN: u32 = 254;
/// `RTAX_FEATURES` for `ecn`.
const ECN: u32 = 1;
/// `ILA_ATTR_LOCATOR`.
const ILA_LOCATOR: u16 = 1;
/// The kernel counts round-trip times in eighths of a millisecond, and their variance in quarters.
const EIGHTHS: u32 = 8;
const QUARTERS: u32 = 4;

/// What is asked of the kernel to make a route, and the flags of the request.
pub(super) fn added(placed: &PlacedRoute) -> (RouteMessage, u16) {
    let mut message = described(placed);
    let route = &placed.route;
    message.header.kind = kind(route.kind);
    message.header.scope = route.scope.unwrap_or(usual_scope(route)).into();
    if let Some(expires) = route.expires {
        message.attributes.push(RouteAttribute::Expires(expires));
    }
    let place = match (route.place, route.kind) {
        (RoutePlace::Prepend, RouteKind::Unicast) => 0,
        (RoutePlace::Append, _) => NLM_F_APPEND,
        // What leads nowhere never stands beside others.
        (RoutePlace::Prepend | RoutePlace::Add, _) => NLM_F_EXCL,
    };
    (message, NLM_F_CREATE | place)
}

/// What is asked of the kernel to remove it.
pub(super) fn removed(placed: &PlacedRoute) -> RouteMessage {
    let mut message = described(placed);
    message.header.kind = match placed.route.kind {
        RouteKind::Unicast => RouteType::Unspec,
        other => kind(other),
    };
    message.header.scope = NOWHERE.into();
    message
}

/// The scope of a route of which nobody has said one.
fn usual_scope(route: &Route) -> u8 {
    match (route.kind, family_of(route)) {
        // The kernel accepts no other.
        (RouteKind::Local | RouteKind::Nat, Family::V4) => HOST,
        (
            RouteKind::Unicast
            | RouteKind::Local
            | RouteKind::Nat
            | RouteKind::Broadcast
            | RouteKind::Anycast
            | RouteKind::Multicast
            | RouteKind::Blackhole
            | RouteKind::Unreachable
            | RouteKind::Prohibit
            | RouteKind::Throw,
            _,
        ) => UNIVERSE,
    }
}

fn kind(kind: RouteKind) -> RouteType {
    match kind {
        RouteKind::Unicast => RouteType::Unicast,
        RouteKind::Local => RouteType::Local,
        RouteKind::Broadcast => RouteType::Broadcast,
        RouteKind::Anycast => RouteType::Anycast,
        RouteKind::Multicast => RouteType::Multicast,
        RouteKind::Blackhole => RouteType::BlackHole,
        RouteKind::Unreachable => RouteType::Unreachable,
        RouteKind::Prohibit => RouteType::Prohibit,
        RouteKind::Throw => RouteType::Throw,
        RouteKind::Nat => RouteType::Nat,
    }
}

fn described(placed: &PlacedRoute) -> RouteMessage {
    let route = &placed.route;
    let family = family_of(route);
    let mut header = RouteHeader {
        address_family: address_family(family),
        tos: route.tos.unwrap_or_default(),
        protocol: RouteProtocol::from(route.protocol.unwrap_or(KEEPALIVED)),
        ..RouteHeader::default()
    };
    let mut attributes = Vec::new();
    if let Some(destination) = route.destination.filter(|net| net.prefix() > 0) {
        header.destination_prefix_length = destination.prefix();
        attributes.push(RouteAttribute::Destination(destination.addr().into()));
    }
    if let Some(from) = route.from.filter(|net| net.prefix() > 0) {
        header.source_prefix_length = from.prefix();
        attributes.push(RouteAttribute::Source(from.addr().into()));
    }
    let table = route.table.unwrap_or(MAIN);
    match u8::try_from(table) {
        Ok(table) => header.table = table,
        Err(_) => attributes.push(RouteAttribute::Table(table)),
    }
    if route.onlink {
        header.flags |= RouteFlags::Onlink;
    }
    if let Some(via) = route.via {
        attributes.push(gateway(family, via));
    }
    if let Some(source) = route.source {
        attributes.push(RouteAttribute::PrefSource(source.into()));
    }
    if let Some(device) = placed.device {
        attributes.push(RouteAttribute::Oif(device.get()));
    }
    if let Some(metric) = route.metric {
        attributes.push(RouteAttribute::Priority(metric));
    }
    attributes.extend(properties(route));
    if !route.next_hops.is_empty() {
        let devices = placed.hops.iter().copied().chain(std::iter::repeat(None));
        let hops = route.next_hops.iter().zip(devices);
        let hops = hops.map(|(hop, device)| next_hop(family, hop, device.map_or(0, |device| device.get())));
        attributes.push(RouteAttribute::MultiPath(hops.collect()));
    }
    let mut message = RouteMessage::default();
    message.header = header;
    message.attributes = attributes;
    message
}

/// What else is said of a route.
fn properties(route: &Route) -> Vec<RouteAttribute> {
    let mut attributes = Vec::new();
    if let Some(realms) = route.realms {
        attributes.push(RouteAttribute::Realm(realm(realms)));
    }
    if let Some(preference) = route.preference {
        attributes.push(RouteAttribute::Preference(match preference {
            Preference::Low => RoutePreference::Low,
            Preference::Medium => RoutePreference::Medium,
            Preference::High => RoutePreference::High,
        }));
    }
    if let Some(on) = route.ttl_propagate {
        attributes.push(RouteAttribute::TtlPropagate(if on {
            RouteMplsTtlPropagation::Enabled
        } else {
            RouteMplsTtlPropagation::Disabled
        }));
    }
    if let Some(encap) = &route.encap {
        attributes.extend(tunnel(encap));
    }
    if let Some(metrics) = &route.metrics {
        attributes.push(RouteAttribute::Metrics(way(metrics)));
    }
    attributes
}

fn address_family(family: Family) -> AddressFamily {
    match family {
        Family::V4 => AddressFamily::Inet,
        Family::V6 => AddressFamily::Inet6,
    }
}

/// A gateway, perhaps of the other family (RFC 5549).
fn gateway(family: Family, via: std::net::IpAddr) -> RouteAttribute {
    if Family::of(via) == family {
        RouteAttribute::Gateway(RouteAddress::from(via))
    } else {
        RouteAttribute::Via(RouteVia::from(via))
    }
}

/// FROM is in the upper half.
fn realm(realms: u32) -> RouteRealm {
    let [a, b, c, d] = realms.to_be_bytes();
    RouteRealm { source: u16::from_be_bytes([a, b]), destination: u16::from_be_bytes([c, d]) }
}

fn next_hop(family: Family, hop: &NextHop, interface: u32) -> RouteNextHop {
    let mut made = RouteNextHop::default();
    made.flags.set(RouteNextHopFlags::Onlink, hop.onlink);
    // The kernel counts from 0.
    made.hops = u8::try_from(hop.weight.saturating_sub(1)).unwrap_or(u8::MAX);
    made.interface_index = interface;
    if let Some(via) = hop.via {
        made.attributes.push(gateway(family, via));
    }
    if let Some(realms) = hop.realms {
        made.attributes.push(RouteAttribute::Realm(realm(realms)));
    }
    if let Some(encap) = &hop.encap {
        made.attributes.extend(tunnel(encap));
    }
    made
}

fn tunnel(encap: &Encap) -> [RouteAttribute; 2] {
    let (kind, parts) = match encap {
        Encap::Ip { id, dst, src, tos, ttl, flags } => {
            let parts = [
                id.map(RouteIpTunnel::Id),
                dst.map(RouteIpTunnel::Destination),
                src.map(RouteIpTunnel::Source),
                tos.map(RouteIpTunnel::Tos),
                ttl.map(RouteIpTunnel::Ttl),
                flags.map(|flags| RouteIpTunnel::Flags(RouteIpTunnelFlags::from_bits_retain(flags))),
            ];
            let parts = parts.into_iter().flatten().map(RouteLwTunnelEncap::Ip).collect();
            (RouteLwEnCapType::Ip, parts)
        }
        Encap::Ip6 { id, dst, src, tc, hoplimit, flags } => {
            let parts = [
                id.map(RouteIp6Tunnel::Id),
                dst.map(RouteIp6Tunnel::Destination),
                src.map(RouteIp6Tunnel::Source),
                tc.map(RouteIp6Tunnel::Tc),
                hoplimit.map(RouteIp6Tunnel::Hoplimit),
                flags.map(|flags| RouteIp6Tunnel::Flags(RouteIp6TunnelFlags::from_bits_retain(flags))),
            ];
            let parts = parts.into_iter().flatten().map(RouteLwTunnelEncap::Ip6).collect();
            (RouteLwEnCapType::Ip6, parts)
        }
        Encap::Mpls(labels) => {
            let last = labels.len().saturating_sub(1);
            let label = |(position, label): (usize, &u32)| MplsLabel {
                label: *label,
                traffic_class: 0,
                bottom_of_stack: position == last,
                ttl: 0,
            };
            let stack = labels.iter().enumerate().map(label).collect();
            (RouteLwEnCapType::Mpls, vec![RouteLwTunnelEncap::Mpls(RouteMplsIpTunnel::Destination(stack))])
        }
        Encap::Ila(locator) => {
            let part = DefaultNla::new(ILA_LOCATOR, locator.to_be_bytes().to_vec());
            (RouteLwEnCapType::Ila, vec![RouteLwTunnelEncap::Other(part)])
        }
    };
    [RouteAttribute::EncapType(kind), RouteAttribute::Encap(parts)]
}

fn way(metrics: &Metrics) -> Vec<RouteMetric> {
    let Metrics {
        mtu,
        hoplimit,
        advmss,
        rtt,
        rttvar,
        reordering,
        window,
        cwnd,
        ssthresh,
        rto_min,
        initcwnd,
        initrwnd,
        ecn,
        quickack,
        fastopen_no_cookie,
        congctl,
    } = metrics;
    let (mut made, mut locks) = (Vec::new(), 0);
    let mut add = |metric: &Option<Metric>, times: u32, number: u32, make: fn(u32) -> RouteMetric| {
        if let Some(metric) = metric {
            locks |= u32::from(metric.locked) << number;
            made.push(make(metric.value.saturating_mul(times)));
        }
    };
    // The numbers are those of `RTAX_*`, which locks are told by.
    add(mtu, 1, 2, RouteMetric::Mtu);
    add(rtt, EIGHTHS, 4, RouteMetric::Rtt);
    add(rttvar, QUARTERS, 5, RouteMetric::RttVar);
    add(ssthresh, 1, 6, RouteMetric::SsThresh);
    add(cwnd, 1, 7, RouteMetric::Cwnd);
    add(advmss, 1, 8, RouteMetric::Advmss);
    add(reordering, 1, 9, RouteMetric::Reordering);
    add(rto_min, 1, 13, RouteMetric::RtoMin);
    if let Some((name, locked)) = congctl {
        locks |= u32::from(*locked) << 16;
        made.push(RouteMetric::CcAlgo(name.to_string()));
    }
    let others = [
        window.map(RouteMetric::Window),
        hoplimit.map(|limit| RouteMetric::Hoplimit(limit.into())),
        initcwnd.map(RouteMetric::InitCwnd),
        initrwnd.map(RouteMetric::InitRwnd),
        ecn.then_some(RouteMetric::Features(ECN)),
        quickack.map(|on| RouteMetric::QuickAck(on.into())),
        fastopen_no_cookie.map(|on| RouteMetric::FastopenNoCookie(on.into())),
        (locks != 0).then_some(RouteMetric::Lock(locks)),
    ];
    made.extend(others.into_iter().flatten());
    made
}

/// Reads RTM_DELROUTE: which route is gone, if it is one that somebody has made.
pub(super) fn gone(payload: &[u8]) -> Option<RouteKey> {
    let [family, prefix, _, tos, table, protocol, _, _, rest @ ..] = *payload.first_chunk::<12>()?;
    let flags = u32::from_ne_bytes(rest);
    let is_cache = RouteFlags::from_bits_retain(flags).contains(RouteFlags::Cloned);
    let family = match i32::from(family) {
        libc::AF_INET if !is_cache => Family::V4,
        libc::AF_INET6 if !is_cache => Family::V6,
        _ => return None,
    };
    let (mut destination, mut table, mut metric) = (None, u32::from(table), 0);
    for attribute in attributes(payload, 12).map_while(|attribute| attribute) {
        let number = || attribute.value().first_chunk().map(|octets| u32::from_ne_bytes(*octets));
        match attribute.kind() & KIND {
            RTA_DST => destination = parse::address_of(family, attribute.value()),
            RTA_PRIORITY => metric = number()?,
            RTA_TABLE => table = number()?,
            _ => {}
        }
    }
    let destination = match destination {
        Some(addr) => network(IpNet::new(addr, prefix)?),
        None => everywhere(family),
    };
    Some(RouteKey { destination, table, tos, metric, protocol })
}

#[cfg(test)]
mod tests;
