//! `encap`: light-weight tunnels of routes.

use std::net::IpAddr;

use crate::base::addr::Family;
use crate::conf::diag::code::route as route_code;
use crate::conf::diag::code::words as code;
use crate::conf::env::Names;
use crate::conf::keyword::{Keyword, Meta, Section};
use crate::conf::keywords::own;
use crate::conf::keywords::route::small;
use crate::conf::model::route::Encap;
use crate::conf::reader::Reader;

/// The parameters of an IP tunnel.
#[derive(Debug, Default)]
pub(in crate::conf::keywords) struct Tunnel {
    id: Option<u64>,
    dst: Option<IpAddr>,
    src: Option<IpAddr>,
    class: Option<u8>,
    hops: Option<u8>,
    flags: Option<u16>,
}

pub(in crate::conf::keywords) static ENCAP_IP: Section<Tunnel> =
    Section::new("encap ip", &[&[ID, DST4, SRC4, TOS, TTL, FLAGS]]);
pub(in crate::conf::keywords) static ENCAP_IP6: Section<Tunnel> =
    Section::new("encap ip6", &[&[ID, DST6, SRC6, TC, HOPLIMIT, FLAGS]]);
pub(in crate::conf::keywords) static ENCAP_MPLS: Section<()> =
    Section::new("encap mpls", &[]).positional(&[Meta::word(
        "LABELS",
        "",
        "Labels of 0 to 1048575 with slashes between, the outermost first.",
    )
    .since("1.2.24")
    .example("198.51.100.0/24 dev eth0 [encap mpls 16/17]")]);
pub(in crate::conf::keywords) static ENCAP_ILA: Section<()> =
    Section::new("encap ila", &[]).positional(&[Meta::word(
        "LOCATOR",
        "",
        "The locator: 64 bits in four groups.",
    )
    .since("1.2.24")
    .example("198.51.100.0/24 dev eth0 [encap ila 2001:db8:0:1]")]);

