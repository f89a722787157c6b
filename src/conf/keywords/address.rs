//! Entries of `virtual_ipaddress`, `virtual_ipaddress_excluded` and `static_ipaddress`.

use std::net::{IpAddr, Ipv4Addr};

use super::{flag, own};
use crate::base::addr::{Family, IpNet};
use crate::base::id::{IfName, Label};
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, VipDraft};
use crate::conf::env::Names;
use crate::conf::keyword::{Keyword, Meta, Read, Section};
use crate::conf::model::vip::VipFlags;
use crate::conf::reader::Reader;

/// An entry whose options are being read.
pub(super) struct Entry {
    vip: VipDraft,
    broadcast: Option<Broadcast>,
    /// It cannot be used after all.
    dropped: bool,
}

/// What `broadcast` says.
enum Broadcast {
    Address(Ipv4Addr),
    /// `+` or `-`: host bits set or cleared.
    Computed(bool),
}

pub(super) static ADDRESS: Section<Entry> = Section::new("an address", &[ROWS]).positional(&[Meta::word(
    "ADDR",
    "/32 or /128",
    "The address and the length of its prefix.",
)
.since("0.5.3")
.example("[192.0.2.9/24]")]);

const ROWS: &[Keyword<Entry>] = &[
    Keyword::new("dev", "INTERFACE", Read::Own(device))
        .since("0.7.1")
        .example("dev eth1")
        .optional()
        .doc("the interface of the instance", "The interface that gets the address."),
    Keyword::new("scope", "NAME|NUMBER", Read::Own(scope))
        .since("1.0.3")
        .range("0 to 255")
        .example("scope link")
        .optional()
        .doc("global", "The scope of an IPv4 address: global, site, link, host or 0 to 255."),
    Keyword::new("broadcast", "ADDRESS|+|-", Read::Own(broadcast))
        .since("1.0.3")
        .example("192.0.2.9/24 [broadcast +]")
        .alias(&["brd"])
        .optional()
        .doc("none", "The broadcast address of an IPv4 address; `+` sets all host bits, `-` clears them."),
    Keyword::new("label", "LABEL", Read::Own(label))
        .since("1.1.14")
        .range("1 to 15 octets")
        .example("label eth0:1")
        .optional()
        .doc("none", "A label of at most 15 octets for an IPv4 address, such as `eth0:1`."),
    Keyword::new("peer", "ADDRESS", Read::Own(peer))
        .since("2.0.0")
        .example("192.0.2.9 [peer 192.0.2.10]")
        .optional()
        .doc("none", "The far end of a point-to-point link. The address itself then has no prefix length."),
    flag("home", |entry: &mut Entry, _| entry.vip.flags.home = true)
        .since("1.3.6")
        .example("2001:db8::9/64 [home]")
        .doc("", "Marks an IPv6 address as home address of mobile IP."),
    flag("-nodad", |entry: &mut Entry, _| entry.vip.flags.duplicate_detection = true)
        .since("1.3.6")
        .example("2001:db8::9/64 [-nodad]")
        .doc("", "Lets the kernel look for duplicates of an IPv6 address before it can be used."),
    flag("mngtmpaddr", |entry: &mut Entry, _| entry.vip.flags.mngtmpaddr = true)
        .since("1.3.6")
        .example("2001:db8::9/64 [mngtmpaddr]")
        .doc("", "Lets the kernel make temporary addresses from an IPv6 address."),
    flag("noprefixroute", |entry: &mut Entry, _| entry.vip.flags.noprefixroute = true)
        .since("1.3.6")
        .doc("", "Adds no route for the prefix of the address."),
    flag("autojoin", |entry: &mut Entry, _| entry.vip.flags.autojoin = true)
        .since("1.3.6")
        .doc("", "Joins the group of a multicast address."),
    flag("no_track", |entry: &mut Entry, _| entry.vip.flags.no_track = true)
        .since("2.0.3")
        .doc("", "Does not act when somebody else takes the address away."),
    own("preferred_lft", "SECONDS|forever", preferred_lft)
        .since("1.2.9")
        .range("0 to 4294967295 s")
        .example("2001:db8::9/64 [preferred_lft 0]")
        .optional()
        .doc(
            "forever; 0 for IPv6 without prefix length",
            "How long the address is preferred as a source. With 0 it is never chosen as one.",
        ),
    own("use_vmac", "[INTERFACE]", |entry: &mut Entry, r: &mut Reader<'_>| {
        let named = r.peek_arg(1).is_some_and(|word| ADDRESS.find(word).is_none());
        let name = if named { r.interface(1) } else { None };
        entry.vip.own_vmac = Some(name);
    })
    .since("2.2.0")
    .example("use_vmac vrrp9")
    .doc("off", "Puts the address on a MAC-VLAN of its own."),
    own("track_group", "NAME", |entry: &mut Entry, r: &mut Reader<'_>| {
        let at = r.at(0).to(r.at(1));
        entry.vip.track_group = r.required(1, "a track_group").map(|name| At::new(name.into(), at));
    })
    .since("2.0.3")
    .example("track_group both")
    .optional()
    .doc("none", "For static addresses: instances that fault with the interface."),
];

