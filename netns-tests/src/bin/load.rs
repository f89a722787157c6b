//! What a great many scripts do to adverts: 255 instances, each with a script of its own every second.
//!
//! Adverts are stamped by the kernel where they enter the bridge, and every script writes when it began. Both nodes
//! have the instances; only the master's adverts count, and only its scripts.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "this is a program whose purpose is to print")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use netns_tests::prelude::*;

const USAGE: &str = "usage: scripts/measure-scripts [--seconds N] [--instances N] [--only ours|theirs]
  --seconds N     for how long it is watched (default 60)
  --instances N   how many instances with a script each (default 255)
  --only PROGRAM  ours or theirs alone";

/// How late an advert may be, and by how much the number of runs may differ from one a second.
const LATE_GOAL: Duration = millis(20);
const RUNS_GOAL: usize = 1;
/// How long everything may take to begin.
const SETTLING: Duration = secs(12);

struct Options {
    seconds: u64,
    instances: u8,
    programs: Vec<Program>,
}

fn main() -> ExitCode {
    let Some(options) = parse(std::env::args().skip(1)) else {
        println!("{USAGE}");
        return ExitCode::from(2);
    };
    println!(
        "{} instances, advert_int 1, each with a script every second, for {} s",
        options.instances, options.seconds
    );
    println!(
        "{:<7} {:>8} {:>10} {:>10} {:>10} {:>12} {:>14} {:>8}",
        "", "adverts", "late p50", "late p99", "late max", "runs", "starts/100 ms", "CPU"
    );
    let mut good = true;
    for program in &options.programs {
        good &= watch(*program, &options) || *program == Program::Theirs;
    }
    println!(
        "late: how much more than a second lies between two adverts, in ms. runs: of one script, least and most."
    );
    println!(
        "starts: of scripts in a tenth of a second, least and most. CPU: of all processes of the daemon, scripts included."
    );
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options { seconds: 60, instances: 255, programs: vec![Program::Ours, Program::Theirs] };
    while let Some(flag) = arguments.next() {
        let value = arguments.next()?;
        match (flag.as_str(), value.as_str()) {
            ("--seconds", number) => options.seconds = number.parse().ok().filter(|seconds| *seconds > 0)?,
            ("--instances", number) => options.instances = number.parse().ok().filter(|count| *count > 0)?,
            ("--only", "ours") => options.programs = vec![Program::Ours],
            ("--only", "theirs") => options.programs = vec![Program::Theirs],
            _ => return None,
        }
    }
    Some(options)
}

fn conf(instances: u8) -> String {
    let mut text =
        "global_defs {\n    router_id lab\n    script_user root\n    enable_script_security\n}\n".to_owned();
    for vrid in 1..=instances {
        let _ = write!(
            text,
            "vrrp_script s{vrid} {{\n    script \"/etc/keepalived/run.sh {vrid}\"\n    interval 1\n    timeout 5\n    weight 1\n}}\n\
             vrrp_instance i{vrid} {{\n    state BACKUP\n    interface eth0\n    virtual_router_id {vrid}\n    priority 100\n    \
             advert_int 1\n    track_script {{\n        s{vrid}\n    }}\n    virtual_ipaddress {{\n        10.78.0.{vrid}/32\n    }}\n}}\n"
        );
    }
    text
}

