//! What parent and child say to each other. The end of the line says the rest: whoever is at its other end is gone.

/// What a child says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FromChild {
    /// It has started, and does what it is for.
    Ready,
}

/// What a parent says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FromParent {
    /// Stop in good order.
    Stop,
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

impl FromParent {
    pub(super) const fn encode(self) -> &'static [u8] {
        match self {
            FromParent::Stop => b"stop",
        }
    }

    pub(super) fn decode(message: &[u8]) -> Option<FromParent> {
        (message == FromParent::Stop.encode()).then_some(FromParent::Stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        assert_eq!(FromChild::decode(FromChild::Ready.encode()), Some(FromChild::Ready));
        assert_eq!(FromParent::decode(FromParent::Stop.encode()), Some(FromParent::Stop));
        assert_eq!(FromParent::decode(b""), None);
        assert_eq!(FromChild::decode(b"stop"), None);
    }
}
