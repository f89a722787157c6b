//! The interfaces of instances' own that are there, with those below them; and those that an earlier process has left.

use super::{OwnLink, OwnLinks, name};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, InstanceId};
use crate::vrrp::event::Action;
use crate::vrrp::link::Inventory;
use crate::vrrp::note::Note;
use crate::vrrp::output::Output;

impl OwnLinks {
    /// An earlier process has made these.
    pub(in crate::vrrp) fn find(&mut self, made: Vec<IfIndex>) {
        self.strays = made;
    }

    /// Removes what an earlier process has made and nobody wants any more.
    pub(in crate::vrrp) fn remove_strays(&mut self, links: &Inventory, out: &mut Output) {
        for index in std::mem::take(&mut self.strays) {
            let Some(link) = links.link(index) else { continue };
            let wanted = |own: &OwnLink| own.index() == Some(index) || name(own, links) == Some(link.name);
            if !self.links.values().any(wanted) && !self.leaving.contains(&index) {
                out.push(Action::Note(Note::StrayLink(link.name)));
                self.remove(index, out);
            }
        }
    }

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
