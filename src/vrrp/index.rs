//! Who cares: from what is found in an event to the instances that it concerns. Made once per configuration.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use super::advert::vrf;
use super::belonging::{Holder, Key, Owner, RouteKey, RuleKey, Thing};
use super::link::Inventory;
use super::receive::Incoming;
use crate::base::addr::{Family, IpNet};
use crate::base::id::{
    BfdId, GroupId, IfIndex, IfName, InstanceId, TrackFileId, TrackId, TrackProcessId, Vrid,
};
use crate::conf::model::vrrp::Transport;
use crate::conf::model::{Model, Statics, Trackers};

/// Several values to a key, in the order in which they came.
#[derive(Debug)]
struct Many<K, V>(HashMap<K, Vec<V>>);

impl<K: Eq + Hash, V: Copy + PartialEq> Many<K, V> {
    fn add(&mut self, key: K, value: V) {
        let values = self.0.entry(key).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }

    fn get(&self, key: &K) -> &[V] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }
}

impl<K, V> Default for Many<K, V> {
    fn default() -> Self {
        Many(HashMap::new())
    }
}

/// The instances by what concerns them.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Multicast instances by interface, family and virtual router: few have more than one group.
    multicast: Many<(IfName, Family, Vrid), InstanceId>,
    /// Unicast instances by family and virtual router.
    unicast: Many<(Family, Vrid), InstanceId>,
    /// Instances by interfaces that they use or track.
    interfaces: Many<IfName, InstanceId>,
    /// Instances whose configured source address has to be on this host, wherever.
    pub(super) source_watchers: Vec<InstanceId>,
    scripts: Many<TrackId, InstanceId>,
    files: Many<TrackFileId, InstanceId>,
    processes: Many<TrackProcessId, InstanceId>,
    sessions: Many<BfdId, InstanceId>,
    /// The group of an instance, and its position there.
    groups: HashMap<InstanceId, (GroupId, usize)>,
    /// Addresses by prefix, with their position among what their owner has.
    vips: Many<IpNet, (Owner, u16)>,
    /// Routes and rules, likewise.
    routes_and_rules: Many<Key, (Owner, u16)>,
    /// Interfaces of static entries whose `track_group` an instance is in.
    static_interfaces: Many<InstanceId, IfName>,
    /// How many instances a virtual address belongs to, whatever its prefix.
    virtual_addresses: HashMap<IpAddr, u32>,
}

impl Index {
    pub(super) fn new(model: &Model) -> Index {
        let mut index = Index::default();
        for (id, conf) in model.instances.iter() {
            let (family, vrid) = (conf.family, conf.vrid);
            if conf.transport.is_unicast() {
                index.unicast.add((family, vrid), id);
            } else if let Some(name) = conf.interface {
                index.multicast.add((name, family, vrid), id);
            }
            if let Some(name) = conf.interface {
                index.interfaces.add(name, id);
            }
            vrf(conf).into_iter().for_each(|name| index.interfaces.add(name, id));
            index.add_trackers(id, &conf.trackers);
            if conf.track_source {
                index.source_watchers.push(id);
            }
            for vip in conf.addresses() {
                *index.virtual_addresses.entry(vip.net.addr()).or_default() += 1;
            }
            index.add_belongings(Holder::Instance(id, conf));
        }
        index.add_belongings(Holder::Statics(&model.statics));
        index.add_track_groups(&model.statics);
        for (group, conf) in model.groups.iter() {
            for (position, id) in conf.members.iter().copied().enumerate() {
                index.groups.insert(id, (group, position));
                index.add_trackers(id, &conf.trackers);
            }
        }
        index
    }

    fn add_belongings(&mut self, holder: Holder<'_>) {
        for (thing, position) in holder.things().zip(0..) {
            let place = (holder.owner(), position);
            match thing {
                Thing::Address(vip) => self.vips.add(vip.reported(), place),
                Thing::Route(route) => self.routes_and_rules.add(Key::Route(RouteKey::of(route)), place),
                Thing::Rule(rule) => self.routes_and_rules.add(Key::Rule(RuleKey::of(rule)), place),
            }
            if let Owner::Instance(id) = holder.owner() {
                thing.interfaces().into_iter().for_each(|name| self.interfaces.add(name, id));
            }
        }
    }

    /// Instances that fault with the interfaces of static entries.
    fn add_track_groups(&mut self, statics: &Statics) {
        let addresses = statics.addresses.iter().map(|it| (Thing::Address(&it.vip), &it.track_group));
        let routes = statics.routes.iter().map(|route| (Thing::Route(route), &route.track_group));
        let rules = statics.rules.iter().map(|rule| (Thing::Rule(rule), &rule.track_group));
        for (thing, name) in addresses.chain(routes).chain(rules) {
            let Some(name) = name else { continue };
            let members = statics.groups.iter().filter(|group| group.name == *name);
            for id in members.flat_map(|group| group.members.iter().copied()) {
                for interface in thing.interfaces() {
                    self.static_interfaces.add(id, interface);
                    self.interfaces.add(interface, id);
                }
            }
        }
    }

