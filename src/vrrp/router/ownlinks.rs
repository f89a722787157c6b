//! What a router makes of the interfaces that its instances have for their own.

use std::net::IpAddr;

use super::super::echo::Heard;
use super::super::event::{KernelError, KernelOp};
use super::super::link::Inventory;
use super::super::ownlinks::{News, Own, OwnLinks};
use super::super::receipts::Receipt;
use super::super::receive::Incoming;
use super::super::standing::Apart;
use super::{Phase, Router};
use crate::base::addr::{Family, IpNet};
use crate::base::id::{IfIndex, IfName, InstanceId};
use crate::base::time::Instant;
use crate::conf::model::further::LinkKind;
use crate::conf::model::{Instance as Conf, Vip};

/// The prefix of link-local addresses (RFC 4291, 2.5.6).
const LINK_LOCAL: u8 = 64;

impl Router {
    /// The interfaces that were made for instances and are there, each with the one that it is built on.
    #[must_use]
    pub fn own_links(&self) -> Vec<(IfIndex, IfIndex)> {
        self.own_links.pairs(&self.links)
    }

    /// The interface that an instance has of its own, or is going to have.
    pub(in crate::vrrp) fn own_link_name(&self, id: InstanceId) -> Option<IfName> {
        self.own_links.name_of(id, &self.links)
    }

    /// Finds what is there already and asks for the rest.
    pub(super) fn begin_links(&mut self, now: Instant) {
        let Router { own_links, model, out, .. } = self;
        own_links.want(model, |_| None, out);
        self.see_to_settings();
        let Router { own_links, links, out, .. } = self;
        let _ = own_links.tend(now, News::Any, links, out);
        own_links.remove_strays(links, out);
    }

    /// Something became of an interface: one that is needed may be there, gone, or possible now.
    pub(super) fn tend_links(&mut self, now: Instant, news: News) {
        if self.own_links.is_empty() {
            return;
        }
        if self.phase == Phase::Running && matches!(news, News::Any | News::Name(_)) {
            self.see_to_settings();
        }
        let Router { own_links, links, out, .. } = self;
        for id in own_links.tend(now, news, links, out) {
            if self.phase == Phase::Running {
                self.revisit(now, id);
            }
        }
        self.links_turned();
    }

    /// The kernel answered for an interface that was to be made.
    pub(super) fn own_link_done(&mut self, now: Instant, serial: u32, result: Result<(), KernelError>) {
        let refused = self.own_links.done(serial, result, now, &mut self.out);
        if let Some(id) = refused.filter(|_| self.phase == Phase::Running) {
            self.judge(now, id);
        }
    }

    /// An interface went up or down, or got an address: it may be somebody's own.
    pub(super) fn own_link_changed(&mut self, now: Instant, index: IfIndex) {
        if let Some(id) = self.own_links.owner(index).filter(|_| self.phase == Phase::Running) {
            self.revisit(now, id);
        }
    }

    /// Whether an instance that hears on two interfaces has heard a packet already.
    pub(super) fn is_echo(&mut self, now: Instant, id: InstanceId, packet: &Incoming<'_>) -> bool {
        let own = &mut self.instances.at_mut(id).own;
        if !own.home.hears_twice() {
            return false;
        }
        let heard = Heard::of(packet, now);
        match &mut own.heard {
            Some(last) => heard.is_echo_of(&std::mem::replace(&mut **last, heard)),
            None => {
                own.heard = Some(Box::new(heard));
                false
            }
        }
    }

    /// Gives its own interface the address that an instance sends from.
    pub(super) fn lend_source(&mut self, id: InstanceId) {
        let Router { instances, model, links, out, own_links, .. } = self;
        let (own, conf) = (&mut instances.at_mut(id).own, model.instances.at(id));
        let wanted = match own_links.of(id) {
            Own::There(index) => lent(conf, own.source).map(|vip| (index, vip)),
            Own::Nothing | Own::Coming | Own::Absent => None,
        };
        let lent = own.lent.as_deref().copied();
        if lent == wanted {
            return;
        }
        if let (Some((before, old)), Some((index, _))) = (lent, wanted)
            && before == index
        {
            out.kernel(Receipt::Nobody, KernelOp::DelAddress(index, old));
        }
        own.lent = wanted.map(Box::new);
        if let Some((index, vip)) = wanted
            && links.address(index, vip.net).is_none()
        {
            out.kernel(Receipt::Nobody, KernelOp::AddAddress(index, vip));
        }
    }

    /// An address is gone that may have been lent.
    pub(super) fn taken_back(&mut self, index: IfIndex, net: IpNet) {
        let Some(id) = self.own_links.owner(index) else { return };
        let own = &mut self.instances.at_mut(id).own;
        if own.lent.as_deref().is_some_and(|(on, vip)| (*on, vip.net) == (index, net)) {
            own.lent = None;
        }
    }
}

/// The address that an instance with an interface of its own needs there to send: that of an IP-VLAN, and, because IPv6
/// sends from no other, that of the interface below a MAC-VLAN. Such a copy is never chosen by the kernel on its own.
fn lent(conf: &Conf, source: Option<IpAddr>) -> Option<Vip> {
    let further = conf.further.as_ref()?;
    match further.link.as_ref()?.kind {
        LinkKind::IpVlan { address, .. } => address.map(Vip::plain),
        LinkKind::MacVlan { .. } if conf.family == Family::V6 && !further.xmit_base => {
            let source = source?;
            let net = IpNet::new(source, LINK_LOCAL).unwrap_or(IpNet::host(source));
            Some(Vip { preferred_lft: Some(0), ..Vip::plain(net) })
        }
        LinkKind::MacVlan { .. } => None,
    }
}

/// How the own interface of an instance stands.
pub(super) fn apart(
    own_links: &OwnLinks,
    id: InstanceId,
    conf: &Conf,
    source: Option<IpAddr>,
    links: &Inventory,
) -> Apart {
    let named = || own_links.name_of(id, links);
    match own_links.of(id) {
        Own::Nothing => Apart::Fine,
        Own::Coming => Apart::Coming,
        Own::Absent => named().map_or(Apart::Coming, Apart::Missing),
        Own::There(index) => {
            let running = links.link(index).is_some_and(|link| link.running);
            let has_it = |vip: Vip| links.address(index, vip.net).is_some();
            if !running {
                named().map_or(Apart::Coming, Apart::Down)
            } else if lent(conf, source).is_none_or(has_it) {
                Apart::Fine
            } else {
                Apart::Coming
            }
        }
    }
}

#[cfg(test)]
mod tests;
