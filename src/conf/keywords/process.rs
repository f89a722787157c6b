//! `vrrp_track_process`.

use super::{fit, flag, number, own, seconds};
use crate::base::time::Span;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, ProcessDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::model::track::ParamMatch;
use crate::conf::reader::Reader;

pub(super) static PROCESS: Section<ProcessDraft> = Section::new("vrrp_track_process", &[ROWS]);

/// The longest delay, in microseconds.
const LONGEST_DELAY: u64 = 3_600_000_000;

const ROWS: &[Keyword<ProcessDraft>] = &[
    own("process", "NAME [PARAMETER ...]", |d: &mut ProcessDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        if r.required(1, "the name of a process").is_none() {
            return;
        }
        let words: Vec<Box<str>> = (1..r.count()).filter_map(|index| r.arg(index)).map(Into::into).collect();
        if let Some(first) = &d.command {
            let first = first.at;
            let message = format!("{} has a process already; this one is ignored", d.name);
            r.report(&code::GIVEN_TWICE, at, message).also(first, "the first one is here");
            return;
        }
        d.command = Some(At::new(words, at));
    }).since("2.0.11").example("process /usr/sbin/haproxy")
    .doc(
        "",
        "The name of the process, of which the first 15 octets count. With parameters, or with `full_command`, the path as the \
         process was started.",
    ),
    own("param_match", "[initial|partial]", |d: &mut ProcessDraft, r: &mut Reader<'_>| {
        d.param_match = match r.arg(1) {
            None => Some(ParamMatch::Exact),
            Some("initial") => Some(ParamMatch::Initial),
            Some("partial") => Some(ParamMatch::Partial),
            Some(word) => {
                let message = format!("`{word}` is no way to compare parameters");
                r.report(&code::BAD_CHOICE, r.at(1), message).label("expected initial or partial");
                return;
            }
        };
    }).since("2.0.16").example("process haproxy -f\n[param_match initial]")
    .doc(
        "not at all without parameters, else all of them",
        "How parameters are compared: all of them, the `initial` ones, or the last one up to its given length (`partial`).",
    ),
    own("weight", "-254..254 [reverse]", |d: &mut ProcessDraft, r: &mut Reader<'_>| {
        super::track::first_definition(&mut d.weight, 0, 254, r);
    }).since("2.0.11").example("weight -20")
    .optional()
    .doc("0", "Added to the priority while enough processes run if positive, while they do not if negative. With 0 that means FAULT."),
    number("quorum", 1, 65_535, |d: &mut ProcessDraft, n, _| d.quorum = fit(n)).since("2.0.11").doc("1", "How many processes have to run."),
    number("quorum_max", 0, 65_535, |d: &mut ProcessDraft, n, at| d.quorum_max = Some(At::new(fit(n), at))).since("2.0.16")
        .doc("any number", "How many processes may run; 0: none."),
    seconds("delay", 1, LONGEST_DELAY, |d: &mut ProcessDraft, span: Span, _| {
        (d.terminate_delay, d.fork_delay) = (span, span);
    }).since("2.0.11")
    .doc("0", "Sets both of the delays."),
    seconds("terminate_delay", 1, LONGEST_DELAY, |d: &mut ProcessDraft, span, _| d.terminate_delay = span).since("2.0.16")
        .doc("0", "How long too few processes may run before that counts."),
    seconds("fork_delay", 1, LONGEST_DELAY, |d: &mut ProcessDraft, span, _| d.fork_delay = span).since("2.0.16")
        .doc("0", "How long enough processes have to run before that counts."),
    flag("full_command", |d: &mut ProcessDraft, _| d.full_command = true).since("2.0.11")
        .doc("off", "Compares the path that the process was started with, not its short name."),
];
