//! The core of VRRP, without input or output: events in, actions out.
#![forbid(unsafe_code)]

pub mod event;
pub mod link;
pub mod note;
