//! This process: its name, its parent, and starting another one of its kind.

use std::ffi::{CString, OsStr};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::resource::{RLIM_INFINITY, Resource, setrlimit};
use nix::sys::signal::{self, Signal};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, setsid};

use super::{Attempt, Error, deaths};

/// What every core file of the host is called (core(5)).
const CORE_PATTERN: &str = "/proc/sys/kernel/core_pattern";
/// More than a version is read of nothing.
const LONGEST_VERSION: u64 = 4096;
/// Ourselves, also when a newer file has taken the place of ours.
const OURSELVES: &str = "/proc/self/exe";

/// Starts this program again, with `first` as its standard input and `second` as its standard output, to be
/// [taken](take_inherited) there.
///
/// # Errors
/// If the kernel has no process left, or `/proc` is missing.
pub fn start_again(
    arguments: impl IntoIterator<Item: AsRef<OsStr>>,
    first: OwnedFd,
    second: OwnedFd,
) -> Result<i32, Error> {
    let mut command = Command::new(OURSELVES);
    command.arg0("keepalived").args(arguments).stdin(Stdio::from(first)).stdout(Stdio::from(second));
    let child = command.spawn().attempt("start", "a child process (is /proc mounted?)")?;
    i32::try_from(child.id()).map_err(io::Error::other).attempt("start", "a child process")
}

/// Where our program file is.
///
/// # Errors
/// If `/proc` is missing.
pub fn program() -> Result<PathBuf, Error> {
    std::fs::read_link(OURSELVES).attempt("find", "the file of this program (is /proc mounted?)")
}

/// What a program says first on standard error when it is asked for its version.
///
/// # Errors
/// If it cannot be started, fails, or takes longer than `limit`.
pub fn version_of(program: &Path, limit: Duration) -> Result<String, Error> {
    let target = program.display();
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().attempt("run", &target)?;
    // What a program of ours says fits into the pipe, so it ends without anybody reading.
    let timeout = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
    let ended = deaths::open(child.id())
        .and_then(|end| Ok(poll(&mut [PollFd::new(end.as_fd(), PollFlags::POLLIN)], timeout)?));
    if !matches!(ended, Ok(1)) {
        // It may have ended this very moment.
        let _ = child.kill();
    }
    let status = child.wait().attempt("run", &target)?;
    if ended.attempt("wait for", &target)? == 0 {
        return Err(Error::new("run", target, io::ErrorKind::TimedOut.into()));
    }
    if !status.success() {
        return Err(Error::new("run", target, io::Error::other(status.to_string())));
    }
    let mut said = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        stderr.take(LONGEST_VERSION).read_to_end(&mut said).attempt("read from", &target)?;
    }
    Ok(String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned())
}

/// Becomes another program, with `first` as its standard input, to be [taken](take_standard_input) there. Tells why that
/// failed.
pub fn become_program(
    program: &Path,
    arguments: impl IntoIterator<Item: AsRef<OsStr>>,
    first: OwnedFd,
) -> Error {
    let mut command = Command::new(program);
    let error = command.arg0("keepalived").args(arguments).stdin(Stdio::from(first)).exec();
    Error::new("become", program.display(), error)
}

/// Takes what [`become_program`] has put in the place of standard input, and puts `/dev/null` there.
///
/// # Errors
/// If it is closed.
pub fn take_standard_input() -> Result<OwnedFd, Error> {
    let first = io::stdin().as_fd().try_clone_to_owned().attempt("take", "what a program handed over")?;
    dup2_stdin(&null()?).attempt("put /dev/null in the place of", "standard input")?;
    Ok(first)
}

/// Takes what [`start_again`] has put in the place of standard input and output, and puts `/dev/null` there.
///
/// # Errors
/// If they are closed.
pub fn take_inherited() -> Result<(OwnedFd, OwnedFd), Error> {
    let target = "what the parent process handed over";
    let first = io::stdin().as_fd().try_clone_to_owned().attempt("take", target)?;
    let second = io::stdout().as_fd().try_clone_to_owned().attempt("take", target)?;
    let null = null()?;
    dup2_stdin(&null).attempt("put /dev/null in the place of", "standard input")?;
    dup2_stdout(&null).attempt("put /dev/null in the place of", "standard output")?;
    Ok((first, second))
}

/// Leaves the terminal: a session of our own, and nothing to read or write.
///
/// # Errors
/// If we lead a process group, which a process that was just started does not.
pub fn detach() -> Result<(), Error> {
    setsid().attempt("start", "a session")?;
    let null = null()?;
    dup2_stdin(&null).attempt("put /dev/null in the place of", "standard input")?;
    dup2_stdout(&null).attempt("put /dev/null in the place of", "standard output")?;
    dup2_stderr(&null).attempt("put /dev/null in the place of", "standard error")
}

fn null() -> Result<File, Error> {
    OpenOptions::new().read(true).write(true).open("/dev/null").attempt("open", "/dev/null")
}

/// Takes a name in lists of processes, of which the kernel keeps 15 octets. Starting by way of `/proc` has replaced
/// the usual one.
///
/// # Errors
/// If the name contains a zero.
pub fn take_name(name: &str) -> Result<(), Error> {
    let name = CString::new(name).map_err(io::Error::from).attempt("set", "the name of the process")?;
    prctl::set_name(&name).attempt("set", "the name of the process")
}

/// From now on SIGTERM comes when the parent process ends.
///
/// # Errors
/// If the kernel refuses, which it has no reason to.
pub fn end_with_parent() -> Result<(), Error> {
    prctl::set_pdeathsig(Signal::SIGTERM).attempt("ask for a signal at the end of", "the parent process")
}

/// From now on processes whose parents have ended become our children, so that none outlives us unseen.
///
/// # Errors
/// If the kernel refuses, which it has no reason to.
pub fn adopt_orphans() -> Result<(), Error> {
    prctl::set_child_subreaper(true).attempt("adopt", "orphaned processes")
}

/// Sets the permissions that new files do not get, and scripts inherit.
pub fn set_umask(mask: u32) {
    nix::sys::stat::umask(Mode::from_bits_truncate(mask));
}

/// Ends a child process; one that has ended is past caring.
pub fn kill(pid: i32) {
    let _ = signal::kill(Pid::from_raw(pid), Signal::SIGKILL);
}

/// From now on a crash leaves a core file, here and in every process that we start.
///
/// # Errors
/// If the hard limit does not permit it.
pub fn allow_core() -> Result<(), Error> {
    setrlimit(Resource::RLIMIT_CORE, RLIM_INFINITY, RLIM_INFINITY)
        .attempt("lift", "the limit on the size of core files")
}

/// What core files were called before, and are called again when this goes out of scope.
#[derive(Debug)]
pub struct CorePattern {
    before: Vec<u8>,
}

/// Gives every core file of the host names of this pattern.
///
/// # Errors
/// If we may not.
pub fn name_cores(pattern: &OsStr) -> Result<CorePattern, Error> {
    let before = std::fs::read(CORE_PATTERN).attempt("read", CORE_PATTERN)?;
    std::fs::write(CORE_PATTERN, pattern.as_encoded_bytes()).attempt("write", CORE_PATTERN)?;
    Ok(CorePattern { before })
}

impl Drop for CorePattern {
    fn drop(&mut self) {
        // It could be written at the start.
        let _ = std::fs::write(CORE_PATTERN, &self.before);
    }
}
