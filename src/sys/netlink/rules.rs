//! Routing rules as rtnetlink(7) has them: what is asked for, and what the kernel says of one that is gone.

use std::net::IpAddr;

use netlink_packet_core::DefaultNla;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{RouteProtocol, RouteRealm};
use netlink_packet_route::rule::{
    RuleAction as Action, RuleAttribute, RuleFlags, RuleHeader, RuleMessage, RulePortRange, RuleUidRange,
};

use super::parse::{self, KIND, attributes, text};
use crate::base::addr::{Family, IpNet};
use crate::base::id::IfName;
use crate::conf::model::route::{Rule, RuleAction};
use crate::vrrp::belonging::{KEEPALIVED, RuleKey};

// linux/fib_rules.h
const FRA_DST: u16 = 1;
const FRA_SRC: u16 = 2;
const FRA_IIFNAME: u16 = 3;
const FRA_GOTO: u16 = 4;
const FRA_PRIORITY: u16 = 6;
const FRA_FWMARK: u16 = 10;
const FRA_TABLE: u16 = 15;
const FRA_FWMASK: u16 = 16;
const FRA_OIFNAME: u16 = 17;
const FRA_L3MDEV: u16 = 19;
const FRA_PROTOCOL: u16 = 21;
const FRA_IP_PROTO: u16 = 22;
const FR_ACT_TO_TBL: u8 = 1;
const FR_ACT_GOTO: u8 = 2;
const FR_ACT_NOP: u8 = 3;
const FR_ACT_BLACKHOLE: u8 = 6;
const FR_ACT_UNREACHABLE: u8 = 7;
const FR_ACT_PROHIBIT: u8 = 8;

/// What is asked of the kernel to make a rule, and to remove it.
pub(super) fn described(rule: &Rule) -> RuleMessage {
    let mut header = RuleHeader {
        family: match rule.family {
            Family::V4 => AddressFamily::Inet,
            Family::V6 => AddressFamily::Inet6,
        },
        tos: rule.tos.unwrap_or_default(),
        action: Action::ToTable,
        ..RuleHeader::default()
    };
    header.flags.set(RuleFlags::Invert, rule.inverted);
    let mut attributes = Vec::new();
    let some = |net: Option<IpNet>| net.filter(|net| net.prefix() > 0);
    if let Some(from) = some(rule.from) {
        header.src_len = from.prefix();
        attributes.push(RuleAttribute::Source(from.addr()));
    }
    if let Some(to) = some(rule.to) {
        header.dst_len = to.prefix();
        attributes.push(RuleAttribute::Destination(to.addr()));
    }
    match rule.action {
        RuleAction::Table(table) => match u8::try_from(table) {
            Ok(table) => header.table = table,
            Err(_) => attributes.push(RuleAttribute::Table(table)),
        },
        RuleAction::L3mdev => attributes.push(RuleAttribute::L3MDev(true)),
        RuleAction::Goto(target) => {
            header.action = Action::Goto;
            attributes.push(RuleAttribute::Goto(target));
        }
        RuleAction::Nop => header.action = Action::Nop,
        RuleAction::Blackhole => header.action = Action::Blackhole,
        RuleAction::Unreachable => header.action = Action::Unreachable,
        RuleAction::Prohibit => header.action = Action::Prohibit,
    }
    attributes.push(RuleAttribute::Priority(rule.preference));
    attributes.extend(selectors(rule));
    let mut message = RuleMessage::default();
    message.header = header;
    message.attributes = attributes;
    message
}

fn selectors(rule: &Rule) -> impl Iterator<Item = RuleAttribute> {
    let realm = |realms: u32| {
        let [a, b, c, d] = realms.to_be_bytes();
        RouteRealm { source: u16::from_be_bytes([a, b]), destination: u16::from_be_bytes([c, d]) }
    };
    let ports = |(start, end): (u16, u16)| RulePortRange { start, end };
    let all = [
        rule.mark.map(|(mark, _)| RuleAttribute::FwMark(mark)),
        rule.mark.map(|(_, mask)| RuleAttribute::FwMask(mask)),
        rule.realms.map(|realms| RuleAttribute::Realm(realm(realms))),
        rule.suppress_prefix.map(RuleAttribute::SuppressPrefixLen),
        rule.suppress_group.map(RuleAttribute::SuppressIfGroup),
        rule.input.map(|name| RuleAttribute::Iifname(name.to_string())),
        rule.output.map(|name| RuleAttribute::Oifname(name.to_string())),
        rule.tunnel.map(RuleAttribute::TunId),
        rule.users.map(|(start, end)| RuleAttribute::UidRange(RuleUidRange { start, end })),
        Some(RuleAttribute::Protocol(RouteProtocol::from(rule.protocol.unwrap_or(KEEPALIVED)))),
        rule.ip_protocol.map(|number| RuleAttribute::Other(DefaultNla::new(FRA_IP_PROTO, vec![number]))),
        rule.source_ports.map(|range| RuleAttribute::SourcePortRange(ports(range))),
        rule.destination_ports.map(|range| RuleAttribute::DestinationPortRange(ports(range))),
    ];
    all.into_iter().flatten()
}

