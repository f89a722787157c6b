//! In which order the hooks of an instance run: one at a time, none before its turn, and none for ever.

use std::collections::{BTreeMap, VecDeque};

use crate::base::time::{Instant, Span};
use crate::conf::model::Command;
use crate::vrrp::event::{Heirs, Who};

/// How long the next hook waits for one that does not end.
const PATIENCE: Span = Span::from_secs(60);
/// How long it still waits when the end is near.
const HASTE: Span = Span::from_millis(300);
/// How many hooks of one instance may wait; beyond that the oldest is forgotten.
const LONGEST: usize = 64;

/// A hook that has to be run.
#[derive(Debug)]
pub(super) struct Hook {
    /// What is run.
    pub(super) command: Command,
    /// With which further arguments.
    pub(super) further: Vec<String>,
    /// What it is told, for the log.
    pub(super) word: &'static str,
}

/// A hook that runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Its process.
    pub(super) pid: i32,
    /// When it was started.
    pub(super) since: Instant,
    /// What it is, for the log.
    pub(super) name: String,
}

/// The hooks of every instance.
#[derive(Debug, Default)]
pub(super) struct Queues {
    /// Of the instances that have any, which are few at any time.
    queues: BTreeMap<Who, Queue>,
    /// Since when the end is near.
    hurried: Option<Instant>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Hook>,
    running: Option<Run>,
}

impl Queues {
    /// Puts a hook at the end; gives back one that there is no room for any more.
    pub(super) fn add(&mut self, who: Who, hook: Hook) -> Option<Hook> {
        let queue = self.queues.entry(who).or_default();
        queue.waiting.push_back(hook);
        if queue.waiting.len() > LONGEST { queue.waiting.pop_front() } else { None }
    }

    /// Takes the hook whose turn it is, if no other runs.
    pub(super) fn next(&mut self, who: Who) -> Option<Hook> {
        let queue = self.queues.get_mut(&who)?;
        if queue.running.is_some() {
            return None;
        }
        let next = queue.waiting.pop_front();
        if next.is_none() {
            self.queues.remove(&who);
        }
        next
    }

    /// A hook has been started.
    pub(super) fn started(&mut self, who: Who, run: Run) {
        self.queues.entry(who).or_default().running = Some(run);
    }

    /// A process has ended: the hook that it was, if others waited for it.
    pub(super) fn ended(&mut self, who: Who, pid: i32) -> Option<Run> {
        self.queues.get_mut(&who)?.running.take_if(|run| run.pid == pid)
    }

    /// The configuration changed: the hooks of those that it does not have are left to themselves, and what waited of
    /// them is handed back to be run at once.
    pub(super) fn adopt(&mut self, heirs: &Heirs) -> Vec<Hook> {
        let mut left = Vec::new();
        for (who, queue) in std::mem::take(&mut self.queues) {
            match heirs.who(who) {
                Some(heir) => {
                    self.queues.insert(heir, queue);
                }
                None => left.extend(queue.waiting),
            }
        }
        left
    }

    /// There is little time left: those that wait shall have some of it.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.hurried = Some(now);
    }

    /// When the patience with a hook that holds others up ends.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.queues.values().filter_map(|queue| queue.patience_ends(self.hurried)).min()
    }

    /// Leaves a hook to itself that others have waited for long enough.
    pub(super) fn overdue(&mut self, now: Instant) -> Option<(Who, Run)> {
        let hurried = self.hurried;
        let overdue = |queue: &Queue| queue.patience_ends(hurried).is_some_and(|ends| ends <= now);
        let (who, queue) = self.queues.iter_mut().find(|(_, queue)| overdue(queue))?;
        queue.running.take().map(|run| (*who, run))
    }

    /// Whether no hook runs or waits.
    pub(super) fn are_idle(&self) -> bool {
        self.queues.is_empty()
    }

    /// Forgets everything: what runs, and what waits.
    pub(super) fn abandon(&mut self) -> (Vec<Run>, Vec<Hook>) {
        let (mut runs, mut hooks) = (Vec::new(), Vec::new());
        for queue in std::mem::take(&mut self.queues).into_values() {
            runs.extend(queue.running);
            hooks.extend(queue.waiting);
        }
        (runs, hooks)
    }
}

