//! How long a configuration test takes.
//!
//! The files are fine. Both programs judge each file in turn, several times over, in a namespace that has the
//! interfaces.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::figures::{Goal, Report, Samples};
use super::{Plan, ms};
use crate::clock::Stamp;
use crate::command;
use crate::netns::{LabName, Netns, settle_in};
use crate::subject::Program;

/// How many instances the files have, and which part of the time of the C program ours may take.
const SIZES: [(u32, Goal); 4] = [
    (1000, Goal::None),
    (2000, Goal::None),
    (4000, Goal::Share(1.0 / 3.0)),
    (10_000, Goal::Share(1.0 / 8.0)),
];

/// How many instances share an interface: as many as there are numbers.
const PER_INTERFACE: u32 = 255;

/// How many virtual servers a large file of services has, and how many real ones each of them.
const SERVICES: (u32, u32) = (2284, 16);

/// Measures all files.
pub fn run(plan: &Plan, report: &mut Report) {
    settle_in();
    let netns = Netns::create(LabName::fresh().part("bench"));
    let interfaces = SIZES.iter().map(|(count, _)| count.div_ceil(PER_INTERFACE)).max().unwrap_or(0);
    for number in (0..interfaces).step_by(2) {
        ip(netns.name(), &format!("link add b{number} type veth peer name b{}", number + 1));
        ip(netns.name(), &format!("link set b{number} up"));
        ip(netns.name(), &format!("link set b{} up", number + 1));
    }
    let rounds = plan.number(7, 2);
    let mut each = Vec::new();
    for (count, goal) in SIZES {
        let file = File::with(&format!("{count}-instances"), &instances(count));
        let [both] = plan.rounds(rounds, |program| [vec![judge(&netns, program, &file.path)]]).figures();
        each.extend(both.0.median().map(|median| median * 1e3 / f64::from(count)));
        report.add(format!("{count} instances, {} kB", file.octets / 1000), "ms", both, goal);
    }
    if let (Some(small), Some(large)) = (each.first(), each.last()) {
        let growth = (Samples::new(vec![large / small]), Samples::default());
        report.add("an instance of the largest against the smallest file", "", growth, Goal::Median(1.5));
    }
    let file = File::with("services", &services());
    let [both] = plan.rounds(rounds, |program| [vec![judge(&netns, program, &file.path)]]).figures();
    let (servers, real) = SERVICES;
    let name = format!("{servers} virtual servers with {real} real ones, {} kB", file.octets / 1000);
    report.add(name, "ms", both, Goal::Share(1.0 / 3.0));
}

fn ip(namespace: &str, words: &str) {
    let _ = command::run(&["ip", "-n", namespace].into_iter().chain(words.split(' ')).collect::<Vec<_>>());
}

fn instances(count: u32) -> String {
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
    text
}

fn services() -> String {
    let (servers, real) = SERVICES;
    let mut text = String::new();
    for server in 0..servers {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "virtual_server 10.1.{}.{} 80 {{\n    delay_loop 6\n    lb_algo wrr\n    lb_kind NAT\n    protocol TCP",
            server / 250,
            server % 250 + 1
        );
        for number in 0..real {
            let _ = writeln!(
                text,
                "    real_server 10.{}.{}.{} 80 {{\n        weight 1\n        TCP_CHECK {{\n            connect_timeout 3\n        }}\n    }}",
                number + 2,
                server / 250,
                server % 250 + 1
            );
        }
        text.push_str("}\n");
    }
    text
}

/// A file that is removed when dropped.
struct File {
    path: PathBuf,
    octets: usize,
}

impl File {
    fn with(name: &str, text: &str) -> File {
        let path = std::env::temp_dir().join(format!("keepalived-bench-{}-{name}.conf", std::process::id()));
        if let Err(error) = std::fs::write(&path, text) {
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

/// How long `program` takes for a file, in milliseconds. It has to find it fine.
fn judge(netns: &Netns, program: Program, file: &Path) -> f64 {
    let binary = program.binary();
    netns.inside(|| {
        let from = Stamp::now();
        let mut command = Command::new(binary);
        let done = command.arg("-t").arg("-f").arg(file).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let taken = Stamp::now().since(from);
        match done {
            Ok(status) if status.success() => ms(taken),
            other => panic!("{} -t -f {}: {other:?}", binary.display(), file.display()),
        }
    })
}
