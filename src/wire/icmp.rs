//! ICMP echo (RFC 792, RFC 4443 section 4): the request that we send, and the reply to it.

use pnet::packet::Packet as _;
use pnet::packet::icmp::echo_reply::EchoReplyPacket;
use pnet::packet::icmp::echo_request::MutableEchoRequestPacket;
use pnet::packet::icmp::{IcmpCode, IcmpPacket, IcmpTypes, checksum};
use pnet::packet::icmpv6::echo_reply::EchoReplyPacket as EchoReplyPacketV6;
use pnet::packet::icmpv6::echo_request::MutableEchoRequestPacket as MutableEchoRequestPacketV6;
use pnet::packet::icmpv6::{Icmpv6Code, Icmpv6Types};
use pnet::packet::ipv4::Ipv4Packet;

use super::{Error, extend};
use crate::base::addr::Family;

/// Octets before the data.
const HEADER_LEN: usize = 8;

/// What tells one echo from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo<'a> {
    /// Whose it is.
    pub identifier: u16,
    /// Which of those.
    pub sequence: u16,
    /// What comes back as it was sent.
    pub data: &'a [u8],
}

/// Appends a request to `out`. The checksum of IPv6 is left to the kernel, which knows the addresses.
pub fn emit_request(family: Family, echo: &Echo<'_>, out: &mut Vec<u8>) {
    let bytes = extend(out, HEADER_LEN + echo.data.len());
    match family {
        Family::V4 => {
            if let Some(mut packet) = MutableEchoRequestPacket::new(bytes) {
                packet.set_icmp_type(IcmpTypes::EchoRequest);
                packet.set_icmp_code(IcmpCode::new(0));
                packet.set_identifier(echo.identifier);
                packet.set_sequence_number(echo.sequence);
                packet.set_payload(echo.data);
                let sum = IcmpPacket::new(packet.packet()).map_or(0, |whole| checksum(&whole));
                packet.set_checksum(sum);
            }
        }
        Family::V6 => {
            if let Some(mut packet) = MutableEchoRequestPacketV6::new(bytes) {
                packet.set_icmpv6_type(Icmpv6Types::EchoRequest);
                packet.set_icmpv6_code(Icmpv6Code::new(0));
                packet.set_identifier(echo.identifier);
                packet.set_sequence_number(echo.sequence);
                packet.set_payload(echo.data);
            }
        }
    }
}

/// Reads a reply as a raw socket gives it: IPv4 with the IP header, IPv6 without.
///
/// # Errors
/// If it is too short, or something else.
pub fn parse_reply(family: Family, bytes: &[u8]) -> Result<Echo<'_>, Error> {
    match family {
        Family::V4 => {
            let header = Ipv4Packet::new(bytes).map_or(0, |ip| usize::from(ip.get_header_length()) * 4);
            let bytes = bytes.get(header..).unwrap_or_default();
            let packet = EchoReplyPacket::new(bytes).ok_or(too_short(bytes))?;
            if packet.get_icmp_type() != IcmpTypes::EchoReply {
                return Err(Error::NotThis);
            }
            let (identifier, sequence) = (packet.get_identifier(), packet.get_sequence_number());
            Ok(Echo { identifier, sequence, data: bytes.get(HEADER_LEN..).unwrap_or_default() })
        }
        Family::V6 => {
            let packet = EchoReplyPacketV6::new(bytes).ok_or(too_short(bytes))?;
            if packet.get_icmpv6_type() != Icmpv6Types::EchoReply {
                return Err(Error::NotThis);
            }
            let (identifier, sequence) = (packet.get_identifier(), packet.get_sequence_number());
            Ok(Echo { identifier, sequence, data: bytes.get(HEADER_LEN..).unwrap_or_default() })
        }
    }
}

const fn too_short(bytes: &[u8]) -> Error {
    Error::TooShort { len: bytes.len(), needed: HEADER_LEN }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::testing::hex;

    const ECHO: Echo<'_> = Echo { identifier: 0x1234, sequence: 7, data: b"keep" };

    #[test]
    fn requests_are_those_of_the_rfcs() {
        let mut bytes = Vec::new();
        emit_request(Family::V4, &ECHO, &mut bytes);
        assert_eq!(bytes, hex("08 00 14ef 1234 0007 6b656570"));
        bytes.clear();
        emit_request(Family::V6, &ECHO, &mut bytes);
        assert_eq!(bytes, hex("80 00 0000 1234 0007 6b656570"));
    }

    #[test]
    fn replies_are_understood() {
        let header = "46 00 0024 0000 0000 40 01 0000 c0000201 c0000202 01010101";
        let v4 = hex(&format!("{header} 00 00 0000 1234 0007 6b656570"));
        assert_eq!(parse_reply(Family::V4, &v4), Ok(ECHO));
        assert_eq!(parse_reply(Family::V6, &hex("81 00 0000 1234 0007 6b656570")), Ok(ECHO));
    }

    #[test]
    fn other_messages_are_not() {
        let request = hex("80 00 0000 1234 0007 6b656570");
        assert_eq!(parse_reply(Family::V6, &request), Err(Error::NotThis));
        assert_eq!(parse_reply(Family::V6, &request[..7]), Err(Error::TooShort { len: 7, needed: 8 }));
        assert_eq!(parse_reply(Family::V4, &[0x45; 20]), Err(Error::TooShort { len: 0, needed: 8 }));
    }

    proptest! {
        #[test]
        fn any_octets_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (parse_reply(Family::V4, &bytes), parse_reply(Family::V6, &bytes));
        }
    }
}
