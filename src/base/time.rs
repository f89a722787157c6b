//! Monotonic time in whole microseconds.
//!
//! [`Instant`] is a point on the machine's monotonic clock, [`Span`] a length of time. Both are plain numbers that a
//! test can write down and print, and neither can be mixed up with seconds or centiseconds. All arithmetic saturates:
//! a timer too far away to represent is a timer that never fires.

use std::fmt;
use std::num::NonZeroU64;
use std::ops::{Add, AddAssign, Mul, Sub};

const MICROS_PER_MILLI: u64 = 1_000;
const MICROS_PER_CENTI: u64 = 10_000;
const MICROS_PER_SEC: u64 = 1_000_000;

/// A point in time: microseconds since an arbitrary origin that does not move while the process lives.
///
/// It is kept as one more than that, so that an `Option` of it takes no more room: instances have many.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(NonZeroU64);

/// A length of time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Instant {
    /// The origin of the clock.
    pub const ZERO: Instant = Instant(NonZeroU64::MIN);

    /// The point `micros` microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Instant {
        Instant(NonZeroU64::MIN.saturating_add(micros))
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0.get() - 1
    }

    /// How long after `earlier` this is; zero if it is not later.
    #[must_use]
    pub const fn since(self, earlier: Instant) -> Span {
        Span(self.0.get().saturating_sub(earlier.0.get()))
    }
}

impl Span {
    /// No time at all. In a configuration it often means "off".
    pub const ZERO: Span = Span(0);

    /// `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Span {
        Span(micros)
    }

    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Span {
        Span(millis.saturating_mul(MICROS_PER_MILLI))
    }

    /// `centis` centiseconds, the unit of the VRRPv3 interval (RFC 9568, 5.2.7).
    #[must_use]
    pub const fn from_centis(centis: u64) -> Span {
        Span(centis.saturating_mul(MICROS_PER_CENTI))
    }

    /// `secs` seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Span {
        Span(secs.saturating_mul(MICROS_PER_SEC))
    }

    /// Microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / MICROS_PER_MILLI
    }

    /// Whole centiseconds, rounded down.
    #[must_use]
    pub const fn as_centis(self) -> u64 {
        self.0 / MICROS_PER_CENTI
    }

    /// Whole seconds, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / MICROS_PER_SEC
    }

    /// Seconds with their fraction, for people and for dumps; never for arithmetic.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        std::time::Duration::from_micros(self.0).as_secs_f64()
    }

    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `numerator / denominator` of this span, rounded down; a zero denominator counts as one.
    #[must_use]
    pub fn fraction(self, numerator: u64, denominator: u64) -> Span {
        let product = u128::from(self.0) * u128::from(numerator);
        let quotient = product / u128::from(denominator.max(1));
        Span(u64::try_from(quotient).unwrap_or(u64::MAX))
    }
}

impl Default for Instant {
    fn default() -> Self {
        Instant::ZERO
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Instant({})", self.as_micros())
    }
}

impl Add<Span> for Instant {
    type Output = Instant;
    fn add(self, span: Span) -> Instant {
        Instant(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Instant {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for Instant {
    type Output = Instant;
    fn sub(self, span: Span) -> Instant {
        Instant::from_micros(self.as_micros().saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Mul<u64> for Span {
    type Output = Span;
    fn mul(self, times: u64) -> Span {
        Span(self.0.saturating_mul(times))
    }
}

impl From<Span> for std::time::Duration {
    fn from(span: Span) -> Self {
        Self::from_micros(span.0)
    }
}

/// Seconds with as many decimals as are needed: `1`, `0.01`, `3.609375`.
fn write_seconds(out: &mut fmt::Formatter<'_>, micros: u64) -> fmt::Result {
    let (secs, fraction) = (micros / MICROS_PER_SEC, micros % MICROS_PER_SEC);
    if fraction == 0 {
        return write!(out, "{secs}");
    }
    let digits = format!("{fraction:06}");
    write!(out, "{secs}.{}", digits.trim_end_matches('0'))
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(out, self.0)?;
        out.write_str("s")
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(out, self.as_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_print_as_seconds_without_trailing_zeros() {
        assert_eq!(Span::from_secs(1).to_string(), "1s");
        assert_eq!(Span::from_centis(1).to_string(), "0.01s");
        assert_eq!(Span::from_micros(3_609_375).to_string(), "3.609375s");
        assert_eq!(Instant::from_micros(1_500_000).to_string(), "1.5");
    }

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let far = Instant::from_micros(u64::MAX);
        assert_eq!(far + Span::from_secs(1), far);
        assert_eq!(Instant::ZERO - Span::from_secs(1), Instant::ZERO);
        assert_eq!(Instant::ZERO.since(far), Span::ZERO);
        assert_eq!(Instant::from_micros(7).as_micros(), 7);
        assert_eq!(Span::from_secs(u64::MAX), Span::from_micros(u64::MAX));
    }

    #[test]
    fn fractions_round_down_and_survive_large_spans() {
        assert_eq!(Span::from_secs(1).fraction(156, 256), Span::from_micros(609_375));
        assert_eq!(Span::from_micros(u64::MAX).fraction(2, 2), Span::from_micros(u64::MAX));
        assert_eq!(Span::from_secs(1).fraction(1, 0), Span::from_secs(1));
    }
}
