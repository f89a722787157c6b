//! The processes that run for us: which are checks, which are hooks, and whose.

use std::collections::BTreeMap;

use crate::base::id::TrackId;
use crate::conf::model::Command;
use crate::report::hooks::Pipe;
use crate::sys::Error;
use crate::sys::script::{Launcher, Running, reap};
use crate::vrrp::event::{Outcome, Who};

/// What a process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A run of a `vrrp_script`.
    Check(TrackId),
    /// A hook of an instance or a group.
    Hook(Who),
    /// The reader of a pipe.
    Reader(Pipe),
}

/// Every process that has not been buried.
#[derive(Debug)]
pub(super) struct Scripts {
    launcher: Launcher,
    running: BTreeMap<i32, (Purpose, Running)>,
}

impl Scripts {
    pub(super) fn new() -> Result<Scripts, Error> {
        Ok(Scripts { launcher: Launcher::new(std::env::vars_os())?, running: BTreeMap::new() })
    }

    /// Starts a process and tells its number.
    pub(super) fn start(
        &mut self,
        purpose: Purpose,
        command: &Command,
        further: &[&str],
    ) -> Result<i32, Error> {
        self.start_with(purpose, command, further, &[])
    }

    /// Starts a process with further variables in its environment, and tells its number.
    pub(super) fn start_with(
        &mut self,
        purpose: Purpose,
        command: &Command,
        further: &[&str],
        variables: &[(&'static str, String)],
    ) -> Result<i32, Error> {
        let running = self.launcher.start_with(command, further, variables)?;
        let pid = running.pid();
        self.running.insert(pid, (purpose, running));
        Ok(pid)
    }

    /// The run of a check that has not ended.
    pub(super) fn check(&self, check: TrackId) -> Option<&Running> {
        let mut running = self.running.values();
        running.find(|(purpose, _)| *purpose == Purpose::Check(check)).map(|(_, running)| running)
    }

    /// A process that has not been buried.
    pub(super) fn process(&self, pid: i32) -> Option<&Running> {
        self.running.get(&pid).map(|(_, running)| running)
    }

    /// Whether the reader of a pipe runs.
    pub(super) fn reads(&self, pipe: Pipe) -> bool {
        self.running.values().any(|(purpose, _)| *purpose == Purpose::Reader(pipe))
    }

    /// Whether nothing runs.
    pub(super) fn are_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Asks everything that still runs to end.
    pub(super) fn terminate_all(&self) {
        self.running.values().for_each(|(_, running)| running.terminate());
    }

    /// Ends everything that still runs.
    pub(super) fn kill_all(&self) {
        self.running.values().for_each(|(_, running)| running.kill());
    }

    /// The next process that has ended: its number, what it was for, how it went.
    pub(super) fn next_ended(&mut self) -> Option<(i32, Purpose, Outcome)> {
        loop {
            let (pid, ended) = reap()?;
            // Whoever is not in the list was left to us by another process.
            if let Some((purpose, running)) = self.running.remove(&pid) {
                return Some((pid, purpose, running.outcome(ended)));
            }
        }
    }
}
