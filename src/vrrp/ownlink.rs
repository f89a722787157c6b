//! An interface that an instance has for its own: what it is to be like (`use_vmac`, `use_ipvlan`, keepalived.conf(5)).

use crate::base::addr::{Family, MacAddr};
use crate::base::id::{IfIndex, IfName};
use crate::conf::model::further::IpVlanMode;

/// An interface to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// Its name.
    pub name: IfName,
    /// The interface that it is built on.
    pub base: IfIndex,
    /// What it is made of.
    pub made: Made,
    /// The group of interfaces that it belongs to.
    pub group: u32,
    /// The VRF that it belongs to.
    pub vrf: Option<IfIndex>,
    /// The family of the instance.
    pub family: Family,
    /// Whether it has IPv6.
    pub v6: bool,
}

/// A change of the interfaces of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOp {
    /// Make one and bring it up.
    Make(NewLink),
    /// Set up one that is there already, and bring it up.
    Adopt(NewLink),
    /// Remove one.
    Remove(IfIndex),
}

/// What an interface is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A private MAC-VLAN with this link-layer address.
    MacVlan(MacAddr),
    /// An IP-VLAN, which has the link-layer address of the interface below it.
    IpVlan(IpVlanMode),
}

/// A setting of an interface (sysctl(8)): `net.FAMILY.conf.INTERFACE.NAME`, and its value.
pub type Setting = (Family, &'static str, &'static str);

/// Kept out of the way of the interface below it: it answers for its own addresses alone, hears packets of its own
/// addresses, and checks no routes, because it may have no address at all.
const APART: &[Setting] = &[
    (Family::V4, "arp_ignore", "1"),
    (Family::V4, "accept_local", "1"),
    (Family::V4, "rp_filter", "0"),
    (Family::V4, "promote_secondaries", "1"),
];
/// It has no other IPv6 addresses than it is given.
const BARE: &[Setting] = &[(Family::V6, "addr_gen_mode", "1")];

impl NewLink {
    /// The settings that it is to have, in this order.
    pub fn settings(&self) -> impl Iterator<Item = Setting> + use<> {
        let apart = match (self.made, self.family) {
            (Made::MacVlan(_), Family::V4) => APART,
            (Made::MacVlan(_), Family::V6) => APART.get(..1).unwrap_or_default(),
            (Made::IpVlan(_), _) => &[],
        };
        let v6 = (Family::V6, "disable_ipv6", if self.v6 { "0" } else { "1" });
        apart.iter().copied().chain(BARE.iter().copied()).chain([v6])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(family: Family, made: Made, v6: bool) -> Vec<String> {
        let name = IfName::new("vrrp.51").unwrap();
        let link = NewLink { name, base: IfIndex::new(2), made, group: 0, vrf: None, family, v6 };
        link.settings().map(|(_, name, value)| format!("{name} {value}")).collect()
    }

    #[test]
    fn settings_are_those_of_the_c_program() {
        let mac = Made::MacVlan(MacAddr([0, 0, 0x5e, 0, 1, 51]));
        assert_eq!(
            names(Family::V4, mac, false),
            [
                "arp_ignore 1",
                "accept_local 1",
                "rp_filter 0",
                "promote_secondaries 1",
                "addr_gen_mode 1",
                "disable_ipv6 1"
            ]
        );
        assert_eq!(names(Family::V6, mac, true), ["arp_ignore 1", "addr_gen_mode 1", "disable_ipv6 0"]);
    }
}
