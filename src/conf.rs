//! From the text of `keepalived.conf` to a validated [`model`].
#![forbid(unsafe_code)]

pub mod model;
