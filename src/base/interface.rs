//! What the kernel says of an interface as a whole, for those who show it.

use super::addr::MacAddr;
use super::id::{IfIndex, IfName};

/// What the kernel says of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its number.
    pub index: IfIndex,
    /// Its name.
    pub name: IfName,
    /// Its flags: [`Interface::UP`] and its like.
    pub flags: u32,
    /// Its group.
    pub group: u32,
    /// The kind of its hardware (`ARPHRD_*`).
    pub hardware: u16,
    /// Its largest packet, in octets.
    pub mtu: u32,
    /// Its link-layer address, if that has six octets.
    pub mac: Option<MacAddr>,
    /// The link-layer address of everybody.
    pub broadcast: Option<MacAddr>,
}

/// Flags (netdevice(7), `IFF_*`).
impl Interface {
    /// It is meant to work.
    pub const UP: u32 = 1;
    /// It has a broadcast address.
    pub const BROADCAST: u32 = 1 << 1;
    /// It is a loopback.
    pub const LOOPBACK: u32 = 1 << 3;
    /// It leads to one other host.
    pub const POINT_TO_POINT: u32 = 1 << 4;
    /// It works.
    pub const RUNNING: u32 = 1 << 6;
    /// It does no ARP.
    pub const NO_ARP: u32 = 1 << 7;
    /// It can multicast.
    pub const MULTICAST: u32 = 1 << 12;
}
