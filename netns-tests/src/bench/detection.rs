//! How long a failover takes, many times over.
//!
//! Both stamps of a trial are of one clock: the last advert is stamped by the kernel where it enters the
//! bridge, the virtual address when the netlink message about it is read, by a thread that nothing else of
//! this program delays. What is measured so is never less than what happened.

use std::time::Duration;

use super::figures::{Goal, Report};
use super::{Plan, ms};
use crate::clock::Stamp;
use crate::conf::{Conf, VIP4};
use crate::lab::Lab;
use crate::subject::Program;
use crate::theory::{master_down_v2, master_down_v3, skew_v2, skew_v3};
use crate::timeline::{Entry, Seen};
use crate::wait::{millis, pause, secs};

/// The priorities of master and backup.
const MASTER: u8 = 150;
const BACKUP: u8 = 100;

/// What a trial may take at most before it counts as a failure of the program.
const PATIENCE: Duration = secs(15);

/// How many failovers a laboratory sees before the other program has its turn.
const BLOCK: usize = 20;

/// A kind of failover.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) version: u8,
    pub(super) interval: Duration,
    pub(super) cause: Cause,
}

/// How the master ends, and from when on the time counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// It is killed; from its last advert.
    Crash,
    /// It is stopped; from SIGTERM.
    Stop,
}

const FAST: Duration = millis(10);
const TENTH: Duration = millis(100);

pub(super) const FAST_CRASH: Kind =
    Kind { name: "v3 10 ms, kill: last advert -> address", version: 3, interval: FAST, cause: Cause::Crash };

const KINDS: [Kind; 6] = [
    FAST_CRASH,
    Kind { name: "v3 10 ms, SIGTERM -> address", version: 3, interval: FAST, cause: Cause::Stop },
    Kind {
        name: "v3 100 ms, kill: last advert -> address",
        version: 3,
        interval: TENTH,
        cause: Cause::Crash,
    },
    Kind { name: "v3 100 ms, SIGTERM -> address", version: 3, interval: TENTH, cause: Cause::Stop },
    Kind { name: "v2 1 s, kill: last advert -> address", version: 2, interval: secs(1), cause: Cause::Crash },
    Kind { name: "v2 1 s, SIGTERM -> address", version: 2, interval: secs(1), cause: Cause::Stop },
];

impl Kind {
    fn conf(&self, priority: u8) -> Conf {
        let conf = if self.version == 2 { Conf::v2(priority) } else { Conf::v3(priority) };
        conf.line(&format!("advert_int {}", self.interval.as_secs_f64()))
    }

    fn theory(&self) -> Duration {
        match (self.version, self.cause) {
            (2, Cause::Crash) => master_down_v2(BACKUP, self.interval),
            (2, Cause::Stop) => skew_v2(BACKUP),
            (_, Cause::Crash) => master_down_v3(BACKUP, self.interval),
            (_, Cause::Stop) => skew_v3(BACKUP, self.interval),
        }
    }

    /// How many are enough, and how many for a quick look: the 99th percentile, which only the fast kinds have a goal for,
    /// takes 200.
    fn trials(&self) -> (usize, usize) {
        match self.interval {
            FAST => (200, 5),
            TENTH => (60, 5),
            _ => (8, 2),
        }
    }

    fn goal(&self) -> Goal {
        let by = if self.interval == FAST { 0.5 } else { 1.0 };
        Goal::Near(ms(self.theory()), by)
    }
}

/// Measures all kinds.
pub fn run(plan: &Plan, report: &mut Report) {
    for kind in KINDS {
        let (thorough, quick) = kind.trials();
        let trials = plan.number(thorough, quick);
        measure(kind, trials, "", plan, report);
    }
    quiet(plan, report);
}

/// Measures `trials` failovers of a kind; `lines` are added to the `global_defs`.
pub(super) fn measure(kind: Kind, trials: usize, lines: &str, plan: &Plan, report: &mut Report) {
    let block = trials.min(BLOCK);
    let measured = plan.rounds(trials.div_ceil(block), |program| [failovers(program, kind, block, lines)]);
    let [both] = measured.figures();
    let name = if lines.is_empty() { kind.name.to_owned() } else { format!("{}, real-time", kind.name) };
    if kind.interval == FAST {
        let late = (both.0.clone(), both.1.clone());
        report.add(format!("{name} (p99)"), "ms", late, Goal::P99(ms(kind.theory()) + 2.0));
    }
    report.add(name, "ms", both, kind.goal());
}

