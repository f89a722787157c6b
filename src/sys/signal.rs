//! Signals as events. All of them are blocked from the first line of `main` on, so none that we know, and none that we
//! do not know, ends a process that has addresses to give back.

use std::io;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::watch::Watched;
use super::{Attempt, Error};

/// Signals that keep their meaning: a fault of ours, a core asked for, and job control.
const LEFT_ALONE: [Signal; 10] = [
    Signal::SIGSEGV,
    Signal::SIGBUS,
    Signal::SIGILL,
    Signal::SIGFPE,
    Signal::SIGABRT,
    Signal::SIGTRAP,
    Signal::SIGSYS,
    Signal::SIGQUIT,
    Signal::SIGTSTP,
    Signal::SIGCONT,
];

/// The last real-time signal of Linux, which asks keepalived for a dump of its threads; we have none to dump.
const LAST: u32 = 64;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// SIGTERM: stop.
    Stop,
    /// SIGINT: stop, unless told to ignore it.
    Interrupt,
    /// SIGHUP: read the configuration again.
    Reload,
    /// SIGUSR1: write the data dump.
    Data,
    /// SIGUSR2: write the statistics.
    Stats,
    /// The last but one real-time signal: write the statistics and clear them.
    StatsClear,
    /// The third real-time signal: write the JSON dump.
    Json,
    /// The ninth real-time signal: go over to the program file that is in the place of ours.
    Upgrade,
    /// A child process has ended.
    Child,
    /// Nothing that we know.
    Nothing(u32),
}

/// The names that `--signum` knows, with what they stand for. TDUMP and TDATA are one signal, by its name in keepalived and
/// by that in its manual page.
pub const NAMES: [(&str, Asked); 9] = [
    ("STOP", Asked::Stop),
    ("RELOAD", Asked::Reload),
    ("DATA", Asked::Data),
    ("STATS", Asked::Stats),
    ("STATS_CLEAR", Asked::StatsClear),
    ("JSON", Asked::Json),
    ("TDUMP", Asked::Nothing(LAST)),
    ("TDATA", Asked::Nothing(LAST)),
    ("UPGRADE", Asked::Upgrade),
];

impl Asked {
    /// The signal number that asks for this.
    #[must_use]
    pub fn number(self) -> u32 {
        let number = match self {
            Asked::Stop => libc::SIGTERM,
            Asked::Interrupt => libc::SIGINT,
            Asked::Reload => libc::SIGHUP,
            Asked::Data => libc::SIGUSR1,
            Asked::Stats => libc::SIGUSR2,
            Asked::StatsClear => libc::SIGRTMAX() - 1,
            Asked::Json => libc::SIGRTMIN() + 2,
            Asked::Upgrade => libc::SIGRTMIN() + 8,
            Asked::Child => libc::SIGCHLD,
            Asked::Nothing(number) => return number,
        };
        u32::try_from(number).unwrap_or_default()
    }

    fn from_number(number: u32) -> Asked {
        let known = NAMES.iter().map(|(_, asked)| *asked).chain([Asked::Interrupt, Asked::Child]);
        known.into_iter().find(|asked| asked.number() == number).unwrap_or(Asked::Nothing(number))
    }
}

/// Blocks every signal that [`Signals`] hears. Processes started by `std::process` inherit this, so that a child of our
/// own kind is safe from its first instruction on.
///
/// # Errors
/// If the kernel refuses, which it has no reason to.
pub fn block() -> Result<(), Error> {
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&heard()), None).attempt("block", "signals")
}

fn heard() -> SigSet {
    let mut set = SigSet::all();
    for signal in LEFT_ALONE {
        set.remove(signal);
    }
    set
}

/// Hears signals.
#[derive(Debug)]
pub struct Signals {
    fd: Watched<SignalFd>,
}

impl Signals {
    /// Hears what [`block`] has blocked. Needs a runtime.
    ///
    /// # Errors
    /// If the kernel has no descriptor left.
    pub fn open() -> Result<Signals, Error> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let fd = SignalFd::with_flags(&heard(), flags).attempt("hear", "signals")?;
        Ok(Signals { fd: Watched::new(fd).attempt("watch for", "signals")? })
    }

    /// Waits for a signal. Losing the future loses nothing.
    ///
    /// # Errors
    /// If the runtime stops.
    pub async fn next(&self) -> Result<Asked, Error> {
        let read = |fd: &SignalFd| fd.read_signal()?.ok_or_else(|| io::ErrorKind::WouldBlock.into());
        let info = self.fd.read(read).await.attempt("read", "a signal")?;
        Ok(Asked::from_number(info.ssi_signo))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_signal_is_recognised_by_its_number() {
        for (name, asked) in NAMES {
            assert_eq!(Asked::from_number(asked.number()), asked, "{name}");
        }
        assert_eq!(Asked::from_number(libc::SIGALRM.unsigned_abs()), Asked::Nothing(14));
        assert_eq!(LAST, libc::SIGRTMAX().unsigned_abs());
        assert_eq!(Asked::Json.number(), libc::SIGRTMIN().unsigned_abs() + 2);
    }

    #[test]
    fn real_time_signals_are_heard_and_faults_are_not() {
        let heard = heard();
        assert!(heard.contains(Signal::SIGUSR1) && heard.contains(Signal::SIGPIPE));
        assert!(heard.contains(Signal::SIGTTOU), "a stopped terminal must not stop us");
        assert!(!heard.contains(Signal::SIGSEGV) && !heard.contains(Signal::SIGQUIT));
    }
}
