//! The few attributes that we need of the kernel's messages, read one by one: nothing that a newer kernel adds to a
//! message can hide that a link went down.

use std::net::IpAddr;

use netlink_packet_core::{NlaBuffer, NlasIterator};

use super::KEEPALIVED;
use crate::base::addr::{Family, IpNet, MacAddr};
use crate::base::id::{IfIndex, IfName};
use crate::base::interface::Interface;
use crate::vrrp::link::{Address, Kind, Link, Stack};

// linux/if_link.h
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFLA_LINK: u16 = 5;
const IFLA_MASTER: u16 = 10;
const IFLA_LINKINFO: u16 = 18;
const IFLA_AF_SPEC: u16 = 26;
const IFLA_GROUP: u16 = 27;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const IFLA_MACVLAN_MODE: u16 = 1;
const IFLA_VRF_TABLE: u16 = 1;
const MACVLAN_MODE_PRIVATE: u32 = 1;
const IFLA_INET6_CONF: u16 = 2;
const AF_INET6: u16 = 10;
// linux/if_addr.h
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;
const IFA_PROTO: u16 = 11;
// linux/netconf.h
const NETCONFA_IFINDEX: u16 = 1;
const NETCONFA_FORWARDING: u16 = 2;

/// Length and kind of an attribute.
const NLA_HEADER: usize = 4;
/// The type bits of an attribute's kind.
pub(super) const KIND: u16 = 0x3fff;

const IFA_F_OPTIMISTIC: u32 = 0x04;
const IFA_F_DADFAILED: u32 = 0x08;
const IFA_F_TENTATIVE: u32 = 0x40;

/// What a message about an interface says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinkMessage {
    /// All that we want to know.
    Whole(IfIndex, Link),
    /// Only a part, as wireless drivers send it, or it could not be read: the kernel has to be asked.
    Partial(IfIndex),
    /// Something about a bridge port or the like, not about the interface as such.
    Foreign,
}

/// Reads RTM_NEWLINK.
pub(super) fn link(payload: &[u8]) -> LinkMessage {
    let Some((index, flags)) = link_header(payload) else { return LinkMessage::Foreign };
    let (mut name, mut mac, mut mtu, mut forwards_v6) = (None, None, None, false);
    let mut stack = Stack::default();
    for attribute in attributes(payload, 16) {
        let Some(attribute) = attribute else { return LinkMessage::Partial(index) };
        let value = attribute.value();
        match attribute.kind() & KIND {
            IFLA_IFNAME => name = text(value).and_then(IfName::new),
            IFLA_ADDRESS => mac = <[u8; 6]>::try_from(value).ok().map(MacAddr),
            IFLA_MTU => mtu = value.first_chunk().map(|octets| u32::from_ne_bytes(*octets)),
            IFLA_AF_SPEC => forwards_v6 = forwards(value),
            IFLA_LINK => stack.on = number(value).map(IfIndex::new),
            IFLA_MASTER => stack.controller = number(value).map(IfIndex::new),
            IFLA_GROUP => stack.group = number(value).unwrap_or_default(),
            IFLA_LINKINFO => stack.kind = made_of(value),
            _ => {}
        }
    }
    let (Some(name), Some(mtu)) = (name, mtu) else { return LinkMessage::Partial(index) };
    LinkMessage::Whole(index, described(name, mac, mtu, flags, forwards_v6, stack))
}

fn number(value: &[u8]) -> Option<u32> {
    value.first_chunk().map(|octets| u32::from_ne_bytes(*octets))
}

/// Reads an `IFLA_LINKINFO`.
fn made_of(info: &[u8]) -> Kind {
    let data = |wanted| nested(info, IFLA_INFO_DATA).and_then(|data| nested(data, wanted)).and_then(number);
    let name = nested(info, IFLA_INFO_KIND).and_then(text).unwrap_or_default();
    kind(name, || data(IFLA_MACVLAN_MODE), || data(IFLA_VRF_TABLE))
}

