//! The daemon as a whole: start, reload, files.

use crate::conf::diag::code::words as code;
use crate::conf::draft::GlobalDraft;
use crate::conf::keyword::{Keyword, Parity};
use crate::conf::keywords::{
    LONGEST, MOST, fit, flag, number, own, seconds, switch, text, whole, whole_seconds,
};
use crate::conf::reader::{Reader, c_number};

use super::{COMMAND, first_command};

const NOT_HONOURED: &str = "keepalived does not honour it either";

pub(super) const ROWS: &[Keyword<GlobalDraft>] = &[
    own("startup_script", COMMAND, |d: &mut GlobalDraft, r: &mut Reader<'_>| first_command(&mut d.startup, r)).since("2.1.0")
        .optional()
        .doc("none", "Run before anything else is started, and waited for; how it ends changes nothing."),
    whole_seconds("startup_script_timeout", 1, 1000, |d: &mut GlobalDraft, n, _| d.settings.life.startup_timeout = whole(n)).since("2.1.0").example("startup_script_timeout 20")
        .optional()
        .doc("10", "How many seconds `startup_script` may take before it is ended (SIGTERM, and SIGKILL 2 s later)."),
    own("shutdown_script", COMMAND, |d: &mut GlobalDraft, r: &mut Reader<'_>| first_command(&mut d.shutdown, r)).since("2.1.0")
        .optional()
        .doc("none", "Run when everything has stopped, and waited for."),
    whole_seconds("shutdown_script_timeout", 1, 1000, |d: &mut GlobalDraft, n, _| d.settings.life.shutdown_timeout = whole(n)).since("2.1.0").example("shutdown_script_timeout 20")
        .optional()
        .doc("10", "How many seconds `shutdown_script` may take before it is ended (SIGTERM, and SIGKILL 2 s later)."),
    seconds("vrrp_startup_delay", 1000, LONGEST, |d: &mut GlobalDraft, span, _| d.settings.life.startup_delay = span).since("2.0.14")
        .doc("0", "For how long after the start nobody is heard and nobody becomes master."),
    seconds("vrrp_delay_after_boot", 1000, LONGEST, |d: &mut GlobalDraft, span, _| {
        d.settings.life.delay_after_boot = span;
    }).since("2.4.0")
    .doc("0", "As `vrrp_startup_delay`, until the system has been running for so long."),
    own("umask", "NUMBER|BIT[|BIT ...]", umask).since("2.0.9").range("0 to 0777").example("umask IRGRP|IWGRP|IROTH|IWOTH").doc(
        "0177",
        "The mask of files that are made: a number in the notation of C, or IRUSR, IWUSR, IXUSR, IRGRP, IWGRP, IXGRP, IROTH, IWOTH \
         and IXOTH.",
    ),
    number("random_seed", 0, MOST, |d: &mut GlobalDraft, n, _| d.settings.files.random_seed = Some(fit(n))).since("2.0.15")
        .parity(Parity::Stored)
        .doc("the time", "Where `${_RANDOM}` starts."),
    own("reload_check_config", "[FILE]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.files.reload_check = Some(r.arg(1).map(path));
    }).since("2.2.0")
    .doc(
        "off",
        "Refuses a new configuration at a reload if there is anything to complain about, and writes the complaints to the \
         file. One that cannot be run at all is always refused, and the old one kept.",
    ),
    own("reload_time_file", "FILE", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        if !too_many(r) {
            d.settings.files.reload_time = r.required(1, "a file").map(path);
        }
    }).since("2.1.0")
    .optional()
    .doc(
        "none",
        "A file whose first line is the time of the next reload: `HH:MM:SS`, `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, \
         with a `Z` behind it for UTC. It may come, change and go at any time, and is removed when the time has come.",
    ),
    flag("reload_repeat", |d: &mut GlobalDraft, _| d.settings.files.reload_repeat = true).since("2.1.0")
        .doc("off", "Keeps that file if there is no date in it, and reloads at that time every day."),
    own("reload_file", "[FILE]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.files.reload_marker = Some(r.arg(1).map(path));
    }).since("2.2.0")
    .doc(
        "none",
        "A file that is made, or emptied, before the configuration is read at a reload, and removed after that; without a \
         name `keepalived.reload` beside the file with the process number.",
    ),
    own("include_check", "[[+|-]read|match|wildcard_match|brace_match ...]", include_check).since("2.2.0").example("include_check +match")
        .doc("none", "What has to be right about `include`; without words everything."),
    text("config_save_dir", "DIRECTORY", |d: &mut GlobalDraft, name, _| d.settings.files.save = Some(path(name))).since("2.2.3")
        .doc("none", "Where each configuration that is read is kept, as `keepalived.conf.PID.NUMBER`; the directory is made."),
    text("tmp_config_directory", "DIRECTORY", |_, _, _| {}).since("2.2.0")
        .optional()
        .parity(Parity::NoEffect("the configuration is passed on in memory"))
        .doc("memory", "Where the configuration is kept for the processes."),
    switch("data_use_instance", |d: &mut GlobalDraft, on, _| d.settings.files.named_dumps = on).since("2.2.3")
        .doc("off", "Puts the name of the instance into the names of dumps."),
    number("json_version", 1, 2, |d: &mut GlobalDraft, n, _| d.settings.files.json_version = Some(fit(n))).since("2.2.8").example("json_version 2")
        .doc("1", "The layout of the JSON dump."),
    text("iproute_usr_dir", "DIRECTORY", |d: &mut GlobalDraft, name, _| d.settings.files.iproute_usr = Some(path(name))).since("2.3.2")
        .parity(Parity::Stored)
        .doc("/usr/share/iproute2", "Where the name tables of iproute2 are."),
    text("iproute_etc_dir", "DIRECTORY", |d: &mut GlobalDraft, name, _| d.settings.files.iproute_etc = Some(path(name))).since("2.3.2")
        .parity(Parity::Stored)
        .doc("/etc/iproute2", "Where the administrator's name tables of iproute2 are."),
    text("state_dump_file", "FILE", |d: &mut GlobalDraft, name, _| d.settings.files.state_dump = Some(path(name))).since("2.3.3").example("state_dump_file /run/keepalived/state")
        .doc("keepalived.data", "The file of the state dump."),
    text("stats_dump_file", "FILE", |d: &mut GlobalDraft, name, _| d.settings.files.stats_dump = Some(path(name))).since("2.3.3").example("stats_dump_file /run/keepalived/stats")
        .parity(Parity::NoEffect(NOT_HONOURED))
        .doc("keepalived.stats", "The file of the statistics."),
    text("json_dump_file", "FILE", |d: &mut GlobalDraft, name, _| d.settings.files.json_dump = Some(path(name))).since("2.3.3").example("json_dump_file /run/keepalived/json")
        .parity(Parity::NoEffect(NOT_HONOURED))
        .doc("keepalived.json", "The file of the JSON dump."),
];

