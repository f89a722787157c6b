//! The only clock: monotonic time for decisions, wall-clock time for people and for the kernel's packet stamps.

use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep};

use crate::base::calendar::LocalTime;
use crate::base::time::{Instant, Span};
use crate::base::wall::WallTime;

/// The present on CLOCK_MONOTONIC, which no step of the wall clock moves.
#[must_use]
pub fn now() -> Instant {
    Instant::from_micros(micros(read(ClockId::CLOCK_MONOTONIC)))
}

/// Lets the thread sleep until `at`, or until a signal arrives. Nothing else happens meanwhile, so that is for less than a
/// millisecond.
pub fn sleep_until(at: Instant) {
    let flags = ClockNanosleepFlags::TIMER_ABSTIME;
    // A sleep that a signal ends is short, which is as good.
    let _ = clock_nanosleep(ClockId::CLOCK_MONOTONIC, flags, &time_spec(at));
}

/// How long the host has been running, with the time that it was asleep.
#[must_use]
pub fn uptime() -> Span {
    Span::from_micros(micros(read(ClockId::CLOCK_BOOTTIME)))
}

/// When a packet with this wall-clock stamp arrived, on the monotonic clock, if that was not after `now`.
///
/// The two clocks are compared at this moment: a step of the wall clock since the arrival moves the result, but never
/// beyond `now`.
#[must_use]
pub(super) fn monotonic(stamp: TimeSpec, now: Instant) -> Instant {
    let wall = micros(read(ClockId::CLOCK_REALTIME));
    now - Span::from_micros(wall.saturating_sub(micros(stamp)))
}

/// The wall clock, in microseconds since 1970; for people and files only.
#[must_use]
pub fn wall() -> u64 {
    micros(read(ClockId::CLOCK_REALTIME))
}

/// How the wall clock stands to the monotonic one.
#[must_use]
pub fn wall_time() -> WallTime {
    WallTime::from_micros(wall())
}

/// The wall clock in the local time zone.
#[must_use]
pub fn local_time() -> LocalTime {
    broken_down(read(ClockId::CLOCK_REALTIME).tv_sec())
}

/// The wall clock in the local time zone, and the nanoseconds of the second.
#[must_use]
pub fn precise_local_time() -> (LocalTime, u32) {
    let now = read(ClockId::CLOCK_REALTIME);
    (broken_down(now.tv_sec()), u32::try_from(now.tv_nsec()).unwrap_or_default())
}

/// A number of seconds since 1970 in the local time zone.
#[must_use]
pub fn local_time_at(seconds: u64) -> LocalTime {
    broken_down(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn broken_down(seconds: libc::time_t) -> LocalTime {
    let mut broken_down = std::mem::MaybeUninit::<libc::tm>::uninit();
    #[expect(unsafe_code, reason = "neither std nor nix knows time zones")]
    // SAFETY: `seconds` and the buffer live through the call, which fills the buffer unless it returns null.
    let tm = unsafe {
        if libc::localtime_r(&raw const seconds, broken_down.as_mut_ptr()).is_null() {
            None
        } else {
            Some(broken_down.assume_init())
        }
    };
    let field = |value: libc::c_int| u8::try_from(value).unwrap_or_default();
    match tm {
        Some(tm) => LocalTime {
            year: tm.tm_year.saturating_add(1900),
            month: field(tm.tm_mon),
            day: field(tm.tm_mday),
            weekday: field(tm.tm_wday),
            hour: field(tm.tm_hour),
            minute: field(tm.tm_min),
            second: field(tm.tm_sec),
            offset: i32::try_from(tm.tm_gmtoff).unwrap_or_default(),
        },
        // Only a year beyond the range of `int` gets here.
        None => {
            LocalTime { year: 1970, month: 0, day: 1, weekday: 4, hour: 0, minute: 0, second: 0, offset: 0 }
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "Linux has had both clocks since 2.6; without a clock nothing can be decided"
)]
fn read(clock: ClockId) -> TimeSpec {
    clock_gettime(clock).expect("the kernel has monotonic and real-time clocks")
}

/// A moment of the monotonic clock, for the kernel.
pub(super) fn time_spec(at: Instant) -> TimeSpec {
    let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
    TimeSpec::new(micros / 1_000_000, micros % 1_000_000 * 1_000)
}

fn micros(time: TimeSpec) -> u64 {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
    let nanos = u64::try_from(time.tv_nsec()).unwrap_or_default();
    seconds.saturating_mul(1_000_000).saturating_add(nanos / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_the_past_stay_in_the_past_and_stamps_of_the_future_become_now() {
        let now = now();
        let wall = read(ClockId::CLOCK_REALTIME);
        let second_ago = TimeSpec::new(wall.tv_sec() - 1, wall.tv_nsec());
        let age = now.since(monotonic(second_ago, now));
        assert!((Span::from_millis(999)..Span::from_millis(1500)).contains(&age), "{age}");
        let ahead = TimeSpec::new(wall.tv_sec() + 3600, 0);
        assert_eq!(monotonic(ahead, now), now);
    }

    #[test]
    fn a_sleep_lasts_until_its_end_and_one_that_ended_takes_no_time() {
        let end = now() + Span::from_millis(2);
        sleep_until(end);
        assert!(now() >= end);
        sleep_until(Instant::ZERO);
    }

    #[test]
    fn the_clock_does_not_stand_still_or_run_back() {
        let first = now();
        while now() == first {}
        assert!(now() > first);
    }
}
