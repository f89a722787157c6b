//! What a router makes of changes of interfaces and addresses.

use std::net::IpAddr;

use super::super::belonging::{Holder, Key, Owner, PlacedRoute, RouteKey, Thing};
use super::super::link::{Address, Culprit, Inventory, LinkEvent};
use super::super::note::InstanceNote;
use super::super::ownlinks::News;
use super::super::reason::Turned;
use super::super::snapshot::Role;
use super::super::standing::{Place, World, choose_source, standing};
use super::super::state::Intent;
use super::super::vips::Vips;
use super::ownlinks::apart;
use super::{Phase, Router, name_of};
use crate::base::addr::IpNet;
use crate::base::id::{IfIndex, IfName, InstanceId};
use crate::base::time::Instant;
use crate::conf::model::vrrp::Transport;

impl Router {
    pub(super) fn link(&mut self, now: Instant, change: LinkEvent) {
        match change {
            LinkEvent::Changed(index, link) => self.link_changed(now, index, link),
            LinkEvent::Removed(index) => self.link_removed(now, index),
            LinkEvent::AddressAdded(index, address) => self.address_added(now, index, address),
            LinkEvent::AddressRemoved(index, net, by) => self.address_removed(now, index, net, by.as_ref()),
            LinkEvent::Duplicate(index, net) => self.address_is_duplicate(now, Key::Address(index, net)),
            LinkEvent::RouteRemoved(key, by) => self.belonging_lost(now, &Key::Route(key), by.as_ref()),
            LinkEvent::RuleRemoved(key, by) => self.belonging_lost(now, &Key::Rule(key), by.as_ref()),
            LinkEvent::Forwarding(index, on) => self.links.set_forwarding(index, on),
            LinkEvent::Relisted(links) => self.relisted(now, links),
        }
    }

    /// An interface is gone, and everything with it.
    fn forget(&mut self, index: IfIndex) {
        self.memberships.forget(index);
        self.announcer.forget(index);
        self.orphans.forget(index);
        self.debounce.forget(index);
    }

    fn link_removed(&mut self, now: Instant, index: IfIndex) {
        let name = name_of(&self.links, index);
        self.links.remove_link(index);
        self.forget(index);
        self.tend_links(now, News::Link(index));
        if let Some(name) = name {
            self.tend_links(now, News::Name(name));
            self.interface_changed(now, name);
        }
    }

    /// Everything is as in `links`, however it came to be so.
    fn relisted(&mut self, now: Instant, links: Inventory) {
        let before = std::mem::replace(&mut self.links, links);
        for (index, _) in before.links() {
            if self.links.link(index).is_none() {
                self.forget(index);
            } else {
                // It may have been away in between.
                self.memberships.renew(index, &mut self.out);
            }
        }
        self.debounce.hurry();
        self.tend_links(now, News::Any);
        if self.phase == Phase::Running {
            for id in self.instances.keys() {
                self.revisit(now, id);
                self.ask_for_routes(now, id, true);
            }
            self.with_statics(now, |statics, hands| {
                statics.reconcile(hands);
                statics.ask_again(true, hands);
            });
            self.see_to_settings();
        }
    }

    fn address_added(&mut self, now: Instant, index: IfIndex, address: Address) {
        self.links.put_address(index, address);
        if !address.tentative {
            self.address_proven(now, Key::Address(index, address.net));
        }
        if !self.is_of_instance(address.net) {
            self.sources_changed(now, index);
        }
    }

    /// Whether any instance has this address.
    fn is_of_instance(&self, net: IpNet) -> bool {
        self.index.of_vip(net).iter().any(|(owner, _)| matches!(owner, Owner::Instance(_)))
    }

    /// An address can be used: whoever waited for that announces it.
    fn address_proven(&mut self, now: Instant, key: Key) {
        for (owner, position) in self.holders(&key).collect::<Vec<_>>() {
            match owner {
                Owner::Instance(id) if self.instances.at(id).own.vips.is_unproven(position) => {
                    self.with(now, id, |instance, cx| {
                        instance.proven(position, cx);
                        None
                    });
                }
                Owner::Instance(_) | Owner::Statics => {}
            }
        }
    }