pub(super) fn path(name: &str) -> Box<std::path::Path> {
    std::path::Path::new(name).into()
}

/// Says that a keyword with more than one parameter is ignored as a whole.
pub(in crate::conf::keywords) fn too_many(r: &mut Reader<'_>) -> bool {
    let too_many = r.count() > 2;
    if too_many {
        let message = format!("`{}` takes one parameter; the line is ignored", r.keyword());
        r.report(&code::TOO_MANY_PARAMETERS, r.at(2), message);
        r.use_all();
    }
    too_many
}

fn umask(d: &mut GlobalDraft, r: &mut Reader<'_>) {
    const BITS: [(&str, u16); 9] = [
        ("IRUSR", 0o400),
        ("IWUSR", 0o200),
        ("IXUSR", 0o100),
        ("IRGRP", 0o040),
        ("IWGRP", 0o020),
        ("IXGRP", 0o010),
        ("IROTH", 0o004),
        ("IWOTH", 0o002),
        ("IXOTH", 0o001),
    ];
    let Some(first) = r.required(1, "a mask") else { return };
    if first.starts_with(|letter: char| letter.is_ascii_digit()) && r.count() == 2 {
        match c_number(first).and_then(|number| u16::try_from(number).ok()).filter(|mask| *mask <= 0o777) {
            Some(mask) => d.settings.files.umask = Some(mask),
            None => {
                let message = format!("`{first}` is no mask");
                r.report(&code::OUT_OF_RANGE, r.at(1), message).label("expected 0 to 0777");
            }
        }
        return;
    }
    let mut mask = 0;
    for index in 1..r.count() {
        let Some(word) = r.arg(index) else { return };
        for name in word.split('|').filter(|name| !name.is_empty()) {
            let Some((_, bit)) = BITS.iter().find(|(known, _)| *known == name) else {
                let message = format!("`{name}` is no bit of a mask");
                r.report(&code::BAD_CHOICE, r.at(index), message)
                    .label("expected IRUSR to IXOTH, or one number");
                return;
            };
            mask |= bit;
        }
    }
    d.settings.files.umask = Some(mask);
}

fn include_check(_: &mut GlobalDraft, r: &mut Reader<'_>) {
    for index in 1..r.count() {
        let Some(word) = r.arg(index) else { return };
        let name = word.trim_start_matches(['+', '-']);
        if !matches!(name, "read" | "match" | "wildcard_match" | "brace_match") {
            let message = format!("`{name}` is no check of `include`");
            let problem = r.report(&code::BAD_CHOICE, r.at(index), message);
            problem.label("expected read, match, wildcard_match or brace_match");
            if name == "readable" {
                problem.help("the manual page says `readable`, but keepalived wants `read`");
            }
        }
    }
}
