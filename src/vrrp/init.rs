//! Before an instance takes part for the first time: it waits for the router to start and for what it tracks with
//! weight 0 to report once. It says nothing and hears nothing.

use super::reason::Reason;

/// The state before all others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Init {
    /// What made it begin: the start of the daemon, or a reload.
    pub(super) because: Reason,
}
