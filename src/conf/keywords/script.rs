//! `vrrp_script`.

use super::{LONGEST, MOST_SIGNED, fit, flag, number, own};
use crate::base::time::Span;
use crate::conf::diag::code::words as code;
use crate::conf::draft::ScriptDraft;
use crate::conf::keyword::{Keyword, Parity, Section};
use crate::conf::reader::{CommandLine, Reader};

pub(super) static SCRIPT: Section<ScriptDraft> = Section::new("vrrp_script", &[ROWS]);

const INIT_FAIL: &str = "the first result of a script decides at once, as in every current keepalived";

const ROWS: &[Keyword<ScriptDraft>] = &[
    own("script", "COMMAND", |d: &mut ScriptDraft, r: &mut Reader<'_>| {
        if r.count() > 1
            && let Some(mut command) = r.command()
        {
            ignore_user(&mut command, r);
            d.command = Some(command);
        }
    }).since("1.1.13").example("[script /usr/bin/check_haproxy]")
    .doc("", "The command. Exit status 0 is good, anything else is bad. `</PATH` only tests whether a file can be opened."),
    own("check", super::probe::PARAMETERS, super::probe::check).since("keepalived-rs 0.1.0").example("check tcp 192.0.2.80 80").optional().doc(
        "",
        "Takes the place of `script` and needs no process: whether a TCP connection can be made, whether a page has a status \
         from 200 to 299 or the given one, whether a host answers an ICMP echo or an ARP request. ADDR is an address; HOST in \
         `http://HOST[:PORT]/PATH` may be a name, which is looked up again every minute. Interval, timeout, rise, fall and \
         weight mean what they mean for a `script`.",
    ),
    own("interval", "SECONDS", |d: &mut ScriptDraft, r: &mut Reader<'_>| {
        d.interval = period(r).or(d.interval);
    }).since("1.1.13").range("up to 4294.967295 s").example("interval 2")
    .doc("1", "The time from the start of a run to the start of the next. Two runs never overlap."),
    own("timeout", "SECONDS", |d: &mut ScriptDraft, r: &mut Reader<'_>| {
        d.timeout = period(r).or(d.timeout);
    }).since("1.2.6").range("up to 4294.967295 s").example("timeout 3")
    .doc("the interval", "How long a run may take. Then it is ended and counts as bad."),
    own("weight", "-253..253 [reverse]", |d: &mut ScriptDraft, r: &mut Reader<'_>| {
        super::track::definition(&mut d.weight, 253, r);
    }).since("1.1.13").example("weight -20")
    .doc(
        "0",
        "Added to the priority of instances while the script is good if positive, while it is bad if negative. With 0 a bad \
         script puts them into FAULT. `reverse` swaps good and bad.",
    ),
    number("rise", 1, MOST_SIGNED, |d: &mut ScriptDraft, n, _| d.rise = fit(n)).since("1.1.18")
        .doc("1", "How many good results in a row make a bad script good."),
    number("fall", 1, MOST_SIGNED, |d: &mut ScriptDraft, n, _| d.fall = fit(n)).since("1.1.18")
        .doc("1", "How many bad results in a row make a good script bad."),
    own("user", "USER [[:]GROUP]", |d: &mut ScriptDraft, r: &mut Reader<'_>| {
        d.user = r.run_by(1).or(d.user.take());
    }).since("1.3.0").example("user nobody")
    .doc("script_user of global_defs", "Who runs the command."),
    flag("init_fail", |_, _| {}).since("1.3.2")
        .parity(Parity::NoEffect(INIT_FAIL))
        .doc("", "Meant to let the script start out as bad."),
];

/// Takes the words behind a command away, where they mean nothing.
pub(super) fn ignore_user(command: &mut CommandLine, r: &mut Reader<'_>) {
    if let Some(by) = command.by.take() {
        let message = format!("the words behind the command of `{}` are ignored", r.keyword());
        r.report(&code::EXTRA_WORDS, by.at, message).label("ignored").help(
            "name the user with `user`; to give the command arguments, put all of it into one pair of quotes",
        );
    }
}

/// A time that is 1 s if it is 0.
fn period(r: &mut Reader<'_>) -> Option<Span> {
    let span = r.seconds(1, Span::ZERO, Span::from_micros(LONGEST))?;
    if !span.is_zero() {
        return Some(span);
    }
    let message = format!("`{}` must be greater than 0; 1 s is taken", r.keyword());
    r.report(&code::SEVERAL_DEFAULTED, r.at(1), message);
    Some(Span::from_secs(1))
}
