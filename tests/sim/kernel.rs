//! A host's kernel: its interfaces, their addresses, and operations that take their time and may fail.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use keepalived::base::addr::{Family, IpNet, MacAddr};
use keepalived::base::id::{IfIndex, Ticket};
use keepalived::vrrp::belonging::Key;
use keepalived::vrrp::event::{FirewallOp, Hidden, KernelError, KernelOp};
use keepalived::vrrp::link::{Address, Inventory, Link, LinkEvent};

use crate::fleet::{host_address, interface};

/// What is added to the number of an interface that is made anew.
const NEXT: u32 = 16;

/// The segment that an interface leads to, or led to.
pub fn segment_of(interface: IfIndex) -> usize {
    usize::try_from((interface.get() - 2) % NEXT).unwrap()
}

#[derive(Debug)]
pub struct Kernel {
    host: u64,
    /// Whether each interface carries traffic.
    running: Vec<bool>,
    /// The number of each interface; none while there is no such interface.
    indexes: Vec<Option<IfIndex>>,
    last_index: u32,
    /// The groups that the process has joined.
    joined: BTreeSet<(IfIndex, IpAddr)>,
    /// What is there beyond the host's own addresses, and the interface that it goes with.
    things: BTreeMap<Key, Option<IfIndex>>,
    /// The addresses that the firewall hides.
    hidden: BTreeSet<Hidden>,
    /// The process knows what is in the firewall: it made it.
    made: bool,
    /// Operations that have not been answered, in order.
    pub pending: Vec<(Ticket, KernelOp)>,
}

impl Kernel {
    pub fn new(host: u64, segments: usize) -> Kernel {
        let running = vec![true; segments];
        let indexes = (0..segments).map(|segment| Some(IfIndex::new(2 + u32::try_from(segment).unwrap())));
        Kernel {
            host,
            running,
            indexes: indexes.collect(),
            last_index: 2,
            joined: BTreeSet::new(),
            things: BTreeMap::new(),
            hidden: BTreeSet::new(),
            made: false,
            pending: Vec::new(),
        }
    }

    /// The interface to a segment.
    pub fn interface_to(&self, segment: usize) -> Option<IfIndex> {
        self.indexes[segment]
    }

    /// Whether an interface is there and carries traffic.
    pub fn carries(&self, interface: IfIndex) -> bool {
        let segment = segment_of(interface);
        self.indexes[segment] == Some(interface) && self.running[segment]
    }

    /// Whether what is sent to a group on a segment is heard.
    pub fn hears(&self, segment: usize, group: IpAddr) -> bool {
        self.indexes[segment].is_some_and(|index| self.joined.contains(&(index, group)))
    }

    pub fn join(&mut self, interface: IfIndex, group: IpAddr) -> Result<(), KernelError> {
        if self.indexes[segment_of(interface)] != Some(interface) {
            return Err(KernelError::Gone);
        }
        self.joined.insert((interface, group));
        Ok(())
    }

    pub fn leave(&mut self, interface: IfIndex, group: IpAddr) {
        self.joined.remove(&(interface, group));
    }

    /// The process is dead.
    pub fn orphan(&mut self) {
        self.pending.clear();
        self.joined.clear();
        self.made = false;
    }

    /// Changes the firewall, as the shell does: at once, and all of it anew if it is not known what is in it.
    pub fn firewall(&mut self, op: &FirewallOp, refused: bool) -> Result<(), KernelError> {
        if refused {
            self.made = false;
            return Err(KernelError::Other(12));
        }
        match op {
            FirewallOp::Hide(more) if self.made => self.hidden.extend(more.iter().copied()),
            FirewallOp::Replace(all) | FirewallOp::Hide(all) => self.hidden = all.iter().copied().collect(),
            FirewallOp::Show(less) if self.made => self.hidden.retain(|hidden| !less.contains(hidden)),
            FirewallOp::Show(_) => return Ok(()),
        }
        self.made = true;
        Ok(())
    }

    /// Whether the firewall hides an address.
    pub fn hides(&self, addr: IpAddr) -> bool {
        self.hidden
            .iter()
            .any(|hidden| matches!(hidden, Hidden::Address { addr: other, .. } if *other == addr))
    }

    /// Whether the firewall hides nothing.
    pub fn is_open(&self) -> bool {
        self.hidden.is_empty()
    }

    pub fn runs(&self, segment: usize) -> bool {
        self.indexes[segment].is_some() && self.running[segment]
    }

    /// Somebody deletes an interface, and all that is on it.
    pub fn delete(&mut self, segment: usize) -> Option<LinkEvent> {
        let index = self.indexes[segment].take()?;
        self.joined.retain(|(interface, _)| *interface != index);
        self.things.retain(|_, device| *device != Some(index));
        Some(LinkEvent::Removed(index))
    }