    /// The interfaces of static entries that an instance faults with.
    pub(super) fn static_interfaces(&self, id: InstanceId) -> &[IfName] {
        self.static_interfaces.get(&id)
    }

    fn add_trackers(&mut self, id: InstanceId, trackers: &Trackers) {
        trackers.interfaces.iter().for_each(|tracked| self.interfaces.add(tracked.interface, id));
        trackers.scripts.iter().for_each(|tracked| self.scripts.add(tracked.script, id));
        trackers.files.iter().for_each(|tracked| self.files.add(tracked.file, id));
        trackers.processes.iter().for_each(|tracked| self.processes.add(tracked.process, id));
        trackers.bfd.iter().for_each(|tracked| self.sessions.add(tracked.session, id));
    }

    /// The group that an instance is in, and its position there.
    pub(super) fn group_of(&self, id: InstanceId) -> Option<(GroupId, usize)> {
        self.groups.get(&id).copied()
    }

    /// The instances that track a file.
    pub(super) fn of_file(&self, file: TrackFileId) -> &[InstanceId] {
        self.files.get(&file)
    }

    /// The instances that track processes.
    pub(super) fn of_process(&self, process: TrackProcessId) -> &[InstanceId] {
        self.processes.get(&process)
    }

    /// The instances that track a BFD session.
    pub(super) fn of_session(&self, session: BfdId) -> &[InstanceId] {
        self.sessions.get(&session)
    }

    /// The instances that use or track an interface.
    pub(super) fn of_interface(&self, name: IfName) -> &[InstanceId] {
        self.interfaces.get(&name)
    }

    /// The instances that track a script.
    pub(super) fn of_script(&self, script: TrackId) -> &[InstanceId] {
        self.scripts.get(&script)
    }

    /// Who has this address with this prefix, and its position in each.
    pub(super) fn of_vip(&self, net: IpNet) -> &[(Owner, u16)] {
        self.vips.get(&net)
    }

    /// Who has this route or rule, and its position in each.
    pub(super) fn of_key(&self, key: &Key) -> &[(Owner, u16)] {
        self.routes_and_rules.get(key)
    }

    /// Whether any instance has this virtual address.
    pub(super) fn is_virtual(&self, addr: IpAddr) -> bool {
        self.virtual_addresses.get(&addr).is_some_and(|count| *count > 0)
    }

    /// An owner keeps this address, so it may be used like any other.
    pub(super) fn not_virtual(&mut self, addr: IpAddr) {
        if let Some(count) = self.virtual_addresses.get_mut(&addr) {
            *count = count.saturating_sub(1);
        }
    }

    /// The instance that a packet is for. `source_of` tells the address that an instance sends from, `owner_of` the instance
    /// that an interface was made for.
    pub(super) fn recipient(
        &self,
        packet: &Incoming<'_>,
        model: &Model,
        links: &Inventory,
        source_of: impl Fn(InstanceId) -> Option<IpAddr>,
        owner_of: impl Fn(IfIndex) -> Option<InstanceId>,
    ) -> Option<InstanceId> {
        let vrid = packet.vrid()?;
        let name = links.link(packet.arrived_on).map(|link| link.name);
        if packet.destination.is_multicast() {
            let to_group = |id: &&InstanceId| match &model.instances.at(**id).transport {
                Transport::Multicast { group } => *group == packet.destination,
                Transport::Unicast(_) => false,
            };
            let known = self.multicast.get(&(name?, packet.family(), vrid)).iter().find(to_group).copied();
            // What comes from the link-layer address of its own interface is heard there and nowhere else.
            return known.or_else(|| {
                let own = owner_of(packet.arrived_on).filter(|id| {
                    let conf = model.instances.at(*id);
                    (conf.family, conf.vrid) == (packet.family(), vrid)
                });
                own.filter(|id| to_group(&id))
            });
        }
        let mut candidates = self.unicast.get(&(packet.family(), vrid)).iter().copied().filter(|id| {
            let conf = model.instances.at(*id);
            let here = conf.interface.is_none() || conf.interface == name;
            here && source_of(*id) == Some(packet.destination)
        });
        let from_peer = |id: &InstanceId| match &model.instances.at(*id).transport {
            Transport::Unicast(unicast) => unicast.peers.iter().any(|peer| peer.addr == packet.source),
            Transport::Multicast { .. } => false,
        };
        candidates.clone().find(from_peer).or_else(|| candidates.next())
    }
}
