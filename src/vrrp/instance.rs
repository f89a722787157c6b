//! One virtual router: what it has in every state, and how it goes from one to another.

mod carry;
mod resume;

use std::net::IpAddr;
use std::ops::Range;

use super::backup::Backup;
use super::belonging::Holder;
use super::complaint::{Complaint, Complaints};
use super::echo::Heard;
use super::event::{KernelError, Told};
use super::fault::Faulty;
use super::group::Member;
use super::init::Init;
use super::link::{Culprit, Inventory};
use super::master::Master;
use super::note::InstanceNote;
use super::output::Output;
use super::ownlinks::Home;
use super::priority;
use super::reason::{Reason, Why};
use super::receipts::Asked;
use super::receive::{self, Incoming};
use super::senders::Senders;
use super::sequence::Sequence;
use super::signatures::Signatures;
use super::standing::{Fault, Standing};
use super::state::{Cx, Intent, Order, State};
use super::stats::Stats;
use super::timing;
use super::vips::{Landed, Vips};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, InstanceId, Priority};
use crate::base::rare::Rare;
use crate::base::time::Instant;
use crate::conf::model::{Instance as Conf, Vip};
use crate::wire::{arp, ndp};

/// What an instance has in every state.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) id: InstanceId,
    /// Where it and its addresses are.
    pub(super) home: Home,
    /// The address that it sends from.
    pub(super) source: Option<IpAddr>,
    /// What its own interface has been given to send from.
    pub(super) lent: Option<Box<(IfIndex, Vip)>>,
    /// The priority that it holds elections with.
    pub(super) priority: Priority,
    /// What speaks for and against it.
    pub(super) standing: Standing,
    pub(super) vips: Vips,
    /// The identification of the last IPv4 packet.
    pub(super) ip_id: u16,
    pub(super) sequence: Sequence,
    pub(super) signatures: Rare<Signatures>,
    pub(super) senders: Senders,
    pub(super) complaints: Complaints,
    pub(super) stats: Stats,
    /// The last packet, for those who hear on two interfaces.
    pub(super) heard: Option<Box<Heard>>,
    /// When the last advertisement was sent.
    pub(super) last_advert: Option<Instant>,
    /// A change that is told as soon as the kernel has answered for all addresses.
    untold: Option<Box<(Told, Why)>>,
    /// What kept it from taking part last.
    overcome: Option<Box<Fault>>,
    /// The last state that the user was told of.
    told: Option<Told>,
    /// It goes on where an earlier process ended, and not everything that it tracks has reported since.
    resumed: bool,
}

impl Own {
    /// Tells the user of a new state, once it is true of the addresses too.
    pub(super) fn tell(&mut self, what: Told, why: Why, cx: &mut Cx<'_>) {
        self.tell_untold(cx);
        if self.vips.is_settled() {
            self.tell_now(what, why, cx);
        } else {
            self.untold = Some(Box::new((what, why)));
        }
    }

    fn tell_untold(&mut self, cx: &mut Cx<'_>) {
        if let Some(untold) = self.untold.take() {
            let (what, why) = *untold;
            self.tell_now(what, why, cx);
        }
    }

    fn tell_now(&mut self, what: Told, why: Why, cx: &mut Cx<'_>) {
        self.told = Some(what);
        cx.out.notify(self.id, what, self.priority, why);
    }

    /// Tells the user of something that is no new state; what was untold comes first.
    pub(super) fn notify(&mut self, what: Told, reason: Reason, cx: &mut Cx<'_>) {
        self.tell_untold(cx);
        cx.out.notify(self.id, what, self.priority, Why::of(reason));
    }

    /// Says something about what others send, if it has not been said before.
    pub(super) fn complain(
        &mut self,
        complaint: Complaint,
        note: impl FnOnce() -> InstanceNote,
        cx: &mut Cx<'_>,
    ) {
        if self.complaints.first(complaint) {
            cx.out.note(self.id, note());
        }
    }

    /// Announces every address so many times.
    pub(super) fn announce_all(&self, rounds: u32, cx: &mut Cx<'_>) {
        self.announce(0, self.vips.count(), rounds, cx);
    }

    /// Announces the addresses from `first` up to `end`; those that follow one another on an interface go together.
    pub(super) fn announce(&self, first: u16, end: u16, rounds: u32, cx: &mut Cx<'_>) {
        if rounds == 0 {
            return;
        }
        for (position, lane) in self.lanes(first..end, cx) {
            cx.announcer.push(lane, self.id, position, position + 1, rounds);
        }
    }

