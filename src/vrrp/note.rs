//! What the core has to say: facts, not sentences. The sentences are in `report::notes`.

use std::net::IpAddr;

use super::event::{KernelError, KernelOp, Setting, SocketOp, Told};
use super::link::Culprit;
use super::receive::Rejection;
use super::standing::Fault;
use crate::base::addr::{Family, IpNet, MacAddr};
use crate::base::id::{
    BfdId, GroupId, IfIndex, IfName, InstanceId, Priority, TrackFileId, TrackId, TrackProcessId, Vrid,
};
use crate::base::time::Span;
use crate::track::script::Finding;

/// Something worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An interface that an earlier process has made is of no use any more, and is removed.
    StrayLink(IfName),
    /// An instance, by its configuration index.
    Of(InstanceId, InstanceNote),
    /// What does not depend on any instance.
    OfStatics(InstanceNote),
    /// A tracked script, by its configuration index.
    Script(TrackId, ScriptNote),
    /// A tracked file has another number in it.
    File {
        /// Its configuration index.
        file: TrackFileId,
        /// The number.
        value: i32,
    },
    /// There are enough processes of a kind, or no longer.
    Process {
        /// Its configuration index.
        process: TrackProcessId,
        /// Whether there are enough.
        good: bool,
    },
    /// A BFD session went up or down.
    Bfd {
        /// Its configuration index.
        session: BfdId,
        /// Whether it is up.
        up: bool,
    },
    /// A member takes the rest of its group with it.
    Syncing {
        /// The group, by its configuration index.
        group: GroupId,
        /// To where; one of master, backup and fault.
        state: Told,
    },
    /// A group lets another host be first, because the two would yield to each other for ever.
    GivesWay {
        /// The group, by its configuration index.
        group: GroupId,
    },
    /// An interface that something depends on went up or down.
    Interface {
        /// Its name.
        name: IfName,
        /// Whether it carries traffic now.
        running: bool,
    },
    /// Something became of an interface that somebody uses.
    Link(IfName, LinkNote),
    /// Nobody becomes master for a while (`vrrp_startup_delay`, `vrrp_delay_after_boot`).
    Held {
        /// How long.
        span: Span,
    },
    /// The kernel dropped packets before they could be read.
    PacketsLost {
        /// How many.
        count: u32,
    },
    /// An advertisement for no instance of ours.
    UnknownVrid {
        /// The virtual router.
        vrid: Vrid,
        /// Where it arrived.
        arrived_on: IfIndex,
        /// Who sent it.
        source: IpAddr,
    },
    /// A packet that is too short for its headers.
    Truncated {
        /// Its family.
        family: Family,
        /// Its octets.
        len: usize,
    },
    /// The kernel refused to change the firewall: addresses may answer that should not.
    FirewallRefused {
        /// Why.
        error: KernelError,
        /// When it is tried again.
        again_in: Span,
    },
    /// The kernel refused to change a setting.
    SettingRefused {
        /// Which.
        setting: Setting,
        /// Why not.
        error: KernelError,
    },
    /// The kernel refused to remove what belongs to nobody any more.
    OrphanRefused {
        /// What was asked for.
        op: KernelOp,
        /// Why not.
        error: KernelError,
        /// When it is tried again.
        again_in: Span,
    },
    /// A new configuration counts.
    Reloaded {
        /// Instances that went on.
        kept: usize,
        /// Instances that are new.
        added: usize,
        /// Instances that are gone.
        removed: usize,
    },
    /// The kernel refused a change of what is received.
    SocketFailed {
        /// What was asked for.
        op: SocketOp,
        /// Why not.
        error: KernelError,
        /// When it is tried again.
        again_in: Span,
    },
}

/// Something worth saying of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkNote {
    /// It went up or down, which counts only if it lasts (`interface_up_down_delays`).
    Delayed {
        /// Whether it carries traffic.
        running: bool,
        /// How long it has to last.
        by: Span,
    },
    /// It has another name.
    Renamed {
        /// The new one.
        to: IfName,
    },
    /// It has another link-layer address.
    OtherMac {
        /// The old one.
        from: MacAddr,
        /// The new one.
        to: MacAddr,
    },
}

/// Something worth saying of an interface of an instance's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnLinkNote {
    /// It was made.
    Made(IfName),
    /// It is removed, because nobody wants it any more.
    Removing(IfName),
    /// It was there already.
    Found(IfName),
    /// Another interface has the name that it was to have.
    NameTaken(IfName),
    /// There is one of its name and kind that does not fit, and is removed.
    Incompatible(IfName),
    /// The kernel does not make it.
    Refused {
        /// Its name.
        name: IfName,
        /// Why not.
        error: KernelError,
        /// When it is tried again.
        again_in: Span,
    },
}

