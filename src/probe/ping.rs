//! Ping: an ICMP echo request, and the reply that belongs to it.

use crate::base::addr::Family;
use crate::wire::icmp::{Echo, emit_request, parse_reply};

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    family: Family,
    /// Whose it is: in the identifier as far as it fits, and in the data.
    owner: u32,
    /// Which of those.
    number: u64,
}

impl Ping {
    /// The request `number` of the process `owner`.
    #[must_use]
    pub const fn new(family: Family, owner: u32, number: u64) -> Ping {
        Ping { family, owner, number }
    }

    /// What to send.
    #[must_use]
    pub fn request(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        emit_request(self.family, &self.echo(&self.data()), &mut bytes);
        bytes
    }

    /// Whether this, as a raw socket gives it, is the reply.
    #[must_use]
    pub fn is_answered_by(&self, bytes: &[u8]) -> bool {
        parse_reply(self.family, bytes) == Ok(self.echo(&self.data()))
    }

    fn data(&self) -> Vec<u8> {
        [&self.owner.to_be_bytes()[..], &self.number.to_be_bytes()].concat()
    }

    fn echo<'a>(&self, data: &'a [u8]) -> Echo<'a> {
        let [_, _, high, low] = self.owner.to_be_bytes();
        let [.., last_high, last_low] = self.number.to_be_bytes();
        let (identifier, sequence) =
            (u16::from_be_bytes([high, low]), u16::from_be_bytes([last_high, last_low]));
        Echo { identifier, sequence, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reply to a request over IPv6: the same with another type.
    fn reply(mut request: Vec<u8>) -> Vec<u8> {
        request[0] = 129;
        request
    }

    #[test]
    fn only_its_own_reply_answers_a_request() {
        let ping = Ping::new(Family::V6, 70_000, 1 << 40);
        assert!(ping.is_answered_by(&reply(ping.request())));
        assert!(!ping.is_answered_by(&ping.request()));
        for other in [
            Ping::new(Family::V6, 70_001, 1 << 40),
            Ping::new(Family::V6, 70_000, 1),
            Ping::new(Family::V6, 4464, 1 << 40),
        ] {
            assert!(!ping.is_answered_by(&reply(other.request())), "{other:?}");
        }
    }
}
