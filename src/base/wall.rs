//! Wall-clock time, for what is compared with the clocks of other hosts. Everything else goes by
//! [`Instant`].

use super::time::Instant;

/// A point in time that all hosts agree on as far as their clocks do: microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(u64);

impl WallTime {
    /// The point `micros` microseconds after the beginning of 1970.
    #[must_use]
    pub const fn from_micros(micros: u64) -> WallTime {
        WallTime(micros)
    }

    /// Microseconds since the beginning of 1970.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }
}

/// How the wall clock of this host stands to its monotonic one. It stays true until somebody sets the wall clock: a
/// clock that is only slowed down or sped up takes the monotonic one with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WallClock {
    read_at: Instant,
    shown: WallTime,
}

impl WallClock {
    /// The clock that showed `shown` at `read_at`.
    #[must_use]
    pub const fn new(read_at: Instant, shown: WallTime) -> WallClock {
        WallClock { read_at, shown }
    }

    /// What it shows at `now`.
    #[must_use]
    pub const fn show(self, now: Instant) -> WallTime {
        WallTime(self.shown.0.saturating_add(now.since(self.read_at).as_micros()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Span;

    #[test]
    fn the_wall_clock_goes_as_fast_as_the_monotonic_one() {
        let read_at = Instant::from_micros(7);
        let clock = WallClock::new(read_at, WallTime::from_micros(1_000));
        assert_eq!(clock.show(read_at + Span::from_micros(20)), WallTime::from_micros(1_020));
        assert_eq!(clock.show(Instant::ZERO), WallTime::from_micros(1_000));
    }
}
