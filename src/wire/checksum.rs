//! The Internet checksum (RFC 1071), with and without the pseudo-header of the layer below.

use std::net::{IpAddr, Ipv4Addr};

use pnet::packet::ip::IpNextHeaderProtocol;
use pnet::packet::util;

/// Which 16-bit word of a VRRP message is the checksum itself.
const CHECKSUM_WORD: usize = 3;
const VRRP: IpNextHeaderProtocol = IpNextHeaderProtocol(112);

/// The checksum of a VRRP message alone: version 2, and version 3 over IPv4 as RFC 9568 has it.
pub(super) fn plain(message: &[u8]) -> u16 {
    util::checksum(message, CHECKSUM_WORD)
}

/// The checksum of a VRRP message with a pseudo-header: version 3 over IPv4 as RFC 5798 is practised, and IPv6.
/// `None` if the addresses are of different families.
pub(super) fn with_pseudo_header(message: &[u8], source: IpAddr, destination: IpAddr) -> Option<u16> {
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => Some(ipv4(message, source, destination)),
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            Some(util::ipv6_checksum(message, CHECKSUM_WORD, &[], &source, &destination, VRRP))
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}

fn ipv4(message: &[u8], source: Ipv4Addr, destination: Ipv4Addr) -> u16 {
    util::ipv4_checksum(message, CHECKSUM_WORD, &[], &source, &destination, VRRP)
}
