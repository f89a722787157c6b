//! Interfaces and tables of nftables that we have made, written down where it survives a process that is killed: nothing in the
//! kernel says whose they are. Addresses, routes and rules have a mark of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::addr::MacAddr;
use crate::base::id::{IfIndex, IfName};
use crate::sys::nft::Firewall;
use crate::sys::{Error, record};
use crate::vrrp::event::{FirewallOp, LinkOp};
use crate::vrrp::link::{Inventory, Kind};
use crate::vrrp::ownlink;

/// Something that we have made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// A private MAC-VLAN of this name with this link-layer address.
    MacVlan(IfName, MacAddr),
    /// An IP-VLAN of this name.
    IpVlan(IfName),
    /// The tables of nftables of this name, one for each family.
    Table(Box<str>),
}

impl Thing {
    fn line(&self) -> String {
        match self {
            Thing::MacVlan(name, mac) => format!("macvlan\t{name}\t{mac}\n"),
            Thing::IpVlan(name) => format!("ipvlan\t{name}\n"),
            Thing::Table(name) => format!("table\t{name}\n"),
        }
    }

    /// Reads a line; nothing if it was not written to its end.
    fn read(line: &str) -> Option<Thing> {
        let mut words = line.strip_suffix('\n')?.split('\t');
        match (words.next()?, words.next()?, words.next()) {
            ("macvlan", name, Some(mac)) => Some(Thing::MacVlan(IfName::new(name)?, mac.parse().ok()?)),
            ("ipvlan", name, None) => IfName::new(name).map(Thing::IpVlan),
            ("table", name, None) => Some(Thing::Table(name.into())),
            _ => None,
        }
    }

    /// The name, if it is an interface.
    const fn interface(&self) -> Option<IfName> {
        match self {
            Thing::MacVlan(name, _) | Thing::IpVlan(name) => Some(*name),
            Thing::Table(_) => None,
        }
    }

    /// The interface, if it is one that is there and is still what was made.
    fn find(&self, links: &Inventory) -> Option<IfIndex> {
        let index = links.by_name(self.interface()?)?;
        let link = links.link(index)?;
        let same = match self {
            Thing::MacVlan(_, mac) => link.stack.kind == Kind::PrivateMacVlan && link.mac == Some(*mac),
            Thing::IpVlan(_) => link.stack.kind == Kind::IpVlan,
            Thing::Table(_) => false,
        };
        same.then_some(index)
    }
}

/// What we have made, and an earlier process before us.
#[derive(Debug)]
pub(super) struct Made {
    /// Where it is written down.
    record: PathBuf,
    things: BTreeSet<Thing>,
}

impl Made {
    /// What an earlier process has written down in `record`; nothing if there is no such file. Hands over why one that is
    /// there cannot be read.
    pub(super) fn open(record: &Path, complain: impl FnOnce(&Error)) -> Made {
        let text = record::read(record).inspect_err(complain).unwrap_or_default();
        Made {
            record: record.to_owned(),
            things: text.split_inclusive('\n').filter_map(Thing::read).collect(),
        }
    }

    /// Writes down what is about to be made.
    ///
    /// # Errors
    /// If it cannot be written, for want of room for example. It is known all the same, as long as this process lives.
    pub(super) fn add(&mut self, thing: Thing) -> Result<(), Error> {
        if self.things.contains(&thing) {
            return Ok(());
        }
        let line = thing.line();
        self.things.insert(thing);
        record::append(&self.record, &line)
    }

