//! What is in the tables: their sets, chains and rules are those of the C program.

use std::net::IpAddr;

use netlink_packet_core::{NLM_F_APPEND, NLM_F_CREATE};

use super::Style;
use super::message::Batch;
use super::rule::{ENTRY, FIRST, Rule, SECOND};
use crate::base::addr::{Family, is_link_local};
use crate::base::id::IfIndex;
use crate::vrrp::event::Hidden;

// NFT_MSG_*
const NEWTABLE: u16 = 0;
const DELTABLE: u16 = 2;
const NEWCHAIN: u16 = 3;
const NEWRULE: u16 = 6;
const NEWSET: u16 = 9;
const NEWSETELEM: u16 = 12;
const DELSETELEM: u16 = 14;

/// The first attribute of each of these names the table.
const OF_TABLE: u16 = 1;

// What nft(8) calls the types of keys.
const IPV4_ADDR: u32 = 7;
const IPV6_ADDR: u32 = 8;
const IFACE_INDEX: u32 = 20;
const ICMPV6_TYPE: u32 = 29;
/// Types that follow one another in a key are so many bits apart.
const TYPE_BITS: u32 = 6;
/// The content of a set never changes (`NFT_SET_CONSTANT`).
const CONSTANT: u32 = 2;

const NETWORK_HEADER: u32 = 1;
const TRANSPORT_HEADER: u32 = 2;
const ICMPV6: u8 = 58;
// NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT
const HOOK_IN: u32 = 1;
const HOOK_OUT: u32 = 3;

/// A set whose keys lead to something (`NFT_SET_MAP`).
const MAP: u32 = 8;
// NFT_META_L4PROTO, NFT_META_OIFKIND
const PROTOCOL: u32 = 16;
const OUT_KIND: u32 = 27;
const IGMP: u8 = 2;
/// Version 2 (RFC 3810).
const LISTENER_REPORT: u8 = 143;
const ROUTER_SOLICITATION: u8 = 133;

/// What nft(8) keeps with a set about its keys and its values.
const KEYS: u8 = 0;
const VALUES: u8 = 1;

const VMAC_MAP: &str = "vmac_map";
const VMAC_SET: &str = "vmac_set";
const VIPS: &str = "vips";
const LINK_LOCAL: &str = "vips_link_local";
const DISCOVERY: &str = "neighbor-discovery";
/// Neighbour solicitation and advertisement (RFC 4861): without them nobody would find the address.
const DISCOVERY_TYPES: [u8; 2] = [135, 136];

/// A direction, with the chain of its hook, the chain for link-local addresses, and what is matched.
struct Direction {
    chain: &'static str,
    local: &'static str,
    hook: u32,
    /// Where the address is in the header of IPv4 and of IPv6.
    offsets: (u32, u32),
    /// `NFT_META_IIF`, `NFT_META_OIF`.
    interface: u32,
}

const OUT: Direction =
    Direction { chain: "out", local: "out_link_local", hook: HOOK_OUT, offsets: (12, 8), interface: 5 };
const IN: Direction =
    Direction { chain: "in", local: "in_link_local", hook: HOOK_IN, offsets: (16, 24), interface: 4 };

const fn number(family: Family) -> u8 {
    match family {
        Family::V4 => 2,
        Family::V6 => 10,
    }
}

/// Makes the table of a family anew, whatever there was.
pub(super) fn make(batch: &mut Batch, style: &Style, family: Family) {
    remove(batch, style, family);
    add_table(batch, style, family);
    add_base_chain(batch, style, family, &OUT);
}

