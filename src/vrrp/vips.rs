//! What somebody owns in the kernel: what of it is wanted, what is there, and what is being done about the difference.
//!
//! An instance owns its addresses, routes and rules while it is master, the daemon its static ones from beginning to end.
//! They are added in this order, because a route may need an address and a rule a route, and removed the other way
//! round.
//!
//! Something is there when the kernel has said so. Operations on one thing are carried out in order, so the last
//! one asked for is the one that counts; the answers to earlier ones are only counted.

mod carry;

mod reports;
mod resume;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::belonging::{Holder, Key, PlacedRoute, RouteKey, RuleKey, Thing};
use super::event::{KernelError, KernelOp};
use super::link::{Inventory, Kind};
use super::note::InstanceNote;
use super::output::Output;
use super::ownlinks::Home;
use super::receipts::{Asked, Receipt};
use crate::base::addr::{Family, IpNet};
use crate::base::id::{IfIndex, IfName};
use crate::base::time::{Instant, Span};
use crate::conf::model::route::Rule;
use crate::conf::model::{Instance as Conf, Vip};

pub(super) use carry::Belongings;

/// How long after a failure, or after something was lost twice in a row, something is tried again.
pub(super) const RETRY: Span = Span::from_secs(1);
/// What cannot be added again and again is tried less and less often: every 8 seconds at last.
const MOST_DOUBLINGS: u8 = 3;

/// One thing.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "wanted, there, kept and under way are independent of one another"
)]
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
    /// When it is tried again, because the last operation failed or waits its turn.
    retry: Option<Instant>,
    /// How often in a row it has failed.
    failures: u8,
    /// It was added to a master by a reload: announced by itself.
    late: bool,
    /// The kernel still looks whether another host has this address.
    unproven: bool,
    /// When it was last put back.
    healed: Option<Instant>,
    /// It was lost while the kernel had yet to answer: the answer may be older than the loss.
    doubtful: bool,
    /// From when on the kernel may take it away for good, because its time is over (`expires`).
    lives_until: Option<Instant>,
}

/// Everything that somebody owns.
#[derive(Debug)]
pub(super) struct Vips {
    slots: Box<[Slot]>,
    /// Operations that have not been answered, over all slots.
    in_flight: u32,
    /// When the first of the slots that need it is tried again.
    retry_at: Option<Instant>,
    /// What is in the kernel on our behalf, or may be, has changed since that was last recorded.
    changed: bool,
}

/// What the answer to an operation means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landed {
    /// It is there now, and wanted: an address can be announced.
    Installed(u16),
    /// Nothing to be told to anybody.
    Nothing,
}

/// What changing belongings needs to know and where it leaves its wishes.
pub(super) struct Hands<'a> {
    pub(super) now: Instant,
    pub(super) holder: Holder<'a>,
    pub(super) home: &'a Home,
    pub(super) links: &'a Inventory,
    pub(super) out: &'a mut Output,
}

impl<'a> Hands<'a> {
    /// The interface that an address belongs on, if it exists.
    fn device(&self, vip: &Vip) -> Option<IfIndex> {
        self.home.device(vip, self.links)
    }

    /// The operation that puts a thing there; nothing if it has no interface to be on.
    fn addition(&self, thing: Thing<'_>) -> Option<KernelOp> {
        match thing {
            Thing::Address(vip) => {
                let mut vip = *vip;
                // Whether it is watched is not the kernel's business.
                vip.flags.no_track = false;
                self.device(&vip).map(|device| KernelOp::AddAddress(device, vip))
            }
            Thing::Route(route) => {
                PlacedRoute::find(route, self.links).map(|placed| KernelOp::AddRoute(Arc::new(placed)))
            }
            Thing::Rule(rule) => {
                let rule = Rule { no_track: false, track_group: None, ..rule.clone() };
                Some(KernelOp::AddRule(Arc::new(rule)))
            }
        }
    }

    /// What the kernel tells a thing by; nothing if it has no interface to be on.
    fn key(&self, thing: Thing<'_>) -> Option<Key> {
        match thing {
            Thing::Address(vip) => self.device(vip).map(|device| Key::Address(device, vip.reported())),
            Thing::Route(route) => {
                PlacedRoute::find(route, self.links).map(|placed| Key::Route(RouteKey::of(&placed.route)))
            }
            Thing::Rule(rule) => Some(Key::Rule(RuleKey::of(rule))),
        }
    }

    /// The interfaces that are named as VRFs and are none.
    fn false_vrfs(&self) -> BTreeSet<IfName> {
        let named = self.holder.things().filter_map(|thing| match thing {
            Thing::Route(route) => route.vrf,
            Thing::Address(_) | Thing::Rule(_) => None,
        });
        let is_other = |name: &IfName| {
            let link = self.links.by_name(*name).and_then(|index| self.links.link(index));
            link.is_some_and(|link| !matches!(link.stack.kind, Kind::Vrf(_)))
        };
        named.filter(is_other).collect()
    }

