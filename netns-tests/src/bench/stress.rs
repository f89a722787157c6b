//! Failovers and peace while every processor has more to do than it can.

use super::Plan;
use super::detection::{FAST_CRASH, measure, pairs, takeovers};
use super::figures::{Goal, Report};
use super::many::Many;
use crate::clock::Stamp;
use crate::conf::Conf;
use crate::lab::Lab;
use crate::wait::{pause, secs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// What the shipped unit and sample recommend to pairs that have to be in time (keepalived.conf(5)).
const REAL_TIME: &str = "vrrp_rt_priority 50";

/// How much of the flood is sent before its sender looks whether it is over.
const BURST: usize = 64;

/// Threads that never rest, ended when dropped.
struct Busy {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Busy {
    /// Two for each processor.
    fn everywhere() -> Busy {
        let over = Arc::new(AtomicBool::new(false));
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let spin = |_| {
            let over = Arc::clone(&over);
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    std::hint::black_box((0..10_000_u64).fold(0, u64::wrapping_add));
                }
            })
        };
        Busy { threads: (0..2 * processors).map(spin).collect(), over }
    }

    /// Datagrams from node `a` to node `b` as fast as one thread can send them, besides. They take a cable of their own,
    /// since the bridge's capture would be busier than the programs.
    fn flood(&mut self, lab: &Lab) {
        let cable = Many { count: 1, interval: secs(1) };
        cable.wire(lab);
        let target = (Many::peer(0), 9);
        let socket = lab.node("a").netns().inside(|| std::net::UdpSocket::bind(("0.0.0.0", 0)));
        let over = Arc::clone(&self.over);
        let Ok(socket) = socket else { return };
        self.threads.push(std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                for _ in 0..BURST {
                    // What is refused because nobody listens is part of the flood.
                    drop(socket.send_to(&[0; 512], target));
                }
            }
        }));
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

/// Measures failovers, then watches pairs.
pub fn run(plan: &Plan, report: &mut Report) {
    {
        let _busy = Busy::everywhere();
        measure(FAST_CRASH, plan.number(200, 5), REAL_TIME, plan, report);
    }
    let span = plan.span(secs(600), secs(5));
    let conf = |priority| Conf::v3(priority).line("advert_int 0.1").global(REAL_TIME).text();
    let labs = pairs(plan, "stress", conf);
    let mut busy = Busy::everywhere();
    labs.iter().for_each(|(_, lab)| busy.flood(lab));
    let from = Stamp::now();
    pause(span);
    let moves = |program| labs.iter().find(|(of, _)| *of == program).map(|(_, lab)| takeovers(lab, from));
    let [moves] = plan.rounds(1, |program| [moves(program).into_iter().collect()]).figures();
    let seconds = span.as_secs();
    report.add(
        format!("takeovers without a cause, 100 ms, {seconds} s, flooded"),
        "",
        moves,
        Goal::Median(0.0),
    );
}