/// What an interface of this kind, by the kernel's name for it, is to us.
pub(super) fn kind(
    name: &str,
    macvlan_mode: impl FnOnce() -> Option<u32>,
    vrf_table: impl FnOnce() -> Option<u32>,
) -> Kind {
    match name {
        "macvlan" if macvlan_mode() == Some(MACVLAN_MODE_PRIVATE) => Kind::PrivateMacVlan,
        "macvlan" => Kind::MacVlan,
        "ipvlan" => Kind::IpVlan,
        "vrf" => vrf_table().map_or(Kind::Other, Kind::Vrf),
        _ => Kind::Other,
    }
}

/// An interface with these flags.
pub(super) const fn described(
    name: IfName,
    mac: Option<MacAddr>,
    mtu: u32,
    flags: u32,
    forwards_v6: bool,
    stack: Stack,
) -> Link {
    Link {
        name,
        mac,
        mtu,
        running: flags & Interface::UP != 0 && flags & Interface::RUNNING != 0,
        arp: flags & Interface::NO_ARP == 0,
        multicast: flags & Interface::MULTICAST != 0,
        forwards_v6,
        stack,
    }
}

/// Reads RTM_DELLINK: which interface is gone, if it is one.
pub(super) fn link_gone(payload: &[u8]) -> Option<IfIndex> {
    link_header(payload).map(|(index, _)| index)
}

/// Index and flags of an `ifinfomsg` that is about an interface as such.
fn link_header(payload: &[u8]) -> Option<(IfIndex, u32)> {
    let family = *payload.first()?;
    let index = payload.get(4..)?.first_chunk().map(|octets| u32::from_ne_bytes(*octets))?;
    let flags = payload.get(8..)?.first_chunk().map(|octets| u32::from_ne_bytes(*octets))?;
    (family == 0 && index != 0).then(|| (IfIndex::new(index), flags))
}

/// Whether an `IFLA_AF_SPEC` says that the interface forwards IPv6: the first entry of its IPv6 settings.
fn forwards(families: &[u8]) -> bool {
    let settings = nested(families, AF_INET6).and_then(|v6| nested(v6, IFLA_INET6_CONF));
    settings.and_then(|settings| settings.first_chunk()).is_some_and(|first| i32::from_ne_bytes(*first) != 0)
}

/// The value of an attribute among others.
fn nested(within: &[u8], wanted: u16) -> Option<&[u8]> {
    let found = NlasIterator::new(within).flatten().find(|attribute| attribute.kind() & KIND == wanted)?;
    let length = usize::from(found.length());
    found.into_inner().get(NLA_HEADER..length)
}

/// Reads RTM_NEWADDR and RTM_DELADDR.
pub(super) fn address(payload: &[u8]) -> Option<(IfIndex, Address)> {
    let [family, prefix, flags, _scope] = *payload.first_chunk()?;
    let index = payload.get(4..)?.first_chunk().map(|octets| u32::from_ne_bytes(*octets))?;
    let (mut local, mut far, mut flags, mut protocol) = (None, None, u32::from(flags), 0);
    // What follows a damaged attribute is lost, what came before it counts.
    for attribute in attributes(payload, 8).map_while(|attribute| attribute) {
        let value = attribute.value();
        match attribute.kind() & KIND {
            IFA_LOCAL => local = ip(family, value),
            IFA_ADDRESS => far = ip(family, value),
            IFA_FLAGS => flags = value.first_chunk().map_or(flags, |octets| u32::from_ne_bytes(*octets)),
            IFA_PROTO => protocol = value.first().copied().unwrap_or_default(),
            _ => {}
        }
    }
    let net = IpNet::new(local.or(far)?, prefix)?;
    Some((IfIndex::new(index), described_address(net, flags, protocol)))
}

/// Whether RTM_NEWADDR says that another host has the address.
pub(super) fn is_duplicate(payload: &[u8]) -> bool {
    let known = attributes(payload, 8).map_while(|attribute| attribute).find_map(|attribute| {
        let value = attribute.value().first_chunk().map(|octets| u32::from_ne_bytes(*octets));
        value.filter(|_| attribute.kind() & KIND == IFA_FLAGS)
    });
    known.is_some_and(|flags| flags & IFA_F_DADFAILED != 0)
}

/// An address with these flags and this origin.
pub(super) const fn described_address(net: IpNet, flags: u32, protocol: u8) -> Address {
    let unfinished = flags & IFA_F_TENTATIVE != 0 && flags & IFA_F_OPTIMISTIC == 0;
    Address { net, marked: protocol == KEEPALIVED, tentative: unfinished || flags & IFA_F_DADFAILED != 0 }
}

