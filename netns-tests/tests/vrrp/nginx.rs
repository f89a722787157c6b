//! The story of README.md: nginx is killed on the master and the address moves, it is started again and the
//! address returns. With the files that stand there, for everything that can watch nginx.

use std::net::Ipv4Addr;

use netns_tests::matrix;
use netns_tests::nginx::Nginx;
use netns_tests::prelude::*;

use crate::{PATIENCE, start_both};

const SCRIPT: &str = include_str!("../../../conf/samples/nginx.conf");
const PROCESS: &str = include_str!("../../../conf/samples/nginx_process.conf");
const CHECK: &str = include_str!("../../../conf/samples/nginx_check.conf");
const CHECK_NGINX: &str = include_str!("../../../conf/samples/check_nginx.sh");

/// The address of the files.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);

/// The story, with the configuration `conf` as it stands for the first host. `gone` and `back` are what the log
/// says about nginx itself.
fn story(lab: &Lab, conf: &str, gone: &str, back: &str) {
    let (a, b) = (lab.node("a"), lab.node("b"));
    let (nginx, other) = (Nginx::on(a), Nginx::on(b));
    nginx.start();
    other.start();
    let second = for_node(b, conf).replace("web1", "web2").replace("priority 150", "priority 100");
    // A name that no nginx of another laboratory has.
    let named = |conf: &str, nginx: &Nginx<'_>| {
        conf.replace("    process nginx", &format!("    process {}", nginx.name()))
    };
    start_both(lab, &named(for_node(a, conf), &nginx), &named(&second, &other));
    lab.expect_owner("a", ADDRESS).within(PATIENCE);

    nginx.kill();
    lab.expect_owner("b", ADDRESS).within(2 * PATIENCE);
    let lower = "(WEB) Changing effective priority from 150 to 90";
    let left = "(WEB) Master received advert from 10.77.0.2 with higher priority 100, ours 90";
    expect_log(a, &[gone, lower, left, "(WEB) Entering BACKUP STATE"]);
    nginx.start();
    lab.expect_owner("a", ADDRESS).within(2 * PATIENCE);
    let higher = "(WEB) Changing effective priority from 90 to 150";
    let better =
        "(WEB) Backup received advert from 10.77.0.2 with lower priority 100, ours 150, going to take over";
    expect_log(a, &[gone, left, back, higher, better, "(WEB) Entering MASTER STATE"]);
}

/// `conf`, or the file with the script if the program of `node` has no built-in checks.
fn for_node<'a>(node: &Node, conf: &'a str) -> &'a str {
    let knows = node.program() == Program::Ours || !conf.contains("check http");
    if knows { conf } else { SCRIPT }
}

/// That our daemon has logged lines with `wanted`, in this order, as README.md shows them.
fn expect_log(node: &Node, wanted: &[&str]) {
    if node.program() == Program::Theirs {
        return;
    }
    let missing = || {
        let log = node.log();
        let mut lines = log.lines();
        wanted.iter().find(|wanted| !lines.any(|line| line.contains(**wanted))).copied()
    };
    let complete = poll_until(secs(2), || missing().is_none().then_some(()));
    assert!(complete.is_some(), "{:?} is missing, or not in its place:\n{}", missing(), node.log());
}

fn watched_by_a_script(lab: &Lab) {
    write_script(lab);
    story(lab, SCRIPT, "VRRP_Script(nginx) failed (exited with status 7)", "VRRP_Script(nginx) succeeded");
}

fn watched_by_a_check(lab: &Lab) {
    write_script(lab);
    story(lab, CHECK, "VRRP_Script(nginx) failed (", "VRRP_Script(nginx) succeeded");
}

fn write_script(lab: &Lab) {
    for node in [lab.node("a"), lab.node("b")] {
        node.write_script("/etc/keepalived/check_nginx.sh", CHECK_NGINX);
    }
}

fn watched_as_a_process(lab: &Lab) {
    for node in [lab.node("a"), lab.node("b")] {
        if node.program() == Program::Theirs {
            node.let_daemon_enter();
        }
    }
    story(lab, PROCESS, "Quorum lost for tracked process nginx", "Quorum gained for tracked process nginx");
}

matrix!(watched_by_a_script, watched_by_a_check, watched_as_a_process);
