//! Unsolicited neighbour advertisements (RFC 4861, 4.4 and 7.2.6; RFC 9568, 6.4.1).

use std::net::Ipv6Addr;

use pnet::packet::Packet as _;
use pnet::packet::ethernet::{EtherTypes, EthernetPacket, MutableEthernetPacket};
use pnet::packet::icmpv6::ndp::{
    MutableNdpOptionPacket, MutableNeighborAdvertPacket, NdpOptionTypes, NeighborAdvertFlags,
    NeighborAdvertPacket,
};
use pnet::packet::icmpv6::{self, Icmpv6Packet, Icmpv6Types};
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::ipv6::{Ipv6Packet, MutableIpv6Packet};

use super::arp::ETHERNET_LEN;
use super::{Error, extend};
use crate::base::addr::{ALL_NODES, MacAddr};

/// Octets of an IPv6 header.
const IPV6_LEN: usize = 40;
/// Octets of a neighbour advertisement before its options.
const ADVERT_LEN: usize = 24;
/// Octets of a link-layer address option for Ethernet.
const OPTION_LEN: usize = 8;
const NDP_LEN: usize = ADVERT_LEN + OPTION_LEN;
const HOP_LIMIT: u8 = 255;

/// What a neighbour advertisement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of the format")]
pub struct NeighbourAdvert {
    /// Who sent the frame, by the link layer.
    pub ethernet_source: MacAddr,
    /// The address it is about.
    pub target: Ipv6Addr,
    /// The link-layer address it gives.
    pub target_mac: Option<MacAddr>,
    /// Sent by a router.
    pub router: bool,
    /// An answer.
    pub solicited: bool,
    /// Replaces what is known.
    pub overrides: bool,
    /// Whether the checksum is right.
    pub checksum_holds: bool,
}

/// Reads an Ethernet frame.
///
/// # Errors
/// If it is too short, or not a neighbour advertisement directly in IPv6.
pub fn parse(frame: &[u8]) -> Result<NeighbourAdvert, Error> {
    let needed = ETHERNET_LEN + IPV6_LEN + ADVERT_LEN;
    if frame.len() < needed {
        return Err(Error::TooShort { len: frame.len(), needed });
    }
    let ethernet = EthernetPacket::new(frame).ok_or(Error::NotThis)?;
    let ipv6 = Ipv6Packet::new(ethernet.payload()).ok_or(Error::NotThis)?;
    let is_icmp = ethernet.get_ethertype() == EtherTypes::Ipv6
        && ipv6.get_version() == 6
        && ipv6.get_next_header() == IpNextHeaderProtocols::Icmpv6;
    let message = frame.get(ETHERNET_LEN + IPV6_LEN..).unwrap_or_default();
    let message = message.get(..ipv6.get_payload_length().into()).ok_or(Error::NotThis)?;
    let icmp = Icmpv6Packet::new(message).ok_or(Error::NotThis)?;
    if !is_icmp || icmp.get_icmpv6_type() != Icmpv6Types::NeighborAdvert {
        return Err(Error::NotThis);
    }
    let advert = NeighborAdvertPacket::new(message).ok_or(Error::NotThis)?;
    let flag = |flag| advert.get_flags() & flag != 0;
    Ok(NeighbourAdvert {
        ethernet_source: MacAddr(ethernet.get_source().octets()),
        target: advert.get_target_addr(),
        target_mac: target_mac(message.get(ADVERT_LEN..).unwrap_or_default()),
        router: flag(NeighborAdvertFlags::Router),
        solicited: flag(NeighborAdvertFlags::Solicited),
        overrides: flag(NeighborAdvertFlags::Override),
        checksum_holds: icmpv6::checksum(&icmp, &ipv6.get_source(), &ipv6.get_destination())
            == icmp.get_checksum(),
    })
}

/// The target link-layer address among the options, which are read by hand because their lengths come from outside.
fn target_mac(mut options: &[u8]) -> Option<MacAddr> {
    while let [kind, units, ..] = *options {
        let (option, rest) = options.split_at_checked(usize::from(units) * OPTION_LEN)?;
        if option.is_empty() {
            return None;
        }
        if kind == NdpOptionTypes::TargetLLAddr.0 {
            return option.get(2..OPTION_LEN)?.try_into().ok().map(MacAddr);
        }
        options = rest;
    }
    None
}

