//! `use_vmac`, `use_ipvlan` and `vrf`: interfaces of an instance's own.

use std::net::IpAddr;

use super::own;
use crate::base::addr::MacAddr;
use crate::base::id::IfName;
use crate::conf::diag::code::link as code;
use crate::conf::diag::code::words as word_code;
use crate::conf::draft::{At, InstanceDraft};
use crate::conf::env::Names;
use crate::conf::keyword::{Keyword, Meta, Parity, Section};
use crate::conf::model::further::{IpVlanMode, LinkKind, OwnLink};
use crate::conf::reader::Reader;

/// An interface whose options are being read.
pub(super) struct Entry {
    name: Option<IfName>,
    group: Option<u32>,
    /// The address, and whether the VRID has to be added.
    mac: Option<(MacAddr, bool)>,
    notify: bool,
    mode: IpVlanMode,
}

pub(super) static VMAC: Section<Entry> = Section::new("use_vmac", &[VMAC_ROWS]).positional(&[
    Meta::word("IFNAME", "vrrp.VRID", "The name of the MAC-VLAN, at most 15 octets.")
        .since("1.2.3")
        .example("use_vmac [vrrp9]"),
    Meta::word(
        "MAC",
        "00:00:5e:00:01:VRID or 00:00:5e:00:02:VRID",
        "Another MAC address; with five octets the VRID is the sixth.",
    )
    .since("2.2.5")
    .example("use_vmac [00:00:5e:00:01:09]"),
]);

pub(super) static IPVLAN: Section<Entry> = Section::new("use_ipvlan", &[IPVLAN_ROWS]).positional(&[
    Meta::word("IFNAME", "vrrp.VRID", "The name of the IPVLAN, at most 15 octets.")
        .since("2.0.17")
        .example("use_ipvlan [ipv9]"),
    Meta::word("ADDR", "none", "An address for it, from which advertisements are sent.")
        .since("2.0.17")
        .example("use_ipvlan [192.0.2.6]"),
]);

const NAME: Keyword<Entry> = own("name", "INTERFACE", |entry: &mut Entry, r: &mut Reader<'_>| {
    let at = r.at(1);
    if let Some(text) = r.required(1, "a name") {
        take_name(entry, text, at, r);
    }
})
.since("2.3.0")
.example("use_vmac [name bridge]")
.doc("", "The name, also if it looks like one of the other words.");

const GROUP: Keyword<Entry> = own("group", "NAME|NUMBER", |entry: &mut Entry, r: &mut Reader<'_>| {
    entry.group = r.named(1, Names::LinkGroup, u32::MAX, "a group of interfaces");
})
.since("2.3.0")
.range("0 to 4294967295")
.example("group 7")
.doc("that of the interface", "The group of the new interface.");

const VMAC_ROWS: &[Keyword<Entry>] = &[
    NAME,
    own("netlink_notify_msg", "", |entry: &mut Entry, _| entry.notify = true)
        .since("2.3.0")
        .parity(Parity::NoEffect("the kernel's messages about interfaces are understood without it"))
        .doc("off", "Makes the kernel tell of the interface again after it has become promiscuous."),
    GROUP,
];

const IPVLAN_ROWS: &[Keyword<Entry>] = &[
    NAME,
    own("bridge", "", |entry: &mut Entry, _| entry.mode = IpVlanMode::Bridge)
        .since("2.0.17")
        .example("use_ipvlan private [bridge]")
        .doc("on", "Others on the same interface are reached."),
    own("private", "", |entry: &mut Entry, _| entry.mode = IpVlanMode::Private)
        .since("2.0.17")
        .doc("off", "Others on the same interface are not reached."),
    own("vepa", "", |entry: &mut Entry, _| entry.mode = IpVlanMode::Vepa)
        .since("2.0.17")
        .doc("off", "Others on the same interface are reached through a switch."),
    GROUP,
];

fn empty() -> Entry {
    Entry { name: None, group: None, mac: None, notify: false, mode: IpVlanMode::Bridge }
}

fn take_name(entry: &mut Entry, text: &str, at: crate::conf::expanded::Extent, r: &mut Reader<'_>) {
    if entry.name.is_some() {
        let message = format!("the interface has a name already; `{text}` is ignored");
        r.report(&word_code::GIVEN_TWICE, at, message);
        return;
    }
    entry.name = IfName::new(text);
    if entry.name.is_none() {
        let message = format!("`{text}` cannot be the name of an interface");
        r.report(&word_code::BAD_INTERFACE_NAME, at, message)
            .label(format!("at most {} octets, no blank, slash or colon", IfName::MAX));
    }
}

