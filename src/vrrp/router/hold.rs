//! The first moments, in which nobody is heard and nobody becomes master (`vrrp_startup_delay`, `vrrp_delay_after_boot`).
//!
//! Backups are backups from the start, but their time begins only then. An owner, which would be master at once, is
//! nothing until then.

use super::super::event::Action;
use super::super::note::Note;
use super::super::snapshot::Role;
use super::super::state::Intent;
use super::Router;
use crate::base::id::InstanceId;
use crate::base::time::{Instant, Span};

impl Router {
    /// Begins to hold everyone, if that is wanted.
    pub(super) fn hold(&mut self, now: Instant, uptime: Span) {
        let life = &self.model.global.settings.life;
        let span = life.startup_delay.max(life.delay_after_boot - uptime);
        if !span.is_zero() {
            self.held_until = Some(now + span);
            self.out.push(Action::Note(Note::Held { span }));
        }
    }

    /// Lets everyone go if it is time.
    pub(super) fn release(&mut self, now: Instant) {
        if self.held_until.take_if(|until| *until <= now).is_none() {
            return;
        }
        for id in self.instances.keys() {
            if matches!(self.instances.at(id).role(), Role::Init | Role::Fault) {
                self.judge(now, id);
            }
        }
    }

    /// Forgets the wish of one who would be master at once and must not be yet.
    pub(super) fn hold_back(&mut self, id: InstanceId) {
        if self.held_until.is_some()
            && self.intents.back() == Some(&(id, Intent::TakePart))
            && self.claims(id)
        {
            self.intents.pop_back();
        }
    }

    /// Whether an instance, with its group, is master without waiting.
    fn claims(&self, id: InstanceId) -> bool {
        let claims = |id: InstanceId| self.instances.at(id).member(self.model.instances.at(id)).claims;
        match self.index.group_of(id) {
            Some((group, _)) => self.model.groups.at(group).members.iter().all(|id| claims(*id)),
            None => claims(id),
        }
    }
}
