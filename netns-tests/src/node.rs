//! A node: a host of its own as far as network, /run, /tmp and /etc/keepalived are concerned, and the
//! daemon that runs on it.

mod counters;
mod daemon;

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use crate::command;
use crate::netns::{LabName, Netns, Process};
use crate::packet::Mac;
use crate::subject::Program;
use crate::timeline::NodeIndex;

pub use daemon::{LogDaemon, PROGRAM, ServiceManager, StuckConsole};

/// The configuration file, as the daemon sees it.
pub const CONFIG: &str = "/etc/keepalived/keepalived.conf";

/// A host of the laboratory.
#[derive(Debug)]
pub struct Node {
    name: String,
    index: NodeIndex,
    program: Program,
    netns: Netns,
    directory: PathBuf,
    daemon: Mutex<Option<Child>>,
    crashed: AtomicBool,
    ran: AtomicBool,
    environment: Mutex<BTreeMap<&'static str, String>>,
    /// MAC addresses that it may send from besides its own.
    macs: Mutex<Vec<Mac>>,
    /// The same for IP addresses.
    addresses: Mutex<Vec<IpAddr>>,
}

impl Node {
    pub(crate) fn new(
        name: &str,
        index: NodeIndex,
        program: Program,
        netns: Netns,
        directory: PathBuf,
    ) -> Self {
        for folder in ["etc", "run", "tmp"] {
            if let Err(error) = fs::create_dir_all(directory.join(folder)) {
                panic!("making {}/{folder}: {error}", directory.display());
            }
        }
        Self {
            name: name.to_owned(),
            index,
            program,
            netns,
            directory,
            daemon: Mutex::new(None),
            crashed: AtomicBool::new(false),
            ran: AtomicBool::new(false),
            environment: Mutex::new(BTreeMap::new()),
            macs: Mutex::default(),
            addresses: Mutex::default(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number in the timeline.
    #[must_use]
    pub fn index(&self) -> NodeIndex {
        self.index
    }

    /// Which program it runs.
    #[must_use]
    pub fn program(&self) -> Program {
        self.program
    }

    /// Its network namespace.
    #[must_use]
    pub fn netns(&self) -> &Netns {
        &self.netns
    }

    /// A name for a process, with the two letters `of` before it, that no other process of the host has. It
    /// fits into the 15 characters that the kernel keeps of a name.
    #[must_use]
    pub fn unique_name(&self, of: &str) -> String {
        let lab = LabName::of(self.netns.name());
        lab.map_or_else(String::new, |lab| lab.process_name(of, self.index))
    }

    /// Its own IPv4 address, 10.77.0.1 for the first node.
    #[must_use]
    pub fn ipv4(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, 0, self.octet())
    }

    /// Its own global IPv6 address, fd77::1 for the first node.
    #[must_use]
    pub fn ipv6(&self) -> Ipv6Addr {
        Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, self.octet().into())
    }

    /// Its link-local address, which the kernel forms from the MAC address (RFC 4291 appendix A).
    #[must_use]
    pub fn link_local(&self) -> Ipv6Addr {
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, self.octet().into())
    }

    /// Whether `ip` is one of the node's own addresses.
    #[must_use]
    pub fn is_at(&self, ip: IpAddr) -> bool {
        let own = [IpAddr::V4(self.ipv4()), IpAddr::V6(self.ipv6()), IpAddr::V6(self.link_local())];
        own.contains(&ip) || self.addresses.lock().unwrap_or_else(PoisonError::into_inner).contains(&ip)
    }

    /// The MAC address of its eth0.
    #[must_use]
    pub fn mac(&self) -> Mac {
        Mac([2, 0, 0, 0, 0, self.octet()])
    }

