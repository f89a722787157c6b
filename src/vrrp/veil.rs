//! What has to be hidden, and on whose behalf: several instances may hide the same.

use std::collections::BTreeMap;

use super::event::Hidden;
use crate::base::id::InstanceId;

/// Why an instance has something to hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Its addresses are there and accept no packets.
    Addresses,
    /// It has MAC-VLANs.
    Reports,
}

/// What an instance has to hide for a cause from here on; nothing if the cause is gone.
pub(super) type Change = (InstanceId, Cause, Option<Box<[Hidden]>>);

/// All that has to be hidden.
#[derive(Debug, Default)]
pub(super) struct Hiding {
    by: BTreeMap<(Cause, InstanceId), Box<[Hidden]>>,
    /// How often each is in there.
    counts: BTreeMap<Hidden, u32>,
}

impl Hiding {
    /// Whether an instance has this cause to hide something.
    pub(super) fn has(&self, id: InstanceId, cause: Cause) -> bool {
        self.by.contains_key(&(cause, id))
    }

    /// Whether anybody hides addresses.
    pub(super) fn has_addresses(&self) -> bool {
        self.by.first_key_value().is_some_and(|((cause, _), _)| *cause == Cause::Addresses)
    }

    /// What has to be hidden besides, and what no longer has to be, when all of this is so.
    pub(super) fn turn(&mut self, changes: Vec<Change>) -> (Vec<Hidden>, Vec<Hidden>) {
        let (mut more, mut less, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (id, cause, hidden) in changes {
            for one in hidden.iter().flatten() {
                let count = self.counts.entry(*one).or_default();
                *count += 1;
                if *count == 1 {
                    more.push(*one);
                }
            }
            gone.extend(match hidden {
                Some(hidden) => self.by.insert((cause, id), hidden),
                None => self.by.remove(&(cause, id)),
            });
        }
        // What one gives up another one may have taken.
        for one in gone.iter().flatten() {
            let Some(count) = self.counts.get_mut(one) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.counts.remove(one);
                less.push(*one);
            }
        }
        more.sort_unstable();
        less.sort_unstable();
        (more, less)
    }

    /// What is to be hidden here and not there.
    pub(super) fn beyond(&self, other: &Hiding) -> Vec<Hidden> {
        self.counts.keys().filter(|one| !other.counts.contains_key(one)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn hidden(number: u8) -> Hidden {
        Hidden::Address { addr: Ipv4Addr::new(10, 0, 0, number).into(), interface: None }
    }

    fn some(numbers: &[u8]) -> Option<Box<[Hidden]>> {
        Some(numbers.iter().map(|number| hidden(*number)).collect())
    }

    const A: InstanceId = InstanceId::new(0);
    const B: InstanceId = InstanceId::new(1);

    #[test]
    fn what_two_hide_is_shown_when_both_are_gone() {
        let mut hiding = Hiding::default();
        let both = vec![(A, Cause::Addresses, some(&[1, 2])), (B, Cause::Addresses, some(&[2, 3]))];
        assert_eq!(hiding.turn(both), (vec![hidden(1), hidden(2), hidden(3)], vec![]));
        assert_eq!(hiding.turn(vec![(A, Cause::Addresses, None)]), (vec![], vec![hidden(1)]));
        assert_eq!(hiding.turn(vec![(B, Cause::Addresses, None)]), (vec![], vec![hidden(2), hidden(3)]));
        assert!(!hiding.has_addresses() && hiding.counts.is_empty());
    }

    #[test]
    fn what_goes_from_one_to_another_stays_hidden() {
        let mut hiding = Hiding::default();
        let _ = hiding.turn(vec![(A, Cause::Addresses, some(&[1]))]);
        let exchange = vec![(A, Cause::Addresses, None), (B, Cause::Addresses, some(&[1]))];
        assert_eq!(hiding.turn(exchange), (vec![], vec![]));
        assert!(!hiding.has(A, Cause::Addresses) && hiding.has(B, Cause::Addresses));
    }

    proptest! {
        /// Against the obvious implementation: everything is counted again after every change.
        #[test]
        fn differences_add_up(
            rounds in prop::collection::vec(
                prop::collection::vec((0u16..4, any::<bool>(), prop::option::of(prop::collection::vec(0u8..5, 0..4))), 1..4),
                1..20,
            )
        ) {
            let (mut hiding, mut drawn) = (Hiding::default(), BTreeSet::new());
            let mut all: BTreeMap<(u16, Cause), Vec<Hidden>> = BTreeMap::new();
            for round in rounds {
                let mut changes = Vec::new();
                for (id, reports, numbers) in round {
                    let cause = if reports { Cause::Reports } else { Cause::Addresses };
                    let hides: Option<Vec<Hidden>> =
                        numbers.map(|numbers| numbers.into_iter().map(hidden).collect());
                    match &hides {
                        Some(hides) => all.insert((id, cause), hides.clone()),
                        None => all.remove(&(id, cause)),
                    };
                    changes.push((InstanceId::new(id), cause, hides.map(Vec::into_boxed_slice)));
                }
                let before = all.keys().any(|(_, cause)| *cause == Cause::Addresses);
                let (more, less) = hiding.turn(changes);
                prop_assert!(more.iter().all(|one| drawn.insert(*one)), "hidden twice");
                prop_assert!(less.iter().all(|one| drawn.remove(one)), "shown twice");
                let wanted: BTreeSet<Hidden> = all.values().flatten().copied().collect();
                prop_assert_eq!(&drawn, &wanted);
                prop_assert_eq!(hiding.has_addresses(), before);
            }
        }
    }
}
