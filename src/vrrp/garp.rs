//! When addresses are announced: bursts, their repetition, refreshes, and a queue that keeps to the configured pace
//! and never holds up an advertisement.

use std::collections::{BTreeMap, VecDeque};

use super::heirs::Heirs;
use crate::base::addr::Family;
use crate::base::id::{IfIndex, IfName, InstanceId};
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;
use crate::conf::model::vrrp::Garp;

/// The least time between two bursts that answer worse advertisements.
const HUSH: Span = Span::from_secs(1);
/// Frames that one call may ask for: the rest waits until adverts and packets have had their turn.
const FRAMES_A_CALL: usize = 64;
/// How long repeats wait for the kernel at most.
const FORBEARANCE: Span = Span::from_secs(1);

/// What a master has planned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// The first addresses have all been answered by the kernel, and the repeats are under way.
    begun: bool,
    /// The second burst after becoming master.
    again: Option<Instant>,
    /// The next refresh.
    refresh: Option<Instant>,
    /// The second burst for addresses that a reload added.
    late: Option<Instant>,
    /// The second burst after a worse advertisement.
    lower_prio: Option<Instant>,
    /// Worse advertisements are not answered with another burst before this.
    hushed_until: Instant,
}

impl Plan {
    /// The plan of one who becomes master at `now`.
    pub(super) fn new(now: Instant, conf: &Garp) -> Plan {
        let later = |span: Span| (!span.is_zero()).then(|| now + span);
        Plan {
            begun: false,
            again: later(conf.delay),
            refresh: later(conf.refresh).map(|at| at + conf.delay),
            late: None,
            lower_prio: None,
            hushed_until: now,
        }
    }

    /// The configuration changed.
    pub(super) fn reconfigure(&mut self, now: Instant, conf: &Garp) {
        self.late = (!conf.delay.is_zero()).then(|| now + conf.delay);
        self.refresh = match self.refresh {
            _ if conf.refresh.is_zero() => None,
            Some(at) => Some(at.min(now + conf.refresh)),
            None => Some(now + conf.refresh),
        };
    }

    /// Whether addresses that a reload added are to be announced again now.
    pub(super) fn late_ones_are_due(&mut self, now: Instant) -> bool {
        self.late.is_some_and(|late| late <= now) && self.late.take().is_some()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        [self.again, self.refresh, self.late, self.lower_prio].into_iter().flatten().min()
    }

    /// The rounds that are to be sent after the first one, once, when all addresses are there.
    pub(super) fn begin(&mut self, conf: &Garp) -> u32 {
        if std::mem::replace(&mut self.begun, true) { 0 } else { conf.repeat.saturating_sub(1) }
    }

    /// A worse advertisement was heard: how many rounds to send now. None while the bursts of an earlier one go on, so
    /// that a flood of advertisements is not answered by a larger one.
    pub(super) fn heard_worse(&mut self, now: Instant, conf: &Garp) -> u32 {
        if conf.lower_prio_repeat == 0 || self.hushed_until > now {
            return 0;
        }
        self.hushed_until = now + conf.lower_prio_delay.max(HUSH);
        if !conf.lower_prio_delay.is_zero() {
            self.lower_prio = Some(now + conf.lower_prio_delay);
        }
        conf.lower_prio_repeat
    }

    /// How many rounds are due at `now`.
    pub(super) fn expire(&mut self, now: Instant, conf: &Garp) -> u32 {
        let due = |at: &mut Option<Instant>| at.is_some_and(|due| due <= now) && at.take().is_some();
        let mut rounds = 0;
        if due(&mut self.again) {
            rounds = rounds.max(conf.repeat);
        }
        if due(&mut self.lower_prio) {
            rounds = rounds.max(conf.lower_prio_repeat);
        }
        if due(&mut self.refresh) {
            rounds = rounds.max(conf.refresh_repeat);
            self.refresh = Some(now + conf.refresh);
        }
        rounds
    }
}

/// Some addresses of an instance, by position, to be announced in order and so many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rounds {
    who: InstanceId,
    first: u16,
    end: u16,
    next: u16,
    left: u32,
}

