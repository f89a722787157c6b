//! The interfaces of the host.

use std::net::IpAddr;

use super::page::Page;
use super::{Scene, extras};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, IfName};
use crate::base::interface::Interface;
use crate::base::time::Span;
use crate::conf::model::settings::Dynamic;
use crate::conf::model::{Instance, LinkSettings, Weight};
use crate::vrrp::link::Kind;
use crate::vrrp::snapshot::Shown;

const KEY: usize = 3;
/// What marks the interface of an instance that does not mind its state.
const UNTRACKED: i16 = 255;

/// Hardware types (netdevice(7), `ARPHRD_*`).
const ETHERNET: u16 = 1;
const LOOP: u16 = 772;

pub(super) fn write(page: &mut Page, scene: &Scene<'_>) {
    page.section("Interfaces");
    for interface in scene.interfaces {
        one(page, scene, interface);
    }
}

fn one(page: &mut Page, scene: &Scene<'_>, interface: &Interface) {
    page.line(1, format_args!("Name = {}", interface.name));
    page.line(KEY, format_args!("index = {}", interface.index));
    for (family, label) in [(Family::V4, "IPv4"), (Family::V6, "IPv6")] {
        let address = own_address(scene, interface.index, family);
        let address = address.map_or_else(|| "(none)".to_owned(), |address| address.to_string());
        page.line(KEY, format_args!("{label} address = {address}"));
    }
    if interface.hardware != LOOP {
        if let Some(mac) = interface.mac {
            page.line(KEY, format_args!("MAC = {mac}"));
        }
        if let Some(mac) = interface.broadcast {
            page.line(KEY, format_args!("MAC broadcast = {mac}"));
        }
    }
    page.line(KEY, format_args!("State = {}", state(interface.flags)));
    page.line(KEY, format_args!("Seen up = 1"));
    page.line(KEY, format_args!("Delayed state change running = false"));
    let (down, up) = delays(&scene.model.links, interface.name);
    page.line(KEY, format_args!("Up debounce timer = {}us", up.as_micros()));
    page.line(KEY, format_args!("Down debounce timer = {}us", down.as_micros()));
    page.line(KEY, format_args!("Group = {}", interface.group));
    let changeable = scene.model.global.settings.interfaces.dynamic == Dynamic::AndChange;
    if changeable && interface.hardware != LOOP {
        page.line(KEY, format_args!("Interface type/base can be changed"));
    }
    built(page, scene, interface);
    page.line(KEY, format_args!("MTU = {}", interface.mtu));
    page.line(KEY, format_args!("HW Type = {}", hardware(interface.hardware)));
    page.line(KEY, format_args!("NIC netlink status update"));
    pace(page, scene, interface);
    settings(page, scene, interface);
    forwarding(page, scene, interface);
    tracking(page, scene, interface.name);
}

/// What a MAC-VLAN is built on, and whether it was made for an instance.
fn built(page: &mut Page, scene: &Scene<'_>, interface: &Interface) {
    let links = &scene.snapshot.links;
    let stack = links.link(interface.index).map(|link| link.stack).unwrap_or_default();
    let below = stack.on.and_then(|on| links.link(on));
    let (Kind::PrivateMacVlan, Some(below)) = (stack.kind, below) else { return };
    let state = if below.running { "UP, RUNNING" } else { "DOWN" };
    let (name, kind) = (below.name, "VMAC type private, underlying interface");
    page.line(KEY, format_args!("{kind} = {name}, state = {state}"));
    if scene.instances().any(|(_, _, shown)| shown.apart == Some(interface.name)) {
        page.line(KEY, format_args!("I/f created by keepalived"));
    }
}

/// The first address that is nobody's virtual one.
fn own_address(scene: &Scene<'_>, index: IfIndex, family: Family) -> Option<IpAddr> {
    let addresses = scene.snapshot.links.addresses(index).filter(|address| !address.marked);
    let mut fit = addresses.map(|address| address.net.addr()).filter(|addr| Family::of(*addr) == family);
    match family {
        Family::V4 => fit.next(),
        Family::V6 => fit.find(|addr| matches!(addr, IpAddr::V6(v6) if v6.is_unicast_link_local())),
    }
}

fn state(flags: u32) -> String {
    let has = |flag| flags & flag != 0;
    let mut words = vec![
        if has(Interface::UP) { "UP" } else { "not UP" },
        if has(Interface::RUNNING) { "RUNNING" } else { "not RUNNING" },
    ];
    let others = [
        (!has(Interface::BROADCAST), "no broadcast"),
        (has(Interface::LOOPBACK), "loopback"),
        (has(Interface::POINT_TO_POINT), "point to point"),
        // The loopback does no ARP either, which nobody needs to be told.
        (has(Interface::NO_ARP) && !has(Interface::LOOPBACK), "no arp"),
        (!has(Interface::MULTICAST), "no multicast"),
    ];
    words.extend(others.iter().filter(|(is, _)| *is).map(|(_, word)| *word));
    words.join(", ")
}

