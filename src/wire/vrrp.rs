//! VRRP messages, versions 2 (RFC 3768, with the authentication of RFC 2338) and 3 (RFC 9568).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+---------------+---------------+
//! |Version| Type  |     VRID      |   Priority    | Address count |
//! +---------------+---------------+---------------+---------------+
//! | v2: auth type | v2: seconds   |           Checksum            |
//! | v3: 0 | v3: centiseconds      |                               |
//! +-------------------------------+-------------------------------+
//! | addresses, 4 or 16 octets each; v2 over IPv4: then 8 octets of authentication data
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use pnet::packet::Packet as _;

use self::packet::{MutableVrrpV2Packet, MutableVrrpV3Packet, VrrpV2Packet, VrrpV3Packet};
use super::{Error, checksum, extend};
use crate::base::addr::Family;
use crate::base::id::{Priority, Version, Vrid};
use crate::base::time::Span;

/// Octets before the addresses.
pub const HEADER_LEN: usize = 8;
/// Octets of authentication data at the end of version 2 over IPv4, whatever the authentication type.
pub const AUTH_LEN: usize = 8;
/// The only type there is: an advertisement (RFC 9568, 5.2.2).
pub const ADVERTISEMENT: u8 = 1;
/// The most that the interval field of version 3 can say.
pub const LONGEST_V3_INTERVAL: Span = Span::from_centis(0xfff);

mod packet {
    #![expect(unreachable_pub, reason = "the derivation asks for it")]
    use pnet_macros::packet;
    use pnet_macros_support::types::{u4, u12be, u16be};

    #[packet]
    #[expect(dead_code, reason = "the fields only describe the format to the derivation")]
    pub struct VrrpV2 {
        pub version: u4,
        pub kind: u4,
        pub vrid: u8,
        pub priority: u8,
        pub count: u8,
        pub auth_type: u8,
        pub seconds: u8,
        pub checksum: u16be,
        #[payload]
        pub payload: Vec<u8>,
    }

    #[packet]
    #[expect(dead_code, reason = "the fields only describe the format to the derivation")]
    pub struct VrrpV3 {
        pub version: u4,
        pub kind: u4,
        pub vrid: u8,
        pub priority: u8,
        pub count: u8,
        pub reserved: u4,
        pub centis: u12be,
        pub checksum: u16be,
        #[payload]
        pub payload: Vec<u8>,
    }
}

/// A message as it arrived, of a version still to be judged.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    bytes: &'a [u8],
}

/// Over what a checksum was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumForm {
    /// The message alone.
    Plain,
    /// The message and a pseudo-header with the addresses of the packet.
    PseudoHeader,
    /// The message and a pseudo-header with the multicast group, though the packet went to one router (keepalived
    /// before 1.3.6).
    GroupPseudoHeader,
}

impl<'a> View<'a> {
    /// Looks at `bytes`.
    ///
    /// # Errors
    /// If there is not even a header.
    pub fn new(bytes: &'a [u8]) -> Result<View<'a>, Error> {
        if bytes.len() < HEADER_LEN {
            return Err(Error::TooShort { len: bytes.len(), needed: HEADER_LEN });
        }
        Ok(View { bytes })
    }

    /// The same message without the octets from `len` on (padding of the link layer).
    #[must_use]
    pub fn cut(self, len: usize) -> View<'a> {
        View { bytes: self.bytes.get(..len.max(HEADER_LEN)).unwrap_or(self.bytes) }
    }

