//! A stage on which a daemon plays a scenario while everything it tells is taken down.
//!
//! The two programs play the same scenario on stages of their own: same configuration, same events, the next
//! event as soon as the reaction to the last one is complete. So their transcripts can be compared.

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::clock::Stamp;
use crate::lab::Lab;
use crate::node::Node;
use crate::transcript::{Call, Transcript, in_order_of_start};
use crate::wait::{millis, poll_until, secs};

/// The FIFO that a configuration on a stage names, see [`globals`].
pub const FIFO: &str = "/run/vrrp.fifo";

/// Where the recording script writes.
const CALLS: &str = "/run/calls";

/// The script that writes down how it is called: in one write, so that lines of others do not get between.
const RECORDER: &str = "/etc/keepalived/record.sh";

/// How long a reaction may take to come.
const PATIENCE: Duration = secs(12);

/// How long nothing more has to come until a reaction counts as complete.
const QUIET: Duration = millis(250);

/// How long it may take until it is quiet.
const UNREST: Duration = secs(10);

/// `global_defs` of a configuration on a stage, with the lines `more`.
#[must_use]
pub fn globals(more: &str) -> String {
    format!(
        "global_defs {{\n    router_id stage\n    script_user root\n    vrrp_notify_fifo {FIFO}\n    {more}\n}}\n"
    )
}

/// An instance of version 3 on eth0, all of whose scripts are recorded, with the lines `more`. Its address is
/// 10.77.1.VRID.
#[must_use]
pub fn instance(name: &str, vrid: u8, priority: u8, more: &str) -> String {
    instance_on("eth0", name, vrid, priority, more)
}

/// As [`instance`], on another interface. Only adverts on eth0 are taken down.
#[must_use]
pub fn instance_on(interface: &str, name: &str, vrid: u8, priority: u8, more: &str) -> String {
    let hooks = hooks(name);
    format!(
        "vrrp_instance {name} {{\n    interface {interface}\n    virtual_router_id {vrid}\n    version 3\n    \
         priority {priority}\n    advert_int 0.3\n{hooks}    virtual_ipaddress {{\n        10.77.1.{vrid}/24\n    }}\n    \
         {more}\n}}\n"
    )
}

/// A sync group all of whose scripts are recorded, with the lines `more`.
#[must_use]
pub fn group(name: &str, members: &[&str], more: &str) -> String {
    let (hooks, members) = (hooks(name), members.join("\n        "));
    format!("vrrp_sync_group {name} {{\n    group {{\n        {members}\n    }}\n{hooks}    {more}\n}}\n")
}

/// The lines that let every script about `name` be recorded.
fn hooks(name: &str) -> String {
    let states = ["notify_master", "notify_backup", "notify_fault", "notify_stop"];
    let line = |keyword: &&str| format!("    {keyword} \"{RECORDER} {name} {keyword}\"\n");
    states.iter().chain(&["notify"]).map(line).collect()
}

/// What a reaction ends with.
#[derive(Clone, Debug)]
pub enum Cue {
    /// This line comes out of the FIFO.
    Line(String),
    /// An advert with this VRID and priority.
    Advert(u8, u8),
    /// The node's file has at least so many lines.
    Lines(&'static str, usize),
}

/// That the FIFO says about an instance that it is in `state`.
#[must_use]
pub fn says(name: &str, state: &str, priority: u8) -> Cue {
    Cue::Line(format!("INSTANCE \"{name}\" {state} {priority}"))
}

/// That the FIFO says about a sync group that it is in `state`.
#[must_use]
pub fn group_says(name: &str, state: &str) -> Cue {
    Cue::Line(format!("GROUP \"{name}\" {state} 0"))
}

/// That VRID `vrid` is advertised with `priority`.
#[must_use]
pub fn advertises(vrid: u8, priority: u8) -> Cue {
    Cue::Advert(vrid, priority)
}

impl fmt::Display for Cue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "the line {line}"),
            Self::Advert(vrid, priority) => write!(f, "an advert of VRID {vrid} with priority {priority}"),
            Self::Lines(path, count) => write!(f, "{count} lines in {path}"),
        }
    }
}

/// A cue that did not come: the play is over, and the transcript says so.
#[derive(Debug)]
pub struct Stuck;

/// How a play ends.
pub type Played = Result<(), Stuck>;

/// The stage: node `a` of a laboratory, with a FIFO and a recording script.
#[derive(Debug)]
pub struct Stage<'a> {
    lab: &'a Lab,
    fifo: RefCell<Fifo>,
    began: Stamp,
    transcript: RefCell<Transcript>,
    taken_down: RefCell<usize>,
}

/// The reading end of the FIFO and what it has read.
#[derive(Debug)]
struct Fifo {
    file: File,
    text: String,
    taken_down: usize,
}

