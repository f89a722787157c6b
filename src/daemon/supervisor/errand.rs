//! Scripts around everything else: `startup_script` before a child is started, `shutdown_script` when all have gone. They
//! are waited for; how they end is said, and changes nothing.

use crate::base::time::{Instant, Span};
use crate::conf::model::Command;
use crate::conf::model::settings::Life;
use crate::sys::script::{Launcher, Running, reap};
use crate::sys::signal::{Asked, Signals};
use crate::sys::timer::Timer;
use crate::sys::{Error, clock};
use crate::vrrp::event::Outcome;

/// How long a script that was asked to end may take.
const LAST_BREATH: Span = Span::from_secs(2);

/// A script that is waited for.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    /// What it is for: `startup` or `shutdown`.
    what: &'static str,
    command: Command,
    /// How long it may take.
    pub(super) limit: Span,
    /// Whether a request to stop ends it.
    gives_way: bool,
}

/// What was asked for meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Requests {
    pub(super) stop: bool,
    pub(super) reload: bool,
}

/// How far the end of a script is.
enum Stage {
    Running,
    /// It was asked to end.
    Asked,
    Killed,
}

impl Errand {
    /// What is to be run before everything.
    pub(super) fn at_start(life: &Life) -> Option<Errand> {
        let command = life.startup.clone()?;
        Some(Errand { what: "startup", command, limit: life.startup_timeout, gives_way: true })
    }

    /// What is to be run after everything.
    pub(super) fn at_end(life: &Life) -> Option<Errand> {
        let command = life.shutdown.clone()?;
        Some(Errand { what: "shutdown", command, limit: life.shutdown_timeout, gives_way: false })
    }

    /// Runs it to its end. Tells what was asked for meanwhile; needs a runtime.
    ///
    /// # Errors
    /// If the kernel has nothing left to wait with.
    pub(super) async fn run(&self, ignore_interrupt: bool) -> Result<Requests, Error> {
        let Errand { what, command, limit, .. } = self;
        tracing::info!("Running {what} script {}", command.program().display());
        let (signals, mut timer) = (Signals::open()?, Timer::new()?);
        let started =
            Launcher::for_one(std::env::vars_os()).and_then(|launcher| launcher.start(command, &[]));
        let mut running = match started {
            Ok(running) => running,
            Err(error) => {
                tracing::error!("{what} script: {error}");
                return Ok(Requests::default());
            }
        };
        let mut requests = Requests::default();
        let mut stage = Stage::Running;
        let mut until: Instant = clock::now() + *limit;
        loop {
            timer.arm(Some(until))?;
            tokio::select! {
                asked = signals.next() => match asked? {
                    Asked::Child => match self.bury(running) {
                        Some(still) => running = still,
                        None => return Ok(requests),
                    },
                    Asked::Interrupt if ignore_interrupt => {}
                    Asked::Stop | Asked::Interrupt => {
                        requests.stop = true;
                        if self.gives_way && matches!(stage, Stage::Running) {
                            tracing::info!("Stopping: the {what} script is ended");
                            running.terminate();
                            (stage, until) = (Stage::Asked, clock::now() + LAST_BREATH);
                        }
                    }
                    Asked::Reload => requests.reload = true,
                    // There is nobody yet, or nobody any more, who could tell anything.
                    Asked::Data | Asked::Stats | Asked::StatsClear | Asked::Json | Asked::Upgrade
                    | Asked::Nothing(_) => {}
                },
                expired = timer.expired() => {
                    expired?;
                    if until > clock::now() {
                        continue;
                    }
                    match stage {
                        Stage::Running => {
                            tracing::error!("{what} script timed out after {limit}: it is asked to end");
                            running.terminate();
                            (stage, until) = (Stage::Asked, clock::now() + LAST_BREATH);
                        }
                        Stage::Asked | Stage::Killed => {
                            running.kill();
                            (stage, until) = (Stage::Killed, clock::now() + LAST_BREATH);
                        }
                    }
                }
            }
        }
    }

    /// Buries whoever has ended. Gives the script back if it has not.
    fn bury(&self, running: Running) -> Option<Running> {
        let what = self.what;
        while let Some((pid, ended)) = reap() {
            if pid == running.pid() {
                match running.outcome(ended) {
                    Outcome::Exited(0) => tracing::info!("{what} script succeeded"),
                    Outcome::Exited(status) => {
                        tracing::warn!("{what} script failed (exited with status {status})");
                    }
                    Outcome::Killed(signal) => tracing::warn!("{what} script was ended by signal {signal}"),
                    Outcome::NotStarted(errno) => {
                        let error = std::io::Error::from_raw_os_error(errno);
                        let target = self.command.program().display();
                        tracing::error!("{what} script: {}", Error::new("run", target, error));
                    }
                    // These have no process that could end.
                    Outcome::Passed | Outcome::Failed(_) => {}
                }
                return None;
            }
        }
        Some(running)
    }
}
