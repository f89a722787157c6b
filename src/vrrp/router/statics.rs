//! What does not depend on any instance: static addresses, routes and rules, and settings of interfaces.

use std::collections::BTreeSet;

use super::super::belonging::Holder;
use super::super::event::{KernelOp, Knob, Setting};
use super::super::ownlinks::NOWHERE;
use super::super::receipts::Receipt;
use super::super::vips::{Hands, Vips};
use super::Router;
use crate::base::addr::Family;
use crate::base::id::IfName;
use crate::base::time::Instant;

impl Router {
    /// Does something with the static entries.
    pub(super) fn with_statics<T>(
        &mut self,
        now: Instant,
        act: impl FnOnce(&mut Vips, &mut Hands<'_>) -> T,
    ) -> T {
        let Router { model, links, out, statics, .. } = self;
        let holder = Holder::Statics(&model.statics);
        act(statics, &mut Hands { now, holder, home: &NOWHERE, links, out })
    }

    /// Puts static entries there, in the place of those that an earlier run left. `resumed` is whether this process goes
    /// on where another ended: then they are where they should be.
    pub(super) fn start_statics(&mut self, now: Instant, resumed: bool) {
        if self.statics.count() == 0 {
            return;
        }
        self.with_statics(now, |statics, hands| {
            if !resumed {
                statics.clean(hands);
            }
            statics.want_all(hands);
        });
    }

    /// Takes static entries away.
    pub(super) fn stop_statics(&mut self, now: Instant) {
        if self.statics.count() > 0 {
            self.with_statics(now, Vips::drop_all);
        }
    }

    /// Gives interfaces the settings that instances want, and takes back those that nobody wants any more.
    pub(super) fn see_to_settings(&mut self) {
        let wanted = self.wanted_settings();
        let Router { settings, out, .. } = self;
        for setting in settings.difference(&wanted) {
            out.kernel(Receipt::Setting(*setting), KernelOp::Restore(*setting));
        }
        for setting in wanted.difference(settings) {
            out.kernel(Receipt::Setting(*setting), KernelOp::Set(*setting, setting.knob.value()));
        }
        self.settings = wanted;
    }

    /// Takes back every setting.
    pub(super) fn restore_settings(&mut self) {
        for setting in std::mem::take(&mut self.settings) {
            self.out.kernel(Receipt::Setting(setting), KernelOp::Restore(setting));
        }
    }

    fn wanted_settings(&self) -> BTreeSet<Setting> {
        let promoting = self.index.promoting.iter().copied();
        let there = promoting.filter(|name| self.links.by_name(*name).is_some());
        let on = |interface, knob| Setting { family: Family::V4, interface, knob };
        let promoting = there.map(|interface| on(interface, Knob::PromoteSecondaries));
        // A MAC-VLAN and what it is built on must not answer for each other, and hear packets from anywhere.
        let bases = self.own_links.bases(&self.links);
        let all = |needed| IfName::new("all").filter(|_| needed);
        let unchecked = all(!bases.is_empty()).map(|all| on(all, Knob::RpFilter));
        let quiet = all(self.model.global.settings.interfaces.no_local_igmp);
        let quiet = quiet.map(|all| on(all, Knob::LocalReports));
        let apart = bases.into_iter().flat_map(|base| [on(base, Knob::ArpIgnore), on(base, Knob::ArpFilter)]);
        promoting.chain(apart).chain(unchecked).chain(quiet).collect()
    }
}
