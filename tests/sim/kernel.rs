//! A host's kernel: its interfaces, their addresses, and operations that take their time and may fail.

use std::collections::BTreeSet;

use keepalived::base::addr::{Family, IpNet, MacAddr};
use keepalived::base::id::{IfIndex, Ticket};
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
    virtual_addresses: BTreeSet<(IfIndex, IpNet)>,
    /// Operations that have not been answered, in order.
    pub pending: Vec<(Ticket, KernelOp)>,
}

impl Kernel {
    pub fn new(host: u64, segments: usize) -> Kernel {
        let running = vec![true; segments];
        Kernel { host, running, virtual_addresses: BTreeSet::new(), pending: Vec::new() }
    }

    pub fn runs(&self, segment: usize) -> bool {
        self.running[segment]
    }

    /// Whether an address is there beyond the host's own.
    pub fn holds(&self, segment: usize, net: IpNet) -> bool {
        self.virtual_addresses.contains(&(interface_to(segment), net))
    }

    /// What is there beyond the host's own addresses.
    pub fn held(&self) -> BTreeSet<(IfIndex, IpNet)> {
        self.virtual_addresses.clone()
    }

    /// The first of what is there beyond the host's own addresses.
    pub fn first_held(&self) -> Option<(IfIndex, IpNet)> {
        self.virtual_addresses.first().copied()
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
        for &(interface, net) in &self.virtual_addresses {
            links.put_address(interface, Address { net, marked: true, tentative: false });
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
        match op {
            KernelOp::AddAddress(interface, vip) => {
                if !self.virtual_addresses.insert((*interface, vip.net)) {
                    return (Err(KernelError::Exists), None);
                }
                let address = Address { net: vip.net, marked: true, tentative: false };
                (Ok(()), Some(LinkEvent::AddressAdded(*interface, address)))
            }
            KernelOp::DelAddress(interface, vip) => match self.remove(*interface, vip.net) {
                Some(event) => (Ok(()), Some(event)),
                None => (Err(KernelError::Gone), None),
            },
        }
    }

    /// Somebody removes an address.
    pub fn remove(&mut self, interface: IfIndex, net: IpNet) -> Option<LinkEvent> {
        self.virtual_addresses.remove(&(interface, net)).then_some(LinkEvent::AddressRemoved(interface, net))
    }
}
