//! Whether and when a child that has ended is started again: a pure policy.

use super::Exit;
use crate::base::time::Span;
use crate::sys::script::Ended;

/// A child that lived this long did not die of how it began.
const SETTLED: Span = Span::from_secs(60);
/// The longest wait.
const LONGEST: Span = Span::from_secs(60);

/// What the deaths so far say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Respawn {
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
    /// Decides about a child that has `ended` unasked after it had `lived`.
    pub fn decide(&mut self, ended: Ended, lived: Span) -> Decision {
        if let Some(exit) = hopeless(ended) {
            return Decision::GiveUp(exit);
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
        let wait = |_| match respawn.decide(CRASH, lived) {
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
    fn what_will_not_change_is_not_tried_again() {
        for (status, exit) in [(1, Exit::Fatal), (2, Exit::Configuration), (4, Exit::Permission)] {
            let decision = Respawn::default().decide(Ended::Exited(status), Span::from_secs(3600));
            assert_eq!(decision, Decision::GiveUp(exit));
        }
        for ended in [Ended::Exited(0), Ended::Exited(3), Ended::Exited(70), Ended::Killed(9)] {
            assert_eq!(Respawn::default().decide(ended, Span::ZERO), Decision::Restart(Span::ZERO));
        }
    }
}
