//! Complaints that would otherwise be made a hundred times a second.

use std::collections::BTreeMap;

use crate::base::time::{Instant, Span};

/// The same complaint is made again after this long.
const PAUSE: Span = Span::from_secs(60);

/// What was complained about, and when.
#[derive(Debug)]
pub(super) struct Complaints<K> {
    made: BTreeMap<K, Made>,
}

#[derive(Debug)]
struct Made {
    at: Instant,
    since: u64,
}

impl<K: Ord> Complaints<K> {
    pub(super) const fn new() -> Complaints<K> {
        Complaints { made: BTreeMap::new() }
    }

    /// Whether it is time to complain about this, and how often there was reason to since the last time.
    pub(super) fn is_due(&mut self, about: K, now: Instant) -> Option<u64> {
        match self.made.get_mut(&about) {
            Some(made) if now.since(made.at) < PAUSE => {
                made.since += 1;
                None
            }
            Some(made) => {
                made.at = now;
                Some(std::mem::take(&mut made.since))
            }
            None => {
                self.made.insert(about, Made { at: now, since: 0 });
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_complaint_is_made_once_a_minute() {
        let at = |secs| Instant::ZERO + Span::from_secs(secs);
        let mut complaints = Complaints::new();
        assert_eq!(complaints.is_due("a", at(1)), Some(0));
        assert_eq!(complaints.is_due("a", at(2)), None);
        assert_eq!(complaints.is_due("b", at(2)), Some(0));
        assert_eq!(complaints.is_due("a", at(60)), None);
        assert_eq!(complaints.is_due("a", at(61)), Some(2));
    }
}
