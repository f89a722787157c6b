//! The command line: every option in both spellings, with its argument attached and as the next word.

use std::fs;
use std::process::Command;

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::{PATIENCE, expect_file, master};

/// Whether Debian's program has an option.
#[derive(Clone, Copy, PartialEq)]
enum Debian {
    Has,
    /// It is in builds of other kinds, or in later versions.
    HasNot,
}

/// How an option is written.
enum Form {
    Plain,
    /// It needs an argument: that one.
    With(&'static str),
    /// It may have an argument, attached to it.
    May(&'static str),
}

use Debian::{Has, HasNot};
use Form::{May, Plain, With};

/// Every option that works without ending the program: its letter, its name, its argument.
const OPTIONS: &[(Option<char>, &str, Form, Debian)] = &[
    (Some('f'), "use-file", With("/dev/null"), Has),
    (Some('P'), "vrrp", Plain, Has),
    (Some('C'), "check", Plain, Has),
    (Some('B'), "no_bfd", Plain, Has),
    (None, "all", Plain, Has),
    (Some('l'), "log-console", Plain, Has),
    (Some('D'), "log-detail", Plain, Has),
    (Some('S'), "log-facility", With("3"), Has),
    (Some('S'), "log-facility", With("local7"), Has),
    (Some('S'), "log-facility", With("user"), Has),
    (Some('S'), "log-facility", With("daemon"), Has),
    (Some('g'), "log-file", May("/dev/null"), HasNot),
    (None, "flush-log-file", Plain, HasNot),
    (Some('G'), "no-syslog", Plain, Has),
    (Some('u'), "umask", With("022"), Has),
    (Some('u'), "umask", With("0x1f"), Has),
    (Some('X'), "release-vips", Plain, Has),
    (Some('V'), "dont-release-vrrp", Plain, Has),
    (Some('I'), "dont-release-ipvs", Plain, Has),
    (Some('R'), "dont-respawn", Plain, Has),
    (Some('n'), "dont-fork", Plain, Has),
    (Some('d'), "dump-conf", Plain, Has),
    (Some('p'), "pid", With("/dev/null"), Has),
    (Some('r'), "vrrp_pid", With("/dev/null"), Has),
    (Some('c'), "checkers_pid", With("/dev/null"), Has),
    (Some('b'), "bfd_pid", With("/dev/null"), Has),
    (Some('a'), "address-monitoring", Plain, Has),
    (Some('s'), "namespace", With("blue"), Has),
    (Some('e'), "all-config", Plain, Has),
    (Some('i'), "config-id", With("left"), Has),
    (Some('m'), "core-dump", Plain, Has),
    (Some('M'), "core-dump-pattern", May("core.%p"), Has),
    (Some('t'), "config-test", May("/dev/null"), Has),
    (None, "config-fd", With("3"), Has),
    (None, "ignore-sigint", Plain, HasNot),
];

/// What no ordinary build of the C program has, and SNMP, which this version does not have either: they are refused as by
/// a build without them.
const REFUSED: &[&str] = &[
    "-x",
    "--snmp",
    "-A/run/agent",
    "--snmp-agent-socket=/run/agent",
    "--debug",
    "--debug=DvE",
    "--perf",
    "--perf=run",
    "--no-mem-check",
    "-L",
    "--mem-check-log",
    "-O",
    "--openssl-mem-check",
];

/// The ways to write an option.
fn spellings(letter: Option<char>, name: &str, form: &Form) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    match form {
        Plain => all.push(vec![format!("--{name}")]),
        With(argument) => {
            all.push(vec![format!("--{name}={argument}")]);
            all.push(vec![format!("--{name}"), (*argument).to_owned()]);
        }
        May(argument) => {
            all.push(vec![format!("--{name}")]);
            all.push(vec![format!("--{name}={argument}")]);
        }
    }
    if let Some(letter) = letter {
        match form {
            Plain => all.push(vec![format!("-{letter}")]),
            With(argument) => {
                all.push(vec![format!("-{letter}{argument}")]);
                all.push(vec![format!("-{letter}"), (*argument).to_owned()]);
            }
            May(argument) => {
                all.push(vec![format!("-{letter}")]);
                all.push(vec![format!("-{letter}{argument}")]);
            }
        }
    }
    all
}

/// What the program prints and ends with. It is asked for the number of a signal besides, which the C program prints in any
/// case, but alone only if it has nothing to say against the words before.
fn ask(program: Program, words: &[String]) -> (Option<i32>, String) {
    let output = Command::new(program.binary()).args(words).args(["--signum", "STOP"]).output();
    let output = output.expect("the program");
    let printed = [output.stderr, output.stdout].concat();
    (output.status.code(), String::from_utf8_lossy(&printed).into_owned())
}

#[test]
fn every_option_is_taken_in_every_spelling() {
    let mut asked = 0;
    for (letter, name, form, debian) in OPTIONS {
        for words in spellings(*letter, name, form) {
            assert_eq!(ask(Program::Ours, &words), (Some(0), "15\n".to_owned()), "{words:?}");
            let theirs = ask(Program::Theirs, &words).1;
            assert_eq!(theirs == "15\n", *debian == Has, "{words:?}: the C program says {theirs}");
            asked += 1;
        }
    }
    assert!(asked > 90, "{asked}");
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    for word in REFUSED {
        let (status, said) = ask(Program::Ours, &[(*word).to_owned()]);
        let name = word.split('=').next().unwrap_or_default().trim_end_matches("/run/agent");
        assert!(
            status == Some(1) && said.contains(name) && !said.contains("15"),
            "{word}: {status:?} {said}"
        );
    }
    // As in the C program: an option that it does not have ends with 1.
    for program in [Program::subject(), Program::peer()] {
        let output = Command::new(program.binary()).args(["-n", "-f", "/nonexistent", "--perf"]).output();
        assert_eq!(output.expect("the program").status.code(), Some(1), "{program}");
    }
}

/// The text of `--help` names every option that works.
#[test]
fn help_names_every_option() {
    let output = Command::new(Program::subject().binary()).arg("--help").output().expect("the program");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    for (letter, name, ..) in OPTIONS {
        let letter = letter.map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
        assert!(text.contains(&format!("\n  {letter}--{name}")), "no {name} in\n{text}");
    }
}

/// `-g`: a file for each process, with the name of the process before its last dot, and lines with a time to the
/// nanosecond. What is there already stays. Debian's program is built without it and says so.
fn log_file(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(100).text());
    a.write("/tmp/lb.one.log", "before\n");
    if a.program() == Program::Theirs {
        let (status, said) = a.run(&["-n", "-f", CONFIG, "-g/tmp/lb.one.log", "--flush-log-file"]);
        assert_eq!(status, Some(1), "{said}");
        assert_eq!(a.read("/tmp/lb.one.log"), "before\n");
        return;
    }
    a.restart_with(&["-g/tmp/lb.one.log", "--flush-log-file", "--all"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let parent = expect_file(a, "/tmp/lb.one.log");
    assert!(parent.starts_with("before\n") && parent.contains(": Starting Keepalived v2.4.3 "), "{parent}");
    let line = parent.lines().nth(1).expect("a line");
    let (stamp, _) = line.split_at("Sat Nov 21 18:52:22.123456789 2026".len());
    let words: Vec<&str> = stamp.split_whitespace().collect();
    assert!(words.len() == 5 && words[3].len() == 18 && words[3].contains('.'), "{line}");
    let reaches = |file: &str, text: &str| {
        let found = poll_until(PATIENCE, || a.read(file).contains(text).then_some(()));
        assert!(found.is_some(), "{file} has no {text}:\n{}", a.read(file));
    };
    reaches("/tmp/lb.one_vrrp.log", "(VI_1) Entering MASTER STATE");
    reaches("/tmp/lb.one_healthcheckers.log", "health checking");
    reaches("/tmp/lb.one_bfd.log", "BFD");
    // A file that was moved away gets a successor.
    fs::rename(a.host_path("/tmp/lb.one_vrrp.log"), a.host_path("/tmp/lb.one_vrrp.log.1")).expect("a file");
    a.signal(nix::sys::signal::Signal::SIGUSR2);
    reaches("/tmp/lb.one_vrrp.log", "Printing VRRP stats");
    a.stop();
    reaches("/tmp/lb.one_vrrp.log", "Stopped");
    let parent = a.read("/tmp/lb.one.log");
    assert!(
        parent.trim_end().lines().last().is_some_and(|line| line.contains("Stopped Keepalived")),
        "{parent}"
    );
}

/// `-g` alone is a file in the directory for temporary files, and the names of network namespace and instance are in it.
fn log_file_by_its_usual_name(lab: &Lab) {
    let a = lab.node("a");
    if a.program() == Program::Theirs {
        return;
    }
    a.write(CONFIG, &format!("instance one\n{}", Conf::v3(100).text()));
    a.restart_with(&["--log-file"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    for file in ["/tmp/keepalived_one.log", "/tmp/keepalived_vrrp_one.log"] {
        let text = poll_until(PATIENCE, || Some(a.read(file)).filter(|text| !text.is_empty()));
        assert!(text.is_some(), "no {file}");
    }
}

/// A log file that takes nothing more holds nothing up.
fn full_log_file_holds_nothing_up(lab: &Lab) {
    let a = lab.node("a");
    if a.program() == Program::Theirs {
        return;
    }
    a.write(CONFIG, &Conf::v3(100).text());
    a.restart_with(&["-g/dev/full"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, millis(500));
    a.stop();
    assert!(a.log().contains("/dev/full"), "{}", a.log());
}

/// `--config-fd`: `-t` reads the configuration from a descriptor.
fn configuration_from_a_descriptor(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    if a.program() == Program::Theirs {
        // Its processes use it among each other.
        return;
    }
    for (text, status) in [("global_defs {\n}\n", 0), ("nonsense\n", 5)] {
        a.write("/tmp/given", text);
        for way in [
            "--config-fd=3 3< /tmp/given",
            "--config-fd 0 < /tmp/given",
            "--config-fd 0 -f /nonexistent < /tmp/given",
        ] {
            let said = a.shell(&format!("keepalived -t {way} 2>&1; echo $?"));
            assert_eq!(said.trim().lines().last(), Some(&*status.to_string()), "{way}: {said}");
        }
    }
    let (status, said) = a.run(&["-t", "--config-fd=99"]);
    assert!(status == Some(0) && said.contains("/proc/self/fd/99"), "{status:?} {said}");
}

/// `-d` tells the configuration, `-a` tells of addresses, `-X` and `-I` ask for what is so anyhow.
fn options_that_tell_more(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(100).text());
    a.restart_with(&["-d", "-a", "-X", "-I", "-D"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.ip(&["address", "add", "10.99.0.1/24", "dev", "eth0"]);
    let told = poll_until(PATIENCE, || a.log().contains("10.99.0.1").then_some(()));
    assert!(told.is_some(), "{}", a.log());
    assert!(a.log().contains("VI_1") && a.log().contains("eth0"));
    a.ip(&["address", "delete", "10.99.0.1/24", "dev", "eth0"]);
}

/// `-V` leaves the addresses at the end.
fn addresses_are_kept(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(100).text());
    a.restart_with(&["--dont-release-vrrp"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.stop();
    lab.expect_owner("a", VIP4).within(millis(1));
    a.ip(&["address", "delete", &format!("{VIP4}/24"), "dev", "eth0"]);
}

/// `-i` says which lines count.
fn lines_of_one_host(lab: &Lab) {
    let a = lab.node("a");
    let conf = Conf::v3(100).text().replace("    priority 100", "@left priority 110\n@^left priority 120");
    a.write(CONFIG, &conf);
    for (options, priority) in [(&["-i", "left"][..], 110), (&["--config-id=right"], 120)] {
        let start = a.restart_with(options);
        lab.expect_advert("a", start, "with that priority", |advert| advert.priority == priority)
            .within(PATIENCE);
        a.stop();
    }
}

alone!(
    log_file,
    log_file_by_its_usual_name,
    full_log_file_holds_nothing_up,
    configuration_from_a_descriptor,
    options_that_tell_more,
    addresses_are_kept,
    lines_of_one_host,
);
