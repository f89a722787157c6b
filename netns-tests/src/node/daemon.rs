//! The daemon of a node: started, signalled, stopped, made to crash.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{PipeReader, PipeWriter, Write as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{CONFIG, Node};
use crate::clock::Stamp;
use crate::command;
use crate::netns::{self, Process};
use crate::wait::{poll_until, secs};

/// How the daemon is started, as a user would on a console: no fork, log on the console alone, with details.
const DAEMON: [&str; 6] = ["-n", "-l", "-D", "-G", "-f", CONFIG];

/// Where the program is on a node, see [`Node::install_program`].
pub const PROGRAM: &str = "/run/.program/keepalived";

/// How long an orderly stop may take: the C program waits one second for the stop scripts, and five for a child
/// that takes its time.
const STOP: Duration = secs(10);

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
if [ -n "${COPIED-}" ]; then
    test -s "$node/run/.program/keepalived" || cp "$binary" "$node/run/.program/keepalived"
    chmod 755 "$node/run/.program/keepalived"
else
    : > "$node/run/.program/keepalived"
    mount --bind "$binary" "$node/run/.program/keepalived"
fi
mount --bind "$node/etc" /etc/keepalived
if [ -n "${ENTERS-}" ]; then
    mkdir -p "$node/run/netns"
    mount --rbind /run/netns "$node/run/netns"
    set -- "$@" --namespace="$ENTERS"
fi
mount --rbind "$node/run" /run
mount --bind "$node/tmp" /tmp
if [ -n "${LOG_DAEMON-}" ]; then
    mkdir -p "$node/dev"
    mount -t tmpfs none "$node/dev"
    for device in null zero random urandom; do
        : > "$node/dev/$device"
        mount --bind "/dev/$device" "$node/dev/$device"
    done
    ln -s "$LOG_DAEMON" "$node/dev/log"
    mount --rbind "$node/dev" /dev
fi
if [ -n "${READ_ONLY-}" ]; then
    for place in / /etc /etc/keepalived /tmp; do
        if mountpoint -q "$place"; then mount -o remount,bind,ro "$place"; fi
    done
fi
set -- /run/.program/keepalived "$@"
if [ -n "${DROPPED-}" ]; then
    set -- setpriv --bounding-set "$DROPPED" --inh-caps "$DROPPED" "$@"
fi
if [ -n "${FIRST-}" ]; then
    set -- unshare --pid --fork --kill-child --mount-proc "$@"
fi
exec "$@"
"#;

