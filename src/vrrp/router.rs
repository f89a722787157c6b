//! All virtual routers of a configuration, and the only door to them.
//!
//! [`Router::handle`] takes an event to those it concerns, lets their wishes be settled, and hands out what is to be
//! done. Nothing else has an effect.

mod firewall;
mod hold;
mod life;
mod links;
mod ownlinks;
mod reload;
mod resume;
mod settle;
mod statics;
mod surroundings;
mod trackers;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::belonging::{Holder, Owner};
use super::debounce::Debounce;
use firewall::Veil;

use super::event::{Action, Actions, Control, Event, KernelError, Packet, Protocol, Setting};
use super::garp::{Announcer, Pace};
use super::group::Group;
use super::handover::{Inheritance, Marks};
use super::index::Index;
use super::instance::{Instance, announce_address};
use super::link::Inventory;
use super::memberships::{self, Memberships};
use super::note::Note;
use super::orphans::Orphans;
use super::output::Output;
use super::ownlinks::{News, OwnLinks};
use super::reason::{Reason, Turned};
use super::receipts::{Asked, Receipt};
use super::receive::Incoming;
use super::state::{Cx, Intent};
use super::tracked::Tracked;
use super::vips::Vips;
use crate::base::addr::Family;
use crate::base::deadlines::Deadlines;
use crate::base::id::{GroupId, IfIndex, InstanceId, RequestId, Ticket, Vrid};
use crate::base::table::Table;
use crate::base::time::{Instant, Span};
use crate::base::wall::WallClock;
use crate::conf::model::Model;
use crate::wire::Error;

/// The same complaint about a stranger is repeated after this long.
const STRANGER_PAUSE: Span = Span::from_secs(60);

/// So many instances act in one call of those that are due: what thousands ask for at once would need much room.
const AT_ONCE: usize = 256;

/// The life of a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not started.
    New,
    /// Looking at every instance for the first time.
    Starting,
    /// Taking part.
    Running,
    /// Leaving: whom to tell when the kernel has answered for everything, and until when what it refuses is tried again.
    Stopping { request: RequestId, until: Instant },
    /// Nothing of ours is left.
    Stopped,
}

/// Whom an interface's complaint about strangers is about, and when it was last made.
#[derive(Clone, Copy, Debug)]
struct Strange {
    vrid: Option<Vrid>,
    said: Instant,
}

/// All virtual routers of a configuration.
#[derive(Debug)]
pub struct Router {
    model: Arc<Model>,
    wall: WallClock,
    index: Index,
    links: Inventory,
    pub(super) instances: Table<InstanceId, Instance>,
    groups: Table<GroupId, Group>,
    /// Addresses, routes and rules that depend on no instance.
    statics: Vips,
    /// What was changed of the settings of interfaces.
    settings: BTreeSet<Setting>,
    veil: Veil,
    /// Groups that have something to tell once their members have.
    untold: BTreeSet<GroupId>,
    tracked: Tracked,
    /// What became of something tracked, while instances are looked at because of it.
    turned: Option<Turned>,
    memberships: Memberships,
    own_links: OwnLinks,
    /// What is received.
    listening: BTreeSet<(Family, Protocol)>,
    /// What has to go and belongs to nobody.
    orphans: Orphans,
    announcer: Announcer,
    elections: Deadlines<InstanceId>,
    debounce: Debounce,
    phase: Phase,
    /// Nobody is heard and nobody becomes master before this.
    held_until: Option<Instant>,
    /// What an earlier process left, until we start.
    inheritance: Inheritance,
    /// What was recorded for a successor.
    marks: Marks,
    /// Something of this configuration was recorded already.
    recording: bool,
    /// Instances for which that may have changed.
    touched: Vec<InstanceId>,
    intents: VecDeque<(InstanceId, Intent)>,
    strangers: Vec<Strange>,
    out: Output,
    next: Option<Instant>,
}

impl Router {
    /// The router of `model` on a host with these interfaces. It does nothing before [`Control::Start`].
    #[must_use]
    pub fn new(model: Arc<Model>, links: &Inventory) -> Router {
        Router {
            index: Index::new(&model),
            wall: WallClock::default(),
            links: links.clone(),
            instances: model
                .instances
                .iter()
                .map(|(id, conf)| Instance::new(id, conf, Reason::Start))
                .collect(),
            groups: model.groups.values().map(|_| Group::default()).collect(),
            statics: Vips::new(Holder::Statics(&model.statics).count()),
            settings: BTreeSet::new(),
            veil: Veil::new(&model),
            untold: BTreeSet::new(),
            tracked: Tracked::new(&model),
            turned: None,
            memberships: Memberships::default(),
            own_links: OwnLinks::default(),
            listening: BTreeSet::new(),
            orphans: Orphans::default(),
            announcer: Announcer::default(),
            elections: Deadlines::new(),
            debounce: Debounce::default(),
            phase: Phase::New,
            held_until: None,
            inheritance: Inheritance::default(),
            marks: Marks::new(),
            recording: false,
            touched: Vec::new(),
            intents: VecDeque::new(),
            strangers: Vec::new(),
            out: Output::default(),
            next: None,
            model,
        }
    }

