//! Interfaces that instances have for their own: made when the interface below them is there, found again after a crash,
//! made anew when somebody removes them, and removed when nobody wants them any more.

mod answers;
mod home;
mod pairs;
mod places;
mod wish;

use std::collections::BTreeSet;

use super::event::{KernelOp, LinkOp};
use super::link::{Inventory, Kind, Link};
use super::note::{InstanceNote, OwnLinkNote};
use super::output::Output;
use super::ownlink::{Made, NewLink};
use super::receipts::Receipt;
use crate::base::id::{IfIndex, IfName, InstanceId};
use crate::base::many::Many;
use crate::base::table::Table;
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;

pub(super) use home::{Home, NOWHERE};
use places::{Places, Position};
use wish::Purpose;
pub(super) use wish::Wish;

/// How long after a failure an interface is made again.
const RETRY: Span = Span::from_secs(1);
/// How long it may take until it is the turn of an interface: many are made one after the other.
const QUEUE: Span = Span::from_secs(60);
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
    /// In the order of the configuration.
    links: Table<Position, OwnLink>,
    places: Places,
    last_serial: u32,
    /// Whose interfaces have come, gone or changed since somebody asked.
    turned: Vec<InstanceId>,
    /// What is being removed.
    leaving: BTreeSet<IfIndex>,
    /// What an earlier process has made, until we start.
    strays: Vec<IfIndex>,
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

impl OwnLinks {
    /// From here on these are wanted. What is there already for the same purpose stays; what nobody wants is removed.
    pub(super) fn want(
        &mut self,
        model: &Model,
        heir: impl Fn(InstanceId) -> Option<InstanceId>,
        out: &mut Output,
    ) {
        let before = std::mem::take(&mut self.links);
        let heirs = before.iter().filter_map(|(position, old)| Some((heir(old.wish.who)?, position)));
        let heirs = Many::new(heirs.collect());
        let mut before: Table<Position, Option<OwnLink>> = before.into_values().map(Some).collect();
        for wish in wish::all(model) {
            let is_like = |old: &mut OwnLink| old.wish.is_like(&wish);
            let known = heirs.get(&wish.who).iter().find_map(|old| before.at_mut(*old).take_if(is_like));
            let (state, serial) = known.map_or_else(
                || {
                    self.last_serial += 1;
                    (State::Missing, self.last_serial)
                },
                |known| (known.state, known.serial),
            );
            // There are fewer than can be counted.
            if self.links.push(OwnLink { wish, state, fresh: false, serial }).is_err() {
                break;
            }
        }
        self.places = Places::of(&self.links);
        for old in before.into_values().flatten() {
            if let State::There(index) = old.state {
                self.remove(index, out);
            }
        }
    }

