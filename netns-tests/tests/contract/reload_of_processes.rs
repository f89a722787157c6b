//! What a reload changes of the processes themselves: names, priorities, CPUs, locked memory, permissions of new files.

use std::fs;

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;
use nix::sys::signal::Signal;

use crate::{PATIENCE, expect_file};

/// What the kernel shows of a process (proc_pid_stat(5), proc_pid_status(5)).
#[derive(Debug, PartialEq)]
struct Shown {
    name: String,
    nice: String,
    /// The real-time priority and the policy, of which 2 is SCHED_RR.
    real_time: (String, String),
    cpus: String,
    umask: String,
    locked: bool,
}

fn shown(node: &Node, file: &str) -> Shown {
    let pid = expect_file(node, file).trim().to_owned();
    let read = |of: &str| fs::read_to_string(format!("/proc/{pid}/{of}")).unwrap_or_default();
    let (stat, status) = (read("stat"), read("status"));
    let after_name = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let fields: Vec<&str> = after_name.split(' ').collect();
    let line = |key: &str| {
        let found = status.lines().find_map(|line| line.strip_prefix(key));
        found.unwrap_or_default().trim().to_owned()
    };
    // The kernel adds SCHED_RESET_ON_FORK nowhere here.
    Shown {
        name: line("Name:"),
        nice: fields[16].to_owned(),
        real_time: (fields[37].to_owned(), fields[38].to_owned()),
        cpus: line("Cpus_allowed_list:"),
        umask: line("Umask:"),
        locked: line("VmLck:") != "0 kB",
    }
}

fn reloaded(lab: &Lab, words: &[&str], wanted: impl Fn(&Shown) -> bool) {
    let a = lab.node("a");
    let conf = words.iter().fold(Conf::v3(100), |conf, word| conf.global(word));
    a.write(CONFIG, &conf.text());
    a.signal(Signal::SIGHUP);
    let found = poll_until(PATIENCE, || wanted(&shown(a, "/run/vrrp.pid")).then_some(()));
    assert!(found.is_some(), "{words:?}: {:?}\n{}", shown(a, "/run/vrrp.pid"), a.log());
}

/// Each is changed by a reload and taken back by the next one. (The C program takes neither CPUs nor the umask back.)
fn manners(lab: &Lab) {
    let a = lab.node("a");
    let ours = a.program() == Program::Ours;
    a.start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let born = shown(a, "/run/vrrp.pid");
    let first = ["vrrp_priority -5", "vrrp_cpu_affinity 0", "process_names", "umask 0022"];
    reloaded(lab, &first, |shown| {
        (&*shown.name, &*shown.nice, &*shown.cpus, &*shown.umask) == ("keepalived_vrrp", "-5", "0", "0022")
    });
    let second = ["vrrp_priority -10", "vrrp_process_name lb-vrrp", "process_name lb", "umask 0027"];
    reloaded(lab, &second, |shown| {
        let cpus = if ours { shown.cpus == born.cpus } else { shown.cpus == "0" };
        (&*shown.name, &*shown.nice, &*shown.umask) == ("lb-vrrp", "-10", "0027") && cpus
    });
    let parent = poll_until(PATIENCE, || {
        let parent = shown(a, "/run/keepalived.pid");
        ((&*parent.name, &*parent.umask, &*parent.nice) == ("lb", "0027", "0")).then_some(())
    });
    assert!(parent.is_some(), "{:?}", shown(a, "/run/keepalived.pid"));
    let third = ["vrrp_rt_priority 20", "vrrp_rlimit_rttime 500000", "vrrp_no_swap"];
    reloaded(lab, &third, |shown| {
        let real_time = shown.real_time == ("20".to_owned(), "2".to_owned());
        shown.name == "keepalived" && shown.nice == "0" && real_time && shown.locked
    });
    reloaded(lab, &["vrrp_rt_priority 30", "vrrp_rlimit_rttime 500000"], |shown| {
        shown.real_time == ("30".to_owned(), "2".to_owned()) && !shown.locked
    });
    reloaded(lab, &[], |shown| shown.real_time == ("0".to_owned(), "0".to_owned()));
    if ours {
        assert_eq!(shown(a, "/run/vrrp.pid"), born);
    }
    lab.expect_owner("a", VIP4).within(millis(1));
}

/// What the command line says of the umask counts for ever.
fn umask_of_the_command_line(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(100).text());
    a.restart_with(&["-u", "0137"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    reloaded(lab, &["umask 0022", "process_names"], |shown| shown.name == "keepalived_vrrp");
    assert_eq!(shown(a, "/run/vrrp.pid").umask, "0137");
}

/// `reload_check_config` and a file with complaints at the start: the C program ends, with status 2. Ours starts unless the
/// file cannot be run, writes the complaints where they are wanted at a reload, and refuses that.
fn complaints_at_the_start(lab: &Lab) {
    let a = lab.node("a");
    let conf = |word: &str| Conf::v3(100).global("reload_check_config /run/complaints").line(word);
    a.start(&conf("nonsense 3").text());
    match a.program() {
        Program::Ours => {
            lab.expect_owner("a", VIP4).within(PATIENCE);
            a.write(CONFIG, &conf("rubbish 3").text());
            a.signal(Signal::SIGHUP);
            let found = poll_until(PATIENCE, || a.read("/run/complaints").contains("rubbish").then_some(()));
            assert!(found.is_some(), "{}", a.log());
            let said = poll_until(PATIENCE, || a.log().contains("was not reloaded").then_some(()));
            assert!(said.is_some(), "{}", a.log());
            a.stop();
            a.start(&conf("virtual_router_id").text());
        }
        Program::Theirs => {}
    }
    assert_eq!(a.expect_exit(PATIENCE), Some(2), "{}", a.log());
}

alone!(manners, umask_of_the_command_line, complaints_at_the_start);