impl Queue {
    fn patience_ends(&self, hurried: Option<Instant>) -> Option<Instant> {
        let held_up = self.running.as_ref().filter(|_| !self.waiting.is_empty())?;
        let ends = held_up.since + PATIENCE;
        Some(hurried.map_or(ends, |hurried| ends.min(hurried.max(held_up.since) + HASTE)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::InstanceId;
    use crate::conf::model::RunAs;

    const WHO: Who = Who::Instance(InstanceId::new(0));

    fn hook(number: usize) -> Hook {
        let command = Command::new(vec!["/hook".into()], RunAs { uid: 0, gid: 0 }).unwrap();
        Hook { command, further: vec![number.to_string()], word: "MASTER" }
    }

    fn run(pid: i32, secs: u64) -> Run {
        Run { pid, since: Instant::ZERO + Span::from_secs(secs), name: String::new() }
    }

    fn number(hook: &Hook) -> usize {
        hook.further[0].parse().unwrap()
    }

    #[test]
    fn nothing_starts_while_something_runs() {
        let mut queues = Queues::default();
        queues.add(WHO, hook(1));
        queues.add(WHO, hook(2));
        assert_eq!(queues.next(WHO).as_ref().map(number), Some(1));
        queues.started(WHO, run(7, 0));
        assert!(queues.next(WHO).is_none());
        assert!(queues.ended(WHO, 8).is_none());
        assert_eq!(queues.ended(WHO, 7), Some(run(7, 0)));
        assert_eq!(queues.next(WHO).as_ref().map(number), Some(2));
        assert!(queues.next(WHO).is_none() && queues.are_idle());
    }

    #[test]
    fn instances_do_not_wait_for_each_other() {
        let mut queues = Queues::default();
        let other = Who::Instance(InstanceId::new(1));
        queues.add(WHO, hook(1));
        queues.add(other, hook(2));
        queues.next(WHO);
        queues.started(WHO, run(7, 0));
        assert_eq!(queues.next(other).as_ref().map(number), Some(2));
    }

    #[test]
    fn a_hook_that_nobody_waits_for_may_run_for_ever() {
        let mut queues = Queues::default();
        queues.started(WHO, run(7, 10));
        assert_eq!(queues.next_deadline(), None);
        queues.add(WHO, hook(1));
        let ends = Instant::ZERO + Span::from_secs(10) + PATIENCE;
        assert_eq!(queues.next_deadline(), Some(ends));
        assert_eq!(queues.overdue(ends - Span::from_micros(1)), None);
        assert_eq!(queues.overdue(ends), Some((WHO, run(7, 10))));
        assert_eq!(queues.overdue(ends), None);
        assert_eq!(queues.next(WHO).as_ref().map(number), Some(1));
        assert!(queues.ended(WHO, 7).is_none(), "its end changes nothing any more");
    }

    #[test]
    fn near_the_end_a_hook_that_hangs_does_not_keep_the_last_one_from_running() {
        let mut queues = Queues::default();
        let now = Instant::ZERO + Span::from_secs(100);
        queues.started(WHO, run(7, 99));
        queues.add(WHO, hook(1));
        queues.hurry(now);
        assert_eq!(queues.next_deadline(), Some(now + HASTE));
        assert_eq!(queues.overdue(now), None);
        assert_eq!(queues.overdue(now + HASTE), Some((WHO, run(7, 99))));
        assert_eq!(queues.next(WHO).as_ref().map(number), Some(1));
        queues.started(WHO, run(8, 101));
        queues.add(WHO, hook(2));
        assert_eq!(queues.next_deadline(), Some(Instant::ZERO + Span::from_secs(101) + HASTE));
    }

    #[test]
    fn of_too_many_the_oldest_is_forgotten() {
        let mut queues = Queues::default();
        queues.started(WHO, run(7, 0));
        assert!((0..LONGEST).all(|number| queues.add(WHO, hook(number)).is_none()));
        assert_eq!(queues.add(WHO, hook(LONGEST)).as_ref().map(number), Some(0));
    }

    proptest! {
        /// Whatever happens in whatever order: every hook runs once, in order, and never two at a time.
        #[test]
        fn every_hook_has_its_turn(events in prop::collection::vec(any::<bool>(), 1..100)) {
            let mut queues = Queues::default();
            let (mut added, mut begun, mut running) = (0, Vec::new(), None);
            for event in events.into_iter().chain([false; 120]) {
                if event {
                    queues.add(WHO, hook(added));
                    added += 1;
                } else if let Some(pid) = running.take() {
                    prop_assert!(queues.ended(WHO, pid).is_some());
                }
                if let Some(next) = queues.next(WHO) {
                    prop_assert_eq!(running, None);
                    let pid = 1000 + i32::try_from(begun.len()).unwrap();
                    begun.push(number(&next));
                    queues.started(WHO, run(pid, 0));
                    running = Some(pid);
                }
            }
            prop_assert!(queues.are_idle());
            prop_assert!(begun.is_sorted_by(|one, next| one < next), "{:?}", begun);
            prop_assert!(added > LONGEST || begun.len() == added, "{:?} of {}", begun, added);
        }
    }
}
