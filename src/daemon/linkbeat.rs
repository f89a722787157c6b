//! Interfaces whose link is asked for every second, because the kernel may not be told when it is lost
//! (`linkbeat_interfaces`, `linkbeat_use_polling`).
//!
//! What the kernel reports counts as well: a link runs if both say so.

use std::collections::BTreeMap;

use crate::base::id::{IfIndex, IfName};
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;
use crate::conf::model::statics::Beat;
use crate::sys::linkbeat::Linkbeat;
use crate::vrrp::link::{Inventory, Link, LinkEvent};

const PERIOD: Span = Span::from_secs(1);

/// The links that are asked for.
#[derive(Debug)]
pub(super) struct Polling {
    /// Without it nothing is asked.
    asker: Option<Linkbeat>,
    all: bool,
    named: BTreeMap<IfName, Beat>,
    /// Links as the kernel reported them, and whether they had a partner when that was last asked.
    known: BTreeMap<IfIndex, (Link, bool)>,
    due: Option<Instant>,
}

impl Polling {
    /// What a configuration asks for.
    pub(super) fn new(model: &Model, now: Instant) -> Polling {
        let all = model.global.settings.interfaces.poll_all;
        let named: BTreeMap<IfName, Beat> = model.links.polled.iter().copied().collect();
        let wanted = all || !named.is_empty();
        let asker = wanted.then(Linkbeat::open).and_then(|opened| {
            opened.map_err(|error| tracing::error!("{error}; only what the kernel tells counts")).ok()
        });
        let due = asker.is_some().then_some(now + PERIOD);
        Polling { asker, all, named, known: BTreeMap::new(), due }
    }

    /// Whether another configuration asks for the same.
    pub(super) fn is_as(&self, other: &Polling) -> bool {
        (self.all, &self.named) == (other.all, &other.named)
    }

    /// How an interface is asked, if it is. The loopback has no link that could be lost.
    fn way(&self, name: IfName) -> Option<Beat> {
        let named = self.named.get(&name).copied();
        named.or_else(|| (self.all && name.as_str() != "lo").then_some(Beat::Any))
    }

    /// Whether a link that the kernel reports runs.
    fn runs(&mut self, index: IfIndex, link: &Link) -> bool {
        let way = self.way(link.name);
        let Some((asker, way)) = self.asker.as_ref().zip(way) else {
            self.known.remove(&index);
            return link.running;
        };
        let partner = asker.has_partner(link.name, way);
        self.known.insert(index, (link.clone(), partner));
        link.running && partner
    }

    /// Corrects what the kernel reports.
    pub(super) fn correct(&mut self, change: &mut LinkEvent) {
        match change {
            LinkEvent::Changed(index, link) => link.running = self.runs(*index, link),
            LinkEvent::Removed(index) => drop(self.known.remove(index)),
            LinkEvent::Relisted(links) => self.correct_all(links),
            LinkEvent::AddressAdded(..)
            | LinkEvent::AddressRemoved(..)
            | LinkEvent::Duplicate(..)
            | LinkEvent::RouteRemoved(..)
            | LinkEvent::RuleRemoved(..)
            | LinkEvent::Forwarding(..) => {}
        }
    }

    /// Corrects everything that the kernel has.
    pub(super) fn correct_all(&mut self, links: &mut Inventory) {
        self.known.clear();
        if self.asker.is_none() {
            return;
        }
        let all: Vec<(IfIndex, Link)> = links.links().map(|(index, link)| (index, link.clone())).collect();
        for (index, link) in all {
            let running = self.runs(index, &link);
            links.put_link(index, Link { running, ..link });
        }
    }

    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Asks if it is time; tells what has changed, as if the kernel had reported it.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<LinkEvent> {
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        self.due = Some(now + PERIOD);
        let links: Vec<(IfIndex, Link, bool)> =
            self.known.iter().map(|(index, (link, partner))| (*index, link.clone(), *partner)).collect();
        let mut changes = Vec::new();
        for (index, link, before) in links {
            let _ = self.runs(index, &link);
            let partner = self.known.get(&index).is_some_and(|(_, partner)| *partner);
            if partner != before {
                changes.push(LinkEvent::Changed(index, link));
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::MacAddr;

    fn lo(running: bool) -> (IfIndex, Link) {
        let name = IfName::new("lo").unwrap();
        (IfIndex::new(1), Link { running, ..Link::ethernet(name, MacAddr([0; 6])) })
    }

    fn polling(named: &[(&str, Beat)]) -> Polling {
        let mut model = Model::default();
        model.links.polled = named.iter().map(|(name, beat)| (IfName::new(name).unwrap(), *beat)).collect();
        Polling::new(&model, Instant::ZERO)
    }

    #[test]
    fn nothing_is_asked_unless_somebody_wants_it() {
        let mut polling = polling(&[]);
        assert_eq!(polling.next_deadline(), None);
        let (index, link) = lo(true);
        let mut change = LinkEvent::Changed(index, link);
        polling.correct(&mut change);
        assert!(matches!(change, LinkEvent::Changed(_, Link { running: true, .. })));
    }

    #[test]
    fn a_link_runs_if_the_kernel_and_the_driver_say_so() {
        let mut polling = polling(&[("lo", Beat::Ethtool), ("nosuchif0", Beat::Any)]);
        for (reported, name, runs) in
            [(true, "lo", true), (false, "lo", false), (true, "nosuchif0", false), (true, "other", true)]
        {
            let (index, link) = lo(reported);
            let mut change = LinkEvent::Changed(index, Link { name: IfName::new(name).unwrap(), ..link });
            polling.correct(&mut change);
            assert!(
                matches!(change, LinkEvent::Changed(_, Link { running, .. }) if running == runs),
                "{name} {reported}"
            );
        }
    }

    #[test]
    fn a_change_is_told_once() {
        let mut polling = polling(&[("lo", Beat::Any)]);
        let (index, link) = lo(true);
        polling.known.insert(index, (link, false));
        assert!(polling.expire(Instant::ZERO).is_empty(), "it is not time yet");
        let told = polling.expire(Instant::ZERO + PERIOD);
        assert!(matches!(told.as_slice(), [LinkEvent::Changed(_, Link { running: true, .. })]), "{told:?}");
        assert!(polling.expire(Instant::ZERO + PERIOD * 2).is_empty());
        assert_eq!(polling.next_deadline(), Some(Instant::ZERO + PERIOD * 3));
    }
}