/// The announcements that wait for one interface and family.
#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Rounds>,
    /// What has been announced before: comes after all the rest.
    repeats: VecDeque<Rounds>,
    /// The pace of the interface allows the next frame from then on.
    free_at: Instant,
}

/// An announcement whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) interface: IfIndex,
    pub(super) family: Family,
    pub(super) who: InstanceId,
    /// Which address of the instance.
    pub(super) position: u16,
}

/// All announcements that wait.
#[derive(Debug, Default)]
pub(super) struct Announcer {
    /// Those in which something waits, or has to.
    lanes: BTreeMap<(IfIndex, Family), Lane>,
    /// When interfaces that keep to a pace together may go on, by the group of their [`Pace`].
    free_at: BTreeMap<(usize, Family), Instant>,
    /// The kernel has not answered everything yet, so repeats wait until then.
    repeats_from: Option<Instant>,
}

/// How often something may be announced on an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// The interfaces that keep to it together, if it is not this one alone.
    group: Option<usize>,
    /// The least time between two gratuitous ARPs.
    gap4: Span,
    /// The least time between two advertisements of neighbours.
    gap6: Span,
}

impl Pace {
    /// That of an interface (`garp_group`, else `vrrp_garp_interval` and `vrrp_gna_interval`).
    pub(super) fn of(name: IfName, model: &Model) -> Pace {
        let groups = &model.links.garp_groups;
        let (gap4, gap6) = (model.global.garp_interval, model.global.gna_interval);
        let Some(group) = groups.iter().position(|group| group.interfaces.contains(&name)) else {
            return Pace { group: None, gap4, gap6 };
        };
        let said = groups.get(group);
        let gap = |span: Option<Span>| span.unwrap_or(Span::ZERO);
        Pace {
            group: Some(group),
            gap4: gap(said.and_then(|said| said.garp_interval)),
            gap6: gap(said.and_then(|said| said.gna_interval)),
        }
    }

    const fn gap(self, family: Family) -> Span {
        match family {
            Family::V4 => self.gap4,
            Family::V6 => self.gap6,
        }
    }
}

impl Announcer {
    /// Announces the addresses from `first` up to `end` that belong to this lane, `rounds` times over.
    pub(super) fn push(
        &mut self,
        lane: (IfIndex, Family),
        who: InstanceId,
        first: u16,
        end: u16,
        rounds: u32,
    ) {
        if rounds == 0 || first >= end {
            return;
        }
        join(&mut self.lane(lane).waiting, Rounds { who, first, end, next: first, left: rounds });
    }

    /// The same for addresses that have been announced already.
    pub(super) fn repeat(&mut self, lane: (IfIndex, Family), who: InstanceId, position: u16, rounds: u32) {
        if rounds == 0 {
            return;
        }
        let (first, end) = (position, position + 1);
        join(&mut self.lane(lane).repeats, Rounds { who, first, end, next: first, left: rounds });
    }

    fn lane(&mut self, lane: (IfIndex, Family)) -> &mut Lane {
        self.lanes.entry(lane).or_default()
    }

    /// Tells whether the kernel has answered everything. Until then addresses may come that nobody has heard of: they are
    /// announced before others are repeated.
    pub(super) fn kernel_has_answered(&mut self, now: Instant, everything: bool) {
        self.repeats_from =
            if everything { None } else { self.repeats_from.or_else(|| Some(now + FORBEARANCE)) };
    }

    /// Forgets what was to be announced for an instance.
    pub(super) fn cancel(&mut self, who: InstanceId) {
        for queue in self.queues() {
            queue.retain(|rounds| rounds.who != who);
        }
    }

    /// The configuration changed: what waits is announced for whoever has it now.
    pub(super) fn carry_over(&mut self, heirs: &Heirs) {
        for queue in self.queues() {
            queue.retain_mut(|rounds| match heirs.instance(rounds.who) {
                Some(heir) => {
                    rounds.who = heir;
                    true
                }
                None => false,
            });
        }
    }

    fn queues(&mut self) -> impl Iterator<Item = &mut VecDeque<Rounds>> {
        self.lanes.values_mut().flat_map(|lane| [&mut lane.waiting, &mut lane.repeats])
    }

