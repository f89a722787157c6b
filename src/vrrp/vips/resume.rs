//! The addresses of an instance between two processes.

use super::super::note::InstanceNote;
use super::{Hands, Slot, Vips};
use crate::base::addr::IpNet;
use crate::base::id::IfIndex;

impl Slot {
    /// Whether the address is in the kernel on our behalf, or may be.
    pub(super) const fn is_ours(&self) -> bool {
        (self.present || self.in_flight > 0) && !self.kept
    }
}

impl Vips {
    /// What is in the kernel on our behalf, or may be.
    pub(in crate::vrrp) fn ours(&self, hands: &Hands<'_>) -> Vec<(IfIndex, IpNet)> {
        let slots = hands.conf.addresses().zip(&self.slots).filter(|(_, slot)| slot.is_ours());
        slots.filter_map(|(vip, _)| hands.device(vip).map(|device| (device, vip.net))).collect()
    }

    /// Whether that has changed since this was last asked.
    pub(in crate::vrrp) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Goes on with what an earlier process had put there (`ours`): what is wanted stays where it is, what is not is
    /// removed, and what is missing is asked for. An owner's own addresses stay its own.
    pub(in crate::vrrp) fn resume(&mut self, wanted: bool, ours: &[(IfIndex, IpNet)], hands: &mut Hands<'_>) {
        for (position, vip) in hands.conf.addresses().copied().enumerate() {
            let Some(slot) = self.slots.get_mut(position) else { continue };
            slot.wanted = wanted;
            let Some(device) = hands.device(&vip) else { continue };
            let there = hands.links.address(device, vip.net);
            let known = ours.contains(&(device, vip.net));
            slot.present = there.is_some();
            if there.is_some_and(|address| hands.conf.priority.is_owner() && !address.marked && !known) {
                slot.kept = true;
                hands.out.note(hands.who, InstanceNote::KeepsOwnAddress(vip.net));
            }
            let slot = *slot;
            if wanted && !slot.present {
                self.ask(position, true, hands);
            } else if !wanted && slot.present && !slot.kept {
                hands.out.note(hands.who, InstanceNote::Leftover(vip.net));
                self.ask(position, false, hands);
            }
        }
    }
}
