//! What a scenario expects to see, each with a deadline.

use std::net::IpAddr;
use std::time::Duration;

use crate::clock::Stamp;
use crate::lab::Lab;
use crate::node::Node;
use crate::packet::{Advert, Mac, Packet};
use crate::timeline::{Address, Seen, Timeline};
use crate::wait::{pause, poll_until};

type Question<'a, T> = Box<dyn FnMut(&Timeline) -> Option<T> + 'a>;

/// An expectation that still lacks its deadline.
#[must_use = "nothing is checked before within()"]
pub struct Expectation<'a, T> {
    lab: &'a Lab,
    what: String,
    question: Question<'a, T>,
}

impl<T> Expectation<'_, T> {
    /// Waits until it is fulfilled.
    ///
    /// # Panics
    /// If it is not within `limit`.
    pub fn within(self, limit: Duration) -> T {
        let Self { lab, what, question } = self;
        match lab.observer().wait(limit, question) {
            Ok(answer) => answer,
            Err(None) => panic!("{what}: not within {limit:?}. Now: {}", holdings(lab)),
            Err(Some(trouble)) => panic!("{what}: the observer is blind: {trouble}"),
        }
    }
}

fn holdings(lab: &Lab) -> String {
    let describe = |node: &Node| {
        lab.ask(|timeline| {
            let held = timeline.held_by(node.index()).filter(|(_, address)| !address.ip.is_loopback());
            let held: Vec<String> = held
                .map(|(since, a)| format!("{}/{} on {} since {since}", a.ip, a.prefix, a.interface))
                .collect();
            format!("{} ({}) holds [{}]", node.name(), node.program(), held.join(", "))
        })
    };
    lab.nodes().iter().map(describe).collect::<Vec<_>>().join("; ")
}

/// Ownership of addresses, as the kernels tell it.
impl Lab {
    /// That `node`, and no other, holds `ip`. Yields since when that is so.
    pub fn expect_owner(&self, node: &str, ip: impl Into<IpAddr>) -> Expectation<'_, Stamp> {
        self.expect_holders(&[node], ip)
    }

    /// That nobody holds `ip`.
    pub fn expect_nobody(&self, ip: impl Into<IpAddr>) -> Expectation<'_, Stamp> {
        self.expect_holders(&[], ip)
    }

    /// That exactly `nodes` hold `ip`. Yields when the last of them got it.
    pub fn expect_holders(&self, nodes: &[&str], ip: impl Into<IpAddr>) -> Expectation<'_, Stamp> {
        let ip = ip.into();
        let mut wanted: Vec<_> = nodes.iter().map(|node| self.node(node).index()).collect();
        wanted.sort_unstable();
        Expectation {
            lab: self,
            what: format!("expected {nodes:?} and nobody else to hold {ip}"),
            question: Box::new(move |timeline| {
                let holders = timeline.holders(ip);
                let found: Vec<_> = holders.iter().map(|(node, _)| *node).collect();
                let since = holders.iter().map(|(_, since)| *since).max();
                (found == wanted).then(|| since.unwrap_or_else(Stamp::now))
            }),
        }
    }

    /// That `node` gets `ip` after the moment `after`. Yields when.
    pub fn expect_gain(&self, node: &str, ip: impl Into<IpAddr>, after: Stamp) -> Expectation<'_, Stamp> {
        let (ip, index) = (ip.into(), self.node(node).index());
        Expectation {
            lab: self,
            what: format!("expected {node} to get {ip}"),
            question: Box::new(move |timeline| timeline.gained(index, ip, after..)),
        }
    }

    /// That `node` loses `ip` after the moment `after`. Yields when.
    pub fn expect_loss(&self, node: &str, ip: impl Into<IpAddr>, after: Stamp) -> Expectation<'_, Stamp> {
        let (ip, index) = (ip.into(), self.node(node).index());
        Expectation {
            lab: self,
            what: format!("expected {node} to lose {ip}"),
            question: Box::new(move |timeline| timeline.lost(index, ip, after..)),
        }
    }

    /// That `node` holds the addresses `wanted` and no others, loopback aside.
    pub fn expect_addresses(&self, node: &str, wanted: &[IpAddr]) -> Expectation<'_, ()> {
        let index = self.node(node).index();
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        Expectation {
            lab: self,
            what: format!("expected {node} to hold {wanted:?} and nothing else"),
            question: Box::new(move |timeline| {
                let held = timeline.held_by(index).map(|(_, address)| address.ip);
                let mut held: Vec<IpAddr> = held.filter(|ip| !ip.is_loopback()).collect();
                held.sort_unstable();
                (held == wanted).then_some(())
            }),
        }
    }

    /// That `node` holds `ip`. Yields the address as the node's kernel describes it.
    pub fn expect_address(&self, node: &str, ip: impl Into<IpAddr>) -> Expectation<'_, Address> {
        let (ip, index) = (ip.into(), self.node(node).index());
        Expectation {
            lab: self,
            what: format!("expected {node} to hold {ip}"),
            question: Box::new(move |timeline| {
                let mut held = timeline.held_by(index).map(|(_, address)| address);
                held.find(|address| address.ip == ip).cloned()
            }),
        }
    }

    /// Watches for `span` that nobody gets or loses `ip`.
    ///
    /// # Panics
    /// If someone does.
    pub fn expect_steady(&self, ip: impl Into<IpAddr>, span: Duration) {
        let (ip, start) = (ip.into(), Stamp::now());
        pause(span);
        let changes: Vec<String> = self.ask(|timeline| {
            let changes = timeline.between(start..).filter(|entry| match &entry.seen {
                Seen::Added(address) | Seen::Removed(address) => address.ip == ip,
                Seen::Frame { .. } | Seen::Link { .. } | Seen::Mark(_) => false,
            });
            changes.map(|entry| format!("{} {:?}", timeline.name(entry.node), entry.seen)).collect()
        });
        assert!(changes.is_empty(), "{ip} was to stay where it is for {span:?}: {changes:?}");
    }
}

