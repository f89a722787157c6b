//! Files, processes and checks without a process, real ones, that move the address and give it back.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;

use netns_tests::matrix;
use netns_tests::prelude::*;

use crate::{PATIENCE, start_pair};

/// The file that is tracked.
const FILE: &str = "/run/keepalived.d/weight";

/// An instance that tracks something called `it`, which `block` defines.
fn tracking(block: &str, list: &str) -> Conf {
    Conf::v3(150).block(block).line(&format!("{list} {{\n    it\n}}"))
}

fn file_conf(options: &str) -> Conf {
    tracking(&format!("vrrp_track_file it {{\n    file {FILE}\n    {options}\n}}"), "track_file")
}

fn make_directory(node: &Node) {
    std::fs::create_dir_all(node.host_path("/run/keepalived.d")).expect("a directory for the file");
}

/// The number in a file is added to the priority, whoever writes it however.
fn file_moves_the_address(lab: &Lab) {
    let a = lab.node("a");
    make_directory(a);
    a.write(FILE, "0");
    start_pair(lab, &file_conf("weight 1"), &Conf::v3(100));
    let written = Stamp::now();
    a.write(FILE, "-60\n");
    lab.expect_advert("a", written, "with priority 90", |advert| advert.priority == 90).within(secs(2));
    lab.expect_owner("b", VIP4).within(PATIENCE);
    // As an editor does it: a new file takes the place of the old one.
    a.write("/run/keepalived.d/new", "5");
    let moved = Stamp::now();
    std::fs::rename(a.host_path("/run/keepalived.d/new"), a.host_path(FILE))
        .expect("a file that takes its place");
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_advert("a", moved, "with priority 155", |advert| advert.priority == 155).within(secs(2));
    let removed = Stamp::now();
    a.remove_file(FILE);
    lab.expect_advert("a", removed, "with priority 150", |advert| advert.priority == 150).within(secs(2));
}

/// Any number but 0 is a fault if there is no weight.
fn file_without_weight_is_a_fault(lab: &Lab) {
    let a = lab.node("a");
    make_directory(a);
    a.write(FILE, "0");
    start_pair(lab, &file_conf("weight 0"), &Conf::v3(100));
    a.write(FILE, "1");
    lab.expect_owner("b", VIP4).within(PATIENCE);
    a.write(FILE, "0");
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A directory that is deleted and made again is watched again.
fn directory_comes_back(lab: &Lab) {
    let a = lab.node("a");
    make_directory(a);
    a.write(FILE, "20");
    a.start(&file_conf("weight 1").text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let deleted = Stamp::now();
    std::fs::remove_dir_all(a.host_path("/run/keepalived.d")).expect("a directory that goes");
    lab.expect_advert("a", deleted, "with priority 150", |advert| advert.priority == 150).within(secs(3));
    let log = a.log();
    assert!(log.contains("the directory /run/keepalived.d is gone"), "{log}");
    make_directory(a);
    a.write(FILE, "30");
    lab.expect_advert("a", deleted, "with priority 180", |advert| advert.priority == 180).within(secs(8));
    let again = Stamp::now();
    a.write(FILE, "40");
    lab.expect_advert("a", again, "with priority 190", |advert| advert.priority == 190).within(secs(2));
}

/// `init_file` makes the file when the daemon starts, and leaves it alone when only its child is started again.
fn file_is_made_once(lab: &Lab) {
    let a = lab.node("a");
    make_directory(a);
    a.start(&file_conf("weight 1\n    init_file 10 overwrite").text());
    let began = Stamp::now();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_advert("a", began, "with priority 160", |advert| advert.priority == 160).within(secs(2));
    a.write(FILE, "25");
    let (_, children) = a.family();
    children.iter().for_each(|child| child.signal(nix::sys::signal::Signal::SIGKILL));
    lab.expect_advert("a", Stamp::now(), "with priority 175", |advert| advert.priority == 175)
        .within(PATIENCE);
}

/// A process that sleeps under a name that no other test has.
struct Sleeper {
    child: Child,
    program: std::path::PathBuf,
}

impl Sleeper {
    fn start(name: &str) -> Sleeper {
        let program = std::env::temp_dir().join(name);
        if !program.exists() {
            std::fs::copy("/usr/bin/sleep", &program).expect("a copy of sleep");
        }
        let child =
            Command::new(&program).arg("300").stdin(Stdio::null()).spawn().expect("a process that sleeps");
        Sleeper { child, program }
    }

    /// Ends it; nobody buries it before `bury`.
    fn kill(&mut self) {
        self.child.kill().expect("a process that can be killed");
    }

    fn bury(&mut self) {
        self.child.wait().expect("a process that has ended");
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        // It may have ended before.
        self.child.kill().ok();
        self.child.wait().ok();
        std::fs::remove_file(&self.program).ok();
    }
}

/// A process that ends moves the address, also while it has not been buried; one that begins moves it back.
fn process_moves_the_address(lab: &Lab) {
    let name = format!("kasleep{}{}", std::process::id() % 10_000, lab.node("a").ipv4().octets()[3]);
    let name = format!("{name}{}", Stamp::now().since_boot().as_nanos() % 1000);
    let mut sleeper = Sleeper::start(&name);
    let block = format!("vrrp_track_process it {{\n    process {name}\n    weight 60\n    quorum 1\n}}");
    start_pair(lab, &tracking(&block, "track_process").line("priority 90"), &Conf::v3(100));
    let killed = Stamp::now();
    sleeper.kill();
    lab.expect_advert("a", killed, "with priority 90", |advert| advert.priority == 90).within(secs(1));
    lab.expect_owner("b", VIP4).within(PATIENCE);
    sleeper.bury();
    let _second = Sleeper::start(&name);
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A server on a node: it answers every request with a status that can be changed.
struct Server {
    status: Arc<AtomicU16>,
    port: u16,
}

impl Server {
    /// Listens at `address` on the node. It goes on until the test is over.
    fn start(node: &Node, address: Ipv4Addr) -> Server {
        let listener = node
            .netns()
            .inside(|| TcpListener::bind((address, 0)))
            .expect("a socket that listens on the node");
        let port = listener.local_addr().as_ref().map_or(0, SocketAddr::port);
        let status = Arc::new(AtomicU16::new(200));
        let answer = Arc::clone(&status);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 1024];
                let status = answer.load(Ordering::Relaxed);
                // A client that does not wait for the answer is none of our business.
                let _ = stream.read(&mut request);
                let _ = write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\n\r\n");
            }
        });
        Server { status, port }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }
}