    /// Somebody makes an interface anew, with the host's own addresses.
    pub fn make(&mut self, segment: usize) -> Vec<LinkEvent> {
        if self.indexes[segment].is_some() {
            return Vec::new();
        }
        self.last_index += NEXT;
        let index = IfIndex::new(self.last_index + u32::try_from(segment).unwrap());
        self.indexes[segment] = Some(index);
        self.running[segment] = true;
        let own = self.own_addresses(segment).map(|address| LinkEvent::AddressAdded(index, address));
        [LinkEvent::Changed(index, self.link(segment))].into_iter().chain(own).collect()
    }

    fn own_addresses(&self, segment: usize) -> impl Iterator<Item = Address> + use<> {
        let host = self.host;
        [Family::V4, Family::V6].into_iter().map(move |family| {
            let net = IpNet::new(host_address(family, segment, host), 16).unwrap();
            Address { net, marked: false, tentative: false }
        })
    }

    /// Whether an address is there beyond the host's own.
    pub fn holds(&self, segment: usize, net: IpNet) -> bool {
        self.indexes[segment].is_some_and(|index| self.has(&Key::Address(index, net)))
    }

    /// Whether this is there.
    pub fn has(&self, key: &Key) -> bool {
        self.things.contains_key(key)
    }

    /// What is there beyond the host's own addresses.
    pub fn held(&self) -> BTreeSet<Key> {
        self.things.keys().copied().collect()
    }

    pub fn mac(&self) -> MacAddr {
        let [.., high, low] = self.host.to_be_bytes();
        MacAddr([2, 0, 0, 0, high, low])
    }

    fn link(&self, segment: usize) -> Link {
        Link { running: self.runs(segment), ..Link::ethernet(interface(segment), self.mac()) }
    }

    pub fn inventory(&self) -> Inventory {
        let mut links = Inventory::new();
        for segment in 0..self.running.len() {
            let Some(index) = self.indexes[segment] else { continue };
            links.put_link(index, self.link(segment));
            self.own_addresses(segment).for_each(|address| links.put_address(index, address));
        }
        for key in self.things.keys() {
            if let Key::Address(interface, net) = *key {
                links.put_address(interface, Address { net, marked: true, tentative: false });
            }
        }
        links
    }

    /// Carrier comes or goes.
    pub fn set_running(&mut self, segment: usize, running: bool) -> Option<LinkEvent> {
        self.running[segment] = running;
        self.indexes[segment].map(|index| LinkEvent::Changed(index, self.link(segment)))
    }

    /// Does what was asked for; tells the answer and what the monitor will report.
    pub fn apply(&mut self, op: &KernelOp) -> (Result<(), KernelError>, Option<LinkEvent>) {
        let Some(key) = op.key() else { return (Ok(()), None) };
        match op {
            KernelOp::AddAddress(..) | KernelOp::AddRoute(_) | KernelOp::AddRule(_) => {
                let device = device_of(op);
                if device.is_some_and(|device| self.indexes[segment_of(device)] != Some(device)) {
                    return (Err(KernelError::Gone), None);
                }
                if self.things.insert(key, device).is_some() {
                    return (Err(KernelError::Exists), None);
                }
                let report = match key {
                    Key::Address(interface, net) => {
                        let address = Address { net, marked: true, tentative: false };
                        Some(LinkEvent::AddressAdded(interface, address))
                    }
                    Key::Route(_) | Key::Rule(_) => None,
                };
                (Ok(()), report)
            }
            KernelOp::DelAddress(..) | KernelOp::DelRoute(_) | KernelOp::DelRule(_) => {
                // Shells do not tell what was asked for of routes and rules.
                let told = |event: &LinkEvent| matches!(event, LinkEvent::AddressRemoved(..));
                match self.remove(key) {
                    Some(event) => (Ok(()), Some(event).filter(told)),
                    None => (Err(KernelError::Gone), None),
                }
            }
            KernelOp::Link(_) => panic!("no host of a fleet has an interface of its own"),
            KernelOp::Set(..) | KernelOp::Restore(_) | KernelOp::Firewall(_) => (Ok(()), None),
        }
    }

    /// Somebody removes something.
    pub fn remove(&mut self, key: Key) -> Option<LinkEvent> {
        self.things.remove(&key).map(|_| match key {
            Key::Address(interface, net) => LinkEvent::AddressRemoved(interface, net, None),
            Key::Route(route) => LinkEvent::RouteRemoved(route, None),
            Key::Rule(rule) => LinkEvent::RuleRemoved(rule, None),
        })
    }
}

/// The interface that something goes with.
fn device_of(op: &KernelOp) -> Option<IfIndex> {
    match op {
        KernelOp::AddAddress(interface, _) | KernelOp::DelAddress(interface, _) => Some(*interface),
        KernelOp::AddRoute(route) | KernelOp::DelRoute(route) => route.device,
        KernelOp::AddRule(_)
        | KernelOp::DelRule(_)
        | KernelOp::Set(..)
        | KernelOp::Restore(_)
        | KernelOp::Link(_)
        | KernelOp::Firewall(_) => None,
    }
}
