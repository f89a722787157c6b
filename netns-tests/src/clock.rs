//! The one clock of the laboratory.
//!
//! The kernel stamps captured packets with the wall clock; everything else here is stamped with
//! CLOCK_MONOTONIC. Packet stamps are moved to the monotonic clock when they are read, so that all of a
//! timeline can be subtracted.

use std::fmt;
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::time::ClockId;

/// A moment on CLOCK_MONOTONIC, with nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(Duration);

impl Stamp {
    /// The present moment.
    #[must_use]
    pub fn now() -> Self {
        Self(read(ClockId::CLOCK_MONOTONIC))
    }

    /// A kernel stamp of CLOCK_REALTIME, as SO_TIMESTAMPNS gives it, moved to this clock.
    ///
    /// The distance of the two clocks is sampled now; a step of the wall clock between the arrival of the
    /// packet and this call would falsify the one packet.
    #[must_use]
    pub fn from_realtime(wall: TimeSpec) -> Self {
        let before = read(ClockId::CLOCK_MONOTONIC);
        let wall_now = read(ClockId::CLOCK_REALTIME);
        let after = read(ClockId::CLOCK_MONOTONIC);
        let age = wall_now.saturating_sub(Duration::from(wall));
        Self((before + (after - before) / 2).saturating_sub(age))
    }

    /// How long after `earlier` this moment is; zero if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The reading of the clock, which Linux starts at boot.
    #[must_use]
    pub fn since_boot(self) -> Duration {
        self.0
    }

    /// The moment `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0 + span)
    }

    /// The moment `span` earlier, no earlier than the start of the clock.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0.as_secs(), self.0.subsec_micros())
    }
}

#[expect(clippy::expect_used, reason = "Linux has both clocks, and the call has no other error")]
fn read(clock: ClockId) -> Duration {
    Duration::from(clock.now().expect("clock_gettime"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_stamp_lands_on_the_monotonic_clock() {
        let before = Stamp::now();
        let wall = ClockId::CLOCK_REALTIME.now().unwrap();
        let moved = Stamp::from_realtime(wall);
        let after = Stamp::now();
        let slack = Duration::from_micros(200);
        assert!(moved.plus(slack) >= before && moved <= after.plus(slack), "{before} {moved} {after}");
    }

    #[test]
    fn an_earlier_moment_is_not_after_a_later_one() {
        let now = Stamp::now();
        assert_eq!(now.since(now.plus(Duration::from_secs(1))), Duration::ZERO);
        assert_eq!(now.plus(Duration::from_secs(1)).since(now), Duration::from_secs(1));
    }
}