/// Prints what a program does, and tells whether the goals are reached.
fn watch(program: Program, options: &Options) -> bool {
    let lab = Lab::new("many scripts", &[("a", program)]);
    let a = lab.node("a");
    lab.observer().hurry();
    a.write_script(
        "/etc/keepalived/run.sh",
        "read -r now rest < /proc/uptime\necho \"$now\" >> \"/run/began-$1\"",
    );
    a.start(&conf(options.instances));
    let last = std::net::Ipv4Addr::new(10, 78, 0, options.instances);
    lab.expect_owner("a", last).within(SETTLING);
    pause(secs(3));

    let before = cpu(a);
    let (from, uptime) = (Stamp::now(), uptime());
    pause(Duration::from_secs(options.seconds));
    let (to, spent) = (Stamp::now(), cpu(a).saturating_sub(before));
    let window = uptime..uptime + f64::from(u32::try_from(options.seconds).unwrap_or(u32::MAX));
    let (adverts, late) = lateness(&lab, from, to);
    let starts: Vec<Vec<f64>> = (1..=options.instances).map(|vrid| began(a, vrid, &window)).collect();
    let runs = (starts.iter().map(Vec::len).min(), starts.iter().map(Vec::len).max());
    let (least, most) = (runs.0.unwrap_or_default(), runs.1.unwrap_or_default());
    let busy = busy(&starts, &window);
    let at = |share: usize| late.get((late.len() * share / 100).min(late.len().saturating_sub(1))).copied();
    let ms = |span: Option<Duration>| span.map_or(f64::NAN, |span| span.as_secs_f64() * 1e3);
    let worst = late.last().copied();
    println!(
        "{:<7} {adverts:>8} {:>10.3} {:>10.3} {:>10.3} {:>12} {:>14} {:>6.1} %",
        program.to_string(),
        ms(at(50)),
        ms(at(99)),
        ms(worst),
        format!("{least}..{most}"),
        format!("{}..{}", busy.0, busy.1),
        spent.as_secs_f64() * 100.0 / to.since(from).as_secs_f64(),
    );
    a.stop();
    let wanted = usize::try_from(options.seconds).unwrap_or(usize::MAX);
    let enough = least + RUNS_GOAL >= wanted && most <= wanted + RUNS_GOAL;
    enough && worst.is_some_and(|worst| worst <= LATE_GOAL)
}

/// How many adverts there were, and how late each was after the one before it of its instance, sorted.
fn lateness(lab: &Lab, from: Stamp, to: Stamp) -> (usize, Vec<Duration>) {
    let mut last: BTreeMap<u8, Stamp> = BTreeMap::new();
    let adverts = lab.adverts("a", from, to);
    let gap = |(at, advert): &(Stamp, Advert)| Some(at.since(last.insert(advert.vrid, *at)?));
    let mut late: Vec<Duration> =
        adverts.iter().filter_map(gap).map(|gap| gap.saturating_sub(secs(1))).collect();
    late.sort_unstable();
    (adverts.len(), late)
}

/// When the script of an instance began, in seconds since the host did.
fn began(node: &Node, vrid: u8, window: &std::ops::Range<f64>) -> Vec<f64> {
    let text = node.read(&format!("/run/began-{vrid}"));
    text.lines().filter_map(|line| line.parse().ok()).filter(|at| window.contains(at)).collect()
}

/// The least and the most starts in a tenth of a second.
fn busy(starts: &[Vec<f64>], window: &std::ops::Range<f64>) -> (usize, usize) {
    let mut slots: BTreeMap<u64, usize> = BTreeMap::new();
    let whole = Duration::from_secs_f64((window.end - window.start).max(0.0)).as_millis() / 100;
    for slot in 0..u64::try_from(whole).unwrap_or_default() {
        slots.insert(slot, 0);
    }
    for at in starts.iter().flatten() {
        let slot = Duration::from_secs_f64((at - window.start).max(0.0)).as_millis() / 100;
        *slots.entry(u64::try_from(slot).unwrap_or(u64::MAX)).or_default() += 1;
    }
    (slots.values().min().copied().unwrap_or_default(), slots.values().max().copied().unwrap_or_default())
}

fn uptime() -> f64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or_default()
}

/// What the processes of the daemon have used, those that have ended included.
fn cpu(node: &Node) -> Duration {
    /// Ticks of user and system time of a process and of its children that it has waited for (proc(5)).
    const FIELDS: std::ops::Range<usize> = 11..15;
    const TICK: Duration = millis(10);
    let (parent, children) = node.family();
    let of = |pid: i32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        fields
            .get(FIELDS)
            .unwrap_or_default()
            .iter()
            .filter_map(|ticks| ticks.parse::<u32>().ok())
            .sum::<u32>()
    };
    let children = children.iter().filter(|child| !child.command.contains("run.sh"));
    children.map(|child| of(child.pid)).chain([of(parent.pid)]).sum::<u32>() * TICK
}
