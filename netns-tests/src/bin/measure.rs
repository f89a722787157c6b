//! How long a failover takes, many times over, for keepalived-rs and the C program in the same run.
//!
//! Both stamps of a trial are of one clock: the last advert is stamped by the kernel where it enters the
//! bridge, the virtual address when the netlink message about it is read, by a thread that nothing else of
//! this program delays. What is measured so is never less than what happened.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "this is a program whose purpose is to print")]

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use netns_tests::prelude::*;
use netns_tests::timeline::{Entry, Seen};

const USAGE: &str = "usage: scripts/measure [--trials N] [--quiet-minutes N] [--only ours|theirs]
  --trials N         failovers of each kind at an interval of 10 ms (default 100);
                     a fifth as many at 1 s, which take eight seconds each
  --quiet-minutes N  instead: watch pairs at 100 ms for N minutes and count takeovers without a cause
  --only PROGRAM     ours or theirs alone";

/// The priorities of master and backup.
const MASTER: u8 = 150;
const BACKUP: u8 = 100;

/// What a trial may take at most before it counts as a failure of the program.
const PATIENCE: Duration = secs(15);

/// How much the median of a program may differ from theory, and how late the address may be after SIGTERM.
const MEDIAN_GOAL: Duration = millis(1);
const STOP_GOAL: Duration = millis(2);

struct Options {
    trials: usize,
    quiet: Option<Duration>,
    programs: Vec<Program>,
}

fn main() -> ExitCode {
    let Some(options) = parse(std::env::args().skip(1)) else {
        println!("{USAGE}");
        return ExitCode::from(2);
    };
    let good = match options.quiet {
        Some(span) => watch_quiet_pairs(&options.programs, span),
        None => measure_failovers(&options),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options { trials: 100, quiet: None, programs: vec![Program::Ours, Program::Theirs] };
    while let Some(flag) = arguments.next() {
        let value = arguments.next()?;
        match (flag.as_str(), value.as_str()) {
            ("--trials", number) => options.trials = number.parse().ok().filter(|trials| *trials > 0)?,
            ("--quiet-minutes", number) => {
                options.quiet = Some(Duration::from_secs(60 * number.parse::<u64>().ok()?));
            }
            ("--only", "ours") => options.programs = vec![Program::Ours],
            ("--only", "theirs") => options.programs = vec![Program::Theirs],
            _ => return None,
        }
    }
    Some(options)
}

/// A kind of failover.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    version: u8,
    interval: Duration,
    cause: Cause,
}

/// How the master ends, and from when on the time counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// It is killed; from its last advert.
    Crash,
    /// It is stopped; from SIGTERM.
    Stop,
}

const FAST_10: Duration = millis(10);

const KINDS: [Kind; 4] = [
    Kind { name: "v3 10 ms, crash: last advert -> VIP", version: 3, interval: FAST_10, cause: Cause::Crash },
    Kind { name: "v3 10 ms, SIGTERM -> VIP", version: 3, interval: FAST_10, cause: Cause::Stop },
    Kind { name: "v2 1 s, crash: last advert -> VIP", version: 2, interval: secs(1), cause: Cause::Crash },
    Kind { name: "v2 1 s, SIGTERM -> VIP", version: 2, interval: secs(1), cause: Cause::Stop },
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

    fn trials(&self, wanted: usize) -> usize {
        if self.interval < secs(1) { wanted } else { (wanted / 5).max(1) }
    }
}

fn measure_failovers(options: &Options) -> bool {
    println!(
        "{:<36} {:<7} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "ms", "", "trials", "theory", "median", "p99", "max", "diff"
    );
    let mut good = true;
    for kind in KINDS {
        for program in &options.programs {
            let spans = run_trials(*program, kind, kind.trials(options.trials));
            good &= print_row(*program, kind, &spans) || *program == Program::Theirs;
        }
    }
    println!("\nBackup priority {BACKUP}, both nodes run the program of the row. diff = median - theory.");
    println!(
        "Goals for ours: crash within {MEDIAN_GOAL:?} of theory, SIGTERM within skew + {STOP_GOAL:?}, by the median."
    );
    good
}

