//! `global_defs`: what concerns the whole daemon. Defaults of instances are already merged into the instances.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::notify::{Fifo, RunAs};
use super::settings::Settings;
use super::vrrp::{Garp, Instance, Quirks};
use crate::base::id::Version;
use crate::base::time::Span;

/// Settings of the daemon.
#[derive(Clone, Debug)]
pub struct Global {
    /// `router_id`: who we are in mails and dumps; the host name by default.
    pub router_id: Box<str>,
    /// `vrrp_mcast_group4`.
    pub group4: Ipv4Addr,
    /// `vrrp_mcast_group6`.
    pub group6: Ipv6Addr,
    /// `vrrp_garp_interval`: the least time between two gratuitous ARPs on one interface; zero is none.
    pub garp_interval: Span,
    /// `vrrp_gna_interval`: as `garp_interval`, for unsolicited neighbour advertisements.
    pub gna_interval: Span,
    /// `log_unknown_vrids`: say so when an advertisement for no instance of ours arrives.
    pub log_unknown_vrids: bool,
    /// `notify_fifo`.
    pub notify_fifo: Option<Fifo>,
    /// `vrrp_notify_fifo`.
    pub vrrp_notify_fifo: Option<Fifo>,
    /// What concerns one facility each.
    pub settings: Settings,
    /// What instances are like that say nothing else.
    pub defaults: Defaults,
}

/// What instances and commands are like that say nothing else. It is merged into them already: this is for showing.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// How announcements are made.
    pub garp: Garp,
    /// `vrrp_garp_lower_prio_delay`, if it is said.
    pub lower_prio_delay: Option<Span>,
    /// `vrrp_garp_lower_prio_repeat`, if it is said.
    pub lower_prio_repeat: Option<u32>,
    /// `vrrp_down_timer_adverts`.
    pub down_timer_adverts: u8,
    /// `vrrp_version`.
    pub version: Version,
    /// `vrrp_check_unicast_src`.
    pub check_unicast_src: bool,
    /// `vrrp_notify_priority_changes`.
    pub notify_priority_changes: bool,
    /// `vrrp_strict` and its like.
    pub quirks: Quirks,
    /// `enable_script_security`.
    pub script_security: bool,
    /// `script_user`, or the usual user if there is one.
    pub script_user: Option<RunAs>,
}

impl Default for Defaults {
    fn default() -> Self {
        Defaults {
            garp: Garp::default(),
            lower_prio_delay: None,
            lower_prio_repeat: None,
            down_timer_adverts: Instance::DOWN_TIMER_ADVERTS,
            version: Instance::VERSION,
            check_unicast_src: false,
            notify_priority_changes: false,
            quirks: Quirks::default(),
            script_security: false,
            script_user: None,
        }
    }
}

impl Global {
    /// The group that VRRP for IPv4 uses (RFC 9568, 5.1.1.2).
    pub const GROUP4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);
    /// The group that VRRP for IPv6 uses (RFC 9568, 5.1.2.2).
    pub const GROUP6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);
}

impl Default for Global {
    fn default() -> Self {
        Global {
            router_id: Box::default(),
            group4: Self::GROUP4,
            group6: Self::GROUP6,
            garp_interval: Span::ZERO,
            gna_interval: Span::ZERO,
            log_unknown_vrids: false,
            notify_fifo: None,
            vrrp_notify_fifo: None,
            settings: Settings::default(),
            defaults: Defaults::default(),
        }
    }
}
