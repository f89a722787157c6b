//! The children beside VRRP: the health checkers and BFD. They are started, started again, told of new configurations and
//! stopped; nothing that they do holds VRRP up.

use std::os::fd::{AsFd as _, OwnedFd};

use super::super::configuration::Configuration;
use super::super::protocol::{FromChild, FromParent};
use super::super::respawn::{Decision, Respawn};
use super::super::{Exit, Role};
use super::launch::Launch;
use crate::base::time::Instant;
use crate::sys::ipc::{LONGEST, Line};
use crate::sys::script::Ended;
use crate::sys::{Error, process, script};

/// All of them.
#[derive(Debug)]
pub(super) struct Companions([Companion; 2]);

#[derive(Debug)]
struct Companion {
    role: Role,
    /// What it is given to read; nothing if there is nothing for it to do.
    text: Option<OwnedFd>,
    state: State,
    respawn: Respawn,
}

#[derive(Debug)]
enum State {
    /// It is not there.
    Away,
    /// It died, and is started again then.
    Waiting(Instant),
    Running(Process),
    /// It has been told to stop.
    Dismissed(Process),
}

#[derive(Debug)]
struct Process {
    pid: i32,
    born: Instant,
    line: Line,
    /// It does what it is for.
    ready: bool,
    /// There is somebody at the other end of the line.
    listens: bool,
}

/// What came of the end of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// It was none of them.
    NotOurs,
    /// It is gone, or starts again in time.
    Borne,
    /// The daemon cannot go on.
    End(Exit),
}

impl Companion {
    fn new(role: Role) -> Companion {
        Companion { role, text: None, state: State::Away, respawn: Respawn::default() }
    }

    fn start(&mut self, launch: &Launch<'_>, now: Instant) -> Result<(), Error> {
        let Some(text) = &self.text else {
            self.state = State::Away;
            return Ok(());
        };
        let (pid, line) = launch.start(self.role, text)?;
        self.state = State::Running(Process { pid, born: now, line, ready: false, listens: true });
        Ok(())
    }

    fn follow(
        &mut self,
        launch: &Launch<'_>,
        configuration: &Configuration,
        now: Instant,
    ) -> Result<(), Error> {
        self.text = launch.text(self.role, configuration)?;
        match (&self.state, &self.text) {
            (State::Running(process), Some(text)) => {
                process.line.send_with(&FromParent::Reload.encode(), text.as_fd())
            }
            (State::Running(_), None) => {
                self.dismiss();
                Ok(())
            }
            (State::Away, Some(_)) => self.start(launch, now),
            // Whoever is waited for begins with what is to be read then, or does not begin.
            (State::Away | State::Waiting(_) | State::Dismissed(_), _) => Ok(()),
        }
    }

    fn dismiss(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Away) {
            State::Running(process) => {
                if let Err(error) = process.line.send(&FromParent::Stop.encode()) {
                    // It is killed in time, if it has not gone by itself.
                    tracing::warn!("{error}");
                }
                State::Dismissed(process)
            }
            State::Dismissed(process) => State::Dismissed(process),
            State::Away | State::Waiting(_) => State::Away,
        };
    }

    /// Waits until it has said something; for ever if it is not there.
    async fn said(&mut self) -> Result<(), Error> {
        let State::Running(process) = &mut self.state else { return std::future::pending().await };
        if !process.listens {
            return std::future::pending().await;
        }
        let mut buffer = [0; LONGEST];
        let said = process.line.receive(&mut buffer).await?;
        process.listens = said.is_some();
        process.ready |= said.and_then(FromChild::decode) == Some(FromChild::Ready);
        Ok(())
    }

    const fn process(&self) -> Option<&Process> {
        match &self.state {
            State::Running(process) | State::Dismissed(process) => Some(process),
            State::Away | State::Waiting(_) => None,
        }
    }

    fn died(&mut self, ended: Ended, now: Instant, launch: &Launch<'_>) -> Result<Loss, Error> {
        let task = self.role.task();
        match std::mem::replace(&mut self.state, State::Away) {
            State::Away | State::Waiting(_) => Ok(Loss::NotOurs),
            State::Dismissed(_) => {
                if ended != Ended::Exited(0) {
                    tracing::warn!("{task} child process did not stop in good order: {ended:?}");
                }
                // A configuration that came meanwhile may want it back.
                self.start(launch, now).map(|()| Loss::Borne)
            }
            State::Running(Process { pid, born, .. }) => {
                Ok(match self.respawn.decide(now, ended, now.since(born), false) {
                    Decision::GiveUp(exit) => {
                        tracing::error!(
                            "{task} child process({pid}) cannot run ({ended:?}): this is the end"
                        );
                        Loss::End(exit)
                    }
                    Decision::Restart(_) if !launch.options.respawn => {
                        tracing::error!("{task} child process({pid}) died and is not to be started again");
                        Loss::End(Exit::Fatal)
                    }
                    Decision::Restart(wait) => {
                        tracing::error!("{task} child process({pid}) died: Respawning ({ended:?})");
                        self.state = State::Waiting(now + wait);
                        Loss::Borne
                    }
                })
            }
        }
    }
}

