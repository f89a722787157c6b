//! Which interfaces a configuration wants: of what kind, on what, called what.

use super::{Made, NewLink, lowest};
use crate::base::addr::{Family, MacAddr};
use crate::base::id::{IfIndex, IfName, InstanceId, Vrid};
use crate::conf::model::further::LinkKind;
use crate::conf::model::{Instance as Conf, Model, Vip};
use crate::vrrp::link::{Inventory, Kind};

/// What names begin with if nobody says.
const PREFIX: &str = "vrrp";
/// Names that are tried before we give up.
const MOST_NAMES: u32 = 1000;

/// What an interface is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// For an instance as such: advertisements, and addresses that are nowhere else.
    Own,
    /// For addresses that are on another interface.
    Addresses,
}

/// An interface that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vrrp) struct Wish {
    pub(super) who: InstanceId,
    pub(super) purpose: Purpose,
    /// What it is to be built on.
    pub(super) base: IfName,
    /// What it is to be called.
    pub(super) name: Option<IfName>,
    prefix: Box<str>,
    vrid: Vrid,
    family: Family,
    made: Made,
    group: Option<u32>,
    v6: bool,
}

impl Wish {
    /// Whether what was made for another wish does for this one.
    pub(super) fn is_like(&self, other: &Wish) -> bool {
        let known = |wish: &Wish| (wish.purpose, wish.base, wish.name, wish.vrid, wish.family, wish.made);
        known(self) == known(other) && (self.group, self.v6) == (other.group, other.v6)
    }

    /// The families of the membership reports that have to leave by the interface below instead.
    pub(super) fn reports(&self) -> impl Iterator<Item = Family> + use<> {
        let (v4, v6) = match self.made {
            Made::MacVlan(_) => (self.family == Family::V4, self.v6),
            Made::IpVlan(_) => (false, false),
        };
        v4.then_some(Family::V4).into_iter().chain(v6.then_some(Family::V6))
    }

    /// Whether it must not be mixed up with what it is built on: both have IPv4.
    pub(super) fn is_apart(&self) -> bool {
        matches!(self.made, Made::MacVlan(_)) && self.family == Family::V4
    }

    /// The names that it may have, in the order of preference: that of the virtual router, for IPv6 one that says so, and
    /// then with numbers. The prefix is what is cut if a name is too long.
    pub(super) fn names(&self) -> impl Iterator<Item = IfName> + use<> {
        let (prefix, vrid) = (self.prefix.clone(), self.vrid);
        let v6 = (self.family == Family::V6).then(|| "6".to_owned());
        let numbers = (1..MOST_NAMES).map(|number| number.to_string());
        let middles = std::iter::once(String::new()).chain(v6).chain(numbers);
        middles.filter_map(move |middle| {
            let rest = format!("{middle}.{vrid}");
            let room = IfName::MAX.saturating_sub(rest.len());
            let kept: String = prefix.chars().take(room).collect();
            IfName::new(&format!("{kept}{rest}"))
        })
    }

    /// Whether an interface is one that would be made for this wish.
    pub(super) fn fits(&self, index: IfIndex, base: Option<IfIndex>, links: &Inventory) -> bool {
        let Some((link, base)) = links.link(index).zip(base) else { return false };
        let kind = match self.made {
            Made::MacVlan(mac) => link.stack.kind == Kind::PrivateMacVlan && link.mac == Some(mac),
            Made::IpVlan(_) => {
                let called = self.name.map_or_else(|| self.names().next(), Some);
                link.stack.kind == Kind::IpVlan && Some(link.name) == called
            }
        };
        kind && link.stack.on == Some(lowest(base, links))
    }

    /// Interfaces that are there and would be made for this wish, by number.
    pub(super) fn candidates(&self, base: IfIndex, links: &Inventory) -> impl Iterator<Item = IfIndex> {
        let built = match self.made {
            Made::MacVlan(mac) => Some(links.built_on(lowest(base, links), mac)),
            Made::IpVlan(_) => None,
        };
        let called = match self.made {
            Made::MacVlan(_) => None,
            Made::IpVlan(_) => self.name.or_else(|| self.names().next()).and_then(|name| links.by_name(name)),
        };
        let all = built.into_iter().flatten().chain(called);
        all.filter(move |index| self.fits(*index, Some(base), links))
    }

