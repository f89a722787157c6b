//! A router that goes on where an earlier process ended, and what every router records for its successor.
//!
//! A master goes on as master until something speaks against it: what it tracks has not reported yet, and its priority
//! is the last one known until everything has. A backup waits for a whole master-down time.

use std::sync::Arc;

use super::super::belonging::Key;
use super::super::event::{Action, KernelOp};
use super::super::handover::{Handover, Inheritance, Leftovers, Legacy, Marks};
use super::super::link::Inventory;
use super::super::state::Cx;
use super::{Phase, Router};
use crate::base::id::InstanceId;
use crate::base::time::Instant;
use crate::conf::model::Model;

impl Router {
    /// The router of `model` that goes on where the one that left `handover` ended, once it is told to start
    /// ([`Control::Start`](super::super::event::Control::Start)). Instances that are not in it begin anew.
    #[must_use]
    pub fn resume(model: Arc<Model>, links: &Inventory, handover: Handover) -> Router {
        let inheritance = Inheritance::of(handover, &model);
        Router { inheritance, ..Router::new(model, links) }
    }

    /// An earlier process has made this: what of it nobody wants is removed at the start.
    pub fn find(&mut self, leftovers: Leftovers) {
        self.veil.clean(leftovers.firewall);
        self.own_links.find(leftovers.links);
    }

    /// Takes over what an earlier process had, and cleans what nobody had. Tells who goes on.
    pub(super) fn inherit(&mut self, now: Instant) -> Vec<InstanceId> {
        let mut inheritance = std::mem::take(&mut self.inheritance);
        let mut heirs = Vec::new();
        for id in self.instances.keys() {
            self.resolve_interface(now, id);
            let legacy = inheritance.take(id);
            self.with(now, id, |instance, cx| {
                match &legacy {
                    Some(legacy) => instance.inherit(legacy, cx),
                    None => {
                        let own = &mut instance.own;
                        own.vips.clean(&mut cx.hands(own.id, &own.home));
                    }
                }
                None
            });
            self.free_kept_addresses(id);
            heirs.extend(legacy.map(|_| id));
        }
        self.remove_ownerless(&inheritance.owned);
        heirs
    }

    /// Removes what of `owned` nobody is configured to have any more.
    fn remove_ownerless(&mut self, owned: &[Key]) {
        for key in owned {
            let is_there = match key {
                Key::Address(device, net) => self.links.address(*device, *net).is_some(),
                Key::Route(_) | Key::Rule(_) => true,
            };
            if is_there && self.holders(key).next().is_none() {
                self.orphans.remove(KernelOp::removal(key), &mut self.out);
            }
        }
    }

    /// What an earlier process was master of is advertised at once; groups agree on one state.
    pub(super) fn go_on(&mut self, now: Instant, heirs: &[InstanceId]) {
        for &id in heirs {
            self.with(now, id, |instance, cx| {
                instance.go_on(cx);
                None
            });
        }
        for (group, conf) in self.model.groups.iter() {
            let told = |id: &InstanceId| self.instances.at(*id).told_role();
            let first = conf.members.first().and_then(told);
            let agreed = conf.members.iter().all(|id| heirs.contains(id) && told(id) == first);
            self.groups.at_mut(group).state = first.filter(|_| agreed);
        }
    }

    /// Groups whose members were recorded in different states agree on one.
    pub(super) fn make_groups_whole(&mut self, now: Instant) {
        for group in self.groups.keys() {
            self.make_whole(now, group);
        }
    }

    /// Records what a successor has to know, of those for whom it changed; of all after a new configuration.
    pub(super) fn record(&mut self, now: Instant) {
        if self.phase == Phase::New {
            return;
        }
        let Router { touched, marks, instances, .. } = self;
        let anew = !self.recording || marks.len() != instances.len();
        if anew {
            *marks = instances.values().map(|_| (None, 0)).collect();
            touched.clear();
            touched.extend(instances.keys());
        }
        self.recording = true;
        if self.statics.take_changed() || anew {
            let owned = self.with_statics(now, |statics, hands| statics.ours(hands));
            self.out.push(Action::RecordStatics(owned));
        }
        let Router { touched, .. } = self;
        let mut touched = std::mem::take(touched);
        for id in touched.drain(..) {
            if self.instances.get(id).is_some() {
                self.record_one(now, id);
            }
        }
        self.touched = touched;
    }

    fn record_one(&mut self, now: Instant, id: InstanceId) {
        let Router { model, links, out, announcer, instances, marks, wall, .. } = self;
        let (instance, conf, (known, sequence)) =
            (instances.at_mut(id), model.instances.at(id), marks.at_mut(id));
        let mut cx = Cx::at(now, *wall, conf, links, out, announcer);
        let mark = instance.mark();
        let moved = instance.own.vips.take_changed();
        if moved || *known != Some(mark) {
            *known = Some(mark);
            let legacy: Legacy = instance.legacy(&mut cx);
            *sequence = legacy.sequence;
            out.push(Action::Record(id, Box::new(legacy)));
        } else if let Some(last) = instance.last_number(&cx).filter(|last| *last != *sequence) {
            *sequence = last;
            out.push(Action::RecordSequence(id, last));
        }
    }

    /// Everything is recorded anew: the numbers of instances mean others now.
    pub(super) fn record_anew(&mut self) {
        self.marks = Marks::new();
        self.recording = false;
    }
}
