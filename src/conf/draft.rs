//! What has been read so far, before it is completed and judged as a whole.
//!
//! A draft remembers where each thing stands, so that problems that show only later still point at their lines.

mod check;
mod further;
mod global;
mod group;
mod instance;
mod route;
mod script;
mod track;

use std::collections::HashMap;

pub(super) use check::{
    CheckDraft, CheckerDraft, DnsDraft, FileCheckDraft, HttpDraft, KindDraft, MiscDraft, PageDraft,
    ServerDraft, ServerGroupDraft, ServiceDraft, SmtpDraft, SmtpHostDraft, SorryDraft, TargetDraft, Timing,
    UdpDraft,
};
pub(super) use further::{FurtherDraft, HmacDraft};
pub(super) use global::{FifoDraft, GarpDraft, GlobalDraft};
pub(super) use group::{GarpGroupDraft, GroupDraft, StaticsDraft, TrackGroupDraft};
pub(super) use instance::{AuthDraft, AuthType, HookKind, InstanceDraft, PeerDraft, VipDraft};
pub(super) use route::{RouteDraft, RuleDraft};
pub(super) use script::ScriptDraft;
pub(super) use track::{BfdDraft, FileDraft, ProcessDraft, TrackDraft, TracksDraft};

use super::expanded::Extent;
use super::model::check::Tls;

/// A value and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: Extent,
}

impl<T> At<T> {
    pub(super) const fn new(value: T, at: Extent) -> At<T> {
        At { value, at }
    }
}

/// The names of one kind of block, with the place of each.
pub(super) type NameMap = HashMap<Box<str>, Extent>;

/// A configuration as it has been read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) global: GlobalDraft,
    pub(super) scripts: Vec<ScriptDraft>,
    pub(super) files: Vec<FileDraft>,
    pub(super) processes: Vec<ProcessDraft>,
    pub(super) bfd: Vec<BfdDraft>,
    pub(super) instances: Vec<InstanceDraft>,
    pub(super) groups: Vec<GroupDraft>,
    pub(super) statics: StaticsDraft,
    pub(super) server_groups: Vec<ServerGroupDraft>,
    pub(super) services: Vec<ServiceDraft>,
    pub(super) tls: Option<At<Tls>>,
    pub(super) names: Names,
}

/// The names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) scripts: NameMap,
    pub(super) files: NameMap,
    pub(super) processes: NameMap,
    pub(super) bfd: NameMap,
    pub(super) instances: NameMap,
    pub(super) groups: NameMap,
    pub(super) track_groups: NameMap,
    pub(super) server_groups: NameMap,
}