/// `use_vmac`.
pub(super) fn use_vmac(d: &mut InstanceDraft, r: &mut Reader<'_>) {
    let at = r.at(0);
    let mut entry = empty();
    r.options_or(&VMAC, &mut entry, 1, |entry, r| {
        let (text, at) = (r.keyword(), r.at(0));
        if text.contains(':') {
            entry.mac = mac(text);
            if entry.mac.is_none() {
                let message = format!("`{text}` is no MAC address for a virtual router");
                r.report(&code::BAD_MAC, at, message)
                    .label("expected five or six octets, not a group address");
            }
        } else {
            take_name(entry, text, at, r);
        }
    });
    if let Some((_, lacks_vrid)) = entry.mac {
        d.further().mac_lacks_vrid = lacks_vrid;
    }
    let mac = entry.mac.map(|(mac, _)| mac);
    let mut kind = LinkKind::MacVlan { mac, notify: entry.notify };
    if let Some(first) = said_before(d, &mut entry, at, r)
        && let LinkKind::MacVlan { mac: first_mac, notify } = first
    {
        kind = LinkKind::MacVlan { mac: mac.or(first_mac), notify: entry.notify || notify };
    }
    d.further().link = Some(At::new(OwnLink { name: entry.name, group: entry.group, kind }, at));
}

/// What kind of interface an earlier line asked for, if there is one; its name and group stay.
fn said_before(
    d: &InstanceDraft,
    entry: &mut Entry,
    at: crate::conf::expanded::Extent,
    r: &mut Reader<'_>,
) -> Option<LinkKind> {
    let first = d.has_further()?.link.as_ref()?;
    let problem = if first.value.name.is_some() && entry.name.is_some() {
        r.report(
            &word_code::GIVEN_TWICE,
            at,
            "the interface of this instance has a name already; this one is ignored",
        )
    } else {
        r.report(&word_code::REPLACED, at, "this instance has an interface of its own already")
            .class(crate::conf::diag::Class::Silent)
    };
    problem.also(first.at, "given here");
    entry.name = first.value.name.or(entry.name);
    entry.group = entry.group.or(first.value.group);
    Some(first.value.kind)
}

/// Six octets, or five to which the VRID is added; not the address of a group.
fn mac(text: &str) -> Option<(MacAddr, bool)> {
    let lacks_vrid = text.split(':').count() == 5;
    let whole = if lacks_vrid { format!("{text}:00") } else { text.to_owned() };
    let mac = whole.parse::<MacAddr>().ok()?;
    mac.0.first().is_some_and(|first| first & 1 == 0).then_some((mac, lacks_vrid))
}

/// `use_ipvlan`.
pub(super) fn use_ipvlan(d: &mut InstanceDraft, r: &mut Reader<'_>) {
    let at = r.at(0);
    let mut entry = empty();
    let mut address = None;
    r.options_or(&IPVLAN, &mut entry, 1, |entry, r| {
        let (text, at) = (r.keyword(), r.at(0));
        if text.split('/').next().is_some_and(|text| text.parse::<IpAddr>().is_ok()) {
            address = r.net(0).map(|net| At::new(net, at));
        } else {
            take_name(entry, text, at, r);
        }
    });
    if let Some(net) = address {
        let found = At::new(net.value.family(), net.at);
        if !super::instance::same_family(d, found, "address of the IPVLAN", r) {
            address = None;
        }
    }
    if let Some(net) = address
        && d.source.is_none()
    {
        d.source = Some(At::new(net.value.addr(), net.at));
    }
    said_before(d, &mut entry, at, r);
    let kind = LinkKind::IpVlan { address: address.map(|net| net.value), mode: entry.mode };
    d.further().link = Some(At::new(OwnLink { name: entry.name, group: entry.group, kind }, at));
}

/// `vrf`.
pub(super) fn vrf(d: &mut InstanceDraft, r: &mut Reader<'_>) {
    let at = r.at(1);
    let Some(name) = r.interface(1) else { return };
    if let Some(interface) = d.interface {
        r.report(
            &code::VRF_AND_INTERFACE,
            at,
            "an instance with an interface is in the VRF of that; `vrf` is ignored",
        )
        .also(interface.at, "given here");
        return;
    }
    d.further().vrf = Some(At::new(name, at));
}
