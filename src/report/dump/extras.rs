//! What several dumps tell alike: rarer words of instances, routes and rules.

use super::address::{network, scope};
use crate::base::addr::Family;
use crate::base::id::IfName;
use crate::conf::model::further::LinkKind;
use crate::conf::model::probe::{Host, Probe};
use crate::conf::model::route::{Route, RouteKind, RoutePlace, Rule, RuleAction};
use crate::conf::model::track::TrackedInterface;
use crate::conf::model::{Instance, Model, Weight};
use crate::vrrp::snapshot::{Role, Shown};

/// The name of an interface of its own, if it is configured to have one.
pub(super) fn own_link(conf: &Instance) -> Option<String> {
    let link = conf.further.as_ref()?.link.as_ref()?;
    let prefix = match (link.kind, conf.family) {
        (LinkKind::MacVlan { .. } | LinkKind::IpVlan { .. }, Family::V4) => "vrrp",
        (LinkKind::MacVlan { .. } | LinkKind::IpVlan { .. }, Family::V6) => "vrrp6",
    };
    Some(link.name.map_or_else(|| format!("{prefix}.{}", conf.vrid), |name| name.to_string()))
}

/// The state that an instance strives for: its own, or the configured one as long as it has none.
pub(super) fn wanted(conf: &Instance, shown: &Shown) -> Role {
    match shown.role {
        Role::Init if conf.starts_as_master => Role::Master,
        Role::Init => Role::Backup,
        Role::Backup | Role::Master | Role::Fault => shown.role,
    }
}

/// Whether changes are mailed, if there is a server for mail.
pub(super) fn mails(model: &Model, own: Option<bool>) -> bool {
    let mail = &model.global.settings.mail;
    own.or(mail.alert_vrrp).or(mail.alert).unwrap_or(false)
}

/// What `track_interface` lists: the interfaces of addresses are tracked without being listed.
pub(super) fn interfaces(conf: &Instance) -> impl Iterator<Item = &TrackedInterface> {
    let implied = |entry: &&TrackedInterface| {
        let devices = conf.addresses().filter_map(|vip| vip.device);
        entry.weight == Weight::default() && devices.into_iter().any(|device| device == entry.interface)
    };
    conf.trackers.interfaces.iter().filter(move |entry| !implied(entry))
}

/// `weight N`, perhaps reversed.
pub(super) fn weight(weight: Weight) -> String {
    format!("{}{}", weight.value, if weight.reverse { " reverse" } else { "" })
}

/// A check without a program.
pub(super) fn probe(probe: &Probe) -> String {
    let by = |interface: &Option<IfName>| interface.map_or_else(String::new, |name| format!(" dev {name}"));
    match probe {
        Probe::Tcp(address) => format!("tcp {address}"),
        Probe::Http(http) => {
            let host = match &http.host {
                Host::Address(address) => address.to_string(),
                Host::Name(name) => name.to_string(),
            };
            format!("http {host} port {} path {}", http.port, http.path)
        }
        Probe::Ping { to, interface } => format!("ping {to}{}", by(interface)),
        Probe::Arp { to, interface } => format!("arp {to}{}", by(interface)),
    }
}

/// `virtual_routes`.
pub(super) fn routes(conf: &Instance) -> Vec<String> {
    let routes = conf.further.iter().flat_map(|further| &further.routes);
    routes.map(|route| self::route(route, conf.interface)).collect()
}

/// One route; the interface that it leaves by if it names none is in brackets.
pub(in crate::report) fn route(route: &Route, interface: Option<IfName>) -> String {
    let mut words = vec![
        match route.place {
            RoutePlace::Prepend => "prepend",
            RoutePlace::Append => "append",
            RoutePlace::Add => "add",
        }
        .to_owned(),
    ];
    let mut word = |text: String| words.push(text);
    if let Some(kind) = kind(route.kind) {
        word(kind.into());
    }
    word(route.destination.map_or_else(|| "default".into(), network));
    if let Some(via) = route.via {
        let family = if via.is_ipv4() { "inet" } else { "inet6" };
        word(format!("via {family} {via}"));
    }
    let named: [(&str, Option<String>); 7] = [
        ("from", route.from.map(network)),
        ("dev", route.device.map(|name| name.to_string())),
        ("table", route.table.map(|number| number.to_string())),
        ("src", route.source.map(|addr| addr.to_string())),
        ("proto", Some(route.protocol.unwrap_or(KEEPALIVED).to_string())),
        ("scope", route.scope.map(scope)),
        ("metric", route.metric.map(|number| number.to_string())),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            word(format!("{name} {value}"));
        }
    }
    if let Some(tos) = route.tos {
        word(format!("tos {tos:#x}"));
    }
    if route.onlink {
        word("onlink".into());
    }
    for hop in &route.next_hops {
        let via = hop.via.map_or_else(String::new, |via| format!(" via {via}"));
        let device = hop.device.map_or_else(String::new, |name| format!(" dev {name}"));
        word(format!("nexthop{via}{device} weight {}", hop.weight.max(1)));
    }
    if route.no_track {
        word("no_track".into());
    }
    if let Some(name) = interface.filter(|_| route.device.is_none() && route.via.is_some()) {
        word(format!("[dev {name}]"));
    }
    words.join(" ")
}

/// What rt_protos calls keepalived.
const KEEPALIVED: u8 = 18;

const fn kind(kind: RouteKind) -> Option<&'static str> {
    match kind {
        RouteKind::Unicast => None,
        RouteKind::Local => Some("local"),
        RouteKind::Broadcast => Some("broadcast"),
        RouteKind::Anycast => Some("anycast"),
        RouteKind::Multicast => Some("multicast"),
        RouteKind::Blackhole => Some("blackhole"),
        RouteKind::Unreachable => Some("unreachable"),
        RouteKind::Prohibit => Some("prohibit"),
        RouteKind::Throw => Some("throw"),
        RouteKind::Nat => Some("nat"),
    }
}

/// `virtual_rules`.
pub(super) fn rules(conf: &Instance) -> Vec<String> {
    conf.further.iter().flat_map(|further| &further.rules).map(rule).collect()
}

/// One rule.
pub(in crate::report) fn rule(rule: &Rule) -> String {
    let mut words: Vec<String> = Vec::new();
    let named: [(&str, Option<String>); 9] = [
        ("from", rule.from.map(network)),
        ("to", rule.to.map(network)),
        ("priority", Some(rule.preference.to_string())),
        ("tos", Some(format!("{:#x}", rule.tos.unwrap_or(0)))),
        ("fwmark", rule.mark.map(|(mark, mask)| format!("{mark:#x}/{mask:#x}"))),
        ("iif", rule.input.map(|name| name.to_string())),
        ("oif", rule.output.map(|name| name.to_string())),
        ("protocol", Some(rule.protocol.unwrap_or(KEEPALIVED).to_string())),
        ("ipproto", rule.ip_protocol.map(|number| number.to_string())),
    ];
    if rule.inverted {
        words.push("not".into());
    }
    words.extend(named.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name} {value}"))));
    words.push(match rule.action {
        RuleAction::Table(table) => format!("lookup {table}"),
        RuleAction::Goto(preference) => format!("goto {preference}"),
        RuleAction::Nop => "nop".into(),
        RuleAction::L3mdev => "l3mdev".into(),
        RuleAction::Blackhole => "blackhole".into(),
        RuleAction::Unreachable => "unreachable".into(),
        RuleAction::Prohibit => "prohibit".into(),
    });
    if rule.no_track {
        words.push("no_track".into());
    }
    words.join(" ")
}