    /// Forgets an interface that is gone.
    pub(super) fn forget(&mut self, interface: IfIndex) {
        self.lanes.retain(|(index, _), _| *index != interface);
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.lanes.values().filter_map(|lane| lane.next_deadline(self.repeats_from)).min()
    }

    /// Offers announcements to `send` in their turn, as many as pace and patience allow. `send` tells whether it sent.
    pub(super) fn run(
        &mut self,
        now: Instant,
        pace: impl Fn(IfIndex) -> Pace,
        mut send: impl FnMut(Turn) -> bool,
    ) {
        let mut patience = FRAMES_A_CALL;
        let repeats = self.repeats_from.is_none_or(|from| from <= now);
        let is_due = |lane: &Lane| lane.next_deadline(self.repeats_from).is_some_and(|due| due <= now);
        let busy = self.lanes.iter().filter(|(_, lane)| is_due(lane));
        for (interface, family) in busy.map(|(key, _)| *key).collect::<Vec<_>>() {
            let pace = pace(interface);
            let gap = pace.gap(family);
            let Some(lane) = self.lanes.get_mut(&(interface, family)) else { continue };
            let together = pace.group.map(|group| (group, family));
            if let Some(free_at) = together.and_then(|together| self.free_at.get(&together)) {
                lane.free_at = lane.free_at.max(*free_at);
            }
            let mut sent = false;
            while lane.free_at <= now && patience > 0 {
                let Some((who, position)) = lane.take(repeats) else { break };
                if send(Turn { interface, family, who, position }) {
                    patience -= 1;
                    lane.free_at = now + gap;
                    sent = true;
                }
            }
            if sent && let Some(together) = together {
                self.free_at.insert(together, now + gap);
            }
        }
        self.lanes.retain(|_, lane| !lane.is_empty() || lane.free_at > now);
    }
}

/// Queues what is to be announced; addresses that follow one another share an entry.
fn join(queue: &mut VecDeque<Rounds>, more: Rounds) {
    if let Some(last) = queue.back_mut()
        && (last.who, last.end, last.left, last.first) == (more.who, more.first, more.left, last.next)
    {
        last.end = more.end;
    } else {
        queue.push_back(more);
    }
}

