//! What a great many scripts do to adverts: 255 instances, each with a script of its own every second.
//!
//! Adverts are stamped by the kernel where they enter the bridge, and every script writes when it began. Both nodes
//! have the instances; only the master's adverts count, and only its scripts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::figures::{Goal, Report};
use super::{Plan, ms, usage};
use crate::clock::Stamp;
use crate::lab::Lab;
use crate::node::Node;
use crate::subject::Program;
use crate::wait::{pause, secs};

/// How many instances have a script.
const INSTANCES: u8 = 255;
/// How long everything may take to begin.
const SETTLING: Duration = secs(12);

/// Measures both programs.
pub fn run(plan: &Plan, report: &mut Report) {
    let window = plan.span(secs(60), secs(5));
    let figures = plan.rounds(1, |program| watch(program, window)).figures();
    let [late, least, most, busiest, cpu] = figures;
    let runs = f64::from(u32::try_from(window.as_secs()).unwrap_or(u32::MAX));
    report.add("how late an advert is", "ms", late, Goal::P99(20.0));
    report.add("runs of a script, the least", "", least, Goal::AtLeast(runs - 1.0));
    report.add("runs of a script, the most", "", most, Goal::Median(runs + 1.0));
    report.add("starts in the busiest tenth of a second", "", busiest, Goal::None);
    report.add("of a core, the daemon alone", "%", cpu, Goal::None);
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

/// How late each advert was; the least and the most runs of a script; its busiest tenth of a second; its processor time.
fn watch(program: Program, window: Duration) -> [Vec<f64>; 5] {
    let lab = Lab::new("many scripts", &[("a", program)]);
    let a = lab.node("a");
    lab.observer().hurry();
    a.write_script(
        "/etc/keepalived/run.sh",
        "read -r now rest < /proc/uptime\necho \"$now\" >> \"/run/began-$1\"",
    );
    a.start(&conf(INSTANCES));
    let last = std::net::Ipv4Addr::new(10, 78, 0, INSTANCES);
    lab.expect_owner("a", last).within(SETTLING);
    pause(secs(3));

    let before = usage::cpu(a);
    let (from, uptime) = (Stamp::now(), uptime());
    pause(window);
    let (to, spent) = (Stamp::now(), usage::cpu(a).saturating_sub(before));
    let window = uptime..uptime + window.as_secs_f64();
    let late = lateness(&lab, from, to).into_iter().map(ms).collect();
    let starts: Vec<Vec<f64>> = (1..=INSTANCES).map(|vrid| began(a, vrid, &window)).collect();
    let number = |count: Option<usize>| count.and_then(|count| u32::try_from(count).ok()).map(f64::from);
    let runs = || starts.iter().map(Vec::len);
    let cpu = spent.as_secs_f64() * 100.0 / to.since(from).as_secs_f64();
    a.stop();
    [
        late,
        number(runs().min()).into_iter().collect(),
        number(runs().max()).into_iter().collect(),
        number(busiest(&starts, &window)).into_iter().collect(),
        vec![cpu],
    ]
}

/// How late each advert was after the one before it of its instance.
fn lateness(lab: &Lab, from: Stamp, to: Stamp) -> Vec<Duration> {
    let mut last: BTreeMap<u8, Stamp> = BTreeMap::new();
    let adverts = lab.adverts("a", from, to);
    let gap = |(at, advert): &(Stamp, crate::packet::Advert)| Some(at.since(last.insert(advert.vrid, *at)?));
    adverts.iter().filter_map(gap).map(|gap| gap.saturating_sub(secs(1))).collect()
}

/// When the script of an instance began, in seconds since the host did.
fn began(node: &Node, vrid: u8, window: &std::ops::Range<f64>) -> Vec<f64> {
    let text = node.read(&format!("/run/began-{vrid}"));
    text.lines().filter_map(|line| line.parse().ok()).filter(|at| window.contains(at)).collect()
}

/// The most starts in a tenth of a second.
fn busiest(starts: &[Vec<f64>], window: &std::ops::Range<f64>) -> Option<usize> {
    let mut slots: BTreeMap<u128, usize> = BTreeMap::new();
    for at in starts.iter().flatten() {
        let slot = Duration::from_secs_f64((at - window.start).max(0.0)).as_millis() / 100;
        *slots.entry(slot).or_default() += 1;
    }
    slots.values().max().copied()
}

fn uptime() -> f64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or_default()
}