const ID: Keyword<Tunnel> =
    own("id", "NUMBER", |t: &mut Tunnel, r: &mut Reader<'_>| t.id = r.c_number(1, u64::MAX))
        .since("1.2.24")
        .range("0 to 18446744073709551615")
        .example("id 7")
        .doc("none", "The number of the tunnel.");
const DST4: Keyword<Tunnel> =
    own("dst", "ADDRESS", |t: &mut Tunnel, r: &mut Reader<'_>| t.dst = end(Family::V4, r))
        .since("1.2.24")
        .example("dst 192.0.2.7")
        .doc("none", "The far end.");
const SRC4: Keyword<Tunnel> =
    own("src", "ADDRESS", |t: &mut Tunnel, r: &mut Reader<'_>| t.src = end(Family::V4, r))
        .since("1.2.24")
        .example("src 192.0.2.6")
        .doc("none", "The near end.");
const DST6: Keyword<Tunnel> =
    own("dst", "ADDRESS", |t: &mut Tunnel, r: &mut Reader<'_>| t.dst = end(Family::V6, r))
        .since("1.2.24")
        .example("dst 2001:db8::7")
        .doc("none", "The far end.");
const SRC6: Keyword<Tunnel> =
    own("src", "ADDRESS", |t: &mut Tunnel, r: &mut Reader<'_>| t.src = end(Family::V6, r))
        .since("1.2.24")
        .example("src 2001:db8::6")
        .doc("none", "The near end.");
const TOS: Keyword<Tunnel> = own("tos", "NAME|NUMBER", class)
    .since("1.2.24")
    .range("0 to 255")
    .example("tos 16")
    .doc("none", "The type of service.");
const TC: Keyword<Tunnel> = own("tc", "NAME|NUMBER", class)
    .since("1.2.24")
    .range("0 to 255")
    .example("tc 16")
    .doc("none", "The traffic class.");
const TTL: Keyword<Tunnel> = own("ttl", "NUMBER", hops)
    .since("1.2.24")
    .range("0 to 255")
    .example("ttl 64")
    .doc("none", "The TTL of the packets outside.");
const HOPLIMIT: Keyword<Tunnel> = own("hoplimit", "NUMBER", hops)
    .since("1.2.24")
    .range("0 to 255")
    .example("hoplimit 64")
    .doc("none", "The hop limit of the packets outside.");
const FLAGS: Keyword<Tunnel> = own("flags", "NUMBER", |t: &mut Tunnel, r: &mut Reader<'_>| {
    t.flags = r.c_number(1, 0xffff).and_then(|flags| u16::try_from(flags).ok());
})
.since("1.2.24")
.range("0 to 65535")
.example("flags 1")
.doc("none", "Flags of the tunnel.");

fn class(tunnel: &mut Tunnel, r: &mut Reader<'_>) {
    tunnel.class = r.named(1, Names::DsField, 255, "a class of traffic").and_then(small);
}

fn hops(tunnel: &mut Tunnel, r: &mut Reader<'_>) {
    tunnel.hops = r.number(1, 0, 255).and_then(|hops| u8::try_from(hops).ok());
}

/// An end of a tunnel of `family`.
fn end(family: Family, r: &mut Reader<'_>) -> Option<IpAddr> {
    let at = r.at(1);
    let address = r.address(1)?;
    if Family::of(address) == family {
        return Some(address);
    }
    let message = format!("{address} is no {family} address");
    r.report(&route_code::MIXED_FAMILIES, at, message);
    None
}

/// The tunnel behind `encap`.
pub(super) fn read(r: &mut Reader<'_>) -> Option<Box<Encap>> {
    let kind = r.required(1, "the kind of tunnel")?;
    let encap = match kind {
        "ip" => ip(r),
        "ip6" => ip6(r),
        "mpls" => Encap::Mpls(labels(r)?),
        "ila" => Encap::Ila(locator(r)?),
        _ => {
            let message = format!("there is no tunnel of the kind `{kind}`");
            r.report(&code::BAD_CHOICE, r.at(1), message).label("expected ip, ip6, mpls or ila");
            return None;
        }
    };
    Some(Box::new(encap))
}

/// Says so if nothing tells where a tunnel leads.
fn has_other_end(tunnel: &Tunnel, r: &mut Reader<'_>) {
    if tunnel.dst.is_none() && tunnel.id.is_none() {
        r.report(&route_code::NO_DESTINATION, r.at(0), "this tunnel has neither `dst` nor `id`")
            .label("the route is ignored");
    }
}

fn ip(r: &mut Reader<'_>) -> Encap {
    let mut tunnel = Tunnel::default();
    r.inner_options(&ENCAP_IP, &mut tunnel, 2);
    has_other_end(&tunnel, r);
    let v4 = |address| match address {
        Some(IpAddr::V4(address)) => Some(address),
        _ => None,
    };
    let Tunnel { id, dst, src, class: tos, hops: ttl, flags } = tunnel;
    Encap::Ip { id, dst: v4(dst), src: v4(src), tos, ttl, flags }
}

fn ip6(r: &mut Reader<'_>) -> Encap {
    let mut tunnel = Tunnel::default();
    r.inner_options(&ENCAP_IP6, &mut tunnel, 2);
    has_other_end(&tunnel, r);
    let v6 = |address| match address {
        Some(IpAddr::V6(address)) => Some(address),
        _ => None,
    };
    let Tunnel { id, dst, src, class: tc, hops: hoplimit, flags } = tunnel;
    Encap::Ip6 { id, dst: v6(dst), src: v6(src), tc, hoplimit, flags }
}

fn labels(r: &mut Reader<'_>) -> Option<Box<[u32]>> {
    let text = r.required(2, "labels")?;
    let label = |text: &str| text.parse::<u32>().ok().filter(|label| *label < 1 << 20);
    let labels: Option<Vec<u32>> = text.split('/').map(label).collect();
    if labels.is_none() {
        let message = format!("`{text}` are no MPLS labels");
        r.report(&code::BAD_NUMBER, r.at(2), message)
            .label("expected LABEL[/LABEL ...], each from 0 to 1048575");
    }
    labels.map(Into::into)
}

fn locator(r: &mut Reader<'_>) -> Option<u64> {
    let text = r.required(2, "a locator")?;
    let groups: Option<Vec<u64>> =
        text.split(':').map(|group| u16::from_str_radix(group, 16).ok().map(u64::from)).collect();
    let locator = groups.filter(|groups| groups.len() == 4);
    if locator.is_none() {
        let message = format!("`{text}` is no ILA locator");
        r.report(&code::BAD_NUMBER, r.at(2), message).label("expected four groups of hexadecimal digits");
    }
    locator.map(|groups| groups.iter().fold(0, |all, group| all << 16 | group))
}