/// Adds what hides addresses.
pub(super) fn make_vips(batch: &mut Batch, style: &Style, family: Family) {
    add_base_chain(batch, style, family, &IN);
    let (kind, octets) = match family {
        Family::V4 => (IPV4_ADDR, 4),
        Family::V6 => (IPV6_ADDR, 16),
    };
    if family == Family::V6 {
        for direction in [&IN, &OUT] {
            batch.change(NEWCHAIN, NLM_F_CREATE, number(family), |it| {
                it.text(OF_TABLE, &style.table);
                it.text(3, direction.local);
            });
        }
    }
    add_set(batch, style, family, (VIPS, kind, octets), 0, 1);
    if family == Family::V6 {
        add_set(batch, style, family, (DISCOVERY, ICMPV6_TYPE, 1), CONSTANT, 2);
        let types = DISCOVERY_TYPES.iter().map(|kind| vec![*kind]).collect::<Vec<_>>();
        elements(batch, NEWSETELEM, style, family, (DISCOVERY, Some(2)), &types);
    }
    for direction in [&IN, &OUT] {
        if family == Family::V6 {
            add_rule(batch, style, family, direction.chain, accept_discovery);
            add_rule(batch, style, family, direction.chain, |rule| goto_link_local(rule, direction));
        }
        let offset = match family {
            Family::V4 => direction.offsets.0,
            Family::V6 => direction.offsets.1,
        };
        add_rule(batch, style, family, direction.chain, |rule| {
            rule.payload(NETWORK_HEADER, offset, octets, FIRST);
            rule.lookup(VIPS, Some(1));
            rule.counted(|rule| rule.verdict(0, None));
        });
    }
}

/// Adds what lets the reports of MAC-VLANs leave by the interface below. Those of IPv6 do not ask for routers either.
pub(super) fn make_reports(batch: &mut Batch, style: &Style, family: Family) {
    batch.change(NEWSET, NLM_F_CREATE, number(family), |it| {
        it.text(OF_TABLE, &style.table);
        it.text(2, VMAC_MAP);
        it.number(3, MAP);
        it.number(4, IFACE_INDEX);
        it.number(5, 4);
        it.number(6, IFACE_INDEX);
        it.number(7, 4);
        it.number(10, 4);
        it.octets(13, &[host_order(KEYS), host_order(VALUES)].concat());
    });
    match family {
        Family::V4 => add_rule(batch, style, family, OUT.chain, |rule| {
            // The protocol of the header.
            rule.payload(NETWORK_HEADER, 9, 1, FIRST);
            rule.compare(FIRST, &[IGMP]);
            rule.payload(NETWORK_HEADER, 16, 4, FIRST);
            leave_below(rule);
        }),
        Family::V6 => {
            batch.change(NEWSET, NLM_F_CREATE, number(family), |it| {
                it.text(OF_TABLE, &style.table);
                it.text(2, VMAC_SET);
                it.number(3, 0);
                it.number(4, IFACE_INDEX);
                it.number(5, 4);
                it.number(10, 5);
                it.octets(13, &host_order(KEYS));
            });
            add_rule(batch, style, family, OUT.chain, |rule| {
                is_icmp(rule, LISTENER_REPORT);
                rule.payload(NETWORK_HEADER, 24, 16, FIRST);
                leave_below(rule);
            });
            add_rule(batch, style, family, OUT.chain, |rule| {
                is_icmp(rule, ROUTER_SOLICITATION);
                is_by_mac_vlan(rule);
                rule.lookup_in(SECOND, VMAC_SET, None, Some(5));
                rule.counted(|rule| rule.verdict(0, None));
            });
        }
    }
}

/// Tells nft(8) that numbers of interfaces are in the order of this machine, so that it shows names for them.
fn host_order(of: u8) -> Vec<u8> {
    const HOST: u32 = 1;
    [of, 4].into_iter().chain(HOST.to_ne_bytes()).collect()
}

/// It leaves by a MAC-VLAN; the number of that goes into the second register.
fn is_by_mac_vlan(rule: &mut Rule<'_, '_>) {
    let mut kind = [0; 16];
    for (octet, letter) in kind.iter_mut().zip(b"macvlan") {
        *octet = *letter;
    }
    rule.meta(OUT_KIND, SECOND);
    rule.compare(SECOND, &kind);
    rule.meta(OUT.interface, SECOND);
}

