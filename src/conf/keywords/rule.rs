//! Entries of `virtual_rules` and `static_rules`.

use super::route::{KEEPALIVED, device, realms, small};
use super::{MOST, fit, flag, number, own};
use crate::base::addr::{Family, IpNet};
use crate::base::id::IfName;
use crate::conf::diag::code::route as route_code;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, RuleDraft};
use crate::conf::env::Names;
use crate::conf::expanded::Extent;
use crate::conf::keyword::{Keyword, Section};
use crate::conf::model::route::{Rule, RuleAction};
use crate::conf::reader::Reader;

/// A rule that is being read.
pub(super) struct Entry {
    rule: Rule,
    action: Option<At<RuleAction>>,
    family: Option<At<Family>>,
    preference: Option<u32>,
    protocol_at: Option<Extent>,
    group_at: Option<Extent>,
    devices: Vec<At<IfName>>,
}

pub(super) static RULE: Section<Entry> = Section::new("a rule", &[ROWS]);

const ROWS: &[Keyword<Entry>] = &[
    own("inet", "", family_word)
        .since("2.0.1")
        .doc("", "Meant to force IPv4. keepalived loses the word behind it; leave it out."),
    own("inet6", "", family_word)
        .since("2.0.1")
        .example("from 2001:db8:1::/48 table 100 preference 100 [inet6]")
        .doc("", "Meant to force IPv6. keepalived loses the word behind it; leave it out."),
    own("from", "PREFIX", |d: &mut Entry, r: &mut Reader<'_>| d.rule.from = network(d, r))
        .since("1.2.20")
        .example("from 192.0.2.0/24")
        .doc("all", "The sources."),
    own("to", "PREFIX", |d: &mut Entry, r: &mut Reader<'_>| d.rule.to = network(d, r))
        .since("1.2.20")
        .example("to 198.51.100.0/24")
        .doc("all", "The destinations."),
    own("table", "NAME|NUMBER", |d: &mut Entry, r: &mut Reader<'_>| {
        let table = r.named(1, Names::Table, u32::MAX, "a routing table");
        act(d, table.map(RuleAction::Table), r);
    })
    .since("1.2.20")
    .range("0 to 4294967295")
    .example("from 192.0.2.0/24 [table 200] preference 200")
    .alias(&["lookup"])
    .doc("", "The table in which the route is looked up."),
    flag("not", |d: &mut Entry, _| d.rule.inverted = true)
        .since("1.2.24")
        .example("not from 192.0.2.0/24")
        .doc("off", "The rule is for everything else."),
    number("preference", 0, MOST, |d: &mut Entry, n, _| d.preference = Some(fit(n)))
        .since("1.2.24")
        .example("from 192.0.2.0/24 table 200 [preference 200]")
        .alias(&["order", "priority"])
        .doc("counted down from 16384", "When the rule is tried: the lowest first."),
    own("tos", "NAME|NUMBER", |d: &mut Entry, r: &mut Reader<'_>| {
        d.rule.tos = r.named(1, Names::DsField, 255, "a type of service").and_then(small);
    })
    .since("1.2.24")
    .range("0 to 255")
    .example("tos 16")
    .alias(&["dsfield"])
    .doc("any", "The type of service."),
    own("fwmark", "NUMBER[/MASK]", mark)
        .since("1.2.24")
        .range("0 to 4294967295")
        .example("fwmark 1/0xff")
        .doc("any", "The mark of the packet, as far as the mask goes."),
    own("realms", "[FROM/]TO", |d: &mut Entry, r: &mut Reader<'_>| d.rule.realms = realms(r))
        .since("1.2.24")
        .range("0 to 65535 each")
        .example("realms 3/4")
        .doc("none", "The realms (IPv4)."),
    own("suppress_prefixlength", "NUMBER", |d: &mut Entry, r: &mut Reader<'_>| {
        d.rule.suppress_prefix = r.number(1, 0, 128).map(fit);
    })
    .since("1.2.24")
    .range("0 to 128")
    .example("suppress_prefixlength 0")
    .alias(&["sup_pl"])
    .doc("none", "Passes over routes with a prefix of at most this length."),
    own("suppress_ifgroup", "NAME|NUMBER", |d: &mut Entry, r: &mut Reader<'_>| {
        d.rule.suppress_group = r.named(1, Names::LinkGroup, u32::MAX, "a group of interfaces");
    })
    .since("1.2.24")
    .range("0 to 4294967295")
    .example("suppress_ifgroup 3")
    .alias(&["sup_group"])
    .doc("none", "Passes over routes through interfaces of this group."),
    own("iif", "INTERFACE", |d: &mut Entry, r: &mut Reader<'_>| {
        d.devices.extend(device(&mut d.rule.input, r));
    })
    .since("1.2.24")
    .example("iif eth0")
    .alias(&["dev"])
    .doc("any", "The interface that the packet came in by."),
    own("oif", "INTERFACE", |d: &mut Entry, r: &mut Reader<'_>| {
        d.devices.extend(device(&mut d.rule.output, r));
    })
    .since("1.2.24")
    .example("oif eth1")
    .doc("any", "The interface that the packet is to leave by."),
    own("tunnel-id", "NUMBER", |d: &mut Entry, r: &mut Reader<'_>| d.rule.tunnel = r.c_number(1, u64::MAX))
        .since("1.2.24")
        .range("0 to 18446744073709551615")
        .example("tunnel-id 7")
        .doc("any", "The number of the tunnel."),
    own("uidrange", "FROM-TO", |d: &mut Entry, r: &mut Reader<'_>| {
        d.rule.users = range(r, u32::MAX);
    })
    .since("1.3.5")
    .range("0 to 4294967295")
    .example("uidrange 1000-1999")
    .doc("any", "The users whose sockets it is for."),
    own("l3mdev", "", |d: &mut Entry, r: &mut Reader<'_>| act(d, Some(RuleAction::L3mdev), r))
        .since("1.4.3")
        .example("from 192.0.2.0/24 preference 200 [l3mdev]")
        .doc("", "Looks up the table of the VRF."),
    own("protocol", "NAME|NUMBER", |d: &mut Entry, r: &mut Reader<'_>| {
        d.protocol_at = Some(r.at(0).to(r.at(1)));
        d.rule.protocol = r.named(1, Names::Protocol, 255, "a routing protocol").and_then(small);
    })
    .since("2.0.1")
    .range("0 to 255")
    .example("from 192.0.2.0/24 table 100 preference 100 no_track [protocol 4]")
    .doc("keepalived", "Who made the rule. A rule that is watched always has `keepalived`."),
    own("ipproto", "NAME|NUMBER", ip_protocol)
        .since("2.0.1")
        .range("0 to 255")
        .example("ipproto tcp")
        .doc("any", "The protocol of the packet, which the manual page of the C program calls `ip_proto`."),
    own("sport", "FROM-TO", |d: &mut Entry, r: &mut Reader<'_>| d.rule.source_ports = ports(r))
        .since("2.0.1")
        .range("1 to 65535")
        .example("sport 1024-65535")
        .doc("any", "The source ports."),
    own("dport", "FROM-TO", |d: &mut Entry, r: &mut Reader<'_>| d.rule.destination_ports = ports(r))
        .since("2.0.1")
        .range("1 to 65535")
        .example("dport 80-80")
        .doc("any", "The destination ports."),
    own("type", "ACTION", |_, _| {})
        .example("from 192.0.2.0/24 preference 200 [type blackhole]")
        .example("from 192.0.2.0/24 preference 200 [type blackhole]")
        .example("from 192.0.2.0/24 preference 200 [type blackhole]")
        .example("from 192.0.2.0/24 preference 200 [type blackhole]")
        .example("from 192.0.2.0/24 preference 200 [type blackhole]")
        .example("from 192.0.2.0/24 preference 200 [type blackhole]")
        .example("from 192.0.2.0/24 preference 200 [type blackhole]")
        .example("from 192.0.2.0/24 preference 200 [type blackhole]")
        .doc("", "May stand before goto, nop, blackhole, unreachable and prohibit."),
    own("goto", "NUMBER", |d: &mut Entry, r: &mut Reader<'_>| {
        let target = r.number(1, 0, MOST).map(fit);
        act(d, target.map(RuleAction::Goto), r);
    })
    .since("1.2.24")
    .range("0 to 4294967295")
    .example("from 192.0.2.0/24 preference 200 [goto 300]")
    .doc("", "Goes on at the rule of this preference."),
    own("nop", "", |d: &mut Entry, r: &mut Reader<'_>| act(d, Some(RuleAction::Nop), r))
        .since("1.2.24")
        .example("from 192.0.2.0/24 preference 200 [nop]")
        .doc("", "Does nothing."),
    own("blackhole", "", |d: &mut Entry, r: &mut Reader<'_>| act(d, Some(RuleAction::Blackhole), r))
        .since("1.2.24")
        .example("from 192.0.2.0/24 preference 200 [blackhole]")
        .doc("", "Drops the packet."),
    own("unreachable", "", |d: &mut Entry, r: &mut Reader<'_>| act(d, Some(RuleAction::Unreachable), r))
        .since("1.2.24")
        .example("from 192.0.2.0/24 preference 200 [unreachable]")
        .doc("", "Answers that the destination cannot be reached."),
    own("prohibit", "", |d: &mut Entry, r: &mut Reader<'_>| act(d, Some(RuleAction::Prohibit), r))
        .since("1.2.24")
        .example("from 192.0.2.0/24 preference 200 [prohibit]")
        .doc("", "Answers that this is prohibited."),
    flag("no_track", |d: &mut Entry, _| d.rule.no_track = true)
        .since("2.0.3")
        .doc("off", "Does not act when somebody else takes the rule away."),
    own("track_group", "NAME", |d: &mut Entry, r: &mut Reader<'_>| {
        d.rule.track_group = r.required(1, "a track_group").map(Into::into);
        d.group_at = Some(r.at(0).to(r.at(1)));
    })
    .since("2.0.3")
    .example("track_group both")
    .doc("none", "For static rules: instances that fault with the interface."),
];

/// Reads one rule.
pub(super) fn entry(r: &mut Reader<'_>) -> Option<RuleDraft> {
    let line = r.line();
    let mut entry = Entry {
        rule: empty(),
        action: None,
        family: None,
        preference: None,
        protocol_at: None,
        group_at: None,
        devices: Vec::new(),
    };
    let fine = r.options_up_to_error(&RULE, &mut entry, |_, r| r.unknown_option(r.keyword(), &RULE));
    if !fine {
        return None;
    }
    let Some(action) = entry.action else {
        r.report(&route_code::NO_ACTION, line, "this rule does nothing")
            .help("write `table NAME`, for example");
        return None;
    };
    let family = entry.family.map_or(Family::V4, |family| family.value);
    if family == Family::V6 && entry.rule.realms.is_some() {
        r.report(&route_code::NOT_FOR_THIS_ROUTE, line, "only rules of IPv4 have realms")
            .label("the rule is ignored");
        return None;
    }
    let preference = match entry.preference {
        Some(preference) => preference,
        None => count_down(family, line, r),
    };
    if let RuleAction::Goto(target) = action.value
        && target <= preference
    {
        let message = format!("a rule of preference {preference} cannot go to {target}");
        r.report(&route_code::GOTO_BACK, action.at, message);
        return None;
    }
    if let Some(at) = entry.protocol_at
        && !entry.rule.no_track
        && entry.rule.protocol.is_some_and(|protocol| protocol != KEEPALIVED)
    {
        r.report(&route_code::WATCHED_PROTOCOL, at, "a rule that is watched has the protocol keepalived")
            .help("leave the protocol out, or write `no_track`");
        entry.rule.protocol = None;
    }
    let rule = Rule { action: action.value, family, preference, ..entry.rule };
    Some(RuleDraft { rule, group_at: entry.group_at, devices: entry.devices })
}

fn empty() -> Rule {
    Rule {
        action: RuleAction::Nop,
        family: Family::V4,
        inverted: false,
        from: None,
        to: None,
        preference: 0,
        tos: None,
        mark: None,
        realms: None,
        suppress_prefix: None,
        suppress_group: None,
        input: None,
        output: None,
        tunnel: None,
        users: None,
        protocol: None,
        ip_protocol: None,
        source_ports: None,
        destination_ports: None,
        no_track: false,
        track_group: None,
    }
}

fn count_down(family: Family, line: Extent, r: &mut Reader<'_>) -> u32 {
    let preference = r.next_preference(family);
    let message = format!("this rule has no preference; it gets {preference}");
    r.report(&route_code::NO_PREFERENCE, line, message).help("write `preference NUMBER`");
    preference
}

fn act(d: &mut Entry, action: Option<RuleAction>, r: &mut Reader<'_>) {
    let at = r.at(0);
    let Some(action) = action else { return };
    if let Some(first) = d.action {
        r.report(&route_code::TWO_ACTIONS, at, "a rule does one thing only")
            .also(first.at, "and this is another");
        return;
    }
    d.action = Some(At::new(action, at));
}

fn family_word(d: &mut Entry, r: &mut Reader<'_>) {
    let found = super::route::swallow(r);
    same_family(d, found, r);
}

/// Whether a part of a rule is of its family, which the first part decides.
fn same_family(d: &mut Entry, found: At<Family>, r: &mut Reader<'_>) -> bool {
    let family = *d.family.get_or_insert(found);
    let same = family.value == found.value;
    if !same {
        r.report(&route_code::MIXED_FAMILIES, found.at, "a rule cannot mix IPv4 and IPv6")
            .also(family.at, format!("this is {}", family.value));
    }
    same
}

/// `all` or a network.
fn network(d: &mut Entry, r: &mut Reader<'_>) -> Option<IpNet> {
    let at = r.at(1);
    if matches!(r.required(1, "a network"), None | Some("all" | "any" | "default")) {
        return None;
    }
    let net = r.net(1)?;
    same_family(d, At::new(net.family(), at), r).then_some(net)
}

fn mark(d: &mut Entry, r: &mut Reader<'_>) {
    let Some(text) = r.required(1, "a mark") else { return };
    let (number, mask) = text.split_once('/').map_or((text, None), |(number, mask)| (number, Some(mask)));
    let read = |text: &str| {
        r.number_or_name(text, Names::Table, u32::MAX)
            .filter(|_| text.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mask = mask.map_or(Some(u32::MAX), read);
    d.rule.mark = read(number).zip(mask);
    if d.rule.mark.is_none() {
        let message = format!("`{text}` is no mark");
        r.report(&code::BAD_NUMBER, r.at(1), message).label("expected NUMBER[/MASK]");
    }
}

fn ip_protocol(d: &mut Entry, r: &mut Reader<'_>) {
    let Some(text) = r.required(1, "a protocol") else { return };
    let known = [
        ("icmp", 1),
        ("igmp", 2),
        ("tcp", 6),
        ("udp", 17),
        ("dccp", 33),
        ("gre", 47),
        ("esp", 50),
        ("ah", 51),
        ("ipv6-icmp", 58),
        ("icmpv6", 58),
        ("ospf", 89),
        ("pim", 103),
        ("vrrp", 112),
        ("sctp", 132),
        ("udplite", 136),
    ];
    let named = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, number)| *number);
    d.rule.ip_protocol = named.or_else(|| text.parse().ok());
    if d.rule.ip_protocol.is_none() {
        let message = format!("`{text}` is no protocol of IP");
        r.report(&code::BAD_CHOICE, r.at(1), message)
            .label("expected a name such as tcp, or a number up to 255");
    }
}

/// `FROM-TO`.
fn range(r: &mut Reader<'_>, most: u32) -> Option<(u32, u32)> {
    let text = r.required(1, "a range")?;
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number <= most);
    let range = text.split_once('-').and_then(|(from, to)| number(from).zip(number(to)));
    if range.is_none() {
        let message = format!("`{text}` is no range");
        r.report(&route_code::BAD_PORTS, r.at(1), message).label(format!("expected FROM-TO, up to {most}"));
    }
    range
}

fn ports(r: &mut Reader<'_>) -> Option<(u16, u16)> {
    let (from, to) = range(r, 65_535)?;
    u16::try_from(from).ok().zip(u16::try_from(to).ok())
}