impl Node {
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
        self.restart_with(&[])
    }

    /// Starts the daemon again with these arguments besides.
    ///
    /// # Panics
    /// If it runs already or cannot be started.
    pub fn restart_with(&self, further: &[&str]) -> Stamp {
        self.launch(&[&DAEMON, further].concat())
    }

    /// Starts the daemon with these arguments and no others.
    ///
    /// # Panics
    /// If it runs already or cannot be started.
    pub fn launch(&self, arguments: &[&str]) -> Stamp {
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(daemon.is_none(), "a daemon runs on {} already", self.name);
        let at = Stamp::now();
        let log = self.open_log();
        let child = self.command(arguments, log).spawn();
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
        self.set_environment("DROPPED", list.join(","));
    }

    /// Starts daemons with no other capabilities than these from now on.
    pub fn keep_capabilities(&self, names: &str) {
        let list: Vec<String> = names.split(',').map(|name| format!("+{name}")).collect();
        self.set_environment("DROPPED", format!("-all,{}", list.join(",")));
    }

    /// Starts daemons as process 1 of a PID namespace from now on, as containers do.
    pub fn contain(&self) {
        self.set_environment("FIRST", "1".to_owned());
    }

    /// Starts daemons in the namespace of the host from now on, and lets them enter the node's on their own
    /// (`--namespace`). The C program has to: only there does the kernel tell of processes.
    pub fn let_daemon_enter(&self) {
        self.set_environment("ENTERS", self.netns.name().to_owned());
    }

    /// Starts daemons as a service manager would from now on (sd_notify(3)).
    ///
    /// # Panics
    /// If its socket cannot be made.
    #[must_use]
    pub fn manage_service(&self) -> ServiceManager {
        let path = "/run/service-manager";
        self.set_environment("NOTIFY_SOCKET", path.to_owned());
        ServiceManager { socket: self.bind(path) }
    }

    /// Lets the service manager of daemons that are started from now on want a sign of life within `limit`.
    pub fn watch_service(&self, limit: Duration) {
        self.set_environment("WATCHDOG_USEC", limit.as_micros().to_string());
    }

    /// Starts daemons from a file of the node's own from now on, [`PROGRAM`], which a package could replace.
    pub fn install_program(&self) {
        self.set_environment("COPIED", "1".to_owned());
    }

    /// Starts daemons that find the directory for temporary files here from now on.
    pub fn keep_temporary_files_in(&self, path: &str) {
        self.set_environment("TMPDIR", path.to_owned());
    }

    /// Starts daemons on a file system of which only /run can be written to from now on.
    pub fn let_nothing_be_written(&self) {
        self.set_environment("READ_ONLY", "1".to_owned());
    }

    /// Starts daemons that find a log daemon at /dev/log from now on.
    ///
    /// # Panics
    /// If its socket cannot be made.
    #[must_use]
    pub fn keep_log(&self) -> LogDaemon {
        let path = "/run/log.socket";
        self.set_environment("LOG_DAEMON", path.to_owned());
        let socket = self.bind(path);
        if let Err(error) = socket.set_nonblocking(false) {
            panic!("listening at {path} on {}: {error}", self.name);
        }
        LogDaemon::listen(socket)
    }

    /// Starts daemons on a host without a log daemon from now on.
    pub fn keep_no_log(&self) {
        self.set_environment("LOG_DAEMON", "/run/nobody".to_owned());
    }

    fn bind(&self, path: &str) -> UnixDatagram {
        let socket = UnixDatagram::bind(self.host_path(path));
        match socket.and_then(|socket| socket.set_nonblocking(true).map(|()| socket)) {
            Ok(socket) => socket,
            Err(error) => panic!("making {path} on {}: {error}", self.name),
        }
    }

    /// Runs the shell command `script` where the daemon is, among its processes and its files, and returns what it
    /// prints. The daemon's program is in its path.
    ///
    /// # Panics
    /// If no daemon runs, or if the command fails.
    #[must_use]
    pub fn shell(&self, script: &str) -> String {
        let daemon = self.daemon_process().to_string();
        let own = "PATH=/run/.program:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let enter = ["nsenter", "--target", &daemon, "--mount", "--net", "--pid", "env", own];
        command::run(&[&enter[..], &["sh", "-c", script]].concat())
    }

    /// The parent process of the daemon, also if it went to the background or is process 1 of a container.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn daemon_process(&self) -> i32 {
        let environment = self.environment.lock().unwrap_or_else(PoisonError::into_inner);
        let first = environment.contains_key("FIRST");
        drop(environment);
        let processes = self.processes();
        let is_first = |process: &&Process| {
            let status = fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap_or_default();
            status.lines().any(|line| line.starts_with("NSpid:") && line.ends_with("\t1"))
        };
        let found = if first {
            processes.iter().find(is_first).map(|process| process.pid)
        } else {
            fs::read_to_string(self.host_path("/run/keepalived.pid"))
                .ok()
                .and_then(|text| text.trim().parse().ok())
        };
        found.unwrap_or_else(|| panic!("no daemon runs on {}: {}", self.name, self.log()))
    }

    /// Lets daemons trust the authority whose certificate is in `path` from now on, and no other.
    pub fn trust(&self, path: &str) {
        self.set_environment("SSL_CERT_FILE", path.to_owned());
    }

    fn set_environment(&self, name: &'static str, value: String) {
        self.environment.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
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
        let environment = self.environment.lock().unwrap_or_else(PoisonError::into_inner);
        let place = if environment.contains_key("ENTERS") {
            Path::new("/proc/self/ns/net")
        } else {
            &self.netns.path()
        };
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net={}", place.display()))
            .args(["unshare", "--mount", "--propagation", "private"])
            .args(["setpriv", "--pdeathsig", "KILL"])
            .args(["sh", "-c", LAUNCH, "launch"])
            .arg(&self.directory)
            .arg(self.program.binary())
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("RUST_BACKTRACE", "1")
            .envs(environment.iter())
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

    /// The processes of the daemon, its parent process and the children of that. What a child has started for itself,
    /// a script for example, looks like the child until it is another program; it is not among them.
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
            Some(parent) => {
                (parent, children.into_iter().filter(|process| process.parent() == Some(pid)).collect())
            }
            None => panic!("the daemon on {} has ended", self.name),
        }
    }

    /// Stops the daemon from running on (SIGSTOP) or lets it go on (SIGCONT), all of its processes.
    pub fn signal_all(&self, signal: Signal) -> Stamp {
        let at = Stamp::now();
        netns::signal_all(&self.processes(), signal);
        at
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

/// The other end of `NOTIFY_SOCKET`.
#[derive(Debug)]
pub struct ServiceManager {
    socket: UnixDatagram,
}

impl ServiceManager {
    /// Waits for a message with the line `wanted`.
    ///
    /// # Panics
    /// If there is none within `limit`.
    pub fn expect(&self, wanted: &str, limit: Duration) -> Stamp {
        let mut heard = Vec::new();
        let found = poll_until(limit, || {
            heard.extend(self.heard());
            heard.iter().any(|line| line == wanted).then(Stamp::now)
        });
        found.unwrap_or_else(|| panic!("the daemon did not say {wanted} within {limit:?}, but {heard:?}"))
    }

    /// The lines that have come since it was asked last.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        let mut space = [0; 4096];
        let mut lines = Vec::new();
        while let Ok(length) = self.socket.recv(&mut space) {
            let text = String::from_utf8_lossy(space.get(..length).unwrap_or_default()).into_owned();
            lines.extend(text.lines().map(str::to_owned));
        }
        lines
    }
}

