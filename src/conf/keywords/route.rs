//! Entries of `virtual_routes` and `static_routes`.

pub(super) mod encap;
mod metrics;

use std::net::IpAddr;

use super::{MOST, fit, flag, number, own};
use crate::base::addr::Family;
use crate::base::id::IfName;
use crate::conf::diag::code::route as route_code;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, RouteDraft};
use crate::conf::env::Names;
use crate::conf::keyword::{Keyword, Section};
use crate::conf::model::route::{NextHop, Preference, RouteKind, RoutePlace};
use crate::conf::reader::Reader;

/// The protocol of routes and rules that keepalived has made (`RTPROT_KEEPALIVED`).
pub(super) const KEEPALIVED: u8 = 18;

pub(super) static ROUTE: Section<RouteDraft> = Section::new("a route", &[ROWS]);
pub(super) static NEXT_HOP: Section<RouteDraft> = Section::new("nexthop", &[HOP_ROWS]);

const ROWS: &[Keyword<RouteDraft>] = &[
    own("to", "[TYPE] PREFIX|default|default6", |d: &mut RouteDraft, r: &mut Reader<'_>| destination(d, 1, r)).since("1.0.1").example("[to blackhole 198.51.100.0/24]")
        .doc("", "Where the route leads. `to` may be left out. TYPE is unicast, local, broadcast, anycast, multicast, blackhole, unreachable, prohibit, throw or nat."),
    own("inet", "", family_word).since("2.0.1").doc("", "Meant to force IPv4. keepalived loses the word behind it; leave it out."),
    own("inet6", "", family_word).since("2.0.1").example("2001:db8:1::/48 via 2001:db8::1 [inet6]").doc("", "Meant to force IPv6. keepalived loses the word behind it; leave it out."),
    own("src", "ADDRESS", |d: &mut RouteDraft, r: &mut Reader<'_>| d.route.source = address(d, 1, r)).since("1.0.1").example("src 192.0.2.9")
        .doc("none", "The source address that the route suggests."),
    own("as", "[to] ADDRESS", |_, r: &mut Reader<'_>| {
        let words = if r.arg(1) == Some("to") { 3 } else { 2 };
        r.required(words - 1, "an address");
        r.report(&route_code::NOT_FOR_THIS_ROUTE, r.at(0), "`as` is for MPLS only; it is ignored");
    }).since("1.2.24").example("as to 192.0.2.7")
    .doc("none", "Another destination to write into packets, for MPLS."),
    own("via", "[inet|inet6] ADDRESS", via).since("1.0.1").example("via 192.0.2.254").deprecated_name(&["gw"]).doc("none", "The gateway."),
    own("from", "PREFIX", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(from) = r.net(1) else { return };
        if from.family() == Family::V4 {
            let message = format!("a route for certain sources, as {}, exists for IPv6 only", from.addr());
            r.report(&route_code::NOT_FOR_THIS_ROUTE, at, message);
        } else if same_family(d, At::new(Family::V6, at), r) {
            d.route.from = Some(from);
        }
    }).since("1.2.24").example("2001:db8:1::/48 via 2001:db8::1 [from 2001:db8:2::/48]")
    .doc("none", "The sources that the route is for (IPv6)."),
    own("tos", "NAME|NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.route.tos = r.named(1, Names::DsField, 255, "a type of service").and_then(small);
    }).since("1.2.24").range("0 to 255").example("tos 16")
    .alias(&["dsfield"])
    .doc("0", "The type of service."),
    own("table", "NAME|NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.route.table = r.named(1, Names::Table, u32::MAX, "a routing table");
        d.route.vrf = None;
    }).since("1.0.2").range("0 to 4294967295").example("table 100")
    .doc("main", "The routing table."),
    own("protocol", "NAME|NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.protocol_at = Some(r.at(0).to(r.at(1)));
        d.route.protocol = r.named(1, Names::Protocol, 255, "a routing protocol").and_then(small);
    }).since("1.2.24").range("0 to 255").example("198.51.100.0/24 dev eth0 no_track [protocol 4]")
    .doc("keepalived", "Who made the route. A route that is watched always has `keepalived`."),
    own("scope", "NAME|NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.route.scope = r.named(1, Names::Scope, 255, "a scope").and_then(small);
    }).since("1.0.2").range("0 to 255").example("scope link")
    .doc("by type", "The scope."),
    number("metric", 0, MOST, |d: &mut RouteDraft, n, _| d.route.metric = Some(fit(n))).since("1.1.16").example("metric 100")
        .alias(&["priority", "preference"])
        .doc("none", "The metric."),
    own("dev", "INTERFACE", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.devices.extend(device(&mut d.route.device, r));
    }).since("1.0.1").example("dev eth1")
    .alias(&["oif"])
    .doc("none", "The interface."),
    flag("onlink", |d: &mut RouteDraft, _| d.route.onlink = true).since("1.2.24").example("198.51.100.0/24 via 192.0.2.254 dev eth0 [onlink]").doc("off", "The gateway is on the link, whatever its address."),
    own("encap", "ip|ip6|mpls|ila ...", |d: &mut RouteDraft, r: &mut Reader<'_>| d.route.encap = encap::read(r)).since("1.2.24").example("encap mpls 16/17")
        .doc("none", "A light-weight tunnel."),
    number("expires", 0, MOST, |d: &mut RouteDraft, n, at| {
        d.route.expires = Some(fit(n));
        d.ipv6_only.push(At::new("expires", at));
    }).since("1.2.24").example("2001:db8:1::/48 via 2001:db8::1 [expires 600]")
    .doc("never", "How many seconds the route lives (IPv6)."),
    metrics::MTU,
    metrics::HOPLIMIT,
    metrics::ADVMSS,
    metrics::RTT,
    metrics::RTTVAR,
    metrics::REORDERING,
    metrics::WINDOW,
    metrics::CWND,
    metrics::SSTHRESH,
    own("realms", "[FROM/]TO", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        d.route.realms = realms(r);
        d.ipv4_only.push(At::new("realms", at));
    }).since("1.2.24").range("0 to 65535 each").example("realms 3/4")
    .doc("none", "The realms (IPv4)."),
    metrics::RTO_MIN,
    metrics::INITCWND,
    metrics::INITRWND,
    metrics::FEATURES,
    metrics::QUICKACK,
    metrics::CONGCTL,
    own("pref", "low|medium|high", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        let choices = [("low", Preference::Low), ("medium", Preference::Medium), ("high", Preference::High)];
        let at = r.at(0).to(r.at(1));
        d.route.preference = r.choice(1, &choices);
        d.ipv6_only.push(At::new("pref", at));
    }).since("1.2.24").example("2001:db8:1::/48 via 2001:db8::1 [pref high]")
    .doc("medium", "The preference of the router (IPv6)."),
    own("ttl-propagate", "enabled|disabled", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.route.ttl_propagate = r.choice(1, &[("enabled", true), ("disabled", false)]);
    }).since("2.0.8").example("ttl-propagate disabled")
    .doc("as the system", "Whether the TTL is carried over to MPLS."),
    metrics::FASTOPEN,
    flag("add", |d: &mut RouteDraft, _| d.route.place = RoutePlace::Add).since("2.2.5").doc("", "There must be no equal route yet."),
    flag("append", |d: &mut RouteDraft, _| d.route.place = RoutePlace::Append).since("2.2.5").doc("", "Goes behind equal routes."),
    flag("prepend", |d: &mut RouteDraft, _| d.route.place = RoutePlace::Prepend).since("2.2.5").example("198.51.100.0/24 dev eth0 append [prepend]").doc("on", "Goes before equal routes."),
    own("or", "ADDRESS", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        r.report(&code::DEPRECATED, r.at(0), "`or` is an old way to write a second gateway")
            .help("write `nexthop via ADDRESS` for each gateway");
        if let Some(via) = address(d, 1, r) {
            d.route.next_hops.push(NextHop { via: Some(via), ..NextHop::default() });
        }
    }).since("1.1.16").example("198.51.100.0/24 via 192.0.2.253 [or 192.0.2.254]")
    .doc("none", "Once a second gateway; now `nexthop`."),
    own("nexthop", "via ADDRESS [dev INTERFACE] [weight N] [onlink] ...", next_hop).since("1.2.24").example("198.51.100.0/24 [nexthop via 192.0.2.253 weight 1 nexthop via 192.0.2.254 weight 2]")
        .doc("none", "One of several ways; may stand again and again, behind everything else."),
    own("vrf", "NAME", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.devices.extend(device(&mut d.route.vrf, r));
        d.route.table = None;
    }).since("2.2.5").example("vrf red")
    .doc("none", "The VRF whose table gets the route. Of `vrf` and `table` the last one counts. A route whose VRF is missing waits for it."),
    flag("no_track", |d: &mut RouteDraft, _| d.route.no_track = true).since("2.0.3").doc("off", "Does not act when somebody else takes the route away."),
    own("track_group", "NAME", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.route.track_group = r.required(1, "a track_group").map(Into::into);
        d.group_at = Some(r.at(0).to(r.at(1)));
    }).since("2.0.3").example("track_group both")
    .doc("none", "For static routes: instances that fault with the interface."),
];

