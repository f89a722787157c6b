//! The laboratory: one bridge, one namespace per node, a cable from each node's eth0 to the bridge.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::clock::Stamp;
use crate::command;
use crate::form;
use crate::link::Link;
use crate::netns::{self, LabName, Netns, SETTLE};
use crate::node::Node;
use crate::observe::{Observer, Ports};
use crate::subject::Program;
use crate::timeline::{Seen, Timeline};
use crate::witness;

/// Interface indices of the ports in the bridge's namespace begin here, so that they are known beforehand.
const FIRST_PORT: usize = 100;

/// The same for the loose ends of second interfaces.
const FIRST_SPARE: usize = 200;

/// A LAN with hosts on it. Dropping it ends every daemon and removes everything, also while panicking; then
/// it first says what happened.
#[derive(Debug)]
pub struct Lab {
    title: String,
    observer: Observer,
    nodes: Vec<Node>,
    ports: Vec<String>,
    bridge: Netns,
    directory: PathBuf,
    began: Stamp,
}

impl Lab {
    /// Builds a LAN with the nodes `cast`, each with the program it runs. Returns when every interface is up
    /// and every address usable.
    ///
    /// # Panics
    /// If anything of it fails, as it does without root.
    #[must_use]
    pub fn new(title: &str, cast: &[(&str, Program)]) -> Self {
        netns::settle_in();
        let name = LabName::fresh();
        let directory = netns::lab_directories().join(name.part("files"));
        let bridge = Netns::create(name.part("lan"));
        bridge.sysctl("net/ipv6/conf/default/disable_ipv6", "1");
        let nodes: Vec<Node> = cast
            .iter()
            .enumerate()
            .map(|(index, (node, program))| {
                let netns = Netns::create(name.part(node));
                prepare(&netns);
                Node::new(node, index, *program, netns, directory.join(node))
            })
            .collect();
        let names: Vec<&str> = cast.iter().map(|(node, _)| *node).collect();
        let netnses: Vec<&Netns> = nodes.iter().map(Node::netns).collect();
        let ports: Ports = (0..nodes.len()).map(|index| (FIRST_PORT + index, index)).collect();
        let observer = Observer::start(&names, &netnses, &bridge, ports);
        let ports = names.iter().map(|node| format!("port-{node}")).collect();
        let began = Stamp::now();
        let lab = Self { title: title.to_owned(), observer, nodes, ports, bridge, directory, began };
        lab.wire();
        lab.settle();
        lab
    }

    fn wire(&self) {
        let lan = "link add name lan type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n\
                   link set dev lan up\n";
        let cables = self.nodes.iter().zip(&self.ports).map(|(node, port)| cable(node, port));
        let batch: String = [lan.to_owned()].into_iter().chain(cables).collect();
        let _ = command::feed(&["ip", "-n", self.bridge.name(), "-batch", "-"], &batch);
        for node in &self.nodes {
            plug_in(node);
        }
    }

    /// Makes eth0 and the cable of the node called `name` anew, after they were deleted.
    pub fn rewire(&self, name: &str) {
        let node = self.node(name);
        let batch = self.ports.get(node.index()).map(|port| cable(node, port)).unwrap_or_default();
        let _ = command::feed(&["ip", "-n", self.bridge.name(), "-batch", "-"], &batch);
        plug_in(node);
    }

    fn settle(&self) {
        let settled = self.observer.wait(SETTLE, |timeline| {
            let usable = |node: &Node, ip| timeline.holders(ip).iter().any(|(n, _)| *n == node.index());
            self.nodes
                .iter()
                .all(|node| {
                    usable(node, node.ipv4().into())
                        && usable(node, node.ipv6().into())
                        && usable(node, node.link_local().into())
                })
                .then_some(())
        });
        assert!(settled.is_ok(), "the addresses of the nodes did not settle within {SETTLE:?}");
    }

