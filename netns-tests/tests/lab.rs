//! The laboratory itself: it is private, it cleans up, and it notices.

#![expect(clippy::expect_used, reason = "a test ends where it finds a fault")]

use std::fs;
use std::net::Ipv4Addr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};

use netns_tests::conf::VIP4;
use netns_tests::netns::{self, LabName, Netns};
use netns_tests::prelude::*;
use netns_tests::timeline::Seen;
use netns_tests::witness;

fn lab(title: &str) -> Lab {
    Lab::new(title, &[("a", Program::Theirs), ("b", Program::Theirs)])
}

fn exists(netns: &str) -> bool {
    Path::new("/run/netns").join(netns).exists()
}

#[test]
fn nodes_reach_each_other_and_nobody_else() {
    let lab = lab("reach");
    let (a, b) = (lab.node("a"), lab.node("b"));
    let forged = Forged::v2(10);
    let sent = b.send(&forged);
    let (_, advert) = lab.expect_advert("b", sent, "forged", |_| true).within(secs(2));
    assert_eq!((advert.priority, advert.sender, advert.source), (10, b.mac(), b.ipv4().into()));
    a.ip(&["route", "get", &b.ipv4().to_string()]);
    let outside = Command::new("ip").args(["-n", a.netns().name(), "route", "get", "1.1.1.1"]).output();
    assert!(!outside.expect("ip").status.success(), "a node has a way out");
    lab.finish();
}

#[test]
fn kernel_changes_are_seen_with_all_their_details() {
    let lab = lab("details");
    let other = Ipv4Addr::new(10, 79, 0, 1);
    lab.node("a").ip(&["address", "add", "10.79.0.1/16", "dev", "eth0", "label", "eth0:v", "scope", "link"]);
    let address = lab.expect_address("a", other).within(secs(2));
    assert_eq!((address.prefix, address.scope, address.label.as_deref()), (16, 253, Some("eth0:v")));
    lab.node("a").ip(&["address", "add", "10.77.0.100/24", "dev", "eth0"]);
    lab.expect_owner("a", VIP4).within(secs(2));
    lab.node("b").ip(&["address", "add", "10.77.0.100/32", "dev", "eth0"]);
    lab.expect_holders(&["a", "b"], VIP4).within(secs(2));
    let moment = Stamp::now();
    lab.node("a").ip(&["address", "delete", "10.77.0.100/24", "dev", "eth0"]);
    lab.expect_loss("a", VIP4, moment).within(secs(2));
    lab.expect_owner("b", VIP4).within(secs(2));
}

/// How many frames the kernel of `node` has received on eth0.
fn received(node: &Node) -> u64 {
    let counters = node.netns().inside(|| fs::read_to_string("/proc/thread-self/net/dev")).expect("counters");
    let line = counters.lines().find_map(|line| line.trim().strip_prefix("eth0:")).expect("eth0");
    line.split_whitespace().nth(1).and_then(|packets| packets.parse().ok()).expect("a number of packets")
}

fn link_changes(lab: &Lab, from: Stamp) -> usize {
    lab.ask(|timeline| timeline.between(from..).filter(|e| matches!(e.seen, Seen::Link { .. })).count())
}

#[test]
fn a_cut_cable_keeps_its_carrier_and_a_pulled_one_does_not() {
    let lab = lab("cables");
    let (a, b) = (lab.node("a"), lab.node("b"));
    let from = Stamp::now();
    lab.link("a").cut();
    let before = received(b);
    let sent = a.send(&Forged::v2(10));
    lab.expect_advert("a", sent, "into the cut cable", |_| true).within(secs(2));
    pause(millis(50));
    assert_eq!(received(b), before, "the cut cable carries frames");
    lab.link("a").mend();
    a.send(&Forged::v2(10));
    let arrived = poll_until(secs(2), || (received(b) > before).then_some(()));
    assert!(arrived.is_some(), "the mended cable carries no frames");
    assert_eq!(link_changes(&lab, from), 0, "a node has noticed");
    lab.link("a").pull();
    let noticed = poll_until(secs(2), || (link_changes(&lab, from) == 1).then_some(()));
    assert!(noticed.is_some(), "nobody has noticed the pulled cable");
}

#[test]
fn an_expectation_that_fails_says_who_holds_what() {
    let lab = lab("failing expectation");
    let failed = catch_unwind(AssertUnwindSafe(|| lab.expect_owner("a", VIP4).within(millis(50))));
    let cause = failed.expect_err("nobody holds the address");
    let text = cause.downcast_ref::<String>().expect("a message");
    assert!(text.contains("expected [\"a\"]") && text.contains("a (theirs) holds [10.77.0.1/24"), "{text}");
}

