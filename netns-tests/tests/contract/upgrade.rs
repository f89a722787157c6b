//! A package has replaced the program file: the daemon becomes that program when it is asked to, and stays what it is if
//! what is there is no program that could take its place.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use netns_tests::node::{CONFIG, PROGRAM};
use netns_tests::prelude::*;
use netns_tests::subject::play_alone;

use crate::{PATIENCE, expect_file, send};

/// Puts a file with this content in the place of the program, as a package does.
fn replace(node: &Node, content: &[u8]) -> u64 {
    let (new, place) = (node.host_path("/run/.program/new"), node.host_path(PROGRAM));
    fs::write(&new, content).expect("a file");
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).expect("it is ours");
    fs::rename(&new, &place).expect("the same directory");
    fs::metadata(&place).expect("it is there").ino()
}

/// Asks for the upgrade by its name.
fn ask(node: &Node) {
    let (_, number) = node.run(&["--signum=UPGRADE"]);
    send(node.daemon_process(), number.trim());
}

/// Which file a process runs.
fn file_of(pid: i32) -> u64 {
    fs::metadata(format!("/proc/{pid}/exe")).map(|about| about.ino()).unwrap_or_default()
}

const FILES: [&str; 3] = ["/run/vrrp.pid", "/run/checkers.pid", "/run/bfd.pid"];

fn children(node: &Node) -> Vec<i32> {
    FILES.iter().map(|file| expect_file(node, file).trim().parse().expect("a number")).collect()
}

/// `a` is master, `x` backup. The program of `a` is a file of its own.
fn start(lab: &Lab) -> &Node {
    let (a, x) = (lab.node("a"), lab.node("x"));
    a.install_program();
    a.write(CONFIG, &Conf::v3(150).text());
    a.restart_with(&["--all"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    x.start(&Conf::v3(100).text());
    x.expect_listening(PATIENCE);
    a
}

/// From `began` on nobody has lost the address or got it, and the backup has said nothing.
fn expect_nobody_noticed(lab: &Lab, began: Stamp) {
    lab.expect_owner("a", VIP4).within(millis(1));
    let (a, x) = (lab.node("a").index(), lab.node("x").index());
    lab.ask(|timeline| {
        assert_eq!(timeline.lost(a, VIP4.into(), began..), None, "{}", timeline.render());
        assert_eq!(timeline.gained(x, VIP4.into(), began..), None, "{}", timeline.render());
        assert_eq!(timeline.adverts(x, began..).count(), 0, "{}", timeline.render());
        let resigned = timeline.adverts(a, began..).filter(|(_, advert)| advert.priority == 0).count();
        assert_eq!(resigned, 0, "{}", timeline.render());
    });
}

/// Another file with another content, twice: every process runs that then, and nobody on the LAN notices.
fn another_program(lab: &Lab) {
    let a = start(lab);
    let program = fs::read(a.program().binary()).expect("the program");
    let began = Stamp::now();
    for count in 1..=2 {
        let before = children(a);
        let content = [&program[..], "another\n".repeat(count).as_bytes()].concat();
        let file = replace(a, &content);
        pause(millis(300));
        assert!(children(a).iter().all(|pid| file_of(*pid) != file), "nobody has asked for it");
        ask(a);
        let all_new = poll_until(PATIENCE, || {
            let now = children(a);
            let new = now.iter().chain(&[a.daemon_process()]).all(|pid| file_of(*pid) == file);
            (new && before.iter().all(|old| !now.contains(old))).then_some(())
        });
        assert!(all_new.is_some(), "upgrade {count}: {:?}\n{}", a.processes(), a.log());
        pause(secs(1));
        assert_eq!(a.processes().len(), 4, "{:?}", a.processes());
    }
    expect_nobody_noticed(lab, began);
    a.stop();
    assert!(FILES.iter().all(|file| !a.has_file(file)), "pid files are left");
}

/// What cannot take our place is named, and nothing is touched: no program at all, a part of one, other programs, one that
/// does not answer. The next good one is taken.
fn no_program(lab: &Lab) {
    let a = start(lab);
    let program = fs::read(a.program().binary()).expect("the program");
    let (before, began) = (children(a), Stamp::now());
    let other = |path: &str| fs::read(path).expect("a program of Debian");
    let part = program.len() / 20;
    for (what, content) in [
        ("a text", b"not a program\n".to_vec()),
        ("nothing", Vec::new()),
        ("a header", program[..100].to_vec()),
        ("a part of a program", program[..part].to_vec()),
        ("a missing interpreter", b"#!/nonexistent\n".to_vec()),
        ("the C program", other("/usr/sbin/keepalived")),
        ("true", other("/usr/bin/true")),
        ("false", other("/usr/bin/false")),
        ("silence", b"#!/bin/sh\nexec sleep 60\n".to_vec()),
    ] {
        let said = a.log().matches("this program goes on").count();
        replace(a, &content);
        send(a.daemon_process(), "42");
        let told =
            poll_until(PATIENCE, || (a.log().matches("this program goes on").count() > said).then_some(()));
        assert!(told.is_some(), "{what}: {}", a.log());
        assert_eq!(children(a), before, "{what}: {}", a.log());
    }
    fs::remove_file(a.host_path(PROGRAM)).expect("it is there");
    send(a.daemon_process(), "42");
    pause(millis(300));
    assert_eq!(children(a), before, "{}", a.log());
    expect_nobody_noticed(lab, began);
    let file = replace(a, &program);
    ask(a);
    let new = poll_until(PATIENCE, || (file_of(children(a)[0]) == file).then_some(()));
    assert!(new.is_some(), "{}", a.log());
    pause(secs(1));
    expect_nobody_noticed(lab, began);
}

/// The configuration is wrong by now: nothing happens until it is mended.
fn wrong_configuration(lab: &Lab) {
    let a = start(lab);
    let (before, began) = (children(a), Stamp::now());
    a.write(CONFIG, &Conf::v3(150).line("virtual_router_id").text());
    ask(a);
    let told = poll_until(PATIENCE, || a.log().contains("no other program is started").then_some(()));
    assert!(told.is_some(), "{}", a.log());
    assert_eq!(children(a), before);
    a.write(CONFIG, &Conf::v3(150).text());
    ask(a);
    let new = poll_until(PATIENCE, || (children(a)[0] != before[0]).then_some(()));
    assert!(new.is_some() && Path::new(&format!("/proc/{}", children(a)[0])).exists(), "{}", a.log());
    pause(secs(1));
    expect_nobody_noticed(lab, began);
}

#[test]
fn another_program_takes_over() {
    play_alone(Program::Ours, "another program", another_program);
}

#[test]
fn what_is_no_program_of_ours_is_refused() {
    play_alone(Program::Ours, "no program", no_program);
}

#[test]
fn a_wrong_configuration_is_no_upgrade() {
    play_alone(Program::Ours, "wrong configuration", wrong_configuration);
}
