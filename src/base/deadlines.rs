//! A queue of absolute deadlines, one per key, in which moving a deadline later costs nothing.
//!
//! A backup moves its deadline with every advertisement it hears, so that is the cheap case: the entry stays where it
//! is in the heap and is put back with its true time when it surfaces.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::table::Key;
use super::time::Instant;

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// When this key is due, if it is.
    due: Option<Instant>,
    /// The earliest entry of this key in the heap.
    queued: Option<Instant>,
}

/// Deadlines by key.
#[derive(Clone, Debug)]
pub struct Deadlines<K> {
    slots: Vec<Slot>,
    heap: BinaryHeap<Reverse<(Instant, K)>>,
}

impl<K: Key + Ord> Deadlines<K> {
    /// No deadlines.
    #[must_use]
    pub const fn new() -> Deadlines<K> {
        Deadlines { slots: Vec::new(), heap: BinaryHeap::new() }
    }

    /// Sets the deadline of `key`, in place of the one it had; `None` disarms it.
    pub fn set(&mut self, key: K, due: Option<Instant>) {
        let position = key.position();
        if position >= self.slots.len() {
            if due.is_none() {
                return;
            }
            self.slots.resize(position + 1, Slot::default());
        }
        let Some(slot) = self.slots.get_mut(position) else { return };
        slot.due = due;
        let Some(due) = due else { return };
        if slot.queued.is_none_or(|queued| queued > due) {
            slot.queued = Some(due);
            self.heap.push(Reverse((due, key)));
        }
    }

    /// The deadline of `key`.
    #[must_use]
    pub fn get(&self, key: K) -> Option<Instant> {
        self.slots.get(key.position()).and_then(|slot| slot.due)
    }

    /// The earliest deadline.
    pub fn earliest(&mut self) -> Option<Instant> {
        self.surface().map(|(due, _)| due)
    }

    /// Takes the earliest deadline that is not later than `now`, disarming its key.
    pub fn pop(&mut self, now: Instant) -> Option<(Instant, K)> {
        let (due, key) = self.surface()?;
        if due > now {
            return None;
        }
        self.heap.pop();
        if let Some(slot) = self.slots.get_mut(key.position()) {
            *slot = Slot::default();
        }
        Some((due, key))
    }

    /// Brings a true deadline to the top of the heap: stale entries go, moved ones are put back where they belong.
    fn surface(&mut self) -> Option<(Instant, K)> {
        while let Some(&Reverse((at, key))) = self.heap.peek() {
            let slot = self.slots.get_mut(key.position())?;
            if slot.queued != Some(at) {
                self.heap.pop();
                continue;
            }
            match slot.due {
                Some(due) if due == at => return Some((due, key)),
                Some(due) => {
                    slot.queued = Some(due);
                    self.heap.pop();
                    self.heap.push(Reverse((due, key)));
                }
                None => {
                    slot.queued = None;
                    self.heap.pop();
                }
            }
        }
        None
    }
}

impl<K: Key + Ord> Default for Deadlines<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::base::id::InstanceId;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn a_deadline_moved_later_fires_once_at_its_new_time() {
        let mut queue = Deadlines::new();
        let key = InstanceId::new(3);
        queue.set(key, Some(at(10)));
        queue.set(key, Some(at(30)));
        assert_eq!(queue.earliest(), Some(at(30)));
        assert_eq!(queue.pop(at(29)), None);
        assert_eq!(queue.pop(at(30)), Some((at(30), key)));
        assert_eq!(queue.pop(at(99)), None);
    }

    #[test]
    fn a_deadline_moved_earlier_fires_early_and_only_once() {
        let mut queue = Deadlines::new();
        let key = InstanceId::new(0);
        queue.set(key, Some(at(30)));
        queue.set(key, Some(at(10)));
        assert_eq!(queue.pop(at(10)), Some((at(10), key)));
        assert_eq!(queue.earliest(), None);
    }

    #[test]
    fn moving_later_leaves_the_heap_alone() {
        let mut queue = Deadlines::new();
        for micros in 1..1000 {
            queue.set(InstanceId::new(0), Some(at(micros)));
        }
        assert_eq!(queue.heap.len(), 1);
    }

    proptest! {
        /// Against the obvious implementation: a map of deadlines.
        #[test]
        fn behaves_as_a_map(ops in prop::collection::vec((0u16..6, prop::option::of(0u64..50), 0u64..50), 1..200)) {
            let mut queue = Deadlines::new();
            let mut model: BTreeMap<InstanceId, Instant> = BTreeMap::new();
            for (key, due, now) in ops {
                let key = InstanceId::new(key);
                queue.set(key, due.map(at));
                match due {
                    Some(due) => { model.insert(key, at(due)); }
                    None => { model.remove(&key); }
                }
                prop_assert_eq!(queue.earliest(), model.values().min().copied());
                if let Some((due, key)) = queue.pop(at(now)) {
                    prop_assert!(due <= at(now));
                    prop_assert_eq!(model.values().min().copied(), Some(due));
                    prop_assert_eq!(model.remove(&key), Some(due));
                } else {
                    prop_assert!(model.values().all(|due| *due > at(now)));
                }
            }
        }
    }
}
