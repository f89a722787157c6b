//! Before an instance takes part for the first time: it waits for the router to start and for what it tracks with
//! weight 0 to report once. It says nothing and hears nothing.

/// The state before all others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Init;
