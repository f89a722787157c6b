//! Starts that must fail with one clear line, and configurations that must not.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::PATIENCE;

/// Starts `conf` on node `a`, expects it to end by itself with a status other than 0 and without a trace,
/// and returns what it printed.
fn refused(lab: &Lab, conf: &Conf) -> String {
    let a = lab.node("a");
    a.start(&conf.text());
    let status = a.expect_exit(secs(5));
    assert!(status.is_some_and(|status| status != 0), "status {status:?}: {}", a.log());
    assert!(lab.adverts("a", lab.began(), Stamp::now()).is_empty(), "it advertised");
    a.log()
}

fn expect_line(log: &str, words: &[&str]) {
    let found = log.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "no line with {words:?} in:\n{log}");
}

/// Two instances with the same VRID on the same interface are named.
fn vrid_clash_is_named(lab: &Lab) {
    let second = "vrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 51\n    \
                  virtual_ipaddress {\n        10.77.0.200/24\n    }\n}";
    let log = refused(lab, &Conf::v2(100).block(second));
    expect_line(&log, &["51"]);
    expect_line(&log, &["VI_1"]);
}

/// A prefix length that does not exist is reported with its line, by `-t` and by the daemon, which then uses
/// the longest one there is.
fn bad_prefix_is_reported(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(100).without_addresses().address("10.77.0.100/33").text());
    let (status, printed) = a.run(&["-t", "-f", CONFIG]);
    assert!(status.is_some_and(|status| status != 0), "{status:?}: {printed}");
    expect_line(&printed, &["33"]);
    a.restart();
    assert_eq!(lab.expect_address("a", VIP4).within(PATIENCE).prefix, 32);
}

/// A second daemon on the same host is refused, with status 0 as ever, and the first one does not notice.
fn second_daemon_is_refused(lab: &Lab) {
    let a = lab.node("a");
    a.start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let (status, printed) = a.run(&["-n", "-l", "-f", CONFIG]);
    expect_line(&printed, &["already running"]);
    assert_eq!(status, Some(0), "{printed}");
    lab.expect_steady(VIP4, secs(1));
    lab.expect_owner("a", VIP4).within(millis(1));
}

/// Without the capability for raw sockets there is one line that says so, and no half a router.
fn missing_permission_is_named(lab: &Lab) {
    let a = lab.node("a");
    a.drop_capabilities("net_raw,net_admin");
    a.start(&Conf::v2(100).text());
    match a.program() {
        Program::Ours => {
            let status = a.expect_exit(secs(5));
            assert!(status.is_some_and(|status| status != 0), "status {status:?}: {}", a.log());
            let log = a.log();
            let named =
                log.lines().any(|line| line.contains("CAP_NET_RAW") || line.contains("CAP_NET_ADMIN"));
            assert!(named, "no line names the capability:\n{log}");
        }
        Program::Theirs => {
            // It goes on, or restarts its child for ever, without a virtual address.
            pause(secs(4));
            lab.expect_nobody(VIP4).within(millis(1));
            a.signal_all(nix::sys::signal::Signal::SIGKILL);
            let _ = a.expect_exit(secs(5));
        }
    }
    assert!(lab.adverts("a", lab.began(), Stamp::now()).is_empty(), "it advertised");
}

/// A service manager hears when the daemon is ready, which is when it listens, and when it stops. The C program
/// tells only a parent that is process 1 and called systemd.
fn service_manager_is_told(lab: &Lab) {
    let a = lab.node("a");
    let manager = a.manage_service();
    a.start(&Conf::v3(100).text());
    match a.program() {
        Program::Ours => {
            manager.expect("READY=1", PATIENCE);
            a.expect_listening(millis(500));
            a.signal(nix::sys::signal::Signal::SIGTERM);
            manager.expect("STOPPING=1", PATIENCE);
            assert_eq!(a.expect_exit(PATIENCE), Some(0));
        }
        Program::Theirs => {
            lab.expect_owner("a", VIP4).within(PATIENCE);
            a.stop();
            assert!(manager.heard().is_empty(), "the C program tells any service manager now");
        }
    }
}

