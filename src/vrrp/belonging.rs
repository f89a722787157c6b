//! What somebody owns in the kernel: addresses, routes and rules; what tells them apart there, and what is asked of the
//! kernel for them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::event::KernelOp;
use super::link::{Inventory, Kind};
use crate::base::addr::{Family, IpNet};
use crate::base::id::{IfIndex, IfName, InstanceId};
use crate::base::time::Span;
use crate::conf::model::route::{Route, Rule, RuleAction};
use crate::conf::model::{Instance, Model, Statics, Vip};

/// The protocol of routes and rules that keepalived has made, if nothing else is said (`RTPROT_KEEPALIVED`).
pub const KEEPALIVED: u8 = 18;
/// The table of routes if nothing else is said (`RT_TABLE_MAIN`).
const MAIN: u32 = 254;
/// The table of routes that is in no VRF yet, and what `table 0` means to the kernel: none said (`RT_TABLE_UNSPEC`).
const UNSAID: u32 = 0;
/// The metric of IPv6 routes if nothing else is said (`IP6_RT_PRIO_USER`).
const USUAL_METRIC_V6: u32 = 1024;

/// The kernel counts the time of what expires in ticks of its own, 100 a second at least.
const TICK: Span = Span::from_millis(20);

/// Who owns something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// An instance, while it is master.
    Instance(InstanceId),
    /// The daemon, from its start to its end (`static_ipaddress`, `static_routes`, `static_rules`).
    Statics,
}

/// What the kernel tells belongings apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An address on an interface.
    Address(IfIndex, IpNet),
    /// A route.
    Route(RouteKey),
    /// A rule.
    Rule(RuleKey),
}

impl Key {
    /// The key of the same route if it is configured to be in a VRF, whose table is not known beforehand.
    #[must_use]
    pub fn unplaced(&self) -> Option<Key> {
        match self {
            Key::Route(route) => Some(Key::Route(RouteKey { table: UNSAID, ..*route })),
            Key::Address(..) | Key::Rule(_) => None,
        }
    }
}

/// What the kernel tells routes apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteKey {
    /// Where it leads, without host bits.
    pub destination: IpNet,
    /// Its table.
    pub table: u32,
    /// Its type of service (IPv4).
    pub tos: u8,
    /// Its metric.
    pub metric: u32,
    /// Who made it.
    pub protocol: u8,
}

impl RouteKey {
    /// That of a configured route. One in a VRF has the table of that only once it is [placed](PlacedRoute).
    #[must_use]
    pub fn of(route: &Route) -> RouteKey {
        let family = family_of(route);
        let said = route.table.filter(|table| *table != UNSAID);
        let unsaid = if route.vrf.is_some() { UNSAID } else { MAIN };
        RouteKey {
            destination: network(route.destination.unwrap_or(everywhere(family))),
            table: said.unwrap_or(unsaid),
            tos: if family == Family::V4 { route.tos.unwrap_or_default() } else { 0 },
            metric: route.metric.unwrap_or(match family {
                Family::V4 => 0,
                Family::V6 => USUAL_METRIC_V6,
            }),
            protocol: route.protocol.unwrap_or(KEEPALIVED),
        }
    }
}

/// What the kernel tells rules apart by, as far as ours can be mistaken for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleKey {
    /// Its family.
    pub family: Family,
    /// Its place among the others.
    pub preference: u32,
    /// What it does.
    pub action: RuleAction,
    /// Whether it is for everything else.
    pub inverted: bool,
    /// The sources that it is for.
    pub from: Option<IpNet>,
    /// The destinations that it is for.
    pub to: Option<IpNet>,
    /// Where packets come in.
    pub input: Option<IfName>,
    /// Where packets go out.
    pub output: Option<IfName>,
    /// The mark and its mask.
    pub mark: Option<(u32, u32)>,
    /// Who made it.
    pub protocol: u8,
}

impl RuleKey {
    /// That of a configured rule.
    #[must_use]
    pub fn of(rule: &Rule) -> RuleKey {
        let some = |net: Option<IpNet>| net.filter(|net| net.prefix() > 0);
        RuleKey {
            family: rule.family,
            preference: rule.preference,
            action: rule.action,
            inverted: rule.inverted,
            from: some(rule.from),
            to: some(rule.to),
            input: rule.input,
            output: rule.output,
            mark: rule.mark,
            protocol: rule.protocol.unwrap_or(KEEPALIVED),
        }
    }

