//! In which order the hooks of an instance or a group run: one at a time, none before its turn, none for ever.
//!
//! The rule for one queue:
//!
//! 1. Calls run one after the other, in the order of the changes that they tell of.
//! 2. A call whose turn comes later than [`FRESH`] after its change is left out if a newer one of the same [`Kind`] waits
//!    behind it. So while hooks are quick everything is told, and a storm of changes behind a slow hook collapses to the
//!    newest.
//! 3. The newest call of each kind, and those for STOP and DELETED, are never left out: whoever has hooks for MASTER
//!    and BACKUP alone hears of BACKUP also when FAULT has followed it.
//! 4. With `notify_timeout` a hook that runs longer is asked to end, and killed [`GRACE`] later. Without, it may run for
//!    ever, but others wait for it no longer than [`PATIENCE`]; then they run beside it.

use std::collections::{BTreeMap, VecDeque};

use crate::base::time::{Instant, Span};
use crate::conf::model::Command;
use crate::vrrp::event::{Heirs, Told, Who};

/// How late a call may be and still tell of what is over.
const FRESH: Span = Span::from_secs(1);
/// How long the next hook waits for one that does not end.
const PATIENCE: Span = Span::from_secs(60);
/// How long a hook that has been asked to end may take, and how long one that has been killed.
const GRACE: Span = Span::from_secs(2);
/// How long others still wait for a hook when the end is near.
const HASTE: Span = Span::from_millis(300);
/// How many calls of one queue may wait; beyond that one that is no longer true goes, however fresh.
const LONGEST: usize = 64;

/// A hook that has to be run.
#[derive(Debug)]
pub(super) struct Hook {
    /// What is run.
    pub(super) command: Command,
    /// With which further arguments.
    pub(super) further: Vec<String>,
    /// With which further variables in its environment.
    pub(super) variables: Vec<(&'static str, String)>,
    /// What it is told.
    pub(super) told: Told,
    /// Whether it is the one for all states (`notify`).
    pub(super) general: bool,
    /// When that happened.
    pub(super) since: Instant,
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

/// Something that is due for a hook that runs too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Ask it to end.
    Terminate { pid: i32, name: String },
    /// Kill it.
    Kill { pid: i32, name: String },
    /// Others do not wait for it any longer.
    Leave(Run),
}

/// Which calls may run now.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The call whose turn it is.
    pub(super) next: Option<Hook>,
    /// Those before it that are left out.
    pub(super) outdated: Vec<Hook>,
}

/// The hooks of everybody.
#[derive(Debug)]
pub(super) struct Queues {
    /// Of those that have any, which are few at any time.
    queues: BTreeMap<Who, Queue>,
    /// How long a hook may run.
    timeout: Option<Span>,
    /// Since when the end is near.
    hurried: Option<Instant>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Hook>,
    running: Option<(Run, Stage)>,
}

/// Calls of which the newest says everything that the others said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `notify`.
    General,
    /// `notify_master` and the others of a state.
    Specific,
    /// What happened in a state.
    Event(Told),
}

/// What has been done about a hook that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Undisturbed,
    Asked(Instant),
    Killed(Instant),
}

impl Queues {
    /// Nothing runs, and nothing may run longer than `timeout`.
    pub(super) fn new(timeout: Option<Span>) -> Queues {
        Queues { queues: BTreeMap::new(), timeout, hurried: None }
    }

    /// Puts a call at the end; gives back one that there is no room for any more.
    pub(super) fn add(&mut self, who: Who, hook: Hook) -> Option<Hook> {
        let queue = self.queues.entry(who).or_default();
        queue.waiting.push_back(hook);
        if queue.waiting.len() > LONGEST { queue.drop_outdated() } else { None }
    }

    /// Takes the hook whose turn it is, if no other runs, and those before it that are outdated.
    pub(super) fn next(&mut self, who: Who, now: Instant) -> Turn {
        let mut turn = Turn::default();
        let Some(queue) = self.queues.get_mut(&who).filter(|queue| queue.running.is_none()) else {
            return turn;
        };
        while let Some(hook) = queue.waiting.pop_front() {
            if now.since(hook.since) <= FRESH || !hook.is_outdated_by(queue.waiting.iter()) {
                turn.next = Some(hook);
                return turn;
            }
            turn.outdated.push(hook);
        }
        self.queues.remove(&who);
        turn
    }

    /// A hook has been started.
    pub(super) fn started(&mut self, who: Who, run: Run) {
        self.queues.entry(who).or_default().running = Some((run, Stage::Undisturbed));
    }

    /// A process has ended: the hook that it was, if others waited for it.
    pub(super) fn ended(&mut self, who: Who, pid: i32) -> Option<Run> {
        let running = self.queues.get_mut(&who)?.running.take_if(|(run, _)| run.pid == pid);
        running.map(|(run, _)| run)
    }

