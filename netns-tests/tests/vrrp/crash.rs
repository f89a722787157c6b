//! The process that routes dies, or all of them are replaced by another program, and nobody notices.

use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use netns_tests::netns::Process;
use netns_tests::pairs;
use netns_tests::prelude::*;
use nix::sys::signal::Signal;

use crate::{PATIENCE, start_pair};

/// How often a process dies.
const DEATHS: usize = 20;

/// The child is killed again and again while it is master: its successor advertises before the backup loses patience,
/// the address never moves, and nobody is told anything twice.
#[expect(clippy::print_stdout, reason = "how long it took is worth knowing also when it was not too long")]
fn master_dies_again_and_again(lab: &Lab, interval: Duration) {
    let hook = |priority| {
        let conf = Conf::v3(priority).line("notify /etc/keepalived/hook");
        conf.line(&format!("advert_int {}", interval.as_secs_f64()))
    };
    for node in ["a", "b"] {
        lab.node(node).write_script("/etc/keepalived/hook", "echo \"$3\" >> /run/told");
    }
    start_pair(lab, &hook(150), &hook(100));
    let a = lab.node("a");
    pause(secs(2));
    let told = a.read("/run/told");
    let began = Stamp::now();
    let mut gaps = Vec::new();
    for _ in 0..DEATHS {
        let killed = kill_child(a);
        let (first, advert) = lab.expect_advert("a", killed, "again", |_| true).within(PATIENCE);
        assert_eq!(advert.priority, 150);
        gaps.push(first.since(killed));
        pause(interval.mul_f64(2.3).max(millis(250)));
    }
    expect_nobody_noticed(lab, began);
    assert_eq!(a.read("/run/told"), told, "it was told again");
    gaps.sort();
    let worst = gaps[DEATHS - 1];
    println!(
        "{}: first advert after death: median {:?}, worst {worst:?}",
        interval.as_secs_f64(),
        gaps[DEATHS / 2]
    );
    assert!(worst < master_down_v3(100, interval), "the first advert took {worst:?}");
}

fn kill_child(node: &Node) -> Stamp {
    let (_, children) = node.family();
    let killed = Stamp::now();
    children.iter().for_each(|child| child.signal(Signal::SIGKILL));
    killed
}

/// From `began` on the address has neither left `a` nor come to anybody else, and nobody else spoke.
fn expect_nobody_noticed(lab: &Lab, began: Stamp) {
    lab.expect_owner("a", VIP4).within(secs(1));
    let (a, b) = (lab.node("a").index(), lab.node("b").index());
    let ip = IpAddr::from(VIP4);
    lab.ask(|timeline| {
        assert_eq!(timeline.lost(a, ip, began..), None, "the address left:\n{}", timeline.render());
        assert_eq!(timeline.gained(b, ip, began..), None, "the backup took it:\n{}", timeline.render());
        let spoke = timeline.adverts(b, began..).count();
        assert_eq!(spoke, 0, "the backup spoke:\n{}", timeline.render());
        let resigned = timeline.adverts(a, began..).filter(|(_, advert)| advert.priority == 0).count();
        assert_eq!(resigned, 0, "the master resigned:\n{}", timeline.render());
    });
}

fn master_dies_at_one_second(lab: &Lab) {
    master_dies_again_and_again(lab, secs(1));
}

fn master_dies_at_a_tenth(lab: &Lab) {
    master_dies_again_and_again(lab, millis(100));
}

/// A backup whose process dies goes on as backup: it says nothing, and it takes over when the master is really gone.
fn backup_dies_and_goes_on(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    lab.node("b").expect_listening(PATIENCE);
    let began = Stamp::now();
    for _ in 0..5 {
        kill_child(lab.node("b"));
        pause(millis(300));
    }
    expect_nobody_noticed(lab, began);
    let death = lab.node("a").crash();
    lab.expect_gain("b", VIP4, death).within(PATIENCE);
}

/// The numbers of authentication headers go on, so the backup believes the successor at once.
fn master_with_authentication_header_dies(lab: &Lab) {
    let conf = |priority| Conf::v2(priority).ah("secret");
    start_pair(lab, &conf(150), &conf(100));
    pause(secs(2));
    let began = Stamp::now();
    for _ in 0..3 {
        kill_child(lab.node("a"));
        pause(secs(4));
    }
    expect_nobody_noticed(lab, began);
}

/// Sends a signal that has no name of its own.
fn signal_number(process: &Process, number: &str) {
    let pid = process.pid.to_string();
    let sent = Command::new("sh").args(["-c", "kill -\"$1\" \"$2\"", "kill", number, &pid]).status();
    assert!(sent.is_ok_and(|status| status.success()), "signal {number} to {pid}");
}

/// Another program takes the place of ours, three times: the process is the same, its child is not.
fn program_is_replaced(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let a = lab.node("a");
    let (_, upgrade) = a.run(&["--signum=UPGRADE"]);
    let began = Stamp::now();
    for _ in 0..3 {
        let (parent, before) = a.family();
        let asked = Stamp::now();
        signal_number(&parent, upgrade.trim());
        let replaced = poll_until(secs(5), || {
            let (now, after) = a.family();
            (now.pid == parent.pid && !after.is_empty() && !before.iter().any(|old| after.contains(old)))
                .then_some(())
        });
        assert!(replaced.is_some(), "nothing was replaced: {}", a.log());
        lab.expect_advert("a", asked, "again", |_| true).within(PATIENCE);
        pause(secs(1));
    }
    expect_nobody_noticed(lab, began);
    assert_eq!(a.read("/run/keepalived.pid").trim(), a.family().0.pid.to_string());
    let stop = a.stop();
    lab.expect_gain("b", VIP4, stop).within(PATIENCE);
    assert!(!a.has_file("/run/keepalived.pid"), "the pid file is left behind");
}

// Only our own program goes on where it ended, so that is what plays the part of `a`.
pairs!(
    [subject_first subject_twice]
    master_dies_at_one_second,
    master_dies_at_a_tenth,
    master_with_authentication_header_dies,
    program_is_replaced,
);

pairs!([subject_twice] backup_dies_and_goes_on);
