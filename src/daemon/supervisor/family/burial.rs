//! What becomes of the daemon when one of its processes has ended.

use super::super::super::Exit;
use super::super::super::protocol::FromChild;
use super::super::super::respawn::Decision;
use super::super::companions::Loss;
use super::{CHILD, Child, Family, Stage};
use crate::sys::clock;
use crate::sys::ipc::LONGEST;
use crate::sys::script::{Ended, reap};

impl Family<'_> {
    /// Buries whoever has ended: the child, or somebody whom nobody else buries.
    pub(super) fn bury(&mut self) {
        while let Some((pid, ended)) = reap() {
            if let Some(child) = self.child.take_if(|child| child.pid == pid) {
                self.hear_out(&child);
                if child.dismissed && matches!(self.stage, Stage::Running) {
                    self.dismissed(ended);
                } else {
                    self.child_ended(&child, ended);
                }
            } else {
                self.bury_companion(pid, ended);
            }
        }
    }

    fn bury_companion(&mut self, pid: i32, ended: Ended) {
        match self.companions.bury(pid, ended, clock::now(), &self.launch) {
            Ok(Loss::NotOurs) => {}
            Ok(Loss::Borne) => {
                self.look_at_companions();
                self.end_if_alone();
            }
            Ok(Loss::End(exit)) => self.stop(exit),
            Err(error) => {
                tracing::error!("{error}");
                self.stop(Exit::Fatal);
            }
        }
    }

    /// A child for which there was nothing left to do has ended; perhaps there is something again.
    fn dismissed(&mut self, ended: Ended) {
        if ended != Ended::Exited(0) {
            tracing::warn!("{CHILD} process did not stop in good order: {ended:?}");
        }
        if let Err(error) = self.start_child() {
            tracing::error!("{error}");
            return self.give_up(Exit::Fatal);
        }
        if self.child.is_none() {
            self.reloaded();
        }
    }

    /// Heeds what a child that has ended said last.
    pub(in super::super) fn hear_out(&mut self, child: &Child) {
        let mut buffer = [0; LONGEST];
        while let Ok(message) = child.line.receive_now(&mut buffer) {
            if let Some(FromChild::Mail(letter)) = FromChild::decode(message) {
                self.heed(FromChild::Mail(letter));
            }
        }
    }

    fn child_ended(&mut self, child: &Child, ended: Ended) {
        let how = match ended {
            Ended::Exited(status) => format!("exited with status {status}"),
            Ended::Killed(signal) => format!("was ended by signal {signal}"),
        };
        if self.is_stopping() {
            if ended != Ended::Exited(0) {
                tracing::warn!("{CHILD} process {} {how} while stopping", child.pid);
            }
            self.end_if_alone();
            return;
        }
        self.forget_reload();
        let now = clock::now();
        let left = self.estate.inherit();
        match self.respawn.decide(now, ended, now.since(child.born), left) {
            Decision::GiveUp(exit) => {
                tracing::error!(
                    "{CHILD} process {} {how}; it would do so again, so this is the end",
                    child.pid
                );
                self.give_up(exit);
            }
            Decision::Restart(_) if !self.options.respawn => {
                tracing::error!("{CHILD} process {} {how}; it is not to be started again", child.pid);
                self.give_up(Exit::Fatal);
            }
            Decision::Restart(wait) => {
                tracing::error!("{CHILD} child process({}) died: Respawning (it {how})", child.pid);
                self.tell_manager(&format!("STATUS=The VRRP process died; starting it again in {wait}"));
                if !wait.is_zero() {
                    self.estate.forget();
                }
                self.stage = Stage::Waiting { until: now + wait };
            }
        }
    }
}
