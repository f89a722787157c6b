//! What a router leaves to its successor, which goes on where it ended: after a crash, or when another program file takes
//! its place.
//!
//! The core says with [`Action::Record`](super::event::Action::Record) what there is to leave, before anything that
//! depends on it; the shell keeps it where it survives the process.

use std::collections::HashMap;
use std::net::IpAddr;

use super::belonging::Key;
use super::event::Told;
use super::heirs::Identity;
use super::snapshot::Role;
use super::stats::Stats;
use crate::base::id::{IfIndex, InstanceId, Priority};
use crate::base::table::{Key as _, Table};
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;

/// What an instance leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legacy {
    /// What it is to the LAN.
    pub identity: Identity,
    /// Its name, which decides between several of one identity.
    pub name: Box<str>,
    /// Its state.
    pub role: Role,
    /// Since when.
    pub since: Instant,
    /// The last state that users were told of.
    pub told: Option<Told>,
    /// The address that it sent from.
    pub source: Option<IpAddr>,
    /// Its effective priority: it counts until everything tracked has reported again.
    pub priority: Priority,
    /// The master that it obeyed: its address, priority and interval.
    pub master: Option<(IpAddr, Priority, Span)>,
    /// What is in the kernel on its behalf, or may be.
    pub owned: Vec<Key>,
    /// The last number of its authentication headers; of its signatures, if that is later than the clock.
    pub sequence: u64,
    /// The identification of its last IPv4 packet.
    pub ip_id: u16,
    /// What it has counted.
    pub stats: Stats,
}

/// What a router leaves. What is not in it is unknown, and begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handover {
    /// What each instance leaves, in any order.
    pub instances: Vec<Legacy>,
    /// What is in the kernel on behalf of static entries, or may be.
    pub statics: Vec<Key>,
}

/// What an earlier process has made and left, whether or not it left a handover.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Interfaces.
    pub links: Vec<IfIndex>,
    /// There is a firewall.
    pub firewall: bool,
}

/// A handover in the terms of a configuration.
#[derive(Debug, Default)]
pub(super) struct Inheritance {
    legacies: Vec<Option<Legacy>>,
    /// Everything that was there on our behalf.
    pub(super) owned: Vec<Key>,
}

impl Inheritance {
    /// Gives every instance of `model` what it was, by what it is to the LAN; of several by name.
    pub(super) fn of(handover: Handover, model: &Model) -> Inheritance {
        let of_instances = handover.instances.iter().flat_map(|legacy| legacy.owned.clone());
        let owned = of_instances.chain(handover.statics).collect();
        let mut left: HashMap<Identity, Vec<Legacy>> = HashMap::new();
        for legacy in handover.instances {
            left.entry(legacy.identity).or_default().push(legacy);
        }
        let mut legacies: Vec<Option<Legacy>> = vec![None; model.instances.len()];
        for by_name in [true, false] {
            for (conf, legacy) in
                model.instances.values().zip(&mut legacies).filter(|(_, known)| known.is_none())
            {
                let Some(those) = left.get_mut(&Identity::of(conf)) else { continue };
                let fits = |other: &Legacy| !by_name || other.name == conf.name;
                *legacy = those.iter().position(fits).map(|position| those.remove(position));
            }
        }
        Inheritance { legacies, owned }
    }

    /// What an instance was, once.
    pub(super) fn take(&mut self, id: InstanceId) -> Option<Legacy> {
        let legacy = self.legacies.get_mut(id.position())?.take()?;
        // One that had not taken part has nothing to go on with.
        (legacy.role != Role::Init).then_some(legacy)
    }
}

/// What of an instance was recorded last, so that only changes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) role: Role,
    pub(super) since: Instant,
    pub(super) told: Option<Told>,
    pub(super) source: Option<IpAddr>,
    pub(super) priority: Priority,
    pub(super) master: Option<(IpAddr, Priority, Span)>,
}

/// The marks of all instances.
pub(super) type Marks = Table<InstanceId, (Option<Mark>, u64)>;
