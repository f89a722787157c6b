//! What the laboratory understands of a captured frame: VRRP adverts, ARP and neighbour advertisements.
//!
//! Written for the observer alone and from the RFCs, so that a mistake of the daemon's own codec cannot
//! hide itself. Checksums are left to tcpdump, see [`crate::witness`].

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_ARP: u16 = 0x0806;
const ETHERTYPE_IPV6: u16 = 0x86dd;
const PROTOCOL_AH: u8 = 51;
const PROTOCOL_ICMPV6: u8 = 58;
const PROTOCOL_VRRP: u8 = 112;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;

/// A hardware address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// All ones.
    pub const BROADCAST: Self = Self([0xff; 6]);
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// The meaning of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// A VRRP advertisement.
    Advert(Advert),
    /// An ARP packet.
    Arp(Arp),
    /// An ICMPv6 neighbour advertisement.
    Neighbour(Neighbour),
    /// Anything else.
    Other,
}

/// A VRRP advertisement (RFC 3768 section 5, RFC 9568 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advert {
    /// Source MAC address of the frame.
    pub sender: Mac,
    /// Source IP address.
    pub source: IpAddr,
    /// Destination IP address: the group, or the peer in unicast.
    pub destination: IpAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// Type of service or traffic class.
    pub tos: u8,
    /// 2 or 3.
    pub version: u8,
    /// Virtual router id.
    pub vrid: u8,
    /// 0 means that the sender stops being master, 255 that it owns the addresses.
    pub priority: u8,
    /// The advertised interval: seconds on the wire in version 2, centiseconds in version 3.
    pub interval: Duration,
    /// The virtual addresses, in the order on the wire.
    pub addresses: Vec<IpAddr>,
    /// Authentication.
    pub auth: Auth,
}

/// How an advertisement is authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Not at all, or version 3.
    None,
    /// The eight octets of a simple password (RFC 2338 section 5.3.6.2).
    Simple([u8; 8]),
    /// An IPsec authentication header with this sequence number (RFC 2402).
    Ah {
        /// Sequence number.
        sequence: u32,
    },
}

/// An ARP packet for IPv4 over Ethernet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Destination MAC address of the frame.
    pub to: Mac,
    /// 1 request, 2 reply.
    pub operation: u16,
    /// Sender hardware address.
    pub sender_mac: Mac,
    /// Sender protocol address.
    pub sender_ip: Ipv4Addr,
    /// Target hardware address.
    pub target_mac: Mac,
    /// Target protocol address.
    pub target_ip: Ipv4Addr,
}

impl Arp {
    /// Whether it tells everyone where an address lives (RFC 5227 section 3). The answer of a kernel to
    /// somebody else's announcement has the same addresses in it, but goes to that one alone.
    #[must_use]
    pub fn is_gratuitous(&self) -> bool {
        self.sender_ip == self.target_ip && self.to == Mac::BROADCAST
    }
}

/// A neighbour advertisement (RFC 4861 section 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Source IPv6 address.
    pub source: Ipv6Addr,
    /// Destination IPv6 address.
    pub destination: Ipv6Addr,
    /// Hop limit, 255 or receivers drop it.
    pub ttl: u8,
    /// The address it is about.
    pub target: Ipv6Addr,
    /// R flag.
    pub router: bool,
    /// S flag, clear when unsolicited.
    pub solicited: bool,
    /// O flag.
    pub overriding: bool,
    /// Target link-layer address option.
    pub mac: Option<Mac>,
}

/// What `frame`, an Ethernet frame, means. Anything cut short or unknown is [`Packet::Other`].
#[must_use]
pub fn decode(frame: &[u8]) -> Packet {
    let mut bytes = Bytes(frame);
    ethernet(&mut bytes).unwrap_or(Packet::Other)
}

fn ethernet(bytes: &mut Bytes<'_>) -> Option<Packet> {
    let to = Mac(bytes.array()?);
    let sender = Mac(bytes.array()?);
    match bytes.u16()? {
        ETHERTYPE_ARP => arp(bytes, to).map(Packet::Arp),
        ETHERTYPE_IPV4 => ipv4(bytes, sender).map(Packet::Advert),
        ETHERTYPE_IPV6 => ipv6(bytes, sender),
        _ => None,
    }
}

fn arp(bytes: &mut Bytes<'_>, to: Mac) -> Option<Arp> {
    let ethernet_and_ipv4 = [0, 1, 8, 0, 6, 4];
    if bytes.array()? != ethernet_and_ipv4 {
        return None;
    }
    Some(Arp {
        to,
        operation: bytes.u16()?,
        sender_mac: Mac(bytes.array()?),
        sender_ip: bytes.array::<4>()?.into(),
        target_mac: Mac(bytes.array()?),
        target_ip: bytes.array::<4>()?.into(),
    })
}

