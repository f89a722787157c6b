//! The belongings of somebody between two processes.

use std::collections::HashSet;

use super::super::belonging::{Key, Thing};
use super::super::note::InstanceNote;
use super::{Hands, Slot, Vips};

impl Slot {
    /// Whether it is in the kernel on our behalf, or may be.
    pub(super) const fn is_ours(&self) -> bool {
        (self.present || self.in_flight > 0) && !self.kept
    }
}

impl Vips {
    /// What is in the kernel on our behalf, or may be.
    pub(in crate::vrrp) fn ours(&self, hands: &Hands<'_>) -> Vec<Key> {
        let slots = hands.holder.things().zip(&self.slots).filter(|(_, slot)| slot.is_ours());
        slots.filter_map(|(thing, _)| hands.key(thing)).collect()
    }

    /// Whether that has changed since this was last asked.
    pub(in crate::vrrp) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Goes on with what an earlier process had put there (`ours`): what is wanted stays where it is, what is not is
    /// removed, and what is missing is asked for. An owner's own addresses stay its own.
    pub(in crate::vrrp) fn resume(&mut self, wanted: bool, ours: &[Key], hands: &mut Hands<'_>) {
        let ours: HashSet<&Key> = ours.iter().collect();
        for (position, thing) in hands.holder.things().enumerate() {
            let Some(slot) = self.slots.get_mut(position) else { continue };
            slot.wanted = wanted;
            let Some(key) = hands.key(thing) else { continue };
            let known = ours.contains(&key);
            let (Thing::Address(vip), Key::Address(device, net)) = (thing, key) else {
                slot.present = known;
                // What is there is not known; adding what is there, or removing what is not, does no harm.
                if wanted || known {
                    self.ask(position, wanted, hands);
                }
                continue;
            };
            let there = hands.links.address(device, net);
            slot.present = there.is_some();
            slot.unproven = vip.flags.duplicate_detection && there.is_some_and(|known| known.tentative);
            if there.is_some_and(|address| hands.holder.is_address_owner() && !address.marked && !known) {
                slot.kept = true;
                hands.note(InstanceNote::KeepsOwnAddress(net));
            }
            let slot = *slot;
            if wanted && !slot.present {
                self.ask(position, true, hands);
            } else if !wanted && slot.present && !slot.kept {
                hands.note(InstanceNote::Leftover(net));
                self.ask(position, false, hands);
            }
        }
    }
}
