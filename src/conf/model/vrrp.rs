//! `vrrp_instance`: one virtual router.

use std::net::IpAddr;

use super::further::{AuthHmac, Further, LinkKind, OldChecksum};
use super::global::Global;
use super::notify::RareHooks;
use super::route::{Route, Rule};
use super::secret::Password;
use super::track::Trackers;
use super::vip::Vip;
use crate::base::addr::Family;
use crate::base::id::{IfName, Priority, Version, Vrid};
use crate::base::time::Span;

/// One virtual router, defaults and `global_defs` merged in.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its name.
    pub name: Box<str>,
    /// `interface`; only a unicast instance with a source address may lack it.
    pub interface: Option<IfName>,
    /// `virtual_router_id`.
    pub vrid: Vrid,
    /// `version`.
    pub version: Version,
    /// The family of its advertisements and of the addresses in them.
    pub family: Family,
    /// `state`: whether it starts out wanting to be master.
    pub starts_as_master: bool,
    /// `priority`, before anything tracked changes it.
    pub priority: Priority,
    /// `advert_int`: whole seconds up to 255 s in version 2, whole centiseconds up to 40.95 s in version 3.
    pub advert_int: Span,
    /// `down_timer_adverts`: how many intervals of silence end a master, 1 to 100.
    pub down_timer_adverts: u8,
    /// `preempt`, `nopreempt`, `preempt_delay`.
    pub preempt: Preempt,
    /// `authentication`.
    pub auth: Auth,
    /// Where advertisements go and what of those that come is believed.
    pub transport: Transport,
    /// `mcast_src_ip` or `unicast_src_ip`; else an address of the interface is chosen.
    pub source: Option<IpAddr>,
    /// `track_src_ip`: FAULT while the configured source address is not on this host.
    pub track_source: bool,
    /// `virtual_ipaddress`: in advertisements, in this order; at most 255.
    pub vips: Box<[Vip]>,
    /// `virtual_ipaddress_excluded`: installed and announced, but not in advertisements.
    pub excluded: Box<[Vip]>,
    /// When and how often addresses are announced.
    pub garp: Garp,
    /// Variations of the protocol.
    pub quirks: Quirks,
    /// What it tracks.
    pub trackers: Trackers,
    /// Whom it tells.
    pub hooks: RareHooks,
    /// Its rarer words.
    pub further: Option<Box<Further>>,
}

impl Instance {
    /// `version`, unless it is one of IPv6, which begins with version 3.
    pub const VERSION: Version = Version::V2;
    /// `advert_int`, if nothing else is said.
    pub const ADVERT_INT: Span = Span::from_secs(1);
    /// `down_timer_adverts`, if neither the instance nor `global_defs` says anything else.
    pub const DOWN_TIMER_ADVERTS: u8 = 3;

    /// What keepalived.conf(5) makes of an instance of IPv4 that has a name and a number, and neither interface nor
    /// addresses.
    #[must_use]
    pub fn plain(name: &str, vrid: Vrid) -> Instance {
        Instance {
            name: name.into(),
            interface: None,
            vrid,
            version: Self::VERSION,
            family: Family::V4,
            starts_as_master: false,
            priority: Priority::DEFAULT,
            advert_int: Self::ADVERT_INT,
            down_timer_adverts: Self::DOWN_TIMER_ADVERTS,
            preempt: Preempt::Yes,
            auth: Auth::None,
            transport: Transport::multicast(Family::V4),
            source: None,
            track_source: false,
            vips: Box::default(),
            excluded: Box::default(),
            garp: Garp::default(),
            quirks: Quirks::default(),
            trackers: Trackers::default(),
            hooks: RareHooks::default(),
            further: None,
        }
    }

    /// The multicast group that it advertises to, if it does.
    #[must_use]
    pub const fn group(&self) -> Option<IpAddr> {
        match self.transport {
            Transport::Multicast { group } => Some(group),
            Transport::Unicast(_) => None,
        }
    }

    /// Whether its addresses accept packets that are for them. Those of their owner always do (RFC 9568, 6.1).
    #[must_use]
    pub fn accepts(&self) -> bool {
        let said = self.further.as_ref().and_then(|further| further.accept);
        self.priority.is_owner() || said.unwrap_or(!self.quirks.strict)
    }

    /// Whether it has a MAC-VLAN for its own.
    #[must_use]
    pub fn has_mac_vlan(&self) -> bool {
        let link = self.further.as_ref().and_then(|further| further.link.as_ref());
        link.is_some_and(|link| match link.kind {
            LinkKind::MacVlan { .. } => true,
            LinkKind::IpVlan { .. } => false,
        })
    }

    /// Whether packets have to be kept away from its addresses, or off its MAC-VLAN.
    #[must_use]
    pub fn needs_firewall(&self) -> bool {
        !self.accepts() || self.has_mac_vlan()
    }

