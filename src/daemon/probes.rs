//! The checks that need no process, as they run: one future each, all in the loop of the VRRP process.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use futures_util::future::{AbortHandle, Abortable, LocalBoxFuture};
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use crate::base::id::{IfName, TrackId};
use crate::conf::model::Probe;
use crate::conf::model::probe::{Host, Http};
use crate::probe::{Failure, http};
use crate::sys::probe::{self as wire, Way};
use crate::vrrp::event::Outcome;
use crate::vrrp::link::Inventory;

type Result = std::result::Result<(), Failure>;

/// What a check came to, and which run of it; nothing if it was stopped.
type Ended = (TrackId, u64, Option<Result>);

/// The checks that run, and the addresses of the names in them.
#[derive(Default)]
pub(super) struct Probes {
    running: FuturesUnordered<LocalBoxFuture<'static, Ended>>,
    runs: BTreeMap<TrackId, Run>,
    /// What the parent has said of names; nothing for those that have no address.
    names: BTreeMap<Box<str>, Vec<IpAddr>>,
    /// Tells one run from another.
    number: u64,
}

enum Run {
    /// The parent has not said yet where the server is.
    Waiting(Http),
    Asking {
        number: u64,
        stop: AbortHandle,
    },
}

impl Probes {
    /// Begins a check. Tells how it ended if that is clear at once.
    pub(super) fn start(&mut self, id: TrackId, probe: &Probe, links: &Inventory) -> Option<Outcome> {
        match probe {
            Probe::Tcp(to) => self.ask(id, wire::tcp(*to)),
            Probe::Ping { to, interface } => {
                let (to, interface, number) = (*to, *interface, self.number);
                self.ask(id, wire::ping(to, interface, number));
            }
            Probe::Arp { to, interface } => match way(links, *to, *interface) {
                Some(way) => self.ask(id, wire::arp(*to, way)),
                None => return Some(Outcome::Failed(Failure::NoInterface)),
            },
            Probe::Http(page) => return self.page(id, page),
        }
        None
    }

    fn page(&mut self, id: TrackId, page: &Http) -> Option<Outcome> {
        let addresses = match &page.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => match self.names.get(name) {
                Some(addresses) if addresses.is_empty() => return Some(Outcome::Failed(Failure::NoAddress)),
                Some(addresses) => addresses.clone(),
                None => {
                    self.runs.insert(id, Run::Waiting(page.clone()));
                    return None;
                }
            },
        };
        let (port, request, status) = (page.port, http::request(page), page.status);
        self.ask(id, async move {
            let mut last = Err(Failure::NoAddress);
            for address in addresses {
                last = wire::http(SocketAddr::new(address, port), &request, status).await;
                if last.is_ok() {
                    break;
                }
            }
            last
        });
        None
    }

    fn ask(&mut self, id: TrackId, check: impl Future<Output = Result> + 'static) {
        let number = self.number;
        self.number += 1;
        let (stop, registration) = AbortHandle::new_pair();
        let check = Abortable::new(check, registration);
        self.running.push(Box::pin(async move { (id, number, check.await.ok()) }));
        self.runs.insert(id, Run::Asking { number, stop });
    }

    /// Stops a check. Tells whether it ran.
    pub(super) fn stop(&mut self, id: TrackId) -> bool {
        match self.runs.remove(&id) {
            Some(Run::Asking { stop, .. }) => {
                stop.abort();
                true
            }
            Some(Run::Waiting(_)) => true,
            None => false,
        }
    }

    /// The parent says where a name is. Tells which checks have failed because it is nowhere.
    pub(super) fn locate(&mut self, name: &str, addresses: Vec<IpAddr>) -> Vec<(TrackId, Outcome)> {
        self.names.insert(name.into(), addresses);
        let is_waited_for =
            |run: &Run| matches!(run, Run::Waiting(Http { host: Host::Name(host), .. }) if **host == *name);
        let waiting: Vec<TrackId> =
            self.runs.iter().filter(|(_, run)| is_waited_for(run)).map(|(id, _)| *id).collect();
        let mut failed = Vec::new();
        for id in waiting {
            if let Some(Run::Waiting(page)) = self.runs.remove(&id) {
                failed.extend(self.page(id, &page).map(|outcome| (id, outcome)));
            }
        }
        failed
    }

    /// Waits for a check to end; for ever if none runs. Losing the future loses nothing.
    pub(super) async fn next(&mut self) -> (TrackId, Outcome) {
        while let Some((id, number, result)) = self.running.next().await {
            let is_current =
                matches!(self.runs.get(&id), Some(Run::Asking { number: known, .. }) if *known == number);
            if let (true, Some(result)) = (is_current, result) {
                self.runs.remove(&id);
                return (id, result.map_or_else(Outcome::Failed, |()| Outcome::Passed));
            }
        }
        std::future::pending().await
    }
}

/// From where an ARP request for `to` is sent: the interface that is named, else the one with the closest network.
fn way(links: &Inventory, to: Ipv4Addr, name: Option<IfName>) -> Option<Way> {
    let near = links.links().filter(|(_, link)| name.is_none_or(|name| link.name == name)).flat_map(
        |(index, link)| {
            links.addresses(index).filter_map(move |address| match address.net.addr() {
                IpAddr::V4(own) if is_near(own, address.net.prefix(), to) => {
                    Some((address.net.prefix(), Way { interface: index, mac: link.mac?, source: own }))
                }
                IpAddr::V4(_) | IpAddr::V6(_) => None,
            })
        },
    );
    // Of several addresses in one network the first is the primary one.
    let nearest = near.reduce(|best, other| if other.0 > best.0 { other } else { best });
    nearest.map(|(_, way)| way).or_else(|| {
        let interface = links.by_name(name?)?;
        // RFC 5227 section 2.1.1: whoever has no address asks from none.
        Some(Way { interface, mac: links.link(interface)?.mac?, source: Ipv4Addr::UNSPECIFIED })
    })
}

/// Whether `to` is in the network of `own`, and not `own` itself.
fn is_near(own: Ipv4Addr, prefix: u8, to: Ipv4Addr) -> bool {
    let differs = u32::from(own) ^ u32::from(to);
    let network = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
    differs != 0 && differs & network == 0
}

#[cfg(test)]
mod tests;
