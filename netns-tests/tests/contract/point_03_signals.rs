//! Signals: what each does, to the parent and to a child, and that none that is not known does harm.

use netns_tests::alone;
use netns_tests::prelude::*;

use crate::{PATIENCE, dump, expect_file, master, send};

/// OpenShift's liveness probe: the old file is spoilt, the signal is asked for by name, and the new file has to say
/// something else within five seconds.
fn openshift_probes_liveness(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    a.write("/tmp/keepalived.data", "State = FAULT\n");
    let _ = a.shell("kill -s $(keepalived --signum=DATA) $(cat /var/run/keepalived.pid)");
    let fresh = poll_until(secs(5), || {
        let text = a.read("/tmp/keepalived.data");
        (text.contains("State = MASTER") && !text.contains("State = FAULT")).then_some(())
    });
    assert!(fresh.is_some(), "{}", a.read("/tmp/keepalived.data"));
}

/// Each signal by the name that `--signum` knows, in both spellings of the option.
fn every_dump_by_name(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    for (name, file) in [("DATA", "data"), ("STATS", "stats"), ("STATS_CLEAR", "stats"), ("JSON", "json")] {
        for option in [format!("--signum={name}"), format!("--signum {name}")] {
            let path = format!("/tmp/keepalived.{file}");
            if a.has_file(&path) {
                a.remove_file(&path);
            }
            let _ = a.shell(&format!("kill -s $(keepalived {option}) $(cat /run/keepalived.pid)"));
            let _ = expect_file(a, &path);
        }
    }
    let _ = expect_file(a, "/tmp/keepalived_parent.data");
}

/// STATS_CLEAR writes what was counted, and counting begins anew; the role stays.
fn statistics_are_cleared(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    let count = |text: &str, key: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "));
        line.and_then(|number| number.parse::<u32>().ok()).expect("a counter")
    };
    pause(5 * FAST);
    let before = dump(a, "63", "/tmp/keepalived.stats");
    assert!(count(&before, "Sent") >= 4 && count(&before, "Became master") == 1, "{before}");
    let after = dump(a, "USR2", "/tmp/keepalived.stats");
    assert!(count(&after, "Sent") < count(&before, "Sent"), "{after}");
    assert_eq!(count(&after, "Became master"), 0, "{after}");
    lab.expect_owner("a", VIP4).within(millis(1));
}

/// OpenWrt's daemon sends the signal for JSON to every process called keepalived. A child that gets it writes the file.
fn children_are_asked_directly(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    let (_, children) = a.family();
    let child = expect_file(a, "/run/vrrp.pid").trim().parse::<i32>().expect("a number");
    for (signal, file) in [("36", "json"), ("USR1", "data"), ("USR2", "stats")] {
        send(child, signal);
        let _ = expect_file(a, &format!("/tmp/keepalived.{file}"));
    }
    assert_eq!(a.family().1, children, "a child has ended");
    lab.expect_owner("a", VIP4).within(millis(1));
}

/// The signal that another C library has for JSON, and all others without a meaning, reach every process of ours and end
/// none.
fn unknown_signals_do_no_harm(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    let before = a.processes();
    let signals = ["35", "37", "38", "40", "50", "PIPE", "ALRM", "VTALRM", "WINCH"];
    for signal in signals {
        before.iter().for_each(|process| send(process.pid, signal));
    }
    pause(millis(300));
    assert_eq!(a.processes(), before);
    lab.expect_owner("a", VIP4).within(millis(1));
}

/// TERM and INT end the daemon with 0, with all addresses removed. With `--ignore-sigint` INT does not.
fn ending(lab: &Lab) {
    let a = lab.node("a");
    for signal in [nix::sys::signal::Signal::SIGTERM, nix::sys::signal::Signal::SIGINT] {
        a.start(&Conf::v3(100).text());
        lab.expect_owner("a", VIP4).within(PATIENCE);
        a.signal(signal);
        assert_eq!(a.expect_exit(PATIENCE), Some(0), "{signal}");
        lab.expect_nobody(VIP4).within(PATIENCE);
    }
    if a.program() == Program::Ours {
        a.restart_with(&["--ignore-sigint"]);
        lab.expect_owner("a", VIP4).within(PATIENCE);
        a.signal_all(nix::sys::signal::Signal::SIGINT);
        lab.expect_steady(VIP4, millis(500));
    }
}

/// HUP reads the configuration again.
fn reload(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    a.write(netns_tests::node::CONFIG, &Conf::v3(101).text());
    let asked = Stamp::now();
    let _ = a.shell("kill -HUP $(cat /run/keepalived.pid)");
    lab.expect_advert("a", asked, "with the new priority", |advert| advert.priority == 101).within(PATIENCE);
}

alone!(
    openshift_probes_liveness,
    every_dump_by_name,
    statistics_are_cleared,
    children_are_asked_directly,
    unknown_signals_do_no_harm,
    ending,
    reload,
);
