//! Where an instance and its addresses are: on which interfaces, of its own or not.

use std::net::IpAddr;

use super::wish::Purpose;
use super::{Own, OwnLinks};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, IfName, InstanceId};
use crate::conf::model::further::LinkKind;
use crate::conf::model::{Instance as Conf, Vip};
use crate::vrrp::link::Inventory;

/// Where an instance and its addresses are.
#[derive(Clone, Debug, Default)]
pub(in crate::vrrp) struct Home {
    /// The interface that it is configured to be on.
    pub(in crate::vrrp) base: Option<IfIndex>,
    /// The interface that advertisements leave by.
    pub(in crate::vrrp) port: Option<IfIndex>,
    /// The interface of its own; none if it has none, and then what it is does not matter.
    own: Option<Option<IfIndex>>,
    family: Option<Family>,
    base_name: Option<IfName>,
    /// Addresses that are on MAC-VLANs for them, if there are any.
    apart: Option<Box<Apart>>,
}

/// Which addresses are on MAC-VLANs for them, and where those are.
#[derive(Clone, Debug)]
struct Apart {
    /// The MAC-VLANs, by the interface below.
    links: Vec<(IfName, Option<IfIndex>)>,
    /// Every address is to be on one, or these.
    everything: bool,
    singles: Vec<IpAddr>,
}

impl Apart {
    fn is_needed(&self) -> bool {
        self.everything || !self.links.is_empty() || !self.singles.is_empty()
    }

    fn concerns(&self, vip: &Vip) -> bool {
        self.everything || self.singles.contains(&vip.net.addr())
    }
}

/// Where things are that belong to no instance: each says so itself.
pub(in crate::vrrp) static NOWHERE: Home =
    Home { base: None, port: None, own: None, family: None, base_name: None, apart: None };

impl Home {
    /// Where an instance is that has nothing of its own.
    pub(in crate::vrrp) fn on(base: Option<IfIndex>) -> Home {
        Home { base, port: base, ..Home::default() }
    }

    /// The interface that an address belongs on, if it exists.
    pub(in crate::vrrp) fn device(&self, vip: &Vip, links: &Inventory) -> Option<IfIndex> {
        let on = vip.device.or(self.base_name);
        let at_home = on == self.base_name;
        let apart = self.apart.as_deref().filter(|apart| apart.concerns(vip));
        let family = Some(vip.net.family()) == self.family && vip.device.is_none();
        match self.own {
            Some(own) if at_home && (family || apart.is_some()) => own,
            Some(_) | None => match (apart, vip.device) {
                (Some(apart), _) => {
                    apart.links.iter().find(|(base, _)| Some(*base) == on).and_then(|(_, index)| *index)
                }
                (None, Some(name)) => links.by_name(name),
                (None, None) => self.base,
            },
        }
    }

    /// The interfaces that advertisements are heard on. Whatever comes from the link-layer address of our own interface is
    /// given to that by the kernel, and to no other; everything else to the one below.
    pub(in crate::vrrp) fn ears(&self) -> impl Iterator<Item = IfIndex> + use<> {
        let port = self.port.filter(|port| Some(*port) != self.base);
        self.base.into_iter().chain(port)
    }

    /// Whether it hears on two interfaces.
    pub(in crate::vrrp) fn hears_twice(&self) -> bool {
        self.own.is_some() && self.port != self.base
    }

    /// Whether an interface is our own.
    pub(in crate::vrrp) fn is_own(&self, device: IfIndex) -> bool {
        let apart = self.apart.iter().flat_map(|apart| &apart.links);
        self.own == Some(Some(device)) || apart.into_iter().any(|(_, index)| *index == Some(device))
    }
}

impl OwnLinks {
    /// Where an instance and its addresses are.
    pub(in crate::vrrp) fn home(&self, who: InstanceId, conf: &Conf, links: &Inventory) -> Home {
        let base = conf.interface.and_then(|name| links.by_name(name));
        let Some(further) = &conf.further else { return Home::on(base) };
        let own = match self.of(who) {
            Own::Nothing => None,
            Own::There(index) => Some(Some(index)),
            Own::Coming | Own::Absent => Some(None),
        };
        let links_apart = self.all_of(who).filter(|own| own.wish.purpose == Purpose::Addresses);
        let nameless = matches!(
            further.link.as_ref().map(|link| link.kind),
            Some(LinkKind::IpVlan { address: None, .. }) if conf.family == Family::V6
        );
        let vrf = further.vrf.and_then(|name| links.by_name(name));
        let apart = Apart {
            links: links_apart.map(|own| (own.wish.base, own.index())).collect(),
            everything: further.vmac_for_addresses,
            singles: further.address_vmacs.iter().map(|(addr, _)| *addr).collect(),
        };
        Home {
            base,
            // IPv6 cannot send from an IP-VLAN that has no address.
            port: if further.xmit_base || nameless { base } else { own.unwrap_or(base.or(vrf)) },
            own,
            family: Some(conf.family),
            base_name: conf.interface,
            apart: apart.is_needed().then(|| Box::new(apart)),
        }
    }
}
