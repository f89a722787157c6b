//! The IPsec authentication header around a VRRPv2 message, as keepalived has it: HMAC-MD5-96 (RFC 2402, RFC 2403),
//! but with the TTL of a multicast packet covered and the SPI being the sender's address.

use std::net::Ipv4Addr;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use pnet::packet::Packet as _;

use self::packet::{AuthHeaderPacket, MutableAuthHeaderPacket};
use super::{Error, extend, ipv4};

/// Octets of the header.
pub const HEADER_LEN: usize = 24;
/// Octets of the truncated digest.
const ICV_LEN: usize = 12;
const ICV_OFFSET: usize = HEADER_LEN - ICV_LEN;
/// The length of the header in words, less two (RFC 2402, 2.2).
const PAYLOAD_LEN: u8 = 4;
const VRRP: u8 = 112;

mod packet {
    #![expect(unreachable_pub, reason = "the derivation asks for it")]
    use pnet_macros::packet;
    use pnet_macros_support::types::{u16be, u32be};

    #[packet]
    #[expect(dead_code, reason = "the fields only describe the format to the derivation")]
    pub struct AuthHeader {
        pub next_header: u8,
        pub payload_len: u8,
        pub reserved: u16be,
        pub spi: u32be,
        pub sequence: u32be,
        #[length = "12"]
        pub icv: Vec<u8>,
        #[payload]
        pub payload: Vec<u8>,
    }
}

/// The key: the password, padded with zeros.
pub type Key = [u8; 8];

/// An authentication header with what it protects.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    bytes: &'a [u8],
}

impl<'a> View<'a> {
    /// Looks at the payload of an IP packet of protocol 51.
    ///
    /// # Errors
    /// If the header is not all there.
    pub fn new(bytes: &'a [u8]) -> Result<View<'a>, Error> {
        if bytes.len() < HEADER_LEN {
            return Err(Error::TooShort { len: bytes.len(), needed: HEADER_LEN });
        }
        Ok(View { bytes })
    }

    /// Whether VRRP is inside.
    #[must_use]
    pub fn carries_vrrp(&self) -> bool {
        self.packet().is_some_and(|packet| packet.get_next_header() == VRRP)
    }

    /// The security parameter index: the sender's address.
    #[must_use]
    pub fn spi(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.packet().map_or(0, |packet| packet.get_spi()))
    }

    /// The sequence number.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.packet().map_or(0, |packet| packet.get_sequence())
    }

    /// What is inside.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(HEADER_LEN..).unwrap_or_default()
    }

    /// Whether the digest is right for `key`; compared in constant time. `len` is how many octets of header and
    /// payload are covered: padding of the link layer is not.
    #[must_use]
    pub fn verify(&self, key: &Key, ip_header: &[u8], keep_ttl: bool, len: usize) -> bool {
        let covered = self.bytes.get(..len).unwrap_or(self.bytes);
        let (Some(head), Some(icv), Some(rest)) =
            (covered.get(..ICV_OFFSET), covered.get(ICV_OFFSET..HEADER_LEN), covered.get(HEADER_LEN..))
        else {
            return false;
        };
        digest(key, &ipv4::immutable(ip_header, keep_ttl), head, rest)
            .is_some_and(|mac| mac.verify_truncated_left(icv).is_ok())
    }

    fn packet(&self) -> Option<AuthHeaderPacket<'a>> {
        AuthHeaderPacket::new(self.bytes)
    }
}

/// Appends an authentication header without its digest to `out`; [`seal`] completes it once what follows is there.
pub fn emit(source: Ipv4Addr, sequence: u32, out: &mut Vec<u8>) {
    let Some(mut packet) = MutableAuthHeaderPacket::new(extend(out, HEADER_LEN)) else { return };
    packet.set_next_header(VRRP);
    packet.set_payload_len(PAYLOAD_LEN);
    packet.set_spi(source.to_bits());
    packet.set_sequence(sequence);
    debug_assert_eq!(packet.packet().len(), HEADER_LEN);
}

