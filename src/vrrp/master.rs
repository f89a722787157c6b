//! An instance that holds the addresses (RFC 9568, 6.4.3).

use super::advert;
use super::complaint::Complaint;
use super::election::{Candidate, Verdict, elect};
use super::event::Told;
use super::garp::Plan;
use super::instance::Own;
use super::note::InstanceNote;
use super::reason::{Reason, Why};
use super::receive::Received;
use super::state::{Cx, Intent};
use super::timing;
use crate::base::id::Priority;
use crate::base::time::{Instant, Span};
use crate::conf::model::Instance as Conf;
use crate::conf::model::vrrp::Preempt;

/// Answers to worse masters are at most so many in an interval.
const ANSWERS_AN_INTERVAL: u64 = 8;

/// The state of a master.
#[derive(Clone, Copy, Debug)]
pub(super) struct Master {
    next_advert: Instant,
    /// No worse master is answered before this.
    quiet_until: Instant,
    plan: Plan,
    /// The next announcement on interfaces that no advertisement leaves by.
    elsewhere: Option<Instant>,
}

/// How often something is announced on interfaces that no advertisement leaves by, if it is.
fn pace_elsewhere(conf: &Conf) -> Option<Span> {
    Some(conf.further.as_ref()?.extra_announcements?.interval)
}

/// Whether a master has sent nothing for so long that a backup of at most the priority of `timer_expired_backup` must have
/// taken over. One that may preempt takes the role back anyway.
fn is_too_late(own: &Own, cx: &mut Cx<'_>) -> bool {
    let conf = cx.conf;
    let best = conf.further.as_ref().and_then(|further| further.timer_expired_backup);
    let (Some(best), Some(last), Preempt::Never) = (best, own.last_advert, conf.preempt) else {
        return false;
    };
    let patience = timing::master_down(conf.version, conf.advert_int, best, conf.down_timer_adverts);
    let silent = cx.now.since(last);
    let late = silent > patience;
    if late {
        cx.out.note(own.id, InstanceNote::TooLate(silent));
    }
    late
}

impl Master {
    pub(super) fn enter(own: &mut Own, why: Why, cx: &mut Cx<'_>) -> Master {
        own.stats.became_master += 1;
        own.sequence.begin_as_master();
        advert::send(own, own.priority, cx);
        cx.out.note(own.id, InstanceNote::Entered { state: Told::Master, first: false });
        own.vips.want_all(&mut cx.hands(own.id, &own.home));
        own.tell(Told::Master, why, cx);
        let plan = Plan::new(cx.now, &cx.conf.garp);
        let elsewhere = pace_elsewhere(cx.conf).map(|pace| cx.now + pace);
        Master { next_advert: cx.now + cx.conf.advert_int, quiet_until: cx.now, plan, elsewhere }
    }

    /// A master that goes on where an earlier process ended; what that had yet to announce is announced later.
    pub(super) fn resume(cx: &Cx<'_>) -> Master {
        let plan = Plan::new(cx.now, &cx.conf.garp);
        let elsewhere = pace_elsewhere(cx.conf).map(|pace| cx.now + pace);
        Master { next_advert: cx.now, quiet_until: cx.now, plan, elsewhere }
    }

    /// Says that it is still there; one that was not known to be master yet announces its addresses.
    pub(super) fn go_on(&mut self, own: &mut Own, known: bool, cx: &mut Cx<'_>) {
        advert::send(own, own.priority, cx);
        self.next_advert = cx.now + cx.conf.advert_int;
        if !known {
            own.announce_all(cx.conf.garp.repeat, cx);
        }
    }

    /// Gives everything up; with `resign` the others are told, so that they need not wait.
    pub(super) fn leave(own: &mut Own, resign: bool, cx: &mut Cx<'_>) {
        own.stats.released_master += 1;
        if resign && advert::send(own, Priority::RELEASE, cx) {
            own.stats.priority_zero_sent += 1;
            cx.out.note(own.id, InstanceNote::SentPriorityZero);
        }
        cx.announcer.cancel(own.id);
        own.vips.drop_all(&mut cx.hands(own.id, &own.home));
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.plan.next_deadline().into_iter().chain(self.elsewhere).chain([self.next_advert]).min()
    }

    /// When the next advertisement is due.
    pub(super) const fn next_advert(&self) -> Instant {
        self.next_advert
    }

    /// The configuration changed: a shorter interval counts at once, and addresses that were added are announced a
    /// second time later.
    pub(super) fn reconfigure(&mut self, cx: &Cx<'_>) {
        self.next_advert = self.next_advert.min(cx.now + cx.conf.advert_int);
        self.plan.reconfigure(cx.now, &cx.conf.garp);
        let pace = pace_elsewhere(cx.conf);
        self.elsewhere = pace.map(|pace| self.elsewhere.map_or(cx.now + pace, |at| at.min(cx.now + pace)));
    }

