//! Who of two routers is the better master (RFC 9568, 6.4.3).

use std::cmp::Ordering;
use std::net::IpAddr;

use crate::base::id::Priority;

/// What an election knows of a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its priority, not 0.
    pub priority: Priority,
    /// The address that it sends from.
    pub address: IpAddr,
}

/// What an election says of the other router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It should be master.
    Better,
    /// We should.
    Worse,
    /// Its priority and its address are ours.
    Indistinguishable,
}

/// Compares `peer` with `own`: the priority decides, then the address as an unsigned number.
#[must_use]
pub fn elect(own: Candidate, peer: Candidate) -> Verdict {
    let order = peer.priority.cmp(&own.priority).then_with(|| peer.address.cmp(&own.address));
    match order {
        Ordering::Greater => Verdict::Better,
        Ordering::Less => Verdict::Worse,
        Ordering::Equal => Verdict::Indistinguishable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(priority: u8, address: &str) -> Candidate {
        Candidate { priority: Priority::new(priority), address: address.parse().unwrap() }
    }

    #[test]
    fn the_priority_decides_before_the_address() {
        let own = candidate(100, "10.0.0.9");
        assert_eq!(elect(own, candidate(101, "10.0.0.1")), Verdict::Better);
        assert_eq!(elect(own, candidate(99, "10.0.0.200")), Verdict::Worse);
    }

    #[test]
    fn addresses_are_compared_as_unsigned_numbers() {
        let own = candidate(100, "10.0.0.9");
        assert_eq!(elect(own, candidate(100, "10.0.0.10")), Verdict::Better);
        assert_eq!(elect(own, candidate(100, "200.0.0.1")), Verdict::Better);
        assert_eq!(elect(own, candidate(100, "9.255.255.255")), Verdict::Worse);
        assert_eq!(elect(candidate(100, "fe80::2"), candidate(100, "fe80::10")), Verdict::Better);
    }

    #[test]
    fn no_two_routers_both_win() {
        for own in [1, 100, 254, 255] {
            for peer in [1, 100, 254, 255] {
                let (here, there) = (candidate(own, "10.0.0.1"), candidate(peer, "10.0.0.2"));
                let verdicts = (elect(here, there), elect(there, here));
                assert!(matches!(
                    verdicts,
                    (Verdict::Better, Verdict::Worse) | (Verdict::Worse, Verdict::Better)
                ));
            }
        }
    }

    #[test]
    fn ourselves_are_neither_better_nor_worse() {
        let own = candidate(100, "10.0.0.9");
        assert_eq!(elect(own, own), Verdict::Indistinguishable);
    }
}
