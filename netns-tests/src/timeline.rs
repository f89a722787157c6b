//! Everything the laboratory has seen, with stamps of one clock, and the questions asked of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::ops::RangeBounds;

use crate::clock::Stamp;
use crate::packet::{Advert, Packet};

/// The number of a node: its place in the list that the laboratory was made with.
pub type NodeIndex = usize;

/// Something that happened at a node, as the kernel told it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Stamp,
    /// Where; for a frame the node that sent it.
    pub node: NodeIndex,
    /// What.
    pub seen: Seen,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Seen {
    /// The node sent this Ethernet frame.
    Frame {
        /// The frame from its destination address on.
        bytes: Vec<u8>,
        /// What it means.
        packet: Packet,
    },
    /// An address was added to an interface of the node.
    Added(Address),
    /// An address was removed.
    Removed(Address),
    /// An interface got or lost its carrier, or went up or down.
    Link {
        /// Name of the interface.
        interface: String,
        /// Whether it is up and running.
        running: bool,
    },
    /// The test did something worth knowing.
    Mark(String),
}

/// An address on an interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The address itself.
    pub ip: IpAddr,
    /// Prefix length.
    pub prefix: u8,
    /// Name of the interface.
    pub interface: String,
    /// Label, IPv4 only.
    pub label: Option<String>,
    /// Scope as the kernel numbers it: 0 global, 253 link.
    pub scope: u8,
    /// Whether duplicate address detection still runs.
    pub tentative: bool,
    /// Whether it is not to be used as a source (preferred lifetime 0).
    pub deprecated: bool,
}

/// The entries of a laboratory and the addresses that its nodes hold at present.
#[derive(Debug, Default)]
pub struct Timeline {
    names: Vec<String>,
    entries: Vec<Entry>,
    held: BTreeMap<(NodeIndex, String, IpAddr, u8), (Stamp, Address)>,
    trouble: Option<String>,
}

impl Timeline {
    /// An empty timeline of the nodes called `names`.
    #[must_use]
    pub fn new(names: &[&str]) -> Self {
        Self { names: names.iter().map(|name| (*name).to_owned()).collect(), ..Self::default() }
    }

    /// Adds an entry. An address that is reported again, with other flags, keeps its first stamp.
    pub fn push(&mut self, entry: Entry) {
        match &entry.seen {
            Seen::Added(address) => {
                let key = (entry.node, address.interface.clone(), address.ip, address.prefix);
                let since = self.held.get(&key).map_or(entry.at, |(since, _)| *since);
                self.held.insert(key, (since, address.clone()));
            }
            Seen::Removed(address) => {
                self.held.remove(&(entry.node, address.interface.clone(), address.ip, address.prefix));
            }
            Seen::Frame { .. } | Seen::Link { .. } | Seen::Mark(_) => {}
        }
        // The sources are read one after the other: what one of them saw earlier may arrive later.
        let place = self.entries.partition_point(|other| other.at <= entry.at);
        self.entries.insert(place, entry);
    }

    /// Records that the observer has missed something, so that no answer is to be trusted any more.
    pub fn set_trouble(&mut self, trouble: String) {
        self.trouble.get_or_insert(trouble);
    }

    /// Why the answers are not to be trusted, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Forgets everything before `moment` except who holds which address.
    pub fn forget_before(&mut self, moment: Stamp) {
        self.entries.retain(|entry| entry.at >= moment);
    }