    /// Every address with its position.
    fn addresses(&self) -> impl Iterator<Item = (usize, &'a Vip)> + use<'a> {
        let things = self.holder.things().enumerate();
        things.map_while(|(position, thing)| match thing {
            Thing::Address(vip) => Some((position, vip)),
            Thing::Route(_) | Thing::Rule(_) => None,
        })
    }

    fn note(&mut self, note: InstanceNote) {
        self.out.note_of(self.holder.owner(), note);
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

    /// Whether the thing at `position` is there, usable and meant to be.
    pub(super) fn is_installed(&self, position: u16) -> bool {
        let usable = |slot: &Slot| slot.wanted && slot.present && !slot.unproven;
        self.slots.get(usize::from(position)).is_some_and(usable)
    }

    /// Whether the kernel still has to say that an address can be used.
    pub(super) fn is_unproven(&self, position: u16) -> bool {
        self.slots.get(usize::from(position)).is_some_and(|slot| slot.unproven)
    }

    /// How many things the kernel has on our behalf.
    pub(super) fn present(&self) -> usize {
        self.slots.iter().filter(|slot| slot.present && !slot.kept).count()
    }

    /// How many things there are.
    pub(super) fn count(&self) -> u16 {
        u16::try_from(self.slots.len()).unwrap_or(u16::MAX)
    }

    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Before the first state: removes what a crash left behind. An owner keeps addresses that are not marked as ours,
    /// because they may be the host's own.
    pub(super) fn clean(&mut self, hands: &mut Hands<'_>) {
        for position in removal_order(hands.holder) {
            let Some(thing) = hands.holder.thing(position) else { continue };
            let Some(slot) = self.slots.get_mut(position).filter(|slot| slot.in_flight == 0) else {
                continue;
            };
            let Thing::Address(vip) = thing else {
                // What routes and rules there are is not known; removing one that is not there does no harm.
                slot.present = true;
                self.ask(position, false, hands);
                continue;
            };
            let Some(device) = hands.device(vip) else { continue };
            let net = vip.reported();
            let Some(address) = hands.links.address(device, net) else { continue };
            slot.present = true;
            if hands.holder.is_address_owner() && !address.marked {
                slot.kept = true;
                hands.note(InstanceNote::KeepsOwnAddress(net));
            } else {
                hands.note(InstanceNote::Leftover(net));
                self.ask(position, false, hands);
            }
        }
    }

    /// Whether `net` is an address that an owner keeps.
    pub(super) fn keeps(&self, conf: &Conf, net: IpNet) -> bool {
        conf.addresses().zip(&self.slots).any(|(vip, slot)| slot.kept && vip.net == net)
    }

    /// Everything has to be there.
    pub(super) fn want_all(&mut self, hands: &mut Hands<'_>) {
        hands.note(InstanceNote::Adding);
        for name in hands.false_vrfs() {
            hands.note(InstanceNote::NotAVrf(name));
        }
        for position in 0..self.slots.len() {
            self.want(position, true, hands);
        }
        self.retry_at = None;
    }

    /// Nothing may be there any more.
    pub(super) fn drop_all(&mut self, hands: &mut Hands<'_>) {
        hands.note(InstanceNote::Removing);
        for position in removal_order(hands.holder) {
            self.want(position, false, hands);
        }
        self.retry_at = None;
    }

    fn want(&mut self, position: usize, wanted: bool, hands: &mut Hands<'_>) {
        let Some(slot) = self.slots.get_mut(position) else { return };
        let maybe_there = slot.present || slot.in_flight > 0;
        slot.wanted = wanted;
        slot.retry = None;
        slot.healed = None;
        slot.lives_until = None;
        slot.failures = 0;
        if slot.kept && !wanted {
            return;
        }
        if wanted || maybe_there {
            self.ask(position, wanted, hands);
        }
    }

    /// Asks the kernel to add or remove something.
    fn ask(&mut self, position: usize, add: bool, hands: &mut Hands<'_>) {
        let (Some(thing), Some(slot)) = (hands.holder.thing(position), self.slots.get_mut(position)) else {
            return;
        };
        let Some(addition) = hands.addition(thing) else {
            // Gone with its interface; when that comes back, so does the wish.
            slot.present = false;
            return;
        };
        self.changed |= add && !slot.is_ours();
        if add && !slot.is_ours() {
            slot.lives_until = thing.lifetime().map(|lifetime| hands.now + lifetime);
        }
        slot.serial = slot.serial.wrapping_add(1);
        slot.adding = add;
        slot.in_flight = slot.in_flight.saturating_add(1);
        self.in_flight += 1;
        if let (true, Thing::Address(vip)) = (add, thing) {
            slot.unproven = vip.flags.duplicate_detection && vip.net.family() == Family::V6;
        }
        let op = if add {
            addition
        } else {
            // Our own removals of routes and rules are not reported.
            slot.reports_due = slot.reports_due.saturating_add(thing.address().is_some().into());
            addition.undone().unwrap_or(addition)
        };
        let position = u16::try_from(position).unwrap_or(u16::MAX);
        let asked = Asked { owner: hands.holder.owner(), position, serial: slot.serial, add };
        hands.out.kernel(Receipt::Belonging(asked), op);
    }

    /// An operation was answered.
    pub(super) fn done(
        &mut self,
        asked: Asked,
        result: Result<(), KernelError>,
        hands: &mut Hands<'_>,
    ) -> Landed {
        let position = usize::from(asked.position);
        let (Some(thing), Some(slot)) = (hands.holder.thing(position), self.slots.get_mut(position)) else {
            return Landed::Nothing;
        };
        slot.in_flight = slot.in_flight.saturating_sub(1);
        self.in_flight = self.in_flight.saturating_sub(1);
        self.changed |= self.in_flight == 0 && !asked.add;
        let failed = slot.answered(asked.add, result);
        if let Some(error) = failed {
            self.refused(asked, thing, error, hands);
            return Landed::Nothing;
        }
        slot.failures = 0;
        let last = slot.serial == asked.serial;
        let doubtful = last && std::mem::take(&mut slot.doubtful);
        if !(last && slot.wanted && slot.present) {
            return Landed::Nothing;
        }
        if doubtful {
            self.ask(position, true, hands);
            return Landed::Nothing;
        }
        if let Thing::Address(vip) = thing
            && let Some(known) = hands.device(vip).and_then(|on| hands.links.address(on, vip.reported()))
        {
            slot.unproven &= known.tentative;
        }
        let (usable, healed) = (!slot.unproven, slot.healed.is_some());
        if healed && thing.address().is_some() {
            // The kernel removes routes with the address that they prefer, and says nothing.
            self.ask_again(false, hands);
        }
        if usable { Landed::Installed(asked.position) } else { Landed::Nothing }
    }

    fn refused(&mut self, asked: Asked, thing: Thing<'_>, error: KernelError, hands: &mut Hands<'_>) {
        let Some(slot) = self.slots.get_mut(usize::from(asked.position)) else { return };
        let again = slot.serial == asked.serial;
        let span = if asked.add { slot.patience() } else { RETRY };
        if again {
            slot.retry = Some(hands.now + span);
            self.retry_after(span, hands.now);
        }
        let Some(addition) = hands.addition(thing) else { return };
        let op = if asked.add { Some(addition) } else { addition.undone() };
        let Some(op) = op else { return };
        let again_in = again.then_some(span);
        hands.note(InstanceNote::KernelRefused { op, error, again_in });
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
        for position in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(position) else { continue };
            if slot.retry.take_if(|at| *at <= hands.now).is_some() && slot.wanted != slot.present {
                let wanted = slot.wanted;
                self.ask(position, wanted, hands);
            }
        }
        self.retry_at = self.slots.iter().filter_map(|slot| slot.retry).min();
    }

    /// What must hold whatever happened.
    pub(super) fn check_invariants(&self, master: bool) {
        let in_flight: u32 = self.slots.iter().map(|slot| u32::from(slot.in_flight)).sum();
        debug_assert_eq!(in_flight, self.in_flight, "operations are counted twice over");
        debug_assert!(self.slots.iter().all(|slot| slot.wanted == master), "belongings follow the role");
    }
}

impl Slot {
    /// Whether it had its time, and is gone.
    fn has_expired(&self, now: Instant) -> bool {
        !self.present && self.lives_until.is_some_and(|end| end <= now)
    }

