//! Interfaces that instances have for their own: made when the interface below them is there, found again after a crash,
//! made anew when somebody removes them, and removed when nobody wants them any more.

mod pairs;
mod wish;

use std::net::IpAddr;

use super::event::{KernelError, KernelOp, LinkOp};
use super::link::{Inventory, Kind, Link};
use super::note::{InstanceNote, OwnLinkNote};
use super::output::Output;
use super::ownlink::{Made, NewLink};
use super::receipts::Receipt;
use crate::base::addr::Family;
use crate::base::id::{IfIndex, IfName, InstanceId};
use crate::base::time::{Instant, Span};
use crate::conf::model::further::LinkKind;
use crate::conf::model::{Instance as Conf, Model, Vip};

use wish::Purpose;
pub(super) use wish::Wish;

/// How long after a failure an interface is made again.
const RETRY: Span = Span::from_secs(1);
/// How long the kernel may take to tell of an interface that was made.
const PATIENCE: Span = Span::from_secs(2);

/// How an interface stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The interface below it is not there.
    Missing,
    /// The kernel was asked for one of this name, and should tell of it until then.
    Asked(IfName, Instant),
    /// It is there.
    There(IfIndex),
    /// The kernel refused; it is asked again then.
    Refused(Instant),
}

#[derive(Debug)]
struct OwnLink {
    wish: Wish,
    state: State,
    /// It was made, and that has yet to be said.
    fresh: bool,
    /// Tells the answers to what was asked for it from those for others.
    serial: u32,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct OwnLinks {
    links: Vec<OwnLink>,
    last_serial: u32,
    /// What is being removed.
    leaving: Vec<IfIndex>,
    /// Removals that the kernel has not answered.
    removals: u32,
    stopping: bool,
}

/// What is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Perhaps everything.
    Any,
    /// An interface came, went, or changed.
    Link(IfIndex),
    /// An interface got this name, or lost it.
    Name(IfName),
    /// Time has passed.
    Time,
}

/// What an instance has of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// Nothing, and nothing is wanted.
    Nothing,
    /// This interface.
    There(IfIndex),
    /// It is being made.
    Coming,
    /// It cannot be made at the moment.
    Absent,
}

/// Where an instance and its addresses are.
#[derive(Clone, Debug, Default)]
pub(super) struct Home {
    /// The interface that it is configured to be on.
    pub(super) base: Option<IfIndex>,
    /// The interface that advertisements leave by.
    pub(super) port: Option<IfIndex>,
    /// The interface of its own; none if it has none, and then what it is does not matter.
    own: Option<Option<IfIndex>>,
    family: Option<Family>,
    base_name: Option<IfName>,
    /// MAC-VLANs for addresses on other interfaces.
    others: Vec<(IfName, Option<IfIndex>)>,
    /// Every address is to be on a MAC-VLAN, or these.
    everything: bool,
    singles: Vec<IpAddr>,
}

/// Where things are that belong to no instance: each says so itself.
pub(super) static NOWHERE: Home = Home {
    base: None,
    port: None,
    own: None,
    family: None,
    base_name: None,
    others: Vec::new(),
    everything: false,
    singles: Vec::new(),
};

impl Home {
    /// Where an instance is that has nothing of its own.
    pub(super) fn on(base: Option<IfIndex>) -> Home {
        Home { base, port: base, ..Home::default() }
    }

    /// The interface that an address belongs on, if it exists.
    pub(super) fn device(&self, vip: &Vip, links: &Inventory) -> Option<IfIndex> {
        let on = vip.device.or(self.base_name);
        let at_home = on == self.base_name;
        let apart = self.everything || self.singles.contains(&vip.net.addr());
        let family = Some(vip.net.family()) == self.family && vip.device.is_none();
        match self.own {
            Some(own) if at_home && (family || apart) => own,
            Some(_) | None if apart => {
                self.others.iter().find(|(base, _)| Some(*base) == on).and_then(|(_, index)| *index)
            }
            Some(_) | None => match vip.device {
                Some(name) => links.by_name(name),
                None => self.base,
            },
        }
    }

    /// The interfaces that advertisements are heard on. Whatever comes from the link-layer address of our own interface is
    /// given to that by the kernel, and to no other; everything else to the one below.
    pub(super) fn ears(&self) -> impl Iterator<Item = IfIndex> + use<> {
        let port = self.port.filter(|port| Some(*port) != self.base);
        self.base.into_iter().chain(port)
    }

    /// Whether it hears on two interfaces.
    pub(super) fn hears_twice(&self) -> bool {
        self.own.is_some() && self.port != self.base
    }

