//! Network namespaces: names that tell their owner, threads and processes inside, removal, and the removal
//! of what a killed run has left.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::sched::{CloneFlags, setns};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use crate::command;
use crate::wait::{poll_until, secs};

/// Every namespace and directory of a laboratory begins with this word.
const MARK: &str = "kalab";

/// Where iproute2 keeps named namespaces.
const NAMED: &str = "/run/netns";

/// The name of one laboratory: the process that owns it and a number within that process.
///
/// The start time of the process is part of it, since process ids come round again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabName {
    owner: i32,
    started: u64,
    number: u32,
}

impl LabName {
    /// A name that no laboratory of this or another process has.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a process can always read its own /proc/self/stat")]
    pub fn fresh() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let owner = Pid::this().as_raw();
        let started = start_time(owner).expect("start time of this process");
        Self { owner, started, number: NUMBER.fetch_add(1, Ordering::Relaxed) }
    }

    /// The name of the part of the laboratory called `part`.
    #[must_use]
    pub fn part(&self, part: &str) -> String {
        format!("{MARK}-{}-{}-{}-{part}", self.owner, self.started, self.number)
    }

    /// A name for a process on the node with the number `node`, at most 15 characters with two letters `of`.
    #[must_use]
    pub fn process_name(&self, of: &str, node: usize) -> String {
        let letter = char::from(b'a' + u8::try_from(node).unwrap_or_default() % 26);
        format!("{of}{}{letter}{}", self.owner, self.number)
    }

    /// The laboratory that a namespace or directory called `name` belongs to, if it is one of ours.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let mut fields = name.split('-');
        if fields.next() != Some(MARK) {
            return None;
        }
        let owner = fields.next()?.parse().ok()?;
        let started = fields.next()?.parse().ok()?;
        let number = fields.next()?.parse().ok()?;
        Some(Self { owner, started, number })
    }

    /// Whether the process that made the laboratory still runs.
    #[must_use]
    pub fn owner_lives(&self) -> bool {
        start_time(self.owner) == Some(self.started)
    }
}

/// When process `pid` was started, in clock ticks since boot (proc(5), field 22 of stat).
fn start_time(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces and parentheses itself.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(19)?.parse().ok()
}

/// A named network namespace, removed with everything that runs in it when dropped.
#[derive(Debug)]
pub struct Netns {
    name: String,
    removed: bool,
}

impl Netns {
    /// Makes the namespace and brings its loopback interface up.
    #[must_use]
    pub fn create(name: String) -> Self {
        let _ = command::run(&["ip", "netns", "add", &name]);
        let netns = Self { name, removed: false };
        let _ = command::run(&["ip", "-n", &netns.name, "link", "set", "lo", "up"]);
        netns
    }

    /// The name, as `ip netns` shows it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that stands for the namespace.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        path_of(&self.name)
    }

    /// Runs `work` on a thread that is inside. Sockets made there stay there.
    ///
    /// # Panics
    /// If the namespace cannot be entered, or if `work` panics.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let path = self.path();
        let result = std::thread::scope(|scope| {
            let worker = scope.spawn(move || {
                let entered = File::open(&path)
                    .map_err(|error| error.to_string())
                    .and_then(|file| setns(file, CloneFlags::CLONE_NEWNET).map_err(|e| e.to_string()));
                match entered {
                    Ok(()) => work(),
                    Err(error) => panic!("entering {}: {error} (are you root?)", path.display()),
                }
            });
            worker.join()
        });
        match result {
            Ok(value) => value,
            Err(cause) => std::panic::resume_unwind(cause),
        }
    }

    /// Sets a sysctl of the namespace, named by its path below /proc/sys.
    ///
    /// # Panics
    /// With the path and the error, if it cannot be set.
    pub fn sysctl(&self, path: &str, value: &str) {
        let file = Path::new("/proc/sys").join(path);
        let written = self.inside(|| fs::write(&file, value));
        if let Err(error) = written {
            panic!("writing {value} to {} in {}: {error}", file.display(), self.name);
        }
    }

    /// The processes that run inside.
    #[must_use]
    pub fn processes(&self) -> Vec<Process> {
        processes_in(&self.name)
    }

    /// Ends what runs inside and removes the namespace.
    ///
    /// # Errors
    /// What is still there, if something is.
    pub fn remove(&mut self) -> Result<(), String> {
        if self.removed {
            return Ok(());
        }
        self.removed = true;
        remove(&self.name)
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            assert!(std::thread::panicking(), "{error}");
        }
    }
}

