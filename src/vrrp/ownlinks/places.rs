//! Where to find an interface of an instance's own: by whom it is for, by what became of it, by when it is to be looked at.

use std::collections::BTreeSet;

use super::{News, OwnLink, State};
use crate::base::id::{IfIndex, IfName, InstanceId};
use crate::base::many::Many;
use crate::base::table::{Key, Table};
use crate::base::time::Instant;

/// The place of an interface among all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position(u32);

impl Position {
    const FIRST: Position = Position(u32::MIN);
    const LAST: Position = Position(u32::MAX);
}

impl Key for Position {
    const LIMIT: usize = 1 << 31;

    fn from_position(position: usize) -> Option<Position> {
        u32::try_from(position).ok().map(Position)
    }

    fn position(self) -> usize {
        // A number that does not fit is of no entry.
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// What they are looked up by.
#[derive(Debug, Default)]
pub(super) struct Places {
    of: Many<InstanceId, Position>,
    /// By the name of what they are to be built on.
    on: Many<IfName, Position>,
    serials: Many<u32, Position>,
    /// What those are to be built on that must not be mixed up with it.
    apart: BTreeSet<IfName>,
    there: BTreeSet<(IfIndex, Position)>,
    asked: BTreeSet<(IfName, Position)>,
    due: BTreeSet<(Instant, Position)>,
}

impl Places {
    pub(super) fn of(links: &Table<Position, OwnLink>) -> Places {
        let apart = links.values().filter(|own| own.wish.is_apart()).map(|own| own.wish.base).collect();
        let mut places = Places {
            of: Many::new(links.iter().map(|(position, own)| (own.wish.who, position)).collect()),
            on: Many::new(links.iter().map(|(position, own)| (own.wish.base, position)).collect()),
            serials: Many::new(links.iter().map(|(position, own)| (own.serial, position)).collect()),
            apart,
            ..Places::default()
        };
        for (position, own) in links.iter() {
            places.turned(position, State::Missing, own.state);
        }
        places
    }

    /// What became of one.
    pub(super) fn turned(&mut self, position: Position, before: State, after: State) {
        match before {
            State::Missing => {}
            State::Asked(name, until) => {
                self.asked.remove(&(name, position));
                self.due.remove(&(until, position));
            }
            State::There(index) => {
                self.there.remove(&(index, position));
            }
            State::Refused(again) => {
                self.due.remove(&(again, position));
            }
        }
        match after {
            State::Missing => {}
            State::Asked(name, until) => {
                self.asked.insert((name, position));
                self.due.insert((until, position));
            }
            State::There(index) => {
                self.there.insert((index, position));
            }
            State::Refused(again) => {
                self.due.insert((again, position));
            }
        }
    }

    /// Those that something new may concern, in order.
    pub(super) fn about(&self, news: News, now: Instant, links: &Table<Position, OwnLink>) -> Vec<Position> {
        let mut all: Vec<Position> = match news {
            News::Any => links.keys().collect(),
            News::Time => self.due.range(..=(now, Position::LAST)).map(|(_, position)| *position).collect(),
            News::Link(index) => self.there(index).collect(),
            News::Name(name) => self.asked(name).chain(self.on.get(&name).iter().copied()).collect(),
        };
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(super) fn of_instance(&self, who: InstanceId) -> &[Position] {
        self.of.get(&who)
    }

    pub(super) fn of_serial(&self, serial: u32) -> Option<Position> {
        self.serials.get(&serial).first().copied()
    }

    /// Those that an interface is.
    pub(super) fn there(&self, index: IfIndex) -> impl Iterator<Item = Position> {
        let range = (index, Position::FIRST)..=(index, Position::LAST);
        self.there.range(range).map(|(_, position)| *position)
    }

    pub(super) fn is_there(&self, index: IfIndex) -> bool {
        self.there(index).next().is_some()
    }

    fn asked(&self, name: IfName) -> impl Iterator<Item = Position> {
        let range = (name, Position::FIRST)..=(name, Position::LAST);
        self.asked.range(range).map(|(_, position)| *position)
    }

    pub(super) fn is_asked_for(&self, name: IfName) -> bool {
        self.asked(name).next().is_some()
    }

    pub(super) fn is_any_asked_for(&self) -> bool {
        !self.asked.is_empty()
    }

    /// What those are to be built on that must not be mixed up with it.
    pub(super) fn bases_apart(&self) -> impl Iterator<Item = IfName> {
        self.apart.iter().copied()
    }

    /// When the first of them is to be looked at.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }
}
