//! Virtual servers, real servers and their health checks.

mod checker;

use std::net::{IpAddr, Ipv4Addr};

pub use checker::{
    Checker, CheckerKind, DnsType, Http, HttpVersion, Page, Regex, Smtp, SmtpHost, Target, UdpReply,
};

use super::notify::Command;
use crate::base::addr::Family;
use crate::base::time::Span;

/// Everything that the health checkers do.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// `virtual_server_group`.
    pub groups: Vec<ServerGroup>,
    /// `virtual_server`.
    pub services: Vec<Service>,
    /// `SSL`.
    pub tls: Option<Tls>,
}

/// `SSL`: what is shown to servers of SSL_GET.
#[derive(Clone, Default)]
pub struct Tls {
    /// `password` of the key.
    pub password: Option<Box<str>>,
    /// `ca`.
    pub ca: Option<Box<str>>,
    /// `certificate`.
    pub certificate: Option<Box<str>>,
    /// `key`.
    pub key: Option<Box<str>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Tls")
            .field("password", &self.password.as_ref().map(|_| "********"))
            .field("ca", &self.ca)
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .finish()
    }
}

/// An entry of a `virtual_server_group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupEntry {
    /// `count` addresses from `first` on, with the same port.
    Addresses {
        /// The first one.
        first: IpAddr,
        /// How many there are besides the first.
        more: u32,
        /// The port; 0 is any.
        port: u16,
    },
    /// `fwmark`.
    Mark {
        /// The mark.
        mark: u32,
        /// The family, if it is written.
        family: Option<Family>,
    },
}

/// `virtual_server_group`.
#[derive(Clone, Debug)]
pub struct ServerGroup {
    /// Its name.
    pub name: Box<str>,
    /// Its entries; never empty.
    pub entries: Box<[GroupEntry]>,
}

/// What a service listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// An address and a port; 0 is any.
    Address(IpAddr, u16),
    /// A mark of the packet filter.
    Mark(u32),
    /// A `virtual_server_group`.
    Group(Box<str>),
}

/// The protocol of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// Whatever carries the mark.
    Any,
}

/// How connections are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheduler {
    /// Round robin.
    RoundRobin,
    /// Weighted round robin.
    WeightedRoundRobin,
    /// Least connections.
    LeastConnection,
    /// Weighted least connections.
    #[default]
    WeightedLeastConnection,
    /// Locality-based least connections.
    LocalityLeastConnection,
    /// The same with replication.
    LocalityReplicated,
    /// Source hashing.
    SourceHash,
    /// Maglev hashing.
    Maglev,
    /// Destination hashing.
    DestinationHash,
    /// Weighted failover.
    Failover,
    /// Weighted overflow.
    Overflow,
    /// Shortest expected delay.
    ShortestDelay,
    /// Never queue.
    NeverQueue,
    /// The better of two random choices.
    TwoRandom,
}

impl Scheduler {
    /// The schedulers by the names of ipvsadm(8).
    pub const NAMES: [(&'static str, Scheduler); 14] = [
        ("rr", Scheduler::RoundRobin),
        ("wrr", Scheduler::WeightedRoundRobin),
        ("lc", Scheduler::LeastConnection),
        ("wlc", Scheduler::WeightedLeastConnection),
        ("lblc", Scheduler::LocalityLeastConnection),
        ("lblcr", Scheduler::LocalityReplicated),
        ("sh", Scheduler::SourceHash),
        ("mh", Scheduler::Maglev),
        ("dh", Scheduler::DestinationHash),
        ("fo", Scheduler::Failover),
        ("ovf", Scheduler::Overflow),
        ("sed", Scheduler::ShortestDelay),
        ("nq", Scheduler::NeverQueue),
        ("twos", Scheduler::TwoRandom),
    ];

    /// The name that ipvsadm(8) has for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, scheduler)| *scheduler == self).map_or("", |(name, _)| name)
    }
}

/// The checksum of a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TunnelChecksum {
    /// None.
    #[default]
    None,
    /// One.
    Plain,
    /// Left to the far end.
    Remote,
}

/// How packets reach a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forwarding {
    /// Network address translation.
    #[default]
    Nat,
    /// On the same link, unchanged.
    Direct,
    /// IP in IP.
    Ipip,
    /// Generic UDP encapsulation.
    Gue {
        /// The port.
        port: u16,
        /// The checksum.
        checksum: TunnelChecksum,
    },
    /// Generic routing encapsulation, with a checksum or without.
    Gre(bool),
}

