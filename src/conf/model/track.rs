//! What an instance tracks, and what that does to its priority.

use std::path::Path;

use crate::base::id::{BfdId, IfName, TrackFileId, TrackId, TrackProcessId};
use crate::base::time::Span;

/// What the state of something tracked does to an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Added to the priority while good if positive, while bad if negative; 0: a bad one faults the instance.
    pub value: i16,
    /// `reverse`: swaps good and bad.
    pub reverse: bool,
}

/// An entry of `track_script`.
#[derive(Clone, Copy, Debug)]
pub struct TrackedScript {
    /// Which one.
    pub script: TrackId,
    /// What it does.
    pub weight: Weight,
}

/// An entry of `track_interface`.
#[derive(Clone, Copy, Debug)]
pub struct TrackedInterface {
    /// Which one.
    pub interface: IfName,
    /// What it does.
    pub weight: Weight,
}

/// An entry of `track_file`.
#[derive(Clone, Copy, Debug)]
pub struct TrackedFile {
    /// Which one.
    pub file: TrackFileId,
    /// What each unit in the file adds; 0: anything but 0 in the file faults the instance.
    pub weight: Weight,
}

/// An entry of `track_process`.
#[derive(Clone, Copy, Debug)]
pub struct TrackedProcess {
    /// Which one.
    pub process: TrackProcessId,
    /// What it does.
    pub weight: Weight,
}

/// An entry of `track_bfd`.
#[derive(Clone, Copy, Debug)]
pub struct TrackedBfd {
    /// Which session.
    pub session: BfdId,
    /// What it does.
    pub weight: Weight,
}

/// Everything that an instance tracks.
#[derive(Clone, Debug, Default)]
pub struct Trackers {
    /// `track_interface`, and the interfaces of addresses that lie elsewhere.
    pub interfaces: Box<[TrackedInterface]>,
    /// `track_script`.
    pub scripts: Box<[TrackedScript]>,
    /// `track_file`.
    pub files: Box<[TrackedFile]>,
    /// `track_process`.
    pub processes: Box<[TrackedProcess]>,
    /// `track_bfd`.
    pub bfd: Box<[TrackedBfd]>,
    /// `dont_track_primary`: the link state of the instance's own interface does not matter.
    pub ignore_primary: bool,
}

/// `track_file`: a file with a number in it.
#[derive(Clone, Debug)]
pub struct TrackFile {
    /// The name that is referred to.
    pub name: Box<str>,
    /// The file.
    pub path: Box<Path>,
    /// What it does where the reference does not say.
    pub weight: Weight,
    /// `init_file`: what the file is made with.
    pub init: Option<InitFile>,
}

/// How a tracked file is made at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitFile {
    /// The number in it.
    pub value: i32,
    /// `overwrite`: also if it is there already.
    pub overwrite: bool,
}

/// How the parameters of a process are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParamMatch {
    /// Not at all.
    #[default]
    None,
    /// All of them.
    Exact,
    /// They start like this.
    Initial,
    /// The last one may go on.
    Partial,
}

/// `vrrp_track_process`: processes of a kind.
#[derive(Clone, Debug)]
pub struct TrackProcess {
    /// The name that is referred to.
    pub name: Box<str>,
    /// The name of the process and its parameters; never empty.
    pub command: Box<[Box<str>]>,
    /// `param_match`.
    pub param_match: ParamMatch,
    /// `full_command`: compare the path, not only the name.
    pub full_command: bool,
    /// What it does where the reference does not say.
    pub weight: Weight,
    /// `quorum`: how many there have to be.
    pub quorum: u32,
    /// `quorum_max`: how many there may be.
    pub quorum_max: Option<u32>,
    /// `terminate_delay`: how long too few may be.
    pub terminate_delay: Span,
    /// `fork_delay`: how long there have to be enough.
    pub fork_delay: Span,
}

impl TrackProcess {
    /// Whether another tracker means the same processes.
    #[must_use]
    pub fn watches_the_same(&self, other: &TrackProcess) -> bool {
        (&self.command, self.param_match, self.full_command)
            == (&other.command, other.param_match, other.full_command)
    }
}
