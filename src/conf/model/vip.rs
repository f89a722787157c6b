//! Virtual addresses.

use std::net::Ipv4Addr;

use crate::base::addr::IpNet;
use crate::base::id::{IfName, Label};

/// An entry of `virtual_ipaddress` or `virtual_ipaddress_excluded` (keepalived.conf(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vip {
    /// The address and its prefix length (/32 or /128 by default).
    pub net: IpNet,
    /// `dev`, where it is not the instance's interface.
    pub device: Option<IfName>,
    /// `scope`, as rtnetlink numbers it (0 is global); IPv4 only.
    pub scope: u8,
    /// `brd`.
    pub broadcast: Option<Ipv4Addr>,
    /// `label`, at most 15 octets; IPv4 only.
    pub label: Option<Label>,
    /// `peer`: the far end of a point-to-point link; the prefix length belongs to it.
    pub peer: Option<IpNet>,
    /// Flags.
    pub flags: VipFlags,
    /// `preferred_lft` in seconds: 0 is never chosen as a source, `None` is for ever.
    pub preferred_lft: Option<u32>,
}

impl Vip {
    /// An address of which nothing is said but itself.
    #[must_use]
    pub fn plain(net: IpNet) -> Vip {
        Vip {
            net,
            device: None,
            scope: 0,
            broadcast: None,
            label: None,
            peer: None,
            flags: VipFlags::default(),
            preferred_lft: None,
        }
    }

    /// The address as the kernel reports it: with a far end, the prefix length is of that.
    #[must_use]
    pub fn reported(&self) -> IpNet {
        let far = self.peer.and_then(|peer| IpNet::new(self.net.addr(), peer.prefix()));
        far.unwrap_or(self.net)
    }
}

/// Which of the flags of an address are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent words of keepalived.conf")]
pub struct VipFlags {
    /// `home` (IPv6).
    pub home: bool,
    /// `-nodad`: let the kernel look for duplicates first (IPv6).
    pub duplicate_detection: bool,
    /// `mngtmpaddr` (IPv6).
    pub mngtmpaddr: bool,
    /// `noprefixroute`.
    pub noprefixroute: bool,
    /// `autojoin`.
    pub autojoin: bool,
    /// `no_track`: leave it to others to delete the address.
    pub no_track: bool,
}
