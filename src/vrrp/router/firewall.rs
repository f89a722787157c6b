//! Addresses that a master holds without accepting packets for them (`no_accept`, Accept_Mode of RFC 9568): they are
//! hidden before they are there, and shown when they are gone. Nobody knows what an earlier process has left in the firewall,
//! so it is replaced as a whole at the start.

use std::net::IpAddr;
use std::sync::Arc;

use super::super::event::{Action, FirewallOp, Hidden, KernelError, KernelOp};
use super::super::note::Note;
use super::super::receipts::Receipt;
use super::super::snapshot::Role;
use super::super::veil::{Cause, Change, Hiding};
use super::super::vips::RETRY;
use super::{Phase, Router};
use crate::base::addr::{Family, is_link_local};
use crate::base::id::InstanceId;
use crate::base::time::Instant;
use crate::conf::model::{Instance, Model};

/// What fails again and again is tried less and less often: every 32 seconds at last.
const MOST_DOUBLINGS: u8 = 5;

/// What is hidden.
#[derive(Debug, Default)]
pub(super) struct Veil {
    /// Whether anybody is configured to hide anything.
    needed: bool,
    /// What is to be hidden.
    hiding: Hiding,
    /// Whether the firewall hides just that; if not, nobody knows what it hides.
    known: bool,
    failures: u8,
    /// When it is tried again.
    again_at: Option<Instant>,
}

impl Veil {
    pub(super) fn new(model: &Model) -> Veil {
        let needed = model.instances.values().any(Instance::needs_firewall);
        // Whoever needs no firewall touches none.
        Veil { needed, known: !needed, ..Veil::default() }
    }

    /// An earlier process may have left something, whoever needs a firewall now.
    pub(super) fn clean(&mut self, left: bool) {
        if left {
            self.needed = true;
            self.known = false;
        }
    }

    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.again_at
    }
}

impl Router {
    /// The configuration is another one.
    pub(super) fn renew_veil(&mut self) {
        self.veil.needed |= Veil::new(&self.model).needed;
        self.draw_anew(self.veil.again_at.is_none());
    }

    /// Hides what has to be hidden from here on, and shows what no longer has to, if that may have changed.
    pub(super) fn see_to_veil(&mut self, now: Instant) {
        let veil = &self.veil;
        if !veil.needed || self.phase == Phase::New {
            return;
        }
        let due = veil.again_at.map_or(!veil.known, |at| at <= now);
        let turned = |id: &InstanceId| veil.hiding.has(*id, Cause::Addresses) != self.has_to_hide(*id);
        let turned: Vec<InstanceId> = self.touched.iter().copied().filter(turned).collect();
        if due || (!veil.known && !turned.is_empty()) {
            self.draw_anew(true);
        } else if !turned.is_empty() {
            self.draw(&turned);
        }
        if self.phase == Phase::Stopped && !self.veil.hiding.has_addresses() {
            self.veil.needed = false;
            self.out.kernel(Receipt::Firewall, KernelOp::Firewall(FirewallOp::Replace(Arc::default())));
        }
    }

    /// Whether addresses of an instance are there, or may be, that accept no packets.
    fn has_to_hide(&self, id: InstanceId) -> bool {
        let (Some(instance), Some(conf)) = (self.instances.get(id), self.model.instances.get(id)) else {
            return false;
        };
        let vips = &instance.own.vips;
        let there = || instance.role() == Role::Master || vips.present() > 0 || !vips.is_settled();
        !conf.accepts() && there()
    }

    /// MAC-VLANs may have come or gone.
    pub(super) fn links_turned(&mut self) {
        if !self.veil.needed {
            drop(self.own_links.take_turned());
        }
        if !self.own_links.has_turned() || self.phase == Phase::New {
            return;
        }
        if self.veil.known {
            self.draw(&[]);
        } else if self.veil.again_at.is_none() {
            self.draw_anew(true);
        }
    }

    /// Hides and shows what these instances, and those whose MAC-VLANs have come or gone, make necessary.
    fn draw(&mut self, turned: &[InstanceId]) {
        let mut turned = turned.to_vec();
        turned.extend(self.own_links.take_turned());
        turned.sort_unstable();
        turned.dedup();
        let changes = turned.iter().flat_map(|id| self.hidden_by(*id)).collect();
        let (more, less) = self.veil.hiding.turn(changes);
        self.redraw(more, less);
    }

    /// Looks at everything, and replaces what nobody knows of if that is to be tried.
    fn draw_anew(&mut self, may_draw: bool) {
        // All are looked at.
        drop(self.own_links.take_turned());
        let mut hiding = Hiding::default();
        let changes = self.instances.keys().flat_map(|id| self.hidden_by(id)).collect();
        let _ = hiding.turn(changes);
        let before = std::mem::replace(&mut self.veil.hiding, hiding);
        if self.veil.known {
            let hiding = &self.veil.hiding;
            let (more, less) = (hiding.beyond(&before), before.beyond(hiding));
            self.redraw(more, less);
        } else if may_draw {
            (self.veil.known, self.veil.again_at) = (true, None);
            let all = self.veil.hiding.beyond(&Hiding::default());
            self.out.kernel_first(Receipt::Firewall, KernelOp::Firewall(FirewallOp::Replace(all.into())));
        }
    }

    fn redraw(&mut self, more: Vec<Hidden>, less: Vec<Hidden>) {
        if !less.is_empty() {
            self.out.kernel(Receipt::Firewall, KernelOp::Firewall(FirewallOp::Show(less.into())));
        }
        if !more.is_empty() {
            self.out.kernel_first(Receipt::Firewall, KernelOp::Firewall(FirewallOp::Hide(more.into())));
        }
    }

    /// What an instance has to hide.
    fn hidden_by(&self, id: InstanceId) -> [Change; 2] {
        let addresses = self.has_to_hide(id).then(|| self.addresses_of(id));
        let has_mac_vlan = self.model.instances.get(id).is_some_and(Instance::has_mac_vlan);
        let quiet = self.model.global.settings.interfaces.no_local_igmp;
        let reports = has_mac_vlan.then(|| {
            let all = self.own_links.reporting(id, &self.links);
            let all = all.filter(|(family, ..)| !(quiet && *family == Family::V4));
            all.map(|(family, link, base)| Hidden::Reports { family, link, base }).collect()
        });
        [(id, Cause::Addresses, addresses), (id, Cause::Reports, reports)]
    }

    /// The addresses of an instance, those of a link with their interface.
    fn addresses_of(&self, id: InstanceId) -> Box<[Hidden]> {
        let home = &self.instances.at(id).own.home;
        let hidden = |vip: &crate::conf::model::Vip| {
            let device = home.device(vip, &self.links);
            let local = match vip.net.addr() {
                IpAddr::V4(_) => false,
                IpAddr::V6(addr) => is_link_local(addr),
            };
            Hidden::Address { addr: vip.net.addr(), interface: device.filter(|_| local) }
        };
        self.model.instances.at(id).addresses().map(hidden).collect()
    }

    /// The firewall was changed or not. What became of it is unknown after a failure, so all of it is replaced later.
    pub(super) fn firewall_changed(&mut self, now: Instant, result: Result<(), KernelError>) {
        let Err(error) = result else {
            self.veil.failures = 0;
            return;
        };
        let again_in = RETRY * (1 << self.veil.failures.min(MOST_DOUBLINGS));
        self.veil.failures = self.veil.failures.saturating_add(1);
        self.veil.known = false;
        self.veil.again_at = Some(now + again_in);
        self.out.push(Action::Note(Note::FirewallRefused { error, again_in }));
    }
}
