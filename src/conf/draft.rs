//! What has been read so far, before it is completed and judged as a whole.
//!
//! A draft remembers where each thing stands, so that problems that show only later still point at their lines.

mod global;
mod instance;
mod script;

use std::collections::HashMap;

pub(super) use global::{FifoDraft, GlobalDraft};
pub(super) use instance::{AuthDraft, AuthType, HookKind, InstanceDraft, PeerDraft, TrackDraft, VipDraft};
pub(super) use script::ScriptDraft;

use super::expanded::Extent;

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
    pub(super) instances: Vec<InstanceDraft>,
    pub(super) instance_names: NameMap,
    pub(super) scripts: Vec<ScriptDraft>,
    pub(super) script_names: NameMap,
}
