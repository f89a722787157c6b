//! What a configuration means: validated, immutable, with units in the types and every default filled in.
//!
//! The model says nothing about the machine it will run on: interfaces are names, and whether they exist is for the
//! core to find out. Everything that the text could get wrong has been reported before a model exists.

pub mod global;
pub mod notify;
pub mod script;
pub mod track;
pub mod vip;
pub mod vrrp;

use crate::base::id::{InstanceId, TrackId};
use crate::base::table::Table;

pub use global::Global;
pub use notify::{Command, Hooks, RunAs};
pub use script::Script;
pub use track::{Trackers, Weight};
pub use vip::Vip;
pub use vrrp::Instance;

/// A whole configuration.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// `global_defs`.
    pub global: Global,
    /// Every `vrrp_script`, in file order.
    pub scripts: Table<TrackId, Script>,
    /// Every `vrrp_instance`, in file order.
    pub instances: Table<InstanceId, Instance>,
}
