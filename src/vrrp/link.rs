//! What the core knows of interfaces and addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::belonging::{RouteKey, RuleKey};
use crate::base::addr::{IpNet, MacAddr};
use crate::base::id::{IfIndex, IfName};

/// A change of the kernel's interfaces or addresses.
#[derive(Clone, Debug)]
pub enum LinkEvent {
    /// An interface appeared or changed.
    Changed(IfIndex, Link),
    /// It is gone, with all its addresses.
    Removed(IfIndex),
    /// An address appeared or changed.
    AddressAdded(IfIndex, Address),
    /// Duplicate address detection found another host that has this address: it cannot be used.
    Duplicate(IfIndex, IpNet),
    /// An address is gone.
    AddressRemoved(IfIndex, IpNet, Option<Culprit>),
    /// A route is gone, and not because we asked for that.
    RouteRemoved(RouteKey, Option<Culprit>),
    /// A rule is gone, and not because we asked for that.
    RuleRemoved(RuleKey, Option<Culprit>),
    /// Whether the interface forwards IPv6 changed.
    Forwarding(IfIndex, bool),
    /// Changes were lost: this is how everything is now.
    Relisted(Inventory),
}

/// Who changed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// The port of its netlink socket, which is the number of its process for most.
    pub port: u32,
    /// The name of that process, if it still was there.
    pub name: Option<Box<str>>,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent flags of the kernel")]
pub struct Link {
    /// Its name.
    pub name: IfName,
    /// Its link-layer address, if that has six octets.
    pub mac: Option<MacAddr>,
    /// The largest packet, in octets.
    pub mtu: u32,
    /// Whether it carries traffic: up and running.
    pub running: bool,
    /// Whether it does ARP.
    pub arp: bool,
    /// Whether it can multicast.
    pub multicast: bool,
    /// Whether it forwards IPv6 (`net.ipv6.conf.IF.forwarding`).
    pub forwards_v6: bool,
    /// What it is built on, and what is built of it.
    pub stack: Stack,
}

impl Link {
    /// An Ethernet interface of its own that carries traffic.
    #[must_use]
    pub fn ethernet(name: IfName, mac: MacAddr) -> Link {
        Link {
            name,
            mac: Some(mac),
            mtu: 1500,
            running: true,
            arp: true,
            multicast: true,
            forwards_v6: false,
            stack: Stack::default(),
        }
    }
}

/// What an interface is built on, and what it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// What it is made of.
    pub kind: Kind,
    /// The interface below it.
    pub on: Option<IfIndex>,
    /// The bridge, bond or VRF that it is part of.
    pub controller: Option<IfIndex>,
    /// Its group.
    pub group: u32,
}

/// The kinds of interfaces that matter to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Any other.
    #[default]
    Other,
    /// A MAC-VLAN that does not talk to others on the same interface.
    PrivateMacVlan,
    /// A MAC-VLAN of another mode.
    MacVlan,
    /// An IP-VLAN.
    IpVlan,
    /// A VRF.
    Vrf,
}

/// An address on an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The local address with its prefix length.
    pub net: IpNet,
    /// Marked as put there by keepalived (`IFA_PROTO` 18).
    pub marked: bool,
    /// Duplicate address detection has not finished, or failed: it cannot be a source yet.
    pub tentative: bool,
}

/// All interfaces with their addresses, as last reported.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    links: BTreeMap<IfIndex, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    link: Link,
    /// In the kernel's order, which decides the primary address.
    addresses: Vec<Address>,
}

impl Inventory {
    /// Nothing at all.
    #[must_use]
    pub const fn new() -> Inventory {
        Inventory { links: BTreeMap::new() }
    }

    /// Adds or replaces an interface; its addresses stay.
    pub fn put_link(&mut self, index: IfIndex, link: Link) {
        match self.links.get_mut(&index) {
            Some(entry) => entry.link = link,
            None => {
                self.links.insert(index, Entry { link, addresses: Vec::new() });
            }
        }
    }

    /// Removes an interface and its addresses.
    pub fn remove_link(&mut self, index: IfIndex) {
        self.links.remove(&index);
    }

    /// Adds or replaces an address; without its interface it is nothing.
    pub fn put_address(&mut self, index: IfIndex, address: Address) {
        let Some(entry) = self.links.get_mut(&index) else { return };
        match entry.addresses.iter_mut().find(|known| known.net == address.net) {
            Some(known) => *known = address,
            None => entry.addresses.push(address),
        }
    }

    /// Removes an address; tells whether it was there.
    pub fn remove_address(&mut self, index: IfIndex, net: IpNet) -> bool {
        let Some(entry) = self.links.get_mut(&index) else { return false };
        let before = entry.addresses.len();
        entry.addresses.retain(|known| known.net != net);
        entry.addresses.len() < before
    }

    /// Notes whether an interface forwards IPv6.
    pub fn set_forwarding(&mut self, index: IfIndex, on: bool) {
        if let Some(entry) = self.links.get_mut(&index) {
            entry.link.forwards_v6 = on;
        }
    }

    /// An interface.
    #[must_use]
    pub fn link(&self, index: IfIndex) -> Option<&Link> {
        self.links.get(&index).map(|entry| &entry.link)
    }

    /// The interface of a name.
    #[must_use]
    pub fn by_name(&self, name: IfName) -> Option<IfIndex> {
        self.links.iter().find(|(_, entry)| entry.link.name == name).map(|(index, _)| *index)
    }

    /// The addresses of an interface in the kernel's order.
    pub fn addresses(&self, index: IfIndex) -> impl Iterator<Item = &Address> + Clone {
        self.links.get(&index).into_iter().flat_map(|entry| &entry.addresses)
    }

    /// An address of an interface with exactly this prefix length.
    #[must_use]
    pub fn address(&self, index: IfIndex, net: IpNet) -> Option<&Address> {
        self.addresses(index).find(|known| known.net == net)
    }

    /// Whether any interface has this address.
    #[must_use]
    pub fn has_address(&self, addr: IpAddr) -> bool {
        self.links.values().flat_map(|entry| &entry.addresses).any(|known| known.net.addr() == addr)
    }

    /// Every interface, by number.
    pub fn links(&self) -> impl Iterator<Item = (IfIndex, &Link)> + '_ {
        self.links.iter().map(|(index, entry)| (*index, &entry.link))
    }
}