fn check_conf(check: &str) -> Conf {
    let block =
        format!("vrrp_script it {{\n    check {check}\n    interval 1\n    timeout 0.5\n    weight -60\n}}");
    tracking(&block, "track_script")
}

/// Waits for a line of the log.
fn expect_log(node: &Node, wanted: &str) {
    let found = poll_until(PATIENCE, || node.log().contains(wanted).then_some(()));
    assert!(found.is_some(), "{wanted:?} is not in the log:\n{}", node.log());
}

/// A connection that can no longer be made lowers the priority.
fn check_tcp(lab: &Lab) {
    let (a, b) = (lab.node("a"), lab.node("b"));
    let listener = b.netns().inside(|| TcpListener::bind((b.ipv4(), 7777))).expect("a socket that listens");
    a.start(&check_conf(&format!("tcp {} 7777", b.ipv4())).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert_eq!(lab.last_advert("a", Stamp::now()).1.priority, 150);
    let closed = Stamp::now();
    drop(listener);
    lab.expect_advert("a", closed, "with priority 90", |advert| advert.priority == 90).within(secs(4));
    expect_log(a, "VRRP_Script(it) failed (connection refused)");
    let _again =
        b.netns().inside(|| TcpListener::bind((b.ipv4(), 7777))).expect("a socket that listens again");
    let opened = Stamp::now();
    lab.expect_advert("a", opened, "with priority 150", |advert| advert.priority == 150).within(secs(4));
    expect_log(a, "VRRP_Script(it) succeeded");
}

/// A page with another status lowers the priority; its server has a name, which the parent looks up.
fn check_http(lab: &Lab) {
    let a = lab.node("a");
    let server = Server::start(a, Ipv4Addr::LOCALHOST);
    a.start(&check_conf(&format!("http http://localhost:{}/up 200", server.port)).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert_eq!(lab.last_advert("a", Stamp::now()).1.priority, 150);
    server.answers(503);
    expect_log(a, "VRRP_Script(it) failed (status 503 instead of 200)");
    let failed = Stamp::now();
    lab.expect_advert("a", failed, "with priority 90", |advert| advert.priority == 90).within(secs(2));
    server.answers(200);
    expect_log(a, "VRRP_Script(it) succeeded");
}

/// A host behind a cut cable answers neither an echo nor an ARP request.
fn silence_fails(lab: &Lab, check: &str, reason: &str) {
    let a = lab.node("a");
    a.start(&check_conf(check).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert_eq!(lab.last_advert("a", Stamp::now()).1.priority, 150);
    lab.link("b").cut();
    expect_log(a, reason);
    let failed = Stamp::now();
    lab.expect_advert("a", failed, "with priority 90", |advert| advert.priority == 90).within(secs(2));
    lab.link("b").mend();
    expect_log(a, "VRRP_Script(it) succeeded");
}

fn check_ping(lab: &Lab) {
    let to = lab.node("b").ipv4();
    silence_fails(lab, &format!("ping {to}"), "VRRP_Script(it) failed (no reply within 0.5s)");
}

fn check_ping_of_ipv6(lab: &Lab) {
    let to = lab.node("b").link_local();
    silence_fails(lab, &format!("ping {to} dev eth0"), "VRRP_Script(it) failed (no reply within 0.5s)");
}

fn check_arp(lab: &Lab) {
    let to = lab.node("b").ipv4();
    silence_fails(lab, &format!("arp {to}"), "VRRP_Script(it) failed (no reply within 0.5s)");
}

/// Plays a scenario that only our program can: nodes `a` with the daemon, `b` without.
fn play(scenario: fn(&Lab)) {
    let lab = Lab::new("checks", &[("a", Program::Ours), ("b", Program::Ours)]);
    scenario(&lab);
    lab.finish();
}

#[test]
fn tcp() {
    play(check_tcp);
}

#[test]
fn http() {
    play(check_http);
}

#[test]
fn ping() {
    play(check_ping);
}

#[test]
fn ping_of_ipv6() {
    play(check_ping_of_ipv6);
}

#[test]
fn arp() {
    play(check_arp);
}

/// The C program is told of processes in the first network namespace only.
#[test]
fn process() {
    play(process_moves_the_address);
}

#[test]
fn deleted_directory() {
    play(directory_comes_back);
}

#[test]
fn init_file() {
    play(file_is_made_once);
}

matrix!(file_moves_the_address, file_without_weight_is_a_fault);