    /// From now on it may send from `ip` as well.
    pub fn gets_address(&self, ip: IpAddr) {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).push(ip);
    }

    /// From now on it may send from `mac` as well.
    pub fn gets_mac(&self, mac: Mac) {
        self.macs.lock().unwrap_or_else(PoisonError::into_inner).push(mac);
    }

    /// Whether `mac` is one that it may send from.
    #[must_use]
    pub fn has_mac(&self, mac: Mac) -> bool {
        mac == self.mac() || self.macs.lock().unwrap_or_else(PoisonError::into_inner).contains(&mac)
    }

    fn octet(&self) -> u8 {
        u8::try_from(self.index + 1).unwrap_or(u8::MAX)
    }

    /// Where on the host the node's file `path` is.
    ///
    /// # Panics
    /// If `path` is not below /etc/keepalived, /run or /tmp, which are all that a node has for itself.
    #[must_use]
    pub fn host_path(&self, path: &str) -> PathBuf {
        let places = [("/etc/keepalived/", "etc"), ("/run/", "run"), ("/tmp/", "tmp")];
        for (inside, outside) in places {
            if let Some(rest) = path.strip_prefix(inside) {
                return self.directory.join(outside).join(rest);
            }
        }
        panic!("{path} is not private to a node: use /etc/keepalived, /run or /tmp");
    }

    /// Writes the node's file `path`.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        if let Err(error) = fs::write(self.host_path(path), text) {
            panic!("writing {path} on {}: {error}", self.name);
        }
    }

    /// Writes a shell script with the lines `body`.
    ///
    /// # Panics
    /// If it cannot be written or made executable.
    pub fn write_script(&self, path: &str, body: &str) {
        self.write(path, &format!("#!/bin/sh\n{body}\n"));
        let mode = fs::Permissions::from_mode(0o755);
        if let Err(error) = fs::set_permissions(self.host_path(path), mode) {
            panic!("making {path} on {} executable: {error}", self.name);
        }
    }

    /// Lets every user write to the node's file `path`.
    ///
    /// # Panics
    /// If there is none.
    pub fn open_to_all(&self, path: &str) {
        if let Err(error) = fs::set_permissions(self.host_path(path), fs::Permissions::from_mode(0o666)) {
            panic!("opening {path} on {} to all: {error}", self.name);
        }
    }

    /// Removes the node's file `path`.
    ///
    /// # Panics
    /// If there is none, or if it cannot be removed.
    pub fn remove_file(&self, path: &str) {
        if let Err(error) = fs::remove_file(self.host_path(path)) {
            panic!("removing {path} on {}: {error}", self.name);
        }
    }

    /// What the kernel of the node believes to be the MAC address of its neighbour `ip`, as text.
    #[must_use]
    pub fn neighbour(&self, ip: IpAddr) -> Option<String> {
        let shown = command::run(&["ip", "-n", self.netns.name(), "neigh", "show", &ip.to_string()]);
        let mut words = shown.split_whitespace();
        words.find(|word| *word == "lladdr")?;
        words.next().map(str::to_owned)
    }

    /// Sends a datagram to the discard port of `ip`, so that the kernel has to find out where that is.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn talk_to(&self, ip: IpAddr) {
        let sent = self.netns.inside(|| {
            let any: IpAddr =
                if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
            std::net::UdpSocket::bind((any, 0)).and_then(|socket| socket.send_to(b"hello", (ip, 9)))
        });
        if let Err(error) = sent {
            panic!("sending to {ip} from {}: {error}", self.name);
        }
    }

    /// Runs `ip` with `arguments` on the node.
    pub fn ip(&self, arguments: &[&str]) {
        let mut argv = vec!["ip", "-n", self.netns.name()];
        argv.extend(arguments);
        let _ = command::run(&argv);
    }

    /// The text of the node's file `path`; empty if there is none.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.host_path(path)).unwrap_or_default()
    }

    /// Whether the node has a file `path`.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.host_path(path).symlink_metadata().is_ok()
    }

    /// The processes on the node.
    #[must_use]
    pub fn processes(&self) -> Vec<Process> {
        self.netns.processes()
    }
}
