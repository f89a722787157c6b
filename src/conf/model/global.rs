//! `global_defs`: what concerns the whole daemon. Defaults of instances are already merged into the instances.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::notify::Fifo;
use super::settings::Settings;
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
        }
    }
}
