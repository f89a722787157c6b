//! What few instances have: kept apart so that the others stay small.

use std::net::IpAddr;

use super::notify::Command;
use super::route::{Route, Rule};
use super::secret::Key;
use crate::base::addr::{IpNet, MacAddr};
use crate::base::id::{IfName, Priority};
use crate::base::time::Span;

/// The rarer words of an instance.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent words of keepalived.conf")]
pub struct Further {
    /// `use_vmac` or `use_ipvlan`.
    pub link: Option<OwnLink>,
    /// `use_vmac_addr`: MAC-VLANs also for addresses on other interfaces.
    pub vmac_for_addresses: bool,
    /// `use_vmac` of single addresses: the address and the name of its MAC-VLAN.
    pub address_vmacs: Vec<(IpAddr, Option<IfName>)>,
    /// `vmac_xmit_base`, also forced by unicast: advertisements leave by the interface itself.
    pub xmit_base: bool,
    /// `vrf`.
    pub vrf: Option<IfName>,
    /// `accept` or `no_accept`.
    pub accept: Option<bool>,
    /// `promote_secondaries`.
    pub promote_secondaries: bool,
    /// `unicast_fault_no_peer`, and there is no peer: it cannot take part.
    pub fault_without_peer: bool,
    /// `old_unicast_checksum`.
    pub old_checksum: Option<OldChecksum>,
    /// `timer_expired_backup`: the highest priority that somebody else may have.
    pub timer_expired_backup: Option<Priority>,
    /// `garp_extra_if`.
    pub extra_announcements: Option<ExtraAnnouncements>,
    /// `kernel_rx_buf_size`, in octets.
    pub receive_buffer: Option<u32>,
    /// `smtp_alert`.
    pub mail: Option<bool>,
    /// `notify_deleted`, perhaps with a command.
    pub notify_deleted: Option<Option<Command>>,
    /// `auth_hmac`.
    pub hmac: Option<AuthHmac>,
    /// `virtual_routes`.
    pub routes: Box<[Route]>,
    /// `virtual_rules`.
    pub rules: Box<[Rule]>,
}

/// The interface of its own that an instance has.
#[derive(Clone, Debug)]
pub struct OwnLink {
    /// Its name; made from the VRID if nobody says.
    pub name: Option<IfName>,
    /// Its group.
    pub group: Option<u32>,
    /// What it is.
    pub kind: LinkKind,
}

/// What kind of interface an instance has for its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// A MAC-VLAN with the MAC address of the virtual router.
    MacVlan {
        /// Another MAC address.
        mac: Option<MacAddr>,
        /// `netlink_notify_msg`.
        notify: bool,
    },
    /// An IP-VLAN.
    IpVlan {
        /// An address for it.
        address: Option<IpNet>,
        /// How it treats its like.
        mode: IpVlanMode,
    },
}

/// How an IP-VLAN treats others on the same interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IpVlanMode {
    /// They reach each other.
    #[default]
    Bridge,
    /// They do not.
    Private,
    /// A switch outside decides.
    Vepa,
}

/// The checksum of unicast advertisements of version 3 that keepalived before 1.3.6 had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldChecksum {
    /// Use it.
    Use,
    /// Do not even recognise it.
    Never,
}

/// `garp_extra_if`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtraAnnouncements {
    /// On all interfaces, not only on MAC-VLANs.
    pub all: bool,
    /// How often; zero is off.
    pub interval: Span,
}

/// `auth_hmac`: signed advertisements.
#[derive(Clone, Debug)]
pub struct AuthHmac {
    /// `key`: numbers and keys.
    pub keys: Vec<(u8, Key)>,
    /// `active_key`: the number of one of them.
    pub active: u8,
    /// `time_window`: how far clocks may differ; 1 s to 300 s.
    pub window: Span,
    /// `anti_replay monotonic`.
    pub monotonic: bool,
    /// `mode`.
    pub mode: HmacMode,
}

impl AuthHmac {
    /// The key of this number.
    #[must_use]
    pub fn key(&self, number: u8) -> Option<&Key> {
        self.keys.iter().find(|(known, _)| *known == number).map(|(_, key)| key)
    }

    /// Whether advertisements are signed, and not only checked.
    #[must_use]
    pub fn signs(&self) -> bool {
        match self.mode {
            HmacMode::Enforce | HmacMode::Permissive => true,
            HmacMode::ReceiveOnly => false,
        }
    }
}

/// How strictly signatures are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HmacMode {
    /// They are sent and required.
    #[default]
    Enforce,
    /// They are sent; advertisements without one are accepted.
    Permissive,
    /// They are not sent; advertisements without one are accepted.
    ReceiveOnly,
}
