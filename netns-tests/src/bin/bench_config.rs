//! How long a configuration test takes, for keepalived-rs and the C program in the same run.
//!
//! The files are fine and have one instance after the other, 255 on each interface, about 150 octets each. Both programs judge
//! each file in turn, several times over, in a namespace that has the interfaces. The shortest run of each counts: everything
//! that makes a run longer is not the program's.
#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "what cannot be measured has no result")]
#![expect(clippy::print_stdout, reason = "this is a program whose purpose is to print")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use netns_tests::clock::Stamp;
use netns_tests::command;
use netns_tests::netns::{LabName, Netns, settle_in};
use netns_tests::subject::Program;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};

/// How many instances the files have, and which part of the time of the C program ours may take.
const SIZES: [(u32, Option<f64>); 5] =
    [(1000, None), (2000, None), (4000, Some(1.0 / 3.0)), (8000, None), (10_000, Some(1.0 / 8.0))];

/// How often each file is judged by each program.
const ROUNDS: usize = 5;

/// How many instances share an interface: as many as there are numbers.
const PER_INTERFACE: u32 = 255;

/// By how much more an instance may cost in the largest file than in the smallest.
const LINEAR: f64 = 1.5;

fn main() -> ExitCode {
    settle_in();
    let lab = LabName::fresh();
    let netns = Netns::create(lab.part("bench"));
    let interfaces = SIZES.iter().map(|(count, _)| count.div_ceil(PER_INTERFACE)).max().unwrap_or(0);
    for number in (0..interfaces).step_by(2) {
        ip(netns.name(), &format!("link add b{number} type veth peer name b{}", number + 1));
        ip(netns.name(), &format!("link set b{number} up"));
        ip(netns.name(), &format!("link set b{} up", number + 1));
    }
    let good = compare(&netns);
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn ip(namespace: &str, words: &str) {
    let _ = command::run(&["ip", "-n", namespace].into_iter().chain(words.split(' ')).collect::<Vec<_>>());
}

/// What a run takes.
#[derive(Clone, Copy)]
struct Taken {
    wall: Duration,
    /// Of the processor, in the program and in the kernel for it.
    cpu: Duration,
}

impl Taken {
    fn least(self, other: Taken) -> Taken {
        Taken { wall: self.wall.min(other.wall), cpu: self.cpu.min(other.cpu) }
    }
}

fn compare(netns: &Netns) -> bool {
    println!(
        "instances     octets   ours: wall      cpu   theirs: wall      cpu   ours/theirs: wall    cpu   goal"
    );
    let mut good = true;
    let mut ours_of = Vec::new();
    for (count, goal) in SIZES {
        let file = File::with(count);
        let mut ours = judge(netns, Program::Ours, &file.path);
        let mut theirs = judge(netns, Program::Theirs, &file.path);
        for _ in 1..ROUNDS {
            ours = ours.least(judge(netns, Program::Ours, &file.path));
            theirs = theirs.least(judge(netns, Program::Theirs, &file.path));
        }
        let ratio = |ours: Duration, theirs: Duration| ours.as_secs_f64() / theirs.as_secs_f64();
        let (wall, cpu) = (ratio(ours.wall, theirs.wall), ratio(ours.cpu, theirs.cpu));
        let met = goal.is_none_or(|goal| wall <= goal);
        good &= met;
        let verdict =
            goal.map_or(String::new(), |goal| format!("<= {goal:.3} {}", if met { "met" } else { "MISSED" }));
        println!(
            "{count:9} {:10}   {}   {}        {}   {}              {wall:.3}  {cpu:.3}   {verdict}",
            file.octets,
            millis(ours.wall),
            millis(ours.cpu),
            millis(theirs.wall),
            millis(theirs.cpu),
        );
        ours_of.push((count, ours));
    }
    good & is_linear(&ours_of)
}

/// Whether an instance costs no more of the processor in a large file than in a small one.
fn is_linear(ours: &[(u32, Taken)]) -> bool {
    let each = |(count, taken): &(u32, Taken)| taken.cpu.as_secs_f64() * 1e6 / f64::from(*count);
    let (Some(small), Some(large)) = (ours.first().map(each), ours.last().map(each)) else { return false };
    let growth = large / small;
    let good = growth <= LINEAR;
    let verdict = if good { "linear" } else { "NOT LINEAR" };
    println!(
        "ours per instance: {small:.2} us in the smallest file, {large:.2} us in the largest: {verdict}"
    );
    good
}

fn millis(span: Duration) -> String {
    format!("{:7.1} ms", span.as_secs_f64() * 1e3)
}

/// A file that is removed when dropped.
struct File {
    path: PathBuf,
    octets: usize,
}

impl File {
    /// A fine configuration with `count` instances.
    fn with(count: u32) -> File {
        let mut text = String::new();
        for number in 0..count {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "vrrp_instance VI_{number} {{\n    interface b{}\n    virtual_router_id {}\n    priority 100\n    advert_int 1\n    \
                 virtual_ipaddress {{\n        10.{}.{}.1/24\n    }}\n}}\n",
                number / PER_INTERFACE,
                number % PER_INTERFACE + 1,
                number / 250,
                number % 250,
            );
        }
        let path = std::env::temp_dir().join(format!("keepalived-bench-{}-{count}.conf", std::process::id()));
        if let Err(error) = std::fs::write(&path, &text) {
            panic!("writing {}: {error}", path.display());
        }
        File { path, octets: text.len() }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // What is in the temporary directory goes by itself in the end.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// How long `program` takes for a file. It has to find it fine.
fn judge(netns: &Netns, program: Program, file: &Path) -> Taken {
    let binary = program.binary();
    netns.inside(|| {
        let (before, from) = (children(), Stamp::now());
        let done = Command::new(binary)
            .arg("-t")
            .arg("-f")
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let taken = Taken { wall: Stamp::now().since(from), cpu: children().saturating_sub(before) };
        match done {
            Ok(status) if status.success() => taken,
            other => panic!("{} -t -f {}: {other:?}", binary.display(), file.display()),
        }
    })
}

/// The processor time of all children that have ended.
fn children() -> Duration {
    let of = |time: TimeVal| Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or(0));
    getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_or(Duration::ZERO, |usage| of(usage.user_time()) + of(usage.system_time()))
}
