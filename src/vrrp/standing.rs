//! Whether an instance may take part, and with what priority: a pure function of what is known of the world.

use std::net::IpAddr;

use super::advert::vrf;
use super::link::Inventory;
use super::priority::{Contribution, contribution};
use super::tracked::Tracked;
use crate::base::addr::{Family, is_link_local};
use crate::base::id::{BfdId, IfIndex, IfName, TrackFileId, TrackId, TrackProcessId};
use crate::conf::model;
use crate::track::file;

/// Why an instance cannot be master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An interface that it needs does not exist.
    InterfaceMissing(IfName),
    /// An interface that it needs does not carry traffic.
    InterfaceDown(IfName),
    /// An interface that must be down carries traffic (`reverse`).
    InterfaceUp(IfName),
    /// Its interface has no address to send from.
    NoSource(IfName, Family),
    /// There is nobody to send to (`unicast_fault_no_peer`).
    NoPeer,
    /// The configured source address is not on this host (`track_src_ip`).
    SourceAbsent(IpAddr),
    /// It could not join its group, so it would not hear a master.
    Deaf(IfName, IpAddr),
    /// A tracked script failed, or succeeded (`true`) where it must not (`reverse`).
    Script(TrackId, bool),
    /// The number in a tracked file.
    File(TrackFileId),
    /// There are too few or too many processes of a kind, or enough (`true`) where there must not be (`reverse`).
    Process(TrackProcessId, bool),
    /// A BFD session is down, or up (`true`) where it must not be (`reverse`).
    Bfd(BfdId, bool),
}

/// What speaks for and against an instance at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// What keeps it from taking part, in a fixed order.
    pub(super) faults: Vec<Fault>,
    /// Something tracked with weight 0 has not reported yet.
    pub(super) waiting: bool,
    /// Something tracked has not reported yet, with whatever weight.
    pub(super) unheard: bool,
    /// What trackers add to the priority.
    pub(super) points: i32,
    /// A weighted file is at fault, which leaves the priority where it was.
    pub(super) holds_priority: bool,
}

/// What is known of the world.
pub(super) struct World<'a> {
    pub(super) links: &'a Inventory,
    pub(super) tracked: &'a Tracked,
    /// Groups that could not be joined.
    pub(super) deaf: &'a dyn Fn(IfIndex, IpAddr) -> bool,
    /// Interfaces that it cannot do without, besides its own and those that it tracks.
    pub(super) needed: &'a [IfName],
}

impl Standing {
    /// Looks at everything that is tracked.
    fn track(&mut self, trackers: &model::Trackers, world: &World<'_>) {
        let tracked = world.tracked;
        for entry in &trackers.interfaces {
            let running = runs(entry.interface, world.links);
            self.add(entry.weight, running == Some(true), || interface_fault(entry.interface, running));
        }
        for entry in &trackers.scripts {
            match tracked.script(entry.script) {
                Some(good) => self.add(entry.weight, good, || Fault::Script(entry.script, good)),
                None => {
                    self.unheard = true;
                    self.waiting |= entry.weight.value == 0;
                }
            }
        }
        for entry in &trackers.files {
            match file::effect(tracked.file(entry.file), entry.weight.value, entry.weight.reverse) {
                file::Effect::Points(points) => self.points = self.points.saturating_add(points),
                file::Effect::Fault => {
                    self.holds_priority |= entry.weight.value != 0;
                    self.faults.push(Fault::File(entry.file));
                }
            }
        }
        for entry in &trackers.processes {
            let good = tracked.process(entry.process);
            self.add(entry.weight, good, || Fault::Process(entry.process, good));
        }
        for entry in &trackers.bfd {
            let up = tracked.session(entry.session);
            self.add(entry.weight, up, || Fault::Bfd(entry.session, up));
        }
    }

    fn add(&mut self, weight: model::Weight, good: bool, fault: impl FnOnce() -> Fault) {
        match contribution(weight, good) {
            Contribution::Points(points) => self.points = self.points.saturating_add(points),
            Contribution::Fault => self.faults.push(fault()),
        }
    }
}

/// Where an instance is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its interface.
    pub(super) base: Option<IfIndex>,
    /// The address that it sends from.
    pub(super) source: Option<IpAddr>,
    /// The interface of its own.
    pub(super) apart: Apart,
    /// It has taken part, or has been at fault, already.
    pub(super) begun: bool,
}

