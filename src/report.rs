//! What is told to people and programs: log lines, hooks.
#![forbid(unsafe_code)]

pub mod notes;