    /// Announces every address once more, so many times, after whatever nobody has heard of yet.
    pub(super) fn repeat_all(&self, rounds: u32, cx: &mut Cx<'_>) {
        if rounds == 0 {
            return;
        }
        for (position, lane) in self.lanes(0..self.vips.count(), cx) {
            cx.announcer.repeat(lane, self.id, position, rounds);
        }
    }

    /// Addresses by position, with where each is announced.
    fn lanes<'c>(
        &'c self,
        those: Range<u16>,
        cx: &Cx<'c>,
    ) -> impl Iterator<Item = (u16, (IfIndex, Family))> + use<'c> {
        let links = cx.links;
        let addresses = cx.conf.addresses().skip(those.start.into());
        those.zip(addresses).filter_map(move |(position, vip)| {
            self.home.device(vip, links).map(|device| (position, (device, vip.net.family())))
        })
    }

    /// Announces one address on each interface that advertisements do not leave by, or only on our own: switches that hear
    /// nothing else from there would forget where it is (`garp_extra_if`).
    pub(super) fn announce_elsewhere(&self, all: bool, cx: &mut Cx<'_>) {
        let mut told = Vec::new();
        for (position, lane) in self.lanes(0..self.vips.count(), cx) {
            let wanted = all || self.home.is_own(lane.0);
            if wanted && Some(lane.0) != self.home.port && !told.contains(&lane.0) {
                told.push(lane.0);
                cx.announcer.push(lane, self.id, position, position + 1, 1);
            }
        }
    }

    /// Tells the link where our own address is: a unicast instance that comes back may have been forgotten.
    fn announce_source(&self, cx: &mut Cx<'_>) {
        let (Some(interface), Some(source)) = (self.home.base, self.source) else { return };
        announce_address(interface, source, cx.links, cx.out);
    }
}

/// Asks for the frame that announces `addr`, unless the interface has no use for it. Tells whether it did.
pub(super) fn announce_address(
    interface: IfIndex,
    addr: IpAddr,
    links: &Inventory,
    out: &mut Output,
) -> bool {
    let Some(link) = links.link(interface).filter(|link| link.arp) else { return false };
    let Some(mac) = link.mac else { return false };
    match addr {
        IpAddr::V4(addr) => out.frame(interface, |bytes| arp::emit_gratuitous(mac, addr, bytes)),
        IpAddr::V6(addr) => {
            out.frame(interface, |bytes| ndp::emit_unsolicited(mac, addr, link.forwards_v6, bytes));
        }
    }
    true
}

/// One virtual router.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) own: Own,
    pub(super) state: State,
    /// When it entered its state.
    pub(super) since: Instant,
}

impl Instance {
    /// `because` is what made it begin.
    pub(super) fn new(id: InstanceId, conf: &Conf, because: Reason) -> Instance {
        let own = Own {
            id,
            home: Home::default(),
            heard: None,
            source: None,
            lent: None,
            priority: conf.priority,
            standing: Standing { waiting: true, ..Standing::default() },
            vips: Vips::new(Holder::Instance(id, conf).count()),
            ip_id: 0,
            sequence: Sequence::default(),
            signatures: Rare::default(),
            senders: Senders::default(),
            complaints: Complaints::default(),
            stats: Stats::default(),
            last_advert: None,
            untold: None,
            overcome: None,
            told: None,
            resumed: false,
        };
        Instance { own, state: State::Init(Init { because }), since: Instant::ZERO }
    }