    /// Whether an interface is our own.
    pub(super) fn is_own(&self, device: IfIndex) -> bool {
        self.own == Some(Some(device)) || self.others.iter().any(|(_, index)| *index == Some(device))
    }
}

impl OwnLinks {
    /// From here on these are wanted. What is there already for the same purpose stays; what nobody wants is removed.
    pub(super) fn want(
        &mut self,
        model: &Model,
        heir: impl Fn(InstanceId) -> Option<InstanceId>,
        out: &mut Output,
    ) {
        let mut before: Vec<OwnLink> = std::mem::take(&mut self.links);
        for wish in wish::all(model) {
            let same = |old: &OwnLink| heir(old.wish.who) == Some(wish.who) && old.wish.is_like(&wish);
            let known = before.iter().position(same).map(|position| before.remove(position));
            let (state, serial) = known.map_or_else(
                || {
                    self.last_serial += 1;
                    (State::Missing, self.last_serial)
                },
                |known| (known.state, known.serial),
            );
            self.links.push(OwnLink { wish, state, fresh: false, serial });
        }
        for old in before {
            if let State::There(index) = old.state {
                self.remove(index, out);
            }
        }
    }

    /// Whether nobody wants any, and none is left.
    pub(super) const fn is_empty(&self) -> bool {
        self.links.is_empty() && self.leaving.is_empty()
    }

    fn remove(&mut self, index: IfIndex, out: &mut Output) {
        self.removals += 1;
        self.leaving.push(index);
        out.kernel(Receipt::NoLink, KernelOp::Link(LinkOp::Remove(index)));
    }

    /// Asks for what is missing, and tells whose things changed.
    pub(super) fn tend(
        &mut self,
        now: Instant,
        news: News,
        links: &Inventory,
        out: &mut Output,
    ) -> Vec<InstanceId> {
        self.leaving.retain(|index| links.link(*index).is_some());
        let mut concerned = Vec::new();
        for position in 0..self.links.len() {
            if !self.links.get(position).is_some_and(|own| own.is_about(news)) {
                continue;
            }
            if self.stopping {
                self.let_go(position, now, links, out);
                continue;
            }
            if let (News::Name(_), Some(own)) = (news, self.links.get_mut(position))
                && let State::Refused(again) = &mut own.state
            {
                // What stood in the way may be over.
                *again = now;
            }
            if self.check(position, now, links, out) | self.ask(position, now, links, out) {
                concerned.extend(self.links.get(position).map(|link| link.wish.who));
            }
        }
        concerned
    }

    /// Looks whether one is still there, or there at last. Tells whether that is news.
    fn check(&mut self, position: usize, now: Instant, links: &Inventory, out: &mut Output) -> bool {
        let Some(own) = self.links.get_mut(position) else { return false };
        let base = links.by_name(own.wish.base);
        match own.state {
            State::There(index) => {
                let fits = match (links.link(index), base) {
                    (None, _) => false,
                    (Some(link), Some(base)) => link.stack.on == Some(lowest(base, links)),
                    // What is below it has another name; it is of no use, and in nobody's way.
                    (Some(_), None) => true,
                };
                if !fits {
                    own.state = State::Missing;
                    if links.link(index).is_some() {
                        self.remove(index, out);
                    }
                }
                !fits
            }
            State::Asked(name, until) => {
                let runs = |index: IfIndex| links.link(index).is_some_and(|link| link.running);
                // It comes up a moment later, unless what is below it is down.
                let up = |index: &IfIndex| runs(*index) || !base.is_some_and(runs);
                let fits = |index: &IfIndex| own.wish.fits(*index, base, links) && up(index);
                let there = links.by_name(name).filter(fits);
                if let Some(index) = there {
                    own.state = State::There(index);
                    if std::mem::take(&mut own.fresh) {
                        out.note(own.wish.who, InstanceNote::OwnLink(OwnLinkNote::Made(name)));
                    }
                }
                if there.is_none() && until <= now {
                    own.state = State::Missing;
                }
                there.is_some() || until <= now
            }
            State::Missing | State::Refused(_) => false,
        }
    }

