//! What somebody else does to what we own, and what the kernel does to it: it is put back.

use super::super::belonging::Thing;
use super::super::link::Culprit;
use super::super::note::InstanceNote;
use super::{Hands, RETRY, Vips};
use crate::base::time::Span;
use crate::conf::model::route::Route;

/// Something lost sooner than this after it was put back is not put back at once.
const CALM: Span = Span::from_millis(100);

impl Hands<'_> {
    /// Whether every interface that a route names carries traffic.
    fn is_passable(&self, route: &Route) -> bool {
        let runs = |name| {
            let link = self.links.by_name(name).and_then(|index| self.links.link(index));
            link.is_some_and(|link| link.running)
        };
        Thing::Route(route).interfaces().into_iter().all(runs)
    }
}

impl Vips {
    /// The kernel reports that something is gone. If that was not us and it should be there, it is put back.
    /// Tells whether it is.
    pub(in crate::vrrp) fn lost(
        &mut self,
        position: u16,
        by: Option<&Culprit>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let index = usize::from(position);
        let (Some(thing), Some(slot)) = (hands.holder.thing(index), self.slots.get_mut(index)) else {
            return false;
        };
        if slot.reports_due > 0 {
            slot.reports_due -= 1;
            return false;
        }
        slot.present = false;
        self.changed = true;
        if !slot.wanted || thing.is_untracked() {
            return false;
        }
        if slot.has_expired(hands.now) {
            if let Some(what) = hands.addition(thing) {
                hands.note(InstanceNote::Expired(what));
            }
            return false;
        }
        if slot.in_flight > 0 {
            slot.doubtful = true;
            return false;
        }
        let delayed = slot.healed.is_some_and(|healed| hands.now.since(healed) < CALM);
        slot.healed = Some(hands.now);
        slot.retry = delayed.then(|| hands.now + RETRY);
        if let Some(what) = hands.addition(thing) {
            hands.note(InstanceNote::Healing { what, delayed, by: by.cloned() });
        }
        if delayed {
            self.retry_after(RETRY, hands.now);
        } else {
            self.ask(index, true, hands);
        }
        true
    }

    /// The kernel says that an address can be used. Tells whether that is news.
    pub(in crate::vrrp) fn proven(&mut self, position: u16) -> bool {
        let Some(slot) = self.slots.get_mut(usize::from(position)) else { return false };
        std::mem::take(&mut slot.unproven) && slot.wanted && slot.present
    }

    /// The kernel says that another host has an address of ours: it is taken away and tried again, because it may be a
    /// master that has not given it up yet.
    pub(in crate::vrrp) fn duplicate(&mut self, position: u16, hands: &mut Hands<'_>) {
        let index = usize::from(position);
        let (Some(thing), Some(slot)) = (hands.holder.thing(index), self.slots.get_mut(index)) else {
            return;
        };
        if !slot.wanted || slot.in_flight > 0 || slot.retry.is_some() {
            return;
        }
        let span = slot.patience();
        slot.retry = Some(hands.now + span);
        if let Some(vip) = thing.address() {
            hands.note(InstanceNote::Duplicate { net: vip.net, again_in: span });
        }
        self.retry_after(span, hands.now);
        self.ask(index, false, hands);
    }

    /// An interface came back or went: what was on it is gone, and what should be there is asked for.
    pub(in crate::vrrp) fn reconcile(&mut self, hands: &mut Hands<'_>) {
        for (position, vip) in hands.addresses() {
            let there =
                hands.device(vip).is_some_and(|device| hands.links.address(device, vip.reported()).is_some());
            let Some(slot) = self.slots.get_mut(position) else { continue };
            if slot.in_flight > 0 {
                continue;
            }
            let ours = std::mem::replace(&mut slot.present, there) && !slot.kept;
            self.changed |= ours != there;
            slot.reports_due = 0;
            if slot.wanted && !there {
                self.ask(position, true, hands);
            } else if !slot.wanted && there && ours {
                self.ask(position, false, hands);
            }
        }
        self.ask_again(false, hands);
    }

    /// Asks anew for every route that is wanted and can be there, and perhaps for rules: the kernel does not always say
    /// that it has removed a route, and adding what is there changes nothing.
    pub(in crate::vrrp) fn ask_again(&mut self, rules_too: bool, hands: &mut Hands<'_>) {
        for position in 0..self.slots.len() {
            let can_be = match hands.holder.thing(position) {
                Some(Thing::Route(route)) => hands.is_passable(route),
                Some(Thing::Rule(_)) => rules_too,
                Some(Thing::Address(_)) | None => false,
            };
            let Some(slot) = self.slots.get(position) else { continue };
            if slot.wanted && slot.in_flight == 0 && can_be && !slot.has_expired(hands.now) {
                self.ask(position, true, hands);
            }
        }
    }
}
