//! The processes: what they are called, and that the parent is the oldest of them.

use std::fs;

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::{PATIENCE, expect_file, master, send};

/// In a container, where a client sees no other keepalived. OpenShift asks for the oldest process of this name, in full
/// and in part; others for any process of this name; an exporter for the first whose first word ends with the name.
fn clients_find_the_parent(lab: &Lab) {
    let a = lab.node("a");
    a.contain();
    let a = master(lab, &Conf::v3(100));
    assert!(!a.shell("exec pgrep -x keepalived").is_empty());
    for client in ["pgrep -o keepalived", "pgrep -ox keepalived"] {
        assert_eq!(a.shell(client).trim(), "1", "{client}");
    }
    let all = a.shell("pidof keepalived");
    assert!(all.split_whitespace().any(|pid| pid == "1") && all.split_whitespace().count() >= 2, "{all}");
    let _ = a.shell("killall -0 keepalived");
    let listed = a.shell("ps -axwwo pid,pcpu,pmem,args");
    let first = listed.lines().skip(1).find_map(|line| {
        let mut words = line.split_whitespace();
        let pid = words.next()?.to_owned();
        let program = words.nth(2)?;
        (program.rsplit('/').next() == Some("keepalived")).then_some(pid)
    });
    assert_eq!(first.as_deref(), Some("1"), "{listed}");
    send(a.daemon_process(), "TERM");
    assert_eq!(a.expect_exit(PATIENCE), Some(0), "{}", a.log());
}

/// All processes have the name that everybody looks for, or with `process_names` each one of its own.
fn names_of_processes(lab: &Lab) {
    let a = lab.node("a");
    let names = |node: &Node| {
        let files = ["/run/keepalived.pid", "/run/vrrp.pid", "/run/checkers.pid", "/run/bfd.pid"];
        files.map(|file| {
            let pid = expect_file(node, file);
            fs::read_to_string(format!("/proc/{}/comm", pid.trim())).unwrap_or_default().trim().to_owned()
        })
    };
    a.write(CONFIG, &Conf::v3(100).text());
    a.restart_with(&["--all"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert_eq!(names(a), ["keepalived"; 4]);
    let oldest = a.processes().iter().map(|process| process.pid).min();
    assert_eq!(oldest, Some(a.daemon_process()), "{:?}", a.processes());
    a.stop();
    a.write(CONFIG, &Conf::v3(100).global("process_names").text());
    a.restart_with(&["--all"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert_eq!(names(a), ["keepalived", "keepalived_vrrp", "keepalived_lvs", "keepalived_bfd"]);
}

alone!(clients_find_the_parent, names_of_processes);
