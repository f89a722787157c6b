//! Commands of the user: each in a process group of its own, as the user it shall run as, with nothing of ours.
//!
//! The standard library waits until the new program has been loaded, for as long as its file system takes. A master
//! that waits for a dead file server is no master any more, so here the fork returns at once, and what went wrong on
//! the way to the program is read from a pipe when the process has ended.

use std::ffi::{CString, NulError, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::ptr;

use nix::errno::Errno;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, killpg, sigprocmask};
use nix::unistd::{
    Gid, Pid, Uid, dup2_stderr, dup2_stdin, dup2_stdout, getegid, geteuid, getpid, getppid, setgid,
    setgroups, setpgid, setuid,
};

use super::{Attempt, Error};
use crate::conf::model::{Command, RunAs};
use crate::vrrp::event::Outcome;

/// What scripts do not inherit: it would change how they read words or which code they load, or it is ours alone.
const WITHHELD: [&str; 4] = ["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", super::systemd::VARIABLE];
/// Where programs are found if we were not told.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// What runs a file that does not say what runs it.
const SHELL: &str = "/bin/sh";
/// The exit status of a process that has not become its program; seen by nobody but the pipe's reader.
const NOT_STARTED: libc::c_int = 127;

/// Starts scripts.
#[derive(Debug)]
pub struct Launcher {
    environment: Vec<CString>,
    /// What scripts read and write.
    null: File,
    /// How many descriptors a process may have that we start; we may have more.
    descriptors: Limit,
}

/// A limit of the kernel: what applies, and what it can be raised to.
#[derive(Clone, Copy, Debug)]
struct Limit {
    soft: rlim_t,
    hard: rlim_t,
}

/// A script that runs, or has ended and not been asked how.
#[derive(Debug)]
pub struct Running {
    pid: Pid,
    trouble: PipeReader,
}

