//! What the kernel was asked for and has not answered yet: which ticket belongs to what.

use std::collections::BTreeMap;

use super::belonging::{Key, Owner};
use super::event::Setting;
use crate::base::id::Ticket;

/// What an operation was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipt {
    /// Something that somebody owns.
    Belonging(Asked),
    /// Something that nobody owns any more.
    Orphan(Key),
    /// A setting of an interface.
    Setting(Setting),
    /// An interface of an instance's own, by its serial number.
    OwnLink(u32),
    /// An interface that nobody wants any more.
    NoLink,
    /// The firewall.
    Firewall,
    /// Something that nobody cares about any more.
    Nobody,
}

/// An operation on something that somebody owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) owner: Owner,
    pub(super) position: u16,
    /// Counts the operations on that thing.
    pub(super) serial: u16,
    pub(super) add: bool,
}

/// All operations that have not been answered.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    last: u64,
    /// By the number of the ticket; a tree, because many at once leave no empty room in it.
    open: BTreeMap<u64, Receipt>,
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

    /// Whether everything has been answered.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Things have come to belong to others: `heir` tells who has them now, and at what position.
    pub(super) fn hand_over(&mut self, heir: impl Fn(Asked) -> Option<(Owner, u16)>) {
        for receipt in self.open.values_mut() {
            if let Receipt::Belonging(asked) = *receipt {
                *receipt = heir(asked).map_or(Receipt::Nobody, |(owner, position)| {
                    Receipt::Belonging(Asked { owner, position, ..asked })
                });
            }
        }
    }
}
