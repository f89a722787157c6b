//! What a router makes of interfaces that change: they come up and go down, get another name, another link-layer
//! address, another size.

use super::super::debounce::{Counts, Delays};
use super::super::event::Action;
use super::super::link::Link;
use super::super::note::{LinkNote, Note};
use super::super::ownlinks::News;
use super::super::reason::Turned;
use super::{Phase, Router};
use crate::base::id::{IfIndex, IfName};
use crate::base::time::Instant;

/// Interfaces with smaller packets have no IPv4 (linux/inetdevice.h), or no IPv6 (RFC 8200, 5).
const LEAST_MTU: [u32; 2] = [68, 1280];

impl Router {
    pub(super) fn link_changed(&mut self, now: Instant, index: IfIndex, mut link: Link) {
        let before = self.links.link(index).cloned();
        self.debounce_link(now, index, before.as_ref(), &mut link);
        if before.as_ref() == Some(&link) {
            return;
        }
        let name = link.name;
        let Some(before) = before else {
            self.links.put_link(index, link);
            self.tend_links(now, News::Name(name));
            return self.interface_changed(now, name);
        };
        let renamed = before.name != name;
        if renamed {
            self.say(&[before.name, name], Note::Link(before.name, LinkNote::Renamed { to: name }));
            self.let_go(now, index, before.name);
        }
        if before.running != link.running {
            self.say(&[name], Note::Interface { name, running: link.running });
        }
        let moved = before.mac.zip(link.mac).filter(|(from, to)| from != to);
        let grown = LEAST_MTU.iter().any(|least| before.mtu < *least && link.mtu >= *least);
        if grown || (link.running && !before.running) {
            self.memberships.renew(index, &mut self.out);
        }
        self.links.put_link(index, link);
        self.tend_links(now, News::Link(index));
        if renamed {
            self.tend_links(now, News::Name(before.name));
            self.interface_changed(now, before.name);
        }
        self.tend_links(now, News::Name(name));
        self.interface_changed(now, name);
        self.own_link_changed(now, index);
        if let Some((from, to)) = moved {
            self.say(&[name], Note::Link(name, LinkNote::OtherMac { from, to }));
            self.mac_changed(now, index, name);
        }
    }

    /// Leaves a change of the link out of account until it has lasted long enough.
    fn debounce_link(&mut self, now: Instant, index: IfIndex, before: Option<&Link>, link: &mut Link) {
        let delays = Delays::of(link.name, &self.model.links);
        let counted = before.map(|before| before.running);
        let counts = self.debounce.reported(now, index, counted, link.running, delays);
        let (name, running) = (link.name, link.running);
        match counts {
            Counts::Now => return,
            Counts::Later(by) => {
                self.say(&[name], Note::Link(name, LinkNote::Delayed { running, by }));
            }
            Counts::Waits => {}
        }
        link.running = !running;
    }

    /// Changes of links that have lasted long enough count.
    pub(super) fn links_due(&mut self, now: Instant) {
        while let Some((index, running)) = self.debounce.expire(now) {
            let Some(link) = self.links.link(index).filter(|link| link.running != running).cloned() else {
                continue;
            };
            let name = link.name;
            self.links.put_link(index, Link { running, ..link });
            self.say(&[name], Note::Interface { name, running });
            if running {
                self.memberships.renew(index, &mut self.out);
            }
            self.tend_links(now, News::Name(name));
            self.interface_changed(now, name);
            self.own_link_changed(now, index);
        }
    }

    /// Says something of an interface, if somebody uses one of these names.
    fn say(&mut self, names: &[IfName], note: Note) {
        if names.iter().any(|name| !self.index.of_interface(*name).is_empty()) {
            self.out.push(Action::Note(note));
        }
    }

    /// An interface is about to get another name: to those who use it, it goes. They give up what is on it as long as they
    /// can find it.
    fn let_go(&mut self, now: Instant, index: IfIndex, name: IfName) {
        if self.phase == Phase::Running {
            self.turned = Some(Turned::Interface(name, false));
            for id in self.index.of_interface(name).to_vec() {
                self.judge_without(now, id, Some(index));
            }
            self.settle(now);
            self.turned = None;
        }
        self.memberships.leave(index, &mut self.out);
        self.announcer.forget(index);
    }

    /// An interface has another link-layer address: what its hosts believe is wrong until they are told.
    fn mac_changed(&mut self, now: Instant, index: IfIndex, name: IfName) {
        for id in self.index.of_interface(name).to_vec() {
            self.with(now, id, |instance, cx| {
                instance.announce_on(index, cx);
                None
            });
        }
    }
}
