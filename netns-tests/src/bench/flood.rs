//! Adverts that nobody should believe, 20,000 a second, at the master and at the backup.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::figures::{Goal, Report};
use super::many::{CABLE, Many};
use super::{Plan, usage};
use crate::clock::Stamp;
use crate::forge::{Checksum, Forged, raw_socket};
use crate::lab::Lab;
use crate::node::Node;
use crate::subject::Program;
use crate::wait::{pause, secs};

/// How many adverts a second.
const RATE: u32 = 20_000;
/// How often the sender looks at the clock.
const STEP: Duration = Duration::from_micros(50);
/// Who sends them: nobody's address.
const STRANGER: Ipv4Addr = Ipv4Addr::new(10, 66, 0, 99);

/// A kind of flood.
struct Kind {
    name: &'static str,
    /// Lines for the instance.
    lines: &'static str,
    /// What is sent, in turn.
    adverts: fn() -> Vec<Forged>,
    /// What can stand it.
    programs: &'static [Program],
}

const KINDS: [Kind; 3] = [
    Kind { name: "junk", lines: "", adverts: junk, programs: &[Program::Ours, Program::Theirs] },
    Kind { name: "worse masters", lines: "", adverts: worse, programs: &[Program::Ours, Program::Theirs] },
    // The C program here cannot sign, and priority 255 would win.
    Kind { name: "forged, signed instance", lines: SIGNED, adverts: forged, programs: &[Program::Ours] },
];

const SIGNED: &str =
    "auth_hmac {\n        key 1 0123456789abcdef0123456789abcdef\n        active_key 1\n    }";

/// The best of all priorities, with something wrong.
fn junk() -> Vec<Forged> {
    let best = Forged { vrid: 1, addresses: vec![Many::address(0)], interval: [0, 100], ..Forged::v3(255) };
    vec![
        Forged { ttl: 254, ..best.clone() },
        Forged { version_and_type: 0x21, ..best.clone() },
        Forged { version_and_type: 0x32, ..best.clone() },
        Forged { checksum: Checksum::Wrong, ..best.clone() },
        Forged { count: 200, ..best.clone() },
        Forged { interval: [0, 0], ..best.clone() },
        Forged { vrid: 99, ..best.clone() },
        Forged { trailer: vec![0; 900], ..best },
    ]
}

/// In order, but worse than anybody.
fn worse() -> Vec<Forged> {
    vec![Forged { vrid: 1, addresses: vec![Many::address(0)], interval: [0, 100], ..Forged::v3(1) }]
}

/// In order but for the signature: none, or one that has to be computed before it can be refused.
fn forged() -> Vec<Forged> {
    let text = crate::command::run(&["date", "+%s"]);
    let seconds = text.trim().parse::<u32>().unwrap_or_default().to_be_bytes();
    let trailer = [&[1, 1, 0, 0][..], &seconds, &[0; 20]].concat();
    let best = Forged { vrid: 1, addresses: vec![Many::address(0)], interval: [0, 100], ..Forged::v3(255) };
    vec![best.clone(), Forged { trailer, checksum: Checksum::MessageWithoutTrailer, ..best }]
}

/// A thread that sends, ended when dropped.
struct Flood {
    over: Arc<AtomicBool>,
    sender: Option<JoinHandle<u32>>,
}

