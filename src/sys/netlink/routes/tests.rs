use netlink_packet_core::Emitable as _;
use proptest::prelude::*;

use super::*;
use crate::base::id::IfIndex;

fn net(text: &str) -> Option<IpNet> {
    let (addr, prefix) = text.split_once('/').unwrap();
    IpNet::new(addr.parse().unwrap(), prefix.parse().unwrap())
}

fn placed(route: Route) -> PlacedRoute {
    let hops = vec![Some(IfIndex::new(7)); route.next_hops.len()].into();
    PlacedRoute { device: route.device.map(|_| IfIndex::new(3)), route, hops }
}

fn octets(message: &RouteMessage) -> Vec<u8> {
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&mut bytes);
    bytes
}

fn usual() -> Route {
    Route { destination: net("198.51.100.0/24"), via: "10.0.0.9".parse().ok(), ..Route::default() }
}

#[test]
fn a_usual_route_is_marked_and_in_the_main_table() {
    let (message, flags) = added(&placed(usual()));
    assert_eq!(flags, NLM_F_CREATE);
    let header = &message.header;
    assert_eq!((header.table, u8::from(header.protocol), u8::from(header.scope)), (254, 18, 0));
    assert_eq!(header.kind, RouteType::Unicast);
    let expected = [
        RouteAttribute::Destination(std::net::Ipv4Addr::new(198, 51, 100, 0).into()),
        RouteAttribute::Gateway(std::net::Ipv4Addr::new(10, 0, 0, 9).into()),
    ];
    assert_eq!(message.attributes, expected);
}

#[test]
fn a_removal_leaves_open_what_the_kernel_need_not_compare() {
    let message = removed(&placed(usual()));
    assert_eq!((message.header.kind, u8::from(message.header.scope)), (RouteType::Unspec, NOWHERE));
    let blackhole = Route { kind: RouteKind::Blackhole, via: None, ..usual() };
    assert_eq!(removed(&placed(blackhole)).header.kind, RouteType::BlackHole);
}

#[test]
fn the_place_among_others_is_in_the_flags() {
    let flags = |place| added(&placed(Route { place, ..usual() })).1;
    assert_eq!(flags(RoutePlace::Append), NLM_F_CREATE | NLM_F_APPEND);
    assert_eq!(flags(RoutePlace::Add), NLM_F_CREATE | NLM_F_EXCL);
}

#[test]
fn a_large_table_has_an_attribute_of_its_own() {
    let message = described(&placed(Route { table: Some(4000), ..usual() }));
    assert_eq!(message.header.table, 0);
    assert!(message.attributes.contains(&RouteAttribute::Table(4000)));
}

#[test]
fn a_gateway_of_the_other_family_is_said_to_be_one() {
    let message = described(&placed(Route { via: "fe80::9".parse().ok(), ..usual() }));
    let via = RouteVia::Inet6("fe80::9".parse().unwrap());
    assert!(message.attributes.contains(&RouteAttribute::Via(via)));
}

#[test]
fn locks_are_told_by_the_numbers_of_what_they_lock() {
    let locked = |value| Some(Metric { value, locked: true });
    let metrics = Metrics {
        mtu: locked(1400),
        rtt: Some(Metric { value: 300, locked: false }),
        rttvar: Some(Metric { value: 250, locked: false }),
        congctl: Some(("reno".into(), true)),
        ..Metrics::default()
    };
    let expected = [
        RouteMetric::Mtu(1400),
        RouteMetric::Rtt(2400),
        RouteMetric::RttVar(1000),
        RouteMetric::CcAlgo("reno".into()),
        RouteMetric::Lock(1 << 2 | 1 << 16),
    ];
    assert_eq!(way(&metrics), expected);
}

#[test]
fn next_hops_have_their_own_interface_and_weight() {
    let hop = |weight, onlink| NextHop { via: "10.0.0.8".parse().ok(), weight, onlink, ..NextHop::default() };
    let route = Route { via: None, next_hops: vec![hop(3, true), hop(0, false)], ..usual() };
    let message = described(&placed(route));
    let Some(RouteAttribute::MultiPath(hops)) = message.attributes.last() else { panic!("no hops") };
    assert_eq!(hops.iter().map(|hop| hop.hops).collect::<Vec<_>>(), [2, 0]);
    assert!(hops[0].flags.contains(RouteNextHopFlags::Onlink) && hops[1].flags.is_empty());
    assert_eq!(hops[0].interface_index, 7);
}

#[test]
fn mpls_labels_end_with_the_bottom_of_the_stack() {
    let [kind, parts] = tunnel(&Encap::Mpls([16, 17].into()));
    assert_eq!(kind, RouteAttribute::EncapType(RouteLwEnCapType::Mpls));
    let RouteAttribute::Encap(parts) = parts else { panic!("no tunnel") };
    let [RouteLwTunnelEncap::Mpls(RouteMplsIpTunnel::Destination(labels))] = parts.as_slice() else {
        panic!("no labels")
    };
    let stack: Vec<_> = labels.iter().map(|label| (label.label, label.bottom_of_stack)).collect();
    assert_eq!(stack, [(16, false), (17, true)]);
}

#[test]
fn an_ila_locator_is_in_the_order_of_the_network() {
    let [_, parts] = tunnel(&Encap::Ila(0x2001_0db8_0000_0001));
    let RouteAttribute::Encap(parts) = parts else { panic!("no tunnel") };
    let expected = DefaultNla::new(ILA_LOCATOR, vec![0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1]);
    assert_eq!(parts, [RouteLwTunnelEncap::Other(expected)]);
}

#[test]
fn a_route_that_is_gone_is_recognised() {
    let v6 = |route| Route { family: Some(Family::V6), ..route };
    let routes = [
        usual(),
        Route { destination: None, ..usual() },
        Route { table: Some(4000), tos: Some(16), metric: Some(5), ..usual() },
        Route { protocol: Some(4), ..usual() },
        v6(Route { destination: net("2001:db8:1::/48"), metric: Some(1024), ..Route::default() }),
        v6(Route { metric: Some(7), table: Some(100), ..Route::default() }),
    ];
    for route in routes {
        let key = RouteKey::of(&route);
        assert_eq!(gone(&octets(&added(&placed(route)).0)), Some(key));
    }
}

#[test]
fn host_bits_are_not_what_tells_routes_apart() {
    let key = |text| RouteKey::of(&Route { destination: net(text), ..Route::default() });
    assert_eq!(key("198.51.100.7/24"), key("198.51.100.0/24"));
    assert_eq!(key("2001:db8::7/32"), key("2001:db8::/32"));
    assert_ne!(key("198.51.100.7/32"), key("198.51.100.0/32"));
}

#[test]
fn a_cached_route_is_nobodys() {
    let mut bytes = octets(&added(&placed(usual())).0);
    bytes[8..12].copy_from_slice(&0x200u32.to_ne_bytes());
    assert_eq!(gone(&bytes), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = gone(&bytes);
    }
}