    /// Asks for one that is missing and can be made. Tells whether it did.
    fn ask(&mut self, position: usize, now: Instant, links: &Inventory, out: &mut Output) -> bool {
        let due = |own: &&OwnLink| match own.state {
            State::Missing => true,
            State::Refused(again) => again <= now,
            State::Asked(..) | State::There(_) => false,
        };
        let Some(own) = self.links.get(position).filter(due) else { return false };
        let Some(base) = links.by_name(own.wish.base) else { return false };
        let taken: Vec<IfName> = self.links.iter().filter_map(|own| name(own, links)).collect();
        let held: Vec<IfIndex> = self.links.iter().filter_map(OwnLink::index).collect();
        let who = own.wish.who;
        let found = links.links().map(|(index, _)| index).find(|index| {
            !held.contains(index) && !self.leaving.contains(index) && own.wish.fits(*index, Some(base), links)
        });
        if let Some((index, link)) = found.and_then(|index| links.link(index).map(|link| (index, link))) {
            let state =
                if link.running { State::There(index) } else { State::Asked(link.name, now + PATIENCE) };
            out.note(who, InstanceNote::OwnLink(OwnLinkNote::Found(link.name)));
            let op = KernelOp::Link(LinkOp::Adopt(own.wish.new_link(link.name, base, links)));
            out.kernel(Receipt::OwnLink(own.serial), op);
            if let Some(own) = self.links.get_mut(position) {
                own.state = state;
            }
            return true;
        }
        let in_the_way = own.wish.name.and_then(|name| links.by_name(name));
        let in_the_way = in_the_way.filter(|index| !self.leaving.contains(index));
        let (mut given, mut obstacle) = (own.wish.name, None);
        if let Some((index, name)) = in_the_way.zip(own.wish.name) {
            if links.link(index).is_some_and(|link| link.stack.kind == Kind::PrivateMacVlan) {
                out.note(who, InstanceNote::OwnLink(OwnLinkNote::Incompatible(name)));
                obstacle = Some(index);
            } else {
                out.note(who, InstanceNote::OwnLink(OwnLinkNote::NameTaken(name)));
                given = None;
            }
        }
        let free = |name: &IfName| !taken.contains(name) && links.by_name(*name).is_none();
        let Some(name) = given.or_else(|| own.wish.names().find(free)) else { return false };
        let op = KernelOp::Link(LinkOp::Make(own.wish.new_link(name, base, links)));
        let serial = own.serial;
        if let Some(index) = obstacle {
            self.remove(index, out);
        }
        out.kernel(Receipt::OwnLink(serial), op);
        if let Some(own) = self.links.get_mut(position) {
            (own.state, own.fresh) = (State::Asked(name, now + PATIENCE), true);
        }
        true
    }

    /// The kernel answered for one. Tells whose it is, if it cannot be had.
    pub(super) fn done(
        &mut self,
        serial: u32,
        result: Result<(), KernelError>,
        now: Instant,
        out: &mut Output,
    ) -> Option<InstanceId> {
        let own = self.links.iter_mut().find(|own| own.serial == serial)?;
        let who = own.wish.who;
        match (result, own.state) {
            (Err(error), State::Asked(name, _)) => {
                own.state = State::Refused(now + RETRY);
                let note = OwnLinkNote::Refused { name, error, again_in: RETRY };
                out.note(who, InstanceNote::OwnLink(note));
                Some(who)
            }
            // It is there when the kernel tells of it.
            (Ok(()), State::Asked(..)) | (_, State::Missing | State::There(_) | State::Refused(_)) => None,
        }
    }

    /// The kernel answered for a removal.
    pub(super) fn removed(&mut self) {
        self.removals = self.removals.saturating_sub(1);
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let again = self.links.iter().filter_map(|own| match own.state {
            State::Refused(again) | State::Asked(_, again) => Some(again),
            State::Missing | State::There(_) => None,
        });
        again.min()
    }

    /// Nobody wants any of them any more.
    pub(super) fn stop(&mut self, now: Instant, links: &Inventory, out: &mut Output) {
        self.stopping = true;
        for position in 0..self.links.len() {
            self.let_go(position, now, links, out);
        }
    }

    /// Removes one, if it is there.
    fn let_go(&mut self, position: usize, now: Instant, links: &Inventory, out: &mut Output) {
        let _ = self.check(position, now, links, out);
        let Some(own) = self.links.get_mut(position) else { return };
        match own.state {
            State::There(index) => {
                own.state = State::Missing;
                if let Some(link) = links.link(index) {
                    out.note(own.wish.who, InstanceNote::OwnLink(OwnLinkNote::Removing(link.name)));
                }
                self.remove(index, out);
            }
            State::Refused(_) => own.state = State::Missing,
            // It is removed when the kernel has told of it.
            State::Missing | State::Asked(..) => {}
        }
    }

