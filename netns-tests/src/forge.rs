//! Adverts that no daemon would send, sent by a bystander.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use crate::clock::Stamp;
use crate::command;
use crate::conf::VIP4;
use crate::node::Node;

const PROTOCOL_VRRP: u8 = 112;

/// An advertisement over IPv4 with every field to choose. Begin with [`Forged::v2`] or [`Forged::v3`], which
/// are what a well-behaved router would send.
#[derive(Clone, Debug)]
pub struct Forged {
    /// Destination, the group of RFC 5798 at first.
    pub destination: Ipv4Addr,
    /// TTL, 255 at first.
    pub ttl: u8,
    /// Version in the high and type in the low nibble.
    pub version_and_type: u8,
    /// Virtual router id, 51 at first.
    pub vrid: u8,
    /// Priority.
    pub priority: u8,
    /// Number of addresses that the packet says it has.
    pub count: u8,
    /// The two octets before the checksum: type of authentication and seconds in version 2, centiseconds in
    /// version 3.
    pub interval: [u8; 2],
    /// The addresses, [`VIP4`] at first.
    pub addresses: Vec<Ipv4Addr>,
    /// What follows the addresses: the authentication data of version 2.
    pub trailer: Vec<u8>,
    /// How the checksum is computed.
    pub checksum: Checksum,
}

/// How the checksum of a forged advert is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// Over the message alone: version 2, and version 3 as RFC 9568 reads.
    Message,
    /// Over a pseudo-header and the message: version 3 as RFC 5798 is practised.
    PseudoHeader,
    /// Over a pseudo-header and the message without what follows its addresses, as if that were a signature.
    MessageWithoutTrailer,
    /// Wrong.
    Wrong,
}

impl Forged {
    /// Version 2 with an interval of one second and no authentication.
    #[must_use]
    pub fn v2(priority: u8) -> Self {
        Self {
            destination: Ipv4Addr::new(224, 0, 0, 18),
            ttl: 255,
            version_and_type: 0x21,
            vrid: 51,
            priority,
            count: 1,
            interval: [0, 1],
            addresses: vec![VIP4],
            trailer: vec![0; 8],
            checksum: Checksum::Message,
        }
    }

    /// Version 3 with an interval of 200 ms.
    #[must_use]
    pub fn v3(priority: u8) -> Self {
        Self {
            version_and_type: 0x31,
            interval: [0, 20],
            trailer: Vec::new(),
            checksum: Checksum::PseudoHeader,
            ..Self::v2(priority)
        }
    }

    /// The IPv4 packet from `source`.
    #[must_use]
    pub fn packet(&self, source: Ipv4Addr) -> Vec<u8> {
        let mut message = vec![self.version_and_type, self.vrid, self.priority, self.count];
        message.extend(self.interval);
        message.extend([0, 0]);
        message.extend(self.addresses.iter().flat_map(Ipv4Addr::octets));
        message.extend(&self.trailer);
        let sum = self.sum(source, &message).to_be_bytes();
        message.splice(6..8, sum);
        let total = u16::try_from(20 + message.len()).unwrap_or(u16::MAX).to_be_bytes();
        // The kernel fills in the header's checksum.
        let mut packet = vec![0x45, 0xc0, total[0], total[1], 0, 0, 0, 0, self.ttl, PROTOCOL_VRRP, 0, 0];
        packet.extend(source.octets());
        packet.extend(self.destination.octets());
        packet.extend(message);
        packet
    }

    fn sum(&self, source: Ipv4Addr, message: &[u8]) -> u16 {
        match self.checksum {
            Checksum::Message => internet_checksum(message),
            Checksum::Wrong => internet_checksum(message) ^ 0x5555,
            Checksum::PseudoHeader | Checksum::MessageWithoutTrailer => {
                let trailer = if self.checksum == Checksum::PseudoHeader { 0 } else { self.trailer.len() };
                let (message, _) = message.split_at(message.len() - trailer);
                let length = u16::try_from(message.len()).unwrap_or(u16::MAX).to_be_bytes();
                let mut bytes = [source.octets(), self.destination.octets()].concat();
                bytes.extend([0, PROTOCOL_VRRP, length[0], length[1]]);
                bytes.extend(message);
                internet_checksum(&bytes)
            }
        }
    }
}

/// RFC 1071.
fn internet_checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| match pair {
        [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
        rest => rest.first().map_or(0, |high| u32::from(*high) << 8),
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

impl Node {
    /// Sends `forged` from the node's own address. Whatever it causes is later than the stamp.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn send(&self, forged: &Forged) -> Stamp {
        self.send_from(self.ipv4(), forged)
    }

    /// Sends `forged` with the source address `source`. Whatever it causes is later than the stamp.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn send_from(&self, source: Ipv4Addr, forged: &Forged) -> Stamp {
        self.send_packet(&forged.packet(source))
    }

    /// Sends an IPv4 packet as it is. Whatever it causes is later than the stamp.
    ///
    /// # Panics
    /// If it cannot be sent, or has no destination.
    pub fn send_packet(&self, packet: &[u8]) -> Stamp {
        let to = packet.get(16..20).and_then(|octets| <[u8; 4]>::try_from(octets).ok());
        let Some(to) = to.map(Ipv4Addr::from) else { panic!("no packet: {packet:02x?}") };
        let at = Stamp::now();
        let sent = self.netns().inside(|| {
            // IPPROTO_RAW: the header is part of the octets (raw(7)).
            let socket = raw_socket(Domain::IPV4, 255, "eth0")?;
            socket.send_to(packet, &SocketAddr::new(to.into(), 0).into())
        });
        match sent {
            Ok(_) => at,
            Err(error) => panic!("sending {packet:02x?} from {}: {error}", self.name()),
        }
    }
}