/// Prints the row and tells whether the goal is reached.
fn print_row(program: Program, kind: Kind, sorted: &[Duration]) -> bool {
    let theory = kind.theory();
    let at = |share: usize| sorted.get((sorted.len() * share / 100).min(sorted.len() - 1)).copied();
    let ms = |span: Option<Duration>| span.map_or(f64::NAN, |span| span.as_secs_f64() * 1e3);
    let (median, p99, most) = (at(50), at(99), sorted.last().copied());
    let difference = ms(median) - ms(Some(theory));
    let goal = if kind.cause == Cause::Crash { MEDIAN_GOAL } else { STOP_GOAL };
    let reached = difference.abs() <= goal.as_secs_f64() * 1e3;
    println!(
        "{:<36} {:<7} {:>6} {:>9.3} {:>9.3} {:>9.3} {:>9.3} {:>+9.3}{}",
        kind.name,
        program.to_string(),
        sorted.len(),
        ms(Some(theory)),
        ms(median),
        ms(p99),
        ms(most),
        difference,
        if reached { "" } else { "  beyond the goal" }
    );
    reached
}

/// The times of `count` failovers, sorted.
fn run_trials(program: Program, kind: Kind, count: usize) -> Vec<Duration> {
    let lab = Lab::new(kind.name, &[("a", program), ("b", program)]);
    lab.observer().hurry();
    lab.node("a").start(&kind.conf(MASTER).text());
    lab.node("b").start(&kind.conf(BACKUP).text());
    let mut spans: Vec<Duration> = (0..count)
        .map(|trial| {
            progress(&format!("{program} {}: {trial}/{count}", kind.name));
            let span = run_trial(&lab, kind, trial);
            lab.node("a").restart();
            span
        })
        .collect();
    progress("");
    spans.sort_unstable();
    spans
}

fn run_trial(lab: &Lab, kind: Kind, trial: usize) -> Duration {
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

/// Shows on a terminal how far it is.
fn progress(text: &str) {
    use std::io::IsTerminal as _;
    let mut out = std::io::stdout();
    if out.is_terminal() {
        // A terminal that is gone ends the program anyway.
        write!(out, "\r\x1b[K{text}").and_then(|()| out.flush()).ok();
    }
}

/// Watches one pair of each program for `span`, and tells whether ours never moved the address.
fn watch_quiet_pairs(programs: &[Program], span: Duration) -> bool {
    let interval = millis(100);
    let conf = |priority| Conf::v3(priority).line("advert_int 0.1").text();
    let labs: Vec<(Program, Lab)> = programs
        .iter()
        .map(|program| {
            let lab = Lab::new("quiet", &[("a", *program), ("b", *program)]);
            lab.node("a").start(&conf(MASTER));
            lab.node("b").start(&conf(BACKUP));
            lab.expect_owner("a", VIP4).within(PATIENCE);
            (*program, lab)
        })
        .collect();
    println!("Quiet pairs, v3 at 100 ms, for {} minutes", span.as_secs() / 60);
    let from = Stamp::now();
    pause(span);
    println!(
        "{:<7} {:>10} {:>8} {:>14} {:>14}",
        "", "takeovers", "adverts", "longest gap ms", "shortest gap ms"
    );
    let mut good = true;
    for (program, lab) in &labs {
        let takeovers = lab.ask(|timeline| timeline.between(from..).filter(|entry| moves(entry)).count());
        let stamps: Vec<Stamp> = lab.adverts("a", from, Stamp::now()).iter().map(|(at, _)| *at).collect();
        let gaps = || stamps.windows(2).filter_map(|pair| Some(pair.last()?.since(*pair.first()?)));
        let ms = |gap: Option<Duration>| gap.map_or(f64::NAN, |gap| gap.as_secs_f64() * 1e3);
        println!(
            "{:<7} {takeovers:>10} {:>8} {:>14.1} {:>14.1}",
            program.to_string(),
            stamps.len(),
            ms(gaps().max()),
            ms(gaps().min())
        );
        let steady = takeovers == 0 && gaps().max().is_some_and(|gap| gap < 3 * interval);
        good &= steady || *program == Program::Theirs;
    }
    good
}

fn moves(entry: &Entry) -> bool {
    match &entry.seen {
        Seen::Added(address) | Seen::Removed(address) => address.ip == VIP4,
        Seen::Frame { .. } | Seen::Link { .. } | Seen::Mark(_) => false,
    }
}