/// Reads RTM_NEWNETCONF: whether an interface forwards IPv6. Settings of all interfaces at once have no index.
pub(super) fn forwarding(payload: &[u8]) -> Option<(IfIndex, bool)> {
    if u16::from(*payload.first()?) != AF_INET6 {
        return None;
    }
    let (mut index, mut on) = (None, None);
    for attribute in attributes(payload, 4).map_while(|attribute| attribute) {
        let value = attribute.value().first_chunk().map(|octets| i32::from_ne_bytes(*octets));
        match attribute.kind() & KIND {
            NETCONFA_IFINDEX => index = value.and_then(|index| u32::try_from(index).ok()),
            NETCONFA_FORWARDING => on = value.map(|value| value != 0),
            _ => {}
        }
    }
    Some((IfIndex::new(index.filter(|index| *index != 0)?), on?))
}

/// The attributes behind a header; a damaged one ends the list with `None`.
pub(super) fn attributes(payload: &[u8], header: usize) -> impl Iterator<Item = Option<NlaBuffer<&[u8]>>> {
    NlasIterator::new(payload.get(header..).unwrap_or_default()).map(Result::ok)
}

fn ip(family: u8, value: &[u8]) -> Option<IpAddr> {
    match i32::from(family) {
        libc::AF_INET => address_of(Family::V4, value),
        libc::AF_INET6 => address_of(Family::V6, value),
        _ => None,
    }
}

/// The address of a family that an attribute holds.
pub(super) fn address_of(family: Family, value: &[u8]) -> Option<IpAddr> {
    match family {
        Family::V4 => <[u8; 4]>::try_from(value).ok().map(IpAddr::from),
        Family::V6 => <[u8; 16]>::try_from(value).ok().map(IpAddr::from),
    }
}

