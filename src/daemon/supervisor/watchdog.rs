//! The watchdog of the service manager (`WatchdogSec=`, sd_watchdog_enabled(3)): it is fed only while the child answers,
//! so that a child that is stuck is noticed.

use std::ffi::OsStr;

use crate::base::time::{Instant, Span};

/// The variable with the time after which the manager acts, in microseconds.
pub(super) const VARIABLE: &str = "WATCHDOG_USEC";
/// The variable with the process that is meant, if only one is.
pub(super) const WHOSE: &str = "WATCHDOG_PID";

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Wait,
    /// Ask the child; or tell the manager at once if there is none.
    Ask,
    /// Ask the child again, and say that it has not answered for so long.
    AskAgain(Span),
}

/// How far the watchdog is; it does nothing if the manager does not want one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watchdog {
    every: Option<Span>,
    due: Option<Instant>,
    /// Since when the child owes an answer.
    asked: Option<Instant>,
    /// That has been said.
    complained: bool,
}

impl Watchdog {
    /// The one that the environment asks for. There are three questions in the time that it gives us.
    pub(super) fn of(usec: Option<&OsStr>, whose: Option<&OsStr>, ours: u32, now: Instant) -> Watchdog {
        let number = |text: &OsStr| text.to_str().and_then(|text| text.parse::<u64>().ok());
        let others = whose.is_some_and(|whose| number(whose) != Some(u64::from(ours)));
        let every = usec.and_then(number).filter(|usec| *usec > 0 && !others);
        let every = every.map(|usec| Span::from_micros((usec / 3).max(1)));
        Watchdog { every, due: every.map(|every| now + every), ..Watchdog::default() }
    }

    /// When [`step`](Self::step) has to be called.
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.due
    }

    /// What is due.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        let Some((every, due)) = self.every.zip(self.due) else { return Step::Wait };
        if due > now {
            return Step::Wait;
        }
        self.due = Some(now + every);
        match self.asked {
            Some(since) if !std::mem::replace(&mut self.complained, true) => Step::AskAgain(now.since(since)),
            Some(_) => Step::Wait,
            None => {
                self.asked = Some(now);
                Step::Ask
            }
        }
    }

    /// Whoever was asked is gone.
    pub(super) const fn forget(&mut self) {
        self.asked = None;
        self.complained = false;
    }

    /// The child has answered, or there is none that could. Tells for how long it did not, if that was complained of.
    pub(super) fn answered(&mut self, now: Instant) -> Option<Span> {
        let since = self.asked.take();
        let complained = std::mem::take(&mut self.complained);
        since.filter(|_| complained).map(|since| now.since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watchdog(usec: &str, whose: Option<&str>) -> Watchdog {
        Watchdog::of(Some(OsStr::new(usec)), whose.map(OsStr::new), 7, Instant::ZERO)
    }

    #[test]
    fn it_asks_thrice_in_its_time_and_complains_once() {
        let mut dog = watchdog("3000000", Some("7"));
        let at = |millis| Instant::ZERO + Span::from_millis(millis);
        assert_eq!(dog.step(at(999)), Step::Wait);
        assert_eq!(dog.step(at(1000)), Step::Ask);
        assert_eq!(dog.answered(at(1001)), None);
        assert_eq!(dog.next_deadline(), Some(at(2000)));
        assert_eq!(dog.step(at(2000)), Step::Ask);
        assert_eq!(dog.step(at(3000)), Step::AskAgain(Span::from_secs(1)));
        assert_eq!(dog.step(at(4000)), Step::Wait);
        assert_eq!(dog.answered(at(4500)), Some(Span::from_millis(2500)));
        assert_eq!(dog.step(at(5000)), Step::Ask);
        dog.forget();
        assert_eq!(dog.step(at(6000)), Step::Ask);
    }

    #[test]
    fn it_sleeps_unless_it_is_wanted_of_us() {
        for mut dog in [watchdog("3000000", Some("8")), watchdog("0", None), watchdog("soon", None)] {
            assert_eq!(dog.next_deadline(), None);
            assert_eq!(dog.step(Instant::ZERO + Span::from_secs(9)), Step::Wait);
        }
        assert!(watchdog("1", None).next_deadline().is_some());
    }
}
