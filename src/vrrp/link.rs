//! What the core knows of interfaces and addresses.

use std::collections::{BTreeMap, BTreeSet};
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
    /// A VRF, with its routing table.
    Vrf(u32),
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
    /// Interfaces by name: for a moment, two may have the same one.
    names: BTreeSet<(IfName, IfIndex)>,
    /// Interfaces by what they are built on and their link-layer address.
    built: BTreeSet<(IfIndex, MacAddr, IfIndex)>,
}

/// The bounds of all numbers of interfaces.
const FIRST: IfIndex = IfIndex::new(u32::MIN);
const LAST: IfIndex = IfIndex::new(u32::MAX);

/// Where an interface is to be found that is built on another one.
fn place(index: IfIndex, link: &Link) -> Option<(IfIndex, MacAddr, IfIndex)> {
    Some((link.stack.on?, link.mac?, index))
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
        Inventory { links: BTreeMap::new(), names: BTreeSet::new(), built: BTreeSet::new() }
    }

    /// Adds or replaces an interface; its addresses stay.
    pub fn put_link(&mut self, index: IfIndex, link: Link) {
        self.names.insert((link.name, index));
        self.built.extend(place(index, &link));
        let Some(entry) = self.links.get_mut(&index) else {
            self.links.insert(index, Entry { link, addresses: Vec::new() });
            return;
        };
        let before = std::mem::replace(&mut entry.link, link);
        if before.name != entry.link.name {
            self.names.remove(&(before.name, index));
        }
        if let Some(old) = place(index, &before).filter(|old| Some(*old) != place(index, &entry.link)) {
            self.built.remove(&old);
        }
    }

    /// Removes an interface and its addresses.
    pub fn remove_link(&mut self, index: IfIndex) {
        let Some(Entry { link, .. }) = self.links.remove(&index) else { return };
        self.names.remove(&(link.name, index));
        if let Some(place) = place(index, &link) {
            self.built.remove(&place);
        }
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
        let found = self.names.range((name, FIRST)..).next();
        found.filter(|(known, _)| *known == name).map(|(_, index)| *index)
    }

    /// The interfaces that are built on another one and have this link-layer address, by number.
    pub fn built_on(&self, below: IfIndex, mac: MacAddr) -> impl Iterator<Item = IfIndex> + '_ {
        self.built.range((below, mac, FIRST)..=(below, mac, LAST)).map(|(.., index)| *index)
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

#[cfg(test)]
mod tests {
    use super::super::testing::link;
    use super::*;

    const ON: IfIndex = IfIndex::new(2);
    const MAC: MacAddr = MacAddr([0, 0, 0x5e, 0, 1, 51]);

    fn vlan(name: &str, on: Option<IfIndex>, mac: Option<MacAddr>) -> Link {
        let stack = Stack { on, ..Stack::default() };
        Link { name: IfName::new(name).unwrap(), mac, stack, ..link(true) }
    }

    fn numbers(links: &Inventory) -> Vec<u32> {
        links.built_on(ON, MAC).map(IfIndex::get).collect()
    }

    #[test]
    fn an_interface_is_found_by_the_name_that_it_has_now() {
        let mut links = Inventory::new();
        let (old, new) = (IfName::new("old").unwrap(), IfName::new("new").unwrap());
        links.put_link(IfIndex::new(7), vlan("old", None, None));
        links.put_link(IfIndex::new(7), vlan("new", None, None));
        assert_eq!((links.by_name(old), links.by_name(new)), (None, Some(IfIndex::new(7))));
        // Names are exchanged one after the other.
        links.put_link(IfIndex::new(5), vlan("new", None, None));
        assert_eq!(links.by_name(new), Some(IfIndex::new(5)));
        links.remove_link(IfIndex::new(5));
        assert_eq!(links.by_name(new), Some(IfIndex::new(7)));
        links.remove_link(IfIndex::new(7));
        assert_eq!(links.by_name(new), None);
    }

    #[test]
    fn an_interface_is_found_by_what_it_is_built_on() {
        let mut links = Inventory::new();
        links.put_link(IfIndex::new(9), vlan("b", Some(ON), Some(MAC)));
        links.put_link(IfIndex::new(8), vlan("a", Some(ON), Some(MAC)));
        links.put_link(IfIndex::new(7), vlan("c", Some(IfIndex::new(3)), Some(MAC)));
        links.put_link(IfIndex::new(6), vlan("d", Some(ON), Some(MacAddr([2, 0, 0, 0, 0, 1]))));
        assert_eq!(numbers(&links), [8, 9]);
        links.put_link(IfIndex::new(8), vlan("a", None, Some(MAC)));
        links.put_link(IfIndex::new(6), vlan("d", Some(ON), Some(MAC)));
        assert_eq!(numbers(&links), [6, 9]);
        links.remove_link(IfIndex::new(9));
        assert_eq!(numbers(&links), [6]);
    }
}
