//! Membership of multicast groups: joined once per interface, tried again when that fails, forgotten with the
//! interface.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::event::{Action, KernelError, SocketOp};
use super::note::Note;
use super::output::Output;
use crate::base::id::{IfIndex, Ticket};
use crate::base::time::{Instant, Span};

/// How long after a failure a group is joined again.
const RETRY: Span = Span::from_secs(1);
/// Tells the tickets of sockets from those of addresses.
const SOCKET: u64 = 1 << 63;

/// How a membership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    /// Asked for, with a ticket of this number, or had.
    Asked(u64),
    /// Refused; asked for again then.
    Refused(Instant),
}

/// Every membership that is needed.
#[derive(Debug, Default)]
pub(super) struct Memberships {
    memberships: BTreeMap<(IfIndex, IpAddr), Membership>,
    serial: u64,
}

/// Whether a ticket is of a socket operation.
pub(super) const fn is_socket(ticket: &Ticket) -> bool {
    ticket.number() & SOCKET != 0
}

impl Memberships {
    fn ticket(&mut self) -> Ticket {
        self.serial += 1;
        Ticket::new(SOCKET | self.serial)
    }

    /// Asks for an operation that belongs to no group.
    pub(super) fn ask(&mut self, op: SocketOp, out: &mut Output) {
        let ticket = self.ticket();
        out.push(Action::Socket(ticket, op));
    }

    /// Joins `group` on `interface` unless that has been asked for.
    pub(super) fn join(&mut self, interface: IfIndex, group: IpAddr, out: &mut Output) {
        if self.memberships.contains_key(&(interface, group)) {
            return;
        }
        let ticket = self.ticket();
        self.memberships.insert((interface, group), Membership::Asked(ticket.number()));
        out.push(Action::Socket(ticket, SocketOp::Join(interface, group)));
    }

    /// Joins everything on an interface again, which may have lost it by having been down or too small.
    pub(super) fn renew(&mut self, interface: IfIndex, out: &mut Output) {
        let joined = self.memberships.keys().filter(|(index, _)| *index == interface);
        for (interface, group) in joined.copied().collect::<Vec<_>>() {
            self.memberships.remove(&(interface, group));
            self.join(interface, group, out);
        }
    }

    /// Leaves everything on an interface.
    pub(super) fn leave(&mut self, interface: IfIndex, out: &mut Output) {
        let joined = self.memberships.keys().filter(|(index, _)| *index == interface);
        for (interface, group) in joined.copied().collect::<Vec<_>>() {
            self.ask(SocketOp::Leave(interface, group), out);
        }
        self.forget(interface);
    }

    /// Only these are needed from now on. Tells which were had beyond them.
    pub(super) fn retain(&mut self, needed: &BTreeSet<(IfIndex, IpAddr)>) -> Vec<(IfIndex, IpAddr)> {
        let dropped = self.memberships.iter().filter(|(key, _)| !needed.contains(*key));
        let had = |membership: &Membership| matches!(membership, Membership::Asked(_));
        let left = dropped.filter(|(_, membership)| had(membership)).map(|(key, _)| *key).collect();
        self.memberships.retain(|key, _| needed.contains(key));
        left
    }

    /// An interface is gone, and with it what was joined on it.
    pub(super) fn forget(&mut self, interface: IfIndex) {
        self.memberships.retain(|(index, _), _| *index != interface);
    }

    /// Whether a group could not be joined.
    pub(super) fn is_deaf(&self, interface: IfIndex, group: IpAddr) -> bool {
        matches!(self.memberships.get(&(interface, group)), Some(Membership::Refused(_)))
    }

    /// The answer to an operation. Tells on which interface somebody became deaf.
    pub(super) fn done(
        &mut self,
        ticket: &Ticket,
        result: Result<(), KernelError>,
        now: Instant,
        out: &mut Output,
    ) -> Option<IfIndex> {
        let asked = |membership: &Membership| *membership == Membership::Asked(ticket.number());
        let (&(interface, group), membership) = self.memberships.iter_mut().find(|(_, had)| asked(had))?;
        let error = result.err()?;
        *membership = Membership::Refused(now + RETRY);
        let op = SocketOp::Join(interface, group);
        out.push(Action::Note(Note::SocketFailed { op, error, again_in: RETRY }));
        Some(interface)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let again = self.memberships.values().filter_map(|membership| match membership {
            Membership::Refused(again) => Some(*again),
            Membership::Asked(_) => None,
        });
        again.min()
    }

    /// Joins again what is due. Tells on which interfaces.
    pub(super) fn expire(&mut self, now: Instant, out: &mut Output) -> Vec<IfIndex> {
        let due = |membership: &Membership| matches!(membership, Membership::Refused(again) if *again <= now);
        let again: Vec<_> =
            self.memberships.iter().filter(|(_, had)| due(had)).map(|(key, _)| *key).collect();
        for &(interface, group) in &again {
            self.memberships.remove(&(interface, group));
            self.join(interface, group, out);
        }
        again.into_iter().map(|(interface, _)| interface).collect()
    }
}
