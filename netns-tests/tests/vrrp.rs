//! Scenarios of VRRP: the subject against the peer, the peer against the subject, the subject against itself.
//!
//! Node `a` is the one that is meant to be master; both programs play both parts.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it finds a fault"
)]

#[path = "vrrp/attacks.rs"]
mod attacks;
#[path = "vrrp/contract.rs"]
mod contract;
#[path = "vrrp/crash.rs"]
mod crash;
#[path = "vrrp/election.rs"]
mod election;
#[path = "vrrp/failover.rs"]
mod failover;
#[path = "vrrp/fifo.rs"]
mod fifo;
#[path = "vrrp/firewall.rs"]
mod firewall;
#[path = "vrrp/hooks.rs"]
mod hooks;
#[path = "vrrp/hostile.rs"]
mod hostile;
#[path = "vrrp/links.rs"]
mod links;
#[path = "vrrp/mail.rs"]
mod mail;
#[path = "vrrp/nginx.rs"]
mod nginx;
#[path = "vrrp/notify.rs"]
mod notify;
#[path = "vrrp/owned.rs"]
mod owned;
#[path = "vrrp/processes.rs"]
mod processes;
#[path = "vrrp/reload.rs"]
mod reload;
#[path = "vrrp/signed.rs"]
mod signed;
#[path = "vrrp/startup.rs"]
mod startup;
#[path = "vrrp/track.rs"]
mod track;
#[path = "vrrp/trackers.rs"]
mod trackers;
#[path = "vrrp/vmac.rs"]
mod vmac;
#[path = "vrrp/wire.rs"]
mod wire;

use std::time::Duration;

use netns_tests::prelude::*;

/// How late a loaded host may run a process.
const LATE: Duration = millis(250);

/// How long a daemon may take from its start to being ready.
const START: Duration = secs(2);

/// A deadline for what has to happen, and may happen late on a loaded host: an election and whatever precedes it
/// take less. What has to happen in time is measured, see [`expect_elapsed`].
const PATIENCE: Duration = secs(8);

/// Makes `a` master and `b` backup of [`VIP4`].
fn start_pair(lab: &Lab, a: &Conf, b: &Conf) {
    start_both(lab, &a.text(), &b.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// Starts `a` and then `b`. The better of them has to be ahead: on a loaded host the other one could else be
/// master for a moment.
fn start_both(lab: &Lab, a: &str, b: &str) {
    lab.node("a").start(a);
    lab.node("a").expect_listening(PATIENCE);
    lab.node("b").start(b);
}
