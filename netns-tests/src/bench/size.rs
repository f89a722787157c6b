//! The memory of one, a thousand and four thousand instances, and how long it takes until all of them are master.

use std::time::Duration;

use super::figures::{Goal, Report, Samples};
use super::many::Many;
use super::{Plan, ms, usage};
use crate::lab::Lab;
use crate::subject::Program;
use crate::theory::master_down_v3;
use crate::wait::{pause, secs};

const SIZES: [u32; 3] = [1, 1000, 4000];
const PRIORITY: u8 = 100;
const INTERVAL: Duration = secs(1);
const PATIENCE: Duration = secs(90);

/// Measures all sizes.
pub fn run(plan: &Plan, report: &mut Report) {
    let mut first: Option<(Samples, Samples)> = None;
    for count in SIZES {
        let many = Many { count, interval: INTERVAL };
        let [memory, start] = plan.rounds(plan.number(3, 1), |program| measure(program, many)).figures();
        let alone = if count == 1 { Goal::Share(1.0) } else { Goal::None };
        report.add(format!("{count} instances: memory of all processes"), "KiB", memory.clone(), alone);
        if let Some(one) = &first {
            let each = |samples: &Samples, one: &Samples| {
                let more = samples.median().zip(one.median()).map(|(all, one)| all - one);
                Samples::new(more.map(|more| more * 1024.0 / f64::from(count - 1)).into_iter().collect())
            };
            let both = (each(&memory.0, &one.0), each(&memory.1, &one.1));
            report.add(format!("{count} instances: memory per further one"), "B", both, Goal::Median(1536.0));
        }
        first.get_or_insert(memory);
        let goal = if count == 4000 { Goal::Share(1.0 / 3.0) } else { Goal::None };
        let name = format!("{count} instances: start -> all master, less master-down");
        report.add(name, "ms", start, goal);
    }
}

fn measure(program: Program, many: Many) -> [Vec<f64>; 2] {
    let lab = Lab::new("size", &[("a", program), ("b", program)]);
    many.wire(&lab);
    let a = lab.node("a");
    let began = a.start(&many.conf(PRIORITY, &[]));
    let Some(all) = many.all_at(&lab, a, PATIENCE) else { return Default::default() };
    // Announcements are over by then.
    pause(secs(8));
    let took = ms(all.since(began)) - ms(master_down_v3(PRIORITY, INTERVAL));
    [vec![usage::memory(a)], vec![took]]
}