    /// Another host has this address.
    fn address_is_duplicate(&mut self, now: Instant, key: Key) {
        for (owner, position) in self.holders(&key).collect::<Vec<_>>() {
            match owner {
                Owner::Instance(id) => self.with(now, id, |instance, cx| {
                    let own = &mut instance.own;
                    own.vips.duplicate(position, &mut cx.hands(own.id, &own.home));
                    None
                }),
                Owner::Statics => {
                    self.with_statics(now, |statics, hands| statics.duplicate(position, hands));
                }
            }
        }
    }

    fn address_removed(&mut self, now: Instant, index: IfIndex, net: IpNet, by: Option<&Culprit>) {
        if !self.links.remove_address(index, net) {
            return;
        }
        self.taken_back(index, net);
        self.belonging_lost(now, &Key::Address(index, net), by);
        if !self.is_of_instance(net) {
            self.sources_changed(now, index);
        }
    }

    /// Something is gone that may belong to somebody.
    fn belonging_lost(&mut self, now: Instant, key: &Key, by: Option<&Culprit>) {
        for (owner, position) in self.holders(key).collect::<Vec<_>>() {
            match owner {
                Owner::Instance(id) => self.with(now, id, |instance, cx| {
                    instance.lost(position, by, cx);
                    None
                }),
                Owner::Statics => {
                    self.with_statics(now, |statics, hands| statics.lost(position, by, hands));
                }
            }
        }
    }

    /// Who has this, and its position in each.
    pub(super) fn holders(&self, key: &Key) -> impl Iterator<Item = (Owner, u16)> {
        let (all, device): (_, Option<IfIndex>) = match key {
            Key::Address(device, net) => (self.index.of_vip(*net), Some(*device)),
            Key::Route(_) | Key::Rule(_) => (self.index.of_key(key), None),
        };
        let here = all.iter().copied().filter(move |(owner, position)| {
            device.is_none_or(|device| self.device_of(*owner, *position) == Some(device))
        });
        let in_vrf = key.unplaced().map(|unplaced| (self.index.of_key(&unplaced), *key));
        let in_vrf = in_vrf.into_iter().flat_map(|(all, key)| all.iter().map(move |place| (*place, key)));
        here.chain(
            in_vrf
                .filter(|((owner, position), key)| self.is_placed(*owner, *position, key))
                .map(|(place, _)| place),
        )
    }

    /// Whether a thing that has its place from an interface is what the kernel knows by `key` at the moment.
    fn is_placed(&self, owner: Owner, position: u16, key: &Key) -> bool {
        let holder = match owner {
            Owner::Instance(id) => self.model.instances.get(id).map(|conf| Holder::Instance(id, conf)),
            Owner::Statics => Some(Holder::Statics(&self.model.statics)),
        };
        let Some(Thing::Route(route)) = holder.and_then(|holder| holder.thing(position.into())) else {
            return false;
        };
        let placed = PlacedRoute::find(route, &self.links);
        placed.is_some_and(|placed| Key::Route(RouteKey::of(&placed.route)) == *key)
    }

    /// The interface that an address belongs on.
    fn device_of(&self, owner: Owner, position: u16) -> Option<IfIndex> {
        match owner {
            Owner::Instance(id) => {
                let vip = self.model.instances.get(id)?.addresses().nth(position.into())?;
                self.instances.get(id)?.own.home.device(vip, &self.links)
            }
            Owner::Statics => {
                let device = self.model.statics.addresses.get(usize::from(position))?.vip.device;
                self.links.by_name(device?)
            }
        }
    }

    /// An interface appeared, went, or changed: whoever uses it looks at everything anew.
    pub(super) fn interface_changed(&mut self, now: Instant, name: IfName) {
        if self.phase != Phase::Running {
            return;
        }
        let link = self.links.by_name(name).and_then(|index| self.links.link(index));
        self.turned = Some(Turned::Interface(name, link.is_some_and(|link| link.running)));
        for position in 0..self.index.of_interface(name).len() {
            if let Some(id) = self.index.of_interface(name).get(position).copied() {
                self.revisit(now, id);
            }
        }
        self.turned = None;
        for id in self.index.roaming.clone() {
            self.ask_for_routes(now, id, false);
        }
        self.with_statics(now, Vips::reconcile);
        self.see_to_settings();
    }