#[test]
fn a_daemon_sees_its_own_run_tmp_and_etc() {
    let mark = format!("lab-test-{}", std::process::id());
    let lab = lab("private files");
    let a = lab.node("a");
    a.write_script("/etc/keepalived/notify.sh", &format!("touch /run/{mark} /tmp/{mark}"));
    a.start(&Conf::v3(100).line("notify_backup /etc/keepalived/notify.sh").text());
    let touched = || a.has_file(&format!("/run/{mark}")) && a.has_file(&format!("/tmp/{mark}"));
    assert!(poll_until(secs(5), || touched().then_some(())).is_some(), "{}", a.log());
    assert!(a.has_file("/run/keepalived.pid"), "{}", a.log());
    for host in ["/run", "/tmp", "/etc/keepalived"] {
        assert!(!Path::new(host).join(&mark).exists(), "a node has written to {host} of the host");
    }
    lab.finish();
}

#[test]
fn a_panicking_scenario_leaves_nothing() {
    let names = std::sync::Mutex::new(Vec::new());
    let directory = std::sync::Mutex::new(None);
    let played = catch_unwind(AssertUnwindSafe(|| {
        let lab = lab("panic");
        let node = lab.node("a");
        node.start(&Conf::v3(100).text());
        assert!(poll_until(secs(5), || (node.processes().len() >= 2).then_some(())).is_some());
        let known = [node, lab.node("b")].map(|node| node.netns().name().to_owned());
        names.lock().expect("names").extend(known);
        *directory.lock().expect("directory") = node.host_path("/run/x").parent().map(Path::to_owned);
        panic!("the scenario fails");
    }));
    assert!(played.is_err());
    let names = names.into_inner().expect("names");
    assert_eq!(names.len(), 2);
    for name in names {
        assert!(!exists(&name), "{name} is left");
    }
    let directory = directory.into_inner().expect("directory").expect("directory");
    assert!(!directory.exists(), "{} is left", directory.display());
}

/// What a killed run has left goes away, with the processes in it; what a living one uses stays.
#[test]
fn leftovers_of_the_dead_are_swept() {
    let mut owner = Command::new("sleep").arg("300").spawn().expect("sleep");
    let pid = owner.id();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("stat");
    let started = stat.rsplit_once(") ").and_then(|(_, fields)| fields.split(' ').nth(19)).expect("field 22");
    let name = format!("kalab-{pid}-{started}-1-a");
    assert!(LabName::of(&name).is_some_and(|lab| lab.owner_lives()));
    let directory = netns::lab_directories().join(format!("kalab-{pid}-{started}-1-files"));
    fs::create_dir_all(directory.join("a")).expect("directory");
    let mut netns = Netns::create(name.clone());
    let inside =
        Command::new("ip").args(["netns", "exec", &name, "sleep", "300"]).stdin(Stdio::null()).spawn();
    let mut inside = inside.expect("sleep in the namespace");
    assert!(poll_until(secs(5), || (!netns.processes().is_empty()).then_some(())).is_some());

    assert!(!netns::sweep().contains(&name));
    assert!(exists(&name) && directory.exists(), "the owner was alive");

    owner.kill().expect("kill");
    owner.wait().expect("wait");
    let _ = netns::sweep();
    assert!(!exists(&name) && !directory.exists(), "the owner is dead");
    let ended = poll_until(secs(5), || inside.try_wait().ok().flatten());
    assert!(ended.is_some(), "a process of the dead owner runs on");
    assert!(netns.remove().is_err(), "it was removed before");
}

#[test]
fn a_daemon_dies_with_its_laboratory() {
    let pids = {
        let lab = lab("dies");
        lab.node("a").start(&Conf::v3(100).text());
        let found =
            poll_until(secs(5), || Some(lab.node("a").processes()).filter(|processes| processes.len() >= 2));
        found.expect("two processes")
    };
    assert!(
        poll_until(secs(5), || pids.iter().all(netns::Process::is_gone).then_some(())).is_some(),
        "{pids:?}"
    );
}

/// A crash is silent on the wire and takes nothing back.
#[test]
fn a_crash_is_a_power_cut() {
    let lab = lab("crash");
    let a = lab.node("a");
    a.start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(secs(5));
    let death = a.crash();
    lab.expect_steady(VIP4, millis(500));
    lab.expect_owner("a", VIP4).within(millis(1));
    let said = lab.adverts("a", death, Stamp::now());
    assert!(said.iter().all(|(_, advert)| advert.priority != 0), "{said:?}");
    assert!(said.len() <= 1, "the dead talk: {said:?}");
}

/// tcpdump notices wrong checksums of both versions, so its silence means something.
#[test]
fn the_witness_finds_wrong_checksums() {
    let lab = lab("witness");
    let node = lab.node("a");
    let wrong = Checksum::Wrong;
    let sent = node.send(&Forged::v2(10));
    node.send(&Forged::v3(10));
    node.send(&Forged { checksum: wrong, ..Forged::v2(11) });
    node.send(&Forged { checksum: wrong, ..Forged::v3(12) });
    lab.expect_advert("a", sent, "of four", |advert| advert.priority == 12).within(secs(2));
    let path = node.host_path("/tmp/all.pcap");
    lab.ask(|timeline| witness::write_pcap(timeline, &[node.index()], &path)).expect("capture file");
    let decoded = witness::decode(&path);
    let complaints = witness::complaints(&decoded);
    assert_eq!(complaints.len(), 2, "{decoded}");
    assert!(complaints.iter().all(|line| line.contains("bad vrrp cksum")), "{complaints:?}");
}
