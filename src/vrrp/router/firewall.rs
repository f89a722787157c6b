//! Addresses that a master holds without accepting packets for them (`no_accept`, Accept_Mode of RFC 9568): they are
//! hidden before they are there, and shown when they are gone. Nobody knows what an earlier process has left in the firewall,
//! so it is replaced as a whole at the start.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::super::event::{Action, FirewallOp, Hidden, KernelError, KernelOp};
use super::super::note::Note;
use super::super::receipts::Receipt;
use super::super::snapshot::Role;
use super::super::vips::RETRY;
use super::{Phase, Router};
use crate::base::addr::is_link_local;
use crate::base::id::InstanceId;
use crate::base::time::Instant;
use crate::conf::model::further::LinkKind;
use crate::conf::model::{Instance, Model};

/// What fails again and again is tried less and less often: every 32 seconds at last.
const MOST_DOUBLINGS: u8 = 5;

/// What is hidden.
#[derive(Debug, Default)]
pub(super) struct Veil {
    /// Whether anybody is configured to hide anything.
    needed: bool,
    /// Who has something to hide at the moment.
    behind: BTreeSet<InstanceId>,
    /// What the firewall hides; `None` if nobody knows.
    hidden: Option<BTreeSet<Hidden>>,
    failures: u8,
    /// When it is tried again.
    again_at: Option<Instant>,
}

impl Veil {
    pub(super) fn new(model: &Model) -> Veil {
        let needed = model.instances.values().any(|conf| !conf.accepts() || has_mac_vlan(conf));
        // Whoever needs no firewall touches none.
        Veil { needed, hidden: (!needed).then(BTreeSet::new), ..Veil::default() }
    }

    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.again_at
    }
}

impl Router {
    /// The configuration is another one.
    pub(super) fn renew_veil(&mut self) {
        self.veil.needed |= Veil::new(&self.model).needed;
        self.veil.behind = self.who_hides();
        if self.veil.again_at.is_none() {
            self.draw_veil();
        }
    }

    /// Hides what has to be hidden from here on, and shows what no longer has to, if that may have changed.
    pub(super) fn see_to_veil(&mut self, now: Instant) {
        let veil = &self.veil;
        if !veil.needed || self.phase == Phase::New {
            return;
        }
        let turned = |id: &InstanceId| veil.behind.contains(id) != self.has_to_hide(*id);
        let due = veil.again_at.map_or(veil.hidden.is_none(), |at| at <= now);
        if due || self.touched.iter().any(turned) {
            self.draw_veil();
        }
        if self.phase == Phase::Stopped && self.veil.behind.is_empty() {
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

    fn who_hides(&self) -> BTreeSet<InstanceId> {
        self.instances.keys().filter(|id| self.has_to_hide(*id)).collect()
    }

    /// MAC-VLANs have come or gone.
    pub(super) fn links_turned(&mut self) {
        if self.veil.needed && self.phase != Phase::New && self.veil.again_at.is_none() {
            self.draw_veil();
        }
    }

    fn draw_veil(&mut self) {
        let behind = self.who_hides();
        let mut wanted: BTreeSet<Hidden> = behind.iter().flat_map(|id| self.hidden_by(*id)).collect();
        let is_meant = |id| self.model.instances.get(id).is_some_and(has_mac_vlan);
        let reporting = self.own_links.reporting(&self.links, is_meant);
        wanted.extend(reporting.map(|(family, link, base)| Hidden::Reports { family, link, base }));
        let Router { veil, out, .. } = self;
        veil.again_at = None;
        veil.behind = behind;
        let Some(hidden) = veil.hidden.replace(wanted.clone()) else {
            let all = wanted.into_iter().collect();
            return out.kernel_first(Receipt::Firewall, KernelOp::Firewall(FirewallOp::Replace(all)));
        };
        let more: Arc<[Hidden]> = wanted.difference(&hidden).copied().collect();
        let less: Arc<[Hidden]> = hidden.difference(&wanted).copied().collect();
        if !less.is_empty() {
            out.kernel(Receipt::Firewall, KernelOp::Firewall(FirewallOp::Show(less)));
        }
        if !more.is_empty() {
            out.kernel_first(Receipt::Firewall, KernelOp::Firewall(FirewallOp::Hide(more)));
        }
    }

    /// The addresses of an instance, those of a link with their interface.
    fn hidden_by(&self, id: InstanceId) -> Vec<Hidden> {
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
        self.veil.hidden = None;
        self.veil.again_at = Some(now + again_in);
        self.out.push(Action::Note(Note::FirewallRefused { error, again_in }));
    }
}

/// Whether an instance has a MAC-VLAN for its own.
fn has_mac_vlan(conf: &Instance) -> bool {
    let link = conf.further.as_ref().and_then(|further| further.link.as_ref());
    link.is_some_and(|link| match link.kind {
        LinkKind::MacVlan { .. } => true,
        LinkKind::IpVlan { .. } => false,
    })
}