/// What the nodes send.
impl Lab {
    /// That `node` sends an advert such as `wanted` describes, after the moment `after`. Yields when.
    pub fn expect_advert<'a>(
        &'a self,
        node: &str,
        after: Stamp,
        what: &str,
        wanted: impl Fn(&Advert) -> bool + 'a,
    ) -> Expectation<'a, (Stamp, Advert)> {
        let index = self.node(node).index();
        Expectation {
            lab: self,
            what: format!("expected an advert of {node} {what}"),
            question: Box::new(move |timeline| {
                let mut adverts = timeline.adverts(index, after..);
                adverts.find(|(_, advert)| wanted(advert)).map(|(at, advert)| (at, advert.clone()))
            }),
        }
    }

    /// The last advert that `node` sent before `moment`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn last_advert(&self, node: &str, moment: Stamp) -> (Stamp, Advert) {
        let index = self.node(node).index();
        let found = self.ask(|timeline| {
            timeline.adverts(index, ..moment).next_back().map(|(at, advert)| (at, advert.clone()))
        });
        found.unwrap_or_else(|| panic!("{node} has sent no advert before {moment}"))
    }

    /// The adverts that `node` sent between two moments.
    #[must_use]
    pub fn adverts(&self, node: &str, from: Stamp, to: Stamp) -> Vec<(Stamp, Advert)> {
        let index = self.node(node).index();
        self.ask(|timeline| {
            timeline.adverts(index, from..to).map(|(at, advert)| (at, advert.clone())).collect()
        })
    }

    /// That `node` announces `ip` at least `count` times after the moment `after`, by gratuitous ARP or
    /// unsolicited neighbour advertisement. Yields when.
    pub fn expect_announcements(
        &self,
        node: &str,
        ip: impl Into<IpAddr>,
        after: Stamp,
        count: usize,
    ) -> Expectation<'_, Vec<Stamp>> {
        let (ip, index) = (ip.into(), self.node(node).index());
        Expectation {
            lab: self,
            what: format!("expected {node} to announce {ip} {count} times"),
            question: Box::new(move |timeline| {
                let seen: Vec<_> = timeline.announcements(index, ip, after..).map(|(at, _)| at).collect();
                (seen.len() >= count).then_some(seen)
            }),
        }
    }

    /// The MAC addresses in what `node` has announced of `ip` since the moment `after`.
    #[must_use]
    pub fn announcers(&self, node: &str, ip: impl Into<IpAddr>, after: Stamp) -> Vec<Mac> {
        let (ip, index) = (ip.into(), self.node(node).index());
        let announcer = |packet: &Packet| match packet {
            Packet::Arp(arp) => Some(arp.sender_mac),
            Packet::Neighbour(neighbour) => neighbour.mac,
            Packet::Advert(_) | Packet::Other => None,
        };
        self.ask(|timeline| {
            timeline.announcements(index, ip, after..).filter_map(|(_, packet)| announcer(packet)).collect()
        })
    }

    /// Watches for `span` that `node` sends no advert.
    ///
    /// # Panics
    /// If it does.
    pub fn expect_silence(&self, node: &str, span: Duration) {
        let start = Stamp::now();
        pause(span);
        let adverts = self.adverts(node, start, Stamp::now());
        assert!(adverts.is_empty(), "{node} was to be silent for {span:?}: {adverts:?}");
    }
}

impl Node {
    /// Waits until the daemon's log has `text` in it.
    ///
    /// # Panics
    /// If it has not within `limit`.
    pub fn expect_in_log(&self, text: &str, limit: Duration) {
        let found = poll_until(limit, || self.log().contains(text).then_some(()));
        assert!(
            found.is_some(),
            "expected {text:?} in the log of {} within {limit:?}:\n{}",
            self.name(),
            self.log()
        );
    }

    /// Waits until the lines of the node's file `path` fulfil `wanted`, and returns them.
    ///
    /// # Panics
    /// If they do not within `limit`.
    pub fn expect_lines(
        &self,
        path: &str,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&[&str]) -> bool,
    ) -> Vec<String> {
        let found = poll_until(limit, || {
            let text = self.read(path);
            let lines: Vec<&str> = text.lines().collect();
            wanted(&lines).then(|| lines.iter().map(|line| (*line).to_owned()).collect())
        });
        found.unwrap_or_else(|| {
            panic!(
                "expected {path} on {} to have {what} within {limit:?}; it has:\n{}",
                self.name(),
                self.read(path)
            )
        })
    }
}

/// Asserts that `elapsed` is the time that theory says: never earlier than `theory` less one millisecond,
/// and at most `late` more, since a loaded host runs its processes late but never early.
///
/// # Panics
/// If it is not.
pub fn expect_elapsed(what: &str, elapsed: Duration, theory: Duration, late: Duration) {
    let early = Duration::from_millis(1);
    assert!(
        elapsed + early >= theory && elapsed <= theory + late,
        "{what}: took {elapsed:?}, theory says {theory:?} (and at most {late:?} more)"
    );
}

/// Asserts that two adverts are one `interval` apart. A sender that was late with the first one may be on
/// schedule with the second, so half of `late` less is as good as `late` more.
///
/// # Panics
/// If they are not.
pub fn expect_interval(gap: Duration, interval: Duration, late: Duration) {
    let fits = gap + late / 2 >= interval && gap <= interval + late;
    assert!(fits, "two adverts are {gap:?} apart, the interval is {interval:?}");
}