pub(super) fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value.split(|octet| *octet == 0).next()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = u16::try_from(4 + value.len()).unwrap().to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn link_message(family: u8, index: u32, flags: u32, attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![family, 0, 1, 0];
        bytes.extend(index.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes.extend(attributes.concat());
        bytes
    }

    fn usual() -> Vec<Vec<u8>> {
        let conf = attribute(IFLA_INET6_CONF, &[1, 0, 0, 0, 64, 0, 0, 0]);
        vec![
            attribute(IFLA_IFNAME, b"eth0\0"),
            attribute(IFLA_MTU, &1500u32.to_ne_bytes()),
            attribute(IFLA_ADDRESS, &[2, 0, 0, 0, 0, 1]),
            attribute(IFLA_AF_SPEC | 0x8000, &attribute(AF_INET6, &conf)),
        ]
    }

    #[test]
    fn a_link_is_read_whatever_else_the_message_has() {
        let mut attributes = usual();
        attributes.insert(0, attribute(0x3ffe, &[0xff; 3]));
        let flags = Interface::UP | Interface::RUNNING | Interface::MULTICAST;
        let LinkMessage::Whole(index, link) = link(&link_message(0, 7, flags, &attributes)) else {
            panic!("not whole")
        };
        assert_eq!(index, IfIndex::new(7));
        assert_eq!((link.name.as_str(), link.mtu), ("eth0", 1500));
        assert_eq!(link.mac, Some(MacAddr([2, 0, 0, 0, 0, 1])));
        assert!(link.running && link.arp && link.multicast && link.forwards_v6);
    }

    #[test]
    fn what_an_interface_is_made_of_is_read() {
        let mode = |mode: u32| attribute(IFLA_INFO_DATA, &attribute(IFLA_MACVLAN_MODE, &mode.to_ne_bytes()));
        let table = attribute(IFLA_INFO_DATA, &attribute(IFLA_VRF_TABLE, &10u32.to_ne_bytes()));
        let info = |kind: &str, data: Vec<u8>| {
            attribute(IFLA_LINKINFO, &[attribute(IFLA_INFO_KIND, kind.as_bytes()), data].concat())
        };
        for (info, kind) in [
            (info("macvlan\0", mode(1)), Kind::PrivateMacVlan),
            (info("macvlan\0", mode(4)), Kind::MacVlan),
            (info("ipvlan\0", Vec::new()), Kind::IpVlan),
            (info("vrf\0", table), Kind::Vrf(10)),
            (info("veth\0", Vec::new()), Kind::Other),
        ] {
            let mut attributes = usual();
            attributes.extend([attribute(IFLA_LINK, &2u32.to_ne_bytes()), info]);
            attributes.push(attribute(IFLA_GROUP, &7u32.to_ne_bytes()));
            let LinkMessage::Whole(_, link) = link(&link_message(0, 7, Interface::UP, &attributes)) else {
                panic!("not whole")
            };
            let expected = Stack { kind, on: Some(IfIndex::new(2)), controller: None, group: 7 };
            assert_eq!(link.stack, expected);
        }
    }

    #[test]
    fn an_interface_runs_only_when_it_is_up_and_has_a_carrier() {
        for (flags, running) in [
            (0, false),
            (Interface::UP, false),
            (Interface::RUNNING, false),
            (Interface::UP | Interface::RUNNING, true),
        ] {
            let LinkMessage::Whole(_, link) = link(&link_message(0, 7, flags, &usual())) else {
                panic!("not whole")
            };
            assert_eq!(link.running, running, "{flags:#x}");
        }
    }

    #[test]
    fn a_bridge_port_that_leaves_its_bridge_is_not_an_interface_that_is_gone() {
        let bridge = u8::try_from(libc::AF_BRIDGE).unwrap();
        assert_eq!(link_gone(&link_message(bridge, 7, 0, &usual())), None);
        assert_eq!(link(&link_message(bridge, 7, 0, &usual())), LinkMessage::Foreign);
        assert_eq!(link_gone(&link_message(0, 7, 0, &usual())), Some(IfIndex::new(7)));
    }

    #[test]
    fn a_message_that_leaves_something_out_has_to_be_asked_about() {
        let partial = LinkMessage::Partial(IfIndex::new(7));
        assert_eq!(link(&link_message(0, 7, Interface::UP, &usual()[..1])), partial);
        let mut damaged = link_message(0, 7, Interface::UP, &usual());
        damaged[16..18].copy_from_slice(&2u16.to_ne_bytes());
        assert_eq!(link(&damaged), partial);
    }

    #[test]
    fn addresses_know_their_mark_and_whether_they_can_be_used() {
        let message = |flags: u32, protocol: u8| {
            let mut bytes = vec![2, 24, 0, 0];
            bytes.extend(3u32.to_ne_bytes());
            bytes.extend(attribute(IFA_ADDRESS, &[10, 0, 0, 9]));
            bytes.extend(attribute(IFA_LOCAL, &[10, 0, 0, 1]));
            bytes.extend(attribute(IFA_FLAGS, &flags.to_ne_bytes()));
            bytes.extend(attribute(IFA_PROTO, &[protocol]));
            address(&bytes).unwrap()
        };
        let (index, ours) = message(0x80, KEEPALIVED);
        assert_eq!((index, ours.net.to_string().as_str()), (IfIndex::new(3), "10.0.0.1/24"));
        assert!(ours.marked && !ours.tentative);
        for (flags, tentative) in [
            (IFA_F_TENTATIVE, true),
            (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC, false),
            (IFA_F_DADFAILED, true),
            (0x300, false),
        ] {
            assert_eq!(message(flags, 0).1.tentative, tentative, "{flags:#x}");
            assert!(!message(flags, 0).1.marked);
        }
    }

    #[test]
    fn forwarding_of_one_interface_counts_and_of_all_does_not() {
        let message = |family: u8, index: i32, on: i32| {
            let mut bytes = vec![family, 0, 0, 0];
            bytes.extend(attribute(NETCONFA_IFINDEX, &index.to_ne_bytes()));
            bytes.extend(attribute(NETCONFA_FORWARDING, &on.to_ne_bytes()));
            forwarding(&bytes)
        };
        assert_eq!(message(10, 4, 1), Some((IfIndex::new(4), true)));
        assert_eq!(message(10, 4, 0), Some((IfIndex::new(4), false)));
        assert_eq!(message(10, -1, 1), None);
        assert_eq!(message(2, 4, 1), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (link(&bytes), link_gone(&bytes), address(&bytes), forwarding(&bytes));
        }
    }
}
