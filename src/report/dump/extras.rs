//! What several dumps tell alike: rarer words of instances.

use crate::base::id::IfName;
use crate::conf::model::probe::{Host, Probe};
use crate::conf::model::track::TrackedInterface;
use crate::conf::model::{Instance, Model, Weight};
use crate::vrrp::snapshot::{Role, Shown};

/// The state that an instance strives for: its own, or the configured one as long as it has none.
pub(super) fn wanted(conf: &Instance, shown: &Shown) -> Role {
    match shown.role {
        Role::Init if conf.starts_as_master => Role::Master,
        Role::Init => Role::Backup,
        Role::Backup | Role::Master | Role::Fault => shown.role,
    }
}

/// Whether changes are mailed, if there is a server for mail.
pub(super) fn mails(model: &Model, own: Option<bool>) -> bool {
    let mail = &model.global.settings.mail;
    own.or(mail.alert_vrrp).or(mail.alert).unwrap_or(false)
}

/// What `track_interface` lists: the interfaces of addresses are tracked without being listed.
pub(super) fn interfaces(conf: &Instance) -> impl Iterator<Item = &TrackedInterface> {
    let implied = |entry: &&TrackedInterface| {
        let devices = conf.addresses().filter_map(|vip| vip.device);
        entry.weight == Weight::default() && devices.into_iter().any(|device| device == entry.interface)
    };
    conf.trackers.interfaces.iter().filter(move |entry| !implied(entry))
}

/// `weight N`, perhaps reversed.
pub(super) fn weight(weight: Weight) -> String {
    format!("{}{}", weight.value, if weight.reverse { " reverse" } else { "" })
}

/// A check without a program.
pub(super) fn probe(probe: &Probe) -> String {
    let by = |interface: &Option<IfName>| interface.map_or_else(String::new, |name| format!(" dev {name}"));
    match probe {
        Probe::Tcp(address) => format!("tcp {address}"),
        Probe::Http(http) => {
            let host = match &http.host {
                Host::Address(address) => address.to_string(),
                Host::Name(name) => name.to_string(),
            };
            format!("http {host} port {} path {}", http.port, http.path)
        }
        Probe::Ping { to, interface } => format!("ping {to}{}", by(interface)),
        Probe::Arp { to, interface } => format!("arp {to}{}", by(interface)),
    }
}
