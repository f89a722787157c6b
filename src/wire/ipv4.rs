//! The IPv4 header around an advertisement (RFC 791).

use std::net::Ipv4Addr;

use pnet::packet::Packet as _;
use pnet::packet::ip::IpNextHeaderProtocol;
use pnet::packet::ipv4::{Ipv4Packet, MutableIpv4Packet};

use super::{Error, extend};

/// Octets of a header without options, the only kind that is sent.
pub const HEADER_LEN: usize = 20;
/// DSCP CS6, internetwork control: what routing protocols are sent with.
pub const TOS: u8 = 0xc0;

const WORD: usize = 4;

/// A packet as a raw socket gives it.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    bytes: &'a [u8],
    header_len: usize,
}

impl<'a> View<'a> {
    /// Looks at `bytes`.
    ///
    /// # Errors
    /// If the header is not all there, or is not that of IPv4.
    pub fn new(bytes: &'a [u8]) -> Result<View<'a>, Error> {
        let too_short = |needed| Error::TooShort { len: bytes.len(), needed };
        let packet = Ipv4Packet::new(bytes).ok_or(too_short(HEADER_LEN))?;
        let header_len = usize::from(packet.get_header_length()) * WORD;
        if packet.get_version() != 4 || header_len < HEADER_LEN {
            return Err(Error::NotThis);
        }
        if bytes.len() < header_len {
            return Err(too_short(header_len));
        }
        Ok(View { bytes, header_len })
    }

    /// Octets of the header, options included.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        self.header_len
    }

    /// The header, options included.
    #[must_use]
    pub fn header(&self) -> &'a [u8] {
        self.bytes.get(..self.header_len).unwrap_or_default()
    }

    /// Everything after the header, padding of the link layer included.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header_len..).unwrap_or_default()
    }

    /// The length that the header claims for the whole packet.
    #[must_use]
    pub fn total_len(&self) -> usize {
        self.packet().map_or(0, |packet| packet.get_total_length().into())
    }

    /// Time to live on arrival.
    #[must_use]
    pub fn ttl(&self) -> u8 {
        self.packet().map_or(0, |packet| packet.get_ttl())
    }

    /// The protocol of the payload.
    #[must_use]
    pub fn protocol(&self) -> u8 {
        self.packet().map_or(0, |packet| packet.get_next_level_protocol().0)
    }

    /// The sender.
    #[must_use]
    pub fn source(&self) -> Ipv4Addr {
        self.packet().map_or(Ipv4Addr::UNSPECIFIED, |packet| packet.get_source())
    }

    /// The receiver.
    #[must_use]
    pub fn destination(&self) -> Ipv4Addr {
        self.packet().map_or(Ipv4Addr::UNSPECIFIED, |packet| packet.get_destination())
    }

    fn packet(&self) -> Option<Ipv4Packet<'a>> {
        Ipv4Packet::new(self.bytes)
    }
}

/// A header to be sent. The checksum is left to the kernel.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// The identification; never 0, or the kernel would choose one.
    pub id: u16,
    /// Time to live.
    pub ttl: u8,
    /// The protocol of the payload.
    pub protocol: u8,
    /// The sender.
    pub source: Ipv4Addr,
    /// The receiver.
    pub destination: Ipv4Addr,
}

impl Header {
    /// Appends a header for `payload_len` octets to `out`.
    pub fn emit(&self, payload_len: usize, out: &mut Vec<u8>) {
        let Some(mut packet) = MutableIpv4Packet::new(extend(out, HEADER_LEN)) else { return };
        packet.set_version(4);
        packet.set_header_length(5);
        packet.set_dscp(TOS >> 2);
        packet.set_total_length(u16::try_from(HEADER_LEN + payload_len).unwrap_or(u16::MAX));
        packet.set_identification(self.id);
        packet.set_ttl(self.ttl);
        packet.set_next_level_protocol(IpNextHeaderProtocol(self.protocol));
        packet.set_source(self.source);
        packet.set_destination(self.destination);
    }
}

/// The octets of a header in which all that may change on the way, and the TTL of a unicast packet, is zero: what the
/// authentication of keepalived covers.
#[must_use]
pub fn immutable(header: &[u8], keep_ttl: bool) -> Vec<u8> {
    let mut copy = header.to_vec();
    if let Some(mut packet) = MutableIpv4Packet::new(&mut copy) {
        packet.set_dscp(0);
        packet.set_ecn(0);
        packet.set_flags(0);
        packet.set_fragment_offset(0);
        packet.set_checksum(0);
        if !keep_ttl {
            packet.set_ttl(0);
        }
        debug_assert_eq!(packet.packet().len(), header.len());
    }
    copy
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::testing::hex;

    /// The header of an advert that the C program sent, the kernel's checksum in it.
    const CAPTURED: &str = "45c00030 00010000 ff70d080 0a090001 e0000012";

    #[test]
    fn a_captured_header_is_understood() {
        let mut bytes = hex(CAPTURED);
        bytes.extend([1, 2, 3]);
        let view = View::new(&bytes).unwrap();
        assert_eq!((view.header_len(), view.total_len(), view.ttl(), view.protocol()), (20, 48, 255, 112));
        assert_eq!(view.source(), Ipv4Addr::new(10, 9, 0, 1));
        assert_eq!(view.destination(), Ipv4Addr::new(224, 0, 0, 18));
        assert_eq!(view.payload(), [1, 2, 3]);
    }

    #[test]
    fn our_header_is_that_of_the_c_program_but_for_the_kernels_checksum() {
        let header = Header {
            id: 1,
            ttl: 255,
            protocol: 112,
            source: Ipv4Addr::new(10, 9, 0, 1),
            destination: Ipv4Addr::new(224, 0, 0, 18),
        };
        let mut bytes = Vec::new();
        header.emit(28, &mut bytes);
        let mut expected = hex(CAPTURED);
        expected[10..12].fill(0);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn headers_that_are_not_ipv4_or_not_whole_are_refused() {
        let bytes = hex(CAPTURED);
        assert_eq!(View::new(&bytes[..19]).err(), Some(Error::TooShort { len: 19, needed: 20 }));
        let with = |first: u8| {
            let mut changed = bytes.clone();
            changed[0] = first;
            View::new(&changed).err()
        };
        assert_eq!(with(0x65), Some(Error::NotThis));
        assert_eq!(with(0x44), Some(Error::NotThis));
        assert_eq!(with(0x46), Some(Error::TooShort { len: 20, needed: 24 }));
    }

    #[test]
    fn the_immutable_form_keeps_what_the_authentication_covers() {
        let bytes = hex(CAPTURED);
        assert_eq!(immutable(&bytes, true), hex("45000030 00010000 ff700000 0a090001 e0000012"));
        assert_eq!(immutable(&bytes, false)[8], 0);
    }

    proptest! {
        #[test]
        fn any_octets_can_be_looked_at(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(view) = View::new(&bytes) {
                prop_assert_eq!(view.header().len() + view.payload().len(), bytes.len());
                let _ = (view.total_len(), view.ttl(), view.protocol(), view.source(), view.destination());
            }
        }
    }
}
