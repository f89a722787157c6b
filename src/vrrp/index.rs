//! Who cares: from what is found in an event to the instances that it concerns. Made once per configuration.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::advert::vrf;
use super::belonging::{Holder, Key, Owner, RouteKey, RuleKey, Thing};
use super::link::Inventory;
use super::receive::Incoming;
use crate::base::addr::{Family, IpNet};
use crate::base::id::{
    BfdId, GroupId, IfIndex, IfName, InstanceId, TrackFileId, TrackId, TrackProcessId, Vrid,
};
use crate::base::many::Many;
use crate::conf::model::vrrp::Transport;
use crate::conf::model::{Instance, Model, Statics, Trackers};

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
    /// Interfaces that an instance faults with, besides its own and those that it tracks: what it owns needs them, or
    /// static entries whose `track_group` it is in.
    needed: Many<InstanceId, IfName>,
    /// Instances with routes whose interface only the kernel knows.
    pub(super) roaming: Vec<InstanceId>,
    /// Interfaces of instances that want `promote_secondaries`.
    pub(super) promoting: BTreeSet<IfName>,
    /// How many instances a virtual address belongs to, whatever its prefix.
    virtual_addresses: HashMap<IpAddr, u32>,
}

/// The same while it is being collected.
#[derive(Debug, Default)]
struct Pairs {
    multicast: Vec<((IfName, Family, Vrid), InstanceId)>,
    unicast: Vec<((Family, Vrid), InstanceId)>,
    interfaces: Vec<(IfName, InstanceId)>,
    scripts: Vec<(TrackId, InstanceId)>,
    files: Vec<(TrackFileId, InstanceId)>,
    processes: Vec<(TrackProcessId, InstanceId)>,
    sessions: Vec<(BfdId, InstanceId)>,
    vips: Vec<(IpNet, (Owner, u16))>,
    routes_and_rules: Vec<(Key, (Owner, u16))>,
    needed: Vec<(InstanceId, IfName)>,
    roaming: Vec<InstanceId>,
}

impl Pairs {
    fn add_instance(&mut self, id: InstanceId, conf: &Instance) {
        let (family, vrid) = (conf.family, conf.vrid);
        if conf.transport.is_unicast() {
            self.unicast.push(((family, vrid), id));
        } else if let Some(name) = conf.interface {
            self.multicast.push(((name, family, vrid), id));
        }
        self.interfaces.extend(conf.interface.into_iter().chain(vrf(conf)).map(|name| (name, id)));
        self.add_trackers(id, &conf.trackers);
        self.add_belongings(Holder::Instance(id, conf));
        self.add_needs(id, conf);
    }

    fn add_needs(&mut self, id: InstanceId, conf: &Instance) {
        let watched = Holder::Instance(id, conf).things().filter(|thing| !thing.is_untracked());
        let others =
            watched.flat_map(|thing| thing.interfaces()).filter(|name| conf.interface != Some(*name));
        self.needed.extend(others.map(|name| (id, name)));
        let (routes, _) = conf.routes_and_rules();
        if routes.iter().any(|route| Thing::Route(route).interfaces().is_empty()) {
            self.roaming.push(id);
        }
    }

    fn add_belongings(&mut self, holder: Holder<'_>) {
        for (thing, position) in holder.things().zip(0..) {
            let place = (holder.owner(), position);
            match thing {
                Thing::Address(vip) => self.vips.push((vip.reported(), place)),
                Thing::Route(route) => {
                    self.routes_and_rules.push((Key::Route(RouteKey::of(route)), place));
                }
                Thing::Rule(rule) => self.routes_and_rules.push((Key::Rule(RuleKey::of(rule)), place)),
            }
            if let Owner::Instance(id) = holder.owner() {
                self.interfaces.extend(thing.interfaces().into_iter().map(|name| (name, id)));
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
                    self.needed.push((id, interface));
                    self.interfaces.push((interface, id));
                }
            }
        }
    }

    fn add_trackers(&mut self, id: InstanceId, trackers: &Trackers) {
        self.interfaces.extend(trackers.interfaces.iter().map(|tracked| (tracked.interface, id)));
        self.scripts.extend(trackers.scripts.iter().map(|tracked| (tracked.script, id)));
        self.files.extend(trackers.files.iter().map(|tracked| (tracked.file, id)));
        self.processes.extend(trackers.processes.iter().map(|tracked| (tracked.process, id)));
        self.sessions.extend(trackers.bfd.iter().map(|tracked| (tracked.session, id)));
    }
}

impl Index {
    pub(super) fn new(model: &Model) -> Index {
        let mut pairs = Pairs::default();
        let mut virtual_addresses: HashMap<IpAddr, u32> = HashMap::new();
        for (id, conf) in model.instances.iter() {
            pairs.add_instance(id, conf);
            for vip in conf.addresses() {
                *virtual_addresses.entry(vip.net.addr()).or_default() += 1;
            }
        }
        pairs.add_belongings(Holder::Statics(&model.statics));
        pairs.add_track_groups(&model.statics);
        let mut groups = HashMap::new();
        for (group, conf) in model.groups.iter() {
            for (position, id) in conf.members.iter().copied().enumerate() {
                groups.insert(id, (group, position));
                pairs.add_trackers(id, &conf.trackers);
            }
        }
        virtual_addresses.shrink_to_fit();
        let promotes =
            |conf: &&Instance| conf.further.as_ref().is_some_and(|further| further.promote_secondaries);
        let watches = |(id, conf): (InstanceId, &Instance)| conf.track_source.then_some(id);
        Index {
            multicast: Many::new(pairs.multicast),
            unicast: Many::new(pairs.unicast),
            interfaces: Many::new(pairs.interfaces),
            source_watchers: model.instances.iter().filter_map(watches).collect(),
            scripts: Many::new(pairs.scripts),
            files: Many::new(pairs.files),
            processes: Many::new(pairs.processes),
            sessions: Many::new(pairs.sessions),
            groups,
            vips: Many::new(pairs.vips),
            routes_and_rules: Many::new(pairs.routes_and_rules),
            needed: Many::new(pairs.needed),
            roaming: pairs.roaming,
            promoting: model.instances.values().filter(promotes).filter_map(|conf| conf.interface).collect(),
            virtual_addresses,
        }
    }

    /// The interfaces that an instance faults with, besides its own and those that it tracks.
    pub(super) fn needed(&self, id: InstanceId) -> &[IfName] {
        self.needed.get(&id)
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
