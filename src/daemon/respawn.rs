//! Whether and when a child that has ended is started again: a pure policy.

use std::collections::VecDeque;

use super::Exit;
use crate::base::time::{Instant, Span};
use crate::sys::script::Ended;

/// A child that lived this long did not die of how it began.
const SETTLED: Span = Span::from_secs(60);
/// The longest wait.
const LONGEST: Span = Span::from_secs(60);

/// So many children that left everything to their successors are started again at once...
const AT_ONCE: usize = 20;
/// ...within so long.
const WITHIN: Span = Span::from_secs(600);

/// What the deaths so far say.
#[derive(Clone, Debug, Default)]
pub struct Respawn {
    /// When children were started again at once, because their successors could go on.
    at_once: VecDeque<Instant>,
    /// Early deaths in a row.
    early: u32,
}

/// What is done about a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Start it again after this long.
    Restart(Span),
    /// It would die again: end with this status.
    GiveUp(Exit),
}

impl Respawn {
    /// Decides about a child that has `ended` unasked at `now` after it had `lived`. One that has `left` everything to its
    /// successor is replaced before anybody notices.
    pub fn decide(&mut self, now: Instant, ended: Ended, lived: Span, left: bool) -> Decision {
        if let Some(exit) = hopeless(ended) {
            return Decision::GiveUp(exit);
        }
        self.at_once.retain(|at| now.since(*at) < WITHIN);
        if left && self.at_once.len() < AT_ONCE {
            self.at_once.push_back(now);
            return Decision::Restart(Span::ZERO);
        }
        if lived >= SETTLED {
            self.early = 0;
        }
        let wait = match self.early {
            0 => Span::ZERO,
            early => Span::from_secs(1u64.checked_shl(early - 1).unwrap_or(u64::MAX)).min(LONGEST),
        };
        self.early = self.early.saturating_add(1).min(32);
        Decision::Restart(wait)
    }
}

/// The status to end with if nothing will be different next time.
const fn hopeless(ended: Ended) -> Option<Exit> {
    match ended {
        Ended::Exited(1) => Some(Exit::Fatal),
        Ended::Exited(2) => Some(Exit::Configuration),
        Ended::Exited(4) => Some(Exit::Permission),
        Ended::Exited(_) | Ended::Killed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRASH: Ended = Ended::Killed(11);

    fn waits(respawn: &mut Respawn, lived: Span, count: usize) -> Vec<u64> {
        let wait = |_| match respawn.decide(Instant::ZERO, CRASH, lived, false) {
            Decision::Restart(wait) => wait.as_secs(),
            Decision::GiveUp(exit) => panic!("{exit:?}"),
        };
        (0..count).map(wait).collect()
    }

    #[test]
    fn waits_grow_as_in_keepalived() {
        let mut respawn = Respawn::default();
        assert_eq!(waits(&mut respawn, Span::ZERO, 10), [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(waits(&mut respawn, Span::from_secs(59), 30), [60; 30]);
    }

    #[test]
    fn a_long_life_is_a_new_beginning() {
        let mut respawn = Respawn::default();
        waits(&mut respawn, Span::ZERO, 5);
        assert_eq!(waits(&mut respawn, Span::from_secs(60), 1), [0]);
        assert_eq!(waits(&mut respawn, Span::ZERO, 3), [1, 2, 4]);
    }

    #[test]
    fn twenty_in_ten_minutes_are_replaced_at_once() {
        let mut respawn = Respawn::default();
        let mut die = |secs| match respawn.decide(
            Instant::ZERO + Span::from_secs(secs),
            CRASH,
            Span::from_secs(1),
            true,
        ) {
            Decision::Restart(wait) => wait.as_secs(),
            Decision::GiveUp(exit) => panic!("{exit:?}"),
        };
        assert!((0..20).all(|secs| die(secs) == 0));
        assert_eq!([die(20), die(21), die(22), die(23)], [0, 1, 2, 4], "as in keepalived");
        assert_eq!([die(599), die(600), die(601)], [8, 0, 0], "the first two are forgotten");
        assert_eq!(die(601), 16);
    }

    #[test]
    fn what_will_not_change_is_not_tried_again() {
        for (status, exit) in [(1, Exit::Fatal), (2, Exit::Configuration), (4, Exit::Permission)] {
            let decision =
                Respawn::default().decide(Instant::ZERO, Ended::Exited(status), Span::from_secs(3600), true);
            assert_eq!(decision, Decision::GiveUp(exit));
        }
        for ended in [Ended::Exited(0), Ended::Exited(3), Ended::Exited(70), Ended::Killed(9)] {
            let decision = Respawn::default().decide(Instant::ZERO, ended, Span::ZERO, false);
            assert_eq!(decision, Decision::Restart(Span::ZERO));
        }
    }
}