/// A copy, whose destination is in the first register, leaves by the interface below; the packet itself does not.
fn leave_below(rule: &mut Rule<'_, '_>) {
    is_by_mac_vlan(rule);
    rule.lookup_in(SECOND, VMAC_MAP, Some(SECOND), Some(4));
    rule.duplicate(FIRST, SECOND);
    rule.counted(|rule| rule.verdict(0, None));
}

fn is_icmp(rule: &mut Rule<'_, '_>, kind: u8) {
    rule.meta(PROTOCOL, FIRST);
    rule.compare(FIRST, &[ICMPV6]);
    rule.payload(TRANSPORT_HEADER, 0, 1, FIRST);
    rule.compare(FIRST, &[kind]);
}

/// Adds to the table of IPv6 what link-local addresses need.
pub(super) fn make_link_local(batch: &mut Batch, style: &Style) {
    let kind = (IPV6_ADDR << TYPE_BITS) | IFACE_INDEX;
    add_set(batch, style, Family::V6, (LINK_LOCAL, kind, 20), 0, 3);
    for direction in [&IN, &OUT] {
        add_rule(batch, style, Family::V6, direction.local, |rule| {
            rule.payload(NETWORK_HEADER, direction.offsets.1, 16, FIRST);
            rule.meta(direction.interface, SECOND);
            rule.lookup(LINK_LOCAL, Some(3));
            rule.counted(|rule| rule.verdict(0, None));
        });
    }
}

/// Removes the table of a family, whether it is there or not.
pub(super) fn remove(batch: &mut Batch, style: &Style, family: Family) {
    add_table(batch, style, family);
    batch.change(DELTABLE, 0, number(family), |it| it.text(OF_TABLE, &style.table));
}

pub(super) fn add_elements(batch: &mut Batch, style: &Style, family: Family, hidden: &[Hidden]) {
    change_elements(batch, NEWSETELEM, style, family, hidden);
}

pub(super) fn remove_elements(batch: &mut Batch, style: &Style, family: Family, hidden: &[Hidden]) {
    change_elements(batch, DELSETELEM, style, family, hidden);
}

fn change_elements(batch: &mut Batch, kind: u16, style: &Style, family: Family, hidden: &[Hidden]) {
    let Some(first) = hidden.first() else { return };
    let keys: Vec<Vec<u8>> = hidden.iter().map(key).collect();
    let (set, id) = match first {
        Hidden::Reports { .. } => {
            let values: Vec<Vec<u8>> = hidden.iter().filter_map(value).collect();
            map_elements(batch, kind, style, family, &keys, &values);
            if family == Family::V4 {
                return;
            }
            (VMAC_SET, 5)
        }
        Hidden::Address { addr: IpAddr::V6(addr), .. } if is_link_local(*addr) => (LINK_LOCAL, 3),
        Hidden::Address { .. } => (VIPS, 1),
    };
    let id = (kind == NEWSETELEM).then_some(id);
    elements(batch, kind, style, family, (set, id), &keys);
}

fn key(hidden: &Hidden) -> Vec<u8> {
    match hidden {
        Hidden::Address { addr: IpAddr::V4(addr), .. } => addr.octets().to_vec(),
        Hidden::Address { addr: IpAddr::V6(addr), interface } if is_link_local(*addr) => {
            let index = interface.map_or(0, IfIndex::get);
            addr.octets().into_iter().chain(index.to_ne_bytes()).collect()
        }
        Hidden::Address { addr: IpAddr::V6(addr), .. } => addr.octets().to_vec(),
        Hidden::Reports { link, .. } => link.get().to_ne_bytes().to_vec(),
    }
}

/// What a key leads to.
fn value(hidden: &Hidden) -> Option<Vec<u8>> {
    match hidden {
        Hidden::Reports { base, .. } => Some(base.get().to_ne_bytes().to_vec()),
        Hidden::Address { .. } => None,
    }
}

