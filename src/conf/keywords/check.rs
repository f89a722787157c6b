//! Health checks of servers.

pub(super) mod http;
pub(super) mod local;
pub(super) mod packet;
pub(super) mod smtp;

use std::marker::PhantomData;

use super::server::timing::Rows as Timings;
use super::{MOST, fit, interface, number, own, switch};
use crate::base::addr::Family;
use crate::conf::diag::code::server as code;
use crate::conf::draft::{CheckDraft, KindDraft, ServerDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::reader::Reader;

pub(super) static TCP: Section<CheckDraft<()>> = Section::new("TCP_CHECK", Rows::<()>::CONNECTION).stored();
pub(super) static PING: Section<CheckDraft<()>> = Section::new("PING_CHECK", Rows::<()>::CONNECTION).stored();

/// The rows that checks share.
struct Rows<K>(PhantomData<K>);

impl<K: 'static> Rows<K> {
    /// Where it connects to.
    const TARGET: &'static [Keyword<CheckDraft<K>>] = &[
        own("connect_ip", "ADDRESS", |d: &mut CheckDraft<K>, r: &mut Reader<'_>| {
            d.target.address = r.address(1).or(d.target.address);
        })
        .since("1.3.7")
        .doc("that of the server", "The address to connect to."),
        number("connect_port", 1, 65_535, |d: &mut CheckDraft<K>, n, _| d.target.port = Some(fit(n)))
            .since("1.3.7")
            .doc("that of the server", "The port to connect to."),
        own("bindto", "ADDRESS", |d: &mut CheckDraft<K>, r: &mut Reader<'_>| {
            let at = r.at(1);
            let Some(address) = r.address(1) else { return };
            let family = Family::of(d.target.address.unwrap_or(d.server));
            if Family::of(address) == family {
                d.target.source = Some(address);
            } else {
                let message = format!("{address} cannot reach an address of {family}");
                r.report(&code::OTHER_FAMILY, at, message).label("the line is ignored");
            }
        })
        .since("1.3.7")
        .example("bindto 192.0.2.6")
        .doc("as routed", "The address to connect from."),
        number("bind_port", 1, 65_535, |d: &mut CheckDraft<K>, n, _| d.target.source_port = Some(fit(n)))
            .since("1.3.7")
            .doc("any", "The port to connect from."),
        interface("bind_if", |d: &mut CheckDraft<K>, name, _| d.target.interface = Some(name))
            .since("1.3.7")
            .doc("as routed", "The interface to connect through; link-local addresses need one."),
        number("fwmark", 0, MOST, |d: &mut CheckDraft<K>, n, _| d.target.mark = fit(n))
            .since("1.3.7")
            .doc("0", "The mark of packets that are sent."),
        Timings::<CheckDraft<K>>::TIMEOUT,
    ];
    /// What it says when.
    const REPORT: &'static [Keyword<CheckDraft<K>>] = &[
        Timings::<CheckDraft<K>>::ALPHA,
        switch("log_all_failures", |d: &mut CheckDraft<K>, on, _| d.log_all_failures = Some(on))
            .since("2.0.11")
            .example("log_all_failures")
            .doc("checker_log_all_failures of global_defs", "Logs every failed check, not only changes."),
    ];
    /// The rows of a check that has nothing of its own.
    const CONNECTION: &'static [&'static [Keyword<CheckDraft<K>>]] =
        &[Self::TARGET, Timings::<CheckDraft<K>>::TIMES, Self::REPORT];
}

/// Reads the block of a check.
fn block<K>(
    d: &ServerDraft,
    kind: K,
    section: &'static Section<CheckDraft<K>>,
    r: &mut Reader<'_>,
) -> CheckDraft<K> {
    let mut check = CheckDraft::new(r.at(0), d.address, kind);
    check.end = r.block(section, &mut check);
    check
}

/// Reads a check.
pub(super) fn read<K>(
    d: &mut ServerDraft,
    kind: K,
    section: &'static Section<CheckDraft<K>>,
    wrap: impl FnOnce(K) -> KindDraft,
    r: &mut Reader<'_>,
) {
    let check = block(d, kind, section, r);
    d.add(check.map(wrap));
}
