//! The states of an instance, each with the data that only it needs.
//!
//! ```text
//!            ┌───────────────────────────── faults ──────────────────────────────┐
//!            │                                                                   ▼
//!  Init ─────┼──► Backup ──── master-down time over, nobody better ───► Master ──► Fault
//!   │        │      ▲  ◄───────────── a better advertisement ───────────┘          │
//!   │        └──────┴────────────────── no more faults ────────────────────────────┘
//!   └─ an owner that wants to be master goes there directly
//! ```

use std::net::IpAddr;

use super::backup::Backup;
use super::belonging::Holder;
use super::fault::Faulty;
use super::garp::Announcer;
use super::init::Init;
use super::link::Inventory;
use super::master::Master;
use super::output::Output;
use super::ownlinks::Home;
use super::reason::Turned;
use super::vips::Hands;
use crate::base::id::{InstanceId, Priority};
use crate::base::time::{Instant, Span};
use crate::base::wall::WallClock;
use crate::conf::model;
use crate::wire::signature::Stamp;

/// What an instance is doing.
#[derive(Debug)]
pub(super) enum State {
    /// It has not taken part yet.
    Init(Init),
    /// It listens to a master.
    Backup(Backup),
    /// It holds the addresses.
    Master(Master),
    /// It cannot take part.
    Fault(Faulty),
}

/// What an instance wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Its master-down time is over.
    Promote,
    /// It heard a better master.
    Yield(Seen),
    /// It was late for so long that another one must be master.
    StepBack,
    /// Something keeps it from taking part.
    Fail,
    /// Nothing keeps it from taking part any more, or yet.
    TakePart,
    /// It heard a worse master; nothing for itself, but its group may care.
    Won,
}

/// What an instance has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Become master.
    Promote,
    /// Become backup, of the master that was heard if there was one.
    Follow(Option<Seen>),
    /// Stay out of it.
    Fault,
    /// Go on waiting for a master, as if one had just been heard.
    Wait,
    /// Announce the addresses again, because another member of the group heard a worse master.
    Announce,
}

/// A master that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) address: IpAddr,
    pub(super) priority: Priority,
    /// The interval that it advertises.
    pub(super) interval: Span,
}

/// What an instance needs to know and where it leaves its wishes.
pub(super) struct Cx<'a> {
    pub(super) now: Instant,
    /// Since when a master that is not heard is silent: the present, or a moment to come that nobody is heard before.
    pub(super) silent_from: Instant,
    /// What people's clocks show, for signatures alone.
    pub(super) wall: WallClock,
    pub(super) conf: &'a model::Instance,
    pub(super) links: &'a Inventory,
    pub(super) out: &'a mut Output,
    pub(super) announcer: &'a mut Announcer,
    /// What became of something tracked, if that is why it is looked at.
    pub(super) turned: Option<Turned>,
}

impl<'a> Cx<'a> {
    /// The present, in which nothing tracked has turned.
    pub(super) const fn at(
        now: Instant,
        wall: WallClock,
        conf: &'a model::Instance,
        links: &'a Inventory,
        out: &'a mut Output,
        announcer: &'a mut Announcer,
    ) -> Cx<'a> {
        Cx { now, silent_from: now, wall, conf, links, out, announcer, turned: None }
    }

    /// When something is signed that is signed now.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp::at(self.wall.show(self.now))
    }

    /// The same for what an instance owns.
    pub(super) fn hands<'h>(&'h mut self, who: InstanceId, home: &'h Home) -> Hands<'h> {
        let holder = Holder::Instance(who, self.conf);
        Hands { now: self.now, holder, home, links: self.links, out: self.out }
    }
}