const HOP_ROWS: &[Keyword<RouteDraft>] = &[
    own("via", "[inet|inet6] ADDRESS", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        let via = gateway(d, r);
        d.hop().via = via;
    })
    .since("1.2.24")
    .example("198.51.100.0/24 nexthop via 192.0.2.253 nexthop [via 192.0.2.254]")
    .doc("none", "The gateway."),
    own("dev", "INTERFACE", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        let found = device(&mut d.hop().device, r);
        d.devices.extend(found);
    })
    .since("1.2.24")
    .example("dev eth1")
    .alias(&["oif"])
    .doc("none", "The interface."),
    number("weight", 1, 256, |d: &mut RouteDraft, n, _| d.hop().weight = fit(n))
        .since("1.2.24")
        .example("weight 20")
        .doc("1", "How much of the traffic goes this way."),
    flag("onlink", |d: &mut RouteDraft, _| d.hop().onlink = true)
        .since("1.2.24")
        .doc("off", "The gateway is on the link, whatever its address."),
    own("encap", "ip|ip6|mpls|ila ...", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.hop().encap = encap::read(r);
    })
    .since("1.2.24")
    .example("encap ip id 7")
    .doc("none", "A light-weight tunnel."),
    own("realms", "[FROM/]TO", |d: &mut RouteDraft, r: &mut Reader<'_>| d.hop().realms = realms(r))
        .since("1.2.24")
        .range("0 to 65535 each")
        .example("realms 3/4")
        .doc("none", "The realms (IPv4)."),
];