    /// The configuration.
    #[must_use]
    pub const fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// What is known of interfaces and addresses.
    #[must_use]
    pub const fn links(&self) -> &Inventory {
        &self.links
    }

    pub(super) const fn tracked(&self) -> &Tracked {
        &self.tracked
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub(super) fn group_of(&self, id: InstanceId) -> Option<GroupId> {
        self.index.group_of(id).map(|(group, _)| group)
    }

    /// When [`Event::Timeout`] is due.
    #[must_use]
    pub const fn next_deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Something happened at `now`, which never goes back. The actions have to be carried out in order.
    pub fn handle(&mut self, now: Instant, event: Event<'_>) -> Actions<'_> {
        self.out.begin();
        // Packets come in batches; what they make us announce waits until all of a batch have been heard.
        let may_announce = !matches!(event, Event::Packet(_));
        match event {
            Event::Packet(packet) => self.packet(now, packet),
            Event::Lost(count) => self.packets_lost(now, count),
            Event::Timeout { heard_until } => self.timeout(now, heard_until),
            Event::Clock(shown) => self.wall = WallClock::new(now, shown),
            Event::Link(change) => self.link(now, change),
            Event::Track(script, outcome) => self.script_ended(now, script, outcome),
            Event::File(file, content) => self.file_read(now, file, content),
            Event::Process(event) => self.processes_changed(now, &event),
            Event::Bfd(session, up) => self.session_changed(now, session, up),
            Event::Reload(request, reload) => self.reload(now, request, &reload),
            Event::Done(ticket, result) => self.done(now, &ticket, result),
            Event::Control(request, Control::Start { uptime }) => self.start(now, request, uptime),
            Event::Control(request, Control::Stop) => self.stop(now, request, true),
            Event::Control(request, Control::StopKeepingAddresses) => self.stop(now, request, false),
        }
        self.settle(now);
        self.tell_groups();
        if may_announce {
            self.announce(now);
        }
        self.finish(now);
        self.see_to_veil(now);
        self.record(now);
        self.next = self.earliest();
        self.check_invariants();
        self.out.end()
    }

    fn earliest(&mut self) -> Option<Instant> {
        if self.phase == Phase::Stopped {
            return None;
        }
        let queues = [self.elections.earliest(), self.tracked.earliest()];
        let others =
            [self.memberships.next_deadline(), self.announcer.next_deadline(), self.orphans.next_deadline()];
        let links = [self.debounce.next_deadline(), self.own_links.next_deadline(), self.held_until];
        let links = links.into_iter().chain([self.statics.next_deadline(), self.veil.next_deadline()]);
        queues.into_iter().chain(others).chain(links).flatten().min()
    }

    /// Lets one instance do something, collects its wish and its next deadline.
    fn with(
        &mut self,
        now: Instant,
        id: InstanceId,
        act: impl FnOnce(&mut Instance, &mut Cx<'_>) -> Option<Intent>,
    ) {
        let Router { model, links, out, announcer, instances, turned, touched, held_until, wall, .. } = self;
        touched.push(id);
        let (instance, conf) = (instances.at_mut(id), model.instances.at(id));
        let (silent_from, turned) = (held_until.unwrap_or(now), *turned);
        let present = Cx::at(now, *wall, conf, links, out, announcer);
        let intent = act(instance, &mut Cx { silent_from, turned, ..present });
        self.intents.extend(intent.map(|intent| (id, intent)));
        self.elections.set(id, instance.next_deadline());
    }

    /// Sends the announcements whose turn it is.
    fn announce(&mut self, now: Instant) {
        let Router { announcer, model, instances, links, out, .. } = self;
        announcer.kernel_has_answered(now, out.receipts.is_empty());
        let pace =
            |interface| name_of(links, interface).map_or_else(Pace::default, |name| Pace::of(name, model));
        announcer.run(now, pace, |turn| {
            let installed = instances.at(turn.who).own.vips.is_installed(turn.position);
            let vip = model.instances.at(turn.who).addresses().nth(turn.position.into());
            match vip.filter(|_| installed) {
                Some(vip) => announce_address(turn.interface, vip.net.addr(), links, out),
                None => false,
            }
        });
    }

    fn packet(&mut self, now: Instant, packet: Packet<'_>) {
        if self.phase != Phase::Running || self.held_until.is_some() {
            return;
        }
        let packet = match Incoming::read(packet) {
            Ok(packet) => packet,
            Err(error) => return self.unreadable(now, packet, error),
        };
        let source_of = |id| self.instances.get(id).and_then(|instance: &Instance| instance.own.source);
        let owner_of = |interface| self.own_links.owner(interface);
        match self.index.recipient(&packet, &self.model, &self.links, source_of, owner_of) {
            Some(id) if self.is_echo(now, id, &packet) => {}
            Some(id) => self.with(now, id, |instance, cx| instance.hear(&packet, cx)),
            None => self.unknown(now, &packet),
        }
    }

    fn unreadable(&mut self, now: Instant, packet: Packet<'_>, error: Error) {
        let family = match packet {
            Packet::V4 { .. } => Family::V4,
            Packet::V6 { .. } => Family::V6,
        };
        if let Error::TooShort { len, .. } = error
            && self.is_news(now, None)
        {
            self.out.push(Action::Note(Note::Truncated { family, len }));
        }
    }

    fn unknown(&mut self, now: Instant, packet: &Incoming<'_>) {
        let Some(vrid) = packet.vrid().filter(|_| self.model.global.log_unknown_vrids) else { return };
        if self.is_news(now, Some(vrid)) {
            let (arrived_on, source) = (packet.arrived_on, packet.source);
            self.out.push(Action::Note(Note::UnknownVrid { vrid, arrived_on, source }));
        }
    }

    /// Whether it is time to complain (again) about this virtual router, or about packets that are of none.
    fn is_news(&mut self, now: Instant, vrid: Option<Vrid>) -> bool {
        match self.strangers.iter_mut().find(|strange| strange.vrid == vrid) {
            Some(strange) if now.since(strange.said) < STRANGER_PAUSE => false,
            Some(strange) => {
                strange.said = now;
                true
            }
            None => {
                self.strangers.push(Strange { vrid, said: now });
                true
            }
        }
    }

    fn packets_lost(&mut self, now: Instant, count: u32) {
        self.out.push(Action::Note(Note::PacketsLost { count }));
        for id in self.instances.keys() {
            self.with(now, id, |instance, cx| {
                instance.pardon(cx);
                None
            });
        }
    }

    fn timeout(&mut self, now: Instant, heard_until: Instant) {
        if self.phase == Phase::Stopped {
            return;
        }
        self.release(now);
        let mut unheard = Vec::new();
        let mut acted = 0;
        while acted < AT_ONCE
            && let Some((due, id)) = self.elections.pop(now)
        {
            self.with(now, id, |instance, cx| instance.expire(heard_until.min(now), cx));
            if self.elections.get(id).is_some_and(|again| again <= due) {
                unheard.push((id, self.elections.get(id)));
                self.elections.set(id, None);
            } else {
                acted += 1;
            }
        }
        for (id, due) in unheard {
            self.elections.set(id, due);
        }
        self.trackers_due(now);
        self.links_due(now);
        self.tend_links(now, News::Time);
        self.orphans.expire(now, &mut self.out);
        self.with_statics(now, Vips::expire);
        for interface in self.memberships.expire(now, &mut self.out) {
            self.judge_interface(now, interface);
        }
    }

    fn done(&mut self, now: Instant, ticket: &Ticket, result: Result<(), KernelError>) {
        if memberships::is_socket(ticket) {
            if let Some(interface) = self.memberships.done(ticket, result, now, &mut self.out) {
                self.judge_interface(now, interface);
            }
            return;
        }
        match self.out.receipts.redeem(ticket) {
            Some(Receipt::Belonging(asked)) => self.landed(now, asked, result),
            Some(Receipt::Orphan(key)) => self.orphans.done(now, &key, result, &mut self.out),
            Some(Receipt::Setting(setting)) => {
                if let Err(error) = result {
                    self.out.push(Action::Note(Note::SettingRefused { setting, error }));
                }
            }
            Some(Receipt::OwnLink(serial)) => self.own_link_done(now, serial, result),
            Some(Receipt::NoLink) => self.own_links.removed(),
            Some(Receipt::Firewall) => self.firewall_changed(now, result),
            Some(Receipt::Nobody) | None => {}
        }
    }

    fn landed(&mut self, now: Instant, asked: Asked, result: Result<(), KernelError>) {
        match asked.owner {
            Owner::Instance(id) => self.with(now, id, |instance, cx| {
                instance.landed(asked, result, cx);
                None
            }),
            Owner::Statics => {
                self.with_statics(now, |statics, hands| statics.done(asked, result, hands));
            }
        }
    }

    /// What must hold after every event.
    fn check_invariants(&mut self) {
        if !cfg!(debug_assertions) {
            return;
        }
        for (id, instance) in self.instances.iter() {
            instance.check_invariants(self.index.group_of(id).is_some());
            debug_assert_eq!(
                self.elections.get(id),
                instance.next_deadline(),
                "an instance is not woken in time"
            );
        }
    }
}

/// The name of an interface, for looking up whom it concerns.
fn name_of(links: &Inventory, interface: IfIndex) -> Option<crate::base::id::IfName> {
    links.link(interface).map(|link| link.name)
}