/// Reads RTM_DELRULE: which rule is gone.
pub(super) fn gone(payload: &[u8]) -> Option<RuleKey> {
    let [family, to_prefix, from_prefix, _, table, _, _, action, rest @ ..] = *payload.first_chunk::<12>()?;
    let flags = RuleFlags::from_bits_retain(u32::from_ne_bytes(rest));
    let family = match i32::from(family) {
        libc::AF_INET => Family::V4,
        libc::AF_INET6 => Family::V6,
        _ => return None,
    };
    let (mut to, mut from): (Option<IpAddr>, Option<IpAddr>) = (None, None);
    let (mut input, mut output) = (None, None);
    let (mut table, mut target, mut preference) = (u32::from(table), 0, 0);
    let (mut mark, mut mask, mut l3mdev, mut protocol) = (None, None, false, 0);
    for attribute in attributes(payload, 12).map_while(|attribute| attribute) {
        let value = attribute.value();
        let number = || value.first_chunk().map(|octets| u32::from_ne_bytes(*octets));
        match attribute.kind() & KIND {
            FRA_DST => to = parse::address_of(family, value),
            FRA_SRC => from = parse::address_of(family, value),
            FRA_IIFNAME => input = text(value).and_then(IfName::new),
            FRA_OIFNAME => output = text(value).and_then(IfName::new),
            FRA_GOTO => target = number()?,
            FRA_PRIORITY => preference = number()?,
            FRA_TABLE => table = number()?,
            FRA_FWMARK => mark = number(),
            FRA_FWMASK => mask = number(),
            FRA_L3MDEV => l3mdev = value.first().is_some_and(|on| *on != 0),
            FRA_PROTOCOL => protocol = value.first().copied().unwrap_or_default(),
            _ => {}
        }
    }
    let net = |addr: Option<IpAddr>, prefix| addr.and_then(|addr| IpNet::new(addr, prefix));
    Some(RuleKey {
        family,
        preference,
        action: match action {
            FR_ACT_TO_TBL if l3mdev => RuleAction::L3mdev,
            FR_ACT_TO_TBL => RuleAction::Table(table),
            FR_ACT_GOTO => RuleAction::Goto(target),
            FR_ACT_NOP => RuleAction::Nop,
            FR_ACT_BLACKHOLE => RuleAction::Blackhole,
            FR_ACT_UNREACHABLE => RuleAction::Unreachable,
            FR_ACT_PROHIBIT => RuleAction::Prohibit,
            _ => return None,
        },
        inverted: flags.contains(RuleFlags::Invert),
        from: net(from, from_prefix),
        to: net(to, to_prefix),
        input,
        output,
        mark: (mark.is_some() || mask.is_some()).then(|| (mark.unwrap_or(0), mask.unwrap_or(u32::MAX))),
        protocol,
    })
}

#[cfg(test)]
mod tests {
    use netlink_packet_core::Emitable as _;
    use proptest::prelude::*;

    use super::*;

    fn rule(action: RuleAction) -> Rule {
        let key = RuleKey {
            family: Family::V4,
            preference: 500,
            action,
            inverted: false,
            from: IpNet::new([198, 51, 100, 0].into(), 24),
            to: None,
            input: None,
            output: None,
            mark: None,
            protocol: KEEPALIVED,
        };
        key.rule()
    }

    fn octets(rule: &Rule) -> Vec<u8> {
        let message = described(rule);
        let mut bytes = vec![0; message.buffer_len()];
        message.emit(&mut bytes);
        bytes
    }

    #[test]
    fn a_rule_that_is_gone_is_recognised() {
        use RuleAction::{Blackhole, Goto, L3mdev, Nop, Prohibit, Table, Unreachable};
        let actions =
            [Table(100), Table(4000), Goto(600), Nop, L3mdev, Blackhole, Unreachable, Prohibit].map(rule);
        let others = [
            Rule { inverted: true, from: None, to: IpNet::new([10, 0, 0, 0].into(), 8), ..rule(Nop) },
            Rule { mark: Some((3, 7)), input: IfName::new("eth0"), ..rule(Table(100)) },
            Rule { mark: Some((0, 7)), output: IfName::new("eth1"), ..rule(Table(100)) },
            Rule { family: Family::V6, from: None, protocol: Some(4), ..rule(Table(100)) },
        ];
        for rule in actions.iter().chain(&others) {
            assert_eq!(gone(&octets(rule)), Some(RuleKey::of(rule)), "{rule:?}");
        }
    }

    #[test]
    fn every_selector_is_asked_for() {
        let all = Rule {
            tos: Some(16),
            mark: Some((3, 7)),
            realms: Some(3 << 16 | 4),
            suppress_prefix: Some(0),
            suppress_group: Some(5),
            input: IfName::new("eth0"),
            output: IfName::new("eth1"),
            tunnel: Some(77),
            users: Some((1000, 2000)),
            ip_protocol: Some(6),
            source_ports: Some((1, 2)),
            destination_ports: Some((3, 4)),
            ..rule(RuleAction::Table(100))
        };
        let message = described(&all);
        assert_eq!((message.header.tos, message.header.table), (16, 100));
        let expected = [
            RuleAttribute::FwMark(3),
            RuleAttribute::FwMask(7),
            RuleAttribute::Realm(RouteRealm { source: 3, destination: 4 }),
            RuleAttribute::SuppressPrefixLen(0),
            RuleAttribute::SuppressIfGroup(5),
            RuleAttribute::Iifname("eth0".into()),
            RuleAttribute::Oifname("eth1".into()),
            RuleAttribute::TunId(77),
            RuleAttribute::UidRange(RuleUidRange { start: 1000, end: 2000 }),
            RuleAttribute::Protocol(RouteProtocol::from(KEEPALIVED)),
            RuleAttribute::Other(DefaultNla::new(FRA_IP_PROTO, vec![6])),
            RuleAttribute::SourcePortRange(RulePortRange { start: 1, end: 2 }),
            RuleAttribute::DestinationPortRange(RulePortRange { start: 3, end: 4 }),
        ];
        assert_eq!(message.attributes[2..], expected);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = gone(&bytes);
        }
    }
}
