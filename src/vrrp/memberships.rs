//! Membership of multicast groups: joined once per interface, tried again when that fails, forgotten with the
//! interface.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use super::event::{Action, KernelError, SocketOp};
use super::note::Note;
use super::output::Output;
use crate::base::id::{IfIndex, Ticket};
use crate::base::time::{Instant, Span};

/// How long after a failure a group is joined again.
const RETRY: Span = Span::from_secs(1);
/// Tells the tickets of sockets from those of addresses.
const SOCKET: u64 = 1 << 63;
/// No group comes before this one.
const FIRST_GROUP: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

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
    /// What has been asked for, by the number of its ticket.
    asked: BTreeMap<u64, (IfIndex, IpAddr)>,
    /// When what was refused is asked for again.
    due: BTreeSet<(Instant, IfIndex, IpAddr)>,
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
        self.asked.insert(ticket.number(), (interface, group));
        self.memberships.insert((interface, group), Membership::Asked(ticket.number()));
        out.push(Action::Socket(ticket, SocketOp::Join(interface, group)));
    }

    /// Joins everything on an interface again, which may have lost it by having been down or too small.
    pub(super) fn renew(&mut self, interface: IfIndex, out: &mut Output) {
        for (interface, group) in self.on(interface) {
            self.remove(interface, group);
            self.join(interface, group, out);
        }
    }

    /// Leaves everything on an interface.
    pub(super) fn leave(&mut self, interface: IfIndex, out: &mut Output) {
        for (interface, group) in self.on(interface) {
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
        self.due.retain(|(_, interface, group)| needed.contains(&(*interface, *group)));
        left
    }

    /// An interface is gone, and with it what was joined on it.
    pub(super) fn forget(&mut self, interface: IfIndex) {
        for (interface, group) in self.on(interface) {
            self.remove(interface, group);
        }
    }

    /// All on an interface.
    fn on(&self, interface: IfIndex) -> Vec<(IfIndex, IpAddr)> {
        let behind = self.memberships.range((interface, FIRST_GROUP)..).map(|(key, _)| *key);
        behind.take_while(|(index, _)| *index == interface).collect()
    }

    fn remove(&mut self, interface: IfIndex, group: IpAddr) {
        if let Some(Membership::Refused(again)) = self.memberships.remove(&(interface, group)) {
            self.due.remove(&(again, interface, group));
        }
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
        let (interface, group) = self.asked.remove(&ticket.number())?;
        let asked = |membership: &&mut Membership| **membership == Membership::Asked(ticket.number());
        let membership = self.memberships.get_mut(&(interface, group)).filter(asked)?;
        let error = result.err()?;
        *membership = Membership::Refused(now + RETRY);
        self.due.insert((now + RETRY, interface, group));
        let op = SocketOp::Join(interface, group);
        out.push(Action::Note(Note::SocketFailed { op, error, again_in: RETRY }));
        Some(interface)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.due.first().map(|(again, ..)| *again)
    }

    /// Joins again what is due. Tells on which interfaces.
    pub(super) fn expire(&mut self, now: Instant, out: &mut Output) -> Vec<IfIndex> {
        let mut interfaces = Vec::new();
        while let Some((_, interface, group)) = self.due.first().copied().filter(|(again, ..)| *again <= now)
        {
            self.remove(interface, group);
            self.join(interface, group, out);
            interfaces.push(interface);
        }
        interfaces
    }
}