    /// What to make.
    pub(super) fn new_link(&self, name: IfName, base: IfIndex, links: &Inventory) -> NewLink {
        let below = links.link(base).map(|link| link.stack).unwrap_or_default();
        let is_vrf =
            |index: &IfIndex| links.link(*index).is_some_and(|link| matches!(link.stack.kind, Kind::Vrf(_)));
        NewLink {
            name,
            base,
            made: self.made,
            group: self.group.unwrap_or(below.group),
            vrf: below.controller.filter(is_vrf),
            family: self.family,
            v6: self.v6,
        }
    }
}

/// The link-layer address of a virtual router (RFC 9568, 7.3).
fn virtual_mac(family: Family, vrid: Vrid) -> MacAddr {
    let version = match family {
        Family::V4 => 1,
        Family::V6 => 2,
    };
    MacAddr([0, 0, 0x5e, 0, version, vrid.get()])
}

/// Everything that a configuration wants, in its order.
pub(super) fn all(model: &Model) -> Vec<Wish> {
    let settings = &model.global.settings.interfaces;
    let prefix = settings.vmac_prefix.as_deref().unwrap_or(PREFIX);
    let for_addresses = settings.vmac_addr_prefix.as_deref().unwrap_or(prefix);
    let mut wishes = Vec::new();
    for (id, conf) in model.instances.iter() {
        wishes.extend(own(id, conf, prefix));
        addresses(id, conf, for_addresses, &mut wishes);
    }
    wishes
}

fn own(who: InstanceId, conf: &Conf, prefix: &str) -> Option<Wish> {
    let (further, base) = (conf.further.as_ref()?, conf.interface?);
    let link = further.link.as_ref()?;
    let made = match link.kind {
        LinkKind::MacVlan { mac, .. } => {
            Made::MacVlan(mac.unwrap_or_else(|| virtual_mac(conf.family, conf.vrid)))
        }
        LinkKind::IpVlan { mode, .. } => Made::IpVlan(mode),
    };
    let on_it = |vip: &&Vip| vip.device.is_none_or(|device| device == base);
    let v6 = conf.addresses().filter(on_it).any(|vip| vip.net.family() == Family::V6);
    Some(Wish {
        who,
        purpose: Purpose::Own,
        base,
        name: link.name,
        prefix: prefix.into(),
        vrid: conf.vrid,
        family: conf.family,
        made,
        group: link.group,
        v6: v6 || conf.family == Family::V6,
    })
}

/// Whether an address is to be on a MAC-VLAN wherever it is (`use_vmac_addr`, `use_vmac` of an address).
fn apart(conf: &Conf, vip: &Vip) -> bool {
    let wanted = |further: &crate::conf::model::Further| {
        further.vmac_for_addresses || further.address_vmacs.iter().any(|(addr, _)| *addr == vip.net.addr())
    };
    conf.further.as_deref().is_some_and(wanted)
}

fn addresses(who: InstanceId, conf: &Conf, prefix: &str, wishes: &mut Vec<Wish>) {
    let Some(further) = &conf.further else { return };
    let first = wishes.len();
    for vip in conf.addresses().filter(|vip| apart(conf, vip)) {
        let Some(base) = vip.device.or(conf.interface) else { continue };
        if Some(base) == conf.interface && further.link.is_some() {
            continue;
        }
        let v6 = vip.net.family() == Family::V6;
        let mut own = wishes.iter_mut().skip(first);
        if let Some(known) = own.find(|wish| wish.base == base) {
            known.v6 |= v6;
            continue;
        }
        let named = further.address_vmacs.iter().find(|(addr, _)| *addr == vip.net.addr());
        wishes.push(Wish {
            who,
            purpose: Purpose::Addresses,
            base,
            name: named.and_then(|(_, name)| *name),
            prefix: prefix.into(),
            vrid: conf.vrid,
            family: conf.family,
            made: Made::MacVlan(virtual_mac(conf.family, conf.vrid)),
            group: None,
            v6,
        });
    }
}
