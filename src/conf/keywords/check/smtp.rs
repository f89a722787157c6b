//! `SMTP_CHECK`.

use super::{Rows, Timings};
use crate::conf::draft::{CheckDraft, KindDraft, ServerDraft, SmtpDraft, SmtpHostDraft, Timing};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::keywords::{own, text};
use crate::conf::reader::Reader;

type Check = CheckDraft<SmtpDraft>;

pub(in crate::conf::keywords) static SMTP: Section<Check> = Section::new(
    "SMTP_CHECK",
    &[Rows::<SmtpDraft>::TARGET, Timings::<Check>::TIMES, Rows::<SmtpDraft>::REPORT, ROWS],
)
.stored();
pub(in crate::conf::keywords) static HOST: Section<CheckDraft<()>> =
    Section::new("host", Rows::<()>::CONNECTION).stored();

const ROWS: &[Keyword<Check>] = &[
    text("helo_name", "NAME", |d: &mut Check, name, _| d.kind.helo = Some(name.into()))
        .since("1.1.8")
        .example("helo_name lb1.example.net")
        .optional()
        .doc("smtpchecker.keepalived.org", "The name in the HELO."),
    own("host", "{ ... }", host)
        .since("1.1.8")
        .example("host {\n    connect_ip 192.0.2.7\n}")
        .doc("", "A further mail server that has to be good, too."),
];

/// A further target: what it says of connections is its own, the rest counts for the whole check.
fn host(d: &mut Check, r: &mut Reader<'_>) {
    let mut host = CheckDraft::new(r.at(0), d.server, ());
    host.timing = d.timing;
    host.timing.timeout = None;
    host.log_all_failures = d.log_all_failures;
    r.block(&HOST, &mut host);
    let timeout = host.timing.timeout;
    d.timing = Timing { timeout: d.timing.timeout, ..host.timing };
    d.log_all_failures = host.log_all_failures;
    d.kind.hosts.push(SmtpHostDraft { target: host.target, timeout });
}

/// Reads a check.
pub(in crate::conf::keywords) fn check(d: &mut ServerDraft, r: &mut Reader<'_>) {
    super::read(d, SmtpDraft::default(), &SMTP, |smtp| KindDraft::Smtp(Box::new(smtp)), r);
}
