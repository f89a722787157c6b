//! Identities: small numbers that must not be mistaken for one another.

use std::fmt;
use std::num::NonZeroU8;

/// A virtual router identifier, 1 to 255 (RFC 9568, 5.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vrid(NonZeroU8);

impl Vrid {
    /// The identifier `value`, or `None` for 0.
    #[must_use]
    pub const fn new(value: u8) -> Option<Vrid> {
        match NonZeroU8::new(value) {
            Some(value) => Some(Vrid(value)),
            None => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

impl fmt::Display for Vrid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A priority as advertised: 0 gives the role up, 255 owns the addresses (RFC 9568, 5.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// A master that stops says so with this priority.
    pub const RELEASE: Priority = Priority(0);
    /// The lowest priority that a router can hold an election with.
    pub const LOWEST: Priority = Priority(1);
    /// What a router has when the configuration names none.
    pub const DEFAULT: Priority = Priority(100);
    /// The highest priority of a router that does not own the addresses.
    pub const HIGHEST: Priority = Priority(254);
    /// The owner of the addresses.
    pub const OWNER: Priority = Priority(255);

    /// The priority `value`.
    #[must_use]
    pub const fn new(value: u8) -> Priority {
        Priority(value)
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether this is the owner's priority.
    #[must_use]
    pub const fn is_owner(self) -> bool {
        self.0 == Self::OWNER.0
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The version of the protocol that an instance speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// VRRPv2 (RFC 3768), intervals in seconds.
    V2,
    /// VRRPv3 (RFC 9568), intervals in centiseconds.
    V3,
}

impl Version {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Version::V2 => 2,
            Version::V3 => 3,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(out)
    }
}

/// Declares an index into a [`Table`](super::table::Table).
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u16);

        impl $name {
            /// The entry at `position`.
            #[must_use]
            pub const fn new(position: u16) -> $name {
                $name(position)
            }
        }

        impl super::table::Key for $name {
            const LIMIT: usize = 1 << 16;

            fn from_position(position: usize) -> Option<$name> {
                u16::try_from(position).ok().map($name)
            }

            fn position(self) -> usize {
                usize::from(self.0)
            }
        }
    };
}

index! {
    /// A `vrrp_instance`: its place in the configuration.
    InstanceId
}
index! {
    /// Something that is tracked (`vrrp_script` and its kin): its place in the configuration.
    TrackId
}
index! {
    /// A `vrrp_sync_group`: its place in the configuration.
    GroupId
}
index! {
    /// A `track_file`: its place in the configuration.
    TrackFileId
}
index! {
    /// A `vrrp_track_process`: its place in the configuration.
    TrackProcessId
}
index! {
    /// A `bfd_instance`: its place in the configuration.
    BfdId
}

/// The kernel's number of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfIndex(u32);

impl IfIndex {
    /// The interface that the kernel calls `value`.
    #[must_use]
    pub const fn new(value: u32) -> IfIndex {
        IfIndex(value)
    }

    /// The kernel's number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for IfIndex {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The name of an interface: 1 to 15 octets, no blank, no slash (as the kernel has it).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfName {
    octets: [u8; IfName::MAX],
    len: u8,
}

impl IfName {
    /// The longest name that the kernel takes, in octets.
    pub const MAX: usize = 15;

    /// The name `text`, or `None` if the kernel would not take it.
    #[must_use]
    pub fn new(text: &str) -> Option<IfName> {
        let forbidden =
            |octet: u8| octet == b'/' || octet == b':' || octet == 0 || octet.is_ascii_whitespace();
        if matches!(text, "" | "." | "..") || text.bytes().any(forbidden) {
            return None;
        }
        let mut octets = [0; Self::MAX];
        octets.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(IfName { octets, len: u8::try_from(text.len()).ok()? })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let octets = self.octets.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(octets).unwrap_or_default()
    }
}

impl fmt::Display for IfName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for IfName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

/// The label of an IPv4 address: 1 to 15 octets without blanks, such as `eth0:1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(IfName);

impl Label {
    /// The label `text`, or `None` if the kernel would not take it.
    #[must_use]
    pub fn new(text: &str) -> Option<Label> {
        if text.is_empty() || text.bytes().any(|octet| octet == 0 || octet.is_ascii_whitespace()) {
            return None;
        }
        let mut octets = [0; IfName::MAX];
        octets.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Label(IfName { octets, len: u8::try_from(text.len()).ok()? }))
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

/// The receipt of one operation that was asked for. It cannot be copied: it goes out with the operation and comes back
/// with the result, once.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket(u64);

impl Ticket {
    /// The receipt with the given number. Only the core numbers receipts; tests may forge them.
    #[must_use]
    pub const fn new(number: u64) -> Ticket {
        Ticket(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.0
    }
}

/// Ties the answer to a control request to whoever made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub u32);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::table::Key as _;

    #[test]
    fn vrid_zero_does_not_exist() {
        assert_eq!(Vrid::new(0), None);
        assert_eq!(Vrid::new(255).map(Vrid::get), Some(255));
    }

    #[test]
    fn priorities_order_by_rank() {
        assert!(Priority::RELEASE < Priority::LOWEST);
        assert!(Priority::HIGHEST < Priority::OWNER);
        assert!(Priority::OWNER.is_owner() && !Priority::HIGHEST.is_owner());
    }

    #[test]
    fn interface_names_are_those_of_the_kernel() {
        assert_eq!(IfName::new("eth0").unwrap().as_str(), "eth0");
        assert_eq!(IfName::new("abcdefghijklmno").unwrap().to_string(), "abcdefghijklmno");
        for bad in ["", ".", "..", "abcdefghijklmnop", "a/b", "a b", "eth0:1"] {
            assert_eq!(IfName::new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn labels_may_have_what_interfaces_may_not() {
        assert_eq!(Label::new("eth0:1").unwrap().to_string(), "eth0:1");
        for bad in ["", "a b", "abcdefghijklm:12"] {
            assert_eq!(Label::new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_index_beyond_its_width_is_refused() {
        assert_eq!(InstanceId::from_position(65_535), Some(InstanceId::new(65_535)));
        assert_eq!(InstanceId::from_position(65_536), None);
    }
}
