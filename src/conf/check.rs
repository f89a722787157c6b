//! What can only be judged when everything has been read.

use std::collections::HashMap;
use std::net::IpAddr;

use super::diag::Diagnostics;
use super::diag::code::group::LONG_DOWN_DELAY;
use super::diag::code::instance as code;
use super::draft::Draft;
use super::expanded::Extent;
use super::model::vrrp::Transport;
use super::model::{Instance, Model};
use crate::base::addr::Family;
use crate::base::id::{IfName, Vrid};
use crate::base::time::Span;

/// What tells virtual routers apart.
type Identity = (Vrid, Family, Option<IfName>);

/// Problems between instances; `places` are those of their names.
pub(super) fn instances(model: &Model, places: &[Extent], diagnostics: &mut Diagnostics) {
    let mut known: HashMap<Identity, Vec<(&Instance, Extent)>> = HashMap::with_capacity(places.len());
    for (instance, at) in model.instances.values().zip(places) {
        let others = known.entry((instance.vrid, instance.family, instance.interface)).or_default();
        if let Some((other, first)) = others.iter().find(|(other, _)| collide(instance, other)) {
            let on = instance.interface.map_or_else(String::new, |name| format!(" on {name}"));
            let message = format!(
                "{} and {} are both virtual router {} for {}{on}",
                other.name, instance.name, instance.vrid, instance.family
            );
            diagnostics
                .report(&code::DUPLICATE_VRID, *at, message)
                .also(*first, "the other one")
                .help("give one of them another `virtual_router_id`, on all its routers");
        }
        others.push((instance, *at));
    }
}

/// Resets delays of links that last as long as others wait for a master.
pub(super) fn delays(draft: &Draft, model: &mut Model, diagnostics: &mut Diagnostics) {
    let mut shortest: HashMap<IfName, &Instance> = HashMap::new();
    for instance in model.instances.values() {
        let Some(interface) = instance.interface else { continue };
        let known = shortest.entry(interface).or_insert(instance);
        if instance.advert_int < known.advert_int {
            *known = instance;
        }
    }
    for ((name, _, _), (_, down, _)) in draft.statics.delays.iter().zip(&mut model.links.delays) {
        let Some(instance) = shortest.get(&name.value).filter(|instance| *down >= instance.advert_int * 2)
        else {
            continue;
        };
        let message = format!(
            "{} sends every {}; a delay of {down} would let the others take over before it notices",
            instance.name, instance.advert_int
        );
        diagnostics.report(&LONG_DOWN_DELAY, name.at, message).label("reset to 0");
        *down = Span::ZERO;
    }
}

/// Whether two instances of the same VRID, family and interface could take each other's advertisements.
fn collide(one: &Instance, other: &Instance) -> bool {
    match (&one.transport, &other.transport) {
        (Transport::Multicast { group: a }, Transport::Multicast { group: b }) => a == b,
        (Transport::Unicast(a), Transport::Unicast(b)) => {
            let other_peers: Vec<IpAddr> = b.peers.iter().map(|peer| peer.addr).collect();
            one.source == other.source && a.peers.iter().any(|peer| other_peers.contains(&peer.addr))
        }
        (Transport::Multicast { .. }, Transport::Unicast(_))
        | (Transport::Unicast(_), Transport::Multicast { .. }) => false,
    }
}
