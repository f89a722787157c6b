//! The addresses of an instance: which are wanted, which are there, and what is being done about the difference.
//!
//! An address is there when the kernel has said so. Operations on one address are carried out in order, so the last
//! one asked for is the one that counts; the answers to earlier ones are only counted.

mod carry;
mod resume;

use super::event::{KernelError, KernelOp};
use super::link::Inventory;
use super::note::InstanceNote;
use super::output::Output;
use super::receipts::{Asked, Receipt};
use crate::base::addr::IpNet;
use crate::base::id::{IfIndex, InstanceId};
use crate::base::time::{Instant, Span};
use crate::conf::model::{Instance as Conf, Vip};

pub(super) use carry::Belongings;

/// How long after a failure, or after an address was lost twice in a row, something is tried again.
pub(super) const RETRY: Span = Span::from_secs(1);
/// An address lost sooner than this after it was put back is not put back at once.
const CALM: Span = Span::from_millis(100);

/// One address.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// It should be there.
    wanted: bool,
    /// The kernel said that it is there.
    present: bool,
    /// An owner's own address, which was there before us: never removed.
    kept: bool,
    /// Operations that have not been answered.
    in_flight: u8,
    /// The last of them was to add it.
    adding: bool,
    /// The number of the last operation asked for.
    serial: u16,
    /// Removals of ours that the kernel has yet to report.
    reports_due: u8,
    /// The last operation failed, or waits its turn.
    retry: bool,
    /// It was added to a master by a reload: announced by itself.
    late: bool,
    /// When it was last put back.
    healed: Option<Instant>,
}

/// All addresses of an instance.
#[derive(Debug)]
pub(super) struct Vips {
    slots: Box<[Slot]>,
    /// Operations that have not been answered, over all slots.
    in_flight: u32,
    /// When the slots that need it are tried again.
    retry_at: Option<Instant>,
    /// What is in the kernel on our behalf, or may be, has changed since that was last recorded.
    changed: bool,
}

/// What the answer to an operation means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landed {
    /// The address is there now, and wanted: it can be announced.
    Installed(u16),
    /// Nothing to be told to anybody.
    Nothing,
}

/// What changing the addresses needs to know and where it leaves its wishes.
pub(super) struct Hands<'a> {
    pub(super) now: Instant,
    pub(super) who: InstanceId,
    pub(super) conf: &'a Conf,
    pub(super) interface: Option<IfIndex>,
    pub(super) links: &'a Inventory,
    pub(super) out: &'a mut Output,
}

impl Hands<'_> {
    fn vip(&self, position: usize) -> Option<Vip> {
        self.conf.addresses().nth(position).copied()
    }

    /// The interface that an address belongs on, if it exists.
    fn device(&self, vip: &Vip) -> Option<IfIndex> {
        match vip.device {
            Some(name) => self.links.by_name(name),
            None => self.interface,
        }
    }
}

impl Vips {
    pub(super) fn new(count: usize) -> Vips {
        Vips {
            slots: vec![Slot::default(); count].into_boxed_slice(),
            in_flight: 0,
            retry_at: None,
            changed: false,
        }
    }

    /// Whether every operation has been answered.
    pub(super) const fn is_settled(&self) -> bool {
        self.in_flight == 0
    }

    /// Whether nothing that failed waits to be tried again.
    pub(super) const fn has_no_retries(&self) -> bool {
        self.retry_at.is_none()
    }

    /// Whether the address at `position` is there and meant to be.
    pub(super) fn is_installed(&self, position: u16) -> bool {
        self.slots.get(usize::from(position)).is_some_and(|slot| slot.wanted && slot.present)
    }

    /// How many addresses the kernel has on our behalf.
    pub(super) fn present(&self) -> usize {
        self.slots.iter().filter(|slot| slot.present && !slot.kept).count()
    }