    /// A rule of which nothing else is known.
    #[must_use]
    pub fn rule(&self) -> Rule {
        Rule {
            action: self.action,
            family: self.family,
            inverted: self.inverted,
            from: self.from,
            to: self.to,
            preference: self.preference,
            tos: None,
            mark: self.mark,
            realms: None,
            suppress_prefix: None,
            suppress_group: None,
            input: self.input,
            output: self.output,
            tunnel: None,
            users: None,
            protocol: Some(self.protocol),
            ip_protocol: None,
            source_ports: None,
            destination_ports: None,
            no_track: false,
            track_group: None,
        }
    }
}

/// A route with the interfaces and the table that its names mean at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedRoute {
    /// The route.
    pub route: Route,
    /// Its interface.
    pub device: Option<IfIndex>,
    /// The interface of each of its next hops.
    pub hops: Box<[Option<IfIndex>]>,
}

impl PlacedRoute {
    /// Finds the interfaces of a route, and the table of its VRF; nothing if one of them does not exist.
    #[must_use]
    pub fn find(route: &Route, links: &Inventory) -> Option<PlacedRoute> {
        let device = |name: Option<IfName>| match name {
            Some(name) => links.by_name(name).map(Some),
            None => Some(None),
        };
        let table = match route.vrf {
            Some(name) => match links.link(links.by_name(name)?)?.stack.kind {
                Kind::Vrf(table) => Some(table),
                Kind::Other | Kind::PrivateMacVlan | Kind::MacVlan | Kind::IpVlan => return None,
            },
            None => route.table,
        };
        Some(PlacedRoute {
            device: device(route.device)?,
            hops: route.next_hops.iter().map(|hop| device(hop.device)).collect::<Option<_>>()?,
            // Whether it is watched is not the kernel's business.
            route: Route { table, vrf: None, no_track: false, track_group: None, ..route.clone() },
        })
    }

    /// A route of which nothing else is known.
    fn known_by(key: &RouteKey) -> PlacedRoute {
        let route = Route {
            destination: Some(key.destination),
            family: Some(key.destination.family()),
            table: Some(key.table),
            tos: Some(key.tos).filter(|tos| *tos != 0),
            metric: Some(key.metric).filter(|metric| *metric != 0),
            protocol: Some(key.protocol),
            ..Route::default()
        };
        PlacedRoute { route, device: None, hops: Box::default() }
    }
}

/// Whether anybody owns a route or a rule.
#[must_use]
pub fn has_routes_or_rules(model: &Model) -> bool {
    let own = |conf: &Instance| {
        let (routes, rules) = conf.routes_and_rules();
        !routes.is_empty() || !rules.is_empty()
    };
    let statics = &model.statics;
    !statics.routes.is_empty() || !statics.rules.is_empty() || model.instances.values().any(own)
}

/// The family of a route.
#[must_use]
pub fn family_of(route: &Route) -> Family {
    route.family.or(route.destination.map(IpNet::family)).unwrap_or(Family::V4)
}

/// Every address of a family.
#[must_use]
pub const fn everywhere(family: Family) -> IpNet {
    let any = match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    match IpNet::new(any, 0) {
        Some(net) => net,
        None => IpNet::host(any),
    }
}

/// A prefix without host bits.
#[must_use]
pub fn network(net: IpNet) -> IpNet {
    let addr = match net.addr() {
        IpAddr::V4(v4) => {
            let host = u32::MAX.checked_shr(net.prefix().into()).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & !host))
        }
        IpAddr::V6(v6) => {
            let host = u128::MAX.checked_shr(net.prefix().into()).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !host))
        }
    };
    IpNet::new(addr, net.prefix()).unwrap_or(net)
}

