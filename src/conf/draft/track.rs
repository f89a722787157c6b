//! What instances and groups track.

use std::net::IpAddr;

use super::At;
use crate::base::time::Span;
use crate::conf::expanded::Extent;
use crate::conf::model::Weight;
use crate::conf::model::track::{InitFile, ParamMatch};

/// An entry of a `track_...` list.
#[derive(Clone, Debug)]
pub(in crate::conf) struct TrackDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) at: Extent,
    /// What it does; `None` leaves that to what is tracked.
    pub(in crate::conf) weight: Option<i16>,
    /// `reverse` or `noreverse`.
    pub(in crate::conf) reverse: Option<bool>,
}

impl TrackDraft {
    /// The weight, over the one that holds without it.
    pub(in crate::conf) fn weight_over(&self, default: Weight) -> Weight {
        Weight {
            value: self.weight.unwrap_or(default.value),
            reverse: self.reverse.unwrap_or(if self.weight.is_some() { false } else { default.reverse }),
        }
    }
}

/// All `track_...` lists.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct TracksDraft {
    pub(in crate::conf) interfaces: Vec<TrackDraft>,
    pub(in crate::conf) scripts: Vec<TrackDraft>,
    pub(in crate::conf) files: Vec<TrackDraft>,
    pub(in crate::conf) processes: Vec<TrackDraft>,
    pub(in crate::conf) bfd: Vec<TrackDraft>,
    pub(in crate::conf) ignore_primary: bool,
}

/// `track_file`.
#[derive(Clone, Debug)]
pub(in crate::conf) struct FileDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) end: Extent,
    pub(in crate::conf) path: Option<At<Box<str>>>,
    pub(in crate::conf) weight: Weight,
    pub(in crate::conf) init: Option<InitFile>,
}

impl FileDraft {
    pub(in crate::conf) fn new(name: &str, at: Extent) -> FileDraft {
        FileDraft {
            name: name.into(),
            at,
            end: at,
            path: None,
            weight: Weight { value: 1, reverse: false },
            init: None,
        }
    }
}

/// `vrrp_track_process`.
#[derive(Clone, Debug)]
pub(in crate::conf) struct ProcessDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) end: Extent,
    pub(in crate::conf) command: Option<At<Vec<Box<str>>>>,
    pub(in crate::conf) param_match: Option<ParamMatch>,
    pub(in crate::conf) full_command: bool,
    pub(in crate::conf) weight: Weight,
    pub(in crate::conf) quorum: u32,
    pub(in crate::conf) quorum_max: Option<At<u32>>,
    pub(in crate::conf) terminate_delay: Span,
    pub(in crate::conf) fork_delay: Span,
}

impl ProcessDraft {
    pub(in crate::conf) fn new(name: &str, at: Extent) -> ProcessDraft {
        ProcessDraft {
            name: name.into(),
            at,
            end: at,
            command: None,
            param_match: None,
            full_command: false,
            weight: Weight::default(),
            quorum: 1,
            quorum_max: None,
            terminate_delay: Span::ZERO,
            fork_delay: Span::ZERO,
        }
    }
}

/// `bfd_instance`.
#[derive(Clone, Debug)]
pub(in crate::conf) struct BfdDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) end: Extent,
    pub(in crate::conf) neighbor: Option<At<IpAddr>>,
    pub(in crate::conf) source: Option<At<IpAddr>>,
    pub(in crate::conf) min_rx: Span,
    pub(in crate::conf) min_tx: Span,
    pub(in crate::conf) idle_tx: Span,
    pub(in crate::conf) multiplier: u8,
    pub(in crate::conf) passive: bool,
    pub(in crate::conf) ttl: Option<u8>,
    pub(in crate::conf) max_hops: Option<At<Option<u8>>>,
    pub(in crate::conf) multihop: bool,
    pub(in crate::conf) weight: Weight,
    pub(in crate::conf) vrrp: bool,
    pub(in crate::conf) checker: bool,
}

impl BfdDraft {
    pub(in crate::conf) fn new(name: &str, at: Extent) -> BfdDraft {
        BfdDraft {
            name: name.into(),
            at,
            end: at,
            neighbor: None,
            source: None,
            min_rx: Span::from_millis(10),
            min_tx: Span::from_millis(10),
            idle_tx: Span::from_secs(1),
            multiplier: 5,
            passive: false,
            ttl: None,
            max_hops: None,
            multihop: false,
            weight: Weight::default(),
            vrrp: false,
            checker: false,
        }
    }
}