/// Reads one route.
pub(super) fn entry(r: &mut Reader<'_>) -> Option<RouteDraft> {
    let line = r.line();
    let mut draft = RouteDraft::new(line);
    let fine = r.options_up_to_error(&ROUTE, &mut draft, |d, r| {
        if !d.route.next_hops.is_empty() && d.has_hops {
            let message =
                format!("`{}` stands behind the last `nexthop`, where nothing else may", r.keyword());
            r.report(&code::UNKNOWN_OPTION, r.at(0), message);
            return r.use_all();
        }
        destination(d, 0, r);
    });
    if fine { finish(draft, r) } else { None }
}

/// What can only be said of the whole route.
fn finish(mut draft: RouteDraft, r: &mut Reader<'_>) -> Option<RouteDraft> {
    let family = draft.family.map(|family| family.value);
    let misplaced = match family {
        Some(Family::V6) => draft.ipv4_only.first().map(|word| (*word, Family::V4)),
        _ => draft.ipv6_only.first().map(|word| (*word, Family::V6)),
    };
    if let Some((word, only)) = misplaced {
        let message = format!("`{}` is for {only} only", word.value);
        r.report(&route_code::NOT_FOR_THIS_ROUTE, word.at, message);
    }
    if let Some(at) = draft.protocol_at
        && !draft.route.no_track
        && draft.route.protocol.is_some_and(|protocol| protocol != KEEPALIVED)
    {
        r.report(&route_code::WATCHED_PROTOCOL, at, "a route that is watched has the protocol keepalived")
            .help("leave the protocol out, or write `no_track`");
        draft.route.protocol = None;
    }
    if !draft.has_destination {
        r.report(&route_code::NO_DESTINATION, draft.at, "this route leads nowhere")
            .help("write a destination such as 192.0.2.0/24 or default");
        return None;
    }
    draft.route.family = family;
    Some(draft)
}