    /// How its advertisements are signed, if they are.
    #[must_use]
    pub fn hmac(&self) -> Option<&AuthHmac> {
        self.further.as_ref()?.hmac.as_ref()
    }

    /// `old_unicast_checksum`.
    #[must_use]
    pub fn old_checksum(&self) -> Option<OldChecksum> {
        self.further.as_ref()?.old_checksum
    }

    /// The addresses that are installed while master: those advertised, then those excluded.
    pub fn addresses(&self) -> impl Iterator<Item = &Vip> + Clone {
        self.vips.iter().chain(&*self.excluded)
    }

    /// `virtual_routes` and `virtual_rules`.
    #[must_use]
    pub fn routes_and_rules(&self) -> (&[Route], &[Rule]) {
        self.further.as_ref().map_or((&[], &[]), |further| (&further.routes, &further.rules))
    }
}

/// When a better router may take over from a worse master that is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preempt {
    /// As soon as the master-down time has passed.
    Yes,
    /// `preempt_delay`: only after hearing worse advertisements for this long.
    After(Span),
    /// `nopreempt`.
    Never,
}

/// The legacy authentication of VRRPv2 (RFC 2338, 5.3.6).
#[derive(Clone, Debug)]
pub enum Auth {
    /// None.
    None,
    /// `PASS`: the password in clear.
    Pass(Password),
    /// `AH`: an IPsec authentication header keyed with the password.
    Ah(Password),
}

/// Where advertisements go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// To a multicast group.
    Multicast {
        /// `mcast_dst_ip` or the group of the family.
        group: IpAddr,
    },
    /// `unicast_peer`: a copy to each peer.
    Unicast(Unicast),
}

impl Transport {
    /// To the group that VRRP has in a family.
    #[must_use]
    pub const fn multicast(family: Family) -> Transport {
        let group = match family {
            Family::V4 => IpAddr::V4(Global::GROUP4),
            Family::V6 => IpAddr::V6(Global::GROUP6),
        };
        Transport::Multicast { group }
    }

    /// Whether this is unicast.
    #[must_use]
    pub const fn is_unicast(&self) -> bool {
        matches!(self, Transport::Unicast(_))
    }
}

/// The unicast side of an instance.
#[derive(Clone, Debug)]
pub struct Unicast {
    /// The peers in file order, each once; never empty.
    pub peers: Box<[Peer]>,
    /// `unicast_ttl`; `None` is 255 for IPv4 and the kernel's choice for IPv6.
    pub ttl: Option<u8>,
    /// `check_unicast_src`: believe only the peers.
    pub only_peers: bool,
}

/// An entry of `unicast_peer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub addr: IpAddr,
    /// `min_ttl`: the lowest TTL that is accepted from it.
    pub min_ttl: u8,
    /// `max_ttl`: the highest.
    pub max_ttl: u8,
}

impl Peer {
    /// One of which nothing is said but its address: any TTL will do.
    #[must_use]
    pub const fn plain(addr: IpAddr) -> Peer {
        Peer { addr, min_ttl: 0, max_ttl: 255 }
    }
}

/// Gratuitous ARP and unsolicited neighbour advertisements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garp {
    /// `garp_master_repeat`: rounds at once on becoming master; at least 1.
    pub repeat: u32,
    /// `garp_master_delay`: the same again after this long; zero is never.
    pub delay: Span,
    /// `garp_master_refresh`: the period of refreshing rounds; zero is never.
    pub refresh: Span,
    /// `garp_master_refresh_repeat`: rounds of each refresh; at least 1.
    pub refresh_repeat: u32,
    /// `garp_lower_prio_repeat`: rounds when a master hears a worse one; 0 is none.
    pub lower_prio_repeat: u32,
    /// `garp_lower_prio_delay`: the same again after this long; zero is never.
    pub lower_prio_delay: Span,
}

impl Default for Garp {
    fn default() -> Self {
        Garp {
            repeat: 5,
            delay: Span::from_secs(5),
            refresh: Span::ZERO,
            refresh_repeat: 1,
            lower_prio_repeat: 5,
            lower_prio_delay: Span::from_secs(5),
        }
    }
}

/// Deviations from the plain protocol that the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent words of keepalived.conf")]
pub struct Quirks {
    /// `strict_mode` or `vrrp_strict`.
    pub strict: bool,
    /// `lower_prio_no_advert`: do not answer a worse master.
    pub lower_prio_no_advert: bool,
    /// `higher_prio_send_advert`: one more advertisement before yielding to a better master.
    pub higher_prio_send_advert: bool,
    /// `skip_check_adv_addr`: do not compare the addresses of a master already known.
    pub skip_check_adv_addr: bool,
    /// `owner_ignore_adverts`: an owner drops all advertisements.
    pub owner_ignore_adverts: bool,
    /// `v3_checksum_as_v2`: leave the pseudo-header out of the IPv4 checksum of version 3.
    pub v3_checksum_as_v2: bool,
}
