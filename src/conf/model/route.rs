//! Routes and routing rules, as ip-route(8) and ip-rule(8) know them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::base::addr::{Family, IpNet};
use crate::base::id::IfName;

/// What a route does (`RTN_*` of rtnetlink).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouteKind {
    /// To a gateway or a link.
    #[default]
    Unicast,
    /// Accepted here.
    Local,
    /// Accepted and sent as broadcast.
    Broadcast,
    /// Accepted as broadcast, sent as unicast.
    Anycast,
    /// Multicast.
    Multicast,
    /// Dropped.
    Blackhole,
    /// Answered with an ICMP message.
    Unreachable,
    /// Answered with an ICMP message of prohibition.
    Prohibit,
    /// Looked up in the next table.
    Throw,
    /// Network address translation, of old.
    Nat,
}

/// Where a route goes among its like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoutePlace {
    /// Before them.
    #[default]
    Prepend,
    /// Behind them.
    Append,
    /// There must be none.
    Add,
}

/// A number that the kernel may be kept from changing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The number, in the unit of the kernel (milliseconds for times).
    pub value: u32,
    /// `lock`.
    pub locked: bool,
}

/// What is known of the way (`RTAX_*` of rtnetlink).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// `mtu`.
    pub mtu: Option<Metric>,
    /// `hoplimit`.
    pub hoplimit: Option<u8>,
    /// `advmss`.
    pub advmss: Option<Metric>,
    /// `rtt`, in milliseconds.
    pub rtt: Option<Metric>,
    /// `rttvar`, in milliseconds.
    pub rttvar: Option<Metric>,
    /// `reordering`.
    pub reordering: Option<Metric>,
    /// `window`.
    pub window: Option<u32>,
    /// `cwnd`.
    pub cwnd: Option<Metric>,
    /// `ssthresh`.
    pub ssthresh: Option<Metric>,
    /// `rto_min`, in milliseconds.
    pub rto_min: Option<Metric>,
    /// `initcwnd`.
    pub initcwnd: Option<u32>,
    /// `initrwnd`.
    pub initrwnd: Option<u32>,
    /// `features ecn`.
    pub ecn: bool,
    /// `quickack`.
    pub quickack: Option<bool>,
    /// `fastopen_no_cookie`.
    pub fastopen_no_cookie: Option<bool>,
    /// `congctl`, and whether it is locked.
    pub congctl: Option<(Box<str>, bool)>,
}

/// A light-weight tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encap {
    /// `ip`.
    Ip {
        /// Tunnel number.
        id: Option<u64>,
        /// Far end.
        dst: Option<Ipv4Addr>,
        /// Near end.
        src: Option<Ipv4Addr>,
        /// Type of service.
        tos: Option<u8>,
        /// TTL.
        ttl: Option<u8>,
        /// Flags.
        flags: Option<u16>,
    },
    /// `ip6`.
    Ip6 {
        /// Tunnel number.
        id: Option<u64>,
        /// Far end.
        dst: Option<Ipv6Addr>,
        /// Near end.
        src: Option<Ipv6Addr>,
        /// Traffic class.
        tc: Option<u8>,
        /// Hop limit.
        hoplimit: Option<u8>,
        /// Flags.
        flags: Option<u16>,
    },
    /// `mpls`: labels from the outermost.
    Mpls(Box<[u32]>),
    /// `ila`: the locator.
    Ila(u64),
}

/// One way of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextHop {
    /// `via`.
    pub via: Option<IpAddr>,
    /// `dev`.
    pub device: Option<IfName>,
    /// `weight`, 1 to 256; 0 stands for none.
    pub weight: u16,
    /// `onlink`.
    pub onlink: bool,
    /// `encap`.
    pub encap: Option<Box<Encap>>,
    /// `realms`, as the kernel has them.
    pub realms: Option<u32>,
}

/// The preference of a router (RFC 4191).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// `low`.
    Low,
    /// `medium`.
    Medium,
    /// `high`.
    High,
}

/// An entry of `virtual_routes` or `static_routes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Where it leads; `None` is everywhere.
    pub destination: Option<IpNet>,
    /// The family, as far as anything says.
    pub family: Option<Family>,
    /// What it does.
    pub kind: RouteKind,
    /// Where it goes among its like.
    pub place: RoutePlace,
    /// `src`.
    pub source: Option<IpAddr>,
    /// `via`.
    pub via: Option<IpAddr>,
    /// `from` (IPv6).
    pub from: Option<IpNet>,
    /// `dev`.
    pub device: Option<IfName>,
    /// `tos`.
    pub tos: Option<u8>,
    /// `table`.
    pub table: Option<u32>,
    /// `protocol`; 18 is keepalived.
    pub protocol: Option<u8>,
    /// `scope`.
    pub scope: Option<u8>,
    /// `metric`.
    pub metric: Option<u32>,
    /// `realms`, as the kernel has them.
    pub realms: Option<u32>,
    /// `expires`, in seconds (IPv6).
    pub expires: Option<u32>,
    /// `pref` (IPv6).
    pub preference: Option<Preference>,
    /// `onlink`.
    pub onlink: bool,
    /// `encap`.
    pub encap: Option<Box<Encap>>,
    /// What is known of the way.
    pub metrics: Option<Box<Metrics>>,
    /// `ttl-propagate`.
    pub ttl_propagate: Option<bool>,
    /// `vrf`.
    pub vrf: Option<IfName>,
    /// `nexthop`, and the gateways of `or`.
    pub next_hops: Vec<NextHop>,
    /// `no_track`: nobody minds if it goes.
    pub no_track: bool,
    /// `track_group`.
    pub track_group: Option<Box<str>>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleAction {
    /// `table`.
    Table(u32),
    /// `goto`: the preference of another rule.
    Goto(u32),
    /// `nop`.
    Nop,
    /// `l3mdev`: the table of the VRF.
    L3mdev,
    /// `blackhole`.
    Blackhole,
    /// `unreachable`.
    Unreachable,
    /// `prohibit`.
    Prohibit,
}

/// An entry of `virtual_rules` or `static_rules`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub action: RuleAction,
    /// The family.
    pub family: Family,
    /// `not`.
    pub inverted: bool,
    /// `from`; `None` is everywhere.
    pub from: Option<IpNet>,
    /// `to`; `None` is everywhere.
    pub to: Option<IpNet>,
    /// `preference`.
    pub preference: u32,
    /// `tos`.
    pub tos: Option<u8>,
    /// `fwmark` and its mask.
    pub mark: Option<(u32, u32)>,
    /// `realms`, as the kernel has them.
    pub realms: Option<u32>,
    /// `suppress_prefixlength`.
    pub suppress_prefix: Option<u32>,
    /// `suppress_ifgroup`.
    pub suppress_group: Option<u32>,
    /// `iif`.
    pub input: Option<IfName>,
    /// `oif`.
    pub output: Option<IfName>,
    /// `tunnel-id`.
    pub tunnel: Option<u64>,
    /// `uidrange`.
    pub users: Option<(u32, u32)>,
    /// `protocol`; 18 is keepalived.
    pub protocol: Option<u8>,
    /// `ipproto`.
    pub ip_protocol: Option<u8>,
    /// `sport`.
    pub source_ports: Option<(u16, u16)>,
    /// `dport`.
    pub destination_ports: Option<(u16, u16)>,
    /// `no_track`: nobody minds if it goes.
    pub no_track: bool,
    /// `track_group`.
    pub track_group: Option<Box<str>>,
}
