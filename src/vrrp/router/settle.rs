//! From what instances want to what they have to do.

use super::super::event::{Action, Told};
use super::super::group::Decision;
use super::super::note::Note;
use super::super::reason::{Reason, Why};
use super::super::state::{Intent, Order};
use super::{Phase, Router};
use crate::base::id::{GroupId, InstanceId};
use crate::base::room;
use crate::base::time::Instant;

impl Router {
    /// Turns wishes into orders until none is left.
    pub(super) fn settle(&mut self, now: Instant) {
        while let Some((id, intent)) = self.intents.pop_front() {
            let reason = self.instances.at(id).reason(intent);
            match self.index.group_of(id) {
                None => self.settle_alone(now, id, intent, reason),
                Some((group, position)) if intent == Intent::Won => {
                    self.settle_won(now, group, position, Why::of_member(id, reason));
                }
                Some((group, _)) => self.settle_group(now, group, (id, intent), reason),
            }
        }
        room::give_back(&mut self.intents);
    }

    /// An instance without a group does what it wants.
    fn settle_alone(&mut self, now: Instant, id: InstanceId, intent: Intent, reason: Reason) {
        let order = match intent {
            Intent::Promote => Order::Promote,
            Intent::Yield(master) => Order::Follow(Some(master)),
            Intent::Fail => Order::Fault,
            Intent::TakePart if self.member(id).claims => Order::Promote,
            Intent::TakePart | Intent::StepBack => Order::Follow(None),
            Intent::Won => return,
        };
        self.order(now, id, order, Why::of(reason));
    }

    /// A member heard a worse master, so the addresses of the others may be believed elsewhere, too.
    fn settle_won(&mut self, now: Instant, group: GroupId, position: usize, why: Why) {
        self.groups.at_mut(group).won(position, now);
        for other in 0..self.model.groups.at(group).members.len() {
            if let Some(id) =
                self.model.groups.at(group).members.get(other).copied().filter(|_| other != position)
            {
                self.order(now, id, Order::Announce, why);
            }
        }
    }

    fn settle_group(
        &mut self,
        now: Instant,
        group: GroupId,
        (id, intent): (InstanceId, Intent),
        reason: Reason,
    ) {
        let Router { groups, model, instances, phase, .. } = self;
        let member = |id: InstanceId| instances.at(id).member(model.instances.at(id));
        let starting = *phase == Phase::Starting;
        let decision = groups.at_mut(group).decide(now, model.groups.at(group), (id, intent), member);
        let Decision { orders, became } = decision;
        let why = Why::of_member(id, reason);
        // Groups that start as backup say so before any instance does.
        if starting && became == Some(Told::Backup) {
            self.out.notify_group_first(group, Told::Backup, why);
        } else if let Some(state) = became {
            self.groups.at_mut(group).untold = Some((state, why));
            self.untold.insert(group);
        }
        if orders.iter().any(|(_, order)| *order == Order::Wait) {
            self.out.push(Action::Note(Note::GivesWay { group }));
        }
        for (position, (other, order)) in orders.into_iter().enumerate() {
            if let (1, Some(state), false) = (position, became, starting) {
                self.out.push(Action::Note(Note::Syncing { group, state }));
            }
            let why = if other == id { Why::of(reason) } else { why };
            self.order(now, other, order, why);
        }
    }

    fn member(&self, id: InstanceId) -> super::super::group::Member {
        self.instances.at(id).member(self.model.instances.at(id))
    }

    pub(super) fn order(&mut self, now: Instant, id: InstanceId, order: Order, why: Why) {
        self.with(now, id, |instance, cx| {
            instance.obey(order, why, cx);
            None
        });
    }

    /// Tells of groups whose members have all told their part.
    pub(super) fn tell_groups(&mut self) {
        let Router { untold, groups, model, instances, out, .. } = self;
        untold.retain(|group| {
            let members = &model.groups.at(*group).members;
            if !members.iter().all(|id| instances.at(*id).has_told()) {
                return true;
            }
            if let Some((state, why)) = groups.at_mut(*group).untold.take() {
                out.notify_group(*group, state, why);
            }
            false
        });
    }
}
