//! The story of README.md: nginx is killed on the master and the address moves, it is started again and the
//! address returns. With the files that stand there, for everything that can watch nginx.

use std::net::Ipv4Addr;

use netns_tests::matrix;
use netns_tests::nginx::Nginx;
use netns_tests::prelude::*;

use crate::{PATIENCE, start_both};

const SCRIPT: &str = include_str!("../../../conf/samples/nginx.conf");
const PROCESS: &str = include_str!("../../../conf/samples/nginx_process.conf");
const CHECK_NGINX: &str = include_str!("../../../conf/samples/check_nginx.sh");

/// The address of the files.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);

/// The story, with the configuration `conf` as it stands for the first host.
fn story(lab: &Lab, conf: &str, watched: &str) {
    let (a, b) = (lab.node("a"), lab.node("b"));
    let (nginx, other) = (Nginx::on(a), Nginx::on(b));
    nginx.start();
    other.start();
    let second = conf.replace("web1", "web2").replace("priority 150", "priority 100");
    // A name that no nginx of another laboratory has.
    let named =
        |conf: &str, nginx: &Nginx<'_>| conf.replace("process nginx", &format!("process {}", nginx.name()));
    start_both(lab, &named(conf, &nginx), &named(&second, &other));
    lab.expect_owner("a", ADDRESS).within(PATIENCE);

    nginx.kill();
    lab.expect_owner("b", ADDRESS).within(2 * PATIENCE);
    expect_reason(a, watched, "90");
    nginx.start();
    lab.expect_owner("a", ADDRESS).within(2 * PATIENCE);
    expect_reason(a, watched, "150");
}

/// That the log of our daemon says in one line that `watched` is why the priority is `priority` now.
fn expect_reason(node: &Node, watched: &str, priority: &str) {
    if node.program() == Program::Theirs {
        return;
    }
    let said = |line: &str| line.contains(watched) && line.contains(priority);
    assert!(node.log().lines().any(said), "no line about {watched} and {priority}:\n{}", node.log());
}

fn watched_by_a_script(lab: &Lab) {
    for node in [lab.node("a"), lab.node("b")] {
        node.write_script("/etc/keepalived/check_nginx.sh", CHECK_NGINX);
    }
    story(lab, SCRIPT, "script nginx");
}

fn watched_as_a_process(lab: &Lab) {
    for node in [lab.node("a"), lab.node("b")] {
        if node.program() == Program::Theirs {
            node.let_daemon_enter();
        }
    }
    story(lab, PROCESS, "process nginx");
}

matrix!(watched_by_a_script, watched_as_a_process);
