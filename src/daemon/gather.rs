//! When to read packets that arrive in a stream: several at once, as a network card tells of them. Each look at the socket
//! costs more than a packet does.

use crate::base::time::{Instant, Span};

/// How long packets of a stream may wait: an advertisement is that much old at most, and no deadline waits for it.
const LONGEST: Span = Span::from_micros(500);

/// Whether packets arrive in a stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gather {
    read_at: Option<Instant>,
}

impl Gather {
    /// Packets are there at `now`, and something else is due at `due`: until when more may gather.
    pub(super) fn until(&mut self, now: Instant, due: Option<Instant>) -> Option<Instant> {
        let streams = self.read_at.is_some_and(|before| now.since(before) < LONGEST);
        let until = due.map_or(now + LONGEST, |due| due.min(now + LONGEST));
        let waits = streams && until > now;
        self.read_at = Some(if waits { until } else { now });
        waits.then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn a_single_packet_is_read_at_once() {
        let mut gather = Gather::default();
        for micros in [0, 500, 10_000, 10_500] {
            assert_eq!(gather.until(at(micros), None), None, "{micros}");
        }
    }

    #[test]
    fn those_behind_it_gather_until_something_is_due() {
        let mut gather = Gather::default();
        assert_eq!(gather.until(at(1000), None), None);
        assert_eq!(gather.until(at(1010), Some(at(90_000))), Some(at(1510)));
        assert_eq!(gather.until(at(1520), Some(at(1600))), Some(at(1600)));
        assert_eq!(gather.until(at(1610), Some(at(1605))), None);
        assert_eq!(gather.until(at(1620), None), Some(at(2120)));
        assert_eq!(gather.until(at(2620), None), None);
    }
}
