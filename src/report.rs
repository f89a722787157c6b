//! What is told to people and programs: the lines of the log, and whom a change of state concerns.
//!
//! Nothing here opens or writes anything: writers and clocks are passed in.
#![forbid(unsafe_code)]

pub mod dump;
pub mod hooks;
pub mod log;
pub mod mail;
pub mod notes;
pub mod reasons;