    /// When something is to be done next.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let state = match &self.state {
            State::Init(_) | State::Fault(_) => None,
            State::Backup(backup) => backup.next_deadline(),
            State::Master(master) => master.next_deadline(),
        };
        state.into_iter().chain(self.own.vips.next_deadline()).min()
    }

    /// Deadlines may have passed; `heard_until` is how far the present is known.
    pub(super) fn expire(&mut self, heard_until: Instant, cx: &mut Cx<'_>) -> Option<Intent> {
        let own = &mut self.own;
        own.vips.expire(&mut cx.hands(own.id, &own.home));
        match &mut self.state {
            State::Init(_) | State::Fault(_) => None,
            State::Backup(backup) => backup.expire(own, heard_until, cx),
            State::Master(master) => master.expire(own, cx),
        }
    }

    /// A packet for this virtual router arrived.
    pub(super) fn hear(&mut self, packet: &Incoming<'_>, cx: &mut Cx<'_>) -> Option<Intent> {
        let own = &mut self.own;
        match &mut self.state {
            State::Init(_) | State::Fault(_) => None,
            State::Backup(backup) => {
                let obeyed = backup.master().map(|master| master.address);
                let advert = receive::receive(own, packet, obeyed, cx)?;
                backup.hear(own, &advert, cx)
            }
            State::Master(master) => {
                let advert = receive::receive(own, packet, None, cx)?;
                master.hear(own, &advert, cx)
            }
        }
    }

    /// Packets were lost on our side.
    pub(super) fn pardon(&mut self, cx: &Cx<'_>) {
        match &mut self.state {
            State::Backup(backup) => backup.pardon(cx),
            State::Init(_) | State::Master(_) | State::Fault(_) => {}
        }
    }

    /// What speaks for and against it has been looked at again.
    pub(super) fn judge(&mut self, standing: Standing, cx: &mut Cx<'_>) -> Option<Intent> {
        let before = std::mem::replace(&mut self.own.standing, standing);
        self.report_faults(&before, cx);
        self.own.resumed &= self.own.standing.unheard;
        if !self.own.standing.holds_priority && !self.own.resumed {
            self.reprioritise(priority::effective(cx.conf.priority, self.own.standing.points), cx);
        }
        let standing = &self.own.standing;
        match (&self.state, standing.faults.is_empty(), standing.waiting) {
            (State::Init(_), false, _) | (State::Backup(_) | State::Master(_), false, _) => {
                Some(Intent::Fail)
            }
            (State::Init(_) | State::Fault(_), true, false) => Some(Intent::TakePart),
            (State::Init(_) | State::Fault(_), true, true)
            | (State::Fault(_), false, _)
            | (State::Backup(_) | State::Master(_), true, _) => None,
        }
    }

    fn report_faults(&mut self, before: &Standing, cx: &mut Cx<'_>) {
        let Own { id, standing: now, overcome, .. } = &mut self.own;
        for fault in before.faults.iter().filter(|fault| !now.faults.contains(fault)) {
            *overcome = Some(Box::new(*fault));
            cx.out.note(*id, InstanceNote::FaultEnds(*fault));
        }
        for fault in now.faults.iter().filter(|fault| !before.faults.contains(fault)) {
            cx.out.note(*id, InstanceNote::FaultBegins(*fault));
        }
    }

    fn reprioritise(&mut self, to: Priority, cx: &mut Cx<'_>) {
        let from = std::mem::replace(&mut self.own.priority, to);
        if from == to {
            return;
        }
        cx.out.note(self.own.id, InstanceNote::Priority { from, to });
        if let State::Backup(backup) = &mut self.state {
            backup.reprioritise(from, to, cx);
        }
        if cx.conf.hooks.priority_changes {
            let what = if matches!(self.state, State::Master(_)) {
                Told::MasterPriority
            } else {
                Told::BackupPriority
            };
            self.own.notify(what, cx.turned.map_or(Reason::Trackers, Reason::Tracker), cx);
        }
    }

    /// Does as its group decided.
    pub(super) fn obey(&mut self, order: Order, why: Why, cx: &mut Cx<'_>) {
        match order {
            Order::Promote | Order::Follow(_) | Order::Fault => self.change(order, why, cx),
            Order::Wait => {
                if let State::Backup(backup) = &mut self.state {
                    backup.wait(&self.own, cx);
                }
            }
            Order::Announce => {
                if let State::Master(master) = &mut self.state {
                    master.announce_again(&self.own, cx);
                }
            }
        }
    }

    /// Goes to another state.
    fn change(&mut self, order: Order, why: Why, cx: &mut Cx<'_>) {
        let first = matches!(self.state, State::Init(_));
        let was_fault = matches!(self.state, State::Fault(_));
        if matches!(self.state, State::Master(_)) {
            if order == Order::Promote {
                return;
            }
            Master::leave(&mut self.own, order == Order::Fault, cx);
        }
        self.own.complaints.forgive();
        self.since = cx.now;
        let own = &mut self.own;
        self.state = match order {
            Order::Promote => State::Master(Master::enter(own, why, cx)),
            Order::Follow(heard) => {
                if was_fault && cx.conf.transport.is_unicast() {
                    own.announce_source(cx);
                }
                State::Backup(Backup::enter(own, heard, first, why, cx))
            }
            Order::Fault => State::Fault(Faulty::enter(own, first, why, cx)),
            Order::Wait | Order::Announce => return,
        };
    }

    /// What led to its wish.
    pub(super) fn reason(&self, intent: Intent) -> Reason {
        match (intent, &self.state) {
            (Intent::Promote | Intent::Won, State::Backup(backup)) => backup.reason(),
            (Intent::Promote | Intent::Won, State::Init(_) | State::Master(_) | State::Fault(_)) => {
                Reason::MasterSilent(None)
            }
            (Intent::Yield(seen), _) => {
                Reason::BetterMaster { source: seen.address, priority: seen.priority }
            }
            (Intent::StepBack, _) => Reason::TooLate,
            (Intent::Fail, _) => {
                self.own.standing.faults.first().map_or(Reason::Trackers, |fault| Reason::Fault(*fault))
            }
            (Intent::TakePart, State::Init(init)) => init.because,
            (Intent::TakePart, State::Backup(_) | State::Master(_) | State::Fault(_)) => {
                Reason::FaultOver(self.own.overcome.as_deref().copied())
            }
        }
    }

    /// What it is for its group.
    pub(super) fn member(&self, conf: &Conf) -> Member {
        let standing = &self.own.standing;
        let wishes = match &self.state {
            State::Backup(backup) => backup.wishes(),
            State::Init(_) | State::Master(_) | State::Fault(_) => false,
        };
        Member {
            role: self.role(),
            ready: standing.faults.is_empty() && !standing.waiting,
            faulty: !standing.faults.is_empty(),
            wishes,
            claims: conf.priority.is_owner() && conf.starts_as_master,
            patience: timing::master_down(
                conf.version,
                conf.advert_int,
                self.own.priority,
                conf.down_timer_adverts,
            ),
        }
    }

    /// Whether something is still to be told of it.
    pub(super) const fn has_told(&self) -> bool {
        self.own.untold.is_none()
    }

    /// The kernel answered for something that it owns.
    pub(super) fn landed(&mut self, asked: Asked, result: Result<(), KernelError>, cx: &mut Cx<'_>) {
        let own = &mut self.own;
        if result.is_err_and(|error| error != KernelError::Exists) {
            own.stats.kernel_errors += 1;
        }
        let landed = own.vips.done(asked, result, &mut cx.hands(own.id, &own.home));
        if let Landed::Installed(position) = landed {
            let rounds = if own.vips.is_late(position) { cx.conf.garp.repeat } else { 1 };
            own.announce(position, position + 1, rounds, cx);
        }
        if own.vips.is_settled() {
            if let State::Master(master) = &mut self.state {
                master.installed(own, cx);
            }
            own.tell_untold(cx);
        }
    }

    /// Announces the addresses on an interface again, because hosts there know the wrong way to them.
    pub(super) fn announce_on(&self, interface: IfIndex, cx: &mut Cx<'_>) {
        if !matches!(self.state, State::Master(_)) {
            return;
        }
        for (position, lane) in self.own.lanes(0..self.own.vips.count(), cx) {
            if lane.0 != interface {
                continue;
            }
            cx.announcer.push(lane, self.own.id, position, position + 1, cx.conf.garp.repeat);
        }
    }

    /// The kernel reports that something of ours is gone.
    pub(super) fn lost(&mut self, position: u16, by: Option<&Culprit>, cx: &mut Cx<'_>) {
        let own = &mut self.own;
        if own.vips.lost(position, by, &mut cx.hands(own.id, &own.home)) {
            own.stats.healed += 1;
        }
    }

    /// The kernel reports that an address of ours can be used.
    pub(super) fn proven(&mut self, position: u16, cx: &mut Cx<'_>) {
        if self.own.vips.proven(position) {
            self.own.announce(position, position + 1, cx.conf.garp.repeat, cx);
        }
    }

    /// The router stops.
    pub(super) fn stop(&mut self, cx: &mut Cx<'_>) {
        self.own.tell_untold(cx);
        if matches!(self.state, State::Master(_)) {
            Master::leave(&mut self.own, true, cx);
        }
        self.state = State::Init(Init { because: Reason::Stop });
        self.since = cx.now;
    }

    /// What must hold whatever happened.
    pub(super) fn check_invariants(&self, grouped: bool) {
        let master = matches!(self.state, State::Master(_));
        self.own.vips.check_invariants(master);
        match &self.state {
            State::Init(_) => {}
            State::Backup(_) | State::Master(_) => {
                debug_assert!(self.own.standing.faults.is_empty(), "takes part in spite of a fault");
            }
            State::Fault(_) => {
                let standing = &self.own.standing;
                let excused = grouped || standing.waiting || !standing.faults.is_empty();
                debug_assert!(excused, "at fault without a fault");
            }
        }
        debug_assert!(self.next_deadline().is_some() || !master, "a master that never advertises");
    }
}