impl<'a> Stage<'a> {
    /// Prepares node `a`.
    ///
    /// # Panics
    /// If its FIFO cannot be made.
    #[must_use]
    pub fn new(lab: &'a Lab) -> Self {
        let a = lab.node("a");
        a.write_script(RECORDER, &format!("IFS='|'; printf '%s\\n' \"$$|$*\" >> {CALLS}"));
        let path = a.host_path(FIFO);
        let opened =
            mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).map_err(std::io::Error::from).and_then(|()| {
                // With a writer of its own the reader never sees an end, also between two daemons.
                File::options().read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&path)
            });
        let file = opened.unwrap_or_else(|error| panic!("making {}: {error}", path.display()));
        let fifo = RefCell::new(Fifo { file, text: String::new(), taken_down: 0 });
        let (transcript, taken_down) = (RefCell::default(), RefCell::new(0));
        Self { lab, fifo, began: Stamp::now(), transcript, taken_down }
    }

    /// The laboratory.
    #[must_use]
    pub fn lab(&self) -> &'a Lab {
        self.lab
    }

    /// The node whose daemon is on the stage.
    #[must_use]
    pub fn a(&self) -> &'a Node {
        self.lab.node("a")
    }

    /// Starts the daemon on `conf`, and waits for `cues`.
    ///
    /// # Errors
    /// If one of them does not come.
    pub fn start(&self, conf: &str, cues: &[Cue]) -> Played {
        self.event("the daemon starts", || self.a().start(conf), cues)
    }

    /// Stops the daemon in order.
    pub fn stop(&self) {
        self.mark("the daemon stops");
        self.a().stop();
        self.take_down();
    }

    /// Lets something happen, and waits for `cues` in any order, and until the reaction is complete.
    ///
    /// # Errors
    /// If one of the cues does not come.
    pub fn event<T>(&self, what: &str, action: impl FnOnce() -> T, cues: &[Cue]) -> Played {
        self.mark(what);
        let from = Stamp::now();
        let _ = action();
        for cue in cues {
            if poll_until(PATIENCE, || self.has_come(cue, from).then_some(())).is_none() {
                self.settle();
                self.take_down();
                self.mark(&format!("not seen within {PATIENCE:?}: {cue}"));
                return Err(Stuck);
            }
        }
        self.settle();
        self.take_down();
        Ok(())
    }

    /// Waits until nothing is told any more, for plays that end with a daemon that is not stopped.
    pub fn settle(&self) {
        let mut last = (self.told(), Stamp::now());
        let quiet = poll_until(UNREST, || {
            let now = self.told();
            if now != last.0 || self.records() {
                last = (now, Stamp::now());
            }
            (Stamp::now().since(last.1) >= QUIET).then_some(())
        });
        if quiet.is_none() {
            self.transcript.borrow_mut().fifo.push(format!("# no rest within {UNREST:?}"));
        }
    }

    fn mark(&self, what: &str) {
        self.transcript.borrow_mut().mark(what);
    }

    fn has_come(&self, cue: &Cue, from: Stamp) -> bool {
        match cue {
            Cue::Line(line) => self.new_lines().contains(line),
            Cue::Advert(vrid, priority) => self.lab.ask(|timeline| {
                timeline
                    .adverts(self.a().index(), from..)
                    .any(|(_, advert)| (advert.vrid, advert.priority) == (*vrid, *priority))
            }),
            Cue::Lines(path, count) => self.a().read(path).lines().count() >= *count,
        }
    }

    /// The lines of the FIFO since the last event.
    fn new_lines(&self) -> Vec<String> {
        let mut fifo = self.fifo.borrow_mut();
        fifo.read();
        fifo.text.lines().skip(fifo.taken_down).map(str::to_owned).collect()
    }

    /// How much was told so far.
    fn told(&self) -> (usize, usize) {
        let mut fifo = self.fifo.borrow_mut();
        fifo.read();
        (fifo.text.len(), self.a().read(CALLS).len())
    }

    /// Whether a recording script still runs.
    fn records(&self) -> bool {
        self.a().processes().iter().any(|process| process.command.contains(RECORDER))
    }

    /// Moves what was told since the last event into the transcript.
    fn take_down(&self) {
        let lines = self.new_lines();
        self.fifo.borrow_mut().taken_down += lines.len();
        let mut transcript = self.transcript.borrow_mut();
        transcript.fifo.extend(lines);
        let text = self.a().read(CALLS);
        let mut taken_down = self.taken_down.borrow_mut();
        let lines: Vec<&str> = text.lines().skip(*taken_down).collect();
        *taken_down += lines.len();
        let mut calls: Vec<Call> = lines.iter().filter_map(|line| Call::parse(line)).collect();
        assert_eq!(calls.len(), lines.len(), "not every line is a call: {lines:?}");
        in_order_of_start(&mut calls, pid_max());
        for call in calls {
            transcript.push_call(call);
        }
    }

    /// Ends the play: stops the daemon if it still runs, and hands the transcript over.
    #[must_use]
    pub fn close(self) -> Transcript {
        if self.a().is_running() {
            self.stop();
        }
        let adverts = self.lab.adverts("a", self.began, Stamp::now());
        let mut transcript = self.transcript.into_inner();
        for (_, advert) in adverts {
            let priorities = transcript.priorities.entry(advert.vrid).or_default();
            if priorities.last() != Some(&advert.priority) {
                priorities.push(advert.priority);
            }
        }
        transcript
    }
}

impl Fifo {
    /// Reads what there is.
    fn read(&mut self) {
        let mut space = [0; 4096];
        // An error is EAGAIN: there is nothing (more).
        while let Ok(length) = self.file.read(&mut space) {
            let Some(bytes) = space.get(..length).filter(|bytes| !bytes.is_empty()) else { return };
            self.text.push_str(&String::from_utf8_lossy(bytes));
        }
    }
}

/// Where process ids begin anew.
fn pid_max() -> u32 {
    let text = std::fs::read_to_string("/proc/sys/kernel/pid_max").unwrap_or_default();
    text.trim().parse().unwrap_or(1 << 22)
}
