//! `bfd_instance`.

use std::net::IpAddr;

use super::{fit, flag, number, own, switch};
use crate::base::time::Span;
use crate::conf::diag::code::track as code;
use crate::conf::diag::code::words as word_code;
use crate::conf::draft::{At, BfdDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::reader::{Reader, decimal};

pub(super) static BFD: Section<BfdDraft> = Section::new("bfd_instance", &[ROWS]).stored();

/// The longest interval, in milliseconds: what 32 bits of microseconds hold.
const LONGEST: u64 = 4_294_967;
/// From here on, in milliseconds, an interval is hardly what was meant.
const UNUSUAL: u64 = 10_000;

const ROWS: &[Keyword<BfdDraft>] = &[
    own("neighbor_ip", "ADDRESS", |d: &mut BfdDraft, r: &mut Reader<'_>| {
        d.neighbor = address(r).or(d.neighbor);
    }).since("2.0.0").example("[neighbor_ip 192.0.2.7]")
    .alias(&["neighbour_ip"])
    .optional()
    .doc("", "The address of the neighbour."),
    own("source_ip", "ADDRESS", |d: &mut BfdDraft, r: &mut Reader<'_>| {
        d.source = address(r).or(d.source);
    }).since("2.0.0").example("source_ip 192.0.2.6")
    .doc("as routed", "The address that packets come from."),
    own("min_rx", "MILLISECONDS", |d: &mut BfdDraft, r: &mut Reader<'_>| {
        d.min_rx = interval(r, 1).unwrap_or(d.min_rx);
    }).since("2.0.0").range("1 to 4294967 ms").example("min_rx 50")
    .doc("10", "How often the neighbour may send."),
    own("min_tx", "MILLISECONDS", |d: &mut BfdDraft, r: &mut Reader<'_>| {
        d.min_tx = interval(r, 1).unwrap_or(d.min_tx);
    }).since("2.0.0").range("1 to 4294967 ms").example("min_tx 50")
    .doc("10", "How often packets are sent while the session is up."),
    own("idle_tx", "MILLISECONDS", |d: &mut BfdDraft, r: &mut Reader<'_>| {
        d.idle_tx = interval(r, 1000).unwrap_or(d.idle_tx);
    }).since("2.0.0").range("1000 to 4294967 ms").example("idle_tx 2000")
    .doc("1000", "How often packets are sent while the session is not up; not below 1000."),
    number("multiplier", 1, 255, |d: &mut BfdDraft, n, _| d.multiplier = fit(n)).since("2.0.0")
        .doc("5", "After how many packets in a row that do not come the session goes down."),
    flag("passive", |d: &mut BfdDraft, _| d.passive = true).since("2.0.0").doc("off", "Waits for the neighbour to begin."),
    number("ttl", 1, 255, |d: &mut BfdDraft, n, _| d.ttl = Some(fit(n))).since("2.0.0").example("ttl 64")
        .alias(&["hoplimit"])
        .doc("255; 64 for IPv6", "The TTL or hop limit of packets that are sent."),
    number("max_hops", -1, 255, |d: &mut BfdDraft, n, at| d.max_hops = Some(At::new(u8::try_from(n).ok(), at))).since("2.0.0")
        .doc("0", "How many hops a packet may have come; -1: any number."),
    switch("multihop", |d: &mut BfdDraft, on, _| d.multihop = on).since("2.2.8")
        .doc("off", "Uses the port for neighbours that are not on the same network (RFC 5883)."),
    own("weight", "-253..253 [reverse]", |d: &mut BfdDraft, r: &mut Reader<'_>| {
        super::track::definition(&mut d.weight, 253, r);
    }).since("2.0.0").example("weight -20")
    .doc("0", "Added to the priority while the session is up if positive, while it is not if negative. With 0 that means FAULT."),
    flag("vrrp", |d: &mut BfdDraft, _| d.vrrp = true).since("2.0.0").doc("both", "Tells instances and groups only."),
    flag("checker", |d: &mut BfdDraft, _| d.checker = true).since("2.0.0").doc("both", "Tells checks of servers only."),
];

fn address(r: &mut Reader<'_>) -> Option<At<IpAddr>> {
    let at = r.at(1);
    r.address(1).map(|address| At::new(address, at))
}

/// An interval from `least` milliseconds on, with up to three decimals.
fn interval(r: &mut Reader<'_>, least: u64) -> Option<Span> {
    let what = format!("milliseconds from {least} to {LONGEST}");
    let text = r.required(1, &what)?;
    let at = r.at(1);
    let Ok(given) = decimal::seconds(text) else {
        let message = format!("`{text}` is not a number of milliseconds");
        r.report(&word_code::BAD_NUMBER, at, message).label(format!("expected {what}"));
        return None;
    };
    let micros = given.span.as_micros() / 1000;
    if given.rounded || given.span.as_micros() % 1000 != 0 {
        let message = format!("{text} ms has too many decimals; {micros} µs is taken");
        r.report(&word_code::ROUNDED, at, message);
    }
    if given.negative || !(least * 1000..=LONGEST * 1000).contains(&micros) {
        let message = format!("`{}` must lie between {least} and {LONGEST} ms, not be {text}", r.keyword());
        r.report(&word_code::OUT_OF_RANGE, at, message).label(format!("expected {what}"));
        return None;
    }
    if micros > UNUSUAL * 1000 {
        let message = format!("{text} ms is a long time between packets");
        r.report(&code::LONG_INTERVAL, at, message).label("the unit is the millisecond");
    }
    Some(Span::from_micros(micros))
}