impl KernelOp {
    /// What the kernel tells the thing by that this is about; nothing if it is about no belonging.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        match self {
            KernelOp::AddAddress(device, vip) | KernelOp::DelAddress(device, vip) => {
                Some(Key::Address(*device, vip.reported()))
            }
            KernelOp::AddRoute(placed) | KernelOp::DelRoute(placed) => {
                Some(Key::Route(RouteKey::of(&placed.route)))
            }
            KernelOp::AddRule(rule) | KernelOp::DelRule(rule) => Some(Key::Rule(RuleKey::of(rule))),
            KernelOp::Set(..) | KernelOp::Restore(_) | KernelOp::Link(_) | KernelOp::Firewall(_) => None,
        }
    }

    /// The removal of what is known by `key`.
    #[must_use]
    pub fn removal(key: &Key) -> KernelOp {
        match key {
            Key::Address(device, net) => KernelOp::DelAddress(*device, Vip::plain(*net)),
            Key::Route(route) => KernelOp::DelRoute(Arc::new(PlacedRoute::known_by(route))),
            Key::Rule(rule) => KernelOp::DelRule(Arc::new(rule.rule())),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn undone(&self) -> Option<KernelOp> {
        match self {
            KernelOp::AddAddress(device, vip) => Some(KernelOp::DelAddress(*device, *vip)),
            KernelOp::AddRoute(placed) => Some(KernelOp::DelRoute(Arc::clone(placed))),
            KernelOp::AddRule(rule) => Some(KernelOp::DelRule(Arc::clone(rule))),
            KernelOp::DelAddress(..)
            | KernelOp::DelRoute(_)
            | KernelOp::DelRule(_)
            | KernelOp::Set(..)
            | KernelOp::Link(_)
            | KernelOp::Firewall(_)
            | KernelOp::Restore(_) => None,
        }
    }
}

/// Something that is configured to be there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thing<'a> {
    Address(&'a Vip),
    Route(&'a Route),
    Rule(&'a Rule),
}

impl Thing<'_> {
    /// Nobody minds if somebody else takes it away.
    pub(super) const fn is_untracked(&self) -> bool {
        match self {
            Thing::Address(vip) => vip.flags.no_track,
            Thing::Route(route) => route.no_track,
            Thing::Rule(rule) => rule.no_track,
        }
    }

    /// How long the kernel leaves it there for certain, if not for ever (`expires`).
    pub(super) fn lifetime(&self) -> Option<Span> {
        match self {
            Thing::Route(route) => {
                let seconds = route.expires.filter(|seconds| *seconds > 0)?;
                Some(Span::from_secs(seconds.into()) - TICK)
            }
            Thing::Address(_) | Thing::Rule(_) => None,
        }
    }

    /// The address, if it is one.
    pub(super) const fn address(&self) -> Option<&Vip> {
        match self {
            Thing::Address(vip) => Some(vip),
            Thing::Route(_) | Thing::Rule(_) => None,
        }
    }

    /// The interfaces that it names.
    pub(super) fn interfaces(&self) -> Vec<IfName> {
        match self {
            Thing::Address(vip) => vip.device.into_iter().collect(),
            Thing::Route(route) => {
                let hops = route.next_hops.iter().filter_map(|hop| hop.device);
                route.device.into_iter().chain(route.vrf).chain(hops).collect()
            }
            Thing::Rule(rule) => rule.input.into_iter().chain(rule.output).collect(),
        }
    }
}

/// Somebody who owns something, with the configuration that says what.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder<'a> {
    Instance(InstanceId, &'a Instance),
    Statics(&'a Statics),
}

impl<'a> Holder<'a> {
    pub(super) const fn owner(self) -> Owner {
        match self {
            Holder::Instance(id, _) => Owner::Instance(id),
            Holder::Statics(_) => Owner::Statics,
        }
    }

    /// How many things belong to it.
    pub(super) fn count(self) -> usize {
        match self {
            Holder::Instance(_, conf) => {
                let (routes, rules) = conf.routes_and_rules();
                conf.vips.len() + conf.excluded.len() + routes.len() + rules.len()
            }
            Holder::Statics(statics) => statics.addresses.len() + statics.routes.len() + statics.rules.len(),
        }
    }

    /// The thing at `position`: addresses come first, then routes, then rules.
    pub(super) fn thing(self, position: usize) -> Option<Thing<'a>> {
        let (addresses, routes, rules) = match self {
            Holder::Instance(_, conf) => {
                if let Some(vip) = conf.addresses().nth(position) {
                    return Some(Thing::Address(vip));
                }
                let (routes, rules) = conf.routes_and_rules();
                (conf.vips.len() + conf.excluded.len(), routes, rules)
            }
            Holder::Statics(statics) => {
                if let Some(entry) = statics.addresses.get(position) {
                    return Some(Thing::Address(&entry.vip));
                }
                (statics.addresses.len(), &*statics.routes, &*statics.rules)
            }
        };
        let behind = position - addresses;
        match routes.get(behind) {
            Some(route) => Some(Thing::Route(route)),
            None => rules.get(behind - routes.len()).map(Thing::Rule),
        }
    }

    /// Everything that belongs to it.
    pub(super) fn things(self) -> impl Iterator<Item = Thing<'a>> + Clone {
        (0..self.count()).filter_map(move |position| self.thing(position))
    }

    /// Whether its addresses may be the host's own.
    pub(super) const fn is_address_owner(self) -> bool {
        match self {
            Holder::Instance(_, conf) => conf.priority.is_owner(),
            Holder::Statics(_) => false,
        }
    }
}
