//! A look at a router from outside: live for tests and decisions of the shell, or taken along for dumps, which are
//! written while the router goes on.

use std::net::IpAddr;

use super::group::Group;
use super::instance::Instance;
use super::link::Inventory;
use super::router::Router;
use super::senders::Sender;
use super::standing::Fault;
use super::state::{Seen, State};
use super::stats::Stats;
use super::timing;
use crate::base::id::{BfdId, GroupId, IfName, InstanceId, Priority, TrackFileId, TrackId, TrackProcessId};
use crate::base::table::Table;
use crate::base::time::{Instant, Span};
use crate::conf::model::Instance as Conf;

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

/// A master that an instance obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obeyed {
    /// Where its advertisements come from.
    pub address: IpAddr,
    /// Its priority.
    pub priority: Priority,
    /// The interval that it advertises.
    pub interval: Span,
}

/// An instance as it was.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its state.
    pub role: Role,
    /// When it entered that; [`Instant::ZERO`] if it never entered any.
    pub since: Instant,
    /// The priority that it held elections with.
    pub priority: Priority,
    /// What its trackers added to the configured priority.
    pub points: i32,
    /// The address that it sent from.
    pub source: Option<IpAddr>,
    /// What kept it from taking part.
    pub faults: Box<[Fault]>,
    /// How many scripts it waited for that had not reported.
    pub unreported: usize,
    /// The master that it obeyed.
    pub obeyed: Option<Obeyed>,
    /// When it was to advertise next, or to stop waiting for a master.
    pub election: Option<Instant>,
    /// The master-down time.
    pub patience: Span,
    /// When its last advertisement left.
    pub last_advert: Option<Instant>,
    /// Which of its addresses the kernel had on its behalf, in the order of [`Conf::addresses`].
    pub installed: Box<[bool]>,
    /// The interface of its own, if it has one.
    pub apart: Option<IfName>,
    /// Where those of its addresses were, in the same order, that were on an interface of its own: `NAME@BASE`.
    pub apart_on: Box<[Option<Box<str>>]>,
    /// What it had counted.
    pub stats: Stats,
}

/// A tracked script as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptShown {
    /// The verdict; `None` before the first run has ended.
    pub good: Option<bool>,
    /// Runs in a row that spoke against the verdict.
    pub against: u32,
    /// Whether a run was under way.
    pub running: bool,
}

/// Tracked processes as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessesShown {
    /// How many there were.
    pub count: usize,
    /// Whether they were as many as they should be, after the delays.
    pub good: bool,
    /// The verdict that was to come, if nothing changed.
    pub turning: Option<bool>,
}

/// Everything at one moment, to be taken along.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The moment.
    pub at: Instant,
    /// Every instance.
    pub instances: Table<InstanceId, Shown>,
    /// Every group; `None` before its members have taken part.
    pub groups: Table<GroupId, Option<Role>>,
    /// Every script.
    pub scripts: Table<TrackId, ScriptShown>,
    /// The numbers in files.
    pub files: Table<TrackFileId, i32>,
    /// Every tracker of processes.
    pub processes: Table<TrackProcessId, ProcessesShown>,
    /// Whether BFD sessions were up.
    pub sessions: Table<BfdId, bool>,
    /// Interfaces and addresses.
    pub links: Inventory,
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

    /// Everything as it is at `now`.
    #[must_use]
    pub fn take_snapshot(&self, now: Instant) -> Snapshot {
        let (model, tracked) = (self.model(), self.tracked());
        let instances = self.instances.iter().map(|(id, instance)| {
            let conf = model.instances.at(id);
            let waits = |trackers: &crate::conf::model::Trackers| {
                let unweighted = trackers.scripts.iter().filter(|entry| entry.weight.value == 0);
                unweighted.filter(|entry| tracked.script(entry.script).is_none()).count()
            };
            let group = self.group_of(id).map_or(0, |group| waits(&model.groups.at(group).trackers));
            let shown = show(instance, conf, waits(&conf.trackers) + group);
            Shown { apart: self.own_link_name(id), apart_on: apart_on(instance, conf, self.links()), ..shown }
        });
        Snapshot {
            at: now,
            instances: instances.collect(),
            groups: self.groups().map(Group::role).collect(),
            scripts: model.scripts.keys().map(|id| tracked.show_script(id)).collect(),
            files: model.files.keys().map(|id| tracked.file(id)).collect(),
            processes: model.processes.keys().map(|id| tracked.show_processes(id)).collect(),
            sessions: model.bfd.keys().map(|id| tracked.session(id)).collect(),
            links: self.links().clone(),
        }
    }

    /// Counts anew from here on.
    pub fn clear_stats(&mut self) {
        self.instances.values_mut().for_each(|instance| instance.own.stats = Stats::default());
    }
}

fn show(instance: &Instance, conf: &Conf, unreported: usize) -> Shown {
    let own = &instance.own;
    let (obeyed, election, interval) = match &instance.state {
        State::Init(_) | State::Fault(_) => (None, None, conf.advert_int),
        State::Backup(backup) => (backup.master(), backup.next_deadline(), backup.interval(conf)),
        State::Master(master) => (None, Some(master.next_advert()), conf.advert_int),
    };
    let obeyed = obeyed.map(|Seen { address, priority, interval }| Obeyed { address, priority, interval });
    Shown {
        role: instance.role(),
        since: instance.since,
        priority: own.priority,
        points: own.standing.points,
        source: own.source,
        faults: own.standing.faults.as_slice().into(),
        unreported,
        obeyed,
        election,
        patience: timing::master_down(conf.version, interval, own.priority, conf.down_timer_adverts),
        last_advert: own.last_advert,
        installed: (0..own.vips.count()).map(|position| own.vips.is_installed(position)).collect(),
        apart: None,
        apart_on: Box::default(),
        stats: own.stats.clone(),
    }
}

/// Which addresses are on interfaces of an instance's own.
fn apart_on(instance: &Instance, conf: &Conf, links: &Inventory) -> Box<[Option<Box<str>>]> {
    let home = &instance.own.home;
    let place = |vip| {
        let device = home.device(vip, links).filter(|device| home.is_own(*device))?;
        let link = links.link(device)?;
        let base = links.link(link.stack.on?)?;
        Some(format!("{}@{}", link.name, base.name).into())
    };
    conf.addresses().map(place).collect()
}
