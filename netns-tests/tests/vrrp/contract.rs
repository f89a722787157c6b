//! What others know the daemon by: its processes, their names and pid files, options and exit statuses.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use netns_tests::alone;
use netns_tests::netns::Process;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::PATIENCE;

/// A configuration that asks for no process.
const NOTHING: &str = "global_defs {\n}\n";

/// The process whose number is in a pid file of the node, which has to end with a newline.
fn process_in(node: &Node, file: &str) -> i32 {
    let text = fs::read_to_string(node.host_path(file)).unwrap_or_default();
    let number = text.strip_suffix('\n').and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("{file} of {} contains {text:?}", node.name()))
}

/// What the kernel calls a process.
fn name_of(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

fn expect_files(node: &Node, files: &[&str]) {
    let all_there = || {
        let written =
            |file: &&str| fs::read_to_string(node.host_path(file)).is_ok_and(|text| text.ends_with('\n'));
        files.iter().all(written).then_some(())
    };
    assert!(
        poll_until(PATIENCE, all_there).is_some(),
        "not all of {files:?} on {}:\n{}",
        node.name(),
        node.log()
    );
}

/// One of several daemons has pid files and names of its own; they go when it does.
fn one_of_several_daemons(lab: &Lab) {
    let a = lab.node("a");
    let conf = Conf::v2(100).text();
    let names = "global_defs {\n    process_names\n    vrrp_process_name lb-vrrp\n}\n";
    a.start(&format!("instance one\nuse_pid_dir\n{names}{conf}"));
    let files = ["/run/keepalived/keepalived_one.pid", "/run/keepalived/vrrp_one.pid"];
    expect_files(a, &files);
    a.expect_listening(PATIENCE);
    assert_eq!(files.map(|file| name_of(process_in(a, file))), ["keepalived", "lb-vrrp"]);
    assert!(!a.has_file("/run/keepalived.pid") && !a.has_file("/run/vrrp.pid"));
    a.stop();
    assert!(files.iter().all(|file| !a.has_file(file)), "pid files are left");
}

/// `--all` starts what nothing asks for, `-P`, `-C` and `-B` leave out what is not wanted.
fn processes_are_chosen(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, NOTHING);
    let files = ["/run/vrrp.pid", "/run/checkers.pid", "/run/bfd.pid"];
    for (options, there) in [
        (&["--all"][..], [true, true, true]),
        (&["--all", "-P"], [true, false, true]),
        (&["--all", "--check"], [false, true, true]),
        (&["--all", "--vrrp", "--no_bfd"], [true, false, false]),
        (&[], [false, false, false]),
    ] {
        a.restart_with(options);
        let wanted: Vec<&str> =
            files.iter().zip(there).filter_map(|(file, there)| there.then_some(*file)).collect();
        expect_files(a, &[&["/run/keepalived.pid"], wanted.as_slice()].concat());
        pause(millis(300));
        assert_eq!(files.map(|file| a.has_file(file)), there, "{options:?}: {}", a.log());
        a.stop();
    }
}

/// A child that dies is started again, under the same pid file; with `-R` the daemon ends.
fn a_dead_child_is_followed(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, NOTHING);
    a.restart_with(&["--all"]);
    for file in ["/run/checkers.pid", "/run/bfd.pid"] {
        expect_files(a, &[file]);
        let first = process_in(a, file);
        kill(Pid::from_raw(first), Signal::SIGKILL).expect("a process that runs");
        let next = || {
            let text = fs::read_to_string(a.host_path(file)).ok()?;
            text.trim().parse::<i32>().ok().filter(|pid| *pid != first)
        };
        assert!(poll_until(PATIENCE, next).is_some(), "{file} still names {first}: {}", a.log());
    }
    a.stop();
    a.restart_with(&["--all", "-R"]);
    expect_files(a, &["/run/bfd.pid", "/run/vrrp.pid", "/run/checkers.pid"]);
    kill(Pid::from_raw(process_in(a, "/run/bfd.pid")), Signal::SIGKILL).expect("a process that runs");
    let status = a.expect_exit(PATIENCE);
    // A service manager that is to start it again has to see that it failed.
    let wanted = match a.program() {
        Program::Ours => 1,
        Program::Theirs => 0,
    };
    assert_eq!(status, Some(wanted), "{}", a.log());
}

