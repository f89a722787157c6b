//! The form that every advert and every announcement of every scenario must have (behaviour of the C program,
//! RFC 3768, RFC 9568, RFC 5227, RFC 4861).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::node::Node;
use crate::packet::{Advert, Arp, Mac, Neighbour, Packet};
use crate::timeline::{Seen, Timeline};

const GROUP4: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18));
const GROUP6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12));
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// DSCP CS6: network control.
const NETWORK_CONTROL: u8 = 0xc0;

/// What is wrong with the frames of the nodes that have run a daemon; nothing if all is well. What a
/// bystander sends is its own business.
#[must_use]
pub fn faults(timeline: &Timeline, nodes: &[Node]) -> Vec<String> {
    let mut faults = Vec::new();
    for entry in timeline.between(..) {
        let (Seen::Frame { packet, .. }, Some(node)) = (&entry.seen, nodes.get(entry.node)) else { continue };
        if !node.runs_daemons() {
            continue;
        }
        let fault = match packet {
            Packet::Advert(advert) => advert_fault(advert, node),
            Packet::Arp(arp) if arp.is_gratuitous() => arp_fault(arp, node),
            Packet::Neighbour(neighbour) if !neighbour.solicited => neighbour_fault(neighbour, node),
            Packet::Arp(_) | Packet::Neighbour(_) | Packet::Other => None,
        };
        if let Some(fault) = fault {
            faults.push(format!("{} ({}): {fault}: {packet:?}", node.name(), node.program()));
        }
    }
    faults
}

fn advert_fault(advert: &Advert, node: &Node) -> Option<&'static str> {
    let multicast = advert.destination == GROUP4 || advert.destination == GROUP6;
    if !node.has_mac(advert.sender) {
        Some("an advert with a foreign MAC address")
    } else if advert.destination.is_multicast() && !multicast {
        Some("an advert to a wrong group")
    } else if multicast && advert.ttl != 255 {
        Some("an advert whose TTL is not 255")
    } else if advert.tos != NETWORK_CONTROL {
        Some("an advert without precedence")
    } else if !node.is_at(advert.source) {
        Some("an advert from a foreign address")
    } else if multicast && matches!(advert.source, IpAddr::V6(source) if source != node.link_local()) {
        Some("an advert over IPv6 whose source is not link-local")
    } else {
        None
    }
}

fn arp_fault(arp: &Arp, node: &Node) -> Option<&'static str> {
    if !node.has_mac(arp.sender_mac) {
        Some("a gratuitous ARP with a foreign MAC address")
    } else if arp.target_mac != Mac::BROADCAST {
        Some("a gratuitous ARP that is not for everyone")
    } else if arp.operation != 1 {
        Some("a gratuitous ARP that is not a request")
    } else {
        None
    }
}

fn neighbour_fault(neighbour: &Neighbour, node: &Node) -> Option<&'static str> {
    if !neighbour.mac.is_some_and(|mac| node.has_mac(mac)) {
        Some("a neighbour advertisement with a foreign MAC address")
    } else if neighbour.destination != ALL_NODES || neighbour.ttl != 255 {
        Some("a neighbour advertisement that is not for all nodes of the link")
    } else if neighbour.source != neighbour.target {
        Some("a neighbour advertisement from another address")
    } else if !neighbour.overriding {
        Some("a neighbour advertisement that does not override")
    } else if neighbour.router {
        Some("a neighbour advertisement of a host that says it is a router")
    } else {
        None
    }
}