    /// How many addresses there are.
    pub(super) fn count(&self) -> u16 {
        u16::try_from(self.slots.len()).unwrap_or(u16::MAX)
    }

    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Before the first state: removes what a crash left behind. An owner keeps addresses that are not marked as ours,
    /// because they may be the host's own.
    pub(super) fn clean(&mut self, hands: &mut Hands<'_>) {
        for (position, vip) in hands.conf.addresses().copied().enumerate() {
            let Some(device) = hands.device(&vip) else { continue };
            let Some(address) = hands.links.address(device, vip.net) else { continue };
            let Some(slot) = self.slots.get_mut(position).filter(|slot| slot.in_flight == 0) else {
                continue;
            };
            slot.present = true;
            if hands.conf.priority.is_owner() && !address.marked {
                slot.kept = true;
                hands.out.note(hands.who, InstanceNote::KeepsOwnAddress(vip.net));
            } else {
                hands.out.note(hands.who, InstanceNote::Leftover(vip.net));
                self.ask(position, false, hands);
            }
        }
    }

    /// Whether `net` is an address that an owner keeps.
    pub(super) fn keeps(&self, conf: &Conf, net: IpNet) -> bool {
        conf.addresses().zip(&self.slots).any(|(vip, slot)| slot.kept && vip.net == net)
    }

    /// Becoming master: everything has to be there.
    pub(super) fn want_all(&mut self, hands: &mut Hands<'_>) {
        hands.out.note(hands.who, InstanceNote::AddingAddresses);
        for position in 0..self.slots.len() {
            self.want(position, true, hands);
        }
    }

    /// No longer master: nothing may be there.
    pub(super) fn drop_all(&mut self, hands: &mut Hands<'_>) {
        hands.out.note(hands.who, InstanceNote::RemovingAddresses);
        for position in 0..self.slots.len() {
            self.want(position, false, hands);
        }
    }

    fn want(&mut self, position: usize, wanted: bool, hands: &mut Hands<'_>) {
        let Some(slot) = self.slots.get_mut(position) else { return };
        let maybe_there = slot.present || slot.in_flight > 0;
        slot.wanted = wanted;
        slot.retry = false;
        if slot.kept && !wanted {
            return;
        }
        if wanted || maybe_there {
            self.ask(position, wanted, hands);
        }
    }

    /// Asks the kernel to add or remove an address.
    fn ask(&mut self, position: usize, add: bool, hands: &mut Hands<'_>) {
        let (Some(vip), Some(slot)) = (hands.vip(position), self.slots.get_mut(position)) else { return };
        let Some(device) = hands.device(&vip) else {
            // Gone with its interface; when that comes back, so does the wish.
            slot.present = false;
            return;
        };
        self.changed |= add && !slot.is_ours();
        slot.serial = slot.serial.wrapping_add(1);
        slot.adding = add;
        slot.in_flight = slot.in_flight.saturating_add(1);
        self.in_flight += 1;
        let op = if add {
            KernelOp::AddAddress(device, vip)
        } else {
            slot.reports_due = slot.reports_due.saturating_add(1);
            KernelOp::DelAddress(device, vip)
        };
        let position = u16::try_from(position).unwrap_or(u16::MAX);
        let asked = Asked { who: hands.who, position, serial: slot.serial, add };
        hands.out.kernel(Receipt::Address(asked), op);
    }

