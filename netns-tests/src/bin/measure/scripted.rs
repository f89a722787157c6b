//! 255 virtual routers at an interval of one second, each with a script every second: is any advert late, does
//! any script run too often or too rarely, and are the processes spread over the second?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use netns_tests::prelude::*;

const ROUTERS: u8 = 255;

const INTERVAL: Duration = secs(1);

/// How late an advert may be.
const LATE: Duration = millis(20);

/// How many runs a minute may be too many or too few.
const MISCOUNT: f64 = 1.0;

/// How many of a hundred processes may begin within one tenth of a second, where ten would be even.
const CROWD: usize = 20;

/// What a script writes at each run: its number and when it began, in hundredths of a second.
const SCRIPT: &str = "read -r up rest < /proc/uptime; echo \"$1 $up\" >> /run/runs";

fn conf() -> String {
    let mut text = "global_defs {\n    router_id many\n    script_user root\n}\n".to_owned();
    for number in 1..=ROUTERS {
        // Writing to a String cannot fail.
        write!(
            text,
            "vrrp_script s{number} {{\n    script \"/etc/keepalived/run.sh {number}\"\n    interval 1\n}}\n\
             vrrp_instance R{number} {{\n    interface eth0\n    virtual_router_id {number}\n    priority 150\n    \
             advert_int 1\n    virtual_ipaddress {{\n        10.77.1.{number}/24\n    }}\n    track_script {{\n        \
             s{number}\n    }}\n}}\n"
        )
        .ok();
    }
    text
}

/// Watches for `span`, prints a row for each program, and tells whether ours reached its goals.
pub(crate) fn watch(programs: &[Program], span: Duration) -> bool {
    println!("{ROUTERS} routers at {INTERVAL:?}, each with a script every second, for {} s", span.as_secs());
    println!(
        "{:<7} {:>8} {:>9} {:>9} {:>9} {:>9} {:>11} {:>11} {:>10}",
        "", "adverts", "p50 ms", "p99 ms", "worst ms", "> 20 ms", "runs/min >=", "runs/min <=", "crowd %"
    );
    programs.iter().fold(true, |good, program| {
        let reached = watch_one(*program, span);
        good & (reached || *program == Program::Theirs)
    })
}

fn watch_one(program: Program, span: Duration) -> bool {
    let lab = Lab::new("scripted", &[("a", program)]);
    lab.observer().hurry();
    let a = lab.node("a");
    a.write_script("/etc/keepalived/run.sh", SCRIPT);
    a.start(&conf());
    for number in 1..=ROUTERS {
        lab.expect_owner("a", std::net::Ipv4Addr::new(10, 77, 1, number)).within(secs(30));
    }
    // The announcements of becoming master are over, and so is the second burst of them.
    pause(secs(8));
    let before = a.read("/run/runs").len();
    let from = Stamp::now();
    pause(span);
    let to = Stamp::now();
    let runs = Runs::read(a.read("/run/runs").get(before..).unwrap_or_default());
    let late = lateness(&lab, from, to);
    report(program, &late, &runs, to.since(from))
}

/// How much later than one interval after the one before it each advert came, sorted.
fn lateness(lab: &Lab, from: Stamp, to: Stamp) -> Vec<Duration> {
    let mut last: BTreeMap<u8, Stamp> = BTreeMap::new();
    let mut late = Vec::new();
    for (at, advert) in lab.adverts("a", from, to) {
        if let Some(before) = last.insert(advert.vrid, at) {
            late.push(at.since(before).saturating_sub(INTERVAL));
        }
    }
    // A router that fell silent shows in no gap.
    late.extend(last.values().map(|at| to.since(*at).saturating_sub(INTERVAL)));
    late.extend((last.len()..usize::from(ROUTERS)).map(|_| to.since(from)));
    late.sort_unstable();
    late
}

/// The runs of scripts.
struct Runs {
    /// How often each ran.
    counts: BTreeMap<u8, usize>,
    /// How many began in each tenth of a second.
    tenths: [usize; 10],
}

impl Runs {
    fn read(text: &str) -> Self {
        let mut runs = Self { counts: (1..=ROUTERS).map(|number| (number, 0)).collect(), tenths: [0; 10] };
        for line in text.lines() {
            let Some((number, up)) = line.split_once(' ') else { continue };
            if let Some(count) = number.parse().ok().and_then(|number: u8| runs.counts.get_mut(&number)) {
                *count += 1;
            }
            let tenth = up.split_once('.').and_then(|(_, fraction)| fraction.get(..1)?.parse::<usize>().ok());
            if let Some(count) = tenth.and_then(|tenth| runs.tenths.get_mut(tenth)) {
                *count += 1;
            }
        }
        runs
    }

    /// The share of the fullest tenth of a second, in percent.
    fn crowd(&self) -> usize {
        let all: usize = self.tenths.iter().sum();
        let most = self.tenths.iter().max().copied().unwrap_or_default();
        100 * most / all.max(1)
    }
}

fn report(program: Program, late: &[Duration], runs: &Runs, span: Duration) -> bool {
    let at = |share: usize| late.get((late.len() * share / 100).min(late.len().saturating_sub(1)));
    let ms = |span: Option<&Duration>| span.map_or(f64::NAN, |span| span.as_secs_f64() * 1e3);
    let too_late = late.iter().filter(|late| **late > LATE).count();
    let per_minute = |count: Option<&usize>| {
        let count = u32::try_from(count.copied().unwrap_or_default()).unwrap_or(u32::MAX);
        f64::from(count) * 60.0 / span.as_secs_f64()
    };
    let (fewest, most) = (per_minute(runs.counts.values().min()), per_minute(runs.counts.values().max()));
    println!(
        "{:<7} {:>8} {:>9.2} {:>9.2} {:>9.2} {:>9} {fewest:>11.1} {most:>11.1} {:>10}",
        program.to_string(),
        late.len(),
        ms(at(50)),
        ms(at(99)),
        ms(late.last()),
        too_late,
        runs.crowd()
    );
    let counted = (60.0 - fewest).abs() <= MISCOUNT && (60.0 - most).abs() <= MISCOUNT;
    too_late == 0 && counted && runs.crowd() <= CROWD
}
