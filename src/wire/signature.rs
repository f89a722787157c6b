//! The signature behind a VRRP message (`auth_hmac`): an HMAC of SHA-256, cut to 128 bits (RFC 2104, RFC 4868), with
//! the time of signing against repetitions. The format is that of keepalived since 2.4.2.
//!
//! ```text
//!  0                   1                   2                   3
//! +---------------+---------------+-------------------------------+
//! | kind = 1      | number of key | reserved, 0                   |
//! +---------------+---------------+-------------------------------+
//! | seconds since 1970, the lowest 32 bits                        |
//! +-------------------------------+-------------------------------+
//! | 1/65536 of a second           | counter                       |
//! +-------------------------------+-------------------------------+
//! | the first 16 octets of the HMAC                               |
//! ```
//!
//! It covers what the message is about and who sent it, the message without its checksum, and itself; not the
//! destination, so that all unicast copies have one signature.

use std::net::IpAddr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use pnet::packet::Packet as _;
use sha2::Sha256;

use self::packet::{MutableTrailerPacket, TrailerPacket};
use crate::base::wall::WallTime;

/// Octets of a signature with all that belongs to it.
pub const LEN: usize = 28;
/// Octets of the code itself.
const CODE_LEN: usize = 16;
const CODE_OFFSET: usize = LEN - CODE_LEN;
/// The only kind there is.
const HMAC_SHA256_128: u8 = 1;
/// Where the checksum of a message is: nobody may rely on it, since the kernel fills in that of IPv6.
const CHECKSUM: std::ops::Range<usize> = 6..8;

mod packet {
    #![expect(unreachable_pub, reason = "the derivation asks for it")]
    use pnet_macros::packet;
    use pnet_macros_support::types::{u16be, u64be};

    #[packet]
    #[expect(dead_code, reason = "the fields only describe the format to the derivation")]
    pub struct Trailer {
        pub kind: u8,
        pub key: u8,
        pub reserved: u16be,
        pub stamp: u64be,
        #[length = "16"]
        pub code: Vec<u8>,
        #[payload]
        pub payload: Vec<u8>,
    }
}

/// When something was signed, exact enough to tell any two signatures of a sender apart: 32 bits of seconds, 16 bits of
/// a fraction, 16 bits that count what falls together. Wraps around in 2106, so that only those can be compared that
/// are less than 68 years apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(u64);

impl Stamp {
    /// The first stamp of a moment.
    #[must_use]
    pub const fn at(time: WallTime) -> Stamp {
        let (seconds, micros) = (time.as_micros() / 1_000_000, time.as_micros() % 1_000_000);
        let fraction = (micros << 16) / 1_000_000;
        Stamp((seconds << 32) | (fraction << 16))
    }

    /// The stamp of this number.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Stamp {
        Stamp(bits)
    }

    /// Its number.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The next stamp after this one.
    #[must_use]
    pub const fn next(self) -> Stamp {
        Stamp(self.0.wrapping_add(1))
    }

    /// Whether this was made after `other`.
    #[must_use]
    pub const fn is_after(self, other: Stamp) -> bool {
        let ahead = self.0.wrapping_sub(other.0);
        ahead != 0 && ahead <= u64::MAX / 2
    }

    /// How many seconds are between this and `other`, whichever was first; fractions do not count.
    #[must_use]
    pub const fn seconds_from(self, other: Stamp) -> u32 {
        let ahead = self.seconds().wrapping_sub(other.seconds());
        let behind = other.seconds().wrapping_sub(self.seconds());
        if ahead < behind { ahead } else { behind }
    }

    #[expect(
        clippy::as_conversions,
        reason = "the upper half of 64 bits has 32, and `try_from` is not const"
    )]
    const fn seconds(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// What a signature covers beside itself.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The sender.
    pub source: IpAddr,
    /// The message, whatever its checksum says.
    pub message: &'a [u8],
}

impl Signed<'_> {
    /// Family, version, virtual router and sender, in 20 octets.
    fn pseudo_header(&self) -> [u8; 20] {
        let mut header = [0; 20];
        let version = self.message.first().map_or(0, |octet| octet >> 4);
        let vrid = self.message.get(1).copied().unwrap_or(0);
        let mut fill = |family: u8, source: &[u8]| {
            let octets = [family, version, vrid, 0].into_iter().chain(source.iter().copied());
            header.iter_mut().zip(octets).for_each(|(room, octet)| *room = octet);
        };
        match self.source {
            IpAddr::V4(source) => fill(4, &source.octets()),
            IpAddr::V6(source) => fill(6, &source.octets()),
        }
        header
    }

    /// The code over this and over what the signature says of itself.
    fn code(&self, key: &[u8], head: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(&self.pseudo_header());
        mac.update(self.message.get(..CHECKSUM.start)?);
        mac.update(&[0; CHECKSUM.end - CHECKSUM.start]);
        mac.update(self.message.get(CHECKSUM.end..)?);
        mac.update(head);
        mac.update(&[0; CODE_LEN]);
        Some(mac)
    }
}

/// A signature as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    bytes: &'a [u8; LEN],
}

impl<'a> View<'a> {
    /// Looks at `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8; LEN]) -> View<'a> {
        View { bytes }
    }

    /// Whether it is of the kind that exists, with nothing where nothing may be.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let fits = |it: TrailerPacket<'_>| it.get_kind() == HMAC_SHA256_128 && it.get_reserved() == 0;
        self.packet().is_some_and(fits)
    }

    /// The number of the key.
    #[must_use]
    pub fn key(&self) -> u8 {
        self.packet().map_or(0, |packet| packet.get_key())
    }

    /// When it was made, as the sender says.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp(self.packet().map_or(0, |packet| packet.get_stamp()))
    }

    /// Whether it is right; compared in constant time.
    #[must_use]
    pub fn verify(&self, key: &[u8], signed: &Signed<'_>) -> bool {
        let (head, code) = self.bytes.split_at(CODE_OFFSET);
        signed.code(key, head).is_some_and(|mac| mac.verify_truncated_left(code).is_ok())
    }

    fn packet(&self) -> Option<TrailerPacket<'a>> {
        TrailerPacket::new(self.bytes)
    }
}

/// The signature of `signed` at `stamp` with the key of this number.
#[must_use]
pub fn sign(number: u8, key: &[u8], stamp: Stamp, signed: &Signed<'_>) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    if let Some(mut packet) = MutableTrailerPacket::new(&mut bytes) {
        packet.set_kind(HMAC_SHA256_128);
        packet.set_key(number);
        packet.set_stamp(stamp.to_bits());
        debug_assert_eq!(packet.packet().len(), LEN);
    }
    let (head, room) = bytes.split_at_mut(CODE_OFFSET);
    if let Some(mac) = signed.code(key, head) {
        room.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(room, octet)| *room = octet);
    }
    bytes
}

#[cfg(test)]
mod tests;
