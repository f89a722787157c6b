//! The names of servers that checks need: the parent looks them up, since the VRRP process must never wait for a name
//! server.
//!
//! A name is looked up again every minute, and every five seconds while that fails. As long as it fails the last
//! addresses stand: a name server that is down says nothing about the server.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::protocol::FromParent;
use crate::base::time::{Instant, Span};
use crate::conf::model::{Model, Run};
use crate::sys::resolver::{Answer, Resolver};

/// How often a name is looked up that has addresses.
const EVERY: Span = Span::from_secs(60);
/// How soon a name is looked up again that could not be.
const AGAIN: Span = Span::from_secs(5);

/// A name was looked up.
pub(super) type Located = Answer;

/// The names.
#[derive(Debug)]
pub(super) struct Names {
    resolver: Resolver,
    names: BTreeMap<Box<str>, Name>,
}

#[derive(Debug, Default)]
struct Name {
    /// What is known; nothing before the first answer, no address if there was none.
    addresses: Option<Vec<IpAddr>>,
    /// When it is to be looked up; nothing while it is.
    due: Option<Instant>,
    /// That it cannot be looked up has been said.
    complained: bool,
}

impl Names {
    /// Those of a configuration, which are due at once.
    pub(super) fn of(model: Option<&Model>) -> Names {
        let scripts = model.into_iter().flat_map(|model| model.scripts.values());
        let name = |run: &Run| match run {
            Run::Probe(probe) => probe.name().map(Box::from),
            Run::Command(_) => None,
        };
        let names = scripts.filter_map(|script| name(&script.run));
        let due = || Name { due: Some(Instant::ZERO), ..Name::default() };
        Names { resolver: Resolver::new(), names: names.map(|name| (name, due())).collect() }
    }

    /// When a name is to be looked up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.names.values().filter_map(|name| name.due).min()
    }

    /// Begins to look up what is due.
    pub(super) fn expire(&mut self, now: Instant) {
        for (text, name) in &mut self.names {
            if name.due.is_none_or(|due| due > now) {
                continue;
            }
            name.due = match self.resolver.ask(text) {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!("{error}; trying again in {AGAIN}");
                    Some(now + AGAIN)
                }
            };
        }
    }

    /// Waits for a name to be looked up. Losing the future loses nothing.
    pub(super) async fn located(&mut self) -> Located {
        self.resolver.next().await
    }

    /// A name was looked up. Gives what the child is to be told, if that is news.
    pub(super) fn take(&mut self, located: Located, now: Instant) -> Option<FromParent> {
        let Located { name: text, addresses } = located;
        let name = self.names.get_mut(&text)?;
        name.due = Some(now + if addresses.is_ok() { EVERY } else { AGAIN });
        let addresses = match addresses {
            Ok(addresses) => {
                name.complained = false;
                addresses
            }
            Err(error) => {
                if !std::mem::replace(&mut name.complained, true) {
                    let stands = if name.addresses.is_some() { "; its last addresses stand" } else { "" };
                    tracing::warn!("cannot look up {text}: {error}{stands}; trying again every {AGAIN}");
                }
                name.addresses.clone().unwrap_or_default()
            }
        };
        if name.addresses.as_ref().is_some_and(|known| same(known, &addresses)) {
            return None;
        }
        if !addresses.is_empty() {
            let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            tracing::info!("{text} is at {}", list.join(", "));
        }
        name.addresses = Some(addresses.clone());
        Some(FromParent::Located { name: text, addresses })
    }

    /// What a new child is to be told.
    pub(super) fn known(&self) -> Vec<FromParent> {
        let message = |name: &str, known: &Name| {
            Some(FromParent::Located { name: name.into(), addresses: known.addresses.clone()? })
        };
        self.names.iter().filter_map(|(name, known)| message(name, known)).collect()
    }
}

/// Whether the addresses are the same; resolvers give them in turn.
fn same(known: &[IpAddr], found: &[IpAddr]) -> bool {
    known.len() == found.len() && found.iter().all(|address| known.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::ZERO + Span::from_secs(secs)
    }

    fn names() -> Names {
        let name = Name { due: Some(Instant::ZERO), ..Name::default() };
        Names { resolver: Resolver::new(), names: [("web".into(), name)].into() }
    }

    fn answer(addresses: &[u8]) -> Located {
        let addresses = addresses.iter().map(|last| IpAddr::from([192, 0, 2, *last])).collect();
        Located { name: "web".into(), addresses: Ok(addresses) }
    }

    fn failure() -> Located {
        Located { name: "web".into(), addresses: Err(std::io::Error::other("no name server")) }
    }

    fn told(addresses: &[u8]) -> Option<FromParent> {
        let addresses = addresses.iter().map(|last| IpAddr::from([192, 0, 2, *last])).collect();
        Some(FromParent::Located { name: "web".into(), addresses })
    }

    #[test]
    fn the_child_is_told_what_is_new() {
        let mut names = names();
        assert_eq!(names.next_deadline(), Some(Instant::ZERO));
        assert_eq!(names.known(), []);
        assert_eq!(names.take(answer(&[1, 2]), at(1)), told(&[1, 2]));
        assert_eq!(names.next_deadline(), Some(at(61)));
        assert_eq!(names.take(answer(&[2, 1]), at(61)), None);
        assert_eq!(names.take(answer(&[3]), at(121)), told(&[3]));
        assert_eq!(names.known(), told(&[3]).into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_name_server_that_is_down_changes_nothing() {
        let mut names = names();
        assert_eq!(names.take(failure(), at(1)), told(&[]));
        assert_eq!(names.next_deadline(), Some(at(6)));
        assert_eq!(names.take(failure(), at(6)), None);
        assert_eq!(names.take(answer(&[1]), at(11)), told(&[1]));
        assert_eq!(names.take(failure(), at(71)), None);
        assert_eq!(names.known(), told(&[1]).into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn nobody_else_is_looked_up() {
        assert_eq!(Names::of(None).next_deadline(), None);
        let mut names = names();
        let other = Located { name: "other".into(), addresses: Ok(vec![]) };
        assert_eq!(names.take(other, at(1)), None);
    }
}
