//! A load-balancer pair fails over, for people to watch.
//!
//! Runs the common configuration on two nodes, kills the master, starts it again, stops it in order, and
//! prints what the kernels, the wire and the notify scripts have told, with times.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "this is a program whose purpose is to print")]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use netns_tests::prelude::*;
use netns_tests::subject::Program;
use netns_tests::timeline::{Entry, Seen, Timeline, announces};
use nix::sys::time::TimeSpec;

const COMMON: &str = include_str!("../../tests/vrrp/common.conf");
const FIRST: Ipv4Addr = Ipv4Addr::new(192, 168, 200, 16);
const SECOND: Ipv4Addr = Ipv4Addr::new(172, 16, 36, 100);
const NAMES: [&str; 2] = ["lb1", "lb2"];
const PRIORITIES: [u8; 2] = [100, 90];

/// Writes when it was called, and with what.
const NOTIFY: &str = "echo \"$(date +%s.%N) $*\" >> /run/notified";
const CHECK: &str = "! test -e /run/broken";

const USAGE: &str = "usage: scripts/demo [--theirs | --mixed]
  --theirs   the C program on both nodes, to compare
  --mixed    keepalived-rs on lb1, the C program on lb2";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let programs = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => [Program::Ours, Program::Ours],
        ["--theirs"] => [Program::Theirs, Program::Theirs],
        ["--mixed"] => [Program::Ours, Program::Theirs],
        _ => {
            println!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let lab = Lab::new("demo", &[(NAMES[0], programs[0]), (NAMES[1], programs[1])]);
    let over = AtomicBool::new(false);
    let played = std::thread::scope(|scope| {
        let printer = scope.spawn(|| print_as_it_happens(&lab, &over));
        // A panic of the play must not leave the printer waiting for the end.
        let played = catch_unwind(AssertUnwindSafe(|| play(&lab)));
        over.store(true, Ordering::Release);
        printer.join().ok();
        played
    });
    // Fails if something cannot be removed.
    drop(lab);
    match played {
        Ok(results) => {
            print!("\n{results}\nNothing is left: no address, no process, no namespace, no file.\n");
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

/// Plays it, and returns the results in words.
fn play(lab: &Lab) -> String {
    let [first, second] = NAMES.map(|name| lab.node(name));
    for (node, priority) in [first, second].into_iter().zip(PRIORITIES) {
        node.write_script("/etc/keepalived/check.sh", CHECK);
        node.write_script("/etc/keepalived/notify.sh", NOTIFY);
        let start = node.start(&COMMON.replace("priority 100", &format!("priority {priority}")));
        say(lab, start, node, &format!("starts ({}), priority {priority}", describe(node.program())));
    }
    let ready = lab.expect_owner(NAMES[0], FIRST).within(secs(10));
    settle(lab, NAMES[0]);
    let mut results = format!("first master   {:>7} after the start\n", millis_of(ready.since(lab.began())));

    let crash = first.crash();
    say(lab, crash, first, "is killed, like in a power cut (SIGKILL to all of its processes)");
    let taken = lab.expect_gain(NAMES[1], FIRST, crash).within(secs(10));
    let (last, _) = lab.last_advert(NAMES[0], taken);
    let theory = master_down_v2(PRIORITIES[1], secs(1));
    let (outage, detected) = (taken.since(crash), taken.since(last));
    results += &format!(
        "crash          {:>7} from the crash, {} from the last advert (RFC 3768: {})\n",
        millis_of(outage),
        millis_of(detected),
        millis_of(theory)
    );
    settle(lab, NAMES[1]);

    let restart = first.restart();
    say(lab, restart, first, "starts again, with the virtual addresses of its former life still on eth0");
    let back = lab.expect_gain(NAMES[0], FIRST, restart).within(secs(10));
    results += &format!(
        "preemption     {:>7} from the restart (it listens for {} first)\n",
        millis_of(back.since(restart)),
        millis_of(master_down_v2(PRIORITIES[0], secs(1)))
    );
    lab.expect_owner(NAMES[0], FIRST).within(secs(2));
    settle(lab, NAMES[0]);

    let stop = Stamp::now();
    say(lab, stop, first, "is stopped in order (SIGTERM)");
    first.stop();
    let handed = lab.expect_gain(NAMES[1], FIRST, stop).within(secs(10));
    let theory = skew_v2(PRIORITIES[1]);
    let took = handed.since(stop);
    results +=
        &format!("orderly stop   {:>7} from SIGTERM (RFC 3768: {})\n", millis_of(took), millis_of(theory));
    settle(lab, NAMES[1]);
    say(lab, Stamp::now(), second, "is stopped in order");
    second.stop();
    lab.expect_nobody(FIRST).within(secs(2));
    results
}

/// Waits until `owner` alone holds and has announced both addresses, and lets the eye follow.
fn settle(lab: &Lab, owner: &str) {
    for address in [FIRST, SECOND] {
        lab.expect_address(owner, address).within(secs(2));
    }
    pause(millis(1500));
}

fn say(lab: &Lab, at: Stamp, node: &Node, text: &str) {
    lab.observer().mark(at, node.index(), text.to_owned());
}

fn describe(program: Program) -> &'static str {
    match program {
        Program::Ours => "keepalived-rs",
        Program::Theirs => "the C program",
    }
}

fn millis_of(span: Duration) -> String {
    format!("{} ms", (span.as_micros() + 500) / 1000)
}

/// How long an entry may take to reach the timeline, and a line to wait for more of its kind.
const LAG: Duration = millis(100);

fn print_as_it_happens(lab: &Lab, over: &AtomicBool) {
    println!("    time  node  what");
    let mut printed = lab.began();
    let mut notified = BTreeMap::new();
    loop {
        let last_round = over.load(Ordering::Acquire);
        let until = Stamp::now().minus(if last_round { Duration::ZERO } else { LAG });
        let mut lines = lab.ask(|timeline| lines(timeline, printed, until));
        for node in lab.nodes() {
            lines.extend(notify_calls(node, notified.entry(node.index()).or_insert(0), until));
        }
        lines.sort_by_key(|(at, _, _)| *at);
        for (at, node, what) in lines {
            let name = lab.nodes().get(node).map_or("?", Node::name);
            println!("{:8.3}  {name:<4}  {what}", at.since(lab.began()).as_secs_f64());
        }
        if last_round {
            return;
        }
        printed = until;
        pause(LAG);
    }
}

type Line = (Stamp, usize, String);

/// What is worth a line between two moments: changes of addresses, first words, last words, announcements.
fn lines(timeline: &Timeline, from: Stamp, to: Stamp) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut announced: BTreeMap<(usize, IpAddr), (Stamp, usize)> = BTreeMap::new();
    for entry in timeline.between(from..to) {
        for ip in [FIRST, SECOND].map(IpAddr::from) {
            if let Seen::Frame { packet, .. } = &entry.seen
                && announces(packet, ip)
            {
                announced.entry((entry.node, ip)).or_insert((entry.at, 0)).1 += 1;
            }
        }
        if let Some(what) = line(timeline, entry) {
            lines.push((entry.at, entry.node, what));
        }
    }
    let bursts = announced.into_iter().map(|((node, ip), (at, count))| {
        (at, node, format!("tells the LAN where {ip} is ({count} gratuitous ARPs)"))
    });
    lines.extend(bursts);
    lines
}

fn line(timeline: &Timeline, entry: &Entry) -> Option<String> {
    match &entry.seen {
        Seen::Mark(text) => Some(text.clone()),
        Seen::Added(address) | Seen::Removed(address) if !is_virtual(address.ip) => None,
        Seen::Added(address) => {
            Some(format!("takes {}/{} on {}", address.ip, address.prefix, address.interface))
        }
        Seen::Removed(address) => {
            Some(format!("gives up {}/{} on {}", address.ip, address.prefix, address.interface))
        }
        Seen::Frame { packet: Packet::Advert(advert), .. } if advert.priority == 0 => {
            Some("advertises priority 0: it lets go".to_owned())
        }
        Seen::Frame { packet: Packet::Advert(advert), .. } => {
            let last = |node| timeline.adverts(node, ..entry.at).next_back().map(|(at, _)| at);
            let others = (0..NAMES.len()).filter(|node| *node != entry.node).filter_map(last).max();
            let own = last(entry.node);
            let first = own.is_none() || others > own;
            first.then(|| format!("advertises as master, priority {}", advert.priority))
        }
        Seen::Frame { .. } | Seen::Link { .. } => None,
    }
}

fn is_virtual(ip: IpAddr) -> bool {
    [FIRST, SECOND].map(IpAddr::from).contains(&ip)
}

/// The calls of the notify script before the moment `to` that are not printed yet.
fn notify_calls(node: &Node, done: &mut usize, to: Stamp) -> Vec<Line> {
    let text = node.read("/run/notified");
    let complete = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
    let calls = complete.lines().skip(*done).filter_map(|call| {
        let (when, what) = call.split_once(' ')?;
        Some((wall_clock(when)?, node.index(), format!("runs notify.sh {what}")))
    });
    let calls: Vec<Line> = calls.take_while(|(at, _, _)| *at < to).collect();
    *done += calls.len();
    calls
}

fn wall_clock(text: &str) -> Option<Stamp> {
    let (seconds, nanos) = text.split_once('.')?;
    let span = Duration::new(seconds.parse().ok()?, nanos.parse().ok()?);
    Some(Stamp::from_realtime(TimeSpec::from_duration(span)))
}
