//! `vrrp_sync_group`: instances that change their state together.

use super::notify::Hooks;
use super::track::Trackers;
use crate::base::id::InstanceId;

/// A group of instances.
#[derive(Clone, Debug)]
pub struct SyncGroup {
    /// Its name.
    pub name: Box<str>,
    /// `group`: its members in the order of the list; never empty.
    pub members: Box<[InstanceId]>,
    /// What all members track.
    pub trackers: Trackers,
    /// `sync_group_tracking_weight`: weights of members count.
    pub weights: bool,
    /// Whom it tells.
    pub hooks: Hooks,
    /// `smtp_alert`.
    pub mail: Option<bool>,
}
