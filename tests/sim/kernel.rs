//! A host's kernel: its interfaces, their addresses, and operations that take their time and may fail.

use std::collections::BTreeSet;

use keepalived::base::addr::{Family, IpNet, MacAddr};
use keepalived::base::id::{IfIndex, Ticket};
use keepalived::vrrp::belonging::Key;
use keepalived::vrrp::event::{KernelError, KernelOp};
use keepalived::vrrp::link::{Address, Inventory, Link, LinkEvent};

use crate::fleet::{host_address, interface};

/// The interface to a segment.
pub fn interface_to(segment: usize) -> IfIndex {
    IfIndex::new(2 + u32::try_from(segment).unwrap())
}

/// The segment that an interface leads to.
pub fn segment_of(interface: IfIndex) -> usize {
    usize::try_from(interface.get() - 2).unwrap()
}

#[derive(Debug)]
pub struct Kernel {
    host: u64,
    /// Whether each interface carries traffic.
    running: Vec<bool>,
    /// What is there beyond the host's own addresses.
    things: BTreeSet<Key>,
    /// Operations that have not been answered, in order.
    pub pending: Vec<(Ticket, KernelOp)>,
}

impl Kernel {
    pub fn new(host: u64, segments: usize) -> Kernel {
        let running = vec![true; segments];
        Kernel { host, running, things: BTreeSet::new(), pending: Vec::new() }
    }

    pub fn runs(&self, segment: usize) -> bool {
        self.running[segment]
    }

    /// Whether an address is there beyond the host's own.
    pub fn holds(&self, segment: usize, net: IpNet) -> bool {
        self.has(&Key::Address(interface_to(segment), net))
    }

    /// Whether this is there.
    pub fn has(&self, key: &Key) -> bool {
        self.things.contains(key)
    }

    /// What is there beyond the host's own addresses.
    pub fn held(&self) -> &BTreeSet<Key> {
        &self.things
    }

    pub fn mac(&self) -> MacAddr {
        let [.., high, low] = self.host.to_be_bytes();
        MacAddr([2, 0, 0, 0, high, low])
    }

    fn link(&self, segment: usize) -> Link {
        Link {
            name: interface(segment),
            mac: Some(self.mac()),
            mtu: 1500,
            running: self.runs(segment),
            arp: true,
            multicast: true,
            forwards_v6: false,
        }
    }

    pub fn inventory(&self) -> Inventory {
        let mut links = Inventory::new();
        for segment in 0..self.running.len() {
            links.put_link(interface_to(segment), self.link(segment));
            for family in [Family::V4, Family::V6] {
                let net = IpNet::new(host_address(family, segment, self.host), 16).unwrap();
                links.put_address(interface_to(segment), Address { net, marked: false, tentative: false });
            }
        }
        for key in &self.things {
            if let Key::Address(interface, net) = *key {
                links.put_address(interface, Address { net, marked: true, tentative: false });
            }
        }
        links
    }

    /// Carrier comes or goes.
    pub fn set_running(&mut self, segment: usize, running: bool) -> LinkEvent {
        self.running[segment] = running;
        LinkEvent::Changed(interface_to(segment), self.link(segment))
    }

    /// Does what was asked for; tells the answer and what the monitor will report.
    pub fn apply(&mut self, op: &KernelOp) -> (Result<(), KernelError>, Option<LinkEvent>) {
        let Some(key) = op.key() else { return (Ok(()), None) };
        match op {
            KernelOp::AddAddress(..) | KernelOp::AddRoute(_) | KernelOp::AddRule(_) => {
                if !self.things.insert(key) {
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
            KernelOp::Set(..) | KernelOp::Restore(_) => (Ok(()), None),
        }
    }

    /// Somebody removes something.
    pub fn remove(&mut self, key: Key) -> Option<LinkEvent> {
        self.things.remove(&key).then_some(match key {
            Key::Address(interface, net) => LinkEvent::AddressRemoved(interface, net, None),
            Key::Route(route) => LinkEvent::RouteRemoved(route, None),
            Key::Rule(rule) => LinkEvent::RuleRemoved(rule, None),
        })
    }
}