    /// The entries of a period, in the order of their stamps.
    pub fn between(&self, period: impl RangeBounds<Stamp>) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| period.contains(&entry.at))
    }

    /// The addresses that `node` holds, with the moment since when.
    pub fn held_by(&self, node: NodeIndex) -> impl Iterator<Item = (Stamp, &Address)> {
        self.held
            .range((node, String::new(), IpAddr::from([0, 0, 0, 0]), 0)..)
            .take_while(move |((holder, ..), _)| *holder == node)
            .map(|(_, (since, address))| (*since, address))
    }

    /// The nodes that hold `ip`, usable and with any prefix length, with the moment since when.
    #[must_use]
    pub fn holders(&self, ip: IpAddr) -> Vec<(NodeIndex, Stamp)> {
        let usable = self.held.iter().filter(|(_, (_, address))| address.ip == ip && !address.tentative);
        let mut holders: Vec<_> = usable.map(|((node, ..), (since, _))| (*node, *since)).collect();
        holders.dedup_by_key(|(node, _)| *node);
        holders
    }

    /// When `node` first got `ip` within the period.
    #[must_use]
    pub fn gained(&self, node: NodeIndex, ip: IpAddr, period: impl RangeBounds<Stamp>) -> Option<Stamp> {
        self.between(period)
            .find(|entry| {
                entry.node == node && matches!(&entry.seen, Seen::Added(address) if address.ip == ip)
            })
            .map(|entry| entry.at)
    }

    /// When `node` first lost `ip` within the period.
    #[must_use]
    pub fn lost(&self, node: NodeIndex, ip: IpAddr, period: impl RangeBounds<Stamp>) -> Option<Stamp> {
        self.between(period)
            .find(|entry| {
                entry.node == node && matches!(&entry.seen, Seen::Removed(address) if address.ip == ip)
            })
            .map(|entry| entry.at)
    }

    /// The adverts that `node` sent within the period.
    pub fn adverts(
        &self,
        node: NodeIndex,
        period: impl RangeBounds<Stamp>,
    ) -> impl DoubleEndedIterator<Item = (Stamp, &Advert)> {
        self.between(period).filter_map(move |entry| match &entry.seen {
            Seen::Frame { packet: Packet::Advert(advert), .. } if entry.node == node => {
                Some((entry.at, advert))
            }
            Seen::Frame { .. } | Seen::Added(_) | Seen::Removed(_) | Seen::Link { .. } | Seen::Mark(_) => {
                None
            }
        })
    }

    /// The gratuitous ARPs and unsolicited neighbour advertisements for `ip` that `node` sent.
    pub fn announcements(
        &self,
        node: NodeIndex,
        ip: IpAddr,
        period: impl RangeBounds<Stamp>,
    ) -> impl DoubleEndedIterator<Item = (Stamp, &Packet)> {
        self.between(period).filter_map(move |entry| match &entry.seen {
            Seen::Frame { packet, .. } if entry.node == node && announces(packet, ip) => {
                Some((entry.at, packet))
            }
            Seen::Frame { .. } | Seen::Added(_) | Seen::Removed(_) | Seen::Link { .. } | Seen::Mark(_) => {
                None
            }
        })
    }

    /// The frames that `senders` have sent, with their stamps, for a capture file.
    pub fn frames(&self, senders: &[NodeIndex]) -> impl Iterator<Item = (Stamp, &[u8])> {
        let of_interest = self.entries.iter().filter(|entry| senders.contains(&entry.node));
        of_interest.filter_map(|entry| match &entry.seen {
            Seen::Frame { bytes, .. } => Some((entry.at, bytes.as_slice())),
            Seen::Added(_) | Seen::Removed(_) | Seen::Link { .. } | Seen::Mark(_) => None,
        })
    }

    /// The name of a node.
    #[must_use]
    pub fn name(&self, node: NodeIndex) -> &str {
        self.names.get(node).map_or("?", String::as_str)
    }

    /// The whole as text, one line an entry, times relative to the first one. Of a run of like adverts only
    /// the first and the last are shown.
    #[must_use]
    pub fn render(&self) -> String {
        let Some(start) = self.entries.first().map(|entry| entry.at) else { return String::new() };
        let mut text = String::new();
        let mut previous: Option<(NodeIndex, String)> = None;
        let mut repeated = 0_usize;
        let mut last_repeat = String::new();
        for entry in &self.entries {
            let Some(what) = describe(&entry.seen) else { continue };
            let at = entry.at.since(start);
            let line = format!("{:10.6}  {}  {what}\n", at.as_secs_f64(), self.name(entry.node));
            if previous.as_ref() == Some(&(entry.node, what.clone())) {
                repeated += 1;
                last_repeat = line;
                continue;
            }
            flush(&mut text, &mut repeated, &last_repeat);
            text.push_str(&line);
            previous = Some((entry.node, what));
        }
        flush(&mut text, &mut repeated, &last_repeat);
        text
    }
}

fn flush(text: &mut String, repeated: &mut usize, last: &str) {
    if *repeated > 1 {
        // Writing to a String cannot fail.
        writeln!(text, "            … {} more", *repeated - 1).ok();
    }
    if *repeated > 0 {
        text.push_str(last);
    }
    *repeated = 0;
}

/// Whether `packet` tells the neighbours, unasked, where `ip` lives.
#[must_use]
pub fn announces(packet: &Packet, ip: IpAddr) -> bool {
    match packet {
        Packet::Arp(arp) => arp.is_gratuitous() && IpAddr::V4(arp.sender_ip) == ip,
        Packet::Neighbour(neighbour) => !neighbour.solicited && IpAddr::V6(neighbour.target) == ip,
        Packet::Advert(_) | Packet::Other => false,
    }
}

/// One line about `seen`; nothing about frames that are none of our business.
#[must_use]
pub fn describe(seen: &Seen) -> Option<String> {
    Some(match seen {
        Seen::Frame { packet: Packet::Advert(advert), .. } => format!(
            "advert v{} vrid {} priority {} interval {:?} {} -> {} {:?} {:?}",
            advert.version,
            advert.vrid,
            advert.priority,
            advert.interval,
            advert.source,
            advert.destination,
            advert.addresses,
            advert.auth
        ),
        Seen::Frame { packet: Packet::Arp(arp), .. } if arp.is_gratuitous() => {
            format!("gratuitous ARP {} is at {:?}", arp.sender_ip, arp.sender_mac)
        }
        Seen::Frame { packet: Packet::Neighbour(neighbour), .. } if !neighbour.solicited => {
            format!("neighbour advertisement {} is at {:?}", neighbour.target, neighbour.mac)
        }
        Seen::Frame { .. } => return None,
        Seen::Added(address) => format!("+ {}", render(address)),
        Seen::Removed(address) => format!("- {}", render(address)),
        Seen::Link { interface, running } => {
            format!("link {interface} {}", if *running { "up" } else { "down" })
        }
        Seen::Mark(text) => format!("# {text}"),
    })
}

fn render(address: &Address) -> String {
    let Address { ip, prefix, interface, label, .. } = address;
    let label = label.as_deref().filter(|label| label != interface);
    let label = label.map_or(String::new(), |label| format!(" label {label}"));
    let tentative = if address.tentative { " tentative" } else { "" };
    format!("{ip}/{prefix} dev {interface}{label}{tentative}")
}

#[cfg(test)]
mod tests;
