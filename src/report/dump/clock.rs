//! Moments of the core as people and programs read them.

use std::fmt;

use crate::base::calendar::LocalTime;
use crate::base::time::Instant;

const MICROS: u64 = 1_000_000;

/// What the wall clock shows at the moments of the monotonic clock.
#[derive(Clone, Copy)]
pub struct WallClock<'a> {
    /// A moment ...
    pub at: Instant,
    /// ... and the wall clock at that moment, in microseconds since 1970.
    pub micros: u64,
    /// The local time of a number of seconds since 1970.
    pub local: &'a dyn Fn(u64) -> LocalTime,
}

/// Seconds since 1970 with six decimals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seconds(u64);

impl WallClock<'_> {
    /// The moment in seconds; [`Instant::ZERO`] is never, which is 0.
    pub(super) fn seconds(&self, moment: Instant) -> Seconds {
        if moment == Instant::ZERO {
            return Seconds(0);
        }
        let later = moment.since(self.at).as_micros();
        let earlier = self.at.since(moment).as_micros();
        Seconds(self.micros.saturating_add(later).saturating_sub(earlier))
    }

    /// The moment in seconds, and as a date with a fraction.
    pub(super) fn both(&self, moment: Instant) -> String {
        let Seconds(micros) = self.seconds(moment);
        let date = (self.local)(micros / MICROS).to_string();
        let (head, year) = date.rsplit_once(' ').unwrap_or((&date, ""));
        format!("{} ({head}.{:06} {year})", Seconds(micros), micros % MICROS)
    }

    /// The same with the fraction at the end of the date.
    pub(super) fn checked(&self, moment: Instant) -> String {
        let Seconds(micros) = self.seconds(moment);
        let date = (self.local)(micros / MICROS);
        format!("{} ({date}.{:06})", Seconds(micros), micros % MICROS)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:06}", self.0 / MICROS, self.0 % MICROS)
    }
}