    /// The node called `name`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn node(&self, name: &str) -> &Node {
        let found = self.nodes.iter().find(|node| node.name() == name);
        found.unwrap_or_else(|| panic!("no node {name} in {}", self.title))
    }

    /// All nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The cable of the node called `name`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn link(&self, name: &str) -> Link<'_> {
        let index = self.node(name).index();
        match self.ports.get(index) {
            Some(port) => Link { bridge: &self.bridge, port },
            None => panic!("node {name} has no cable"),
        }
    }

    /// Gives the node called `name` a second interface eth1, up and running, without addresses, whose other
    /// end hangs loose in the namespace of the bridge. Returns its cable.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn second_link(&self, name: &str) -> SecondLink<'_> {
        let node = self.node(name);
        let (netns, port) = (node.netns().name(), format!("spare-{name}"));
        // The kernel takes its time to report a carrier if both ends have the same index.
        let index = FIRST_SPARE + node.index();
        let batch = format!(
            "link add name {port} index {index} type veth peer name eth1 netns {netns}\nlink set dev {port} up\n"
        );
        let _ = command::feed(&["ip", "-n", self.bridge.name(), "-batch", "-"], &batch);
        node.ip(&["link", "set", "dev", "eth1", "addrgenmode", "none", "up"]);
        let up = self.observer.wait(SETTLE, |timeline| {
            let mut entries = timeline.between(self.began..);
            entries.find(|entry| {
                let seen =
                    matches!(&entry.seen, Seen::Link { interface, running: true } if interface == "eth1");
                entry.node == node.index() && seen
            })?;
            Some(())
        });
        assert!(up.is_ok(), "eth1 of {name} is not up within {SETTLE:?}");
        SecondLink { bridge: &self.bridge, port }
    }

    /// The observer.
    #[must_use]
    pub fn observer(&self) -> &Observer {
        &self.observer
    }

    /// When the laboratory was ready.
    #[must_use]
    pub fn began(&self) -> Stamp {
        self.began
    }

    /// Ends the scenario: stops every daemon in order, then checks that none has left a process, a pid file
    /// or an address behind (unless it was made to crash and not started again), that every packet had the
    /// right form, and that tcpdump finds no fault with any of them either.
    ///
    /// # Panics
    /// If something is left or wrong.
    pub fn finish(&self) {
        for node in self.nodes.iter().filter(|node| node.is_running()) {
            node.stop();
        }
        for node in self.nodes.iter().filter(|node| !node.has_crashed()) {
            let own = [node.ipv4().into(), node.ipv6().into(), node.link_local().into()];
            self.expect_addresses(node.name(), &own).within(SETTLE);
            let pid_files: Vec<&str> =
                ["/run/keepalived.pid", "/run/vrrp.pid", "/run/checkers.pid", "/run/bfd.pid"]
                    .into_iter()
                    .filter(|file| node.has_file(file))
                    .collect();
            assert!(pid_files.is_empty(), "left on {}: {pid_files:?}", node.name());
        }
        let faults = self.ask(|timeline| form::faults(timeline, &self.nodes));
        assert!(faults.is_empty(), "packets without the right form:\n{}", faults.join("\n"));
        let decoded = self.tcpdump();
        // tcpdump takes a signature for a part of what the checksum of a message covers, and knows none of old.
        let words = ["auth_hmac", "old_unicast_checksum"];
        let says = |node: &Node| words.iter().any(|word| node.read(crate::node::CONFIG).contains(word));
        let unusual = self.nodes.iter().any(says);
        let mut complaints = witness::complaints(&decoded);
        complaints.retain(|line| !unusual || !line.contains("bad vrrp cksum"));
        assert!(complaints.is_empty(), "tcpdump finds fault with packets:\n{}", complaints.join("\n"));
    }

    /// What tcpdump reads in everything that daemons have sent so far.
    ///
    /// # Panics
    /// If the capture file cannot be written or read.
    #[must_use]
    pub fn tcpdump(&self) -> String {
        let path = self.directory.join("lan.pcap");
        let senders: Vec<_> = self.nodes.iter().filter(|node| node.runs_daemons()).map(Node::index).collect();
        if let Err(error) = witness::write_pcap(&self.observer.timeline(), &senders, &path) {
            panic!("writing {}: {error}", path.display());
        }
        witness::decode(&path)
    }

    fn report(&self) {
        let mut text = format!("--- {} ---\n", self.title);
        for node in &self.nodes {
            let (name, program) = (node.name(), node.program());
            writeln!(text, "--- {name} ({program}): configuration\n{}", node.read(crate::node::CONFIG)).ok();
            writeln!(text, "--- {name} ({program}): log\n{}", node.log()).ok();
            writeln!(text, "--- {name} ({program}): processes {:?}", node.processes()).ok();
        }
        writeln!(text, "--- seen by the kernel and on the wire\n{}", self.observer.timeline().render()).ok();
        match self.keep(&text) {
            Ok(folder) => writeln!(text, "--- this and the capture are kept in {}", folder.display()).ok(),
            Err(error) => writeln!(text, "--- nothing of this is kept: {error}").ok(),
        };
        print_report(&text);
    }

    /// Keeps the report and a capture file where the next `cargo clean` finds them.
    fn keep(&self, report: &str) -> std::io::Result<PathBuf> {
        let executable = std::env::current_exe()?;
        let target = executable.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
        let thread = std::thread::current().name().unwrap_or(&self.title).replace("::", ".");
        let folder = target.unwrap_or(Path::new("target")).join("netns-failures").join(thread);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("report.txt"), report)?;
        let senders: Vec<_> = self.nodes.iter().map(Node::index).collect();
        witness::write_pcap(&self.observer.timeline(), &senders, &folder.join("lan.pcap"))?;
        Ok(folder)
    }
}

