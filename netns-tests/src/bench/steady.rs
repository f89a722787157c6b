//! What the adverts of many instances cost while nothing happens: the master sends them, the backup hears them.

use std::time::Duration;

use super::figures::{Goal, Report};
use super::many::{CABLE, Many};
use super::{Plan, usage};
use crate::clock::Stamp;
use crate::lab::Lab;
use crate::subject::Program;
use crate::wait::{millis, pause, secs};

/// How long everything may take to begin.
const SETTLING: Duration = secs(30);

/// The figures of one size.
struct Goals {
    cost: Goal,
    on_master: Goal,
    on_backup: Goal,
    sent: Goal,
    calls: Goal,
}

const NONE: Goals = Goals {
    cost: Goal::None,
    on_master: Goal::None,
    on_backup: Goal::None,
    sent: Goal::None,
    calls: Goal::None,
};

/// What is asked of this many instances at this interval.
fn goals(many: Many) -> Goals {
    match (many.count, many.interval.as_millis()) {
        (1000, 10) => Goals {
            cost: Goal::Share(0.35),
            on_master: Goal::Median(50.0),
            on_backup: Goal::Median(25.0),
            sent: Goal::AtLeast(99.9),
            ..NONE
        },
        (1000, 100) => {
            Goals { cost: Goal::Share(0.35), sent: Goal::AtLeast(99.9), calls: Goal::Median(1.2), ..NONE }
        }
        _ => NONE,
    }
}

/// Measures every size at every interval.
pub fn run(plan: &Plan, report: &mut Report) {
    for count in [250, 1000, 2000] {
        for interval in [secs(1), millis(100), millis(10)] {
            let many = Many { count, interval };
            let longest = if (count, interval) == (1000, millis(10)) { secs(60) } else { secs(10) };
            let window = plan.span(longest, secs(3));
            one(many, window, plan, report);
        }
    }
}

fn one(many: Many, window: Duration, plan: &Plan, report: &mut Report) {
    let figures = plan.rounds(1, |program| watch(program, many, window)).figures();
    let [sender, hearer, on_master, on_backup, sent, moved, calls_sending, calls_hearing] = figures;
    let goals = goals(many);
    let what = format!("{} at {} ms", many.count, many.interval.as_millis());
    report.add(format!("{what}: processor per advert, master"), "us", sender, goals.cost);
    report.add(format!("{what}: processor per advert, backup"), "us", hearer, goals.cost);
    report.add(format!("{what}: of a core, master"), "%", on_master, goals.on_master);
    report.add(format!("{what}: of a core, backup"), "%", on_backup, goals.on_backup);
    report.add(format!("{what}: adverts sent of those due"), "%", sent, goals.sent);
    report.add(format!("{what}: addresses that moved"), "", moved, Goal::Median(0.0));
    report.add(format!("{what}: system calls per advert, master"), "", calls_sending, goals.calls);
    report.add(format!("{what}: system calls per advert, backup"), "", calls_hearing, goals.calls);
}

/// How long system calls are counted.
const COUNTING: Duration = secs(3);

fn watch(program: Program, many: Many, window: Duration) -> [Vec<f64>; 8] {
    let lab = Lab::new("steady", &[("a", program), ("b", program)]);
    many.wire(&lab);
    let (a, b) = (lab.node("a"), lab.node("b"));
    a.start(&many.conf(150, &[]));
    // Who cannot keep up never settles, and is measured all the same.
    let _ = many.all_at(&lab, a, SETTLING);
    b.start(&many.conf(100, &[]));
    pause(secs(8));
    let (from, sent) = (Stamp::now(), usage::sent(a, CABLE));
    let before = (usage::cpu(a), usage::cpu(b));
    pause(window);
    let after = (usage::cpu(a), usage::cpu(b));
    let (took, sent) = (Stamp::now().since(from), usage::sent(a, CABLE) - sent);
    let moved = Many::moves(&lab, from);
    let adverts = f64::from(u32::try_from(sent).unwrap_or(u32::MAX));
    // Of an interval that has only begun no advert need have been sent.
    let due = (took.as_secs_f64() / many.interval.as_secs_f64()).floor() * f64::from(many.count);
    let micros = |span: Duration| span.as_secs_f64() * 1e6 / adverts;
    let share = |span: Duration| span.as_secs_f64() * 100.0 / took.as_secs_f64();
    let (sender, hearer) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    let calls = |node| {
        let (before, calls) = (usage::sent(a, CABLE), usage::system_calls(node, COUNTING));
        let adverts = u32::try_from(usage::sent(a, CABLE) - before).unwrap_or(u32::MAX);
        vec![calls / f64::from(adverts)]
    };
    [
        vec![micros(sender)],
        vec![micros(hearer)],
        vec![share(sender)],
        vec![share(hearer)],
        vec![adverts * 100.0 / due],
        vec![f64::from(u32::try_from(moved).unwrap_or(u32::MAX))],
        calls(a),
        calls(b),
    ]
}