/// Something worth saying of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceNote {
    /// Something became of an interface of its own.
    OwnLink(OwnLinkNote),
    /// It is not part of the new configuration.
    Deleted,
    /// It goes on where an earlier process ended.
    Resumed {
        /// As what; one of master, backup and fault.
        state: Told,
    },
    /// It entered a state.
    Entered {
        /// Which; one of master, backup and fault.
        state: Told,
        /// Whether that is its first.
        first: bool,
    },
    /// No advertisement came for the master-down time.
    MasterSilent {
        /// The master that was heard last.
        master: Option<IpAddr>,
    },
    /// A backup accepted advertisements from another master than before.
    NewMaster {
        /// Who.
        master: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// A master yields.
    BetterMaster {
        /// To whom.
        source: IpAddr,
        /// The priority of that.
        theirs: Priority,
        /// Ours.
        ours: Priority,
    },
    /// A master stays although another router advertises.
    WorseMaster {
        /// Who.
        source: IpAddr,
        /// The priority of that.
        theirs: Priority,
        /// Ours.
        ours: Priority,
    },
    /// A backup is going to take over from a worse master.
    WillPreempt {
        /// From whom.
        source: IpAddr,
        /// The priority of that.
        theirs: Priority,
        /// Ours.
        ours: Priority,
    },
    /// Somebody advertises with our own priority and address.
    OurDouble {
        /// That address.
        source: IpAddr,
    },
    /// Somebody gave up the role.
    Resigned {
        /// Who.
        source: IpAddr,
        /// What we are: one of master and backup.
        to: Told,
    },
    /// We gave up the role.
    SentPriorityZero,
    /// Addresses, routes and rules are being added.
    Adding,
    /// They are being removed.
    Removing,
    /// A packet was not accepted.
    Rejected {
        /// Who sent it.
        source: IpAddr,
        /// Why.
        why: Rejection,
    },
    /// An advertisement without a signature was accepted, as long as not everybody signs.
    Unsigned {
        /// Who sent it.
        source: IpAddr,
    },
    /// A signed advertisement was accepted though the clock of its sender is far off.
    OtherClock {
        /// Who sent it.
        source: IpAddr,
        /// How far.
        apart: Span,
    },
    /// An advertisement was accepted though its addresses are not ours.
    OtherAddresses {
        /// Who sent it.
        source: IpAddr,
        /// How many it has.
        theirs: usize,
        /// How many we have.
        ours: usize,
        /// One of ours that it lacks, if there is one.
        missing: Option<IpAddr>,
    },
    /// An advertisement of version 3 with another interval than ours was accepted.
    OtherInterval {
        /// Who sent it.
        source: IpAddr,
        /// Its interval.
        theirs: Span,
        /// Ours.
        ours: Span,
    },
    /// The effective priority changed.
    Priority {
        /// What it was.
        from: Priority,
        /// What it is.
        to: Priority,
    },
    /// Something keeps the instance from taking part.
    FaultBegins(Fault),
    /// That is over.
    FaultEnds(Fault),
    /// A source address was chosen.
    Source(IpAddr),
    /// The kernel refused a change.
    KernelRefused {
        /// What was asked for.
        op: KernelOp,
        /// Why not.
        error: KernelError,
        /// When it is tried again, if it is.
        again_in: Option<Span>,
    },
    /// An address of ours was there before we put it there; it is an owner's own and stays.
    KeepsOwnAddress(IpNet),
    /// An address that somebody left behind is being removed.
    Leftover(IpNet),
    /// Somebody removed an address, a route or a rule of ours; it is being put back.
    Healing {
        /// What is asked for.
        what: KernelOp,
        /// Whether it waits a little because it happens often.
        delayed: bool,
        /// Who did it, as far as that is known.
        by: Option<Culprit>,
    },
    /// A route has had its time (`expires`), and the kernel has taken it away.
    Expired(KernelOp),
    /// A master sent nothing for so long that another one must have taken over.
    TooLate(Span),
    /// A route is to be in the VRF of this name, which is an interface of another kind.
    NotAVrf(IfName),
    /// Another host has an address of ours, so the kernel does not use it.
    Duplicate {
        /// Which.
        net: IpNet,
        /// When it is tried again.
        again_in: Span,
    },
}

/// Something worth saying of a tracked script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptNote {
    /// The verdict changed.
    Turned {
        /// What it is now.
        good: bool,
        /// What the run showed.
        finding: Finding,
    },
    /// A run showed something else than the one before.
    Now(Finding),
    /// It runs too long and is asked to end.
    Overdue,
    /// It did not end when asked to and is killed.
    Killed,
    /// It was due while its last run had not ended.
    Skipped,
}