impl Flood {
    /// From the other end of a node's cable.
    fn begin(from: &Node, adverts: fn() -> Vec<Forged>) -> Flood {
        let over = Arc::new(AtomicBool::new(false));
        let socket = from.netns().inside(|| raw_socket(socket2::Domain::IPV4, 255, &format!("{CABLE}0")));
        let end = Arc::clone(&over);
        let sender = std::thread::spawn(move || {
            let Ok(socket) = socket else { return 0 };
            let to = SocketAddr::from(([224, 0, 0, 18], 0)).into();
            let (began, mut sent, mut packets, mut made) = (Stamp::now(), 0_u32, Vec::new(), 0);
            while !end.load(Ordering::Relaxed) {
                let passed = Stamp::now().since(began);
                // Signatures have a time in them.
                if packets.is_empty() || passed.as_secs() > made {
                    made = passed.as_secs();
                    packets = adverts().iter().map(|advert| advert.packet(STRANGER)).collect::<Vec<_>>();
                }
                let due =
                    u32::try_from(passed.as_micros() * u128::from(RATE) / 1_000_000).unwrap_or(u32::MAX);
                while sent < due {
                    let at = usize::try_from(sent).unwrap_or_default() % packets.len();
                    drop(packets.get(at).map(|packet| socket.send_to(packet, &to)));
                    sent += 1;
                }
                pause(STEP);
            }
            sent
        });
        Flood { over, sender: Some(sender) }
    }

    /// How many were sent.
    fn end(mut self) -> u32 {
        self.over.store(true, Ordering::Relaxed);
        self.sender.take().and_then(|sender| sender.join().ok()).unwrap_or_default()
    }
}

/// Measures every kind.
pub fn run(plan: &Plan, report: &mut Report) {
    let window = plan.span(secs(30), secs(5));
    for kind in &KINDS {
        let programs = plan.programs.iter().copied().filter(|program| kind.programs.contains(program));
        let plan = Plan { programs: programs.collect(), ..plan.clone() };
        let figures = plan.rounds(1, |program| watch(program, kind, window)).figures();
        let [master, backup, moved, sent, heard, flood] = figures;
        let name = kind.name;
        report.add(format!("{name}: of a core, master"), "%", master, Goal::Median(15.0));
        report.add(format!("{name}: of a core, backup"), "%", backup, Goal::Median(15.0));
        report.add(format!("{name}: addresses that moved"), "", moved, Goal::Median(0.0));
        report.add(format!("{name}: adverts sent of those due"), "%", sent, Goal::AtLeast(96.0));
        report.add(format!("{name}: adverts heard of those due"), "%", heard, Goal::AtLeast(96.0));
        report.add(format!("{name}: flooded with"), "/s", flood, Goal::AtLeast(0.99 * f64::from(RATE)));
    }
}

fn watch(program: Program, kind: &Kind, window: Duration) -> [Vec<f64>; 6] {
    let lab = Lab::new("flood", &[("a", program), ("b", program)]);
    let many = Many { count: 1, interval: secs(1) };
    many.wire(&lab);
    let (a, b) = (lab.node("a"), lab.node("b"));
    let conf =
        |priority| many.conf(priority, &[]).replace("version 3", &format!("version 3\n    {}", kind.lines));
    a.start(&conf(150));
    let _ = many.all_at(&lab, a, secs(10));
    b.start(&conf(100));
    pause(secs(5));
    let floods = [Flood::begin(a, kind.adverts), Flood::begin(b, kind.adverts)];
    pause(secs(1));
    let count = || (a.counter("advert_sent"), b.counter("advert_rcvd"), usage::cpu(a), usage::cpu(b));
    let (from, before) = (Stamp::now(), count());
    pause(window);
    let (took, after) = (Stamp::now().since(from).as_secs_f64(), count());
    let moved = Many::moves(&lab, from);
    let flooded = floods.map(Flood::end);
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let share = |spent: Duration| vec![spent.as_secs_f64() * 100.0 / took];
    let of_due = |count: u64| vec![number(count) * 100.0 / took];
    let flooded = flooded.iter().map(|count| f64::from(*count)).fold(f64::INFINITY, f64::min);
    [
        share(after.2.saturating_sub(before.2)),
        share(after.3.saturating_sub(before.3)),
        vec![f64::from(u32::try_from(moved).unwrap_or(u32::MAX))],
        of_due(after.0.saturating_sub(before.0)),
        of_due(after.1.saturating_sub(before.1)),
        vec![flooded / (took + 1.0)],
    ]
}
