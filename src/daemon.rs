//! The shells: processes that do what the core decides, and keep each other alive.
//!
//! ```text
//! keepalived ─ reads and judges the configuration, holds the pid file        supervisor, respawn
//!    │  socket pair (Ready, Stop, and its end) + sealed memfd (the text)     protocol, child
//!    ├─ sends mail for the child                                             mailer
//!    ├─ keepalived --child=checkers, --child=bfd ─ hold their places         bystander
//!    └─ keepalived --child=vrrp ─ runs the core                              vrrp
//!          events ◄── packets, timer, netlink, signals, scripts, files, processes
//!          actions ──► apply ──► sockets, netlink, scripts, hooks, log       apply, scripts, hooks
//! ```
//!
//! Policy of the protocol is in the core, policy of processes is here, system calls are in [`sys`](crate::sys).
#![forbid(unsafe_code)]

mod apply;
pub mod bystander;
pub mod child;
mod complaints;
pub mod configuration;
mod dumps;
pub mod exit;
mod files;
mod gather;
pub mod genhash;
mod hooks;
pub mod identity;
mod lateness;
mod ledger;
pub mod leftovers;
mod linkbeat;
pub mod logging;
mod made;
mod mailer;
mod names;
pub mod options;
mod place;
mod probes;
mod processes;
mod protocol;
pub mod respawn;
pub mod role;
mod schedule;
mod scripts;
mod settings;
mod spare;
pub mod supervisor;
pub mod vrrp;

pub use exit::Exit;
pub use options::Options;
pub use role::Role;
