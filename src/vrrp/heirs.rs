//! What of a new configuration is what it was in the old one, perhaps under another name or number.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use super::event::Who;
use crate::base::addr::Family;
use crate::base::id::{GroupId, IfName, InstanceId, TrackId, Vrid};
use crate::base::table::{Key, Table};
use crate::conf::model::further::LinkKind;
use crate::conf::model::vrrp::Transport;
use crate::conf::model::{Instance, Model};

/// What everything of the old configuration has become. What is gone has no heir.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heirs {
    instances: Vec<Option<InstanceId>>,
    groups: Vec<Option<GroupId>>,
    scripts: Vec<Option<TrackId>>,
}

impl Heirs {
    /// Finds out what goes on: instances that are the same to the LAN (virtual router, family, interface, unicast or
    /// group), groups of the same name, scripts that run the same command as the same user.
    #[must_use]
    pub fn find(old: &Model, new: &Model) -> Heirs {
        Heirs {
            instances: pair(&old.instances, &new.instances, |conf| (Identity::of(conf), &conf.name)),
            groups: pair(&old.groups, &new.groups, |conf| (&conf.name, &conf.name)),
            scripts: pair(&old.scripts, &new.scripts, |conf| (&conf.run, &conf.name)),
        }
    }

    /// What an instance has become.
    #[must_use]
    pub fn instance(&self, old: InstanceId) -> Option<InstanceId> {
        self.instances.get(old.position()).copied().flatten()
    }

    /// What a group has become.
    #[must_use]
    pub fn group(&self, old: GroupId) -> Option<GroupId> {
        self.groups.get(old.position()).copied().flatten()
    }

    /// What somebody with a state has become.
    #[must_use]
    pub fn who(&self, old: Who) -> Option<Who> {
        match old {
            Who::Instance(id) => self.instance(id).map(Who::Instance),
            Who::Group(id) => self.group(id).map(Who::Group),
        }
    }

    /// What a script has become.
    #[must_use]
    pub fn script(&self, old: TrackId) -> Option<TrackId> {
        self.scripts.get(old.position()).copied().flatten()
    }
}

/// What an instance is to the LAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Its virtual router.
    pub vrid: Vrid,
    /// The family that it advertises in.
    pub family: Family,
    /// Its interface.
    pub interface: Option<IfName>,
    /// The group that it sends to; none for unicast.
    pub group: Option<IpAddr>,
    /// The configured source of a unicast instance.
    pub source: Option<IpAddr>,
    /// The kind of interface that it has of its own.
    pub apart: Option<Apart>,
}

/// What an instance with an interface of its own is to the LAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Apart {
    /// An IP-VLAN, not a MAC-VLAN.
    pub ip: bool,
    /// Advertisements leave by the interface below it.
    pub by_base: bool,
}

impl Identity {
    /// That of a configured instance.
    #[must_use]
    pub fn of(conf: &Instance) -> Identity {
        let (group, source) = match &conf.transport {
            Transport::Multicast { group } => (Some(*group), None),
            Transport::Unicast(_) => (None, conf.source),
        };
        let apart = conf.further.as_ref().and_then(|further| {
            let ip = matches!(further.link.as_ref()?.kind, LinkKind::IpVlan { .. });
            Some(Apart { ip, by_base: further.xmit_base })
        });
        Identity { vrid: conf.vrid, family: conf.family, interface: conf.interface, group, source, apart }
    }
}

/// Pairs what has the same identity; of several the one with the same name, else the first that is left.
pub(super) fn pair<'m, K: Key, T, I: Eq + Hash>(
    old: &'m Table<K, T>,
    new: &'m Table<K, T>,
    identity: impl Fn(&'m T) -> (I, &'m str),
) -> Vec<Option<K>> {
    let mut candidates: HashMap<I, Vec<(K, &str)>> = HashMap::new();
    for (id, entry) in new.iter() {
        let (identity, name) = identity(entry);
        candidates.entry(identity).or_default().push((id, name));
    }
    let names: Vec<_> = old.values().map(&identity).collect();
    let mut heirs = vec![None; names.len()];
    for by_name in [true, false] {
        for ((identity, name), heir) in names.iter().zip(&mut heirs) {
            let Some(left) = candidates.get_mut(identity).filter(|_| heir.is_none()) else { continue };
            let fits = |(_, other): &(K, &str)| !by_name || other == name;
            if let Some(position) = left.iter().position(fits) {
                *heir = Some(left.remove(position).0);
            }
        }
    }
    heirs
}
