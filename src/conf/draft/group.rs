//! `vrrp_sync_group`, `track_group`, `garp_group` and lists of interfaces.

use super::{At, HookKind, RouteDraft, RuleDraft, TracksDraft, VipDraft};
use crate::base::id::IfName;
use crate::base::time::Span;
use crate::conf::expanded::Extent;
use crate::conf::model::statics::Beat;
use crate::conf::reader::CommandLine;

/// A sync group as it has been read.
#[derive(Clone, Debug)]
pub(in crate::conf) struct GroupDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) end: Extent,
    /// The members and the place of their list.
    pub(in crate::conf) members: Option<At<Vec<At<Box<str>>>>>,
    pub(in crate::conf) tracks: TracksDraft,
    pub(in crate::conf) weights: bool,
    pub(in crate::conf) hooks: Vec<(HookKind, CommandLine)>,
    pub(in crate::conf) mail: Option<bool>,
    pub(in crate::conf) priority_changes: Option<bool>,
}

impl GroupDraft {
    pub(in crate::conf) fn new(name: &str, at: Extent) -> GroupDraft {
        GroupDraft {
            name: name.into(),
            at,
            end: at,
            members: None,
            tracks: TracksDraft::default(),
            weights: false,
            hooks: Vec::new(),
            mail: None,
            priority_changes: None,
        }
    }
}

/// `track_group` as it has been read.
#[derive(Clone, Debug)]
pub(in crate::conf) struct TrackGroupDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) members: Vec<At<Box<str>>>,
}

/// `garp_group` as it has been read.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct GarpGroupDraft {
    pub(in crate::conf) garp_interval: Option<Span>,
    pub(in crate::conf) gna_interval: Option<Span>,
    pub(in crate::conf) interfaces: Vec<At<IfName>>,
    /// The brace that closes the list of interfaces.
    pub(in crate::conf) listed_to: Option<Extent>,
    /// The brace that closes the block.
    pub(in crate::conf) end: Extent,
}

/// What stands outside instances and groups.
#[derive(Debug, Default)]
pub(in crate::conf) struct StaticsDraft {
    pub(in crate::conf) addresses: Vec<VipDraft>,
    pub(in crate::conf) routes: Vec<RouteDraft>,
    pub(in crate::conf) rules: Vec<RuleDraft>,
    pub(in crate::conf) groups: Vec<TrackGroupDraft>,
    pub(in crate::conf) garp_groups: Vec<At<GarpGroupDraft>>,
    pub(in crate::conf) polled: Vec<(At<IfName>, Beat)>,
    pub(in crate::conf) delays: Vec<(At<IfName>, Span, Span)>,
}