    /// The configuration changed: the hooks of those that it does not have are left to themselves, and what waited of
    /// them is handed back to be run at once.
    pub(super) fn adopt(&mut self, heirs: &Heirs, timeout: Option<Span>) -> Vec<Hook> {
        self.timeout = timeout;
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

    /// When something is due for a hook that runs too long.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.queues.values().filter_map(|queue| queue.deadline(self.timeout, self.hurried)).min()
    }

    /// What is due for a hook that runs too long.
    pub(super) fn due(&mut self, now: Instant) -> Option<(Who, Due)> {
        let Queues { queues, timeout, hurried } = self;
        let (timeout, hurried) = (*timeout, *hurried);
        let late = |queue: &Queue| queue.deadline(timeout, hurried).is_some_and(|at| at <= now);
        let (who, queue) = queues.iter_mut().find(|(_, queue)| late(queue))?;
        queue.act(now, timeout, hurried).map(|due| (*who, due))
    }

    /// Whether no hook runs or waits.
    pub(super) fn are_idle(&self) -> bool {
        self.queues.is_empty()
    }

    /// Forgets everything: what runs, and what waits.
    pub(super) fn abandon(&mut self) -> (Vec<Run>, Vec<Hook>) {
        let (mut runs, mut hooks) = (Vec::new(), Vec::new());
        for queue in std::mem::take(&mut self.queues).into_values() {
            runs.extend(queue.running.map(|(run, _)| run));
            hooks.extend(queue.waiting);
        }
        (runs, hooks)
    }
}

impl Hook {
    fn kind(&self) -> Kind {
        match self.told {
            Told::Master | Told::Backup | Told::Fault | Told::Stop | Told::Deleted if self.general => {
                Kind::General
            }
            Told::Master | Told::Backup | Told::Fault | Told::Stop | Told::Deleted => Kind::Specific,
            Told::MasterRxLowerPri | Told::MasterPriority | Told::BackupPriority => Kind::Event(self.told),
        }
    }

    /// Whether one of the later calls makes it superfluous.
    fn is_outdated_by<'a>(&self, mut later: impl Iterator<Item = &'a Hook>) -> bool {
        match (self.told, self.kind()) {
            (Told::Stop | Told::Deleted, _) => false,
            // What happened in a state is over with it.
            (_, Kind::Event(_)) => later.any(|later| later.kind() == self.kind() || later.told.is_state()),
            (_, Kind::General | Kind::Specific) => later.any(|later| later.kind() == self.kind()),
        }
    }
}

impl Queue {
    /// Takes out the oldest call that a later one makes superfluous.
    fn drop_outdated(&mut self) -> Option<Hook> {
        let outdated =
            |(position, hook): &(usize, &Hook)| hook.is_outdated_by(self.waiting.iter().skip(position + 1));
        let (position, _) = self.waiting.iter().enumerate().find(outdated)?;
        self.waiting.remove(position)
    }

    /// Until when others wait for the hook that runs.
    fn patience(&self, timeout: Option<Span>, hurried: Option<Instant>) -> Option<Instant> {
        let (run, stage) = self.running.as_ref().filter(|_| !self.waiting.is_empty())?;
        let ordinary = match (stage, timeout) {
            (Stage::Undisturbed, None) => Some(run.since + PATIENCE),
            (Stage::Undisturbed | Stage::Asked(_), _) => None,
            (Stage::Killed(at), _) => Some(*at + GRACE),
        };
        let hasty = hurried.map(|hurried| hurried.max(run.since) + HASTE);
        ordinary.into_iter().chain(hasty).min()
    }

    /// When the hook that runs is asked to end, or killed.
    fn intervention(&self, timeout: Option<Span>) -> Option<Instant> {
        let (run, stage) = self.running.as_ref()?;
        match stage {
            Stage::Undisturbed => timeout.map(|timeout| run.since + timeout),
            Stage::Asked(at) => Some(*at + GRACE),
            Stage::Killed(_) => None,
        }
    }

    fn deadline(&self, timeout: Option<Span>, hurried: Option<Instant>) -> Option<Instant> {
        [self.patience(timeout, hurried), self.intervention(timeout)].into_iter().flatten().min()
    }

    fn act(&mut self, now: Instant, timeout: Option<Span>, hurried: Option<Instant>) -> Option<Due> {
        if self.patience(timeout, hurried).is_some_and(|at| at <= now) {
            return self.running.take().map(|(run, _)| Due::Leave(run));
        }
        let (run, stage) = self.running.as_mut()?;
        let (pid, name) = (run.pid, run.name.clone());
        match stage {
            Stage::Undisturbed => {
                *stage = Stage::Asked(now);
                Some(Due::Terminate { pid, name })
            }
            Stage::Asked(_) => {
                *stage = Stage::Killed(now);
                Some(Due::Kill { pid, name })
            }
            Stage::Killed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
