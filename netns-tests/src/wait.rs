//! Deadlines. Nothing in the laboratory sleeps in order to be in step with something else.

use std::time::Duration;

use nix::poll::{PollTimeout, poll};

use crate::clock::Stamp;

/// How often a condition that nothing announces is looked at.
const STEP: Duration = Duration::from_millis(5);

/// Milliseconds, for the length of a deadline.
#[must_use]
pub const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Seconds, for the length of a deadline.
#[must_use]
pub const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Looks at `probe` until it yields something or `limit` has passed.
pub fn poll_until<T>(limit: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Stamp::now().plus(limit);
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if Stamp::now() >= deadline {
            return None;
        }
        pause(STEP);
    }
}

/// Lets `span` pass. Only for "nothing happens meanwhile" and for the step of [`poll_until`].
pub fn pause(span: Duration) {
    let end = Stamp::now().plus(span);
    loop {
        let left = end.since(Stamp::now());
        if left.is_zero() {
            return;
        }
        let timeout = PollTimeout::try_from(left.max(millis(1))).unwrap_or(PollTimeout::MAX);
        // A signal only shortens this round.
        poll(&mut [], timeout).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_comes_true_is_returned() {
        let mut calls = 0;
        let found = poll_until(secs(5), || {
            calls += 1;
            (calls == 3).then_some("there")
        });
        assert_eq!(found, Some("there"));
    }

    #[test]
    fn a_condition_that_never_comes_true_ends_at_the_deadline() {
        let start = Stamp::now();
        assert_eq!(poll_until(millis(30), || None::<()>), None);
        let took = Stamp::now().since(start);
        assert!(took >= millis(30) && took < secs(2), "{took:?}");
    }
}
