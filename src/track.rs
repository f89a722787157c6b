//! Things that are watched, as pure machines: what they report decides priorities and faults.
#![forbid(unsafe_code)]

pub mod file;
pub mod process;
pub mod script;
pub mod whole;