    /// Whether the kernel has answered for everything.
    pub(super) fn is_settled(&self) -> bool {
        self.removals == 0 && !self.links.iter().any(|own| matches!(own.state, State::Asked(..)))
    }

    /// What an instance has.
    pub(super) fn of(&self, who: InstanceId) -> Own {
        let own = self.links.iter().find(|own| own.wish.who == who && own.wish.purpose == Purpose::Own);
        match own.map(|own| own.state) {
            None => Own::Nothing,
            Some(State::There(index)) => Own::There(index),
            Some(State::Asked(..)) => Own::Coming,
            Some(State::Missing | State::Refused(_)) => Own::Absent,
        }
    }

    /// The instance that an interface was made for, to send and hear advertisements.
    pub(super) fn owner(&self, index: IfIndex) -> Option<InstanceId> {
        let found =
            self.links.iter().find(|own| own.index() == Some(index) && own.wish.purpose == Purpose::Own);
        found.map(|own| own.wish.who)
    }

    /// The name of an instance's own interface, or the one that it is going to have.
    pub(super) fn name_of(&self, who: InstanceId, links: &Inventory) -> Option<IfName> {
        let own = self.links.iter().find(|own| own.wish.who == who && own.wish.purpose == Purpose::Own)?;
        name(own, links).or(own.wish.name).or_else(|| own.wish.names().next())
    }

    /// The interfaces that MAC-VLANs for IPv4 are, or can be, built on.
    pub(super) fn bases(&self, links: &Inventory) -> Vec<IfName> {
        let built = self.links.iter().filter(|own| own.wish.is_apart());
        let below = built.filter_map(|own| links.by_name(own.wish.base)).map(|base| lowest(base, links));
        let mut names: Vec<IfName> =
            below.filter_map(|base| links.link(base)).map(|link| link.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Where an instance and its addresses are.
    pub(super) fn home(&self, who: InstanceId, conf: &Conf, links: &Inventory) -> Home {
        let base = conf.interface.and_then(|name| links.by_name(name));
        let Some(further) = &conf.further else { return Home::on(base) };
        let own = match self.of(who) {
            Own::Nothing => None,
            Own::There(index) => Some(Some(index)),
            Own::Coming | Own::Absent => Some(None),
        };
        let others =
            self.links.iter().filter(|own| own.wish.who == who && own.wish.purpose == Purpose::Addresses);
        let nameless = matches!(
            further.link.as_ref().map(|link| link.kind),
            Some(LinkKind::IpVlan { address: None, .. }) if conf.family == Family::V6
        );
        let vrf = further.vrf.and_then(|name| links.by_name(name));
        Home {
            base,
            // IPv6 cannot send from an IP-VLAN that has no address.
            port: if further.xmit_base || nameless { base } else { own.unwrap_or(base.or(vrf)) },
            own,
            family: Some(conf.family),
            base_name: conf.interface,
            others: others.map(|own| (own.wish.base, own.index())).collect(),
            everything: further.vmac_for_addresses,
            singles: further.address_vmacs.iter().map(|(addr, _)| *addr).collect(),
        }
    }
}

impl OwnLink {
    /// Whether something new may concern it.
    fn is_about(&self, news: News) -> bool {
        match (news, self.state) {
            (News::Any, _) | (News::Time, State::Refused(_) | State::Asked(..)) => true,
            (News::Link(index), State::There(own)) => index == own,
            (News::Name(name), State::Asked(own, _)) => name == own || name == self.wish.base,
            (News::Name(name), _) => name == self.wish.base,
            (News::Link(_) | News::Time, _) => false,
        }
    }

    const fn index(&self) -> Option<IfIndex> {
        match self.state {
            State::There(index) => Some(index),
            State::Missing | State::Asked(..) | State::Refused(_) => None,
        }
    }
}

/// The name that one has, or that was asked for.
fn name(own: &OwnLink, links: &Inventory) -> Option<IfName> {
    match own.state {
        State::There(index) => links.link(index).map(|link| link.name),
        State::Asked(name, _) => Some(name),
        State::Missing | State::Refused(_) => None,
    }
}

/// The interface that something built on `base` is really built on: MAC-VLANs are not stacked.
fn lowest(base: IfIndex, links: &Inventory) -> IfIndex {
    let below = |link: &Link| match link.stack.kind {
        Kind::PrivateMacVlan | Kind::MacVlan => link.stack.on,
        Kind::Other | Kind::IpVlan | Kind::Vrf => None,
    };
    links.link(base).and_then(below).unwrap_or(base)
}

#[cfg(test)]
mod tests;