    /// An operation was answered.
    pub(super) fn done(
        &mut self,
        asked: Asked,
        result: Result<(), KernelError>,
        hands: &mut Hands<'_>,
    ) -> Landed {
        let position = usize::from(asked.position);
        let (Some(vip), Some(slot)) = (hands.vip(position), self.slots.get_mut(position)) else {
            return Landed::Nothing;
        };
        slot.in_flight = slot.in_flight.saturating_sub(1);
        self.in_flight = self.in_flight.saturating_sub(1);
        self.changed |= self.in_flight == 0 && !asked.add;
        let last = slot.serial == asked.serial;
        let failed = match (asked.add, result) {
            (true, Ok(()) | Err(KernelError::Exists)) => {
                slot.present = true;
                None
            }
            (false, Ok(())) => {
                slot.present = false;
                None
            }
            (false, Err(KernelError::Gone)) => {
                slot.present = false;
                slot.reports_due = slot.reports_due.saturating_sub(1);
                None
            }
            (true, Err(KernelError::Gone)) => {
                slot.present = false;
                Some(KernelError::Gone)
            }
            // A refusal says nothing of an address that an earlier operation may have left there.
            (true, Err(error @ (KernelError::Denied | KernelError::Other(_)))) => Some(error),
            (false, Err(error @ (KernelError::Exists | KernelError::Denied | KernelError::Other(_)))) => {
                slot.reports_due = slot.reports_due.saturating_sub(1);
                Some(error)
            }
        };
        if let Some(error) = failed {
            slot.retry |= last;
            self.refused(asked.add, vip, error, last, hands);
            return Landed::Nothing;
        }
        let installed = last && slot.wanted && slot.present;
        if installed { Landed::Installed(asked.position) } else { Landed::Nothing }
    }

    fn refused(&mut self, add: bool, vip: Vip, error: KernelError, again: bool, hands: &mut Hands<'_>) {
        let Some(device) = hands.device(&vip) else { return };
        let op = if add { KernelOp::AddAddress(device, vip) } else { KernelOp::DelAddress(device, vip) };
        let again_in = again.then_some(RETRY);
        hands.out.note(hands.who, InstanceNote::KernelRefused { op, error, again_in });
        if again {
            self.retry_after(RETRY, hands.now);
        }
    }

    fn retry_after(&mut self, span: Span, now: Instant) {
        let at = now + span;
        self.retry_at = Some(self.retry_at.map_or(at, |retry_at| retry_at.min(at)));
    }

    /// Tries again what has to be tried again.
    pub(super) fn expire(&mut self, hands: &mut Hands<'_>) {
        if self.retry_at.is_none_or(|at| at > hands.now) {
            return;
        }
        self.retry_at = None;
        for position in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(position) else { continue };
            if std::mem::take(&mut slot.retry) && slot.wanted != slot.present {
                let wanted = slot.wanted;
                self.ask(position, wanted, hands);
            }
        }
    }

    /// The kernel reports that an address is gone. If that was not us and it should be there, it is put back.
    /// Tells whether it is.
    pub(super) fn lost(&mut self, position: u16, hands: &mut Hands<'_>) -> bool {
        let index = usize::from(position);
        let (Some(vip), Some(slot)) = (hands.vip(index), self.slots.get_mut(index)) else { return false };
        if slot.reports_due > 0 {
            slot.reports_due -= 1;
            return false;
        }
        slot.present = false;
        self.changed = true;
        if !slot.wanted || slot.in_flight > 0 || vip.flags.no_track {
            return false;
        }
        let delayed = slot.healed.is_some_and(|healed| hands.now.since(healed) < CALM);
        slot.healed = Some(hands.now);
        slot.retry = delayed;
        hands.out.note(hands.who, InstanceNote::Healing { net: vip.net, delayed });
        if delayed {
            self.retry_after(RETRY, hands.now);
        } else {
            self.ask(index, true, hands);
        }
        true
    }

    /// An interface came back or went: what was on it is gone, and what should be there is asked for.
    pub(super) fn reconcile(&mut self, hands: &mut Hands<'_>) {
        for (position, vip) in hands.conf.addresses().copied().enumerate() {
            let there =
                hands.device(&vip).is_some_and(|device| hands.links.address(device, vip.net).is_some());
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
    }

    /// What must hold whatever happened.
    pub(super) fn check_invariants(&self, master: bool) {
        let in_flight: u32 = self.slots.iter().map(|slot| u32::from(slot.in_flight)).sum();
        debug_assert_eq!(in_flight, self.in_flight, "operations are counted twice over");
        debug_assert!(self.slots.iter().all(|slot| slot.wanted == master), "addresses follow the role");
    }
}

#[cfg(test)]
mod tests;