/// Options and what the program ends with.
fn options_have_their_status(lab: &Lab) {
    let a = lab.node("a");
    for (words, status) in [
        (&["--nonsense"][..], 1),
        (&["-Z"], 1),
        (&["-p"], 1),
        (&["--dont-fork=3"], 1),
        (&["--dont"], 1),
        (&["--signum=FOO"], 1),
        (&["--signum=stop"], 1),
        (&["-n", "-f", "/nonexistent"], 6),
        (&["-t", "-f", "/nonexistent"], 0),
        (&["-t", "-e", "-f", "/nonexistent"], 4),
        (&["-v"], 0),
        (&["--help"], 0),
    ] {
        let (ended, printed) = a.run(words);
        assert_eq!(ended, Some(status), "{words:?}: {printed}");
    }
    for (name, number) in [
        ("STOP", "15"),
        ("RELOAD", "1"),
        ("DATA", "10"),
        ("STATS", "12"),
        ("STATS_CLEAR", "63"),
        ("JSON", "36"),
    ] {
        let (ended, printed) = a.run(&["--signum", name]);
        assert_eq!((ended, printed.trim()), (Some(0), number), "{name}");
    }
    // Where the C program goes on without what it does not understand.
    for words in [&["-u", "999"][..], &["-S", "9"], &["word"]] {
        let (ended, printed) = a.run(&[words, &["-n", "-f", "/nonexistent"]].concat());
        let wanted = match a.program() {
            Program::Ours => 1,
            Program::Theirs => 6,
        };
        assert_eq!(ended, Some(wanted), "{words:?}: {printed}");
    }
}

/// The daemon enters the network namespace that it is told to, and has a run directory of its own there.
fn a_network_namespace_is_entered(lab: &Lab) {
    let a = lab.node("a");
    a.let_daemon_enter();
    a.start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let own = format!("/run/keepalived/{}/vrrp.pid", a.netns().name());
    expect_files(a, &[&own]);
    a.stop();
    assert!(!a.has_file(&own), "{own} is left");
}

/// The VRRP process gets the priority, the CPU and the name that the configuration says.
fn priorities_are_applied(lab: &Lab) {
    let a = lab.node("a");
    let global =
        "global_defs {\n    vrrp_rt_priority 20\n    vrrp_rlimit_rttime 500000\n    vrrp_cpu_affinity 0\n}\n";
    a.start(&format!("{global}{}", Conf::v3(100).text()));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let pid = process_in(a, "/run/vrrp.pid");
    let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    // Fields 40 and 41: the real-time priority and the policy, which is SCHED_RR (proc_pid_stat(5)).
    let stat = read("stat");
    let after_name = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let fields: Vec<&str> = after_name.split(' ').collect();
    assert_eq!((fields[37], fields[38]), ("20", "2"), "{stat}");
    assert!(read("status").contains("Cpus_allowed_list:\t0\n"));
    let limits = read("limits");
    let limit = limits.lines().find(|line| line.starts_with("Max realtime timeout")).unwrap_or_default();
    assert!(limit.split_whitespace().any(|word| word == "500000"), "{limit}");
}

/// A container needs to give no more than two capabilities, scripts of root included.
fn two_capabilities_suffice(lab: &Lab) {
    let a = lab.node("a");
    a.keep_capabilities("net_admin,net_raw");
    a.write_script("/etc/keepalived/check.sh", ": > /tmp/ran");
    let script = "global_defs {\n    script_user root\n}\nvrrp_script check {\n    script /etc/keepalived/check.sh\n    interval 1\n}\n";
    let conf = Conf::v3(100).line("track_script {\n        check\n    }");
    a.start(&format!("{script}{}", conf.text()));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    // The C program takes a script that it cannot start for one that succeeds.
    assert_eq!(a.has_file("/tmp/ran"), a.program() == Program::Ours, "{}", a.log());
}

/// The state of every process that a process has started (proc_pid_stat(5)).
fn children_of(parent: i32) -> Vec<String> {
    let listed = fs::read_dir("/proc").expect("/proc").flatten();
    let stat = |pid: &str| fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    let stats = listed.filter_map(|entry| stat(entry.file_name().to_str()?));
    let child = |stat: String| {
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let state = fields.next()?.to_owned();
        (fields.next()? == parent.to_string()).then_some(state)
    };
    stats.filter_map(child).collect()
}

/// As process 1 of a container it buries whoever is left to it, hears signals, and stops in good order.
fn first_process_of_a_container(lab: &Lab) {
    let a = lab.node("a");
    a.contain();
    a.write_script("/etc/keepalived/check.sh", "(sleep 0.2 &)");
    let script = "vrrp_script check {\n    script /etc/keepalived/check.sh\n    interval 1\n}\n";
    let conf = Conf::v3(100).line("track_script {\n        check\n    }");
    a.start(&format!("{script}{}", conf.text()));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert_eq!(process_in(a, "/run/keepalived.pid"), 1);
    let is_first = |process: &Process| {
        let status = fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap_or_default();
        status.lines().any(|line| line.starts_with("NSpid:") && line.ends_with("\t1"))
    };
    let first = a.processes().into_iter().find(is_first).expect("a first process").pid;
    pause(secs(3));
    let children = children_of(first);
    assert!(children.iter().all(|state| state != "Z") && children.len() <= 3, "{children:?}");
    let signalled = Stamp::now();
    kill(Pid::from_raw(first), Signal::SIGTERM).expect("the daemon");
    assert_eq!(a.expect_exit(PATIENCE), Some(0), "{}", a.log());
    lab.expect_loss("a", VIP4, signalled).within(millis(1));
}

alone!(
    first_process_of_a_container,
    two_capabilities_suffice,
    one_of_several_daemons,
    processes_are_chosen,
    a_dead_child_is_followed,
    options_have_their_status,
    a_network_namespace_is_entered,
    priorities_are_applied,
);