    /// What follows its first `len` octets.
    #[must_use]
    pub fn beyond(&self, len: usize) -> &'a [u8] {
        self.bytes.get(len..).unwrap_or_default()
    }

    /// The message as it is.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Octets.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.bytes.len()
    }

    /// How long the message is by its own version and address count.
    #[must_use]
    pub fn expected_len(&self, family: Family) -> usize {
        HEADER_LEN + usize::from(self.count()) * family.octets() + auth_len(self.version(), family)
    }

    /// The version field; 2 and 3 exist.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.v3().map_or(0, |packet| packet.get_version())
    }

    /// The type field; only [`ADVERTISEMENT`] exists.
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.v3().map_or(0, |packet| packet.get_kind())
    }

    /// The virtual router; `None` for the forbidden 0.
    #[must_use]
    pub fn vrid(&self) -> Option<Vrid> {
        self.v3().and_then(|packet| Vrid::new(packet.get_vrid()))
    }

    /// The sender's priority.
    #[must_use]
    pub fn priority(&self) -> Priority {
        Priority::new(self.v3().map_or(0, |packet| packet.get_priority()))
    }

    /// How many addresses the sender says there are.
    #[must_use]
    pub fn count(&self) -> u8 {
        self.v3().map_or(0, |packet| packet.get_count())
    }

    /// The authentication type of version 2: 0 none, 1 password, 2 IPsec AH.
    #[must_use]
    pub fn auth_type(&self) -> u8 {
        self.v2().map_or(0, |packet| packet.get_auth_type())
    }

    /// The sender's interval in the unit of `version`; the reserved bits of version 3 are not looked at.
    #[must_use]
    pub fn interval(&self, version: Version) -> Span {
        match version {
            Version::V2 => Span::from_secs(self.v2().map_or(0, |packet| packet.get_seconds().into())),
            Version::V3 => Span::from_centis(self.v3().map_or(0, |packet| packet.get_centis().into())),
        }
    }

    /// The checksum field.
    #[must_use]
    pub fn checksum(&self) -> u16 {
        self.v3().map_or(0, |packet| packet.get_checksum())
    }

    /// The last octets of a version 2 message over IPv4 of the expected length: the password.
    #[must_use]
    pub fn auth_data(&self) -> Option<[u8; AUTH_LEN]> {
        self.bytes.last_chunk().copied()
    }

    /// The addresses, as many as are said to be and are there.
    pub fn addresses(&self, family: Family) -> impl Iterator<Item = IpAddr> + use<'a> {
        let listed = self.bytes.get(HEADER_LEN..).unwrap_or_default();
        let count = usize::from(self.count());
        listed.chunks_exact(family.octets()).take(count).map_while(address)
    }

    /// Whether the message says `addr` is one of its addresses.
    #[must_use]
    pub fn lists(&self, addr: IpAddr) -> bool {
        self.addresses(Family::of(addr)).any(|listed| listed == addr)
    }

    /// Whether the checksum of a version 2 message is right.
    #[must_use]
    pub fn plain_checksum_holds(&self) -> bool {
        checksum::plain(self.bytes) == self.checksum()
    }

    /// Over what the checksum of a version 3 message is right, if over anything. `group` is the multicast group that
    /// old senders put into the pseudo-header of unicast packets.
    #[must_use]
    pub fn checksum_form(
        &self,
        source: IpAddr,
        destination: IpAddr,
        group: Option<IpAddr>,
    ) -> Option<ChecksumForm> {
        let sent = Some(self.checksum());
        if checksum::with_pseudo_header(self.bytes, source, destination) == sent {
            return Some(ChecksumForm::PseudoHeader);
        }
        if self.plain_checksum_holds() {
            return Some(ChecksumForm::Plain);
        }
        let old = group.and_then(|group| checksum::with_pseudo_header(self.bytes, source, group));
        (old.is_some() && old == sent).then_some(ChecksumForm::GroupPseudoHeader)
    }

    fn v2(&self) -> Option<VrrpV2Packet<'a>> {
        VrrpV2Packet::new(self.bytes)
    }

    fn v3(&self) -> Option<VrrpV3Packet<'a>> {
        VrrpV3Packet::new(self.bytes)
    }
}

/// Only version 2 over IPv4 ends with authentication data.
const fn auth_len(version: u8, family: Family) -> usize {
    match (version, family) {
        (2, Family::V4) => AUTH_LEN,
        _ => 0,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(Ipv4Addr::from(octets).into());
    }
    <[u8; 16]>::try_from(octets).ok().map(|octets| Ipv6Addr::from(octets).into())
}

/// What goes into the checksum field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// The sum of the message alone: version 2, and version 3 if the user wants it so.
    Plain,
    /// The sum with a pseudo-header: version 3 over IPv4.
    PseudoHeader {
        /// The sender.
        source: IpAddr,
        /// The receiver.
        destination: IpAddr,
    },
    /// Zero, because the kernel fills it in: IPv6.
    ByKernel,
}

