//! Pid files: where they are, what is in them, and that a lock and not their content says who runs.

use std::fs;
use std::path::Path;

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::{PATIENCE, expect_file, master};

/// Neutron names both files on the command line, with `-P`, and wants to find living processes in both. They go when the
/// daemon does.
fn named_on_the_command_line(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(100).text());
    let files =
        ["/run/keepalived.pid", "/tmp/router.pid", "/tmp/router.pid-vrrp", "/tmp/c.pid", "/tmp/b.pid"];
    a.restart_with(&[
        "-P",
        "-p",
        files[0],
        "-r",
        files[2],
        "--checkers_pid",
        files[3],
        "--bfd_pid=/tmp/b.pid",
    ]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    for file in [files[0], files[2]] {
        let text = expect_file(a, file);
        let pid = text.strip_suffix('\n').expect("a newline");
        assert!(pid.parse::<u32>().is_ok() && Path::new("/proc").join(pid).exists(), "{file}: {text:?}");
    }
    assert!(!a.has_file(files[3]) && !a.has_file(files[4]), "nobody asked for these processes");
    a.stop();
    assert!(files.iter().all(|file| !a.has_file(file)), "they stay");
}

/// A file that a killed daemon has left, with the number of another living process in it, keeps nobody from running.
fn stale_file(lab: &Lab) {
    let a = lab.node("a");
    let alive = std::process::id();
    a.write("/run/keepalived.pid", &format!("{alive}\n"));
    a.write("/run/vrrp.pid", &format!("{alive}\n"));
    a.start(&Conf::v3(100).text());
    match a.program() {
        Program::Ours => {
            lab.expect_owner("a", VIP4).within(PATIENCE);
            assert_ne!(expect_file(a, "/run/keepalived.pid").trim(), alive.to_string());
            a.stop();
        }
        // The files of 2.2.7 have no lock (2.3.2 and later have one).
        Program::Theirs => {
            assert_eq!(a.expect_exit(PATIENCE), Some(0));
            a.remove_file("/run/keepalived.pid");
            a.remove_file("/run/vrrp.pid");
        }
    }
}

/// Octavia compares the time of the file with that of the configuration: the file of a process that was started is newer.
fn files_are_newer_than_the_configuration(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    let changed =
        |path: &str| fs::metadata(a.host_path(path)).and_then(|about| about.modified()).expect("a file");
    for file in ["/run/keepalived.pid", "/run/vrrp.pid"] {
        assert!(changed(file) >= changed(CONFIG), "{file}");
    }
}

/// `instance` and `use_pid_dir` move all of them.
fn files_of_one_of_several_daemons(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &format!("instance one\n{}", Conf::v3(100).text()));
    a.restart_with(&["--all"]);
    let files = ["keepalived", "vrrp", "checkers", "bfd"].map(|of| format!("/run/keepalived/{of}_one.pid"));
    files.iter().for_each(|file| drop(expect_file(a, file)));
    a.stop();
    assert!(files.iter().all(|file| !a.has_file(file)), "they stay");
    a.write(CONFIG, &format!("use_pid_dir\n{}", Conf::v3(100).text()));
    a.restart_with(&["--all"]);
    ["keepalived", "vrrp", "checkers", "bfd"]
        .iter()
        .for_each(|of| drop(expect_file(a, &format!("/run/keepalived/{of}.pid"))));
}

alone!(
    named_on_the_command_line,
    stale_file,
    files_are_newer_than_the_configuration,
    files_of_one_of_several_daemons,
);