/// Fills in the digest of a whole packet: IP header, authentication header, message.
pub fn seal(key: &Key, keep_ttl: bool, packet: &mut [u8]) {
    let Some((ip_header, protected)) = packet.split_at_mut_checked(ipv4::HEADER_LEN) else { return };
    let (Some(head), Some(rest)) = (protected.get(..ICV_OFFSET), protected.get(HEADER_LEN..)) else { return };
    let Some(mac) = digest(key, &ipv4::immutable(ip_header, keep_ttl), head, rest) else { return };
    let code = mac.finalize().into_bytes();
    if let (Some(icv), Some(code)) = (protected.get_mut(ICV_OFFSET..HEADER_LEN), code.get(..ICV_LEN)) {
        icv.copy_from_slice(code);
    }
}

/// The digest over the IP header, the authentication header with its digest zero, and the message.
fn digest(key: &Key, ip_header: &[u8], head: &[u8], rest: &[u8]) -> Option<Hmac<Md5>> {
    let mut mac = Hmac::<Md5>::new_from_slice(key).ok()?;
    mac.update(ip_header);
    mac.update(head);
    mac.update(&[0; ICV_LEN]);
    mac.update(rest);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::hex;

    const KEY: Key = *b"secret\0\0";
    /// Two adverts that the C program sent with this key.
    const CAPTURED: [&str; 2] = [
        "45c000440001 0000ff33d0a9 0a090001e0000012 7004 0000 0a090001 00000001 8a8d30be680e54da543336c1 \
         21339602020131ee 0a0900640a090065 0000000000000000",
        "45c000440002 0000ff33d0a8 0a090001e0000012 7004 0000 0a090001 00000002 9cb3665dee1692ab6079bb51 \
         21339602020131ee 0a0900640a090065 0000000000000000",
    ];

    fn verify(bytes: &[u8], key: &Key) -> bool {
        let ip = ipv4::View::new(bytes).unwrap();
        View::new(ip.payload()).unwrap().verify(key, ip.header(), true, ip.payload().len())
    }

    #[test]
    fn captured_adverts_verify_and_others_do_not() {
        for (text, sequence) in CAPTURED.iter().zip(1..) {
            let bytes = hex(text);
            let ip = ipv4::View::new(&bytes).unwrap();
            let ah = View::new(ip.payload()).unwrap();
            assert!(ah.carries_vrrp());
            assert_eq!(ah.sequence(), sequence);
            assert_eq!(ah.spi(), ip.source());
            assert!(verify(&bytes, &KEY));
            assert!(!verify(&bytes, b"secrets\0"));
        }
    }

    #[test]
    fn every_covered_octet_matters_and_the_mutable_ones_do_not() {
        let bytes = hex(CAPTURED[0]);
        let mutable = [1, 6, 7, 10, 11];
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            // The upper half of the first octet is the version: another one is not IPv4 at all.
            changed[at] ^= if at == 0 { continue } else { 0x10 };
            assert_eq!(verify(&changed, &KEY), mutable.contains(&at), "octet {at}");
        }
    }

    #[test]
    fn padding_of_the_link_layer_is_not_covered() {
        let mut bytes = hex(CAPTURED[0]);
        let covered = bytes.len() - ipv4::HEADER_LEN;
        bytes.extend([0; 6]);
        let ip = ipv4::View::new(&bytes).unwrap();
        let ah = View::new(ip.payload()).unwrap();
        assert!(ah.verify(&KEY, ip.header(), true, covered));
        assert!(!ah.verify(&KEY, ip.header(), true, covered + 6));
    }

    #[test]
    fn what_we_seal_is_what_the_c_program_sent() {
        for (text, sequence) in CAPTURED.iter().zip(1..) {
            let captured = hex(text);
            let source = Ipv4Addr::new(10, 9, 0, 1);
            let header = ipv4::Header {
                id: 0,
                ttl: 255,
                protocol: 51,
                source,
                destination: Ipv4Addr::new(224, 0, 0, 18),
            };
            let header = ipv4::Header { id: u16::try_from(sequence).unwrap(), ..header };
            let mut bytes = Vec::new();
            header.emit(48, &mut bytes);
            emit(source, sequence, &mut bytes);
            bytes.extend_from_slice(&captured[44..]);
            seal(&KEY, true, &mut bytes);
            assert_eq!(bytes[20..], captured[20..]);
        }
    }
}
