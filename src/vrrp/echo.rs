//! Packets that are heard twice: what does not come from a link-layer address of our own reaches an interface and what is
//! built on it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::receive::Incoming;
use crate::base::id::IfIndex;
use crate::base::time::{Instant, Span};

/// A packet that was heard, as far as it takes to recognise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    at: Instant,
    arrived_on: IfIndex,
    content: u64,
}

impl Heard {
    /// Whether this is the same packet on another interface.
    pub(super) fn is_echo_of(&self, other: &Heard) -> bool {
        self.arrived_on != other.arrived_on && self.content == other.content && self.at.since(other.at) < ECHO
    }
}

/// How far apart the two copies of a packet may be: less than half of the shortest interval.
const ECHO: Span = Span::from_millis(4);

impl Heard {
    /// What it takes to recognise a packet.
    pub(super) fn of(packet: &Incoming<'_>, at: Instant) -> Heard {
        let mut hasher = DefaultHasher::new();
        packet.source.hash(&mut hasher);
        // The identification in the header is another one in each packet.
        packet.ip.map(|ip| ip.header()).hash(&mut hasher);
        packet.message.bytes().hash(&mut hasher);
        Heard { at, arrived_on: packet.arrived_on, content: hasher.finish() }
    }
}
