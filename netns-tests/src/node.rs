//! A node: a host of its own as far as network, /run, /tmp and /etc/keepalived are concerned, and the
//! daemon that runs on it.

use std::fs::{self, File, OpenOptions};
use std::io::{PipeReader, PipeWriter, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::clock::Stamp;
use crate::command;
use crate::netns::{self, Netns, Process};
use crate::packet::Mac;
use crate::subject::Program;
use crate::timeline::NodeIndex;
use crate::wait::{poll_until, secs};

/// The configuration file, as the daemon sees it.
pub const CONFIG: &str = "/etc/keepalived/keepalived.conf";

/// How the daemon is started, as a user would on a console: no fork, log on the console alone, with details.
const DAEMON: [&str; 6] = ["-n", "-l", "-D", "-G", "-f", CONFIG];

/// How long an orderly stop may take: the C program waits one second for the stop scripts.
const STOP: Duration = secs(5);

/// Builds the node's view of the file system and becomes the daemon. Arguments: the node's directory, the
/// binary, and the daemon's arguments. The binary is bound below /run, since /tmp, which may hold it, is
/// covered.
const LAUNCH: &str = r#"
set -e
node=$1; binary=$2; shift 2
if ! [ -d /etc/keepalived ]; then
    cp -a /etc "$node/etc-copy"
    mkdir "$node/etc-copy/keepalived"
    mount --bind "$node/etc-copy" /etc
fi
mkdir -p "$node/run/.program"
: > "$node/run/.program/keepalived"
mount --bind "$binary" "$node/run/.program/keepalived"
mount --bind "$node/etc" /etc/keepalived
mount --rbind "$node/run" /run
mount --bind "$node/tmp" /tmp
if [ -n "$DROPPED" ]; then
    exec setpriv --bounding-set "$DROPPED" --inh-caps "$DROPPED" /run/.program/keepalived "$@"
fi
exec /run/.program/keepalived "$@"
"#;

/// A host of the laboratory.
#[derive(Debug)]
pub struct Node {
    name: String,
    index: NodeIndex,
    program: Program,
    netns: Netns,
    directory: PathBuf,
    daemon: Mutex<Option<Child>>,
    crashed: AtomicBool,
    ran: AtomicBool,
    dropped: Mutex<String>,
}

impl Node {
    pub(crate) fn new(
        name: &str,
        index: NodeIndex,
        program: Program,
        netns: Netns,
        directory: PathBuf,
    ) -> Self {
        for folder in ["etc", "run", "tmp"] {
            if let Err(error) = fs::create_dir_all(directory.join(folder)) {
                panic!("making {}/{folder}: {error}", directory.display());
            }
        }
        Self {
            name: name.to_owned(),
            index,
            program,
            netns,
            directory,
            daemon: Mutex::new(None),
            crashed: AtomicBool::new(false),
            ran: AtomicBool::new(false),
            dropped: Mutex::new(String::new()),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number in the timeline.
    #[must_use]
    pub fn index(&self) -> NodeIndex {
        self.index
    }

    /// Which program it runs.
    #[must_use]
    pub fn program(&self) -> Program {
        self.program
    }

    /// Its network namespace.
    #[must_use]
    pub fn netns(&self) -> &Netns {
        &self.netns
    }

    /// Its own IPv4 address, 10.77.0.1 for the first node.
    #[must_use]
    pub fn ipv4(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, 0, self.octet())
    }

    /// Its own global IPv6 address, fd77::1 for the first node.
    #[must_use]
    pub fn ipv6(&self) -> Ipv6Addr {
        Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, self.octet().into())
    }

    /// Its link-local address, which the kernel forms from the MAC address (RFC 4291 appendix A).
    #[must_use]
    pub fn link_local(&self) -> Ipv6Addr {
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, self.octet().into())
    }

    /// Whether `ip` is one of the node's own addresses.
    #[must_use]
    pub fn is_at(&self, ip: IpAddr) -> bool {
        let own = [IpAddr::V4(self.ipv4()), IpAddr::V6(self.ipv6()), IpAddr::V6(self.link_local())];
        own.contains(&ip)
    }

    /// The MAC address of its eth0.
    #[must_use]
    pub fn mac(&self) -> Mac {
        Mac([2, 0, 0, 0, 0, self.octet()])
    }

    fn octet(&self) -> u8 {
        u8::try_from(self.index + 1).unwrap_or(u8::MAX)
    }

    /// Where on the host the node's file `path` is.
    ///
    /// # Panics
    /// If `path` is not below /etc/keepalived, /run or /tmp, which are all that a node has for itself.
    #[must_use]
    pub fn host_path(&self, path: &str) -> PathBuf {
        let places = [("/etc/keepalived/", "etc"), ("/run/", "run"), ("/tmp/", "tmp")];
        for (inside, outside) in places {
            if let Some(rest) = path.strip_prefix(inside) {
                return self.directory.join(outside).join(rest);
            }
        }
        panic!("{path} is not private to a node: use /etc/keepalived, /run or /tmp");
    }

    /// Writes the node's file `path`.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        if let Err(error) = fs::write(self.host_path(path), text) {
            panic!("writing {path} on {}: {error}", self.name);
        }
    }

    /// Writes a shell script with the lines `body`.
    ///
    /// # Panics
    /// If it cannot be written or made executable.
    pub fn write_script(&self, path: &str, body: &str) {
        self.write(path, &format!("#!/bin/sh\n{body}\n"));
        let mode = fs::Permissions::from_mode(0o755);
        if let Err(error) = fs::set_permissions(self.host_path(path), mode) {
            panic!("making {path} on {} executable: {error}", self.name);
        }
    }

    /// Lets every user write to the node's file `path`.
    ///
    /// # Panics
    /// If there is none.
    pub fn open_to_all(&self, path: &str) {
        if let Err(error) = fs::set_permissions(self.host_path(path), fs::Permissions::from_mode(0o666)) {
            panic!("opening {path} on {} to all: {error}", self.name);
        }
    }

    /// Removes the node's file `path`.
    ///
    /// # Panics
    /// If there is none, or if it cannot be removed.
    pub fn remove_file(&self, path: &str) {
        if let Err(error) = fs::remove_file(self.host_path(path)) {
            panic!("removing {path} on {}: {error}", self.name);
        }
    }

    /// What the kernel of the node believes to be the MAC address of its neighbour `ip`, as text.
    #[must_use]
    pub fn neighbour(&self, ip: IpAddr) -> Option<String> {
        let shown = command::run(&["ip", "-n", self.netns.name(), "neigh", "show", &ip.to_string()]);
        let mut words = shown.split_whitespace();
        words.find(|word| *word == "lladdr")?;
        words.next().map(str::to_owned)
    }

    /// Sends a datagram to the discard port of `ip`, so that the kernel has to find out where that is.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn talk_to(&self, ip: IpAddr) {
        let sent = self.netns.inside(|| {
            let any: IpAddr =
                if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
            std::net::UdpSocket::bind((any, 0)).and_then(|socket| socket.send_to(b"hello", (ip, 9)))
        });
        if let Err(error) = sent {
            panic!("sending to {ip} from {}: {error}", self.name);
        }
    }

    /// Runs `ip` with `arguments` on the node.
    pub fn ip(&self, arguments: &[&str]) {
        let mut argv = vec!["ip", "-n", self.netns.name()];
        argv.extend(arguments);
        let _ = command::run(&argv);
    }

    /// The text of the node's file `path`; empty if there is none.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.host_path(path)).unwrap_or_default()
    }

    /// Whether the node has a file `path`.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.host_path(path).symlink_metadata().is_ok()
    }

    /// Starts the daemon on the configuration `text`.
    ///
    /// # Panics
    /// If it runs already or cannot be started.
    pub fn start(&self, text: &str) -> Stamp {
        self.write(CONFIG, text);
        self.restart()
    }

    /// Starts the daemon again on the configuration that is there.
    ///
    /// The daemon dies with the calling thread, so that not even an aborted test leaves it behind.
    ///
    /// # Panics
    /// If it runs already or cannot be started.
    pub fn restart(&self) -> Stamp {
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(daemon.is_none(), "a daemon runs on {} already", self.name);
        let at = Stamp::now();
        let log = self.open_log();
        let child = self.command(&DAEMON, log).spawn();
        match child {
            Ok(child) => *daemon = Some(child),
            Err(error) => panic!("starting {} on {}: {error}", self.program, self.name),
        }
        self.crashed.store(false, Ordering::Relaxed);
        self.ran.store(true, Ordering::Relaxed);
        at
    }

    /// Starts daemons without these capabilities from now on, for example `net_raw,net_admin`.
    pub fn drop_capabilities(&self, names: &str) {
        let list: Vec<String> = names.split(',').map(|name| format!("-{name}")).collect();
        *self.dropped.lock().unwrap_or_else(PoisonError::into_inner) = list.join(",");
    }

    /// Starts the daemon on the configuration `text` with a console that takes no word more: a full pipe that
    /// is as slow as a terminal with scrolling stopped.
    ///
    /// # Panics
    /// If it runs already or cannot be started.
    pub fn start_with_stuck_console(&self, text: &str) -> StuckConsole {
        self.write(CONFIG, text);
        let made = full_pipe().and_then(|(reader, writer)| {
            let child = self.command(&DAEMON, File::from(OwnedFd::from(writer))).spawn()?;
            Ok((reader, child))
        });
        let (reader, child) = match made {
            Ok(made) => made,
            Err(error) => panic!("starting {} on {} with a full pipe: {error}", self.program, self.name),
        };
        *self.daemon.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        self.ran.store(true, Ordering::Relaxed);
        StuckConsole { _reader: reader }
    }

    /// Runs the daemon with other arguments to its end, and returns its exit status and all it printed.
    ///
    /// # Panics
    /// If it cannot be started or does not end within five seconds.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let path = self.directory.join("output");
        fs::remove_file(&path).ok();
        let output = open(&path);
        let mut child = match self.command(arguments, output).spawn() {
            Ok(child) => child,
            Err(error) => panic!("starting {} on {}: {error}", self.program, self.name),
        };
        let ended = wait_for(&mut child, STOP);
        let printed = fs::read_to_string(&path).unwrap_or_default();
        let Some(status) = ended else {
            netns::signal_all(&self.processes(), Signal::SIGKILL);
            child.wait().ok();
            panic!("{} {arguments:?} did not end within {STOP:?}; it printed:\n{printed}", self.program);
        };
        (status.code(), printed)
    }

    fn command(&self, arguments: &[&str], output: File) -> Command {
        let errors = output.try_clone();
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net={}", self.netns.path().display()))
            .args(["unshare", "--mount", "--propagation", "private"])
            .args(["setpriv", "--pdeathsig", "KILL"])
            .args(["sh", "-c", LAUNCH, "launch"])
            .arg(&self.directory)
            .arg(self.program.binary())
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("RUST_BACKTRACE", "1")
            .env("DROPPED", self.dropped.lock().unwrap_or_else(PoisonError::into_inner).as_str())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors.map_or_else(|_| Stdio::null(), Stdio::from));
        command
    }

    /// Waits until the kernel of the node has a socket for VRRP or AH: from then on the daemon hears.
    ///
    /// # Panics
    /// If there is none within `limit`.
    pub fn expect_listening(&self, limit: Duration) {
        let heard = poll_until(limit, || {
            let tables = self.netns.inside(|| {
                ["raw", "raw6"].map(|table| fs::read_to_string(format!("/proc/thread-self/net/{table}")))
            });
            // The protocol stands where other tables have the port: 0070 is 112, 0033 is 51.
            let has = |table: &str| table.contains(":0070 ") || table.contains(":0033 ");
            tables.iter().flatten().any(|table| has(table)).then_some(())
        });
        assert!(
            heard.is_some(),
            "the daemon on {} does not listen after {limit:?}: {}",
            self.name,
            self.log()
        );
    }

    /// Whether the daemon that was started still runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        daemon.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Waits for the daemon to end by itself, and returns its exit status.
    ///
    /// # Panics
    /// If none was started, or if it does not end within `limit`.
    pub fn expect_exit(&self, limit: Duration) -> Option<i32> {
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(child) = daemon.as_mut() else { panic!("no daemon was started on {}", self.name) };
        let Some(status) = wait_for(child, limit) else {
            panic!("the daemon on {} still runs after {limit:?}", self.name);
        };
        *daemon = None;
        status.code()
    }

    /// Sends `signal` to the daemon's parent process, as `kill PID` and systemd do.
    ///
    /// # Panics
    /// If no daemon runs.
    pub fn signal(&self, signal: Signal) -> Stamp {
        let daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(child) = daemon.as_ref() else { panic!("no daemon was started on {}", self.name) };
        let pid = i32::try_from(child.id()).unwrap_or_default();
        let at = Stamp::now();
        if let Err(error) = kill(Pid::from_raw(pid), signal) {
            panic!("sending {signal} to the daemon on {}: {error}", self.name);
        }
        at
    }

    /// Stops the daemon in order: SIGTERM, then its end with status 0, with no process left.
    ///
    /// # Panics
    /// If it does not stop so.
    pub fn stop(&self) -> Stamp {
        let at = self.signal(Signal::SIGTERM);
        let status = self.expect_exit(STOP);
        assert_eq!(status, Some(0), "exit status of the daemon on {} after SIGTERM", self.name);
        let gone = poll_until(secs(2), || self.processes().is_empty().then_some(()));
        assert!(gone.is_some(), "left on {} after the daemon's end: {:?}", self.name, self.processes());
        at
    }

    /// Ends the daemon like a power cut: all of its processes at once, with nothing said on the wire and
    /// nothing taken back.
    ///
    /// # Panics
    /// If no daemon runs, or if it survives.
    pub fn crash(&self) -> Stamp {
        assert!(self.is_running(), "no daemon runs on {}", self.name);
        let doomed = self.processes();
        let at = Stamp::now();
        if let Err(error) = netns::kill_all(self.netns.name()) {
            panic!("{error}");
        }
        self.kill_starting();
        let _ = self.expect_exit(STOP);
        // The C program takes the process id of a dead child that nobody has reaped for a running daemon.
        let gone = poll_until(STOP, || doomed.iter().all(Process::is_gone).then_some(()));
        assert!(gone.is_some(), "dead, but not gone from {}: {doomed:?}", self.name);
        self.crashed.store(true, Ordering::Relaxed);
        at
    }

    /// Whether a daemon was ever started on it.
    #[must_use]
    pub fn runs_daemons(&self) -> bool {
        self.ran.load(Ordering::Relaxed)
    }

    /// Whether the last daemon had no chance to tidy up.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.crashed.load(Ordering::Relaxed)
    }

    /// The processes of the daemon, its parent process and what that has started.
    ///
    /// # Panics
    /// If no daemon runs.
    #[must_use]
    pub fn family(&self) -> (Process, Vec<Process>) {
        let daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(child) = daemon.as_ref() else { panic!("no daemon was started on {}", self.name) };
        let pid = i32::try_from(child.id()).unwrap_or_default();
        let (mut parent, children): (Vec<_>, Vec<_>) =
            self.processes().into_iter().partition(|process| process.pid == pid);
        match parent.pop() {
            Some(parent) => (parent, children),
            None => panic!("the daemon on {} has ended", self.name),
        }
    }

    /// Stops the daemon from running on (SIGSTOP) or lets it go on (SIGCONT), all of its processes.
    pub fn signal_all(&self, signal: Signal) -> Stamp {
        let at = Stamp::now();
        netns::signal_all(&self.processes(), signal);
        at
    }

    /// The processes on the node.
    #[must_use]
    pub fn processes(&self) -> Vec<Process> {
        self.netns.processes()
    }

    /// What the daemon has printed. For people to read after a failure; what a test believes comes from the
    /// kernel, the wire or a file that a script wrote.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    fn open_log(&self) -> File {
        open(&self.directory.join("log"))
    }

    /// Kills a daemon that has not entered the namespace yet, where [`netns::kill_all`] would find it.
    fn kill_starting(&self) {
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = daemon.as_mut() {
            // The one error is that it has ended and was waited for.
            child.kill().ok();
        }
    }

    pub(crate) fn remove(&mut self) -> Result<(), String> {
        self.kill_starting();
        let removed = self.netns.remove();
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut child) = daemon.take() {
            child.wait().map_err(|error| format!("waiting for the daemon of {}: {error}", self.name))?;
        }
        removed
    }
}

/// A console that does not move until it is dropped.
#[derive(Debug)]
pub struct StuckConsole {
    _reader: PipeReader,
}

/// A pipe into which nothing more goes.
fn full_pipe() -> std::io::Result<(PipeReader, PipeWriter)> {
    let (reader, mut writer) = std::io::pipe()?;
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    while writer.write(&[b'\n'; 4096]).is_ok() {}
    while writer.write(b"\n").is_ok() {}
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::empty()))?;
    Ok((reader, writer))
}

fn open(path: &Path) -> File {
    match OpenOptions::new().create(true).append(true).open(path) {
        Ok(file) => file,
        Err(error) => panic!("opening {}: {error}", path.display()),
    }
}

fn wait_for(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    poll_until(limit, || child.try_wait().ok().flatten())
}
