//! Processes: names, priorities, memory.

use crate::base::time::Span;
use crate::conf::diag::code::words as code;
use crate::conf::draft::GlobalDraft;
use crate::conf::keyword::Keyword;
use crate::conf::keywords::{MOST, fit, flag, number, own};
use crate::conf::model::settings::Process;
use crate::conf::reader::Reader;

/// The real-time priorities of SCHED_RR.
const LEAST_RT: i64 = 1;
const MOST_RT: i64 = 99;

pub(super) const ROWS: &[Keyword<GlobalDraft>] = &[
    flag("process_names", |d: &mut GlobalDraft, _| d.settings.processes.usual_names = true).since("2.0.16")
        .doc("off", "Gives the processes names of their own."),
    own("process_name", "NAME", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.processes.parent_name = process_name(r).or(d.settings.processes.parent_name.take());
    }).since("2.0.16").example("process_name keepalived-lb")
        .doc("keepalived", "The name of the parent process."),
    own("vrrp_process_name", "NAME", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.processes.vrrp.name = process_name(r).or(d.settings.processes.vrrp.name.take());
    }).since("2.0.16").example("vrrp_process_name lb-vrrp")
        .doc("as process_name", "The name of the VRRP process."),
    own("checker_process_name", "NAME", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.processes.checker.name = process_name(r).or(d.settings.processes.checker.name.take());
    }).since("2.2.0").example("checker_process_name lb-check")
    .old_name(&["lvs_process_name"])
    .doc("as process_name", "The name of the process of the health checkers."),
    own("bfd_process_name", "NAME", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.processes.bfd.name = process_name(r).or(d.settings.processes.bfd.name.take());
    }).since("2.0.16").example("bfd_process_name lb-bfd")
        .doc("as process_name", "The name of the BFD process."),
    own("max_auto_priority", "[NUMBER]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        if r.count() < 2 {
            d.settings.processes.max_auto_priority = None;
        } else if let Some(priority) = r.number(1, -1, MOST_RT) {
            d.settings.processes.max_auto_priority = Some(fit(priority));
        }
    }).since("2.1.0").range("-1 to 99").example("max_auto_priority 50")
    .doc("0", "The highest real-time priority that a process may give itself when its timers are late; -1: none."),
    number("min_auto_priority_delay", 1, 10_000_000, |d: &mut GlobalDraft, n, _| {
        d.settings.processes.min_auto_priority_delay = Span::from_micros(fit(n));
    }).since("2.1.0")
    .optional()
    .doc("1000000", "How many microseconds late a timer has to be for that."),
    number("vrrp_priority", -20, 19, |d: &mut GlobalDraft, n, _| d.settings.processes.vrrp.nice = fit(n)).since("1.2.20")
        .optional()
        .doc("0", "The nice value of the VRRP process."),
    number("checker_priority", -20, 19, |d: &mut GlobalDraft, n, _| d.settings.processes.checker.nice = fit(n)).since("1.2.20")
        .optional()
        .doc("0", "The nice value of the process of the health checkers."),
    number("bfd_priority", -20, 19, |d: &mut GlobalDraft, n, _| d.settings.processes.bfd.nice = fit(n)).since("2.0.0")
        .optional()
        .doc("0", "The nice value of the BFD process."),
    flag("vrrp_no_swap", |d: &mut GlobalDraft, _| d.settings.processes.vrrp.no_swap = true).since("1.2.20")
        .doc("off", "Keeps the VRRP process in memory."),
    flag("checker_no_swap", |d: &mut GlobalDraft, _| d.settings.processes.checker.no_swap = true).since("1.2.20")
        .doc("off", "Keeps the process of the health checkers in memory."),
    flag("bfd_no_swap", |d: &mut GlobalDraft, _| d.settings.processes.bfd.no_swap = true).since("2.0.0")
        .doc("off", "Keeps the BFD process in memory."),
    own("vrrp_rt_priority", "1..99", |d: &mut GlobalDraft, r: &mut Reader<'_>| real_time(&mut d.settings.processes.vrrp, r)).since("2.0.0").example("vrrp_rt_priority 50")
        .optional()
        .doc("none", "The real-time priority of the VRRP process."),
    own("checker_rt_priority", "1..99", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        real_time(&mut d.settings.processes.checker, r);
    }).since("2.0.0").example("checker_rt_priority 50")
    .optional()
    .doc("none", "The real-time priority of the process of the health checkers."),
    own("bfd_rt_priority", "1..99", |d: &mut GlobalDraft, r: &mut Reader<'_>| real_time(&mut d.settings.processes.bfd, r)).since("2.0.0").example("bfd_rt_priority 50")
        .optional()
        .doc("none", "The real-time priority of the BFD process."),
    own("vrrp_cpu_affinity", "CPU ...", |d: &mut GlobalDraft, r: &mut Reader<'_>| cpus(&mut d.settings.processes.vrrp, r)).since("2.0.17").range("CPUs that exist").example("vrrp_cpu_affinity 0 1")
        .optional()
        .doc("all", "The CPUs of the VRRP process."),
    own("checker_cpu_affinity", "CPU ...", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        cpus(&mut d.settings.processes.checker, r);
    }).since("2.0.17").range("CPUs that exist").example("checker_cpu_affinity 0 1")
    .optional()
    .doc("all", "The CPUs of the process of the health checkers."),
    own("bfd_cpu_affinity", "CPU ...", |d: &mut GlobalDraft, r: &mut Reader<'_>| cpus(&mut d.settings.processes.bfd, r)).since("2.0.17").range("CPUs that exist").example("bfd_cpu_affinity 0 1")
        .optional()
        .doc("all", "The CPUs of the BFD process."),
    number("vrrp_rlimit_rttime", 1, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.processes.vrrp.rttime = Span::from_micros(fit(n));
    }).since("2.1.0")
    .old_name(&["vrrp_rlimit_rtime"])
    .doc("10000", "How many microseconds the VRRP process may run without a pause at real-time priority."),
    number("checker_rlimit_rttime", 1, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.processes.checker.rttime = Span::from_micros(fit(n));
    }).since("2.1.0")
    .old_name(&["checker_rlimit_rtime"])
    .doc("10000", "How many microseconds the process of the health checkers may run without a pause at real-time priority."),
    number("bfd_rlimit_rttime", 1, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.processes.bfd.rttime = Span::from_micros(fit(n));
    }).since("2.1.0")
    .old_name(&["bfd_rlimit_rtime"])
    .doc("10000", "How many microseconds the BFD process may run without a pause at real-time priority."),
];