    /// Whether nobody wants any, and none is left.
    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty() && self.leaving.is_empty()
    }

    fn remove(&mut self, index: IfIndex, out: &mut Output) {
        self.removals += 1;
        self.leaving.insert(index);
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
        match news {
            News::Any => self.leaving.retain(|index| links.link(*index).is_some()),
            News::Link(index) if links.link(index).is_none() => {
                self.leaving.remove(&index);
            }
            News::Link(_) | News::Name(_) | News::Time => {}
        }
        let mut concerned = Vec::new();
        for position in self.places.about(news, now, &self.links) {
            if let (News::Any | News::Link(_), State::There(_)) = (news, self.links.at(position).state) {
                self.turned.push(self.links.at(position).wish.who);
            }
            if self.stopping {
                self.let_go(position, now, links, out);
                continue;
            }
            if let (News::Name(_), State::Refused(_)) = (news, self.links.at(position).state) {
                // What stood in the way may be over.
                self.turn(position, State::Refused(now));
            }
            if self.check(position, now, links, out) | self.ask(position, now, links, out) {
                concerned.push(self.links.at(position).wish.who);
            }
        }
        concerned
    }

    /// Whether any has come, gone or changed since it was asked whose.
    pub(super) const fn has_turned(&self) -> bool {
        !self.turned.is_empty()
    }

    /// Whose interfaces have come, gone or changed since this was asked last.
    pub(super) fn take_turned(&mut self) -> Vec<InstanceId> {
        std::mem::take(&mut self.turned)
    }

    fn turn(&mut self, position: Position, state: State) {
        let own = self.links.at_mut(position);
        let before = std::mem::replace(&mut own.state, state);
        if matches!(before, State::There(_)) || matches!(state, State::There(_)) {
            self.turned.push(own.wish.who);
        }
        self.places.turned(position, before, state);
    }

    /// Looks whether one is still there, or there at last. Tells whether that is news.
    fn check(&mut self, position: Position, now: Instant, links: &Inventory, out: &mut Output) -> bool {
        let own = self.links.at(position);
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
                    self.turn(position, State::Missing);
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
                    self.turn(position, State::There(index));
                    let own = self.links.at_mut(position);
                    if std::mem::take(&mut own.fresh) {
                        out.note(own.wish.who, InstanceNote::OwnLink(OwnLinkNote::Made(name)));
                    }
                } else if until <= now {
                    self.turn(position, State::Missing);
                }
                there.is_some() || until <= now
            }
            State::Missing | State::Refused(_) => false,
        }
    }

    /// Asks for one that is missing and can be made. Tells whether it did.
    fn ask(&mut self, position: Position, now: Instant, links: &Inventory, out: &mut Output) -> bool {
        let own = self.links.at(position);
        match own.state {
            State::Missing => {}
            State::Refused(again) if again <= now => {}
            State::Refused(_) | State::Asked(..) | State::There(_) => return false,
        }
        let (who, serial) = (own.wish.who, own.serial);
        let Some(base) = links.by_name(own.wish.base) else {
            // It is asked for when what it is built on is there.
            self.turn(position, State::Missing);
            return false;
        };
        let is_free = |index: &IfIndex| !self.places.is_there(*index) && !self.leaving.contains(index);
        let found = own.wish.candidates(base, links).find(is_free);
        if let Some((index, link)) = found.and_then(|index| links.link(index).map(|link| (index, link))) {
            let state = if link.running { State::There(index) } else { State::Asked(link.name, now + QUEUE) };
            out.note(who, InstanceNote::OwnLink(OwnLinkNote::Found(link.name)));
            let op = KernelOp::Link(LinkOp::Adopt(own.wish.new_link(link.name, base, links)));
            out.kernel(Receipt::OwnLink(serial), op);
            self.turn(position, state);
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
        let free = |name: &IfName| !self.places.is_asked_for(*name) && links.by_name(*name).is_none();
        let Some(name) = given.or_else(|| own.wish.names().find(free)) else {
            self.turn(position, State::Missing);
            return false;
        };
        let op = KernelOp::Link(LinkOp::Make(own.wish.new_link(name, base, links)));
        if let Some(index) = obstacle {
            self.remove(index, out);
        }
        out.kernel(Receipt::OwnLink(serial), op);
        self.turn(position, State::Asked(name, now + QUEUE));
        self.links.at_mut(position).fresh = true;
        true
    }

    /// When to [`tend`](Self::tend) them because time has passed.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.places.next_deadline()
    }

    /// Nobody wants any of them any more.
    pub(super) fn stop(&mut self, now: Instant, links: &Inventory, out: &mut Output) {
        self.stopping = true;
        for position in self.links.keys() {
            self.let_go(position, now, links, out);
        }
    }

    /// Removes one, if it is there.
    fn let_go(&mut self, position: Position, now: Instant, links: &Inventory, out: &mut Output) {
        let _ = self.check(position, now, links, out);
        let own = self.links.at(position);
        match own.state {
            State::There(index) => {
                if let Some(link) = links.link(index) {
                    out.note(own.wish.who, InstanceNote::OwnLink(OwnLinkNote::Removing(link.name)));
                }
                self.turn(position, State::Missing);
                self.remove(index, out);
            }
            State::Refused(_) => self.turn(position, State::Missing),
            // It is removed when the kernel has told of it.
            State::Missing | State::Asked(..) => {}
        }
    }

    /// Whether the kernel has answered for everything.
    pub(super) fn is_settled(&self) -> bool {
        self.removals == 0 && !self.places.is_any_asked_for()
    }

    /// All that belong to an instance.
    fn all_of(&self, who: InstanceId) -> impl Iterator<Item = &OwnLink> {
        self.places.of_instance(who).iter().map(|position| self.links.at(*position))
    }

    fn main_of(&self, who: InstanceId) -> Option<&OwnLink> {
        self.all_of(who).find(|own| own.wish.purpose == Purpose::Own)
    }

    /// What an instance has.
    pub(super) fn of(&self, who: InstanceId) -> Own {
        match self.main_of(who).map(|own| own.state) {
            None => Own::Nothing,
            Some(State::There(index)) => Own::There(index),
            Some(State::Asked(..)) => Own::Coming,
            Some(State::Missing | State::Refused(_)) => Own::Absent,
        }
    }

    /// The instance that an interface was made for, to send and hear advertisements.
    pub(super) fn owner(&self, index: IfIndex) -> Option<InstanceId> {
        let mut all = self.places.there(index).map(|position| self.links.at(position));
        all.find(|own| own.wish.purpose == Purpose::Own).map(|own| own.wish.who)
    }

    /// The name of an instance's own interface, or the one that it is going to have.
    pub(super) fn name_of(&self, who: InstanceId, links: &Inventory) -> Option<IfName> {
        let own = self.main_of(who)?;
        name(own, links).or(own.wish.name).or_else(|| own.wish.names().next())
    }

    /// The interfaces that MAC-VLANs for IPv4 are, or can be, built on.
    pub(super) fn bases(&self, links: &Inventory) -> Vec<IfName> {
        let built = self.places.bases_apart().filter_map(|base| links.by_name(base));
        let below = built.map(|base| lowest(base, links));
        let mut names: Vec<IfName> =
            below.filter_map(|base| links.link(base)).map(|link| link.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl OwnLink {
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
        Kind::Other | Kind::IpVlan | Kind::Vrf(_) => None,
    };
    links.link(base).and_then(below).unwrap_or(base)
}

#[cfg(test)]
mod tests;
