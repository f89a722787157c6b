//! Hosts that are unlike most: little to write to, few privileges, a first process of its own, nobody who logs.

use std::fs;

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;
use nix::sys::signal::Signal;

use crate::{PATIENCE, expect_file, send};

/// Only /run can be written to: the daemon runs, reloads and stops. A dump that cannot be written is said and does no harm;
/// with `TMPDIR` in /run it is there.
fn read_only(lab: &Lab) {
    let a = lab.node("a");
    a.let_nothing_be_written();
    a.start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    send(a.daemon_process(), "USR1");
    send(a.daemon_process(), "USR2");
    a.write(CONFIG, &Conf::v3(110).text());
    let asked = a.signal(Signal::SIGHUP);
    lab.expect_advert("a", asked, "with another priority", |advert| advert.priority == 110).within(PATIENCE);
    assert!(!a.has_file("/tmp/keepalived.data"));
    if a.program() == Program::Ours {
        assert!(a.log().contains("cannot write /tmp/keepalived.data: Read-only file system"), "{}", a.log());
    }
    a.stop();
    fs::create_dir(a.host_path("/run/dumps")).expect("a directory");
    a.keep_temporary_files_in("/run/dumps");
    a.restart();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    send(a.daemon_process(), "USR1");
    let _ = expect_file(a, "/run/dumps/keepalived.data");
}

/// All of it at once, as in a container that is locked down: process 1, two capabilities, nothing to write to but /run, no
/// log daemon, and no option that goes to the foreground.
fn locked_down_container(lab: &Lab) {
    let a = lab.node("a");
    if a.program() == Program::Theirs {
        // As process 1 it goes to the background, and the container ends.
        return;
    }
    a.let_nothing_be_written();
    a.keep_no_log();
    a.keep_capabilities("net_admin,net_raw");
    a.contain();
    a.write(CONFIG, &Conf::v3(100).text());
    a.launch(&["-f", CONFIG]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let said = poll_until(PATIENCE, || a.log().contains("Entering MASTER STATE").then_some(()));
    assert!(said.is_some(), "{}", a.log());
    let first = a.daemon_process();
    a.write(CONFIG, &Conf::v3(110).text());
    let asked = Stamp::now();
    send(first, "HUP");
    lab.expect_advert("a", asked, "with another priority", |advert| advert.priority == 110).within(PATIENCE);
    send(first, "TERM");
    assert_eq!(a.expect_exit(PATIENCE), Some(0), "{}", a.log());
    lab.expect_nobody(VIP4).within(PATIENCE);
}

/// A configuration that is empty, or gone, at a reload.
fn empty_at_a_reload(lab: &Lab) {
    let a = lab.node("a");
    a.start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    if a.program() == Program::Ours {
        a.remove_file(CONFIG);
        a.signal(Signal::SIGHUP);
        let said = poll_until(PATIENCE, || a.log().contains("was not reloaded").then_some(()));
        assert!(said.is_some(), "{}", a.log());
        lab.expect_steady(VIP4, millis(500));
    }
    a.write(CONFIG, "");
    let asked = a.signal(Signal::SIGHUP);
    lab.expect_loss("a", VIP4, asked).within(PATIENCE);
    lab.expect_advert("a", asked, "with priority 0", |advert| advert.priority == 0).within(PATIENCE);
    pause(millis(500));
    assert!(a.is_running(), "{}", a.log());
    a.write(CONFIG, &Conf::v3(100).text());
    a.signal(Signal::SIGHUP);
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A child that stands still does not keep the daemon from ending: it is killed after `child_wait_time`.
fn a_child_that_stands_still(lab: &Lab) {
    let a = lab.node("a");
    a.start(&format!("child_wait_time 2\n{}", Conf::v3(100).text()));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let child = expect_file(a, "/run/vrrp.pid").trim().parse().expect("a number");
    send(child, "STOP");
    let asked = a.signal(Signal::SIGTERM);
    let status = a.expect_exit(PATIENCE);
    let took = Stamp::now().since(asked);
    assert!(took > millis(1500) && took < secs(6), "{took:?}, {status:?}: {}", a.log());
    // Nobody was left to remove it.
    a.ip(&["address", "delete", &format!("{VIP4}/24"), "dev", "eth0"]);
    for file in ["/run/keepalived.pid", "/run/vrrp.pid"] {
        if a.has_file(file) {
            assert_eq!(a.program(), Program::Theirs, "{file} is left");
            a.remove_file(file);
        }
    }
}

alone!(read_only, locked_down_container, empty_at_a_reload, a_child_that_stands_still);