/// The times of `count` failovers.
fn failovers(program: Program, kind: Kind, count: usize, lines: &str) -> Vec<f64> {
    let lab = Lab::new(kind.name, &[("a", program), ("b", program)]);
    lab.observer().hurry();
    let conf = |priority| {
        let conf = kind.conf(priority);
        lines.lines().fold(conf, Conf::global).text()
    };
    lab.node("a").start(&conf(MASTER));
    lab.node("b").start(&conf(BACKUP));
    let trial = |number| {
        let span = failover(&lab, kind, number);
        lab.node("a").restart();
        ms(span)
    };
    (0..count).map(trial).collect()
}

fn failover(lab: &Lab, kind: Kind, trial: usize) -> Duration {
    lab.expect_owner("a", VIP4).within(PATIENCE);
    // Steps of the golden ratio spread the moments of death evenly over the interval.
    let phase = (f64::from(u32::try_from(trial).unwrap_or_default()) * 0.618_034).fract();
    pause(2 * kind.interval + kind.interval.mul_f64(phase));
    lab.observer().timeline().forget_before(Stamp::now().minus(3 * kind.interval));
    match kind.cause {
        Cause::Crash => {
            let death = lab.node("a").crash();
            let taken = lab.expect_gain("b", VIP4, death).within(PATIENCE);
            taken.since(lab.last_advert("a", taken).0)
        }
        Cause::Stop => {
            let stop = lab.node("a").stop();
            lab.expect_gain("b", VIP4, stop).within(PATIENCE).since(stop)
        }
    }
}

/// Watches one pair of each program, and counts takeovers without a cause.
fn quiet(plan: &Plan, report: &mut Report) {
    let span = plan.span(secs(300), secs(5));
    let labs = pairs(plan, "quiet", |priority| Conf::v3(priority).line("advert_int 0.1").text());
    let from = Stamp::now();
    pause(span);
    let found = plan.rounds(1, |program| {
        let lab = labs.iter().find(|(of, _)| *of == program).map(|(_, lab)| lab);
        lab.map_or_else(Default::default, |lab| watched(lab, from))
    });
    let [moves, gap] = found.figures();
    let seconds = span.as_secs();
    report.add(format!("takeovers without a cause, 100 ms, {seconds} s"), "", moves, Goal::Median(0.0));
    report.add("longest time between two adverts of them", "ms", gap, Goal::Median(300.0));
}

/// A pair of each program, all at the same time.
pub(super) fn pairs(plan: &Plan, name: &str, conf: impl Fn(u8) -> String) -> Vec<(Program, Lab)> {
    let pair = |program: &Program| {
        let lab = Lab::new(name, &[("a", *program), ("b", *program)]);
        lab.node("a").start(&conf(MASTER));
        lab.node("b").start(&conf(BACKUP));
        lab.expect_owner("a", VIP4).within(PATIENCE);
        (*program, lab)
    };
    plan.programs.iter().map(pair).collect()
}

fn watched(lab: &Lab, from: Stamp) -> [Vec<f64>; 2] {
    let stamps: Vec<Stamp> = lab.adverts("a", from, Stamp::now()).iter().map(|(at, _)| *at).collect();
    let gaps = stamps.windows(2).filter_map(|pair| Some(pair.last()?.since(*pair.first()?)));
    [vec![takeovers(lab, from)], gaps.max().map(ms).into_iter().collect()]
}

/// How often the address came or went since `from`.
pub(super) fn takeovers(lab: &Lab, from: Stamp) -> f64 {
    let moved = lab.ask(|timeline| timeline.between(from..).filter(|entry| moves(entry)).count());
    f64::from(u32::try_from(moved).unwrap_or(u32::MAX))
}

fn moves(entry: &Entry) -> bool {
    match &entry.seen {
        Seen::Added(address) | Seen::Removed(address) => address.ip == VIP4,
        Seen::Frame { .. } | Seen::Link { .. } | Seen::Mark(_) => false,
    }
}
