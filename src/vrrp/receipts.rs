//! What the kernel was asked for and has not answered yet: which ticket belongs to what.

use std::collections::HashMap;

use crate::base::addr::IpNet;
use crate::base::id::{IfIndex, InstanceId, Ticket};

/// What an operation was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipt {
    /// An address of an instance.
    Address(Asked),
    /// An address that belongs to no instance any more.
    Orphan(IfIndex, IpNet),
    /// Something that nobody cares about any more.
    Nobody,
}

/// An operation on an address of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) who: InstanceId,
    pub(super) position: u16,
    /// Counts the operations on that address.
    pub(super) serial: u16,
    pub(super) add: bool,
}

/// All operations that have not been answered.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    last: u64,
    open: HashMap<u64, Receipt>,
}

impl Receipts {
    /// A ticket for an operation.
    pub(super) fn issue(&mut self, receipt: Receipt) -> Ticket {
        self.last += 1;
        self.open.insert(self.last, receipt);
        Ticket::new(self.last)
    }

    /// The operation was answered. `None` for a ticket that was never issued.
    pub(super) fn redeem(&mut self, ticket: &Ticket) -> Option<Receipt> {
        self.open.remove(&ticket.number())
    }

    /// Addresses have come to belong to others: `heir` tells which instance has them now, and at what position.
    pub(super) fn hand_over(&mut self, heir: impl Fn(Asked) -> Option<(InstanceId, u16)>) {
        for receipt in self.open.values_mut() {
            if let Receipt::Address(asked) = *receipt {
                *receipt = heir(asked).map_or(Receipt::Nobody, |(who, position)| {
                    Receipt::Address(Asked { who, position, ..asked })
                });
            }
        }
    }
}
