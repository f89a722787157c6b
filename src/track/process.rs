//! Processes that have to run (`vrrp_track_process`, keepalived.conf(5)): which of all processes are meant, how many
//! there are, and whether that is enough.

use std::collections::BTreeSet;

use crate::base::time::{Instant, Span};
use crate::conf::model::TrackProcess as Conf;
use crate::conf::model::track::ParamMatch;

/// What the kernel keeps of the name of a process, in octets.
const COMM_LEN: usize = 15;

/// A process, as far as it can be told from others.
#[derive(Clone, Copy, Debug)]
pub struct Process<'a> {
    /// Its number.
    pub pid: u32,
    /// Its short name (`/proc/PID/comm`), at most 15 octets.
    pub comm: &'a [u8],
    /// Its command line (`/proc/PID/cmdline`): words that end with NUL. Empty for one of the kernel.
    pub cmdline: &'a [u8],
}

/// What happened to processes.
#[derive(Clone, Copy, Debug)]
pub enum ProcessEvent<'a> {
    /// These are all that there are.
    Listed(&'a [Process<'a>]),
    /// A process began, or became another program, or took another name.
    Changed(Process<'a>),
    /// A process ended.
    Ended(u32),
}

/// How much of the command line of a process has to be known to tell whether `conf` means it, in octets; `None` if its
/// short name is enough.
#[must_use]
pub fn cmdline_needed(conf: &Conf) -> Option<usize> {
    // Each word with its NUL, and one octet that tells whether more follows.
    (!by_comm(conf)).then(|| conf.command.iter().map(|word| word.len() + 1).sum::<usize>() + 1)
}

fn by_comm(conf: &Conf) -> bool {
    !conf.full_command && conf.command.len() == 1 && conf.param_match == ParamMatch::None
}

/// Whether `conf` means this process. Of its command line the [needed](cmdline_needed) octets are enough.
#[must_use]
pub fn matches(conf: &Conf, process: &Process<'_>) -> bool {
    let Some((name, parameters)) = conf.command.split_first() else { return false };
    if by_comm(conf) {
        let name = name.as_bytes();
        return process.comm == name.get(..COMM_LEN).unwrap_or(name);
    }
    let mut words = process.cmdline.strip_suffix(&[0]).unwrap_or(process.cmdline).split(|octet| *octet == 0);
    if process.cmdline.is_empty() || words.next() != Some(name.as_bytes()) {
        return false;
    }
    parameters_match(conf.param_match, parameters, words)
}

fn parameters_match<'a>(
    how: ParamMatch,
    wanted: &[Box<str>],
    mut given: impl Iterator<Item = &'a [u8]>,
) -> bool {
    let wanted = wanted.iter().map(|word| word.as_bytes());
    match how {
        ParamMatch::None => true,
        ParamMatch::Exact => given.eq(wanted),
        ParamMatch::Initial => wanted.into_iter().all(|word| given.next() == Some(word)),
        ParamMatch::Partial => {
            let count = wanted.len();
            wanted.zip(1..).all(|(word, at)| {
                given
                    .next()
                    .is_some_and(|given| if at == count { given.starts_with(word) } else { given == word })
            })
        }
    }
}

/// The processes that one tracker means.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    pids: BTreeSet<u32>,
    good: bool,
    /// What is going to be the verdict, and when.
    turning: Option<(Instant, bool)>,
}

impl Watch {
    /// Whether there are as many as there should be.
    #[must_use]
    pub const fn good(&self) -> bool {
        self.good
    }

    /// The verdict that is to come, if nothing changes.
    #[must_use]
    pub fn turning(&self) -> Option<bool> {
        self.turning.map(|(_, good)| good)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pids.len()
    }

    /// When the verdict is going to change.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.turning.map(|(at, _)| at)
    }

    /// Something happened. Tells the new verdict, if it changed.
    pub fn handle(&mut self, now: Instant, event: &ProcessEvent<'_>, conf: &Conf) -> Option<bool> {
        match event {
            ProcessEvent::Listed(all) => {
                self.pids =
                    all.iter().filter(|process| matches(conf, process)).map(|process| process.pid).collect();
            }
            ProcessEvent::Changed(process) if matches(conf, process) => {
                self.pids.insert(process.pid);
            }
            ProcessEvent::Changed(Process { pid, .. }) | ProcessEvent::Ended(pid) => {
                self.pids.remove(pid);
            }
        }
        self.judge(now, conf)
    }

    fn judge(&mut self, now: Instant, conf: &Conf) -> Option<bool> {
        let count = u32::try_from(self.pids.len()).unwrap_or(u32::MAX);
        let enough = count >= conf.quorum && conf.quorum_max.is_none_or(|most| count <= most);
        if enough == self.good {
            self.turning = None;
            return None;
        }
        let delay = if enough { conf.fork_delay } else { conf.terminate_delay };
        if delay == Span::ZERO {
            return Some(self.turn(enough));
        }
        if self.turning.is_none() {
            self.turning = Some((now + delay, enough));
        }
        None
    }

    fn turn(&mut self, good: bool) -> bool {
        self.turning = None;
        self.good = good;
        good
    }

    /// The first look at everything: the verdict counts at once, without delays.
    pub fn begin(&mut self, now: Instant, all: &[Process<'_>], conf: &Conf) {
        self.handle(now, &ProcessEvent::Listed(all), conf);
        if let Some((_, good)) = self.turning {
            self.turn(good);
        }
    }

    /// A deadline may have passed. Tells the new verdict, if it changed.
    pub fn expire(&mut self, now: Instant) -> Option<bool> {
        let (_, good) = self.turning.filter(|(at, _)| *at <= now)?;
        Some(self.turn(good))
    }
}

#[cfg(test)]
mod tests;