/// `[TYPE] PREFIX` from the word `from` on.
fn destination(d: &mut RouteDraft, from: usize, r: &mut Reader<'_>) {
    let Some(first) = r.required(from, "a destination") else { return };
    let kinds = [
        ("unicast", RouteKind::Unicast),
        ("local", RouteKind::Local),
        ("broadcast", RouteKind::Broadcast),
        ("anycast", RouteKind::Anycast),
        ("multicast", RouteKind::Multicast),
        ("blackhole", RouteKind::Blackhole),
        ("unreachable", RouteKind::Unreachable),
        ("prohibit", RouteKind::Prohibit),
        ("throw", RouteKind::Throw),
        ("nat", RouteKind::Nat),
    ];
    let kind = kinds.iter().find(|(name, _)| *name == first).map(|(_, kind)| *kind);
    let at_index = from + usize::from(kind.is_some());
    d.route.kind = kind.unwrap_or(d.route.kind);
    let Some(text) = r.required(at_index, "a destination") else { return };
    let at = r.at(at_index);
    match text {
        "default" | "any" | "all" => {}
        "default6" => {
            if !same_family(d, At::new(Family::V6, at), r) {
                return;
            }
        }
        _ if text.split('/').next().is_some_and(|address| address.parse::<IpAddr>().is_err()) => {
            let message = format!("`{text}` is neither a word of a route nor a destination");
            r.report(&code::UNKNOWN_OPTION, at, message);
            return;
        }
        _ => {
            let Some(net) = r.net(at_index) else { return };
            if !same_family(d, At::new(net.family(), at), r) {
                return;
            }
            d.route.destination = Some(net);
        }
    }
    d.has_destination = true;
}

/// `inet` and `inet6`, which take the next word with them.
fn family_word(d: &mut RouteDraft, r: &mut Reader<'_>) {
    let found = swallow(r);
    same_family(d, found, r);
}

/// The family that `inet` or `inet6` says; the next word is lost.
pub(super) fn swallow(r: &mut Reader<'_>) -> At<Family> {
    let keyword = r.keyword();
    let lost = r.arg(1).unwrap_or("nothing");
    let message = format!("keepalived loses the word behind `{keyword}`, here `{lost}`");
    r.report(&route_code::SWALLOWED, r.at(0).to(r.at(1)), message)
        .help(format!("leave `{keyword}` out; the addresses say which family it is"));
    At::new(if keyword == "inet6" { Family::V6 } else { Family::V4 }, r.at(0))
}

/// The address at `index`, if it is of the family of the route.
fn address(d: &mut RouteDraft, index: usize, r: &mut Reader<'_>) -> Option<IpAddr> {
    let at = r.at(index);
    let address = r.address(index)?;
    same_family(d, At::new(Family::of(address), at), r).then_some(address)
}

fn gateway(d: &mut RouteDraft, r: &mut Reader<'_>) -> Option<IpAddr> {
    let index = if matches!(r.arg(1), Some("inet" | "inet6")) { 2 } else { 1 };
    address(d, index, r)
}

fn via(d: &mut RouteDraft, r: &mut Reader<'_>) {
    d.route.via = gateway(d, r);
}

/// Whether a part of a route is of its family, which the first part decides.
fn same_family(d: &mut RouteDraft, found: At<Family>, r: &mut Reader<'_>) -> bool {
    let family = *d.family.get_or_insert(found);
    if family.value == found.value {
        return true;
    }
    let message = format!("a route cannot mix IPv4 and IPv6: this is {}", found.value);
    r.report(&route_code::MIXED_FAMILIES, found.at, message)
        .also(family.at, format!("and this is {}", family.value));
    false
}

/// The interface behind the keyword; gives its place for the question whether it exists.
pub(super) fn device(slot: &mut Option<IfName>, r: &mut Reader<'_>) -> Option<At<IfName>> {
    let at = r.at(1);
    *slot = r.interface(1);
    slot.map(|name| At::new(name, at))
}

/// `[FROM/]TO` as the kernel has it: FROM in the upper half.
pub(super) fn realms(r: &mut Reader<'_>) -> Option<u32> {
    let text = r.required(1, "realms")?;
    let one = |text: &str, r: &Reader<'_>| r.number_or_name(text, Names::Realm, 0xffff);
    let found = match text.split_once('/') {
        None => one(text, r),
        Some((from, to)) => one(from, r).zip(one(to, r)).map(|(from, to)| from << 16 | to),
    };
    if found.is_none() {
        let message = format!("`{text}` are no realms");
        r.report(&code::BAD_CHOICE, r.at(1), message)
            .label("expected [FROM/]TO, names or numbers up to 65535");
    }
    found
}

fn next_hop(d: &mut RouteDraft, r: &mut Reader<'_>) {
    d.has_hops = true;
    d.route.next_hops.push(NextHop::default());
    r.inner_options(&NEXT_HOP, d, 1);
}

/// A number that has been checked to fit.
pub(super) fn small(number: u32) -> Option<u8> {
    u8::try_from(number).ok()
}