    /// Writes down an interface that is about to be made or taken over.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub(super) fn add_link(&mut self, link: &ownlink::NewLink) -> Result<(), Error> {
        self.add(match link.made {
            ownlink::Made::MacVlan(mac) => Thing::MacVlan(link.name, mac),
            ownlink::Made::IpVlan(_) => Thing::IpVlan(link.name),
        })
    }

    /// An interface is gone. It is crossed out when the process [ends](Self::tidy); until then it does no harm.
    pub(super) fn forget_link(&mut self, name: &str) {
        self.things.retain(|thing| thing.interface().is_none_or(|known| known.as_str() != name));
    }

    /// Interfaces that are not there, or are others now, need no memory.
    pub(super) fn forget_missing(&mut self, links: &Inventory) {
        self.things.retain(|thing| thing.interface().is_none() || thing.find(links).is_some());
    }

    /// The tables of this name are gone.
    pub(super) fn forget_table(&mut self, name: &str) {
        self.things.remove(&Thing::Table(name.into()));
    }

    /// Removes the tables of this name.
    ///
    /// # Errors
    /// What the kernel refuses; then they are ours still.
    pub(super) fn remove_table(&mut self, name: &str) -> Result<(), Error> {
        Firewall::called(name).apply(&FirewallOp::Replace(Arc::default()))?;
        self.forget_table(name);
        Ok(())
    }

    /// The interfaces that are there.
    pub(super) fn links(&self, links: &Inventory) -> Vec<IfIndex> {
        self.things.iter().filter_map(|thing| thing.find(links)).collect()
    }

    /// The names of tables.
    pub(super) fn tables(&self) -> Vec<Box<str>> {
        let name = |thing: &Thing| match thing {
            Thing::Table(name) => Some(name.clone()),
            Thing::MacVlan(..) | Thing::IpVlan(_) => None,
        };
        self.things.iter().filter_map(name).collect()
    }

    /// Writes down what is left; without anything there is no file.
    ///
    /// # Errors
    /// If that cannot be done.
    pub(super) fn tidy(&self) -> Result<(), Error> {
        let text: String = self.things.iter().map(Thing::line).collect();
        record::write(&self.record, &text)
    }
}

/// What becomes of the record when the core changes an interface: written down before it is there.
pub(super) fn before(made: &mut Made, op: &LinkOp) {
    let written = match op {
        LinkOp::Make(link) | LinkOp::Adopt(link) => made.add_link(link),
        LinkOp::Remove(_) => Ok(()),
    };
    if let Err(error) = written {
        tracing::warn!("{error}: if this process is killed, nobody will know that the interface is ours");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::sys::testing::Scratch;
    use crate::vrrp::link::{Link, Stack};

    const MAC: MacAddr = MacAddr([0, 0, 0x5e, 0, 1, 51]);

    fn name(text: &str) -> IfName {
        IfName::new(text).unwrap()
    }

    fn open(record: &Path) -> Made {
        Made::open(record, |error| panic!("{error}"))
    }

    fn host(kind: Kind, mac: MacAddr) -> Inventory {
        let stack = Stack { kind, ..Stack::default() };
        let link = Link { stack, ..Link::ethernet(name("vrrp.51"), mac) };
        let mut links = Inventory::new();
        links.put_link(IfIndex::new(7), link);
        links
    }

    #[test]
    fn a_successor_knows_what_was_made() {
        let record = Scratch::new("made");
        let mut made = open(&record.0);
        made.add(Thing::MacVlan(name("vrrp.51"), MAC)).unwrap();
        made.add(Thing::IpVlan(name("ipv"))).unwrap();
        made.add(Thing::Table("keepalived".into())).unwrap();
        let mut successor = open(&record.0);
        assert_eq!(successor.things, made.things);
        assert_eq!(successor.links(&host(Kind::PrivateMacVlan, MAC)), [IfIndex::new(7)]);
        assert_eq!(*successor.tables(), ["keepalived".into()]);
        successor.forget_link("ipv");
        successor.forget_table("keepalived");
        successor.tidy().unwrap();
        assert_eq!(fs::read_to_string(&record.0).unwrap(), "macvlan\tvrrp.51\t00:00:5e:00:01:33\n");
        successor.forget_link("vrrp.51");
        successor.tidy().unwrap();
        assert!(!record.0.exists());
    }

    #[test]
    fn what_is_something_else_now_is_not_ours() {
        let record = Scratch::new("made-other");
        let mut made = open(&record.0);
        made.add(Thing::MacVlan(name("vrrp.51"), MAC)).unwrap();
        for other in [host(Kind::MacVlan, MAC), host(Kind::PrivateMacVlan, MacAddr([2; 6])), Inventory::new()]
        {
            assert!(made.links(&other).is_empty());
        }
    }

    #[test]
    fn half_a_line_and_nonsense_say_nothing() {
        let record = Scratch::new("made-half");
        fs::write(
            &record.0,
            "macvlan\tvrrp.51\t00:00:5e\nx\ntable\nipvlan\tveryveryverylongname\ntable\tkeep",
        )
        .unwrap();
        assert!(open(&record.0).things.is_empty());
    }

    #[test]
    fn a_record_that_cannot_be_written_is_said() {
        let mut made = open(Path::new("/nowhere/made"));
        let error = made.add(Thing::IpVlan(name("ipv"))).unwrap_err();
        assert!(error.to_string().starts_with("cannot write /nowhere/made"), "{error}");
    }
}
