//! The seam between the core and the world: everything that can happen, and everything that can be asked for.
//!
//! An [`Action`] is a request. What can fail carries a [`Ticket`] that comes back in [`Event::Done`]; until then
//! nothing has happened.

use std::net::{IpAddr, Ipv6Addr};
use std::ops::Range;
use std::sync::Arc;

pub use super::belonging::{Key, PlacedRoute};
pub use super::handover::Legacy;
pub use super::heirs::Heirs;
use super::link::LinkEvent;
use super::note::Note;
pub use super::ownlink::LinkOp;
use super::reason::Why;
use crate::base::addr::Family;
use crate::base::id::{
    BfdId, GroupId, IfIndex, IfName, InstanceId, Priority, RequestId, Ticket, TrackFileId, TrackId,
};
use crate::base::time::{Instant, Span};
use crate::base::wall::WallTime;
use crate::conf::model::route::Rule;
use crate::conf::model::{Model, Vip};
use crate::track::process::Process;
pub use crate::track::process::ProcessEvent;
pub use crate::track::script::{Outcome, ScriptOp};

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A packet arrived on the VRRP or AH socket of a family.
    Packet(Packet<'a>),
    /// The kernel dropped this many packets because the receive queue was full.
    Lost(u32),
    /// Time has passed. Everything that arrived before `heard_until` has been delivered: masters whose deadline is
    /// later than that are not declared dead yet. Of very many that are due only some act; the deadline of the others stays.
    Timeout {
        /// The present once the receive queue was found empty, else the arrival of the last packet delivered.
        heard_until: Instant,
    },
    /// The wall clock shows this: before [`Control::Start`], and whenever somebody has set it. Nothing but signatures
    /// depends on it.
    Clock(WallTime),
    /// The kernel's interfaces or addresses changed.
    Link(LinkEvent),
    /// A run of a tracked script ended.
    Track(TrackId, Outcome),
    /// A tracked file is new, changed or gone: what is in it now. Before [`Control::Start`] once for every file that
    /// exists.
    File(TrackFileId, Option<&'a [u8]>),
    /// Processes began, changed or ended. Before [`Control::Start`] once the whole list, if processes are tracked.
    Process(ProcessEvent<'a>),
    /// A BFD session went up or down.
    Bfd(BfdId, bool),
    /// The configuration changed; answered by [`Answer::Reloaded`].
    Reload(RequestId, Reload<'a>),
    /// An operation that was asked for has finished.
    Done(Ticket, Result<(), KernelError>),
    /// Somebody wants something of the router.
    Control(RequestId, Control),
}

/// A new configuration, and what is known of what it tracks.
#[derive(Clone, Debug)]
pub struct Reload<'a> {
    /// The configuration.
    pub model: Arc<Model>,
    /// What is in each of its tracked files.
    pub files: &'a [(TrackFileId, Option<Vec<u8>>)],
    /// All processes that there are, if it tracks any.
    pub processes: &'a [Process<'a>],
}

/// A packet as the socket of its family gives it.
#[derive(Clone, Copy, Debug)]
pub enum Packet<'a> {
    /// From a raw IPv4 socket: the IP header is part of the bytes.
    V4 {
        /// The interface.
        arrived_on: IfIndex,
        /// IP header and payload, as long as the datagram was.
        bytes: &'a [u8],
    },
    /// From a raw IPv6 socket: the header has become control messages.
    V6 {
        /// The interface.
        arrived_on: IfIndex,
        /// The sender.
        source: Ipv6Addr,
        /// The group, or an address of ours.
        destination: Ipv6Addr,
        /// The hop limit on arrival.
        hop_limit: u8,
        /// The payload.
        bytes: &'a [u8],
    },
}

/// Why the kernel did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelError {
    /// It is there already.
    Exists,
    /// It, or the interface it belongs to, is not there.
    Gone,
    /// We may not.
    Denied,
    /// Anything else, by error number.
    Other(i32),
}

/// What somebody wants of the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Begin: clean up what a crash left, then take part. Must come once, before anything else.
    Start {
        /// How long the host has been running (`vrrp_delay_after_boot`).
        uptime: Span,
    },
    /// Give up every role, remove every address, tell everyone; answered by [`Answer::Stopped`].
    Stop,
    /// Tell everyone, but leave the addresses where they are and say nothing on the wire
    /// (`--dont-release-vrrp`); answered by [`Answer::Stopped`].
    StopKeepingAddresses,
}

