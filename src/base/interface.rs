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
    /// Its flags (netdevice(7)).
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