fn device(entry: &mut Entry, r: &mut Reader<'_>) {
    let at = r.at(1);
    entry.vip.device = r.interface(1).map(|name: IfName| At::new(name, at));
    entry.dropped |= entry.vip.device.is_none();
}

fn scope(entry: &mut Entry, r: &mut Reader<'_>) {
    let Some(text) = r.required(1, "a scope") else {
        entry.dropped = true;
        return;
    };
    let number = match text {
        "global" | "universe" => Some(0),
        "site" => Some(200),
        "link" => Some(253),
        "host" => Some(254),
        "nowhere" => Some(255),
        _ => text.parse().ok().or_else(|| r.env.number_of(Names::Scope, text)),
    };
    let Some(number) = number.and_then(|number| u8::try_from(number).ok()) else {
        let message = format!("`{text}` is no scope");
        r.report(&code::BAD_CHOICE, r.at(1), message).label("expected global, site, link, host or 0 to 255");
        return;
    };
    if only_ipv4(entry, "a scope", r) {
        entry.vip.scope = number;
    }
}

fn broadcast(entry: &mut Entry, r: &mut Reader<'_>) {
    let name = r.keyword();
    let Some(text) = r.required(1, "a broadcast address") else {
        entry.dropped = true;
        return;
    };
    if entry.vip.net.family() == Family::V6 {
        let message = format!("IPv6 has no broadcast; the address with this `{name}` is dropped");
        r.report(&code::BAD_ADDRESS, r.at(0), message);
        entry.dropped = true;
        return;
    }
    entry.broadcast = match text {
        "+" => Some(Broadcast::Computed(true)),
        "-" => Some(Broadcast::Computed(false)),
        _ => text.parse().ok().map(Broadcast::Address),
    };
    if entry.broadcast.is_none() {
        r.bad_address(1, text).label("expected an IPv4 address, `+` or `-`; the entry is dropped");
        entry.dropped = true;
    }
}

fn label(entry: &mut Entry, r: &mut Reader<'_>) {
    let Some(text) = r.required(1, "a label") else {
        entry.dropped = true;
        return;
    };
    let label = Label::new(text);
    if label.is_none() {
        let message = format!("the label `{text}` is too long; the address is dropped");
        r.report(&code::OUT_OF_RANGE, r.at(1), message).label(format!("at most {} octets", IfName::MAX));
        entry.dropped = true;
    } else if only_ipv4(entry, "a label", r) {
        entry.vip.label = label;
    }
}

fn peer(entry: &mut Entry, r: &mut Reader<'_>) {
    let Some(text) = r.required(1, "the address of the far end") else {
        entry.dropped = true;
        return;
    };
    let Ok(address) = text.parse::<IpAddr>() else {
        r.bad_address(1, text);
        entry.dropped = true;
        return;
    };
    if entry.vip.has_prefix {
        let message = "an address with a `peer` has no prefix length of its own; it is ignored";
        r.report(&code::BAD_PREFIX, r.at(1), message);
    }
    entry.vip.peer = IpNet::new(address, Family::of(address).host_prefix());
}

fn preferred_lft(entry: &mut Entry, r: &mut Reader<'_>) {
    let Some(text) = r.required(1, "seconds or `forever`") else {
        entry.dropped = true;
        return;
    };
    if text == "forever" {
        entry.vip.preferred_lft = Some(None);
    } else if let Some(seconds) = r.number(1, 0, super::MOST) {
        entry.vip.preferred_lft = Some(u32::try_from(seconds).ok());
    }
}

/// Whether the address is IPv4; says that `what` is ignored otherwise.
fn only_ipv4(entry: &Entry, what: &str, r: &mut Reader<'_>) -> bool {
    let fits = entry.vip.net.family() == Family::V4;
    if !fits {
        let message = format!("an IPv6 address cannot have {what}; it is ignored");
        r.report(&code::UNKNOWN_OPTION, r.at(0).to(r.at(1)), message);
    }
    fits
}

/// Reads one address with its options.
pub(super) fn entry(r: &mut Reader<'_>) -> Option<VipDraft> {
    let at = r.at(0);
    let text = r.required(0, "an address")?;
    let Some(net) = r.net(0) else {
        r.use_all();
        return None;
    };
    let vip = VipDraft {
        at,
        net,
        has_prefix: text.contains('/'),
        device: None,
        scope: 0,
        broadcast: None,
        label: None,
        peer: None,
        flags: VipFlags::default(),
        preferred_lft: None,
        own_vmac: None,
        track_group: None,
    };
    let mut entry = Entry { vip, broadcast: None, dropped: false };
    r.options(&ADDRESS, &mut entry, 1);
    entry.vip.broadcast = match entry.broadcast {
        None => None,
        Some(Broadcast::Address(address)) => Some(address),
        Some(Broadcast::Computed(_)) if net.prefix() > 30 => {
            let message = format!("a /{} has no broadcast address", net.prefix());
            r.report(&code::BAD_PREFIX, at, message).label("write a prefix length of at most 30");
            None
        }
        Some(Broadcast::Computed(set)) => net.host_bits(set),
    };
    (!entry.dropped).then_some(entry.vip)
}
