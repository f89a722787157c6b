//! What becomes of belongings when the configuration changes: who has something has it still, under whatever name.

use std::collections::{BTreeMap, HashMap};

use super::super::belonging::{Key, Owner};
use super::super::event::KernelOp;
use super::super::orphans::Orphans;
use super::super::output::Output;
use super::super::receipts::Receipt;
use super::{Hands, Slot, Vips};

/// Something with all that is known of it, between two configurations.
#[derive(Clone, Debug)]
struct Belonging {
    /// What put it there.
    addition: KernelOp,
    slot: Slot,
    was: (Owner, u16),
}

impl Belonging {
    fn may_be_there(&self) -> bool {
        self.slot.present || self.slot.in_flight > 0
    }
}

/// The belongings of all, between two configurations.
#[derive(Debug, Default)]
pub(in crate::vrrp) struct Belongings {
    /// In an order, so that the same reload asks for the same things in the same order.
    by_key: BTreeMap<Key, Vec<Belonging>>,
    /// Where operations that have not been answered belong now.
    moved: HashMap<(Owner, u16), (Owner, u16)>,
}

impl Belongings {
    /// Takes what somebody has.
    pub(in crate::vrrp) fn collect(&mut self, vips: &Vips, hands: &Hands<'_>) {
        for ((thing, slot), position) in hands.holder.things().zip(&vips.slots).zip(0..) {
            let Some(addition) = hands.addition(thing) else { continue };
            let Some(key) = addition.key() else { continue };
            let was = (hands.holder.owner(), position);
            let belonging = Belonging { addition, slot: *slot, was };
            self.by_key.entry(key).or_default().push(belonging);
        }
    }

    /// Takes something out: that of the same owner if there is one.
    fn take(&mut self, key: &Key, before: Option<Owner>) -> Option<Belonging> {
        let there = self.by_key.get_mut(key)?;
        let own = there.iter().position(|belonging| Some(belonging.was.0) == before);
        let position = own.or_else(|| there.iter().position(Belonging::may_be_there))?;
        Some(there.swap_remove(position))
    }

    /// Operations that have not been answered belong to whoever has their things now.
    pub(in crate::vrrp) fn hand_over(&self, out: &mut Output) {
        out.receipts.hand_over(|asked| self.moved.get(&(asked.owner, asked.position)).copied());
    }

    /// The removals of what is there, or may be, and nobody has taken: rules first, then routes, then addresses.
    pub(in crate::vrrp) fn left(self) -> impl Iterator<Item = KernelOp> {
        let there = |of: &Belonging| !of.slot.kept && of.may_be_there();
        self.by_key
            .into_values()
            .rev()
            .filter_map(move |left| left.into_iter().find(there)?.addition.undone())
    }
}

impl Vips {
    /// The belongings of somebody in a new configuration: what of them is there already, whoever had it, is known to
    /// be there. `before` is the same owner in the old configuration. Nothing is asked for.
    pub(in crate::vrrp) fn inherit(
        before: Option<Owner>,
        wanted: bool,
        belongings: &mut Belongings,
        orphans: &mut Orphans,
        hands: &mut Hands<'_>,
    ) -> Vips {
        let mut vips = Vips::new(hands.holder.count());
        for (thing, position) in hands.holder.things().zip(0..) {
            let Some(slot) = vips.slots.get_mut(usize::from(position)) else { continue };
            slot.wanted = wanted;
            let Some(addition) = hands.addition(thing) else { continue };
            let Some(key) = addition.key() else { continue };
            let is_reported = thing.address().is_some();
            let removal_under_way = orphans.adopt(&key);
            slot.reports_due = u8::from(removal_under_way && is_reported);
            let Some(belonging) = belongings.take(&key, before) else { continue };
            if belonging.addition == addition {
                *slot = Slot { wanted, ..belonging.slot };
                vips.in_flight += u32::from(slot.in_flight);
                belongings.moved.insert(belonging.was, (hands.holder.owner(), position));
            } else if belonging.may_be_there()
                && let Some(removal) = belonging.addition.undone()
            {
                // The same thing with other properties: the kernel changes none of them in place.
                hands.out.kernel(Receipt::Orphan(key), removal);
                slot.reports_due = u8::from(is_reported);
            }
        }
        vips.retry_at = vips.slots.iter().filter_map(|slot| slot.retry).min();
        vips
    }

    /// Whether a reload added this to a master.
    pub(in crate::vrrp) fn is_late(&self, position: u16) -> bool {
        self.slots.get(usize::from(position)).is_some_and(|slot| slot.late)
    }

    /// What a reload added to a master, each once.
    pub(in crate::vrrp) fn take_late(&mut self) -> Vec<u16> {
        let slots = self.slots.iter_mut().zip(0..);
        slots.filter_map(|(slot, position)| std::mem::take(&mut slot.late).then_some(position)).collect()
    }

    /// Asks for what is missing of what is wanted, and for the removal of what is there and not wanted.
    pub(in crate::vrrp) fn make_good(&mut self, hands: &mut Hands<'_>) {
        for position in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(position) else { continue };
            let coming = if slot.in_flight > 0 { slot.adding } else { slot.present };
            if slot.retry.is_some() {
                continue;
            }
            if slot.wanted && !coming && !slot.has_expired(hands.now) {
                slot.late = true;
                self.ask(position, true, hands);
            } else if !slot.wanted && coming && !slot.kept {
                self.ask(position, false, hands);
            }
        }
    }
}