/// A raw socket for `protocol` whose multicast leaves by `device` with TTL 255.
pub(crate) fn raw_socket(domain: Domain, protocol: i32, device: &str) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::RAW, Some(Protocol::from(protocol)))?;
    socket.bind_device(Some(device.as_bytes()))?;
    if domain == Domain::IPV6 {
        socket.set_multicast_hops_v6(255)?;
    } else {
        socket.set_multicast_ttl_v4(255)?;
    }
    Ok(socket)
}

/// Where noise is sent to: every protocol that a VRRP daemon listens to, and its groups.
const NOISE: [(Domain, i32, IpAddr); 3] = [
    (Domain::IPV4, 112, IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18))),
    (Domain::IPV4, 51, IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18))),
    (Domain::IPV6, 112, IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12))),
];

impl Node {
    /// Sends `count` packets of pseudo-random octets and lengths, the same in every run, to each of the groups
    /// of VRRP. Every other one begins like an advert.
    ///
    /// # Panics
    /// If they cannot be sent.
    pub fn send_noise(&self, count: u32) {
        let sent = self.netns().inside(|| {
            for (domain, protocol, group) in NOISE {
                let socket = raw_socket(domain, protocol, "eth0")?;
                let mut noise = Noise(1);
                for number in 0..count {
                    let octets = noise.packet(number % 2 == 0);
                    socket.send_to(&octets, &SocketAddr::new(group, 0).into())?;
                }
            }
            Ok::<(), io::Error>(())
        });
        if let Err(error) = sent {
            panic!("sending noise from {}: {error}", self.name());
        }
    }
}

impl Node {
    /// Sends one message of so many octets to the group of version 3, in fragments if it does not fit into a frame.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn send_octets(&self, count: usize) {
        let [(domain, protocol, group), ..] = NOISE;
        let sent = self.netns().inside(|| {
            let octets: Vec<u8> = [0x31, 51, 200, 1].into_iter().chain([0; 1]).cycle().take(count).collect();
            raw_socket(domain, protocol, "eth0")?.send_to(&octets, &SocketAddr::new(group, 0).into())
        });
        if let Err(error) = sent {
            panic!("sending {count} octets from {}: {error}", self.name());
        }
    }

    /// Tells the LAN by ARP that an address is here, as whoever wants its packets would.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn claim(&self, ip: Ipv4Addr) {
        let mac: String = self.mac().0.iter().map(|octet| format!("{octet:02x}")).collect();
        let ip: String = ip.octets().iter().map(|octet| format!("{octet:02x}")).collect();
        let frame = format!("ffffffffffff{mac}08060001080006040001{mac}{ip}ffffffffffff{ip}");
        let program = format!(
            "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('eth0', 0)); \
             s.send(bytes.fromhex('{frame}'))"
        );
        drop(command::run(&["ip", "netns", "exec", self.netns().name(), "python3", "-c", &program]));
    }
}

/// Marsaglia's xorshift: noise that is the same every time.
struct Noise(u32);

impl Noise {
    fn octet(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        let [octet, ..] = self.0.to_be_bytes();
        octet
    }

    fn packet(&mut self, like_an_advert: bool) -> Vec<u8> {
        let length = usize::from(self.octet() % 100) + 4;
        let mut octets: Vec<u8> = (0..length).map(|_| self.octet()).collect();
        if like_an_advert {
            let version_and_type = if length % 2 == 0 { 0x21 } else { 0x31 };
            octets.splice(0..2, [version_and_type, 51]);
        }
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_advert_reads_as_it_was_meant() {
        let packet = Forged::v3(200).packet(Ipv4Addr::new(10, 77, 0, 3));
        let mut frame = [0xff; 12].to_vec();
        frame.extend([8, 0]);
        frame.extend(packet);
        let crate::packet::Packet::Advert(advert) = crate::packet::decode(&frame) else { panic!() };
        assert_eq!((advert.version, advert.vrid, advert.priority, advert.ttl), (3, 51, 200, 255));
        assert_eq!(advert.interval, crate::conf::FAST);
        assert_eq!(advert.addresses, [VIP4]);
    }

    #[test]
    fn a_message_with_its_checksum_sums_to_zero() {
        let packet = Forged::v2(200).packet(Ipv4Addr::new(10, 77, 0, 3));
        assert_eq!(internet_checksum(&packet[20..]), 0);
    }
}
