//! Thousands of instances: 250 on each of many direct cables between the nodes `a` and `b`.
//!
//! The cables do not go through the bridge of the laboratory, whose capture would take as long as the programs.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::clock::Stamp;
use crate::command;
use crate::lab::Lab;
use crate::node::Node;
use crate::timeline::Seen;
use crate::wait::poll_until;

/// How many instances share a cable: fewer than there are numbers.
const PER_CABLE: u32 = 250;

/// The first letter of the cables' names.
pub const CABLE: &str = "w";

/// Thousands of instances with an address each.
#[derive(Clone, Copy, Debug)]
pub struct Many {
    /// How many.
    pub count: u32,
    /// Between two adverts of one.
    pub interval: Duration,
}

impl Many {
    /// The address of an instance.
    #[must_use]
    pub fn address(number: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(Ipv4Addr::new(10, 128, 0, 0).to_bits() + number)
    }

    /// The address of node `b` on a cable.
    #[must_use]
    pub fn peer(cable: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 66, cable, 2)
    }

    /// Lays the cables that they need.
    pub fn wire(&self, lab: &Lab) {
        let (a, b) = (lab.node("a").netns().name(), lab.node("b").netns().name());
        let cables = 0..self.count.div_ceil(PER_CABLE);
        let lay = |k: u32| format!("link add {CABLE}{k} type veth peer name {CABLE}{k} netns {b}\n");
        let _ = command::feed(&["ip", "-n", a, "-batch", "-"], &cables.clone().map(lay).collect::<String>());
        for (node, octet) in [(a, 1), (b, 2)] {
            let plug = |k: u32| {
                format!("link set dev {CABLE}{k} up\naddress add 10.66.{k}.{octet}/24 dev {CABLE}{k}\n")
            };
            let _ = command::feed(
                &["ip", "-n", node, "-batch", "-"],
                &cables.clone().map(plug).collect::<String>(),
            );
        }
    }

    /// The configuration of a node. `further` goes into the first instance's addresses.
    #[must_use]
    pub fn conf(&self, priority: u8, further: &[Ipv4Addr]) -> String {
        let mut text = "global_defs {\n    router_id many\n}\n".to_owned();
        for number in 0..self.count {
            let more = if number == 0 { further } else { &[] };
            let more: String = more.iter().map(|address| format!("\n        {address}/32")).collect();
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "vrrp_instance I_{number} {{\n    interface {CABLE}{}\n    virtual_router_id {}\n    version 3\n    priority {priority}\n    \
                 advert_int {}\n    virtual_ipaddress {{\n        {}/32{more}\n    }}\n}}\n",
                number / PER_CABLE,
                number % PER_CABLE + 1,
                self.interval.as_secs_f64(),
                Many::address(number),
            );
        }
        text
    }

    /// Since when a node holds each of the addresses that it holds.
    fn held(lab: &Lab, node: &Node) -> Vec<Stamp> {
        lab.ask(|timeline| {
            let held = timeline.held_by(node.index()).filter(|(_, address)| is_virtual(address.ip));
            held.map(|(since, _)| since).collect()
        })
    }

    /// Waits until a node holds all of them, and tells since when; nothing if it does not within `limit`.
    #[must_use]
    pub fn all_at(&self, lab: &Lab, node: &Node, limit: Duration) -> Option<Stamp> {
        let wanted = usize::try_from(self.count).unwrap_or(usize::MAX);
        poll_until(limit, || {
            let held = Many::held(lab, node);
            held.iter().max().copied().filter(|_| held.len() >= wanted)
        })
    }

    /// How often one of the addresses came or went since `from`.
    #[must_use]
    pub fn moves(lab: &Lab, from: Stamp) -> usize {
        lab.ask(|timeline| {
            timeline
                .between(from..)
                .filter(|entry| match &entry.seen {
                    Seen::Added(address) | Seen::Removed(address) => is_virtual(address.ip),
                    Seen::Frame { .. } | Seen::Link { .. } | Seen::Mark(_) => false,
                })
                .count()
        })
    }
}

/// Whether it is an address of an instance.
fn is_virtual(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip >= Many::address(0) && ip.octets().starts_with(&[10]),
        IpAddr::V6(_) => false,
    }
}
