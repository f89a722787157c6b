//! Tells when somebody sets the wall clock, and when the host wakes up from sleep.

use std::io;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

use super::watch::Watched;
use super::{Attempt, Error};

/// A timer that is never due, which the kernel cancels when the wall clock makes a step (timerfd_create(2)).
#[derive(Debug)]
pub struct WallWatch {
    fd: Watched<TimerFd>,
}

impl WallWatch {
    /// Watches from now on. Needs a runtime.
    ///
    /// # Errors
    /// If the kernel has no timer left to give.
    pub fn open() -> Result<WallWatch, Error> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let fd = TimerFd::new(ClockId::CLOCK_REALTIME, flags).attempt("watch", "the wall clock")?;
        arm(&fd)?;
        Ok(WallWatch { fd: Watched::new(fd).attempt("watch", "the wall clock")? })
    }

    /// Returns when the wall clock has been set. Losing the future loses nothing.
    ///
    /// # Errors
    /// If the runtime stops.
    pub async fn set(&mut self) -> Result<(), Error> {
        // A timer that has been cancelled counts as read, one that is still armed as not ready.
        let cancelled = self.fd.read(|fd| fd.wait().map_err(io::Error::from)).await;
        cancelled.attempt("watch", "the wall clock")?;
        arm(self.fd.get())
    }
}

fn arm(fd: &TimerFd) -> Result<(), Error> {
    let never = Expiration::OneShot(TimeSpec::new(i64::from(i32::MAX) * 4, 0));
    let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
    fd.set(never, flags).attempt("watch", "the wall clock")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sys::testing::block_on;

    /// Sets the clock by so many nanoseconds, which nobody else notices; `false` if we may not.
    fn step(nanos: i64) -> bool {
        #[expect(unsafe_code, reason = "nix does not have adjtimex")]
        // SAFETY: all zeros is a value of this plain structure, and the call reads and fills it while it lives.
        unsafe {
            let mut change: libc::timex = std::mem::zeroed();
            change.modes = libc::ADJ_SETOFFSET | libc::ADJ_NANO;
            change.time.tv_usec = nanos;
            libc::adjtimex(&raw mut change) >= 0
        }
    }

    #[test]
    fn a_step_of_the_clock_is_noticed_each_time_and_nothing_else_is() {
        block_on(async {
            let mut watch = WallWatch::open().unwrap();
            let quiet = tokio::time::timeout(Duration::from_millis(30), watch.set());
            assert!(quiet.await.is_err(), "nobody has set the clock");
            for nanos in [1, 1, 1] {
                if !step(nanos) {
                    // Only who may set the clock can see it happen.
                    return;
                }
                let noticed = tokio::time::timeout(Duration::from_secs(5), watch.set());
                noticed.await.expect("the clock was set").unwrap();
            }
            assert!(step(0));
        });
    }
}
