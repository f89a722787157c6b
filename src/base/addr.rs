//! Addresses: families, prefixes, MACs, and the orders and derivations that VRRP needs of them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::id::Vrid;

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub const fn of(addr: IpAddr) -> Family {
        match addr {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }

    /// The prefix length that means one address: 32 or 128.
    #[must_use]
    pub const fn host_prefix(self) -> u8 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    /// Octets of an address: 4 or 16.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Family::V4 => 4,
            Family::V6 => 16,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        })
    }
}

/// An address with its prefix length, host bits kept: `10.0.0.5/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpNet {
    addr: IpAddr,
    prefix: u8,
}

impl IpNet {
    /// `addr/prefix`, or `None` if the prefix is longer than the address.
    #[must_use]
    pub const fn new(addr: IpAddr, prefix: u8) -> Option<IpNet> {
        if prefix > Family::of(addr).host_prefix() { None } else { Some(IpNet { addr, prefix }) }
    }

    /// The address alone: `/32` or `/128`.
    #[must_use]
    pub const fn host(addr: IpAddr) -> IpNet {
        IpNet { addr, prefix: Family::of(addr).host_prefix() }
    }

    /// The address, host bits included.
    #[must_use]
    pub const fn addr(self) -> IpAddr {
        self.addr
    }

    /// The prefix length in bits.
    #[must_use]
    pub const fn prefix(self) -> u8 {
        self.prefix
    }

    /// The family.
    #[must_use]
    pub const fn family(self) -> Family {
        Family::of(self.addr)
    }

    /// Whether the prefix covers one address only.
    #[must_use]
    pub const fn is_host(self) -> bool {
        self.prefix == self.family().host_prefix()
    }

    /// The IPv4 address with every host bit set (`true`) or clear; `None` for IPv6.
    #[must_use]
    pub fn host_bits(self, set: bool) -> Option<Ipv4Addr> {
        let IpAddr::V4(addr) = self.addr else { return None };
        let host = u32::MAX.checked_shr(u32::from(self.prefix)).unwrap_or(0);
        Some(Ipv4Addr::from_bits(if set { addr.to_bits() | host } else { addr.to_bits() & !host }))
    }
}

/// With `/N` always.
impl fmt::Display for IpNet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.addr, self.prefix)
    }
}

/// A link-layer address of six octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr(pub [u8; 6]);

impl MacAddr {
    /// All ones.
    pub const BROADCAST: MacAddr = MacAddr([0xff; 6]);

    /// The virtual router's own address (RFC 9568, 7.3).
    #[must_use]
    pub const fn virtual_router(family: Family, vrid: Vrid) -> MacAddr {
        let which = match family {
            Family::V4 => 1,
            Family::V6 => 2,
        };
        MacAddr([0x00, 0x00, 0x5e, 0x00, which, vrid.get()])
    }

    /// Where Ethernet sends packets for a multicast group (RFC 1112, 6.4; RFC 2464, 7).
    #[must_use]
    pub const fn of_group(group: IpAddr) -> MacAddr {
        match group {
            IpAddr::V4(group) => {
                let [_, b, c, d] = group.octets();
                MacAddr([0x01, 0x00, 0x5e, b & 0x7f, c, d])
            }
            IpAddr::V6(group) => {
                let [.., c, d, e, f] = group.octets();
                MacAddr([0x33, 0x33, c, d, e, f])
            }
        }
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f] = self.0;
        write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

impl FromStr for MacAddr {
    type Err = ();

    fn from_str(text: &str) -> Result<MacAddr, ()> {
        let mut octets = [0; 6];
        let mut parts = text.split(':');
        for octet in &mut octets {
            let part = parts.next().filter(|part| (1..=2).contains(&part.len())).ok_or(())?;
            if !part.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(());
            }
            *octet = u8::from_str_radix(part, 16).map_err(|_| ())?;
        }
        if parts.next().is_some() { Err(()) } else { Ok(MacAddr(octets)) }
    }
}

/// All nodes on the link, where neighbour advertisements go.
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// Whether `addr` is IPv6 link-local (`fe80::/10`).
#[must_use]
pub const fn is_link_local(addr: Ipv6Addr) -> bool {
    addr.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str, prefix: u8) -> IpNet {
        IpNet::new(text.parse().unwrap(), prefix).unwrap()
    }

    #[test]
    fn prefixes_longer_than_the_address_are_refused() {
        assert_eq!(IpNet::new("10.0.0.1".parse().unwrap(), 33), None);
        assert!(IpNet::new("fe80::1".parse().unwrap(), 128).is_some_and(IpNet::is_host));
    }

    #[test]
    fn host_bits_of_every_prefix_length() {
        assert_eq!(net("10.1.2.3", 24).host_bits(true), Some(Ipv4Addr::new(10, 1, 2, 255)));
        assert_eq!(net("10.1.2.3", 24).host_bits(false), Some(Ipv4Addr::new(10, 1, 2, 0)));
        assert_eq!(net("10.1.2.3", 32).host_bits(true), Some(Ipv4Addr::new(10, 1, 2, 3)));
        assert_eq!(net("10.1.2.3", 0).host_bits(true), Some(Ipv4Addr::BROADCAST));
        assert_eq!(net("fe80::1", 64).host_bits(true), None);
    }

    #[test]
    fn macs_of_groups_and_routers() {
        let vrrp4 = MacAddr::of_group("224.0.0.18".parse().unwrap());
        assert_eq!(vrrp4.to_string(), "01:00:5e:00:00:12");
        assert_eq!(MacAddr::of_group("ff02::12".parse().unwrap()).to_string(), "33:33:00:00:00:12");
        let vrid = Vrid::new(51).unwrap();
        assert_eq!(MacAddr::virtual_router(Family::V6, vrid).to_string(), "00:00:5e:00:02:33");
    }

    #[test]
    fn macs_parse_strictly() {
        assert_eq!("0:0:5e:0:1:33".parse(), Ok(MacAddr([0, 0, 0x5e, 0, 1, 0x33])));
        for bad in ["", "00:00:5e:00:01", "00:00:5e:00:01:33:44", "00:00:5e:00:01:+3", "00:00:5e:00:01:333"] {
            assert_eq!(bad.parse::<MacAddr>(), Err(()), "{bad}");
        }
    }
}