fn hardware(kind: u16) -> String {
    match kind {
        ETHERNET => "ETHERNET".into(),
        LOOP => "LOOPBACK".into(),
        other => format!("UNKNOWN ({other})"),
    }
}

/// How long a link has to be down, and up, before that counts.
fn delays(links: &LinkSettings, name: IfName) -> (Span, Span) {
    let known = links.delays.iter().find(|(interface, ..)| *interface == name);
    known.map_or((Span::ZERO, Span::ZERO), |(_, down, up)| (*down, *up))
}

/// The least time between two announcements; only interfaces that announce have one.
fn pace(page: &mut Page, scene: &Scene<'_>, interface: &Interface) {
    let global = &scene.model.global;
    if !scene.model.instances.values().any(|conf| conf.interface == Some(interface.name)) {
        return;
    }
    if !global.garp_interval.is_zero() {
        page.line(KEY, format_args!("Gratuitous ARP interval {}ms", global.garp_interval.as_millis()));
    }
    if !global.gna_interval.is_zero() {
        page.line(KEY, format_args!("Gratuitous NA interval {}ms", global.gna_interval.as_millis()));
    }
}

/// Settings of the kernel that are changed for MAC-VLANs and by `promote_secondaries`: for how many, and what they were.
fn settings(page: &mut Page, scene: &Scene<'_>, interface: &Interface) {
    let links = &scene.snapshot.links;
    let on_it = |name: IfName| {
        let link = links.by_name(name).and_then(|index| links.link(index));
        link.is_some_and(|link| {
            link.stack.kind == Kind::PrivateMacVlan && link.stack.on == Some(interface.index)
        })
    };
    let apart = |(_, conf, shown): &(_, &Instance, &Shown)| {
        conf.family == Family::V4 && shown.apart.is_some_and(on_it)
    };
    let apart = scene.instances().filter(apart).count();
    let promotes = |conf: &&Instance| {
        let wanted = conf.further.as_ref().is_some_and(|further| further.promote_secondaries);
        wanted && conf.interface == Some(interface.name)
    };
    let promoting = scene.model.instances.values().filter(promotes).count();
    // What had the value already was not changed.
    let original = |name, users| (scene.before)(interface.name, name).unwrap_or(u32::from(users > 0));
    page.line(KEY, format_args!("Reset ARP config counter {apart}"));
    page.line(KEY, format_args!("Original arp_ignore {}", original("arp_ignore", apart)));
    page.line(KEY, format_args!("Original arp_filter {}", original("arp_filter", apart)));
    page.line(
        KEY,
        format_args!("Original promote_secondaries {}", original("promote_secondaries", promoting)),
    );
    page.line(KEY, format_args!("Reset promote_secondaries counter {promoting}"));
}

/// Whether neighbour advertisements name us a router. The kernel tells of changes, so this is always of now.
fn forwarding(page: &mut Page, scene: &Scene<'_>, interface: &Interface) {
    let announces = |conf: &Instance| {
        conf.interface == Some(interface.name) && conf.addresses().any(|vip| vip.net.family() == Family::V6)
    };
    let announced =
        |(_, conf, shown): (_, &Instance, &Shown)| announces(conf) && shown.installed.contains(&true);
    if !scene.instances().any(announced) {
        return;
    }
    let forwards = scene.snapshot.links.link(interface.index).is_some_and(|link| link.forwards_v6);
    let word = if forwards { "IPv6 forwarding" } else { "Not IPv6 forwarding" };
    page.line(KEY, format_args!("{word}. Last checked {}", scene.clock.checked(scene.snapshot.at)));
}

fn tracking(page: &mut Page, scene: &Scene<'_>, name: IfName) {
    let mut concerned: Vec<(&str, Weight)> = Vec::new();
    for conf in scene.model.instances.values() {
        if conf.interface == Some(name) {
            let value = if conf.trackers.ignore_primary { UNTRACKED } else { 0 };
            concerned.push((&conf.name, Weight { value, reverse: false }));
        }
        let entries = conf.trackers.interfaces.iter().filter(|entry| entry.interface == name);
        concerned.extend(entries.map(|entry| (&*conf.name, entry.weight)));
    }
    let apart = scene.instances().filter(|(_, _, shown)| shown.apart == Some(name));
    concerned.extend(apart.map(|(_, conf, _)| (&*conf.name, Weight::default())));
    for group in scene.model.groups.values() {
        for entry in group.trackers.interfaces.iter().filter(|entry| entry.interface == name) {
            let members = group.members.iter().filter_map(|id| scene.model.instances.get(*id));
            concerned.extend(members.map(|member| (&*member.name, entry.weight)));
        }
    }
    let entries =
        concerned.into_iter().map(|(name, weight)| format!("{name}, weight {}", extras::weight(weight)));
    page.list(KEY, "Tracking VRRP instances", entries);
}
