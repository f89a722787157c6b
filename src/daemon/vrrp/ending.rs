//! How the VRRP process ends: it gives everything up, lets the hooks tell, and leaves no script behind.

use super::super::Exit;
use super::super::protocol::FromChild;
use super::Shell;
use crate::base::time::{Instant, Span};
use crate::sys::clock;
use crate::vrrp::event::{Answer, Control};

/// How long giving everything up may take.
const GIVING_UP: Span = Span::from_secs(4);
/// How long hooks may take once everything has been given up.
const LAST_WORDS: Span = Span::from_secs(1);
/// How long scripts may take that were asked to end.
const LAST_BREATH: Span = Span::from_millis(300);

/// Where in its life the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The core has not said that it takes part.
    Starting,
    /// It takes part.
    Running,
    /// It gives up its roles and its addresses.
    GivingUp { until: Instant },
    /// The hooks tell.
    LastWords { until: Instant, exit: Exit },
    /// The scripts end.
    LastBreath { until: Instant, exit: Exit },
}

impl Stage {
    /// When the stage is over in any case.
    pub(super) const fn until(self) -> Option<Instant> {
        match self {
            Stage::Starting | Stage::Running => None,
            Stage::GivingUp { until } | Stage::LastWords { until, .. } | Stage::LastBreath { until, .. } => {
                Some(until)
            }
        }
    }
}

impl Shell {
    /// Begins to end.
    pub(super) fn stop(&mut self, why: &str) {
        if !matches!(self.stage, Stage::Starting | Stage::Running) {
            return;
        }
        self.stage = Stage::GivingUp { until: clock::now() + GIVING_UP };
        let keep = self.options.keep_addresses;
        self.control(if keep { Control::StopKeepingAddresses } else { Control::Stop });
        tracing::info!("Stopping: {why}");
    }

    /// Goes on to the next stage if it is time; tells how to end when all are over.
    pub(super) fn proceed(&mut self) -> Option<Exit> {
        let now = clock::now();
        let is_over = self.stage.until().is_some_and(|until| until <= now);
        let answers = std::mem::take(&mut self.effects.answers);
        if answers.contains(&Answer::Reloaded) {
            self.tell_parent(&FromChild::Reloaded);
        }
        match self.stage {
            Stage::Starting if answers.contains(&Answer::Started) => self.started(),
            Stage::GivingUp { .. } if answers.contains(&Answer::Stopped) => self.last_words(now, Exit::Fine),
            Stage::GivingUp { .. } if is_over => {
                tracing::error!(
                    "the kernel still has addresses of ours after {GIVING_UP}; ending all the same"
                );
                self.last_words(now, Exit::Fatal);
            }
            Stage::LastWords { exit, .. } if is_over || self.effects.have_told_all() => {
                self.effects.terminate_scripts();
                self.stage = Stage::LastBreath { until: now + LAST_BREATH, exit };
            }
            Stage::LastBreath { exit, .. } if is_over || self.effects.have_no_scripts() => {
                self.effects.kill_scripts();
                if !self.options.keep_addresses {
                    self.effects.leave_nothing();
                }
                tracing::info!("Stopped");
                return Some(exit);
            }
            Stage::Starting
            | Stage::Running
            | Stage::GivingUp { .. }
            | Stage::LastWords { .. }
            | Stage::LastBreath { .. } => {}
        }
        None
    }

    fn last_words(&mut self, now: Instant, exit: Exit) {
        self.stage = Stage::LastWords { until: now + LAST_WORDS, exit };
        self.effects.hurry(now);
    }

    fn started(&mut self) {
        self.stage = Stage::Running;
        tracing::info!("Startup complete");
        self.tell_parent(&FromChild::Ready);
    }

    /// Says something to the parent, if there is one.
    pub(super) fn tell_parent(&self, said: &FromChild) {
        if !self.has_parent {
            return;
        }
        if let Err(error) = self.line.send(&said.encode()) {
            tracing::warn!("{error}");
        }
    }
}
