//! Dumps: what the daemon is configured to do and what it has come to, as the files that monitoring programs read.
//!
//! Everything here turns a [`Scene`] into text. Layout, order and number formats are those of the C program 2.4.3,
//! because they are what exporters parse.

mod address;
mod clock;
pub mod data;
mod extras;
mod global;
pub mod interfaces;
pub mod json;
mod page;
pub mod parent;
pub(super) mod routes;
pub mod stats;

#[cfg(test)]
mod testing;

use crate::base::addr::Family;
use crate::base::id::{IfName, InstanceId};
use crate::base::interface::Interface;
use crate::conf::model::{Command, Instance, Model, SyncGroup, Trackers};
use crate::vrrp::event::Protocol;
use crate::vrrp::snapshot::{Role, Shown, Snapshot};

pub use clock::WallClock;

/// Everything that a dump of the VRRP process tells of.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What it is configured to do.
    pub model: &'a Model,
    /// What it has come to.
    pub snapshot: &'a Snapshot,
    /// How moments are told.
    pub clock: WallClock<'a>,
    /// The interfaces of the host, by number.
    pub interfaces: &'a [Interface],
    /// The descriptor that packets of a kind are received with, and the one that they are sent with.
    pub sockets: &'a dyn Fn(Family, Protocol) -> (i32, i32),
    /// What a setting of an interface for IPv4 was before it was changed, if it was.
    pub before: &'a dyn Fn(IfName, &str) -> Option<u32>,
}

impl<'a> Scene<'a> {
    /// Every instance as it is configured and as it is.
    fn instances(&self) -> impl Iterator<Item = (InstanceId, &'a Instance, &'a Shown)> + use<'a> {
        let snapshot = self.snapshot;
        let all = self.model.instances.iter();
        all.filter_map(move |(id, conf)| Some((id, conf, snapshot.instances.get(id)?)))
    }

    /// The group that an instance is in.
    fn group_of(&self, id: InstanceId) -> Option<&'a SyncGroup> {
        self.model.groups.values().find(|group| group.members.contains(&id))
    }

    /// Instances and groups that track something, in this order.
    fn trackers(&self) -> impl Iterator<Item = (&'a str, &'a Trackers)> + use<'a> {
        let instances = self.model.instances.values().map(|conf| (&*conf.name, &conf.trackers));
        let groups = self.model.groups.values().flat_map(|group| {
            let members = group.members.iter().filter_map(|id| self.model.instances.get(*id));
            members.map(|conf| (&*conf.name, &group.trackers))
        });
        instances.chain(groups.collect::<Vec<_>>())
    }
}

/// The state that is told: one who waits for a script to report cannot take part, and is at fault so far.
fn told(shown: &Shown) -> Role {
    match shown.role {
        Role::Init if shown.unreported > 0 => Role::Fault,
        Role::Init | Role::Backup | Role::Master | Role::Fault => shown.role,
    }
}

/// The number that the C program gives a state.
const fn number(role: Role) -> u8 {
    match role {
        Role::Init => 0,
        Role::Backup => 1,
        Role::Master => 2,
        Role::Fault => 3,
    }
}

/// The word for a state.
const fn word(role: Role) -> &'static str {
    match role {
        Role::Init => "INIT",
        Role::Backup => "BACKUP",
        Role::Master => "MASTER",
        Role::Fault => "FAULT",
    }
}

/// A command line, every word in quotes.
fn quoted(command: &Command) -> String {
    let program = command.program().to_string_lossy();
    let words = std::iter::once(&*program).chain(command.arguments().iter().map(|word| &**word));
    words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ")
}

const fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

const fn enabled(value: bool) -> &'static str {
    if value { "enabled" } else { "disabled" }
}
