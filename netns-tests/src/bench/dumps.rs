//! Dumps of a thousand instances while they advertise: how much longer than its interval the longest silence of an
//! instance is, as the wire has it, without dumps and with one asked for every 200 ms.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::figures::{Goal, Report};
use super::many::Many;
use super::{Plan, ms};
use crate::command;
use crate::lab::Lab;
use crate::node::Node;
use crate::subject::Program;
use crate::wait::{millis, pause, poll_until, secs};

const MANY: Many = Many { count: 1000, interval: millis(100) };
/// Between two requests.
const ASKED_EVERY: Duration = millis(200);
const PATIENCE: Duration = secs(30);

/// What is asked for, and by which signal.
const PHASES: [(&str, Option<&str>); 4] =
    [("no dumps", None), ("data dumps", Some("USR1")), ("statistics", Some("USR2")), ("JSON", Some("36"))];

/// Measures the longest silence of each instance in each phase.
pub fn run(plan: &Plan, report: &mut Report) {
    let span = plan.span(secs(5), secs(2));
    let silences = plan.rounds(plan.number(3, 1), |program| measure(program, span)).figures();
    for ((what, _), silence) in PHASES.iter().zip(silences) {
        let name = format!("{what}: longest silence of each, beyond the interval");
        report.add(name, "ms", silence, Goal::P99(10.0));
    }
}

fn measure(program: Program, span: Duration) -> [Vec<f64>; 4] {
    let lab = Lab::new("dumps", &[("a", program), ("b", program)]);
    MANY.wire(&lab);
    let a = lab.node("a");
    // So that what else runs on the host is not measured.
    let first = "global_defs {\n    vrrp_rt_priority 50\n";
    a.start(&MANY.conf(100, &[]).replacen("global_defs {\n", first, 1));
    if MANY.all_at(&lab, a, PATIENCE).is_none() {
        return Default::default();
    }
    // Announcements are over by then.
    pause(secs(8));
    PHASES.map(|(_, signal)| silences(a, signal, span))
}

/// The longest silence of each instance beyond its interval, in milliseconds.
fn silences(a: &Node, signal: Option<&str>, span: Duration) -> Vec<f64> {
    let path = a.host_path("/run/adverts.pcap");
    let place = path.to_string_lossy().into_owned();
    let capture = Command::new("nsenter")
        .arg(format!("--net={}", a.netns().path().display()))
        .args(["setpriv", "--pdeathsig", "KILL", "tcpdump", "-i", "any", "-Q", "out", "-s", "64"])
        .args(["-B", "65536", "-U", "-n", "-Z", "root", "-w", &place, "ip proto 112"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut capture) = capture else { return Vec::new() };
    // It captures once it has written the head of its file.
    let begun =
        poll_until(PATIENCE, || fs::metadata(&path).is_ok_and(|about| about.len() > 24).then_some(()));
    let pid = a.daemon_process().to_string();
    let steps = span.as_millis() / ASKED_EVERY.as_millis();
    for _ in 0..steps {
        if let Some(signal) = signal {
            let _ = command::run(&["kill", "-s", signal, &pid]);
        }
        pause(ASKED_EVERY);
    }
    kill(Pid::from_raw(i32::try_from(capture.id()).unwrap_or_default()), Signal::SIGINT).ok();
    capture.wait().ok();
    let silences = begun.map(|()| read(&path)).unwrap_or_default();
    fs::remove_file(&path).ok();
    silences
}

/// Reads a capture file (pcap-savefile(5)) of all interfaces (LINUX_SLL2).
fn read(path: &Path) -> Vec<f64> {
    let octets = fs::read(path).unwrap_or_default();
    let number = |at: usize| {
        let four = octets.get(at..at + 4).and_then(|four| four.try_into().ok());
        four.map(u32::from_le_bytes)
    };
    let mut last: BTreeMap<(u32, u8), Duration> = BTreeMap::new();
    let mut longest: BTreeMap<(u32, u8), Duration> = BTreeMap::new();
    let mut at = 24;
    while let (Some(seconds), Some(micros), Some(length)) = (number(at), number(at + 4), number(at + 8)) {
        let when = Duration::from_secs(seconds.into()) + Duration::from_micros(micros.into());
        let frame = at + 16;
        at = frame + usize::try_from(length).unwrap_or(usize::MAX - frame);
        // The number of the interface is behind the protocol; the packet follows after 20 octets.
        let packet = frame + 20;
        let Some(header) = octets.get(packet).map(|first| usize::from(first & 15) * 4) else { break };
        let (Some(interface), Some(vrid)) = (number(frame + 4), octets.get(packet + header + 1)) else {
            break;
        };
        let sender = (interface, *vrid);
        if let Some(before) = last.insert(sender, when) {
            let silence = when.saturating_sub(before);
            let known = longest.entry(sender).or_default();
            *known = silence.max(*known);
        }
    }
    longest.values().map(|silence| ms(silence.saturating_sub(MANY.interval))).collect()
}
