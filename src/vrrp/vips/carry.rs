//! What becomes of addresses when the configuration changes: who has an address has it still, under whatever name.

use std::collections::{BTreeMap, HashMap};

use super::super::event::KernelOp;
use super::super::orphans::Orphans;
use super::super::output::Output;
use super::super::receipts::Receipt;
use super::{Hands, Slot, Vips};
use crate::base::addr::IpNet;
use crate::base::id::{IfIndex, InstanceId};
use crate::base::time::Instant;
use crate::conf::model::Vip;

/// An address with all that is known of it, between two configurations.
#[derive(Clone, Copy, Debug)]
struct Belonging {
    vip: Vip,
    slot: Slot,
    retry_at: Option<Instant>,
    was: (InstanceId, u16),
}

/// The addresses of all instances, between two configurations.
#[derive(Debug, Default)]
pub(in crate::vrrp) struct Belongings {
    /// In an order, so that the same reload asks for the same things in the same order.
    by_place: BTreeMap<(IfIndex, IpNet), Vec<Belonging>>,
    /// Where operations that have not been answered belong now.
    moved: HashMap<(InstanceId, u16), (InstanceId, u16)>,
}

impl Belongings {
    /// Takes what an instance has.
    pub(in crate::vrrp) fn collect(&mut self, vips: &Vips, hands: &Hands<'_>) {
        for ((vip, slot), position) in hands.conf.addresses().zip(&vips.slots).zip(0..) {
            let Some(device) = hands.device(vip) else { continue };
            let was = (hands.who, position);
            let belonging = Belonging { vip: *vip, slot: *slot, retry_at: vips.retry_at, was };
            self.by_place.entry((device, vip.net)).or_default().push(belonging);
        }
    }

    /// Takes an address out: that of the same instance if there is one.
    fn take(&mut self, place: (IfIndex, IpNet), before: Option<InstanceId>) -> Option<Belonging> {
        let there = self.by_place.get_mut(&place)?;
        let own = there.iter().position(|belonging| Some(belonging.was.0) == before);
        let known = |belonging: &Belonging| belonging.slot.present || belonging.slot.in_flight > 0;
        let position = own.or_else(|| there.iter().position(known))?;
        Some(there.swap_remove(position))
    }

    /// Operations that have not been answered belong to whoever has their addresses now.
    pub(in crate::vrrp) fn hand_over(&self, out: &mut Output) {
        out.receipts.hand_over(|asked| self.moved.get(&(asked.who, asked.position)).copied());
    }

    /// What is there, or may be, and nobody has taken.
    pub(in crate::vrrp) fn left(self) -> impl Iterator<Item = (IfIndex, Vip)> {
        let there = |of: &Belonging| !of.slot.kept && (of.slot.present || of.slot.in_flight > 0);
        self.by_place.into_iter().filter_map(move |((device, _), left)| {
            left.into_iter().find(there).map(|belonging| (device, belonging.vip))
        })
    }
}

impl Vips {
    /// The addresses of an instance in a new configuration: what of them is there already, whoever had it, is known to
    /// be there. `before` is the same instance in the old configuration. Nothing is asked for.
    pub(in crate::vrrp) fn inherit(
        before: Option<InstanceId>,
        wanted: bool,
        belongings: &mut Belongings,
        orphans: &mut Orphans,
        hands: &mut Hands<'_>,
    ) -> Vips {
        let mut vips = Vips::new(hands.conf.addresses().count());
        for (vip, position) in hands.conf.addresses().zip(0..) {
            let Some(slot) = vips.slots.get_mut(usize::from(position)) else { continue };
            slot.wanted = wanted;
            let Some(device) = hands.device(vip) else { continue };
            let removal_under_way = orphans.adopt(device, vip.net);
            slot.reports_due = u8::from(removal_under_way);
            let Some(belonging) = belongings.take((device, vip.net), before) else { continue };
            if belonging.vip == *vip {
                *slot = Slot { wanted, ..belonging.slot };
                vips.in_flight += u32::from(slot.in_flight);
                if let (true, Some(at)) = (slot.retry, belonging.retry_at) {
                    vips.retry_at = Some(vips.retry_at.map_or(at, |other| other.min(at)));
                }
                belongings.moved.insert(belonging.was, (hands.who, position));
            } else if belonging.slot.present || belonging.slot.in_flight > 0 {
                // The same address with other properties: the kernel changes none of them in place.
                let receipt = Receipt::Orphan(device, vip.net);
                hands.out.kernel(receipt, KernelOp::DelAddress(device, belonging.vip));
                slot.reports_due = 1;
            }
        }
        vips
    }

    /// Whether a reload added this address to a master.
    pub(in crate::vrrp) fn is_late(&self, position: u16) -> bool {
        self.slots.get(usize::from(position)).is_some_and(|slot| slot.late)
    }

    /// The addresses that a reload added to a master, each once.
    pub(in crate::vrrp) fn take_late(&mut self) -> Vec<u16> {
        let slots = self.slots.iter_mut().zip(0..);
        slots.filter_map(|(slot, position)| std::mem::take(&mut slot.late).then_some(position)).collect()
    }

    /// Asks for what is missing of what is wanted, and for the removal of what is there and not wanted.
    pub(in crate::vrrp) fn make_good(&mut self, hands: &mut Hands<'_>) {
        for position in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(position) else { continue };
            let coming = if slot.in_flight > 0 { slot.adding } else { slot.present };
            if slot.retry {
                continue;
            }
            if slot.wanted && !coming {
                slot.late = true;
                self.ask(position, true, hands);
            } else if !slot.wanted && coming && !slot.kept {
                self.ask(position, false, hands);
            }
        }
    }
}