/// A console that takes no more words holds nothing up: not the start, not adverts, not the stop. The C
/// program waits for it for ever.
fn stuck_console_holds_nothing_up(lab: &Lab) {
    let a = lab.node("a");
    let _console = a.start_with_stuck_console(&Conf::v3(100).text());
    match a.program() {
        Program::Ours => {
            lab.expect_owner("a", VIP4).within(PATIENCE);
            let from = Stamp::now();
            pause(5 * FAST);
            let adverts = lab.adverts("a", from, Stamp::now()).len();
            assert!((4..=6).contains(&adverts), "{adverts} adverts in five intervals");
            a.stop();
        }
        Program::Theirs => {
            pause(secs(4));
            lab.expect_nobody(VIP4).within(millis(1));
            a.signal_all(nix::sys::signal::Signal::SIGKILL);
            let _ = a.expect_exit(secs(5));
        }
    }
}

/// The files in `conf` and `conf/samples`.
fn samples() -> Vec<PathBuf> {
    let conf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conf");
    let listed = fs::read_dir(conf.join("samples")).expect("conf/samples").flatten();
    let mut samples: Vec<PathBuf> = listed.map(|entry| entry.path()).collect();
    samples.push(conf.join("keepalived.conf.sample"));
    samples.sort();
    assert!(samples.len() > 5, "{samples:?}");
    samples
}

/// Every sample, unless it says that the C program does not know something in it, passes `-t` without a word, on a host that has what it names, and runs.
fn samples_are_valid(lab: &Lab) {
    let a = lab.node("a");
    let _eth1 = lab.second_link("a");
    a.ip(&["address", "add", "10.0.0.11/24", "dev", "eth0"]);
    let (scripts, files): (Vec<_>, Vec<_>) =
        samples().into_iter().partition(|path| path.extension().is_some_and(|ext| ext == "sh"));
    for script in scripts {
        let text = fs::read_to_string(&script).expect("a sample script");
        let name = script.file_name().expect("a name").to_string_lossy();
        a.write_script(&format!("/etc/keepalived/{name}"), &text);
    }
    for file in files {
        let text = fs::read_to_string(&file).expect("a sample");
        if a.program() == Program::Theirs && text.contains("does not know") {
            continue;
        }
        a.write(CONFIG, &text);
        let (status, printed) = a.run(&["-t", "-f", CONFIG]);
        // The `-t` of 2.2.7 ends itself with SIGTERM after some valid files (mended in 2.2.8).
        let killed = a.program() == Program::Theirs && status.is_none();
        assert!(status == Some(0) || killed, "{}: {status:?}: {printed}", file.display());
        assert_eq!(printed, "", "{}", file.display());
        a.restart();
        a.expect_listening(PATIENCE);
        a.stop();
    }
    a.ip(&["address", "delete", "10.0.0.11/24", "dev", "eth0"]);
}

/// An owner whose virtual address is the only address of its interface: the C program deletes it as a
/// leftover and is left without a source.
fn owner_keeps_its_only_address(lab: &Lab) {
    let a = lab.node("a");
    let own = IpAddr::V4(a.ipv4());
    let conf = Conf::v2(255).line("state MASTER").without_addresses().address(&format!("{own}/24"));
    let start = a.start(&conf.text());
    match a.program() {
        Program::Ours => {
            let (first, advert) = lab.expect_advert("a", start, "as owner", |_| true).within(PATIENCE);
            assert_eq!((advert.priority, advert.source, advert.addresses), (255, own, vec![own]));
            let lost = lab.ask(|timeline| timeline.lost(a.index(), own, start..first));
            assert_eq!(lost, None, "the host's own address was taken away");
        }
        Program::Theirs => {
            lab.expect_loss("a", own, start).within(PATIENCE);
            lab.expect_silence("a", secs(2));
        }
    }
    a.stop();
    // It is the host's own: whatever the daemon did with it, the host is as it was.
    if !lab.ask(|timeline| timeline.holders(own).iter().any(|(node, _)| *node == a.index())) {
        assert_eq!(a.program(), Program::Theirs, "the host's own address is gone");
        a.ip(&["address", "add", &format!("{own}/24"), "dev", "eth0"]);
    }
}

alone!(
    vrid_clash_is_named,
    bad_prefix_is_reported,
    second_daemon_is_refused,
    missing_permission_is_named,
    service_manager_is_told,
    stuck_console_holds_nothing_up,
    samples_are_valid,
    owner_keeps_its_only_address,
);
