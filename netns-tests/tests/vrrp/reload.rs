//! Reloads: what is unchanged goes on without a packet more, what changed changes in one step, and a file that cannot
//! be run changes nothing.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr};

use netns_tests::node::{CONFIG, ServiceManager};
use netns_tests::prelude::*;
use netns_tests::timeline::Seen;
use nix::sys::signal::Signal;

use crate::PATIENCE;

#[path = "reload/changes.rs"]
mod changes;
#[path = "reload/instances.rs"]
mod instances;
#[path = "reload/refusals.rs"]
mod refusals;
#[path = "reload/storms.rs"]
mod storms;
#[path = "reload/words.rs"]
mod words;

/// How long the C program may take for a reload; it does not say when it has finished.
const THEIR_RELOAD: std::time::Duration = millis(800);

/// A daemon whose configuration changes while it runs.
struct Reloader<'a> {
    node: &'a Node,
    manager: ServiceManager,
}

impl<'a> Reloader<'a> {
    /// Starts the daemon of `node` on `conf`.
    fn start(node: &'a Node, conf: &impl Display) -> Self {
        let manager = node.manage_service();
        node.start(&conf.to_string());
        if node.program() == Program::Ours {
            manager.expect("READY=1", PATIENCE);
        }
        Self { node, manager }
    }

    /// Asks the daemon to go over to `conf`.
    fn ask(&self, conf: &impl Display) -> Stamp {
        drop(self.manager.heard());
        replace(self.node, conf);
        self.node.signal(Signal::SIGHUP)
    }

    /// Lets the daemon go over to `conf`, and waits until it has.
    fn reload(&self, conf: &impl Display) -> Stamp {
        let asked = self.ask(conf);
        self.finish();
        asked
    }

    /// Waits for the end of a reload that was asked for.
    fn finish(&self) {
        match self.node.program() {
            Program::Ours => drop(self.manager.expect("READY=1", PATIENCE)),
            Program::Theirs => pause(THEIR_RELOAD),
        }
    }
}

/// Writes a configuration so that nobody reads half of it.
fn replace(node: &Node, conf: &impl Display) {
    let beside = format!("{CONFIG}.new");
    node.write(&beside, &conf.to_string());
    std::fs::rename(node.host_path(&beside), node.host_path(CONFIG))
        .expect("putting the configuration in its place");
}

/// The addresses that have come and gone at `node` since `from`.
fn moved(lab: &Lab, node: &str, from: Stamp) -> Vec<String> {
    let node = lab.node(node).index();
    lab.ask(|timeline| {
        let here = timeline.between(from..).filter(|entry| entry.node == node);
        here.filter_map(|entry| match &entry.seen {
            Seen::Added(address) => Some(format!("+{}", address.ip)),
            Seen::Removed(address) => Some(format!("-{}", address.ip)),
            Seen::Frame { .. } | Seen::Link { .. } | Seen::Mark(_) => None,
        })
        .collect()
    })
}

/// What `node` has announced since `from`.
fn announced(lab: &Lab, node: &str, ip: impl Into<IpAddr>, from: Stamp) -> usize {
    let (node, ip) = (lab.node(node).index(), ip.into());
    lab.ask(|timeline| timeline.announcements(node, ip, from..).count())
}

/// A second address for instances.
const MORE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 101);

/// An instance beside [`Conf`]'s, with `addresses`.
fn other(name: &str, vrid: u8, addresses: &[Ipv4Addr], more: &str) -> String {
    let addresses: Vec<String> = addresses.iter().map(|ip| format!("{ip}/24")).collect();
    format!(
        "vrrp_instance {name} {{\n    interface eth0\n    virtual_router_id {vrid}\n    version 3\n    priority 150\n    \
         advert_int 0.2\n    {more}\n    virtual_ipaddress {{\n        {}\n    }}\n}}",
        addresses.join("\n        ")
    )
}
