//! The sockets: one pair for all instances that send and hear the same way.

use std::net::IpAddr;

use super::super::Scene;
use super::super::page::Page;
use crate::base::addr::Family;
use crate::base::id::IfName;
use crate::conf::model::Instance;
use crate::conf::model::vrrp::Auth;
use crate::vrrp::event::Protocol;

const KEY: usize = 3;

/// What tells one way of sending and hearing from another.
type Way = (Option<IfName>, Family, Protocol, Option<IpAddr>, Option<IpAddr>);

/// The protocol of an instance's packets.
pub(super) const fn kind(conf: &Instance) -> Protocol {
    match &conf.auth {
        Auth::Ah(_) => Protocol::Ah,
        Auth::None | Auth::Pass(_) => Protocol::Vrrp,
    }
}

pub(super) fn write(page: &mut Page, scene: &Scene<'_>) {
    page.section("VRRP Sockpool");
    let mut ways: Vec<(Way, Vec<&Instance>)> = Vec::new();
    for (_, conf, shown) in scene.instances() {
        let unicast = conf.transport.is_unicast();
        let address = shown.source.filter(|_| unicast);
        let by_base = conf.further.as_ref().is_none_or(|further| further.xmit_base);
        let interface = shown.apart.filter(|_| !by_base).or(conf.interface);
        let way = (interface, conf.family, kind(conf), conf.group(), address);
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, members)) => members.push(conf),
            None => ways.push((way, vec![conf])),
        }
    }
    for ((interface, family, protocol, group, address), members) in ways {
        let (input, output) = (scene.sockets)(family, protocol);
        page.line(1, format_args!("fd_in {input} fd_out = {output}"));
        if let Some(interface) = interface {
            page.line(KEY, format_args!("Interface = {interface}"));
        }
        page.line(KEY, format_args!("Family = {family}"));
        let protocol = match protocol {
            Protocol::Vrrp => "VRRP",
            Protocol::Ah => "AH",
        };
        page.line(KEY, format_args!("Protocol = {protocol}"));
        page.line(KEY, format_args!("Type = {}", if group.is_some() { "Multicast" } else { "Unicast" }));
        if let Some(address) = address {
            page.line(KEY, format_args!("Address = {address}"));
        }
        let sizes = members.iter().filter_map(|conf| conf.further.as_ref()?.receive_buffer);
        page.line(KEY, format_args!("Rx buf size = {}", sizes.max().unwrap_or(0)));
        page.line(KEY, format_args!("VRRP instances"));
        for conf in members {
            page.line(KEY + 2, format_args!("{} vrid {}", conf.name, conf.vrid));
        }
    }
}
