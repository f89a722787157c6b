//! `-t`: what it ends with, where it says why, and that it does nothing else.

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::{PATIENCE, master};

const OPTIONS: [&[&str]; 3] =
    [&["-t", "-f", CONFIG], &["--config-test", "-f", CONFIG], &["-l", "-t", "-f", CONFIG]];

/// Puppet and Ansible have a file judged before they put it in its place: 0 if it is well, anything else if not.
fn exit_statuses(lab: &Lab) {
    let a = lab.node("a");
    let plain = Conf::v3(100);
    let script = "vrrp_script check {\n    script /usr/bin/true\n    user root\n}";
    let tracking = "track_script {\n        check\n    }";
    for (text, status) in [
        (plain.text(), 0),
        (plain.clone().line("nonsense 3").text(), 5),
        (plain.clone().line("interface eth9").text(), 5),
        (plain.clone().line("state FOREIGN").text(), 5),
        (plain.clone().block(script).line(tracking).text(), 6),
        (plain.clone().block(script).line(tracking).global("enable_script_security").text(), 0),
        (plain.clone().line("virtual_router_id").text(), 2),
        ("include /nonexistent\n".to_owned() + &plain.text(), 0),
    ] {
        a.write(CONFIG, &text);
        for options in OPTIONS {
            let (ended, printed) = a.run(options);
            // The `-t` of 2.2.7 ends itself with SIGTERM after some files (mended in 2.2.8).
            let killed = a.program() == Program::Theirs && ended.is_none();
            assert!(
                ended == Some(status) || killed,
                "{options:?}: {ended:?}, not {status}\n{printed}\n{text}"
            );
            assert!(killed || status == 0 || !printed.is_empty(), "nothing is said about\n{text}");
        }
    }
    a.write(CONFIG, &("include /nonexistent\n".to_owned() + &plain.text()));
    let (ended, _) = a.run(&["-t", "-e", "-f", CONFIG]);
    // 2.4.0 is the first that does not run this; 2.2.7 ends with 6.
    assert_eq!(ended, Some(if a.program() == Program::Ours { 4 } else { 6 }));
    assert_eq!(a.run(&["-t", "-f", "/nonexistent"]).0, Some(0));
    assert_eq!(a.run(&["-t", "-e", "-f", "/nonexistent"]).0, Some(4));
}

/// It says what it has to say on standard error, or in the file that is named, in a line with the file and the line.
fn complaints(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    a.write("/tmp/wrong.conf", &Conf::v3(100).line("nonsense 3").text());
    let said = a.shell("keepalived -t -f /tmp/wrong.conf 2>/dev/null || true");
    assert_eq!(said, "", "on standard output");
    let said = a.shell("keepalived -t -f /tmp/wrong.conf 2>&1 || true");
    assert!(said.contains("nonsense"), "{said}");
    let said = a.shell("keepalived --config-test=/tmp/wrong.log -f /tmp/wrong.conf 2>&1 || true");
    assert!(!said.contains("nonsense"), "{said}");
    assert!(a.read("/tmp/wrong.log").contains("nonsense"));
}

/// It takes no privilege, is quick, and touches nothing: neither addresses nor pid files nor a daemon that runs.
fn it_does_nothing_else(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    let (files, pids) = (a.shell("ls -l --time-style=full-iso /run /tmp"), a.processes());
    let began = Stamp::now();
    for _ in 0..5 {
        let said = a.shell("setpriv --reuid 65534 --regid 65534 --clear-groups keepalived -t -f /etc/keepalived/keepalived.conf 2>&1; echo $?");
        let killed = a.program() == Program::Theirs && said.trim() == "143";
        assert!(said.trim() == "0" || killed, "{said}");
    }
    assert!(Stamp::now().since(began) < PATIENCE);
    assert_eq!(a.shell("ls -l --time-style=full-iso /run /tmp"), files);
    assert_eq!(a.processes(), pids);
    lab.expect_steady(VIP4, millis(300));
}

alone!(exit_statuses, complaints, it_does_nothing_else);
