//! A host's kernel: one interface, its addresses, and operations that take their time and may fail.

use std::collections::BTreeSet;

use keepalived::base::addr::{Family, IpNet, MacAddr};
use keepalived::base::id::{IfIndex, Ticket};
use keepalived::vrrp::event::{KernelError, KernelOp};
use keepalived::vrrp::link::{Address, Inventory, Link, LinkEvent};

use crate::fleet::{host_address, interface};

pub const ETH0: IfIndex = IfIndex::new(2);

#[derive(Debug)]
pub struct Kernel {
    host: u64,
    pub running: bool,
    own: [IpNet; 2],
    /// What is there beyond the host's own addresses.
    pub virtual_addresses: BTreeSet<IpNet>,
    /// Operations that have not been answered, in order.
    pub pending: Vec<(Ticket, KernelOp)>,
}

impl Kernel {
    pub fn new(host: u64) -> Kernel {
        let own = [Family::V4, Family::V6].map(|family| IpNet::new(host_address(family, host), 8).unwrap());
        Kernel { host, running: true, own, virtual_addresses: BTreeSet::new(), pending: Vec::new() }
    }

    pub fn mac(&self) -> MacAddr {
        let [.., high, low] = self.host.to_be_bytes();
        MacAddr([2, 0, 0, 0, high, low])
    }

    fn link(&self) -> Link {
        Link {
            name: interface(),
            mac: Some(self.mac()),
            mtu: 1500,
            running: self.running,
            arp: true,
            multicast: true,
            forwards_v6: false,
        }
    }

    pub fn inventory(&self) -> Inventory {
        let mut links = Inventory::new();
        links.put_link(ETH0, self.link());
        let own = self.own.into_iter().map(|net| (net, false));
        for (net, marked) in own.chain(self.virtual_addresses.iter().map(|net| (*net, true))) {
            links.put_address(ETH0, Address { net, marked, tentative: false });
        }
        links
    }

    /// Carrier comes or goes.
    pub fn set_running(&mut self, running: bool) -> LinkEvent {
        self.running = running;
        LinkEvent::Changed(ETH0, self.link())
    }

    /// Does what was asked for; tells the answer and what the monitor will report.
    pub fn apply(&mut self, op: &KernelOp) -> (Result<(), KernelError>, Option<LinkEvent>) {
        match op {
            KernelOp::AddAddress(_, vip) => {
                if !self.virtual_addresses.insert(vip.net) {
                    return (Err(KernelError::Exists), None);
                }
                let address = Address { net: vip.net, marked: true, tentative: false };
                (Ok(()), Some(LinkEvent::AddressAdded(ETH0, address)))
            }
            KernelOp::DelAddress(_, vip) => match self.remove(vip.net) {
                Some(event) => (Ok(()), Some(event)),
                None => (Err(KernelError::Gone), None),
            },
        }
    }

    /// Somebody removes an address.
    pub fn remove(&mut self, net: IpNet) -> Option<LinkEvent> {
        self.virtual_addresses.remove(&net).then_some(LinkEvent::AddressRemoved(ETH0, net))
    }
}