impl Lane {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.repeats.is_empty()
    }

    fn next_deadline(&self, repeats_from: Option<Instant>) -> Option<Instant> {
        let repeats = repeats_from.map_or(self.free_at, |from| from.max(self.free_at));
        match (self.waiting.is_empty(), self.repeats.is_empty()) {
            (false, _) => Some(self.free_at),
            (true, false) => Some(repeats),
            (true, true) => None,
        }
    }

    /// The next announcement. A finished round goes behind the others, so first rounds come before `repeats`.
    fn take(&mut self, repeats: bool) -> Option<(InstanceId, u16)> {
        let queue = if self.waiting.is_empty() && repeats { &mut self.repeats } else { &mut self.waiting };
        let rounds = queue.front_mut()?;
        let turn = (rounds.who, rounds.next);
        rounds.next += 1;
        if rounds.next >= rounds.end
            && let Some(mut rounds) = queue.pop_front()
        {
            rounds.next = rounds.first;
            rounds.left -= 1;
            if rounds.left > 0 {
                self.repeats.push_back(rounds);
            }
        }
        Some(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANE: (IfIndex, Family) = (IfIndex::new(2), Family::V4);

    fn at(millis: u64) -> Instant {
        Instant::ZERO + Span::from_millis(millis)
    }

    fn drain(announcer: &mut Announcer, now: Instant) -> Vec<(u16, u16)> {
        drain_at(Pace::default(), announcer, now)
    }

    fn drain_at(pace: Pace, announcer: &mut Announcer, now: Instant) -> Vec<(u16, u16)> {
        let mut sent = Vec::new();
        announcer.run(
            now,
            |_| pace,
            |turn| {
                sent.push((
                    u16::try_from(crate::base::table::Key::position(turn.who)).unwrap(),
                    turn.position,
                ));
                true
            },
        );
        sent
    }

    fn who(position: u16) -> InstanceId {
        InstanceId::new(position)
    }

    #[test]
    fn rounds_go_over_all_addresses_and_first_rounds_come_before_repeats() {
        let mut announcer = Announcer::default();
        announcer.push(LANE, who(0), 0, 2, 2);
        announcer.push(LANE, who(1), 0, 1, 2);
        let sent = drain(&mut announcer, at(0));
        assert_eq!(sent, [(0, 0), (0, 1), (1, 0), (0, 0), (0, 1), (1, 0)]);
        assert_eq!(announcer.next_deadline(), None);
    }

    #[test]
    fn a_pace_is_kept_and_nothing_is_lost_by_it() {
        let mut announcer = Announcer::default();
        let pace = Pace { gap4: Span::from_millis(10), ..Pace::default() };
        announcer.push(LANE, who(0), 0, 3, 1);
        for millis in [0, 10, 20] {
            assert_eq!(announcer.next_deadline(), Some(at(millis)));
            assert_eq!(drain_at(pace, &mut announcer, at(millis)).len(), 1);
            assert_eq!(drain_at(pace, &mut announcer, at(millis + 9)).len(), 0);
        }
        assert_eq!(announcer.next_deadline(), None);
    }

    #[test]
    fn interfaces_of_a_group_take_turns() {
        let mut announcer = Announcer::default();
        let pace = Pace { gap4: Span::from_millis(10), group: Some(0), ..Pace::default() };
        announcer.push(LANE, who(0), 0, 2, 1);
        announcer.push((IfIndex::new(3), Family::V4), who(1), 0, 1, 1);
        assert_eq!(drain_at(pace, &mut announcer, at(0)), [(0, 0)]);
        assert_eq!(drain_at(pace, &mut announcer, at(9)), []);
        assert_eq!(drain_at(pace, &mut announcer, at(10)), [(0, 1)]);
        assert_eq!(drain_at(pace, &mut announcer, at(20)), [(1, 0)]);
    }

    #[test]
    fn an_interface_that_joins_its_group_later_waits_for_it() {
        let mut announcer = Announcer::default();
        let pace = Pace { gap4: Span::from_millis(10), group: Some(0), ..Pace::default() };
        announcer.push(LANE, who(0), 0, 1, 1);
        assert_eq!(drain_at(pace, &mut announcer, at(0)), [(0, 0)]);
        announcer.push((IfIndex::new(3), Family::V4), who(1), 0, 1, 1);
        assert_eq!(drain_at(pace, &mut announcer, at(9)), []);
        assert_eq!(announcer.next_deadline(), Some(at(10)));
        assert_eq!(drain_at(pace, &mut announcer, at(10)), [(1, 0)]);
    }

    #[test]
    fn a_pace_outlasts_what_waited() {
        let mut announcer = Announcer::default();
        let pace = Pace { gap4: Span::from_millis(10), ..Pace::default() };
        announcer.push(LANE, who(0), 0, 1, 1);
        assert_eq!(drain_at(pace, &mut announcer, at(0)), [(0, 0)]);
        announcer.push(LANE, who(0), 0, 1, 1);
        assert_eq!(drain_at(pace, &mut announcer, at(9)), []);
        assert_eq!(drain_at(pace, &mut announcer, at(10)), [(0, 0)]);
        assert_eq!(drain_at(pace, &mut announcer, at(20)), []);
        assert!(announcer.lanes.is_empty(), "a lane is kept that nobody needs");
    }

    #[test]
    fn interfaces_of_no_group_do_not_wait_for_each_other() {
        let mut announcer = Announcer::default();
        let pace = Pace { gap4: Span::from_millis(10), ..Pace::default() };
        announcer.push(LANE, who(0), 0, 1, 1);
        announcer.push((IfIndex::new(3), Family::V4), who(1), 0, 1, 1);
        assert_eq!(drain_at(pace, &mut announcer, at(0)), [(0, 0), (1, 0)]);
    }

    #[test]
    fn one_call_asks_for_so_many_frames_and_the_rest_stays_due() {
        let mut announcer = Announcer::default();
        announcer.push(LANE, who(0), 0, 100, 1);
        assert_eq!(drain(&mut announcer, at(5)).len(), FRAMES_A_CALL);
        assert!(announcer.next_deadline().is_some_and(|due| due <= at(5)));
        assert_eq!(drain(&mut announcer, at(5)).len(), 100 - FRAMES_A_CALL);
    }

    #[test]
    fn single_addresses_that_follow_one_another_share_an_entry() {
        let mut announcer = Announcer::default();
        for position in 0..50 {
            announcer.push(LANE, who(0), position, position + 1, 1);
        }
        assert_eq!(announcer.lanes[&LANE].waiting.len(), 1);
        assert_eq!(drain(&mut announcer, at(0)).len(), 50);
    }

    #[test]
    fn while_the_kernel_has_to_answer_repeats_wait_but_not_for_ever() {
        let mut announcer = Announcer::default();
        announcer.kernel_has_answered(at(0), false);
        announcer.push(LANE, who(0), 0, 1, 1);
        announcer.repeat(LANE, who(0), 0, 2);
        assert_eq!(drain(&mut announcer, at(0)), [(0, 0)]);
        announcer.kernel_has_answered(at(10), false);
        announcer.push(LANE, who(1), 0, 1, 1);
        assert_eq!(drain(&mut announcer, at(10)), [(1, 0)]);
        assert_eq!(announcer.next_deadline(), Some(at(0) + FORBEARANCE));
        assert_eq!(drain(&mut announcer, at(0) + FORBEARANCE), [(0, 0), (0, 0)]);
    }

    #[test]
    fn when_the_kernel_has_answered_repeats_follow_at_once() {
        let mut announcer = Announcer::default();
        announcer.kernel_has_answered(at(0), false);
        announcer.push(LANE, who(0), 0, 1, 2);
        assert_eq!(drain(&mut announcer, at(0)), [(0, 0)]);
        announcer.kernel_has_answered(at(10), true);
        assert_eq!(announcer.next_deadline(), Some(at(0)));
        assert_eq!(drain(&mut announcer, at(10)), [(0, 0)]);
        assert_eq!(announcer.next_deadline(), None);
    }

    #[test]
    fn what_is_cancelled_is_not_sent() {
        let mut announcer = Announcer::default();
        announcer.push(LANE, who(0), 0, 2, 2);
        announcer.push(LANE, who(1), 0, 2, 1);
        announcer.repeat(LANE, who(0), 1, 4);
        announcer.cancel(who(0));
        assert_eq!(drain(&mut announcer, at(0)), [(1, 0), (1, 1)]);
    }

    #[test]
    fn a_plan_has_a_second_burst_and_refreshes_after_it() {
        let conf = Garp { refresh: Span::from_secs(60), refresh_repeat: 2, ..Garp::default() };
        let mut plan = Plan::new(at(0), &conf);
        assert_eq!(plan.begin(&conf), 4);
        assert_eq!(plan.begin(&conf), 0);
        assert_eq!(plan.expire(at(4_999), &conf), 0);
        assert_eq!(plan.expire(at(5_000), &conf), 5);
        assert_eq!(plan.next_deadline(), Some(at(65_000)));
        assert_eq!(plan.expire(at(65_000), &conf), 2);
        assert_eq!(plan.next_deadline(), Some(at(125_000)));
    }

    #[test]
    fn a_flood_of_worse_adverts_gives_one_burst_and_its_repetition() {
        let conf = Garp::default();
        let mut plan = Plan::new(at(0), &conf);
        assert_eq!(plan.heard_worse(at(10_000), &conf), 5);
        assert_eq!(plan.heard_worse(at(14_999), &conf), 0);
        assert_eq!(plan.expire(at(15_000), &conf), 5);
        assert_eq!(plan.heard_worse(at(15_000), &conf), 5);
    }

    #[test]
    fn zero_delays_mean_never() {
        let conf = Garp { delay: Span::ZERO, lower_prio_delay: Span::ZERO, ..Garp::default() };
        let mut plan = Plan::new(at(0), &conf);
        assert_eq!(plan.next_deadline(), None);
        assert_eq!(plan.heard_worse(at(1), &conf), 5);
        assert_eq!(plan.next_deadline(), None);
        assert_eq!(plan.heard_worse(at(2), &conf), 0);
        assert_eq!(plan.heard_worse(at(1_001), &conf), 5);
    }
}