/// The answer to a [`Control`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The router takes part.
    Started,
    /// The new configuration counts.
    Reloaded,
    /// Nothing is left to be done; the process may end.
    Stopped,
}

/// Something to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Send an advertisement. IPv4 bytes begin with the IP header; the kernel fills in its checksum.
    Send {
        /// Where and how.
        route: Route,
        /// Where the bytes are in the arena that comes with the actions.
        bytes: Range<usize>,
    },
    /// Send a whole link-layer frame.
    Frame {
        /// The interface.
        interface: IfIndex,
        /// Where the bytes are in the arena that comes with the actions.
        bytes: Range<usize>,
    },
    /// Change the kernel's configuration. Operations are carried out in the order in which they are asked for.
    Kernel(Ticket, KernelOp),
    /// Change what is received.
    Socket(Ticket, SocketOp),
    /// Run or stop a tracked script.
    Script(TrackId, ScriptOp),
    /// From here on everything is said in the terms of the new configuration.
    Adopt(Heirs),
    /// Keep this for a successor before anything else that is asked for in the same call leaves.
    Record(InstanceId, Box<Legacy>),
    /// Keep what the static entries have in the kernel, likewise.
    RecordStatics(Vec<Key>),
    /// Keep the last number of an instance's authentication headers or signatures, likewise.
    RecordSequence(InstanceId, u64),
    /// Tell the user's scripts and pipes.
    Notify(Notify),
    /// Tell the pipes once more what was told before (`fifo_write_vrrp_states_on_reload`).
    Repeat(Notify),
    /// Tell the log.
    Note(Note),
    /// Answer a control request.
    Answer(RequestId, Answer),
}

/// How an advertisement leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The IP protocol.
    pub protocol: Protocol,
    /// The interface; without one the kernel's routes decide.
    pub interface: Option<IfIndex>,
    /// Our address.
    pub source: IpAddr,
    /// The group or the peer.
    pub destination: IpAddr,
    /// The hop limit for IPv6; `None` is the kernel's choice. IPv4 has it in its header.
    pub hop_limit: Option<u8>,
}

impl Route {
    /// The family.
    #[must_use]
    pub const fn family(&self) -> Family {
        Family::of(self.destination)
    }
}

/// An IP protocol that advertisements travel in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// VRRP itself (112).
    Vrrp,
    /// Inside an IPsec authentication header (51).
    Ah,
}

impl Protocol {
    /// The number in the IP header.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Protocol::Vrrp => 112,
            Protocol::Ah => 51,
        }
    }
}

/// A change of what is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketOp {
    /// From now on deliver packets of this kind from every interface.
    Listen(Family, Protocol),
    /// Become a member of a group on an interface.
    Join(IfIndex, IpAddr),
    /// Cease to be one.
    Leave(IfIndex, IpAddr),
    /// No longer deliver packets of this kind.
    Ignore(Family, Protocol),
}

/// A change of the kernel's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelOp {
    /// Put an address on an interface.
    AddAddress(IfIndex, Vip),
    /// Take it away.
    DelAddress(IfIndex, Vip),
    /// Make a route.
    AddRoute(Arc<PlacedRoute>),
    /// Remove it.
    DelRoute(Arc<PlacedRoute>),
    /// Make a rule.
    AddRule(Arc<Rule>),
    /// Remove it.
    DelRule(Arc<Rule>),
    /// Give a setting of an interface this value until it is put back. What it was is remembered.
    Set(Setting, u8),
    /// Put it back.
    Restore(Setting),
    /// Do something with an interface of our own.
    Link(LinkOp),
    /// Change which addresses packets are kept away from.
    Firewall(FirewallOp),
}

/// A change of what packets are kept away from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirewallOp {
    /// Hide these and nothing else, whatever was hidden before. Nothing at all leaves nothing behind.
    Replace(Arc<[Hidden]>),
    /// Hide these besides.
    Hide(Arc<[Hidden]>),
    /// Hide these no longer.
    Show(Arc<[Hidden]>),
}