#[expect(clippy::print_stdout, reason = "the report of a failed test belongs to the test's captured output")]
fn print_report(text: &str) {
    println!("{text}");
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.report();
        }
        let mut left: Vec<String> = self.nodes.iter_mut().filter_map(|node| node.remove().err()).collect();
        left.extend(self.bridge.remove().err());
        self.observer.stop();
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            left.push(format!("removing {}: {error}", self.directory.display()));
        }
        if !std::thread::panicking() {
            assert!(left.is_empty(), "{} was not taken down:\n{}", self.title, left.join("\n"));
        }
    }
}

/// The cable of a second interface.
#[derive(Debug)]
pub struct SecondLink<'a> {
    bridge: &'a Netns,
    port: String,
}

impl SecondLink<'_> {
    /// The cable itself.
    #[must_use]
    pub fn link(&self) -> Link<'_> {
        Link { bridge: self.bridge, port: &self.port }
    }
}

/// Commands for `ip -batch` in the namespace of the bridge: the cable of `node`, plugged into the bridge.
fn cable(node: &Node, port: &str) -> String {
    let index = FIRST_PORT + node.index();
    let (mac, netns) = (node.mac(), node.netns().name());
    format!(
        "link add name {port} index {index} type veth peer name eth0 address {mac:?} netns {netns}\n\
         link set dev {port} master lan up\n"
    )
}

/// Brings eth0 of `node` up and gives it its addresses.
fn plug_in(node: &Node) {
    let (ipv4, ipv6) = (node.ipv4(), node.ipv6());
    let batch =
        format!("link set dev eth0 up\naddress add {ipv4}/24 dev eth0\naddress add {ipv6}/64 dev eth0\n");
    let _ = command::feed(&["ip", "-n", node.netns().name(), "-batch", "-"], &batch);
}

/// Settings of a node's namespace: no waiting for duplicate address detection, no router solicitations, and
/// an ARP cache that does not surprise.
fn prepare(netns: &Netns) {
    for scope in ["all", "default"] {
        netns.sysctl(&format!("net/ipv6/conf/{scope}/accept_dad"), "0");
        netns.sysctl(&format!("net/ipv6/conf/{scope}/dad_transmits"), "0");
        netns.sysctl(&format!("net/ipv6/conf/{scope}/router_solicitations"), "0");
    }
}

/// The state of the LAN as one likes to ask for it.
impl Lab {
    /// Runs `question` on the timeline.
    pub fn ask<T>(&self, question: impl FnOnce(&Timeline) -> T) -> T {
        question(&self.observer.timeline())
    }
}
