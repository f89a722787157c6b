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
pub mod exit;
mod files;
mod hooks;
pub mod identity;
mod lateness;
mod ledger;
pub mod leftovers;
mod logging;
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
pub mod supervisor;
pub mod vrrp;

use crate::sys::signal::Asked;

pub use exit::Exit;
pub use options::Options;
pub use role::Role;

/// Says what a signal asks for that this version does not do.
fn unsupported(asked: Asked) {
    match asked {
        Asked::Data => tracing::warn!("SIGUSR1: this version cannot write the data dump"),
        Asked::Stats => tracing::warn!("SIGUSR2: this version cannot write statistics"),
        Asked::StatsClear => tracing::warn!("this version cannot write statistics, nor clear them"),
        Asked::Json => tracing::warn!("this version cannot write the JSON dump"),
        Asked::Upgrade => tracing::warn!("an upgrade is asked for at the parent process"),
        Asked::Reload | Asked::Stop | Asked::Interrupt | Asked::Child | Asked::Nothing(_) => {}
    }
}
