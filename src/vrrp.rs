//! The core of VRRP, without input or output: events in, actions out.
//!
//! [`router::Router`] is the whole of it for the outside: it is told what happened and when ([`event::Event`]), and
//! says what is to be done ([`event::Action`]). It has no clock, no file, no socket and no log; the same sequence of
//! events always gives the same sequence of actions.
//!
//! ```text
//! event ──► router ──► instance ──► state (init, backup, master, fault)
//!             │           │             │ intent
//!             │           └ own: vips, sequence, senders, complaints, stats
//!             ├ index (whom does it concern)   group (what may each do) ──► order
//!             └ memberships (multicast), announcer (GARP, NA), tracked, deadlines ──► actions
//! ```
//!
//! Where the protocol is in RFC 9568: election and timers in `election`, `timing`; section 6.4.1 (Initialize) in
//! `init` and `instance`, 6.4.2 (Backup) in `backup`, 6.4.3 (Active) in `master`, 7.1 (receiving) in `receive`, 7.2
//! (transmitting) in `advert`. Version 2 is RFC 3768 with the authentication of RFC 2338.
#![forbid(unsafe_code)]

mod advert;
mod backup;
pub mod belonging;
mod complaint;
mod debounce;
mod echo;
pub mod election;
pub mod event;
mod fault;
mod garp;
mod group;
pub mod handover;
pub mod heirs;
mod index;
mod init;
mod instance;
pub mod link;
mod master;
mod memberships;
pub mod note;
mod orphans;
mod output;
pub mod ownlink;
mod ownlinks;
mod priority;
pub mod reason;
mod receipts;
mod receive;
pub mod router;
mod senders;
mod sequence;
mod signatures;
pub mod snapshot;
mod standing;
mod state;
mod stats;
#[cfg(test)]
mod testing;
pub mod timing;
mod tracked;
mod veil;
mod vips;

pub use receive::Rejection;
pub use router::Router;
pub use senders::Sender;
pub use signatures::Doubt;
pub use standing::Fault;
pub use stats::{Errors, ExtensionErrors, Stats};