/// The log daemon behind `/dev/log`. It reads all the time: the C program waits for it.
#[derive(Debug)]
pub struct LogDaemon {
    heard: Receiver<String>,
    lines: RefCell<Vec<String>>,
    socket: Option<UnixDatagram>,
}

impl Drop for LogDaemon {
    fn drop(&mut self) {
        // Wakes the thread, which finds that nobody wants to know any more.
        if let Some(socket) = &self.socket {
            socket.shutdown(Shutdown::Both).ok();
        }
    }
}

impl LogDaemon {
    fn listen(socket: UnixDatagram) -> Self {
        let (told, heard) = channel();
        let same = socket.try_clone().ok();
        std::thread::spawn(move || {
            let mut space = [0; 4096];
            // Until nobody wants to know any more.
            while let Ok(length) = socket.recv(&mut space) {
                let text = String::from_utf8_lossy(space.get(..length).unwrap_or_default()).into_owned();
                if told.send(text).is_err() {
                    return;
                }
            }
        });
        Self { heard, lines: RefCell::default(), socket: same }
    }

    /// Waits until a message has come that has `wanted` in it, and returns all that have come so far.
    ///
    /// # Panics
    /// If there is none within `limit`.
    #[must_use]
    pub fn expect(&self, wanted: &str, limit: Duration) -> Vec<String> {
        let found = poll_until(limit, || {
            self.lines.borrow_mut().extend(self.heard.try_iter());
            self.lines.borrow().iter().any(|line| line.contains(wanted)).then_some(())
        });
        let lines = self.lines.borrow().clone();
        assert!(found.is_some(), "the log has no {wanted} after {limit:?}, but {lines:#?}");
        lines
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
