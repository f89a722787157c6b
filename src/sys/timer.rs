//! The process's one timer: an absolute deadline on the monotonic clock, exact to some tens of microseconds.

use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

use super::watch::Watched;
use super::{Attempt, Error, clock};
use crate::base::time::Instant;

/// One timerfd.
#[derive(Debug)]
pub struct Timer {
    fd: Watched<TimerFd>,
    armed: Option<Instant>,
}

impl Timer {
    /// A timer that is not armed. Needs a runtime.
    ///
    /// # Errors
    /// If the kernel has no timer left to give.
    pub fn new() -> Result<Timer, Error> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let fd = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags).attempt("create", "a timer")?;
        let fd = Watched::new(fd).attempt("watch", "the timer")?;
        Ok(Timer { fd, armed: None })
    }

    /// Makes [`expired`](Self::expired) return at `at` at the latest.
    ///
    /// A deadline that moves later costs no system call: the timer stays armed for the earlier one, and whoever wakes
    /// too early arms again. A backup moves its deadline with every packet and seldom reaches it.
    ///
    /// # Errors
    /// If the kernel refuses, which it has no reason to.
    pub fn arm(&mut self, at: Option<Instant>) -> Result<(), Error> {
        let Some(at) = at else { return Ok(()) };
        if self.armed.is_some_and(|armed| armed <= at) {
            return Ok(());
        }
        // Zero would disarm.
        let time = clock::time_spec(at.max(Instant::from_micros(1)));
        let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME;
        self.fd.get().set(Expiration::OneShot(time), flags).attempt("arm", "the timer")?;
        self.armed = Some(at);
        Ok(())
    }

    /// Returns when the deadline last armed has passed. Losing the future loses nothing.
    ///
    /// # Errors
    /// If the runtime stops.
    pub async fn expired(&mut self) -> Result<(), Error> {
        // The descriptor is watched edge by edge: arming clears it, so it never needs to be read.
        self.fd.readable().await.attempt("wait for", "the timer")?;
        self.fd.exhausted();
        self.armed = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Span;
    use crate::sys::clock;
    use crate::sys::testing::block_on;

    #[test]
    fn expires_when_due_and_again_when_armed_again() {
        block_on(async {
            let mut timer = Timer::new().unwrap();
            for _ in 0..5 {
                let due = clock::now() + Span::from_millis(3);
                timer.arm(Some(due)).unwrap();
                timer.expired().await.unwrap();
                let late = clock::now().since(due);
                assert!(clock::now() >= due && late < Span::from_millis(500), "{late}");
            }
        });
    }

    #[test]
    fn a_deadline_of_the_past_expires_at_once_and_a_later_one_does_not_delay_it() {
        block_on(async {
            let mut timer = Timer::new().unwrap();
            timer.arm(Some(Instant::ZERO)).unwrap();
            timer.arm(Some(clock::now() + Span::from_secs(3600))).unwrap();
            timer.expired().await.unwrap();
        });
    }
}
