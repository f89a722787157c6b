//! Why somebody's state or priority changed: what hooks are told beside the change itself. The texts are in
//! `report::reasons`.

use std::net::IpAddr;

use super::standing::Fault;
use crate::base::id::{BfdId, IfName, InstanceId, Priority, TrackFileId, TrackId, TrackProcessId};

/// Why something changed, and with whom it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why {
    /// The member of the sync group with whom it began, if that is somebody else than who is told of.
    pub member: Option<InstanceId>,
    /// What happened there.
    pub reason: Reason,
}

/// What led to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The daemon started.
    Start,
    /// The daemon stops.
    Stop,
    /// The configuration changed.
    Reload,
    /// The process goes on where an earlier one ended.
    Resumed,
    /// Nothing was heard for the master-down time, nor ever before if there is no address.
    MasterSilent(Option<IpAddr>),
    /// The master gave up its role with an advertisement of priority 0.
    MasterResigned(IpAddr),
    /// A better router advertises.
    BetterMaster {
        /// Who.
        source: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// A worse router advertises.
    WorseMaster {
        /// Who.
        source: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// It did nothing for so long that another one must be master.
    TooLate,
    /// Something keeps it from taking part.
    Fault(Fault),
    /// Nothing keeps it from taking part any more; this was the last that did.
    FaultOver(Option<Fault>),
    /// Something tracked with a weight changed.
    Tracker(Turned),
    /// Everything tracked was looked at anew.
    Trackers,
}

/// What became of something that is tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// A script, and whether it is good.
    Script(TrackId, bool),
    /// A file, and its number.
    File(TrackFileId, i32),
    /// Processes, and whether there are enough.
    Process(TrackProcessId, bool),
    /// A BFD session, and whether it is up.
    Bfd(BfdId, bool),
    /// An interface, and whether it carries traffic.
    Interface(IfName, bool),
}

impl Why {
    /// It began with whoever is told of.
    pub(super) const fn of(reason: Reason) -> Why {
        Why { member: None, reason }
    }

    /// It began with `member`. Everybody starts by itself.
    pub(super) const fn of_member(member: InstanceId, reason: Reason) -> Why {
        match reason {
            Reason::Start | Reason::Stop | Reason::Reload | Reason::Resumed => Why::of(reason),
            Reason::MasterSilent(_)
            | Reason::MasterResigned(_)
            | Reason::BetterMaster { .. }
            | Reason::WorseMaster { .. }
            | Reason::TooLate
            | Reason::Fault(_)
            | Reason::FaultOver(_)
            | Reason::Tracker(_)
            | Reason::Trackers => Why { member: Some(member), reason },
        }
    }
}