/// A real-time priority, brought into the range there is.
fn real_time(process: &mut Process, r: &mut Reader<'_>) {
    let Some(priority) = r.number(1, i64::from(i32::MIN), i64::from(i32::MAX)) else { return };
    let fitting = priority.clamp(LEAST_RT, MOST_RT);
    if fitting != priority {
        let message = format!("there is no real-time priority {priority}; {fitting} is taken");
        r.report(&code::SEVERAL_DEFAULTED, r.at(1), message).label(format!("from {LEAST_RT} to {MOST_RT}"));
    }
    process.rt_priority = Some(fit(fitting));
}

fn cpus(process: &mut Process, r: &mut Reader<'_>) {
    r.required(1, "a CPU");
    let most = r.env.cpus().map_or(i64::from(u16::MAX), |count| i64::from(count) - 1);
    for index in 1..r.count() {
        let Some(cpu) = r.number(index, 0, most) else { continue };
        process.cpus.push(fit(cpu));
    }
}

/// The longest name that the kernel keeps of a process, in octets.
const LONGEST_NAME: usize = 15;

/// The name of a process; says so if it is cut.
fn process_name(r: &mut Reader<'_>) -> Option<Box<str>> {
    let name = r.required(1, "a name")?;
    let fits = |end: &usize| name.is_char_boundary(*end);
    let cut = (0..=LONGEST_NAME.min(name.len())).rev().find(fits).and_then(|end| name.get(..end))?;
    if cut != name {
        let message = format!("the name of a process has at most {LONGEST_NAME} octets; `{cut}` is taken");
        r.report(&code::CUT, r.at(1), message);
    }
    Some(cut.into())
}
