//! What keepalived makes of the kernel's configuration, compared between the two programs.
//!
//! Each file of `tests/kernel` is a configuration that makes its host master. The state of the kernel while it is master
//! has to be the same with both programs; after ours has stopped it has to be what it was before, also when it was killed
//! with all of its processes and started again in between. `KA_KERNEL=WORD` plays only files whose name has WORD in it.
//!
//! Lines of a file that begin with `#!` say more:
//!
//! | line | meaning |
//! |---|---|
//! | `#! wait ADDRESS` | it is master when it has this address (10.77.0.100 if nothing is said) |
//! | `#! second` | the host has a second interface, eth1, with 10.78.0.1/24 and fd78::1/64 |
//! | `#! before COMMAND` | run with sh(1) in the host's namespace before anything else |
//! | `#! differs TEXT because REASON` | a difference whose line has TEXT in it is meant |

#![expect(clippy::panic, reason = "a test ends where it finds a fault")]

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use netns_tests::command;
use netns_tests::prelude::*;
use netns_tests::state::State;

/// How many configurations are played at a time.
const AT_ONCE: usize = 4;
/// How long becoming master may take.
const PATIENCE: Duration = secs(12);
/// How long after its address the rest may come: routes, rules, and settings.
const REST: Duration = millis(700);

/// A configuration and what is said of it.
struct Case {
    name: String,
    conf: String,
    wait: IpAddr,
    second: bool,
    before: Vec<String>,
    meant: Vec<String>,
}

impl Case {
    fn read(path: &Path) -> Case {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let conf = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut case =
            Case { name, wait: VIP4.into(), second: false, before: Vec::new(), meant: Vec::new(), conf };
        for line in case.conf.clone().lines().filter_map(|line| line.strip_prefix("#! ")) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "wait" => case.wait = rest.parse().unwrap_or_else(|error| panic!("{}: {error}", case.name)),
                "second" => case.second = true,
                "before" => case.before.push(rest.to_owned()),
                "differs" => case.meant.push(reasoned(rest, &case.name)),
                _ => panic!("{}: `#! {line}` says nothing", case.name),
            }
        }
        case
    }

    /// A host with everything that the configuration needs.
    fn lab(&self, program: Program) -> Lab {
        let lab = Lab::new(&format!("kernel {}", self.name), &[("a", program), ("x", program)]);
        let netns = lab.node("a").netns().name();
        if self.second {
            let _ = lab.second_link("a");
            let added = "ip link set dev eth1 address 02:00:00:00:01:01; ip address add 10.78.0.1/24 dev eth1; ip address add fd78::1/64 dev eth1 nodad";
            let _ = command::run(&["ip", "netns", "exec", netns, "sh", "-ec", added]);
        }
        for line in &self.before {
            let _ = command::run(&["ip", "netns", "exec", netns, "sh", "-ec", line]);
        }
        lab
    }

    fn await_master(&self, lab: &Lab) {
        lab.expect_owner("a", self.wait).within(PATIENCE);
        pause(REST);
    }

    /// The state while `program` is master.
    fn theirs(&self) -> State {
        let lab = self.lab(Program::Theirs);
        let node = lab.node("a");
        node.start(&self.conf);
        self.await_master(&lab);
        let master = State::of(node);
        node.stop();
        master
    }

    /// The state while ours is master, and what is left of it otherwise.
    fn ours(&self) -> (State, Vec<String>) {
        let lab = self.lab(Program::Ours);
        let node = lab.node("a");
        let before = State::of(node);
        node.start(&self.conf);
        self.await_master(&lab);
        let master = State::of(node);
        node.stop();
        let mut faults = left("after its end", &before, &State::of(node));
        node.restart();
        self.await_master(&lab);
        let killed = node.crash();
        node.restart();
        lab.expect_gain("a", self.wait, killed).within(PATIENCE);
        pause(REST);
        let again = master.difference(&State::of(node));
        faults.extend(again.into_iter().map(|line| format!("after being killed and started: {line}")));
        node.stop();
        faults.extend(left("after being killed, started and its end", &before, &State::of(node)));
        (master, faults)
    }

    fn play(&self) -> Vec<String> {
        let theirs = self.theirs();
        let (ours, mut faults) = self.ours();
        let made = format!("{}: {} routes and rules of keepalived\n", self.name, ours.made());
        print(&made);
        let found = theirs.difference(&ours);
        for meant in &self.meant {
            if !found.iter().any(|line| line.contains(meant)) {
                faults.push(format!("no difference has `{meant}` in it any more"));
            }
        }
        let others = found.into_iter().filter(|line| !self.meant.iter().any(|meant| line.contains(meant)));
        faults.extend(others.map(|line| format!("as master (theirs -, ours +): {line}")));
        faults
    }
}

#[expect(clippy::print_stdout, reason = "how much was compared is worth knowing")]
fn print(text: &str) {
    print!("{text}");
}

/// The text of `TEXT because REASON`.
fn reasoned(rest: &str, name: &str) -> String {
    match rest.split_once(" because ") {
        Some((text, _)) => text.to_owned(),
        None => panic!("{name}: a difference needs a reason: `{rest}`"),
    }
}

fn left(when: &str, before: &State, after: &State) -> Vec<String> {
    before.difference(after).into_iter().map(|line| format!("{when}: {line}")).collect()
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernel");
    let wanted = std::env::var("KA_KERNEL").unwrap_or_default();
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "conf"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem.to_string_lossy().contains(&wanted)))
        .collect();
    files.sort();
    files
}

#[test]
fn the_kernel_is_left_as_the_c_program_would_have_it() {
    let files = files();
    assert!(!files.is_empty(), "nothing to compare");
    let waiting = Mutex::new(files.iter());
    let next = || waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(path) = next() {
                    let case = Case::read(path);
                    let played = std::panic::catch_unwind(|| case.play());
                    let found = played.unwrap_or_else(|_| vec!["it could not be played, see above".into()]);
                    let mut faults = faults.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    faults.extend(found.into_iter().map(|line| format!("{}: {line}", case.name)));
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    println!("{} configurations compared", files.len());
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}
