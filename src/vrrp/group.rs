//! Sync groups: their members become master, backup and faulty together (`vrrp_sync_group`, keepalived.conf(5)).
//!
//! A member whose master-down time is over only wishes to be master, and goes on listening; the last wish promotes all.
//! A member that yields, or fails, takes the others with it. All decisions are made in [`Group::decide`], from what the members
//! are at that moment.

use super::event::Told;
use super::reason::Why;
use super::snapshot::Role;
use super::state::{Intent, Order};
use crate::base::id::InstanceId;
use crate::base::time::{Instant, Span};
use crate::conf::model::SyncGroup;

/// What a member is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) role: Role,
    /// Nothing keeps it from taking part, and everything that it needs has reported.
    pub(super) ready: bool,
    /// Something keeps it from taking part.
    pub(super) faulty: bool,
    /// Its master-down time is over and it has heard nobody better since.
    pub(super) wishes: bool,
    /// It is an owner that starts out wanting to be master.
    pub(super) claims: bool,
    /// How long it waits for a master.
    pub(super) patience: Span,
}

/// A group at work.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// What its members are; `None` before they have taken part.
    pub(super) state: Option<Told>,
    /// Something to tell when all members have told theirs.
    pub(super) untold: Option<(Told, Why)>,
    contest: Contest,
}

/// What happened between this group and another host that believes it is master.
///
/// Two hosts whose members win on one network and lose on another would yield to each other for ever, both at the same
/// time. So the host that lost on an earlier member than it won on lets the other be first, once.
#[derive(Clone, Copy, Debug, Default)]
struct Contest {
    lost: Option<Bout>,
    won: Option<Bout>,
}

/// An advertisement that was compared with ours.
#[derive(Clone, Copy, Debug)]
struct Bout {
    /// Which member heard it, by its position in the group.
    position: usize,
    at: Instant,
}

impl Contest {
    /// Whether the other host should be first. Only what happened within `memory` counts.
    fn is_behind(&self, now: Instant, memory: Span) -> bool {
        let recent = |bout: &Option<Bout>| bout.filter(|bout| now.since(bout.at) <= memory);
        match (recent(&self.lost), recent(&self.won)) {
            (Some(lost), Some(won)) => lost.position < won.position,
            (Some(_) | None, None) | (None, Some(_)) => false,
        }
    }
}

/// What follows for a group from the wish of a member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decision {
    /// What each has to do, in this order.
    pub(super) orders: Vec<(InstanceId, Order)>,
    /// What the group has become, if that is news.
    pub(super) became: Option<Told>,
}

impl Group {
    /// What its members are; `None` before they have taken part.
    pub(super) fn role(&self) -> Option<Role> {
        match self.state? {
            Told::Master => Some(Role::Master),
            Told::Backup => Some(Role::Backup),
            Told::Fault => Some(Role::Fault),
            Told::Stop
            | Told::Deleted
            | Told::MasterRxLowerPri
            | Told::MasterPriority
            | Told::BackupPriority => None,
        }
    }

    /// A member heard a worse master than itself.
    pub(super) fn won(&mut self, position: usize, now: Instant) {
        self.contest.won = Some(Bout { position, at: now });
    }

    /// Decides what follows from the wish of member `who`; `member` tells what each is now.
    pub(super) fn decide(
        &mut self,
        now: Instant,
        conf: &SyncGroup,
        (who, intent): (InstanceId, Intent),
        member: impl Fn(InstanceId) -> Member,
    ) -> Decision {
        let own = member(who);
        let all = || conf.members.iter().map(|id| member(*id));
        // Whoever wishes comes first.
        let those = |fit: fn(&Member) -> bool| {
            let others = conf.members.iter().copied().filter(move |id| *id != who);
            std::iter::once(who).chain(others).filter(|id| fit(&member(*id))).collect::<Vec<_>>()
        };
        match intent {
            Intent::Promote if own.wishes && all().all(|other| other.wishes) => {
                let patience = all().map(|other| other.patience).max().unwrap_or_default();
                self.promote(now, patience, those(|_| true))
            }
            Intent::Yield(seen) if own.role == Role::Master => {
                let position = conf.members.iter().position(|id| *id == who).unwrap_or_default();
                self.contest.lost = Some(Bout { position, at: now });
                let masters = those(|other| other.role == Role::Master);
                let heard = |id: InstanceId| (id == who).then_some(seen);
                self.become_all(Told::Backup, masters.into_iter().map(|id| (id, Order::Follow(heard(id)))))
            }
            Intent::StepBack if own.role == Role::Master => {
                let masters = those(|other| other.role == Role::Master);
                self.become_all(Told::Backup, masters.into_iter().map(|id| (id, Order::Follow(None))))
            }
            Intent::Fail if own.faulty && own.role != Role::Fault => {
                let mut others = those(|other| other.role != Role::Fault);
                if all().all(|other| other.role == Role::Init) {
                    others = conf.members.to_vec();
                }
                self.become_all(Told::Fault, others.into_iter().map(|id| (id, Order::Fault)))
            }
            // A group of owners that want to be master is master at once.
            Intent::TakePart if all().all(|other| other.ready) => {
                let claims = all().all(|other| other.claims);
                let waits = |other: &Member| matches!(other.role, Role::Init | Role::Fault);
                // One that a reload added to a master joins it.
                let mut others = all().filter(|other| !waits(other)).peekable();
                let joins = others.peek().is_some() && others.all(|other| other.role == Role::Master);
                let (state, order) = if claims || joins {
                    (Told::Master, Order::Promote)
                } else {
                    (Told::Backup, Order::Follow(None))
                };
                let waiting = those(|other| matches!(other.role, Role::Init | Role::Fault));
                self.become_all(state, waiting.into_iter().map(|id| (id, order)))
            }
            Intent::Promote
            | Intent::Yield(_)
            | Intent::StepBack
            | Intent::Fail
            | Intent::TakePart
            | Intent::Won => Decision::default(),
        }
    }

    /// Every member wishes: they are promoted, unless another host should be first.
    fn promote(&mut self, now: Instant, patience: Span, members: Vec<InstanceId>) -> Decision {
        if self.contest.is_behind(now, patience * 2) {
            self.contest = Contest::default();
            let orders = members.into_iter().map(|id| (id, Order::Wait)).collect();
            return Decision { orders, became: None };
        }
        self.become_all(Told::Master, members.into_iter().map(|id| (id, Order::Promote)))
    }

    fn become_all(&mut self, state: Told, orders: impl Iterator<Item = (InstanceId, Order)>) -> Decision {
        let orders: Vec<_> = orders.collect();
        if orders.is_empty() {
            return Decision::default();
        }
        let became = (self.state.replace(state) != Some(state)).then_some(state);
        Decision { orders, became }
    }
}

#[cfg(test)]
mod tests;