impl Companions {
    /// None of them runs yet.
    pub(super) fn new() -> Companions {
        Companions([Companion::new(Role::Checkers), Companion::new(Role::Bfd)])
    }

    /// Goes over to a configuration: those that have something to do are started or told, the others stopped.
    ///
    /// # Errors
    /// If one cannot be started or told; the others are.
    pub(super) fn follow(
        &mut self,
        launch: &Launch<'_>,
        configuration: &Configuration,
        now: Instant,
    ) -> Result<(), Error> {
        let followed: Vec<_> = self.0.iter_mut().map(|one| one.follow(launch, configuration, now)).collect();
        followed.into_iter().collect()
    }

    /// When somebody is started again.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let due = self.0.iter().filter_map(|one| match one.state {
            State::Waiting(until) => Some(until),
            State::Away | State::Running(_) | State::Dismissed(_) => None,
        });
        due.min()
    }

    /// Starts again who is due.
    ///
    /// # Errors
    /// If one cannot be started.
    pub(super) fn expire(&mut self, launch: &Launch<'_>, now: Instant) -> Result<(), Error> {
        for one in &mut self.0 {
            if matches!(one.state, State::Waiting(until) if until <= now) {
                one.start(launch, now)?;
            }
        }
        Ok(())
    }

    /// A process has ended.
    ///
    /// # Errors
    /// If its successor cannot be started.
    pub(super) fn bury(
        &mut self,
        pid: i32,
        ended: Ended,
        now: Instant,
        launch: &Launch<'_>,
    ) -> Result<Loss, Error> {
        let theirs = |one: &&mut Companion| one.process().is_some_and(|process| process.pid == pid);
        match self.0.iter_mut().find(theirs) {
            Some(one) => one.died(ended, now, launch),
            None => Ok(Loss::NotOurs),
        }
    }

    /// Tells all of them to stop, for good.
    pub(super) fn stop(&mut self) {
        for one in &mut self.0 {
            one.text = None;
            one.dismiss();
        }
    }

    /// Ends all of them at once: the program that takes our place starts its own.
    pub(super) fn end_for_successor(&mut self) {
        for one in &mut self.0 {
            if let Some(running) = one.process() {
                process::kill(running.pid);
                // However it ends, it is gone.
                let _ = script::wait_for(running.pid);
            }
            one.state = State::Away;
        }
    }

    /// Starts those again that have something to do, after no other program has taken our place.
    ///
    /// # Errors
    /// If one cannot be started.
    pub(super) fn resume(&mut self, launch: &Launch<'_>, now: Instant) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|one| one.start(launch, now))
    }

    /// Kills those that are still there.
    pub(super) fn kill(&self) {
        for (one, running) in self.0.iter().filter_map(|one| Some((one, one.process()?))) {
            tracing::error!(
                "{} child process({}) did not stop in time: killing it",
                one.role.task(),
                running.pid
            );
            process::kill(running.pid);
        }
    }

    /// Whether all of them run that have been started. One that died is not waited for.
    pub(super) fn are_ready(&self) -> bool {
        self.0.iter().all(|one| match &one.state {
            State::Running(process) => process.ready || !process.listens,
            State::Away | State::Waiting(_) | State::Dismissed(_) => true,
        })
    }

    /// Waits until one of them has said something. Losing the future loses nothing.
    ///
    /// # Errors
    /// If a line breaks in another way than by the end of who is at its other end.
    pub(super) async fn said(&mut self) -> Result<(), Error> {
        let [first, second] = &mut self.0;
        tokio::select! {
            said = first.said() => said,
            said = second.said() => said,
        }
    }

    /// Whether none of them is there.
    pub(super) fn are_gone(&self) -> bool {
        self.0.iter().all(|one| one.process().is_none())
    }
}
