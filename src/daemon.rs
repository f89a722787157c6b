//! The shells: processes that do what the core decides, and keep each other alive.
//!
//! A parent reads and judges the configuration, starts a child for each subsystem and starts it again when it dies.
//! The child runs the core: events in, actions carried out. Policy of the protocol is in the core, policy of processes
//! is here, and system calls are in [`sys`](crate::sys).
#![forbid(unsafe_code)]

pub mod identity;
pub mod options;

pub use options::Options;
