//! What is there as long as keepalived runs, and what concerns several interfaces or instances.

use super::route::{Route, Rule};
use super::vip::Vip;
use crate::base::id::{IfName, InstanceId};
use crate::base::time::Span;

/// Addresses, routes and rules that do not depend on any instance.
#[derive(Clone, Debug, Default)]
pub struct Statics {
    /// `static_ipaddress`; `device` is always set.
    pub addresses: Vec<StaticAddress>,
    /// `static_routes`.
    pub routes: Vec<Route>,
    /// `static_rules`.
    pub rules: Vec<Rule>,
    /// `track_group`.
    pub groups: Vec<TrackGroup>,
}

/// A static address.
#[derive(Clone, Debug)]
pub struct StaticAddress {
    /// The address with its interface.
    pub vip: Vip,
    /// `track_group`.
    pub track_group: Option<Box<str>>,
}

/// `track_group`: instances that fault with the interface of a static entry.
#[derive(Clone, Debug)]
pub struct TrackGroup {
    /// Its name.
    pub name: Box<str>,
    /// `group`.
    pub members: Box<[InstanceId]>,
}

/// `garp_group`: interfaces that share limits of announcements.
#[derive(Clone, Debug)]
pub struct GarpGroup {
    /// `garp_interval`: the least time between two gratuitous ARPs.
    pub garp_interval: Option<Span>,
    /// `gna_interval`: the least time between two neighbour advertisements.
    pub gna_interval: Option<Span>,
    /// `interface` or `interfaces`.
    pub interfaces: Box<[IfName]>,
}

/// How the link state of an interface is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Whatever works.
    Any,
    /// The registers of the transceiver.
    Mii,
    /// The driver.
    Ethtool,
    /// The flags of the interface.
    Ioctl,
}

/// What is said of single interfaces.
#[derive(Clone, Debug, Default)]
pub struct LinkSettings {
    /// `linkbeat_interfaces`.
    pub polled: Vec<(IfName, Beat)>,
    /// `interface_up_down_delays`: how long a link has to be down, and up, before that counts.
    pub delays: Vec<(IfName, Span, Span)>,
    /// `garp_group`.
    pub garp_groups: Vec<GarpGroup>,
}
