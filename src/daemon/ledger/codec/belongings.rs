//! The octets of what an instance owns in the kernel.

use super::{Input, net};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, IfName};
use crate::conf::model::Instance;
use crate::conf::model::route::RuleAction;
use crate::vrrp::belonging::{Key, RouteKey, RuleKey};

const NET: usize = 17 + 1;
const NAME: usize = 1 + 15;
const ADDRESS: usize = 1 + 4 + NET;
const ROUTE: usize = 1 + NET + 4 + 1 + 4 + 1;
const RULE: usize = 1 + 1 + 4 + 5 + 1 + 2 * NET + 2 * NAME + 9 + 1;

/// How many octets everything that an instance may own needs.
pub(super) fn capacity(conf: &Instance) -> usize {
    let (routes, rules) = conf.routes_and_rules();
    capacity_of(conf.addresses().count(), routes.len(), rules.len())
}

/// How many octets so many addresses, routes and rules need.
pub(super) const fn capacity_of(addresses: usize, routes: usize, rules: usize) -> usize {
    ADDRESS * addresses + ROUTE * routes + RULE * rules
}

pub(super) fn write(key: &Key, out: &mut Vec<u8>) {
    match key {
        Key::Address(device, address) => {
            out.push(0);
            out.extend(device.get().to_le_bytes());
            net(Some(*address), out);
        }
        Key::Route(RouteKey { destination, table, tos, metric, protocol }) => {
            out.push(1);
            net(Some(*destination), out);
            out.extend(table.to_le_bytes());
            out.push(*tos);
            out.extend(metric.to_le_bytes());
            out.push(*protocol);
        }
        Key::Rule(rule) => {
            out.push(2);
            write_rule(rule, out);
        }
    }
}

fn write_rule(rule: &RuleKey, out: &mut Vec<u8>) {
    let RuleKey { family, preference, action, inverted, from, to, input, output, mark, protocol } = rule;
    out.push(match family {
        Family::V4 => 4,
        Family::V6 => 6,
    });
    out.extend(preference.to_le_bytes());
    let (kind, number) = match action {
        RuleAction::Table(table) => (0, *table),
        RuleAction::Goto(target) => (1, *target),
        RuleAction::Nop => (2, 0),
        RuleAction::L3mdev => (3, 0),
        RuleAction::Blackhole => (4, 0),
        RuleAction::Unreachable => (5, 0),
        RuleAction::Prohibit => (6, 0),
    };
    out.push(kind);
    out.extend(number.to_le_bytes());
    out.push((*inverted).into());
    net(*from, out);
    net(*to, out);
    write_name(*input, out);
    write_name(*output, out);
    let (value, mask) = mark.unwrap_or_default();
    out.push(mark.is_some().into());
    out.extend(value.to_le_bytes());
    out.extend(mask.to_le_bytes());
    out.push(*protocol);
}

fn write_name(name: Option<IfName>, out: &mut Vec<u8>) {
    let text = name.map(|name| name.to_string()).unwrap_or_default();
    let mut octets = [0; NAME - 1];
    octets.iter_mut().zip(text.bytes()).for_each(|(room, octet)| *room = octet);
    out.push(u8::try_from(text.len()).unwrap_or(0));
    out.extend(octets);
}

pub(super) fn read(input: &mut Input<'_>) -> Option<Key> {
    Some(match input.u8()? {
        0 => Key::Address(IfIndex::new(input.u32()?), input.net()??),
        1 => Key::Route(RouteKey {
            destination: input.net()??,
            table: input.u32()?,
            tos: input.u8()?,
            metric: input.u32()?,
            protocol: input.u8()?,
        }),
        2 => Key::Rule(read_rule(input)?),
        _ => return None,
    })
}

fn read_rule(input: &mut Input<'_>) -> Option<RuleKey> {
    let family = if input.u8()? == 4 { Family::V4 } else { Family::V6 };
    let preference = input.u32()?;
    let (kind, number) = (input.u8()?, input.u32()?);
    let action = match kind {
        0 => RuleAction::Table(number),
        1 => RuleAction::Goto(number),
        2 => RuleAction::Nop,
        3 => RuleAction::L3mdev,
        4 => RuleAction::Blackhole,
        5 => RuleAction::Unreachable,
        6 => RuleAction::Prohibit,
        _ => return None,
    };
    Some(RuleKey {
        family,
        preference,
        action,
        inverted: input.u8()? != 0,
        from: input.net()?,
        to: input.net()?,
        input: read_name(input)?,
        output: read_name(input)?,
        mark: {
            let there = input.u8()? != 0;
            let mark = (input.u32()?, input.u32()?);
            there.then_some(mark)
        },
        protocol: input.u8()?,
    })
}

fn read_name(input: &mut Input<'_>) -> Option<Option<IfName>> {
    let length = usize::from(input.u8()?);
    let octets = input.take(NAME - 1)?;
    match length {
        0 => Some(None),
        _ => IfName::new(std::str::from_utf8(octets.get(..length)?).ok()?).map(Some),
    }
}