/// The authentication fields of version 2 (RFC 2338, 5.3.6 and 5.3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthFields {
    /// The type: 0, 1 or 2.
    pub kind: u8,
    /// The password, or zeros.
    pub data: [u8; AUTH_LEN],
}

impl AuthFields {
    /// No authentication.
    pub const NONE: AuthFields = AuthFields { kind: 0, data: [0; AUTH_LEN] };

    /// A password in clear.
    #[must_use]
    pub const fn password(data: [u8; AUTH_LEN]) -> AuthFields {
        AuthFields { kind: 1, data }
    }

    /// Inside an authentication header.
    pub const AH: AuthFields = AuthFields { kind: 2, data: [0; AUTH_LEN] };
}

/// An advertisement to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Advert<A> {
    /// Version 2 or 3.
    pub version: Version,
    /// The family of the packet and of its addresses.
    pub family: Family,
    /// The virtual router.
    pub vrid: Vrid,
    /// The sender's priority; 0 gives the role up.
    pub priority: Priority,
    /// The interval: whole seconds up to 255 in version 2, centiseconds up to 40.95 s in version 3; more is cut.
    pub interval: Span,
    /// Version 2 only.
    pub auth: AuthFields,
    /// The virtual addresses, at most 255.
    pub addresses: A,
}

impl<A: Iterator<Item = IpAddr> + Clone> Advert<A> {
    /// How long the message will be.
    #[must_use]
    pub fn octets(&self) -> usize {
        let count = self.addresses.clone().take(usize::from(u8::MAX)).count();
        HEADER_LEN + count * self.family.octets() + auth_len(self.version.number(), self.family)
    }

    /// Appends the message to `out`.
    pub fn emit(&self, checksum: Checksum, out: &mut Vec<u8>) {
        let start = out.len();
        extend(out, HEADER_LEN);
        let mut count: u8 = 0;
        for addr in self.addresses.clone().take(usize::from(u8::MAX)) {
            match addr {
                IpAddr::V4(addr) => out.extend_from_slice(&addr.octets()),
                IpAddr::V6(addr) => out.extend_from_slice(&addr.octets()),
            }
            count = count.saturating_add(1);
        }
        if auth_len(self.version.number(), self.family) > 0 {
            out.extend_from_slice(&self.auth.data);
        }
        let message = out.get_mut(start..).unwrap_or_default();
        match self.version {
            Version::V2 => self.fill_v2(count, message),
            Version::V3 => self.fill_v3(count, message),
        }
        set_checksum(checksum, message);
    }

    fn fill_v2(&self, count: u8, message: &mut [u8]) {
        let Some(mut packet) = MutableVrrpV2Packet::new(message) else { return };
        packet.set_version(Version::V2.number());
        packet.set_kind(ADVERTISEMENT);
        packet.set_vrid(self.vrid.get());
        packet.set_priority(self.priority.get());
        packet.set_count(count);
        packet.set_auth_type(self.auth.kind);
        packet.set_seconds(u8::try_from(self.interval.as_secs()).unwrap_or(u8::MAX));
    }

    fn fill_v3(&self, count: u8, message: &mut [u8]) {
        let Some(mut packet) = MutableVrrpV3Packet::new(message) else { return };
        packet.set_version(Version::V3.number());
        packet.set_kind(ADVERTISEMENT);
        packet.set_vrid(self.vrid.get());
        packet.set_priority(self.priority.get());
        packet.set_count(count);
        let centis = self.interval.min(LONGEST_V3_INTERVAL).as_centis();
        packet.set_centis(u16::try_from(centis).unwrap_or(0xfff));
    }
}

fn set_checksum(form: Checksum, message: &mut [u8]) {
    let Some(mut packet) = MutableVrrpV3Packet::new(message) else { return };
    let sum = match form {
        Checksum::Plain => checksum::plain(packet.packet()),
        Checksum::PseudoHeader { source, destination } => {
            checksum::with_pseudo_header(packet.packet(), source, destination).unwrap_or(0)
        }
        Checksum::ByKernel => 0,
    };
    packet.set_checksum(sum);
}

#[cfg(test)]
mod tests;