/// As [`elements`], of the map from MAC-VLANs to the interfaces below.
fn map_elements(
    batch: &mut Batch,
    kind: u16,
    style: &Style,
    family: Family,
    keys: &[Vec<u8>],
    values: &[Vec<u8>],
) {
    let flags = if kind == NEWSETELEM { NLM_F_CREATE } else { 0 };
    batch.change(kind, flags, number(family), |it| {
        it.text(OF_TABLE, &style.table);
        it.text(2, VMAC_MAP);
        if kind == NEWSETELEM {
            it.number(4, 4);
        }
        it.nest(3, |list| {
            for (key, value) in keys.iter().zip(values) {
                list.nest(ENTRY, |element| {
                    element.nest(1, |data| data.octets(1, key));
                    element.nest(2, |data| data.octets(1, value));
                });
            }
        });
    });
}

fn add_table(batch: &mut Batch, style: &Style, family: Family) {
    batch.change(NEWTABLE, NLM_F_CREATE, number(family), |it| it.text(OF_TABLE, &style.table));
}

fn add_base_chain(batch: &mut Batch, style: &Style, family: Family, direction: &Direction) {
    batch.change(NEWCHAIN, NLM_F_CREATE, number(family), |it| {
        it.text(OF_TABLE, &style.table);
        it.text(3, direction.chain);
        it.nest(4, |hook| {
            hook.number(1, direction.hook);
            hook.octets(2, &style.priority.to_be_bytes());
        });
        // NF_ACCEPT
        it.number(5, 1);
        it.text(7, "filter");
    });
}

fn add_set(
    batch: &mut Batch,
    style: &Style,
    family: Family,
    (name, kind, octets): (&str, u32, u32),
    flags: u32,
    id: u32,
) {
    batch.change(NEWSET, NLM_F_CREATE, number(family), |it| {
        it.text(OF_TABLE, &style.table);
        it.text(2, name);
        it.number(3, flags);
        it.number(4, kind);
        it.number(5, octets);
        it.number(10, id);
    });
}

fn elements(
    batch: &mut Batch,
    kind: u16,
    style: &Style,
    family: Family,
    (set, id): (&str, Option<u32>),
    keys: &[Vec<u8>],
) {
    let flags = if kind == NEWSETELEM { NLM_F_CREATE } else { 0 };
    batch.change(kind, flags, number(family), |it| {
        it.text(OF_TABLE, &style.table);
        it.text(2, set);
        if let Some(id) = id {
            it.number(4, id);
        }
        it.nest(3, |list| {
            for key in keys {
                list.nest(ENTRY, |element| element.nest(1, |data| data.octets(1, key)));
            }
        });
    });
}

fn add_rule(
    batch: &mut Batch,
    style: &Style,
    family: Family,
    chain: &str,
    fill: impl FnOnce(&mut Rule<'_, '_>),
) {
    batch.change(NEWRULE, NLM_F_CREATE | NLM_F_APPEND, number(family), |it| {
        it.text(OF_TABLE, &style.table);
        it.text(2, chain);
        it.nest(4, |list| fill(&mut Rule::new(list, style.counters)));
    });
}

/// Neighbour discovery always passes.
fn accept_discovery(rule: &mut Rule<'_, '_>) {
    rule.meta(PROTOCOL, FIRST);
    rule.compare(FIRST, &[ICMPV6]);
    rule.payload(TRANSPORT_HEADER, 0, 1, FIRST);
    rule.lookup(DISCOVERY, Some(2));
    rule.counted(|rule| rule.verdict(1, None));
}

/// Link-local addresses have a chain of their own.
fn goto_link_local(rule: &mut Rule<'_, '_>, direction: &Direction) {
    let (mut prefix, mut mask) = ([0; 16], [0; 16]);
    prefix[..2].copy_from_slice(&[0xfe, 0x80]);
    mask[..2].copy_from_slice(&[0xff, 0xc0]);
    rule.payload(NETWORK_HEADER, direction.offsets.1, 16, FIRST);
    rule.mask(&mask);
    rule.compare(FIRST, &prefix);
    // NFT_GOTO
    rule.counted(|rule| rule.verdict(-4, Some(direction.local)));
}
