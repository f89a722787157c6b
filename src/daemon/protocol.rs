//! What parent and child say to each other. The end of the line says the rest: whoever is at its other end is gone.

use std::net::IpAddr;

/// What a child says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FromChild {
    /// It has started, and does what it is for.
    Ready,
}

/// What a parent says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FromParent {
    /// Stop in good order.
    Stop,
    /// A name that a check needs has these addresses, or none.
    Located {
        /// The name.
        name: Box<str>,
        /// Its addresses.
        addresses: Vec<IpAddr>,
    },
}

impl FromChild {
    pub(super) const fn encode(self) -> &'static [u8] {
        match self {
            FromChild::Ready => b"ready",
        }
    }

    pub(super) fn decode(message: &[u8]) -> Option<FromChild> {
        (message == FromChild::Ready.encode()).then_some(FromChild::Ready)
    }
}

/// What the message about a name begins with.
const LOCATED: &str = "located";
/// How many addresses of a name are passed on: so many fit into a message.
const ADDRESSES: usize = 5;

impl FromParent {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            FromParent::Stop => b"stop".to_vec(),
            FromParent::Located { name, addresses } => {
                let addresses = addresses.iter().take(ADDRESSES).map(ToString::to_string);
                let words = [LOCATED.to_owned(), name.to_string()].into_iter().chain(addresses);
                words.collect::<Vec<_>>().join(" ").into_bytes()
            }
        }
    }

    pub(super) fn decode(message: &[u8]) -> Option<FromParent> {
        if message == b"stop" {
            return Some(FromParent::Stop);
        }
        let mut words = std::str::from_utf8(message).ok()?.split(' ');
        if words.next() != Some(LOCATED) {
            return None;
        }
        let name = words.next()?.into();
        let addresses = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        Some(FromParent::Located { name, addresses })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        assert_eq!(FromChild::decode(FromChild::Ready.encode()), Some(FromChild::Ready));
        let located = |name: &str, addresses| FromParent::Located { name: name.into(), addresses };
        let both = vec![IpAddr::from([192, 0, 2, 1]), IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])];
        for said in [FromParent::Stop, located("web.example.net", both), located("nowhere", vec![])] {
            assert_eq!(FromParent::decode(&said.encode()), Some(said));
        }
        assert_eq!(FromParent::decode(b"located web 192.0.2"), None);
        assert_eq!(FromParent::decode(b""), None);
        assert_eq!(FromChild::decode(b"stop"), None);
    }

    #[test]
    fn the_longest_message_fits() {
        let addresses = vec![IpAddr::from([0xffff; 8]); 20];
        let message = FromParent::Located { name: "x".repeat(253).into(), addresses }.encode();
        assert!(message.len() <= crate::sys::ipc::LONGEST, "{}", message.len());
    }
}
