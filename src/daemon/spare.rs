//! Memory that only a burst needed: it goes back to the kernel once the burst is over.

use crate::base::room;
use crate::base::time::{Instant, Span};

/// How long nothing of the kind has happened before a burst is over: giving back takes most of a millisecond.
const QUIET: Span = Span::from_secs(1);

/// When to give back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spare {
    at: Option<Instant>,
}

impl Spare {
    /// So many entries wait at `now`.
    pub(super) fn waiting(&mut self, entries: usize, now: Instant) {
        if entries > room::USUAL {
            self.burst(now);
        }
    }

    /// Much was needed at `now`.
    pub(super) fn burst(&mut self, now: Instant) {
        self.at = Some(now + QUIET);
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.at
    }

    /// Whether it is time, and if so, not again before the next burst.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        self.at.take_if(|at| *at <= now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    #[test]
    fn a_burst_is_over_when_nothing_follows_it() {
        let mut spare = Spare::default();
        spare.waiting(room::USUAL + 1, at(100));
        spare.waiting(room::USUAL + 1, at(700));
        spare.waiting(1, at(800));
        assert_eq!(spare.next_deadline(), Some(at(1700)));
        assert!(!spare.is_due(at(1699)));
        assert!(spare.is_due(at(1700)));
        assert_eq!(spare.next_deadline(), None);
        assert!(!spare.is_due(at(1701)));
    }

    #[test]
    fn a_few_are_no_burst() {
        let mut spare = Spare::default();
        spare.waiting(room::USUAL, at(0));
        assert_eq!(spare.next_deadline(), None);
    }
}