    /// Asks anew for the routes of an instance, and for its rules if reports of their end may have been lost.
    fn ask_for_routes(&mut self, now: Instant, id: InstanceId, rules_too: bool) {
        self.with(now, id, |instance, cx| {
            let own = &mut instance.own;
            own.vips.ask_again(rules_too, &mut cx.hands(own.id, &own.home));
            None
        });
    }

    pub(super) fn revisit(&mut self, now: Instant, id: InstanceId) {
        self.resolve_interface(now, id);
        self.with(now, id, |instance, cx| {
            let own = &mut instance.own;
            own.vips.reconcile(&mut cx.hands(own.id, &own.home));
            None
        });
        self.judge(now, id);
    }

    /// An address that is not virtual came or went: it may be somebody's source address.
    fn sources_changed(&mut self, now: Instant, interface: IfIndex) {
        if self.phase != Phase::Running {
            return;
        }
        self.judge_interface(now, interface);
        for position in 0..self.index.source_watchers.len() {
            if let Some(id) = self.index.source_watchers.get(position).copied() {
                self.judge(now, id);
            }
        }
    }

    /// Judges everyone who uses an interface.
    pub(super) fn judge_interface(&mut self, now: Instant, interface: IfIndex) {
        if let Some(id) = self.own_links.owner(interface) {
            self.judge(now, id);
        }
        let Some(name) = name_of(&self.links, interface) else { return };
        for position in 0..self.index.of_interface(name).len() {
            if let Some(id) = self.index.of_interface(name).get(position).copied() {
                self.judge(now, id);
            }
        }
    }

    /// Finds the interface of an instance, and joins its group there.
    pub(super) fn resolve_interface(&mut self, now: Instant, id: InstanceId) {
        let conf = self.model.instances.at(id);
        let home = self.own_links.home(id, conf, &self.links);
        if let Transport::Multicast { group } = &conf.transport {
            for interface in home.ears() {
                self.memberships.join(interface, *group, &mut self.out);
            }
        }
        self.with(now, id, |instance, _| {
            instance.own.home = home;
            None
        });
    }

    /// An owner's own addresses may serve as source addresses.
    pub(super) fn free_kept_addresses(&mut self, id: InstanceId) {
        let conf = self.model.instances.at(id);
        let vips = &self.instances.at(id).own.vips;
        let kept: Vec<IpAddr> =
            conf.addresses().filter(|vip| vips.keeps(conf, vip.net)).map(|vip| vip.net.addr()).collect();
        for addr in kept {
            self.index.not_virtual(addr);
        }
    }

    /// Looks at what speaks for and against an instance.
    pub(super) fn judge(&mut self, now: Instant, id: InstanceId) {
        self.judge_without(now, id, None);
    }

    /// The same as if an interface were not there.
    pub(super) fn judge_without(&mut self, now: Instant, id: InstanceId, gone: Option<IfIndex>) {
        let Router { model, index, links, tracked, memberships, instances, own_links, .. } = self;
        let group = index.group_of(id).map(|(group, _)| model.groups.at(group));
        let (conf, own) = (model.instances.at(id), &instances.at(id).own);
        let interface = own.home.base.filter(|interface| Some(*interface) != gone);
        let without = gone.map(|gone| {
            let mut without = links.clone();
            without.remove_link(gone);
            without
        });
        let links = without.as_ref().unwrap_or(links);
        let chosen = choose_source(conf, interface, own.source, links, |addr| index.is_virtual(addr));
        // The last address is kept when there is none, so that others can still be told that we resign.
        let deaf = |interface, group| memberships.is_deaf(interface, group);
        let world = World { links, tracked, deaf: &deaf, needed: index.needed(id) };
        let begun = instances.at(id).role() != Role::Init;
        let apart = apart(own_links, id, conf, chosen, links);
        let standing = standing(conf, group, Place { base: interface, source: chosen, apart, begun }, &world);
        let changed = chosen.filter(|chosen| own.source != Some(*chosen));
        self.with(now, id, |instance, cx| {
            if let Some(source) = changed {
                instance.own.source = Some(source);
                cx.out.note(id, InstanceNote::Source(source));
            }
            instance.judge(standing, cx)
        });
        self.lend_source(id);
        self.hold_back(id);
        // Of a group the last one mended comes first, unless all are looked at for the first time.
        if self.phase == Phase::Running && self.intents.back() == Some(&(id, Intent::TakePart)) {
            self.settle(now);
        }
    }
}
