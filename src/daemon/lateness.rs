//! How late we wake up: a host that is too busy, or was asleep, makes elections go wrong, and this is what shows it.

use crate::base::time::{Instant, Span};

/// Later than this is worth a word.
const WORTH_SAYING: Span = Span::from_millis(10);
/// It is said again after this long.
const PAUSE: Span = Span::from_secs(60);

/// What has been late since it was last said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lateness {
    said: Option<Instant>,
    times: u32,
    worst: Span,
}

/// Something to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Late {
    /// How often, since it was last said.
    pub(super) times: u32,
    /// The worst of them.
    pub(super) worst: Span,
}

impl Lateness {
    /// Takes note of a deadline that was met at `now`; tells what has to be said.
    pub(super) fn met(&mut self, due: Instant, now: Instant) -> Option<Late> {
        let late = now.since(due);
        if late < WORTH_SAYING {
            return None;
        }
        self.times = self.times.saturating_add(1);
        self.worst = self.worst.max(late);
        if self.said.is_some_and(|said| now.since(said) < PAUSE) {
            return None;
        }
        let late = Late { times: self.times, worst: self.worst };
        *self = Lateness { said: Some(now), times: 0, worst: Span::ZERO };
        Some(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn a_little_late_is_not_worth_a_word() {
        assert_eq!(Lateness::default().met(at(100), at(109)), None);
        assert_eq!(Lateness::default().met(at(100), at(90)), None);
    }

    #[test]
    fn the_worst_of_a_minute_is_said_once() {
        let mut lateness = Lateness::default();
        assert_eq!(lateness.met(at(0), at(10)), Some(Late { times: 1, worst: Span::from_millis(10) }));
        assert_eq!(lateness.met(at(1000), at(1500)), None);
        assert_eq!(lateness.met(at(2000), at(2020)), None);
        let later = lateness.met(at(61_000), at(61_030));
        assert_eq!(later, Some(Late { times: 3, worst: Span::from_millis(500) }));
        assert_eq!(lateness.met(at(62_000), at(62_030)), None);
    }
}
