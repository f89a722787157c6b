//! An instance that goes on where an earlier process ended.

use super::super::backup::Backup;
use super::super::event::Told;
use super::super::fault::Faulty;
use super::super::handover::{Legacy, Mark};
use super::super::heirs::Identity;
use super::super::init::Init;
use super::super::master::Master;
use super::super::note::InstanceNote;
use super::super::reason::{Reason, Why};
use super::super::sequence::Sequence;
use super::super::signatures::Signatures;
use super::super::snapshot::Role;
use super::super::state::{Cx, Seen, State};
use super::Instance;
use crate::base::rare::Rare;
use crate::conf::model::vrrp::Auth;

impl Instance {
    /// Takes over what an earlier process knew. Nothing is sent yet: its source has to be looked for first.
    pub(in crate::vrrp) fn inherit(&mut self, legacy: &Legacy, cx: &mut Cx<'_>) {
        let own = &mut self.own;
        own.source = legacy.source;
        own.priority = legacy.priority;
        own.ip_id = legacy.ip_id;
        match (&cx.conf.auth, cx.conf.hmac()) {
            (Auth::Ah(_), _) => own.sequence = Sequence::resume(legacy.sequence),
            (Auth::None | Auth::Pass(_), Some(_)) => {
                own.signatures = Rare::new(Signatures::resume(legacy.sequence));
            }
            (Auth::None | Auth::Pass(_), None) => {}
        }
        own.stats = legacy.stats.clone();
        own.told = legacy.told;
        own.resumed = true;
        self.since = legacy.since;
        let master = legacy.master.map(|(address, priority, interval)| Seen { address, priority, interval });
        self.state = match legacy.role {
            Role::Init => State::Init(Init { because: Reason::Resumed }),
            Role::Backup => State::Backup(Backup::resume(own, master, cx)),
            Role::Master => State::Master(Master::resume(cx)),
            Role::Fault => State::Fault(Faulty),
        };
        let wanted = legacy.role == Role::Master;
        own.vips.resume(wanted, &legacy.owned, &mut cx.hands(own.id, &own.home));
        if let Some(state) = self.told_role() {
            cx.out.note(self.own.id, InstanceNote::Resumed { state });
        }
    }

    /// Goes on, if nothing keeps it from that: a master says at once that it is still there, and users are told what
    /// they were not told any more.
    pub(in crate::vrrp) fn go_on(&mut self, cx: &mut Cx<'_>) {
        if !self.own.standing.faults.is_empty() && !matches!(self.state, State::Fault(_)) {
            return;
        }
        let known = self.own.told == self.told_role();
        match &mut self.state {
            State::Init(_) | State::Fault(_) => {}
            State::Backup(backup) => backup.wait(&self.own, cx),
            State::Master(master) => master.go_on(&mut self.own, known, cx),
        }
        let news = self.told_role().filter(|_| !known);
        if let Some(role) = news {
            self.own.tell(role, Why::of(Reason::Resumed), cx);
        }
    }

    /// What a successor would have to know, without what it counts.
    pub(in crate::vrrp) fn mark(&self) -> Mark {
        let master = match &self.state {
            State::Backup(backup) => backup.master(),
            State::Init(_) | State::Master(_) | State::Fault(_) => None,
        };
        Mark {
            role: self.role(),
            since: self.since,
            told: self.own.told,
            source: self.own.source,
            priority: self.own.priority,
            master: master.map(|seen| (seen.address, seen.priority, seen.interval)),
        }
    }

    /// The number that a successor has to go on after: the last one of its authentication headers, or that of its
    /// signatures if the clock alone would not lead past it.
    pub(in crate::vrrp) fn last_number(&self, cx: &Cx<'_>) -> Option<u64> {
        match (&cx.conf.auth, cx.conf.hmac()) {
            (Auth::Ah(_), _) => Some(self.own.sequence.last().into()),
            (Auth::None | Auth::Pass(_), Some(_)) => self.own.signatures.changed()?.ahead_of(cx.stamp()),
            (Auth::None | Auth::Pass(_), None) => None,
        }
    }

    /// Everything that a successor would have to know.
    pub(in crate::vrrp) fn legacy(&mut self, cx: &mut Cx<'_>) -> Legacy {
        let Mark { role, since, told, source, priority, master } = self.mark();
        let sequence = self.last_number(cx).unwrap_or(0);
        let own = &mut self.own;
        Legacy {
            identity: Identity::of(cx.conf),
            name: cx.conf.name.clone(),
            role,
            since,
            told: told.filter(|told: &Told| told.is_state()),
            source,
            priority,
            master,
            owned: own.vips.ours(&cx.hands(own.id, &own.home)),
            sequence,
            ip_id: own.ip_id,
            stats: own.stats.clone(),
        }
    }
}