    /// What is due is sent. Adverts keep their rhythm: lateness of one does not delay the next.
    pub(super) fn expire(&mut self, own: &mut Own, cx: &mut Cx<'_>) -> Option<Intent> {
        if is_too_late(own, cx) {
            return Some(Intent::StepBack);
        }
        if self.next_advert <= cx.now {
            advert::send(own, own.priority, cx);
            self.next_advert += cx.conf.advert_int;
            if self.next_advert <= cx.now {
                self.next_advert = cx.now + cx.conf.advert_int;
            }
        }
        if self.elsewhere.is_some_and(|at| at <= cx.now) {
            self.elsewhere = pace_elsewhere(cx.conf).map(|pace| cx.now + pace);
            let extra = cx.conf.further.as_ref().and_then(|further| further.extra_announcements);
            own.announce_elsewhere(extra.is_some_and(|extra| extra.all), cx);
        }
        let rounds = self.plan.expire(cx.now, &cx.conf.garp);
        own.announce_all(rounds, cx);
        if self.plan.late_ones_are_due(cx.now) {
            for position in own.vips.take_late() {
                own.announce(position, position + 1, cx.conf.garp.repeat, cx);
            }
        }
        None
    }

    /// The kernel has answered for every address: the announcements after the first are due.
    pub(super) fn installed(&mut self, own: &Own, cx: &mut Cx<'_>) {
        own.repeat_all(self.plan.begin(&cx.conf.garp), cx);
    }

    /// An advertisement was received and is in order.
    pub(super) fn hear(&mut self, own: &mut Own, advert: &Received, cx: &mut Cx<'_>) -> Option<Intent> {
        if is_too_late(own, cx) {
            return Some(Intent::StepBack);
        }
        if advert.priority == Priority::RELEASE {
            let note = InstanceNote::Resigned { source: advert.source, to: Told::Master };
            own.complain(Complaint::Resigned, || note, cx);
            self.answer(own, cx);
            return None;
        }
        // Without an address of our own there is nothing that was sent, and nobody who could be confused with us.
        let address = own.source.unwrap_or(advert.source);
        let (ours, theirs, source) = (own.priority, advert.priority, advert.source);
        match elect(Candidate { priority: ours, address }, Candidate { priority: theirs, address: source }) {
            Verdict::Better => {
                cx.out.note(own.id, InstanceNote::BetterMaster { source, theirs, ours });
                if cx.conf.quirks.higher_prio_send_advert {
                    self.answer(own, cx);
                }
                Some(Intent::Yield(advert.seen()))
            }
            Verdict::Worse => {
                self.hear_worse(own, advert, cx);
                Some(Intent::Won)
            }
            Verdict::Indistinguishable => {
                own.complain(Complaint::OurDouble, || InstanceNote::OurDouble { source }, cx);
                None
            }
        }
    }

    /// A worse master is told that we are here, and so are the hosts that may believe it.
    fn hear_worse(&mut self, own: &mut Own, advert: &Received, cx: &mut Cx<'_>) {
        if let Some(sequence) = advert.sequence {
            own.sequence.outrun(sequence);
        }
        let (source, theirs, ours) = (advert.source, advert.priority, own.priority);
        own.complain(Complaint::WorseMaster, || InstanceNote::WorseMaster { source, theirs, ours }, cx);
        if self.quiet_until > cx.now {
            return;
        }
        own.notify(Told::MasterRxLowerPri, Reason::WorseMaster { source, priority: theirs }, cx);
        if cx.conf.quirks.lower_prio_no_advert {
            self.hush(cx);
        } else {
            self.answer(own, cx);
        }
        self.announce_again(own, cx);
    }

    /// Tells the hosts that may believe a worse master where the addresses are.
    pub(super) fn announce_again(&mut self, own: &Own, cx: &mut Cx<'_>) {
        let rounds = self.plan.heard_worse(cx.now, &cx.conf.garp);
        own.announce_all(rounds, cx);
    }

    /// An advertisement out of turn. Only one that is really sent moves the next one, and there are not so many of
    /// them that a flood of foreign advertisements makes us a flood.
    fn answer(&mut self, own: &mut Own, cx: &mut Cx<'_>) {
        if self.quiet_until <= cx.now {
            self.hush(cx);
            advert::send(own, own.priority, cx);
            self.next_advert = cx.now + cx.conf.advert_int;
        }
    }

    fn hush(&mut self, cx: &Cx<'_>) {
        self.quiet_until = cx.now + cx.conf.advert_int.fraction(1, ANSWERS_AN_INTERVAL);
    }
}
