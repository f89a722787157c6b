//! A script that is run again and again, and the verdict on what it checks (`vrrp_script`, keepalived.conf(5)).
//!
//! ```text
//!             interval is over                    timeout               2 s, then 2 s, then 10 s each
//!   Idle ───────────────────────► Running ──────────────────► Stopping ─────────────────────┐ again
//!    ▲          (Spawn)              │         (Terminate)        │ ▲          (Kill)       │
//!    └────────────── it ended ───────┴──────── it ended ──────────┘ └───────────────────────┘
//! ```
//!
//! There is never more than one run: what comes due meanwhile is skipped.

use crate::base::time::{Instant, Span};
use crate::conf::model::Script as Conf;
use crate::probe::Failure;

/// How long after being asked to end a script is killed, and how long after that again.
const KILL_AFTER: [Span; 3] = [Span::from_secs(2), Span::from_secs(2), Span::from_secs(10)];

/// What to do with a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptOp {
    /// Run it, in a process group of its own.
    Spawn,
    /// Ask its process group to end (SIGTERM).
    Terminate,
    /// End its process group (SIGKILL).
    Kill,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It exited with this status.
    Exited(i32),
    /// This signal ended it.
    Killed(i32),
    /// It could not be started; the error number says why.
    NotStarted(i32),
    /// It was a check without a process, and found nothing wrong.
    Passed,
    /// It was a check without a process, and found this wrong.
    Failed(Failure),
}

/// What a run showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It ended by itself, this way.
    Ended(Outcome),
    /// It had to be stopped, which is a failure whatever it said then.
    TimedOut,
}

impl Finding {
    /// Whether the run was a success.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Finding::Ended(Outcome::Exited(0) | Outcome::Passed))
    }
}

/// What the machine wants done or said when a deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Carry this out.
    Do(ScriptOp),
    /// A run was due while the last one had not ended.
    Skipped,
}

/// What the end of a run changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What the run showed.
    pub finding: Finding,
    /// Whether that differs from what the run before showed; the first is expected to succeed.
    pub news: bool,
    /// The new verdict, if it changed.
    pub turned: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Running { timeout: Instant },
    Stopping { kill: Instant, kills: usize },
}

/// The state of one script.
#[derive(Clone, Debug)]
pub struct Script {
    phase: Phase,
    /// When the next run is due; `None` before the first and after the last.
    next_run: Option<Instant>,
    /// How much later than the interval the second run is due.
    shift: Span,
    /// What it checks is well; `None` until the first run has ended.
    good: Option<bool>,
    /// Runs in a row that speak against the verdict.
    against: u32,
    /// What the last run showed.
    last: Option<Finding>,
}

impl Script {
    /// A script that has not been run.
    #[must_use]
    pub const fn new() -> Script {
        Script { phase: Phase::Idle, next_run: None, shift: Span::ZERO, good: None, against: 0, last: None }
    }

    /// Begins: the first run is due at `at`, the second one `shift` later than the interval says, and all others in their
    /// distance from that. Scripts of different shifts do not all begin at the same moment.
    pub fn start(&mut self, at: Instant, shift: Span) {
        self.next_run = Some(at);
        self.shift = shift;
    }

    /// The next run is due at `at` at the latest, because its interval became shorter.
    pub fn hasten(&mut self, at: Instant) {
        self.next_run = self.next_run.map(|next| next.min(at));
    }

    /// Ends: no more runs. Tells whether one is under way and has to be stopped.
    pub fn stop(&mut self) -> bool {
        self.next_run = None;
        self.phase != Phase::Idle
    }

    /// The verdict; `None` until the first run has ended.
    #[must_use]
    pub const fn good(&self) -> Option<bool> {
        self.good
    }

    /// Runs in a row that speak against the verdict.
    #[must_use]
    pub const fn against(&self) -> u32 {
        self.against
    }

    /// Whether a run is under way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// When something is to be done next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let stop = match self.phase {
            Phase::Idle => None,
            Phase::Running { timeout } => Some(timeout),
            Phase::Stopping { kill, .. } => Some(kill),
        };
        self.next_run.into_iter().chain(stop).min()
    }

    /// What is due at `now`, if anything; call again until nothing is.
    pub fn expire(&mut self, now: Instant, conf: &Conf) -> Option<Due> {
        match &mut self.phase {
            Phase::Running { timeout } if *timeout <= now => {
                self.phase = Phase::Stopping { kill: now + KILL_AFTER[0], kills: 0 };
                return Some(Due::Do(ScriptOp::Terminate));
            }
            Phase::Stopping { kill, kills } if *kill <= now => {
                *kills += 1;
                let [.., last] = KILL_AFTER;
                *kill = now + KILL_AFTER.get(*kills).copied().unwrap_or(last);
                return Some(Due::Do(ScriptOp::Kill));
            }
            Phase::Idle | Phase::Running { .. } | Phase::Stopping { .. } => {}
        }
        self.next_run.filter(|due| *due <= now).map(|due| self.run(now, due, conf))
    }

    /// A run is due. The next one is counted from when this one was due, not from when we got to it.
    fn run(&mut self, now: Instant, due: Instant, conf: &Conf) -> Due {
        let mut next = due + conf.interval + std::mem::replace(&mut self.shift, Span::ZERO);
        if next <= now {
            // Those that were missed stay out, and the others keep their distance from the scripts next to them.
            let late = now.since(next).as_micros() / conf.interval.as_micros().max(1);
            next += conf.interval * (late + 1);
        }
        self.next_run = Some(next);
        if self.phase != Phase::Idle {
            return Due::Skipped;
        }
        self.phase = Phase::Running { timeout: now + conf.timeout };
        Due::Do(ScriptOp::Spawn)
    }

    /// The run has ended; `None` if there was none.
    pub fn ended(&mut self, outcome: Outcome, conf: &Conf) -> Option<Ended> {
        let finding = match self.phase {
            Phase::Idle => return None,
            Phase::Running { .. } => Finding::Ended(outcome),
            Phase::Stopping { .. } => Finding::TimedOut,
        };
        self.phase = Phase::Idle;
        let news = match self.last.replace(finding) {
            Some(last) => last != finding,
            None => !finding.is_success(),
        };
        Some(Ended { finding, news, turned: self.judge(finding.is_success(), conf) })
    }

    /// Counts a run; tells the new verdict if it changed. The very first run decides alone.
    fn judge(&mut self, success: bool, conf: &Conf) -> Option<bool> {
        if self.good == Some(success) {
            self.against = 0;
            return None;
        }
        self.against += 1;
        let enough = if success { conf.rise } else { conf.fall };
        if self.good.is_some() && self.against < enough {
            return None;
        }
        self.against = 0;
        self.good = Some(success);
        Some(success)
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
