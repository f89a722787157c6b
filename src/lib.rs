//! keepalived-rs: virtual addresses that move between Linux hosts (VRRP), from an ordinary `keepalived.conf`.
#![deny(unsafe_code)]

pub mod base;
pub mod cli;
pub mod conf;
pub mod daemon;
pub mod report;
pub mod sys;
pub mod track;
pub mod vrrp;
pub mod wire;