    /// How long to wait before it is added once more; longer each time.
    fn patience(&mut self) -> Span {
        let doublings = self.failures.min(MOST_DOUBLINGS);
        self.failures = doublings + 1;
        RETRY * (1 << doublings)
    }

    /// An operation was answered; tells the error if that leaves something to be done.
    fn answered(&mut self, add: bool, result: Result<(), KernelError>) -> Option<KernelError> {
        match (add, result) {
            (true, Ok(()) | Err(KernelError::Exists)) => {
                self.present = true;
                None
            }
            (false, Ok(())) => {
                self.present = false;
                None
            }
            (false, Err(KernelError::Gone)) => {
                self.present = false;
                self.reports_due = self.reports_due.saturating_sub(1);
                None
            }
            (true, Err(KernelError::Gone)) => {
                self.present = false;
                Some(KernelError::Gone)
            }
            // A refusal says nothing of an address that an earlier operation may have left there.
            (true, Err(error @ (KernelError::Denied | KernelError::Other(_)))) => Some(error),
            (false, Err(error @ (KernelError::Exists | KernelError::Denied | KernelError::Other(_)))) => {
                self.reports_due = self.reports_due.saturating_sub(1);
                // What was never there need not be removed.
                self.present.then_some(error)
            }
        }
    }
}

/// The positions of everything that somebody owns, in the order of removal: rules, routes, addresses.
fn removal_order(holder: Holder<'_>) -> impl Iterator<Item = usize> + use<> {
    let addresses = holder.things().take_while(|thing| thing.address().is_some()).count();
    let rules = holder.things().filter(|thing| matches!(thing, Thing::Rule(_))).count();
    let count = holder.count();
    (count - rules..count).chain(addresses..count - rules).chain(0..addresses)
}

#[cfg(test)]
mod tests;