impl Launcher {
    /// Prepares the environment that every script gets: ours, with a path, without what would confuse. Makes room for
    /// as many scripts at a time as the kernel permits.
    ///
    /// # Errors
    /// If there is no `/dev/null`.
    pub fn new(ours: impl Iterator<Item = (OsString, OsString)>) -> Result<Launcher, Error> {
        let launcher = Launcher::for_one(ours)?;
        // Each script that runs takes one.
        let Limit { hard, .. } = launcher.descriptors;
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).attempt("raise", "the limit on descriptors")?;
        Ok(launcher)
    }

    /// The same for who starts one script at a time.
    ///
    /// # Errors
    /// If there is no `/dev/null`.
    pub fn for_one(ours: impl Iterator<Item = (OsString, OsString)>) -> Result<Launcher, Error> {
        let null = OpenOptions::new().read(true).write(true).open("/dev/null");
        let null = null.attempt("open", "/dev/null for scripts")?;
        let mut environment: Vec<_> =
            ours.filter(|(name, _)| !WITHHELD.iter().any(|withheld| name == withheld)).collect();
        if !environment.iter().any(|(name, _)| name == "PATH") {
            environment.push(("PATH".into(), DEFAULT_PATH.into()));
        }
        let joined = |(name, value): (OsString, OsString)| [name.as_bytes(), b"=", value.as_bytes()].concat();
        // No variable of a running process contains a zero.
        let environment =
            environment.into_iter().filter_map(|pair| CString::new(joined(pair)).ok()).collect();
        let (soft, hard) =
            getrlimit(Resource::RLIMIT_NOFILE).attempt("look up", "the limit on descriptors")?;
        Ok(Launcher { environment, null, descriptors: Limit { soft, hard } })
    }

    /// Starts `command` with further arguments and does not wait for it to be loaded.
    ///
    /// # Errors
    /// If the kernel has no process or descriptor left, or an argument contains a zero.
    pub fn start(&self, command: &Command, further: &[&str]) -> Result<Running, Error> {
        self.start_with(command, further, &[])
    }

    /// The same with `variables` in its environment, in place of ours of the same names.
    ///
    /// # Errors
    /// As [`Launcher::start`], or if a variable contains a zero.
    pub fn start_with(
        &self,
        command: &Command,
        further: &[&str],
        variables: &[(&'static str, String)],
    ) -> Result<Running, Error> {
        let target = command.program().display();
        let (trouble, report) = io::pipe().attempt("run", &target)?;
        let words = words(command, further).map_err(io::Error::from).attempt("run", &target)?;
        let own = own_variables(variables).map_err(io::Error::from).attempt("run", &target)?;
        let plan = Plan {
            opens: command.opens().is_some(),
            ..Plan::new(self, &words, &own, command.run_as(), &report)
        };
        let pid = plan.fork().attempt("run", &target)?;
        // The process does the same: whoever comes first, a signal to the group finds it. Too late is not too bad.
        let _ = setpgid(pid, pid);
        Ok(Running { pid, trouble })
    }
}

impl Running {
    /// The process, and its group.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Asks the whole process group to end.
    pub fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// Ends the whole process group.
    pub fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Whether anything is left of the group does not matter.
    fn signal(&self, signal: Signal) {
        let _ = killpg(self.pid, signal);
    }

    /// How it went, given how the process ended.
    #[must_use]
    pub fn outcome(mut self, ended: Ended) -> Outcome {
        let mut number = [0; 4];
        // The pipe is closed by now on the other side, by the program's loading or by the process's end.
        match self.trouble.read_exact(&mut number) {
            Ok(()) => Outcome::NotStarted(i32::from_ne_bytes(number)),
            Err(_) => match ended {
                Ended::Exited(status) => Outcome::Exited(status),
                Ended::Killed(signal) => Outcome::Killed(signal),
            },
        }
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Killed(i32),
}

/// The next of our children that has ended, without waiting for one.
#[must_use]
pub fn reap() -> Option<(i32, Ended)> {
    waitpid(-1, libc::WNOHANG)
}

/// How a child of ours ends, once it has; `None` if it is no child of ours.
#[must_use]
pub fn wait_for(pid: i32) -> Option<Ended> {
    waitpid(pid, 0).map(|(_, ended)| ended)
}

fn waitpid(pid: i32, options: i32) -> Option<(i32, Ended)> {
    let mut status = 0;
    #[expect(unsafe_code, reason = "nix reports neither process nor signal when a real-time signal ended it")]
    // SAFETY: `status` lives through the call.
    let pid = unsafe { libc::waitpid(pid, &raw mut status, options) };
    if pid <= 0 {
        return None;
    }
    let ended = if libc::WIFSIGNALED(status) {
        Ended::Killed(libc::WTERMSIG(status))
    } else {
        Ended::Exited(libc::WEXITSTATUS(status))
    };
    Some((pid, ended))
}

/// The program, its arguments, and before them the shell that runs it if nothing else does.
fn words(command: &Command, further: &[&str]) -> Result<Vec<CString>, NulError> {
    let program = command.opens().unwrap_or(command.program()).as_os_str().to_owned().into_vec();
    let arguments = command.arguments().iter().map(|word| &**word).chain(further.iter().copied());
    let words = [CString::new(SHELL), CString::new(program)].into_iter();
    words.chain(arguments.map(CString::new)).collect()
}

/// Variables as a process gets them.
fn own_variables(variables: &[(&'static str, String)]) -> Result<Vec<CString>, NulError> {
    variables.iter().map(|(name, value)| CString::new(format!("{name}={value}"))).collect()
}

/// The beginning of a variable that says which it is, with the equals sign.
fn name_of(variable: &CString) -> &[u8] {
    let bytes = variable.as_bytes();
    bytes.split_inclusive(|byte| *byte == b'=').next().unwrap_or(bytes)
}

/// Everything that the new process needs, put together before it exists: after the fork it must not allocate.
struct Plan<'a> {
    /// Pointers to the shell, the program, the arguments, and null.
    words: Vec<*const libc::c_char>,
    environment: Vec<*const libc::c_char>,
    /// The program is a file that is opened and not run.
    opens: bool,
    /// Whom to become, unless we are that already and may not even try.
    become_user: Option<RunAs>,
    /// That user and group are ours.
    stays_ourselves: bool,
    null: &'a File,
    descriptors: Limit,
    report: &'a PipeWriter,
    parent: Pid,
}

impl<'a> Plan<'a> {
    fn new(
        launcher: &'a Launcher,
        words: &[CString],
        own: &[CString],
        run_as: RunAs,
        report: &'a PipeWriter,
    ) -> Plan<'a> {
        let pointers =
            |list: &[CString]| list.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        let ours =
            launcher.environment.iter().filter(|ours| own.iter().all(|own| name_of(own) != name_of(ours)));
        let environment = ours.chain(own).map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
        let same = run_as == RunAs { uid, gid };
        Plan {
            words: pointers(words),
            environment,
            opens: false,
            become_user: (uid == 0 || !same).then_some(run_as),
            stays_ourselves: same,
            null: &launcher.null,
            descriptors: launcher.descriptors,
            report,
            parent: getpid(),
        }
    }

    fn fork(&self) -> Result<Pid, Errno> {
        let shell = self.words.as_ptr();
        let argv = self.words.get(1..).unwrap_or_default().as_ptr();
        let envp = self.environment.as_ptr();
        #[expect(unsafe_code, reason = "std's spawn waits until the program has been loaded")]
        // SAFETY: the lists end with null and their texts outlive the call, also in the new process's copy of the
        // memory. Between fork and exec that process only makes system calls: nothing allocates, locks or unwinds,
        // and it leaves by exec or _exit.
        let pid = unsafe {
            let pid = libc::fork();
            if pid == 0 {
                let error = match self.shed() {
                    Ok(()) => {
                        for signal in 1..=libc::SIGRTMAX() {
                            libc::signal(signal, libc::SIG_DFL);
                        }
                        // Whatever whoever started us has left open; ours close themselves.
                        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
                        if matches!(libc::sched_getscheduler(0), libc::SCHED_FIFO | libc::SCHED_RR) {
                            let ordinary = libc::sched_param { sched_priority: 0 };
                            libc::sched_setscheduler(0, libc::SCHED_OTHER, &raw const ordinary);
                        }
                        if self.opens {
                            // In a process of its own all the same: it is opened as its user, and may take its time.
                            if libc::open(*argv, libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NOCTTY) >= 0 {
                                libc::_exit(0);
                            }
                        } else {
                            libc::execve(*argv, argv, envp);
                        }
                        if !self.opens && Errno::last() == Errno::ENOEXEC {
                            libc::execve(*shell, shell, envp);
                        }
                        io::Error::last_os_error()
                    }
                    Err(error) => error,
                };
                let number = error.raw_os_error().unwrap_or(libc::EIO).to_ne_bytes();
                libc::write(self.report.as_raw_fd(), number.as_ptr().cast(), number.len());
                libc::_exit(NOT_STARTED);
            }
            pid
        };
        Errno::result(pid).map(Pid::from_raw)
    }

    /// Gives up, in the new process, what is ours: process group, terminal, user, signals, and living on without us.
    fn shed(&self) -> io::Result<()> {
        setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
        dup2_stdin(self.null)?;
        dup2_stdout(self.null)?;
        dup2_stderr(self.null)?;
        setrlimit(Resource::RLIMIT_NOFILE, self.descriptors.soft, self.descriptors.hard)?;
        if let Some(RunAs { uid, gid }) = self.become_user {
            let gid = Gid::from_raw(gid);
            match setgroups(&[gid]) {
                // A container may have taken CAP_SETGID away: whoever is to be what we are has no more than we have.
                Err(Errno::EPERM) if self.stays_ourselves => {}
                changed => changed?,
            }
            setgid(gid)?;
            setuid(Uid::from_raw(uid))?;
        }
        // After the change of user, which would undo it.
        set_pdeathsig(Signal::SIGTERM)?;
        if getppid() != self.parent {
            return Err(Errno::ESRCH.into());
        }
        Ok(sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::sys::testing::Scratch;

    fn command(program: &Path, arguments: &[&str]) -> Command {
        let words = [program.to_str().unwrap()].into_iter().chain(arguments.iter().copied());
        let us = RunAs { uid: geteuid().as_raw(), gid: getegid().as_raw() };
        Command::new(words.map(Into::into).collect(), us).unwrap()
    }

    fn launcher() -> Launcher {
        Launcher::new(std::env::vars_os()).unwrap()
    }

    /// Waits for this process and no other: tests run side by side.
    fn end(running: Running) -> Outcome {
        let ended = wait_for(running.pid()).unwrap();
        running.outcome(ended)
    }

    /// Runs a script to its end; again if a process that another test is just starting has the file open still.
    fn run(launcher: &Launcher, script: &Path, arguments: &[&str], further: &[&str]) -> Outcome {
        loop {
            let running = launcher.start(&command(script, arguments), further).unwrap();
            match end(running) {
                Outcome::NotStarted(libc::ETXTBSY) => std::thread::yield_now(),
                outcome => return outcome,
            }
        }
    }

    #[test]
    fn the_exit_status_and_every_word_come_through() {
        let out = Scratch::new("words");
        let text = format!("#!/bin/sh\nprintf '[%s]' \"$@\" > {}\nexit 3\n", out.0.display());
        let script = Scratch::script("words.sh", &text);
        let outcome = run(&launcher(), &script.0, &["a b", "", "c\"d"], &["MASTER", "100"]);
        assert_eq!(outcome, Outcome::Exited(3));
        assert_eq!(std::fs::read_to_string(&out.0).unwrap(), "[a b][][c\"d][MASTER][100]");
    }

    #[test]
    fn a_file_that_is_only_to_be_opened_is_not_run() {
        let us = RunAs { uid: geteuid().as_raw(), gid: getegid().as_raw() };
        let open = |path: &Path| {
            let command = Command::new(vec![format!("<{}", path.display()).into()], us).unwrap();
            end(launcher().start(&command, &[]).unwrap())
        };
        let file = Scratch::script("opened", "#!/bin/sh\nexit 3\n");
        assert_eq!(open(&file.0), Outcome::Exited(0));
        assert_eq!(open(&Scratch::new("not-there").0), Outcome::NotStarted(libc::ENOENT));
    }

    #[test]
    fn what_cannot_be_started_says_why() {
        let missing = run(&launcher(), Path::new("/nonexistent/check"), &[], &[]);
        assert_eq!(missing, Outcome::NotStarted(libc::ENOENT));
        let forbidden = Scratch::new("not-executable");
        std::fs::write(&forbidden.0, "x").unwrap();
        assert_eq!(run(&launcher(), &forbidden.0, &[], &[]), Outcome::NotStarted(libc::EACCES));
    }

    #[test]
    fn a_script_without_an_interpreter_line_is_run_by_the_shell() {
        let script = Scratch::script("plain.sh", "exit 5\n");
        assert_eq!(run(&launcher(), &script.0, &[], &[]), Outcome::Exited(5));
    }

    #[test]
    fn variables_of_a_call_stand_in_place_of_ours() {
        let out = Scratch::new("variables");
        let text = "#!/bin/sh\nenv | grep '^OURS\\|^BOTH\\|^THEIRS' | sort > OUT\n";
        let script = Scratch::script("variables.sh", &text.replace("OUT", out.0.to_str().unwrap()));
        let ours = [("OURS", "1"), ("BOTH", "2"), ("BOTH_NOT", "3")];
        let launcher = Launcher::new(ours.iter().map(|(name, value)| (name.into(), value.into()))).unwrap();
        let variables = [("BOTH", "two words".to_owned()), ("THEIRS", String::new())];
        let running = launcher.start_with(&command(&script.0, &[]), &[], &variables).unwrap();
        assert_eq!(end(running), Outcome::Exited(0));
        let found = std::fs::read_to_string(&out.0).unwrap();
        assert_eq!(found, "BOTH=two words\nBOTH_NOT=3\nOURS=1\nTHEIRS=\n");
        let zero = [("BOTH", "a\0b".to_owned())];
        assert!(launcher.start_with(&command(&script.0, &[]), &[], &zero).is_err());
    }

    #[test]
    fn the_whole_group_is_signalled() {
        let begun = Scratch::new("group");
        let text = format!("sleep 600 & : > {}; wait", begun.0.display());
        let running = launcher().start(&command(Path::new(SHELL), &["-c", &text]), &[]).unwrap();
        while !begun.0.exists() {
            std::thread::yield_now();
        }
        running.terminate();
        let group = running.pid;
        assert_eq!(end(running), Outcome::Killed(libc::SIGTERM));
        // Until the kernel has buried the second process too.
        while killpg(group, None).is_ok() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_script_has_a_clean_start() {
        let out = Scratch::new("state");
        let text = "#!/bin/sh\n\
            grep -E '^(SigBlk|SigIgn)' /proc/self/status > OUT\n\
            stdio=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo \"$stdio\" >> OUT\n\
            ls /proc/self/fd >> OUT\n\
            echo \"$PATH|$LD_PRELOAD|$SEEN\" >> OUT\n";
        let script = Scratch::script("state.sh", &text.replace("OUT", out.0.to_str().unwrap()));
        let ours = [("LD_PRELOAD", "/evil.so"), ("SEEN", "yes"), ("IFS", ",")];
        let launcher = Launcher::new(ours.iter().map(|(name, value)| (name.into(), value.into()))).unwrap();
        assert_eq!(run(&launcher, &script.0, &[], &[]), Outcome::Exited(0));
        let state = std::fs::read_to_string(&out.0).unwrap();
        // Signals 32 and 33 belong to the C library.
        let state = state.replace("SigIgn:\t0000000080000000", "SigIgn:\t0000000000000000");
        let none = "0000000000000000";
        let null = "/dev/null\n".repeat(3);
        // The fourth descriptor is the directory that is being listed.
        let descriptors = "0\n1\n2\n3\n";
        let expected = format!("SigBlk:\t{none}\nSigIgn:\t{none}\n{null}{descriptors}{DEFAULT_PATH}||yes\n");
        assert_eq!(state, expected);
    }
}