/// Appends to `out` the frame that announces `addr` at `mac` to all nodes; `router` tells whether we forward.
pub fn emit_unsolicited(mac: MacAddr, addr: Ipv6Addr, router: bool, out: &mut Vec<u8>) {
    let frame = extend(out, ETHERNET_LEN + IPV6_LEN + NDP_LEN);
    let Some((ethernet, rest)) = frame.split_at_mut_checked(ETHERNET_LEN) else { return };
    let Some((ipv6, message)) = rest.split_at_mut_checked(IPV6_LEN) else { return };
    if let Some(mut ethernet) = MutableEthernetPacket::new(ethernet) {
        ethernet.set_destination(MacAddr::of_group(ALL_NODES.into()).0.into());
        ethernet.set_source(mac.0.into());
        ethernet.set_ethertype(EtherTypes::Ipv6);
    }
    if let Some(mut ipv6) = MutableIpv6Packet::new(ipv6) {
        ipv6.set_version(6);
        ipv6.set_payload_length(u16::try_from(NDP_LEN).unwrap_or(u16::MAX));
        ipv6.set_next_header(IpNextHeaderProtocols::Icmpv6);
        ipv6.set_hop_limit(HOP_LIMIT);
        ipv6.set_source(addr);
        ipv6.set_destination(ALL_NODES);
    }
    fill_advert(mac, addr, router, message);
}

fn fill_advert(mac: MacAddr, addr: Ipv6Addr, router: bool, message: &mut [u8]) {
    if let Some(mut option) = message.get_mut(ADVERT_LEN..).and_then(MutableNdpOptionPacket::new) {
        option.set_option_type(NdpOptionTypes::TargetLLAddr);
        option.set_length(1);
        option.set_data(&mac.0);
    }
    let Some(mut advert) = MutableNeighborAdvertPacket::new(message) else { return };
    advert.set_icmpv6_type(Icmpv6Types::NeighborAdvert);
    let router = if router { NeighborAdvertFlags::Router } else { 0 };
    advert.set_flags(NeighborAdvertFlags::Override | router);
    advert.set_target_addr(addr);
    let sum = Icmpv6Packet::new(advert.packet()).map(|icmp| icmpv6::checksum(&icmp, &addr, &ALL_NODES));
    advert.set_checksum(sum.unwrap_or(0));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::testing::hex;

    /// A frame that the C program sent.
    const CAPTURED: &str = "333300000001 020000000001 86dd 60000000 0020 3a ff \
         20010db8000100000000000000000100 ff020000000000000000000000000001 8800 f72a 20000000 \
         20010db8000100000000000000000100 0201 020000000001";
    const MAC: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);

    #[test]
    fn our_frame_is_that_of_the_c_program() {
        let mut frame = Vec::new();
        emit_unsolicited(MAC, "2001:db8:1::100".parse().unwrap(), false, &mut frame);
        assert_eq!(frame, hex(CAPTURED));
    }

    #[test]
    fn a_captured_frame_is_understood() {
        let advert = parse(&hex(CAPTURED)).unwrap();
        assert_eq!(advert.target, "2001:db8:1::100".parse::<Ipv6Addr>().unwrap());
        assert_eq!(advert.target_mac, Some(MAC));
        assert!(advert.overrides && advert.checksum_holds && !advert.router && !advert.solicited);
    }

    #[test]
    fn a_router_says_that_it_is_one() {
        let mut frame = Vec::new();
        emit_unsolicited(MAC, "fe80::51".parse().unwrap(), true, &mut frame);
        let advert = parse(&frame).unwrap();
        assert!(advert.router && advert.checksum_holds);
    }

    #[test]
    fn an_option_of_no_length_ends_the_search() {
        let mut frame = hex(CAPTURED);
        frame[79] = 0;
        assert_eq!(parse(&frame).unwrap().target_mac, None);
    }

    proptest! {
        #[test]
        fn any_octets_can_be_read(frame in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = parse(&frame);
        }

        #[test]
        fn any_options_can_be_read(options in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut frame = hex(CAPTURED);
            frame.truncate(78);
            frame.extend(&options);
            frame[19] = u8::try_from(24 + options.len()).unwrap();
            let _ = parse(&frame);
        }
    }
}