impl Forwarding {
    /// Whether the port of a server has to be that of its service.
    #[must_use]
    pub const fn keeps_port(self) -> bool {
        !matches!(self, Forwarding::Nat)
    }

    /// Whether packets are wrapped into others, so that a server may be of the other family.
    #[must_use]
    pub const fn is_tunnel(self) -> bool {
        matches!(self, Forwarding::Ipip | Forwarding::Gue { .. } | Forwarding::Gre(_))
    }
}

/// When a check is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// `delay_loop`: the time between checks.
    pub period: Span,
    /// `connect_timeout`.
    pub timeout: Span,
    /// `retry`: failures that are tolerated.
    pub retry: u32,
    /// `delay_before_retry`.
    pub retry_delay: Span,
    /// `warmup`: the longest random delay of the first check.
    pub warmup: Span,
    /// `alpha`: down until the first success.
    pub alpha: bool,
}

/// The switches of the kernel's schedulers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent bits of the kernel")]
pub struct ServiceFlags {
    /// `hashed`.
    pub hashed: bool,
    /// `ops`: every packet for itself.
    pub one_packet: bool,
    /// `flag-1`, `sh-fallback` or `mh-fallback`.
    pub flag1: bool,
    /// `flag-2`, `sh-port` or `mh-port`.
    pub flag2: bool,
    /// `flag-3`.
    pub flag3: bool,
}

/// Which part of its address makes a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// The bits of this mask, for IPv4.
    Mask(Ipv4Addr),
    /// This many bits, for IPv6.
    Prefix(u8),
}

/// `virtual_server`.
#[derive(Clone, Debug)]
pub struct Service {
    /// What it listens to.
    pub entrance: Entrance,
    /// The family.
    pub family: Option<Family>,
    /// `protocol`.
    pub protocol: Protocol,
    /// `lb_algo`.
    pub scheduler: Scheduler,
    /// `lb_kind`.
    pub forwarding: Forwarding,
    /// Switches.
    pub flags: ServiceFlags,
    /// `persistence_timeout`: how long a client stays with its server.
    pub persistence: Option<Span>,
    /// `persistence_granularity`: which part of the address makes a client.
    pub granularity: Option<Granularity>,
    /// `persistence_engine`.
    pub engine: Option<Box<str>>,
    /// `ha_suspend`: check only while its address is on this host.
    pub ha_suspend: bool,
    /// `smtp_alert`.
    pub mail: Option<bool>,
    /// `snmp_name`.
    pub snmp_name: Option<Box<str>>,
    /// `omega`: notify when keepalived stops.
    pub omega: bool,
    /// `quorum_up`.
    pub quorum_up: Option<Command>,
    /// `quorum_down`.
    pub quorum_down: Option<Command>,
    /// `quorum`: the weight that its servers need together.
    pub quorum: u32,
    /// `hysteresis`.
    pub hysteresis: u32,
    /// `inhibit_on_failure`.
    pub inhibit: bool,
    /// `sorry_server`.
    pub sorry: Option<Sorry>,
    /// `real_server`; never empty.
    pub servers: Box<[Server]>,
}

/// `sorry_server`.
#[derive(Clone, Debug)]
pub struct Sorry {
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// `sorry_server_lvs_method`.
    pub forwarding: Forwarding,
    /// `sorry_server_inhibit`.
    pub inhibit: bool,
}

/// `real_server`.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address.
    pub address: IpAddr,
    /// Its port; 0 is that of the service.
    pub port: u16,
    /// `weight`.
    pub weight: u32,
    /// `lvs_method`.
    pub forwarding: Forwarding,
    /// `uthreshold`: the most connections.
    pub upper: u32,
    /// `lthreshold`: when it is asked again.
    pub lower: u32,
    /// `inhibit_on_failure`.
    pub inhibit: bool,
    /// `notify_up`.
    pub notify_up: Option<Command>,
    /// `notify_down`.
    pub notify_down: Option<Command>,
    /// `smtp_alert`.
    pub mail: Option<bool>,
    /// `snmp_name`.
    pub snmp_name: Option<Box<str>>,
    /// Its checks; without any it is always up.
    pub checkers: Box<[Checker]>,
}
