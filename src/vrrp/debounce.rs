//! Interfaces whose ups and downs have to last before they count (`interface_up_down_delays`, keepalived.conf(5)).

use std::collections::{BTreeMap, BTreeSet};

use crate::base::id::{IfIndex, IfName};
use crate::base::time::{Instant, Span};
use crate::conf::model::LinkSettings;

/// How long a change of a link has to last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Delays {
    pub(super) down: Span,
    pub(super) up: Span,
}

impl Delays {
    /// Those of an interface.
    pub(super) fn of(name: IfName, links: &LinkSettings) -> Delays {
        let said = links.delays.iter().find(|(interface, ..)| *interface == name);
        said.map_or_else(Delays::default, |(_, down, up)| Delays { down: *down, up: *up })
    }
}

/// What follows from the state that the kernel reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// It counts at once, or nothing has changed.
    Now,
    /// It will count then, unless it changes back; it is news that it has to wait.
    Later(Span),
    /// It waits already.
    Waits,
}

/// Changes that have to last.
#[derive(Debug, Default)]
pub(super) struct Debounce {
    waiting: BTreeMap<IfIndex, (bool, Instant)>,
    /// Interfaces that have carried traffic: the first time counts at once.
    known: BTreeSet<IfIndex>,
}

impl Debounce {
    /// The kernel says whether an interface runs; `counted` is what has counted so far, if it was there at all.
    pub(super) fn reported(
        &mut self,
        now: Instant,
        index: IfIndex,
        counted: Option<bool>,
        running: bool,
        delays: Delays,
    ) -> Counts {
        let first = running && self.known.insert(index);
        let delay = if running { delays.up } else { delays.down };
        if counted.is_none_or(|counted| counted == running) || first || delay.is_zero() {
            self.waiting.remove(&index);
            return Counts::Now;
        }
        if self.waiting.get(&index).is_some_and(|(to, _)| *to == running) {
            return Counts::Waits;
        }
        self.waiting.insert(index, (running, now + delay));
        Counts::Later(delay)
    }

    /// These carry traffic when we begin.
    pub(super) fn begin(&mut self, running: impl Iterator<Item = IfIndex>) {
        self.known.extend(running);
    }

    /// An interface is gone.
    pub(super) fn forget(&mut self, index: IfIndex) {
        self.waiting.remove(&index);
        self.known.remove(&index);
    }

    /// What waits counts at once.
    pub(super) fn hurry(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.values().map(|(_, at)| *at).min()
    }

    /// The next change that has lasted long enough.
    pub(super) fn expire(&mut self, now: Instant) -> Option<(IfIndex, bool)> {
        let (&index, &(running, _)) = self.waiting.iter().find(|(_, (_, at))| *at <= now)?;
        self.waiting.remove(&index);
        Some((index, running))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETH0: IfIndex = IfIndex::new(2);
    const DELAYS: Delays = Delays { down: Span::from_millis(1500), up: Span::from_millis(700) };

    fn at(millis: u64) -> Instant {
        Instant::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn what_does_not_last_never_counts() {
        let mut debounce = Debounce::default();
        debounce.begin([ETH0].into_iter());
        assert_eq!(debounce.reported(at(0), ETH0, Some(true), false, DELAYS), Counts::Later(DELAYS.down));
        assert_eq!(debounce.reported(at(400), ETH0, Some(true), false, DELAYS), Counts::Waits);
        assert_eq!(debounce.next_deadline(), Some(at(1500)));
        assert_eq!(debounce.reported(at(1499), ETH0, Some(true), true, DELAYS), Counts::Now);
        assert_eq!((debounce.next_deadline(), debounce.expire(at(9000))), (None, None));
    }

    #[test]
    fn what_lasts_counts_after_its_delay() {
        let mut debounce = Debounce::default();
        debounce.begin([ETH0].into_iter());
        let _ = debounce.reported(at(0), ETH0, Some(true), false, DELAYS);
        assert_eq!(debounce.expire(at(1499)), None);
        assert_eq!(debounce.expire(at(1500)), Some((ETH0, false)));
        assert_eq!(debounce.reported(at(2000), ETH0, Some(false), true, DELAYS), Counts::Later(DELAYS.up));
        assert_eq!(debounce.expire(at(2700)), Some((ETH0, true)));
    }

    #[test]
    fn the_first_up_counts_at_once() {
        let mut debounce = Debounce::default();
        assert_eq!(debounce.reported(at(0), ETH0, None, false, DELAYS), Counts::Now);
        assert_eq!(debounce.reported(at(1), ETH0, Some(false), true, DELAYS), Counts::Now);
        debounce.forget(ETH0);
        assert_eq!(debounce.reported(at(2), ETH0, Some(false), true, DELAYS), Counts::Now);
    }
}
