//! What unit tests of the core have in common: an instance, a host, and packets for them.

use std::net::IpAddr;

use super::link::{Address, Inventory, Link};
use crate::base::addr::{IpNet, MacAddr};
use crate::base::id::{IfIndex, IfName, Vrid};
use crate::conf::model::{Instance, Vip};

pub(super) const ETH0: IfIndex = IfIndex::new(2);
pub(super) const OWN: &str = "10.0.0.1";
pub(super) const PEER: &str = "10.0.0.2";

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(super) fn eth0() -> IfName {
    IfName::new("eth0").unwrap()
}

pub(super) fn vip(addr: &str) -> Vip {
    Vip::plain(IpNet::host(ip(addr)))
}

/// Version 2 over IPv4 on eth0, priority 100, an interval of a second, two addresses.
pub(super) fn instance() -> Instance {
    Instance {
        interface: Some(eth0()),
        vips: Box::new([vip("10.0.0.100"), vip("10.0.0.101")]),
        ..Instance::plain("VI_1", Vrid::new(51).unwrap())
    }
}

pub(super) fn link(running: bool) -> Link {
    Link { running, ..Link::ethernet(eth0(), MacAddr([2, 0, 0, 0, 0, 1])) }
}

/// A host with eth0, which is up and has an address.
pub(super) fn host() -> Inventory {
    let mut links = Inventory::new();
    links.put_link(ETH0, link(true));
    let net = IpNet::new(ip(OWN), 24).unwrap();
    links.put_address(ETH0, Address { net, marked: false, tentative: false });
    links
}
