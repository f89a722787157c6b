//! The sequence number of the authentication header: one counter for sending and receiving, as the C program has it,
//! because a router that takes over has to go on where the last one stopped.

/// Beyond this the counter does not go until the next mastership.
const LAST: u32 = 0xffff_fffd;

/// The counter of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sequence {
    value: u32,
    exhausted: bool,
}

impl Sequence {
    /// The number for the next packet: the first is 1.
    pub(super) fn next(&mut self) -> u32 {
        if self.value >= LAST {
            self.exhausted = true;
        } else {
            self.value += 1;
        }
        self.value
    }

    /// Whether a number is later than all that were heard or sent, so that its packet is no repetition.
    pub(super) const fn is_fresh(self, received: u32) -> bool {
        received > self.value
    }

    /// A packet with this number was accepted.
    pub(super) fn heard(&mut self, received: u32) {
        self.value = self.value.max(received);
    }

    /// Goes past a worse master, so that it accepts our answer.
    pub(super) fn outrun(&mut self, received: u32) {
        self.value = self.value.max(received.saturating_add(1)).min(LAST);
    }

    /// Goes on after the last number of an earlier life.
    pub(super) fn resume(last: u64) -> Sequence {
        let value = u32::try_from(last).unwrap_or(LAST);
        Sequence { value, exhausted: value >= LAST }
    }

    /// The last number sent or heard.
    pub(super) const fn last(self) -> u32 {
        self.value
    }

    /// A new mastership: an exhausted counter begins anew.
    pub(super) fn begin_as_master(&mut self) {
        if self.exhausted {
            *self = Sequence::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sending_and_hearing_share_one_counter() {
        let mut sequence = Sequence::default();
        assert_eq!((sequence.next(), sequence.next()), (1, 2));
        assert!(!sequence.is_fresh(2) && sequence.is_fresh(3));
        sequence.heard(6);
        assert_eq!(sequence.next(), 7);
        sequence.outrun(20);
        assert_eq!(sequence.next(), 22);
    }

    #[test]
    fn an_exhausted_counter_begins_anew_with_the_next_mastership() {
        let mut sequence = Sequence::default();
        sequence.heard(LAST - 1);
        sequence.begin_as_master();
        assert_eq!([sequence.next(), sequence.next(), sequence.next()], [LAST; 3]);
        sequence.begin_as_master();
        assert_eq!(sequence.next(), 1);
    }

    #[test]
    fn the_highest_number_does_not_overflow() {
        let mut sequence = Sequence::default();
        sequence.outrun(u32::MAX);
        assert_eq!(sequence.next(), LAST);
    }
}