/// What packets are kept away from, or kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hidden {
    /// An address that accepts no packets.
    Address {
        /// The address.
        addr: IpAddr,
        /// Its interface, if the address alone says too little: one of a link.
        interface: Option<IfIndex>,
    },
    /// What the host tells of its memberships by a MAC-VLAN leaves by the interface below instead: switches would look
    /// for the virtual MAC address where no master is.
    Reports {
        /// Whose reports.
        family: Family,
        /// The MAC-VLAN.
        link: IfIndex,
        /// The interface below.
        base: IfIndex,
    },
}

impl Hidden {
    /// The family whose packets it is about.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Hidden::Address { addr, .. } => Family::of(*addr),
            Hidden::Reports { family, .. } => *family,
        }
    }
}

/// A setting of an interface (`net.FAMILY.conf.INTERFACE.KNOB`, sysctl(8)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Setting {
    /// The family.
    pub family: Family,
    /// The interface.
    pub interface: IfName,
    /// Which of its settings.
    pub knob: Knob,
}

/// Which setting of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Knob {
    /// The next address takes the place of a primary one that is removed.
    PromoteSecondaries,
    /// ARP is answered for addresses of this interface alone.
    ArpIgnore,
    /// ARP is answered by the interface that packets to the one who asks would leave by.
    ArpFilter,
    /// How the senders of packets are checked. That of `all` goes to each interface when it is changed.
    RpFilter,
    /// Whether memberships in link-local groups are reported (`disable_local_igmp`). It is one for all interfaces.
    LocalReports,
}

impl Knob {
    /// The value that it is given.
    #[must_use]
    pub const fn value(self) -> u8 {
        match self {
            Knob::PromoteSecondaries | Knob::ArpIgnore | Knob::ArpFilter => 1,
            Knob::RpFilter | Knob::LocalReports => 0,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Knob::PromoteSecondaries => "promote_secondaries",
            Knob::ArpIgnore => "arp_ignore",
            Knob::ArpFilter => "arp_filter",
            Knob::RpFilter => "rp_filter",
            Knob::LocalReports => "igmp_link_local_mcast_reports",
        }
    }
}

/// Something to tell the user's scripts and pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notify {
    /// Whose state.
    pub who: Who,
    /// What it is now.
    pub what: Told,
    /// The effective priority; 0 for groups.
    pub priority: Priority,
    /// Why it changed.
    pub why: Why,
}

/// Somebody who has a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// An instance.
    Instance(InstanceId),
    /// A sync group.
    Group(GroupId),
}

/// What is told of an instance (features of `notify`, keepalived.conf(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is master.
    Master,
    /// It is backup.
    Backup,
    /// It can be neither.
    Fault,
    /// The daemon stops.
    Stop,
    /// It is no longer configured.
    Deleted,
    /// As master it heard a router of lower priority.
    MasterRxLowerPri,
    /// The priority of the master changed.
    MasterPriority,
    /// The priority of a backup changed.
    BackupPriority,
}

impl Told {
    /// Whether it is a state, and not something that happened in one.
    #[must_use]
    pub const fn is_state(self) -> bool {
        match self {
            Told::Master | Told::Backup | Told::Fault | Told::Stop | Told::Deleted => true,
            Told::MasterRxLowerPri | Told::MasterPriority | Told::BackupPriority => false,
        }
    }

    /// The word that scripts and pipes are given.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Told::Master => "MASTER",
            Told::Backup => "BACKUP",
            Told::Fault => "FAULT",
            Told::Stop => "STOP",
            Told::Deleted => "DELETED",
            Told::MasterRxLowerPri => "MASTER_RX_LOWER_PRI",
            Told::MasterPriority => "MASTER_PRIORITY",
            Told::BackupPriority => "BACKUP_PRIORITY",
        }
    }
}

/// The actions of one call, in the order in which they have to be carried out.
#[must_use = "what the core asks for has to be done"]
#[derive(Debug)]
pub struct Actions<'a> {
    queue: std::vec::Drain<'a, Action>,
    arena: &'a [u8],
}

impl<'a> Actions<'a> {
    pub(super) fn new(queue: std::vec::Drain<'a, Action>, arena: &'a [u8]) -> Actions<'a> {
        Actions { queue, arena }
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.as_slice().is_empty()
    }

    /// The actions, and the arena that their byte ranges point into.
    pub fn split(self) -> (impl Iterator<Item = Action> + 'a, &'a [u8]) {
        (self.queue, self.arena)
    }
}
