//! The scripts before and after everything (`startup_script`, `shutdown_script`): when they run, and what waits for them.

use std::time::Duration;

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;
use nix::sys::signal::Signal;

use crate::{PATIENCE, expect_file, send};

/// What both scripts do: say what they find, take their time, and say that they are through.
const SCRIPT: &str = "what=$1; shift\n\
    address=$(ip -o addr show dev eth0 | grep -c 10.77.0.100)\n\
    vrrp=$(test -e /run/vrrp.pid && echo 1 || echo 0)\n\
    own=$(test \"$(cat /run/keepalived.pid)\" = $PPID && echo 1 || echo 0)\n\
    echo \"$what $* address $address vrrp $vrrp own $own\" >> /run/scripts\n\
    test -e /tmp/stubborn && trap '' TERM\n\
    sleep $(cat /tmp/$what.takes) &\n\
    wait $!\n\
    test -e /tmp/stubborn && while :; do sleep 1; done\n\
    echo \"$what is through\" >> /run/scripts\n\
    exit 3";

fn conf() -> Conf {
    Conf::v3(100)
        .global("script_user root")
        .global("startup_script \"/etc/keepalived/life.sh startup a 'b c'\"")
        .global("startup_script_timeout 2")
        .global("shutdown_script \"/etc/keepalived/life.sh shutdown\"")
        .global("shutdown_script_timeout 2")
}

fn prepared<'a>(lab: &'a Lab, startup: &str, shutdown: &str) -> &'a Node {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/life.sh", SCRIPT);
    a.write("/tmp/startup.takes", startup);
    a.write("/tmp/shutdown.takes", shutdown);
    a
}

const STARTED: [&str; 2] = ["startup a b c address 0 vrrp 0 own 1", "startup is through"];
const STOPPED: [&str; 2] = ["shutdown  address 0 vrrp 0 own 1", "shutdown is through"];

/// One runs before any child and address is there, the other after all have gone, both under our pid file; neither at a
/// reload nor when a child dies. That they fail changes nothing.
fn before_and_after_everything(lab: &Lab) {
    let a = prepared(lab, "1", "0.5");
    let manager = a.manage_service();
    let began = a.start(&conf().text());
    let first = lab.expect_gain("a", VIP4, began).within(PATIENCE);
    assert!(first.since(began) > secs(1), "nobody has waited for the script");
    if a.program() == Program::Ours {
        manager.expect("READY=1", PATIENCE);
    }
    assert_eq!(a.read("/run/scripts").lines().collect::<Vec<_>>(), STARTED);
    a.signal(Signal::SIGHUP);
    pause(secs(1));
    let child = expect_file(a, "/run/vrrp.pid").trim().parse().expect("a number");
    send(child, "KILL");
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(secs(1));
    a.stop();
    let all = a.read("/run/scripts");
    assert_eq!(all.lines().collect::<Vec<_>>(), [STARTED, STOPPED].concat());
    assert!(!a.has_file("/run/keepalived.pid"));
}

/// A script that takes too long is asked to end, and killed two seconds later.
fn scripts_that_take_too_long(lab: &Lab) {
    let a = prepared(lab, "30", "30");
    let elapsed = |from: Stamp, to: Stamp, expected: Duration| {
        let took = to.since(from);
        assert!(took >= expected && took < expected + secs(3), "{took:?}, not {expected:?}: {}", a.log());
    };
    let began = a.start(&conf().text());
    elapsed(began, lab.expect_gain("a", VIP4, began).within(PATIENCE), secs(2));
    a.stop();
    a.write("/tmp/stubborn", "");
    let began = a.restart();
    elapsed(began, lab.expect_gain("a", VIP4, began).within(PATIENCE), secs(4));
    let stop = a.stop();
    elapsed(stop, Stamp::now(), secs(4));
    assert!(!a.read("/run/scripts").contains("through"));
}

/// Being stopped meanwhile ends the first script, and not the second one, which runs all the same.
fn stopping_meanwhile(lab: &Lab) {
    let a = prepared(lab, "1.5", "1");
    a.start(&conf().text());
    let has = |line: &str| {
        let found = poll_until(PATIENCE, || a.read("/run/scripts").contains(line).then_some(()));
        assert!(found.is_some(), "{line}: {}", a.log());
    };
    has(STARTED[0]);
    a.signal(Signal::SIGTERM);
    has(STOPPED[0]);
    a.signal(Signal::SIGTERM);
    assert_eq!(a.expect_exit(PATIENCE), Some(0));
    assert_eq!(a.read("/run/scripts").lines().collect::<Vec<_>>(), [STARTED[0], STOPPED[0], STOPPED[1]]);
    lab.expect_nobody(VIP4).within(millis(1));
    assert!(lab.adverts("a", lab.began(), Stamp::now()).is_empty(), "it advertised");
}

/// The daemon that ends because it is not to start a child again (`-R`) runs the second script, too. A script that does
/// not exist is said, and left out.
fn other_ends(lab: &Lab) {
    let a = prepared(lab, "0", "0");
    let missing = conf().global("startup_script /etc/keepalived/missing.sh");
    a.write(
        CONFIG,
        &missing.text().replace("    startup_script \"/etc/keepalived/life.sh startup a 'b c'\"\n", ""),
    );
    a.restart_with(&["-R"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert!(a.log().contains("/etc/keepalived/missing.sh"), "{}", a.log());
    let child = expect_file(a, "/run/vrrp.pid").trim().parse().expect("a number");
    send(child, "KILL");
    let status = a.expect_exit(PATIENCE);
    assert_eq!(status, Some(if a.program() == Program::Ours { 1 } else { 0 }));
    assert!(a.read("/run/scripts").contains("shutdown is through"), "{}", a.log());
    a.ip(&["address", "delete", &format!("{VIP4}/24"), "dev", "eth0"]);
}

/// A reload that changes the second script counts.
fn another_script_after_a_reload(lab: &Lab) {
    let a = prepared(lab, "0", "0");
    a.write_script("/etc/keepalived/other.sh", "echo other >> /run/scripts");
    a.start(&conf().text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.write(CONFIG, &conf().text().replace("life.sh shutdown", "other.sh"));
    a.signal(Signal::SIGHUP);
    pause(secs(1));
    a.stop();
    let lines = a.read("/run/scripts");
    assert_eq!(lines.lines().last(), Some("other"), "{lines}");
}

alone!(
    before_and_after_everything,
    scripts_that_take_too_long,
    stopping_meanwhile,
    other_ends,
    another_script_after_a_reload,
);
