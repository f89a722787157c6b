//! A look at a router from outside, for dumps and for tests.

use std::net::IpAddr;

use super::instance::Instance;
use super::router::Router;
use super::senders::Sender;
use super::standing::Fault;
use super::stats::Stats;
use crate::base::id::{InstanceId, Priority};
use crate::base::time::Instant;

/// The state of an instance, as users know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It has not taken part yet, or no longer does.
    Init,
    /// It listens to a master.
    Backup,
    /// It holds the addresses.
    Master,
    /// It cannot take part.
    Fault,
}

/// One instance at a moment.
#[derive(Clone, Copy, Debug)]
pub struct View<'a>(&'a Instance);

impl<'a> View<'a> {
    /// Its state.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.0.role()
    }

    /// When it entered that.
    #[must_use]
    pub const fn since(&self) -> Instant {
        self.0.since
    }

    /// The priority that it holds elections with.
    #[must_use]
    pub const fn priority(&self) -> Priority {
        self.0.own.priority
    }

    /// The address that it sends from.
    #[must_use]
    pub const fn source(&self) -> Option<IpAddr> {
        self.0.own.source
    }

    /// What keeps it from taking part.
    #[must_use]
    pub fn faults(&self) -> &'a [Fault] {
        &self.0.own.standing.faults
    }

    /// What it has counted.
    #[must_use]
    pub const fn stats(&self) -> &'a Stats {
        &self.0.own.stats
    }

    /// The identification of its last IPv4 packet.
    #[must_use]
    pub const fn ip_id(&self) -> u16 {
        self.0.own.ip_id
    }

    /// Whom it has heard, by the form of their checksums.
    #[must_use]
    pub fn senders(&self) -> &'a [Sender] {
        self.0.own.senders.list()
    }

    /// How many of its addresses the kernel has on its behalf.
    #[must_use]
    pub fn addresses_present(&self) -> usize {
        self.0.own.vips.present()
    }

    /// Whether the kernel has answered for all of its addresses.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.0.own.vips.is_settled()
    }

    /// When it is going to do something by itself.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.0.next_deadline()
    }
}

impl Router {
    /// Every instance, in the order of the configuration.
    pub fn snapshot(&self) -> impl Iterator<Item = (InstanceId, View<'_>)> {
        self.instances.iter().map(|(id, instance)| (id, View(instance)))
    }

    /// One instance.
    #[must_use]
    pub fn view(&self, id: InstanceId) -> Option<View<'_>> {
        self.instances.get(id).map(View)
    }
}
