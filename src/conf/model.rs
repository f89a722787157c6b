//! What a configuration means: validated, immutable, with units in the types and every default filled in.
//!
//! The model says nothing about the machine it will run on: interfaces are names, and whether they exist is for the
//! core to find out. Everything that the text could get wrong has been reported before a model exists.

pub mod bfd;
pub mod check;
pub mod further;
pub mod global;
pub mod group;
pub mod notify;
pub mod probe;
pub mod route;
pub mod script;
pub mod secret;
pub mod settings;
pub mod statics;
pub mod track;
pub mod vip;
pub mod vrrp;

use crate::base::id::{BfdId, GroupId, InstanceId, TrackFileId, TrackId, TrackProcessId};
use crate::base::table::Table;

pub use bfd::BfdSession;
pub use check::Checks;
pub use further::Further;
pub use global::Global;
pub use group::SyncGroup;
pub use notify::{Command, Hooks, RareHooks, RunAs};
pub use probe::Probe;
pub use script::{Run, Script};
pub use settings::Settings;
pub use statics::{LinkSettings, Statics};
pub use track::{TrackFile, TrackProcess, Trackers, Weight};
pub use vip::Vip;
pub use vrrp::Instance;

/// A whole configuration.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// `global_defs`.
    pub global: Global,
    /// Every `vrrp_script`, in file order.
    pub scripts: Table<TrackId, Script>,
    /// Every `track_file`, in file order.
    pub files: Table<TrackFileId, TrackFile>,
    /// Every `vrrp_track_process`, in file order.
    pub processes: Table<TrackProcessId, TrackProcess>,
    /// Every `bfd_instance`, in file order.
    pub bfd: Table<BfdId, BfdSession>,
    /// Every `vrrp_instance`, in file order.
    pub instances: Table<InstanceId, Instance>,
    /// Every `vrrp_sync_group`, in file order.
    pub groups: Table<GroupId, SyncGroup>,
    /// What does not depend on any instance.
    pub statics: Statics,
    /// What is said of single interfaces.
    pub links: LinkSettings,
    /// Virtual servers.
    pub checks: Checks,
}
