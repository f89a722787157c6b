//! What an instance tracks, and what that does to its priority.

use crate::base::id::{IfName, TrackId};

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

/// Everything that an instance tracks.
#[derive(Clone, Debug, Default)]
pub struct Trackers {
    /// `track_interface`, and the interfaces of addresses that lie elsewhere.
    pub interfaces: Box<[TrackedInterface]>,
    /// `track_script`.
    pub scripts: Box<[TrackedScript]>,
    /// `dont_track_primary`: the link state of the instance's own interface does not matter.
    pub ignore_primary: bool,
}
