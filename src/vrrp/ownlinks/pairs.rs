//! The interfaces of instances' own that are there, with those below them.

use super::{OwnLink, OwnLinks};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, InstanceId};
use crate::vrrp::link::Inventory;

impl OwnLinks {
    /// Every one that is there, with the interface that it is built on.
    pub(in crate::vrrp) fn pairs(&self, links: &Inventory) -> Vec<(IfIndex, IfIndex)> {
        let there = self.links.values().filter_map(OwnLink::index);
        there.filter_map(|index| Some((index, links.link(index)?.stack.on?))).collect()
    }

    /// The MAC-VLANs of an instance whose membership reports have to leave by the interface below: family, MAC-VLAN,
    /// interface below.
    pub(in crate::vrrp) fn reporting(
        &self,
        who: InstanceId,
        links: &Inventory,
    ) -> impl Iterator<Item = (Family, IfIndex, IfIndex)> {
        let place = |index: IfIndex| Some((index, links.link(index)?.stack.on?));
        let there =
            self.all_of(who).filter_map(move |own| Some((own.wish.reports(), own.index().and_then(place)?)));
        there.flat_map(|(families, (index, base))| families.map(move |family| (family, index, base)))
    }
}
