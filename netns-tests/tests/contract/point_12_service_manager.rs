//! The service manager: all types of service, and what it is told.

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::{PATIENCE, expect_file};

/// `Type=forking`: when the process that was started has ended with 0 the pid file names another one, which runs.
fn type_forking(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(100).text());
    let (status, said) = a.run(&["-G", "-f", CONFIG]);
    assert_eq!(status, Some(0), "{said}");
    // The C program returns a little before it has written it.
    let _ = expect_file(a, "/run/keepalived.pid");
    let parent = a.daemon_process();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    crate::send(parent, "TERM");
    let gone = poll_until(PATIENCE, || a.processes().is_empty().then_some(()));
    assert!(gone.is_some(), "{:?}", a.processes());
    lab.expect_nobody(VIP4).within(PATIENCE);
}

/// `Type=simple`, as VyOS and containers have it: the process that was started is the daemon.
fn type_simple(lab: &Lab) {
    let a = lab.node("a");
    a.write("/run/vyos.conf", &Conf::v3(100).text());
    a.launch(&["--use-file", "/run/vyos.conf", "--pid", "/run/keepalived.pid", "--dont-fork", "--no-syslog"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert_eq!(a.daemon_process(), a.family().0.pid);
    a.stop();
}

/// `Type=notify`: ready is said once, when every process that is started runs, and of the process that was started. (The
/// C program tells process 1 alone, and only if that is its parent.)
fn type_notify(lab: &Lab) {
    let a = lab.node("a");
    let manager = a.manage_service();
    a.write(CONFIG, &Conf::v3(100).text());
    a.restart_with(&["--all"]);
    if a.program() == Program::Theirs {
        lab.expect_owner("a", VIP4).within(PATIENCE);
        return assert!(manager.heard().is_empty());
    }
    manager.expect("READY=1", PATIENCE);
    for file in ["/run/vrrp.pid", "/run/checkers.pid", "/run/bfd.pid"] {
        assert!(a.read(file).ends_with('\n'), "{file} is not there when all is ready");
    }
    a.expect_listening(millis(1));
    a.stop();
    manager.expect("STOPPING=1", PATIENCE);
}

/// A configuration without an instance is no reason to let the service manager wait.
fn nothing_to_do_is_ready(lab: &Lab) {
    let a = lab.node("a");
    let manager = a.manage_service();
    a.write(CONFIG, "global_defs {\n}\n");
    a.restart();
    if a.program() == Program::Ours {
        manager.expect("READY=1", PATIENCE);
        a.signal(nix::sys::signal::Signal::SIGHUP);
        let mut heard = Vec::new();
        let again = poll_until(PATIENCE, || {
            heard.extend(manager.heard());
            let begun = heard.iter().position(|line| line == "RELOADING=1")?;
            heard[begun..].iter().any(|line| line == "READY=1").then_some(())
        });
        assert!(again.is_some(), "{heard:?}");
    }
    let _ = expect_file(a, "/run/keepalived.pid");
}

/// What cannot run says why it ends, by a number that the service manager knows.
fn a_reason_for_the_end(lab: &Lab) {
    let a = lab.node("a");
    if a.program() == Program::Theirs {
        return;
    }
    let manager = a.manage_service();
    a.drop_capabilities("net_raw,net_admin");
    a.write(CONFIG, &Conf::v3(100).text());
    a.restart();
    // EPERM.
    manager.expect("ERRNO=1", PATIENCE);
    assert_eq!(a.expect_exit(PATIENCE), Some(4));
    // EINVAL: it cannot be run.
    a.write(CONFIG, &Conf::v3(100).line("virtual_router_id").text());
    a.restart();
    manager.expect("ERRNO=22", PATIENCE);
    assert_eq!(a.expect_exit(PATIENCE), Some(2));
}

alone!(type_forking, type_simple, type_notify, nothing_to_do_is_ready, a_reason_for_the_end);
