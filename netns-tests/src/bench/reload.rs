//! The reload of a thousand virtual routers when one of them has changed: how long it takes, and what of it can be seen
//! in the kernel's addresses, in the announcements and in the adverts.

use std::net::Ipv4Addr;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::figures::{Goal, Report};
use super::many::{CABLE, Many};
use super::{Plan, ms, usage};
use crate::clock::Stamp;
use crate::lab::Lab;
use crate::node::{CONFIG, ServiceManager};
use crate::subject::Program;
use crate::timeline::Seen;
use crate::wait::{millis, pause, secs};

/// How many announcements an address may be worth: two bursts of five.
const ANNOUNCEMENTS: f64 = 10.0;

/// What the changed file has besides.
const EXTRA: Ipv4Addr = Ipv4Addr::new(10, 80, 0, 1);
const PATIENCE: Duration = secs(5);
const START: Duration = secs(30);

/// Measures slow and fast instances.
pub fn run(plan: &Plan, report: &mut Report) {
    for interval in [secs(1), millis(100)] {
        let many = Many { count: 1000, interval };
        let reloads = plan.number(20, 3);
        let [span, moved, announced, sent] =
            plan.rounds(plan.number(2, 1), |program| measure(program, many, reloads)).figures();
        let what = format!("1000 at {} ms", interval.as_millis());
        report.add(format!("{what}: SIGHUP -> READY=1"), "ms", span, Goal::P99(100.0));
        report.add(format!("{what}: other addresses that moved"), "", moved, Goal::Median(0.0));
        let goal = Goal::Median(ANNOUNCEMENTS);
        report.add(format!("{what}: announcements per address added"), "", announced, goal);
        report.add(format!("{what}: adverts sent of those due"), "%", sent, Goal::AtLeast(95.0));
    }
}

fn measure(program: Program, many: Many, reloads: usize) -> [Vec<f64>; 4] {
    let lab = Lab::new("reload", &[("a", program), ("b", program)]);
    many.wire(&lab);
    let a = lab.node("a");
    let manager = a.manage_service();
    a.start(&many.conf(100, &[]));
    if many.all_at(&lab, a, START).is_none() {
        return Default::default();
    }
    // Announcements are over by then.
    pause(secs(8));
    let mut spans = Vec::new();
    let (from, before, announced) = (Stamp::now(), usage::sent(a, CABLE), usage::announced(a));
    for trial in 0..reloads {
        a.write(CONFIG, &many.conf(100, if trial % 2 == 0 { &[EXTRA] } else { &[] }));
        drop(manager.heard());
        let asked = a.signal(Signal::SIGHUP);
        spans.extend(ready(&manager, asked).map(ms));
        pause(secs(1));
    }
    let (took, sent) = (Stamp::now().since(from), usage::sent(a, CABLE) - before);
    let announced = usage::announced(a) - announced;
    let added = count(reloads.div_ceil(2));
    let due = took.as_secs_f64() / many.interval.as_secs_f64() * f64::from(many.count);
    let sent = count(sent) * 100.0 / due;
    [spans, vec![strangers(&lab, from)], vec![count(announced) / added], vec![sent]]
}

fn count<N: TryInto<u32>>(number: N) -> f64 {
    f64::from(number.try_into().unwrap_or(u32::MAX))
}

/// How long it takes until the daemon says that it is ready; the C program of Debian 12 never does.
fn ready(manager: &ServiceManager, asked: Stamp) -> Option<Duration> {
    let mut heard = Vec::new();
    while Stamp::now().since(asked) < PATIENCE {
        heard.extend(manager.heard());
        if heard.iter().any(|line| line == "READY=1") {
            return Some(Stamp::now().since(asked));
        }
        pause(Duration::from_micros(200));
    }
    None
}

/// How often addresses came or went that the reload had nothing to do with.
fn strangers(lab: &Lab, from: Stamp) -> f64 {
    count(lab.ask(|timeline| {
        let changes = timeline.between(from..).filter(|entry| match &entry.seen {
            Seen::Added(address) | Seen::Removed(address) => address.ip != EXTRA,
            Seen::Frame { .. } | Seen::Link { .. } | Seen::Mark(_) => false,
        });
        changes.count()
    }))
}
