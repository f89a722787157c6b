//! An instance between two configurations.

use super::super::advert;
use super::super::event::Told;
use super::super::note::InstanceNote;
use super::super::reason::{Reason, Why};
use super::super::snapshot::Role;
use super::super::state::{Cx, State};
use super::super::vips::Vips;
use super::Instance;
use crate::base::id::{InstanceId, Priority};
use crate::conf::model::Instance as Conf;

impl Instance {
    /// Its state, as users know it.
    pub(in crate::vrrp) const fn role(&self) -> Role {
        match &self.state {
            State::Init(_) => Role::Init,
            State::Backup(_) => Role::Backup,
            State::Master(_) => Role::Master,
            State::Fault(_) => Role::Fault,
        }
    }

    /// Its state, as users are told.
    pub(in crate::vrrp) const fn told_role(&self) -> Option<Told> {
        match &self.state {
            State::Init(_) => None,
            State::Backup(_) => Some(Told::Backup),
            State::Master(_) => Some(Told::Master),
            State::Fault(_) => Some(Told::Fault),
        }
    }

    /// Its state, unless users have yet to be told of it.
    pub(in crate::vrrp) const fn settled_role(&self) -> Option<Told> {
        if self.own.untold.is_none() { self.told_role() } else { None }
    }

    /// It is not part of the new configuration. Its addresses are left for others to take or to remove.
    pub(in crate::vrrp) fn take_leave(&mut self, cx: &mut Cx<'_>) {
        let own = &mut self.own;
        own.untold = None;
        cx.out.note(own.id, InstanceNote::Deleted);
        if matches!(self.state, State::Master(_)) {
            own.stats.released_master += 1;
            if advert::send(own, Priority::RELEASE, cx) {
                own.stats.priority_zero_sent += 1;
                cx.out.note(own.id, InstanceNote::SentPriorityZero);
            }
        }
        let asked_for = cx.conf.further.as_ref().is_some_and(|further| further.notify_deleted.is_some());
        // Whoever does not ask to be told of this is told of a fault, but not twice.
        if asked_for || !matches!(self.state, State::Fault(_)) {
            cx.out.notify_now(own.id, Told::Deleted, own.priority, Why::of(Reason::Reload));
        }
    }

    /// Goes on in a new configuration, as number `id` and with these addresses. `before` is what it was configured to
    /// be; none if it is new.
    pub(in crate::vrrp) fn carry_over(
        &mut self,
        id: InstanceId,
        vips: Vips,
        before: Option<&Conf>,
        cx: &mut Cx<'_>,
    ) {
        self.own.id = id;
        self.own.vips = vips;
        let Some(before) = before else { return };
        match &mut self.state {
            State::Backup(backup) => backup.reconfigure(&self.own, before, cx),
            State::Master(master) => master.reconfigure(cx),
            State::Init(_) | State::Fault(_) => {}
        }
    }
}
