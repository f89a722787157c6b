//! From one configuration to another without anybody on the LAN noticing more than what changed.
//!
//! What goes on keeps its state, its timers, its addresses and its statistics. First everything that is gone takes its
//! leave in the terms of the old configuration; then the new one counts; then what is new begins.

use std::sync::Arc;

use super::super::belonging::{Holder, Owner};
use super::super::event::{Action, Answer, Reload, SocketOp, Told, Who};
use super::super::group::Group;
use super::super::heirs::Heirs;
use super::super::index::Index;
use super::super::instance::Instance;
use super::super::note::Note;
use super::super::ownlinks::{NOWHERE, News};
use super::super::reason::{Reason, Why};
use super::super::snapshot::Role;
use super::super::state::{Cx, Order};
use super::super::vips::{Belongings, Hands, Vips};
use super::{Phase, Router};
use crate::base::deadlines::Deadlines;
use crate::base::id::{GroupId, InstanceId, Priority, RequestId};
use crate::base::table::{Key as _, Table};
use crate::base::time::Instant;
use crate::conf::model::Model;

impl Router {
    /// Goes over to the configuration of `reload`.
    pub(super) fn reload(&mut self, now: Instant, request: RequestId, reload: &Reload<'_>) {
        if self.phase != Phase::Running {
            self.out.answer(request, Answer::Reloaded);
            return;
        }
        let old = Arc::clone(&self.model);
        let heirs = Heirs::find(&old, &reload.model);
        self.take_leave(now, &heirs);
        let belongings = self.collect();
        self.out.push(Action::Adopt(heirs.clone()));
        self.record_anew();
        let added = self.adopt(now, &old, &heirs, reload, belongings);
        self.note_reload(&heirs, &old, added.len());
        self.begin_anew(now, &added);
        self.renew_veil();
        self.repeat_states();
        self.out.answer(request, Answer::Reloaded);
    }

    /// Instances that are gone resign and tell so; their addresses are dealt with later.
    fn take_leave(&mut self, now: Instant, heirs: &Heirs) {
        let gone = |id: &InstanceId| heirs.instance(*id).is_none();
        for id in self.instances.keys().filter(gone).collect::<Vec<_>>() {
            self.with(now, id, |instance, cx| {
                instance.take_leave(cx);
                None
            });
        }
        self.elections = Deadlines::new();
        self.intents.clear();
        self.untold.clear();
    }

    /// The addresses of all instances.
    fn collect(&mut self) -> Belongings {
        let mut belongings = Belongings::default();
        let Router { instances, statics, model, links, out, .. } = self;
        for (id, instance) in instances.iter() {
            let (holder, home) = (Holder::Instance(id, model.instances.at(id)), &instance.own.home);
            let hands = Hands { now: Instant::ZERO, holder, home, links, out };
            belongings.collect(&instance.own.vips, &hands);
        }
        let holder = Holder::Statics(&model.statics);
        belongings.collect(statics, &Hands { now: Instant::ZERO, holder, home: &NOWHERE, links, out });
        belongings
    }

    /// Makes the new configuration count. Tells which instances are new.
    fn adopt(
        &mut self,
        now: Instant,
        old: &Model,
        heirs: &Heirs,
        reload: &Reload<'_>,
        mut belongings: Belongings,
    ) -> Vec<InstanceId> {
        let new = Arc::clone(&reload.model);
        let silent_from = self.held_until.unwrap_or(now);
        let before = invert(heirs, old);
        let mut carried: Vec<Option<Instance>> =
            std::mem::take(&mut self.instances).into_values().map(Some).collect();
        self.own_links.want(&new, |old| heirs.instance(old), &mut self.out);
        let mut added = Vec::new();
        let mut instances = Table::new();
        for (id, conf) in new.instances.iter() {
            let was = before.get(id.position()).copied().flatten();
            let instance = was.and_then(|was| carried.get_mut(was.position()).and_then(Option::take));
            if instance.is_none() {
                added.push(id);
            }
            let mut instance = instance.unwrap_or_else(|| Instance::new(id, conf, Reason::Reload));
            let home = self.own_links.home(id, conf, &self.links);
            let wanted = instance.role() == Role::Master;
            let Router { links, out, orphans, announcer, wall, .. } = self;
            let holder = Holder::Instance(id, conf);
            let mut hands = Hands { now, holder, home: &home, links, out };
            let before = was.map(Owner::Instance);
            let vips = Vips::inherit(before, wanted, &mut belongings, orphans, &mut hands);
            let mut cx = Cx { silent_from, ..Cx::at(now, *wall, conf, links, out, announcer) };
            instance.own.home.clone_from(&home);
            instance.carry_over(id, vips, was.map(|was| old.instances.at(was)), &mut cx);
            // As many as the model has, so there is room for all.
            if instances.push(instance).is_err() {
                break;
            }
        }
        let Router { links, out, orphans, .. } = self;
        let holder = Holder::Statics(&new.statics);
        let mut hands = Hands { now, holder, home: &NOWHERE, links, out };
        self.statics = Vips::inherit(Some(Owner::Statics), true, &mut belongings, orphans, &mut hands);
        self.announcer.carry_over(heirs);
        self.tracked = self.tracked.carry_over(now, old, heirs, reload);
        self.groups = carry_groups(&self.groups, heirs, &new);
        self.index = Index::new(&new);
        self.instances = instances;
        self.model = new;
        belongings.hand_over(&mut self.out);
        for removal in belongings.left() {
            let wanted = |owner| match owner {
                Owner::Instance(id) => self.instances.at(id).role() == Role::Master,
                Owner::Statics => true,
            };
            let is_wanted = removal.key().is_some_and(|key| self.holders(&key).any(|(who, _)| wanted(who)));
            if !is_wanted {
                self.orphans.remove(removal, &mut self.out);
            }
        }
        added
    }