/// How the interface of an instance's own stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Apart {
    /// It needs none, or has it and can use it.
    Fine,
    /// It will have it soon.
    Coming,
    /// It cannot have this one.
    Missing(IfName),
    /// This one carries no traffic.
    Down(IfName),
}

/// How `conf` stands, given where it is.
pub(super) fn standing(
    conf: &model::Instance,
    group: Option<&model::SyncGroup>,
    place: Place,
    world: &World<'_>,
) -> Standing {
    let mut standing = Standing::default();
    if let Some(name) = conf.interface {
        own_interface(conf, name, place, world, &mut standing);
    }
    if conf.further.as_ref().is_some_and(|further| further.fault_without_peer) {
        standing.faults.push(Fault::NoPeer);
    }
    if let Some(vrf) = vrf(conf) {
        match runs(vrf, world.links) {
            None => standing.faults.push(Fault::InterfaceMissing(vrf)),
            Some(false) => standing.faults.push(Fault::InterfaceDown(vrf)),
            Some(true) => {}
        }
    }
    if let Some(source) = conf.source.filter(|source| conf.track_source && !world.links.has_address(*source))
    {
        standing.faults.push(Fault::SourceAbsent(source));
    }
    let all_trackers = || std::iter::once(&conf.trackers).chain(group.map(|group| &group.trackers));
    for name in world.needed {
        let is_tracked = all_trackers().any(|all| all.interfaces.iter().any(|it| it.interface == *name));
        let running = runs(*name, world.links);
        if running != Some(true) && !is_tracked {
            standing.faults.push(interface_fault(*name, running));
        }
    }
    for trackers in all_trackers() {
        standing.track(trackers, world);
    }
    standing
}

fn own_interface(
    conf: &model::Instance,
    name: IfName,
    place: Place,
    world: &World<'_>,
    standing: &mut Standing,
) {
    let Some(index) = place.base else { return standing.faults.push(Fault::InterfaceMissing(name)) };
    let running = world.links.link(index).is_some_and(|link| link.running);
    if !running && !conf.trackers.ignore_primary {
        standing.faults.push(Fault::InterfaceDown(name));
    }
    match place.apart {
        // It is back before anybody misses it.
        Apart::Coming => standing.waiting |= !place.begun,
        Apart::Missing(own) => standing.faults.push(Fault::InterfaceMissing(own)),
        Apart::Down(own) if running && !conf.trackers.ignore_primary => {
            standing.faults.push(Fault::InterfaceDown(own));
        }
        Apart::Fine | Apart::Down(_) => {}
    }
    if place.source.is_none() {
        standing.faults.push(Fault::NoSource(name, conf.family));
    }
    if let model::vrrp::Transport::Multicast { group } = conf.transport
        && (world.deaf)(index, group)
    {
        standing.faults.push(Fault::Deaf(name, group));
    }
}

fn runs(name: IfName, links: &Inventory) -> Option<bool> {
    links.by_name(name).and_then(|index| links.link(index)).map(|link| link.running)
}

fn interface_fault(name: IfName, running: Option<bool>) -> Fault {
    match running {
        None => Fault::InterfaceMissing(name),
        Some(false) => Fault::InterfaceDown(name),
        Some(true) => Fault::InterfaceUp(name),
    }
}

/// The address that an instance sends from: the configured one, else the one it has as long as that is there, else the
/// first of its interface that is fit: for IPv4 any that is not virtual, for IPv6 a link-local one.
pub(super) fn choose_source(
    conf: &model::Instance,
    interface: Option<IfIndex>,
    current: Option<IpAddr>,
    links: &Inventory,
    is_virtual: impl Fn(IpAddr) -> bool,
) -> Option<IpAddr> {
    if conf.source.is_some() {
        return conf.source;
    }
    let fit = |addr: IpAddr| match (conf.family, addr) {
        (Family::V4, IpAddr::V4(_)) => !is_virtual(addr),
        (Family::V6, IpAddr::V6(v6)) => is_link_local(v6) && !is_virtual(addr),
        (Family::V4, IpAddr::V6(_)) | (Family::V6, IpAddr::V4(_)) => false,
    };
    let mut candidates = links
        .addresses(interface?)
        .filter(|address| !address.tentative)
        .map(|address| address.net.addr())
        .filter(|addr| fit(*addr));
    match current {
        Some(current) if candidates.clone().any(|addr| addr == current) => Some(current),
        Some(_) | None => candidates.next(),
    }
}
