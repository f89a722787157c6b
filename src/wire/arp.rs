//! ARP (RFC 826): the question who has an address, and gratuitous ARP (RFC 9568 6.4.1) in the form that keepalived
//! sends: a request whose sender and target are the virtual address and whose target hardware address is all ones.

use std::net::Ipv4Addr;

use pnet::packet::Packet as _;
use pnet::packet::arp::{ArpHardwareTypes, ArpOperations, ArpPacket, MutableArpPacket};
use pnet::packet::ethernet::{EtherTypes, EthernetPacket, MutableEthernetPacket};

use super::{Error, extend};
use crate::base::addr::MacAddr;

/// Octets of an Ethernet header.
pub const ETHERNET_LEN: usize = 14;
/// Octets of an ARP message for IPv4 over Ethernet.
const ARP_LEN: usize = 28;

/// What an ARP frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Whether it asks (1) or answers (2), or anything else.
    pub operation: u16,
    /// Who sent the frame, by the link layer.
    pub ethernet_source: MacAddr,
    /// Who sent it, by ARP.
    pub sender: (MacAddr, Ipv4Addr),
    /// Whom it asks about or tells.
    pub target: (MacAddr, Ipv4Addr),
}

impl Arp {
    /// Whether it announces the sender's own address.
    #[must_use]
    pub fn is_gratuitous(&self) -> bool {
        self.sender.1 == self.target.1
    }
}

/// Reads an Ethernet frame.
///
/// # Errors
/// If it is too short, or not ARP for IPv4 over Ethernet.
pub fn parse(frame: &[u8]) -> Result<Arp, Error> {
    let needed = ETHERNET_LEN + ARP_LEN;
    if frame.len() < needed {
        return Err(Error::TooShort { len: frame.len(), needed });
    }
    let ethernet = EthernetPacket::new(frame).ok_or(Error::NotThis)?;
    let arp = ArpPacket::new(ethernet.payload()).ok_or(Error::NotThis)?;
    let for_ipv4 = ethernet.get_ethertype() == EtherTypes::Arp
        && arp.get_hardware_type() == ArpHardwareTypes::Ethernet
        && arp.get_protocol_type() == EtherTypes::Ipv4
        && (arp.get_hw_addr_len(), arp.get_proto_addr_len()) == (6, 4);
    if !for_ipv4 {
        return Err(Error::NotThis);
    }
    Ok(Arp {
        operation: arp.get_operation().0,
        ethernet_source: MacAddr(ethernet.get_source().octets()),
        sender: (MacAddr(arp.get_sender_hw_addr().octets()), arp.get_sender_proto_addr()),
        target: (MacAddr(arp.get_target_hw_addr().octets()), arp.get_target_proto_addr()),
    })
}

/// Appends to `out` the frame that announces `addr` at `mac`.
pub fn emit_gratuitous(mac: MacAddr, addr: Ipv4Addr, out: &mut Vec<u8>) {
    emit((mac, addr), (MacAddr::BROADCAST, addr), out);
}

/// Appends to `out` the frame that asks who has `target`, from `mac` with the address `sender`.
pub fn emit_request(mac: MacAddr, sender: Ipv4Addr, target: Ipv4Addr, out: &mut Vec<u8>) {
    emit((mac, sender), (MacAddr([0; 6]), target), out);
}

/// A request to everybody.
fn emit(sender: (MacAddr, Ipv4Addr), target: (MacAddr, Ipv4Addr), out: &mut Vec<u8>) {
    let frame = extend(out, ETHERNET_LEN + ARP_LEN);
    let Some((ethernet, arp)) = frame.split_at_mut_checked(ETHERNET_LEN) else { return };
    if let Some(mut ethernet) = MutableEthernetPacket::new(ethernet) {
        ethernet.set_destination(MacAddr::BROADCAST.0.into());
        ethernet.set_source(sender.0.0.into());
        ethernet.set_ethertype(EtherTypes::Arp);
    }
    if let Some(mut arp) = MutableArpPacket::new(arp) {
        arp.set_hardware_type(ArpHardwareTypes::Ethernet);
        arp.set_protocol_type(EtherTypes::Ipv4);
        arp.set_hw_addr_len(6);
        arp.set_proto_addr_len(4);
        arp.set_operation(ArpOperations::Request);
        arp.set_sender_hw_addr(sender.0.0.into());
        arp.set_sender_proto_addr(sender.1);
        arp.set_target_hw_addr(target.0.0.into());
        arp.set_target_proto_addr(target.1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::testing::hex;

    /// A frame that the C program sent.
    const CAPTURED: &str = "ffffffffffff 020000000001 0806 \
         0001 0800 06 04 0001 020000000001 0a090064 ffffffffffff 0a090064";

    #[test]
    fn our_frame_is_that_of_the_c_program() {
        let mut frame = Vec::new();
        emit_gratuitous(MacAddr([2, 0, 0, 0, 0, 1]), Ipv4Addr::new(10, 9, 0, 100), &mut frame);
        assert_eq!(frame, hex(CAPTURED));
    }

    #[test]
    fn a_request_asks_everybody_for_the_target() {
        let mut frame = Vec::new();
        let (ours, theirs) = (Ipv4Addr::new(10, 9, 0, 1), Ipv4Addr::new(10, 9, 0, 2));
        emit_request(MacAddr([2, 0, 0, 0, 0, 1]), ours, theirs, &mut frame);
        let expected = "ffffffffffff 020000000001 0806 \
             0001 0800 06 04 0001 020000000001 0a090001 000000000000 0a090002";
        assert_eq!(frame, hex(expected));
    }

    #[test]
    fn a_captured_frame_is_understood() {
        let arp = parse(&hex(CAPTURED)).unwrap();
        assert!(arp.is_gratuitous());
        assert_eq!((arp.operation, arp.sender.0), (1, MacAddr([2, 0, 0, 0, 0, 1])));
    }

    #[test]
    fn other_frames_are_refused() {
        let mut frame = hex(CAPTURED);
        assert_eq!(parse(&frame[..41]), Err(Error::TooShort { len: 41, needed: 42 }));
        frame[13] = 0;
        assert_eq!(parse(&frame), Err(Error::NotThis));
    }

    proptest! {
        #[test]
        fn any_octets_can_be_read(frame in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse(&frame);
        }
    }
}