    fn note_reload(&mut self, heirs: &Heirs, old: &Model, added: usize) {
        let removed = old.instances.keys().filter(|id| heirs.instance(*id).is_none()).count();
        let kept = old.instances.len() - removed;
        self.out.push(Action::Note(Note::Reloaded { kept, added, removed }));
    }

    /// Looks at everything in the light of the new configuration, and lets begin what is new.
    fn begin_anew(&mut self, now: Instant, added: &[InstanceId]) {
        self.listen();
        self.see_to_settings();
        let Router { own_links, links, out, .. } = self;
        let _ = own_links.tend(now, News::Any, links, out);
        self.with_statics(now, Vips::make_good);
        for id in self.instances.keys() {
            self.resolve_interface(now, id);
        }
        self.leave_unneeded_groups();
        for id in self.instances.keys() {
            let new = added.contains(&id);
            self.with(now, id, |instance, cx| {
                let own = &mut instance.own;
                own.vips.make_good(&mut cx.hands(own.id, &own.home));
                if new {
                    own.vips.clean(&mut cx.hands(own.id, &own.home));
                }
                None
            });
            self.free_kept_addresses(id);
        }
        for id in self.instances.keys() {
            self.judge(now, id);
        }
        self.settle(now);
        for group in self.groups.keys() {
            self.make_whole(now, group);
        }
    }

    /// Repeats all states for readers that want to know them after a reload (`fifo_write_vrrp_states_on_reload`). Who has
    /// yet to be told of a state is told of it soon.
    fn repeat_states(&mut self) {
        if !self.model.global.settings.commands.repeat_states {
            return;
        }
        let Router { groups, instances, out, .. } = self;
        for (id, group) in groups.iter().filter(|(_, group)| group.untold.is_none()) {
            if let Some(state) = group.state {
                out.repeat(Who::Group(id), state, Priority::RELEASE);
            }
        }
        for (id, instance) in instances.iter() {
            if let Some(state) = instance.settled_role() {
                out.repeat(Who::Instance(id), state, instance.own.priority);
            }
        }
    }

    fn leave_unneeded_groups(&mut self) {
        let Router { memberships, instances, model, out, .. } = self;
        let needed = model.instances.iter().flat_map(|(id, conf)| {
            let joined =
                conf.group().map(|group| instances.at(id).own.home.ears().map(move |on| (on, group)));
            joined.into_iter().flatten()
        });
        for (interface, group) in memberships.retain(&needed.collect()) {
            memberships.ask(SocketOp::Leave(interface, group), out);
        }
    }

    /// A group whose members came together from different states agrees on one: the least that any of them is.
    pub(super) fn make_whole(&mut self, now: Instant, group: GroupId) {
        let members = self.model.groups.at(group).members.clone();
        let role = |id: InstanceId| self.instances.at(id).role();
        let roles: Vec<Role> =
            members.iter().map(|id| role(*id)).filter(|role| *role != Role::Init).collect();
        let agreed = if roles.contains(&Role::Fault) {
            (Told::Fault, Order::Fault)
        } else if roles.contains(&Role::Backup) {
            (Told::Backup, Order::Follow(None))
        } else if roles.contains(&Role::Master) {
            (Told::Master, Order::Promote)
        } else {
            return;
        };
        let (state, order) = agreed;
        let why = Why::of(Reason::Reload);
        let others: Vec<InstanceId> = members
            .iter()
            .copied()
            .filter(|id| !matches!(self.instances.at(*id).role(), Role::Init))
            .filter(|id| self.instances.at(*id).told_role() != Some(state))
            .collect();
        for id in others {
            self.order(now, id, order, why);
        }
        let known = &mut self.groups.at_mut(group).state;
        // A group that is new says what it is only once something happens to it.
        if known.replace(state).is_some_and(|known| known != state) {
            self.groups.at_mut(group).untold = Some((state, why));
            self.untold.insert(group);
        }
    }
}

/// Which instance of the old configuration each of the new one was.
fn invert(heirs: &Heirs, old: &Model) -> Vec<Option<InstanceId>> {
    let mut before = Vec::new();
    for id in old.instances.keys() {
        if let Some(heir) = heirs.instance(id) {
            if before.len() <= heir.position() {
                before.resize(heir.position() + 1, None);
            }
            if let Some(place) = before.get_mut(heir.position()) {
                *place = Some(id);
            }
        }
    }
    before
}

fn carry_groups(groups: &Table<GroupId, Group>, heirs: &Heirs, new: &Model) -> Table<GroupId, Group> {
    let mut carried: Table<GroupId, Group> = new.groups.values().map(|_| Group::default()).collect();
    for (id, group) in groups.iter() {
        if let Some(heir) = heirs.group(id) {
            *carried.at_mut(heir) = group.clone();
        }
    }
    carried
}