/// A process found in a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: i32,
    /// Its command line, or its name in brackets if it has none.
    pub command: String,
}

impl Process {
    /// Sends it `signal`; that it is gone already is no error.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid), signal).ok();
    }

    /// The process that started it, if it still runs.
    #[must_use]
    pub fn parent(&self) -> Option<i32> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
    }

    /// Whether it is gone for good. If it is dead and ours to reap, it is reaped.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        // The one error is that it is not, or no more, a child of this process.
        waitpid(Pid::from_raw(self.pid), Some(WaitPidFlag::WNOHANG)).ok();
        !Path::new("/proc").join(self.pid.to_string()).exists()
    }
}

fn path_of(name: &str) -> PathBuf {
    Path::new(NAMED).join(name)
}

/// The processes whose network namespace is the one called `name`; none if there is no such namespace.
fn processes_in(name: &str) -> Vec<Process> {
    let Ok(wanted) = fs::metadata(path_of(name)) else { return Vec::new() };
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let inside = pids.filter(|pid| {
        fs::metadata(format!("/proc/{pid}/ns/net"))
            .is_ok_and(|found| found.ino() == wanted.ino() && found.dev() == wanted.dev())
    });
    let mut found: Vec<Process> = inside
        .map(|pid| {
            let raw = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&raw).replace('\0', " ").trim().to_owned();
            Process { pid, command }
        })
        .collect();
    found.sort_by_key(|process| process.pid);
    found
}

/// Sends `signal` to every one of `processes`; one that is gone already is no error.
pub(crate) fn signal_all(processes: &[Process], signal: Signal) {
    for process in processes {
        process.signal(signal);
    }
}

/// Kills whatever runs in the namespace `name`, as a power cut would: nobody gets to react to the death of
/// another.
pub(crate) fn kill_all(name: &str) -> Result<(), String> {
    let gone = poll_until(secs(10), || {
        let running = processes_in(name);
        if running.is_empty() {
            return Some(());
        }
        signal_all(&running, Signal::SIGSTOP);
        signal_all(&running, Signal::SIGKILL);
        None
    });
    gone.ok_or_else(|| format!("processes outlive SIGKILL in {name}: {:?}", processes_in(name)))
}

fn remove(name: &str) -> Result<(), String> {
    let killed = kill_all(name);
    let deleted = command::try_run(&["ip", "netns", "delete", name], "");
    match (killed, deleted) {
        (Ok(()), Ok(_)) => Ok(()),
        (Err(error), _) => Err(error),
        (_, Err(error)) => Err(error.to_string()),
    }
}

/// Once in the life of this process: makes it the parent of what its daemons leave behind, so that it can be
/// reaped here, and removes what laboratories of dead processes have left.
pub fn settle_in() {
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        // Without it orphans go to init, which reaps them in its own time.
        prctl::set_child_subreaper(true).ok();
        let _ = sweep();
    });
}

/// Removes the namespaces and directories of laboratories whose owner is dead, and says which.
///
/// Two runs may sweep at the same moment: what the other one has removed meanwhile is no error.
#[must_use]
pub fn sweep() -> Vec<String> {
    let abandoned = |folder: &Path| -> Vec<String> {
        let names = fs::read_dir(folder).into_iter().flatten().flatten();
        names
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| LabName::of(name).is_some_and(|lab| !lab.owner_lives()))
            .collect()
    };
    let mut swept = abandoned(Path::new(NAMED));
    for name in &swept {
        remove(name).ok();
    }
    for name in abandoned(&lab_directories()) {
        fs::remove_dir_all(lab_directories().join(&name)).ok();
        swept.push(name);
    }
    swept
}

/// Where the directories of laboratories are made.
#[must_use]
pub fn lab_directories() -> PathBuf {
    std::env::temp_dir()
}

/// How long the kernel may take to settle an address or a link that was just made.
pub(crate) const SETTLE: Duration = secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_owner() {
        let name = LabName::fresh();
        assert_eq!(LabName::of(&name.part("a")), Some(name.clone()));
        assert!(name.owner_lives());
        assert_ne!(LabName::fresh(), name);
    }

    #[test]
    fn a_process_id_that_came_round_again_is_not_the_owner() {
        let name = LabName { owner: Pid::this().as_raw(), started: 1, number: 1 };
        assert!(!name.owner_lives());
    }

    #[test]
    fn foreign_names_are_left_alone() {
        for name in ["kalab", "kalab-1", "kalab-x-1-1-a", "other-1-1-1-a", "kalabs-1-1-1-a"] {
            assert_eq!(LabName::of(name), None, "{name}");
        }
    }
}