fn ipv4(bytes: &mut Bytes<'_>, sender: Mac) -> Option<Advert> {
    let [version_and_length, tos] = bytes.array()?;
    let total = usize::from(bytes.u16()?);
    let [_, _, _, _, ttl, protocol, _, _] = bytes.array()?;
    let source = IpAddr::from(bytes.array::<4>()?);
    let destination = IpAddr::from(bytes.array::<4>()?);
    let header = usize::from(version_and_length & 0x0f) * 4;
    bytes.take(header.checked_sub(20)?)?;
    let mut body = Bytes(bytes.take(total.checked_sub(header)?)?);
    let ip = Ip { sender, source, destination, ttl, tos };
    match protocol {
        PROTOCOL_VRRP => vrrp(&mut body, ip, None),
        PROTOCOL_AH => {
            let [next, _, _, _, _, _, _, _] = body.array()?;
            let sequence = body.u32()?;
            body.take(12)?;
            if next == PROTOCOL_VRRP { vrrp(&mut body, ip, Some(sequence)) } else { None }
        }
        _ => None,
    }
}

fn ipv6(bytes: &mut Bytes<'_>, sender: Mac) -> Option<Packet> {
    let [_, _, _, tos] = (bytes.u32()? >> 20).to_be_bytes();
    let length = usize::from(bytes.u16()?);
    let [next, ttl] = bytes.array()?;
    let source = Ipv6Addr::from(bytes.array::<16>()?);
    let destination = Ipv6Addr::from(bytes.array::<16>()?);
    let mut body = Bytes(bytes.take(length)?);
    match next {
        PROTOCOL_VRRP => {
            let ip = Ip { sender, source: source.into(), destination: destination.into(), ttl, tos };
            vrrp(&mut body, ip, None).map(Packet::Advert)
        }
        PROTOCOL_ICMPV6 => neighbour(&mut body, source, destination, ttl).map(Packet::Neighbour),
        _ => None,
    }
}

/// What an advertisement takes from the headers around it.
#[derive(Clone, Copy)]
struct Ip {
    sender: Mac,
    source: IpAddr,
    destination: IpAddr,
    ttl: u8,
    tos: u8,
}

fn vrrp(body: &mut Bytes<'_>, ip: Ip, ah: Option<u32>) -> Option<Advert> {
    let [version_and_type, vrid, priority, count] = body.array()?;
    let [auth_type, seconds] = body.array()?;
    let _checksum = body.u16()?;
    let version = version_and_type >> 4;
    let addresses = (0..count)
        .map(|_| match ip.source {
            IpAddr::V4(_) => body.array::<4>().map(IpAddr::from),
            IpAddr::V6(_) => body.array::<16>().map(IpAddr::from),
        })
        .collect::<Option<Vec<_>>>()?;
    let (interval, auth) = if version == 2 {
        let auth = match (auth_type, ah) {
            (_, Some(sequence)) => Auth::Ah { sequence },
            (1, None) => Auth::Simple(body.array()?),
            (_, None) => Auth::None,
        };
        (Duration::from_secs(seconds.into()), auth)
    } else {
        let centiseconds = u16::from_be_bytes([auth_type & 0x0f, seconds]);
        (Duration::from_millis(u64::from(centiseconds) * 10), Auth::None)
    };
    let Ip { sender, source, destination, ttl, tos } = ip;
    Some(Advert { sender, source, destination, ttl, tos, version, vrid, priority, interval, addresses, auth })
}

fn neighbour(body: &mut Bytes<'_>, source: Ipv6Addr, destination: Ipv6Addr, ttl: u8) -> Option<Neighbour> {
    let [kind, code, _, _] = body.array()?;
    if kind != NEIGHBOUR_ADVERTISEMENT || code != 0 {
        return None;
    }
    let [flags, _, _, _] = body.array()?;
    let target = Ipv6Addr::from(body.array::<16>()?);
    let mac = match body.array() {
        Some([2, 1]) => Some(Mac(body.array()?)),
        Some(_) | None => None,
    };
    Some(Neighbour {
        source,
        destination,
        ttl,
        target,
        router: flags & 0x80 != 0,
        solicited: flags & 0x40 != 0,
        overriding: flags & 0x20 != 0,
        mac,
    })
}

/// A reader that runs out instead of reading past the end.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
}

#[cfg(test)]
mod tests;
