//! Advice: each kind has a file that draws it and one that does not, and none changes the exit status.

use std::path::Path;

use keepalived::conf::diag::{Severity, code};
use keepalived::conf::env::Pretend;
use keepalived::conf::model::RunAs;
use keepalived::conf::source::Memory;
use keepalived::conf::{self, Loaded};

const FILE: &str = "/etc/keepalived/keepalived.conf";

/// A file about which there is nothing to say.
const FINE: &str = "\
global_defs {
    router_id lb1
    enable_script_security
    script_user nobody
}
vrrp_script check {
    script /usr/bin/true
    interval 2
    timeout 1
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 150
    nopreempt
    virtual_ipaddress {
        192.0.2.9/24
    }
    track_script {
        check
    }
    notify /usr/bin/true
}
";

/// A kind of advice, and what in the file has to be replaced by what to draw it.
const DRAWN: &[(u16, &[(&str, &str)])] = &[
    (1001, &[("    script_user nobody\n", "")]),
    (1002, &[("    timeout 1\n", "")]),
    (1003, &[("    interval 2\n", "    interval 1\n")]),
    (1004, &[("    nopreempt\n", "    nopreempt\n    version 3\n    advert_int 0.05\n")]),
    (1005, &[("    nopreempt\n", PEERS)]),
    (1006, &[("    nopreempt\n", PEERS)]),
    (1007, &[("    nopreempt\n", PEERS)]),
    (1008, &[("    track_script {\n        check\n    }\n", "")]),
    (
        1009,
        &[("    state BACKUP\n", "    state MASTER\n"), ("    nopreempt\n", ""), ("    priority 150\n", "")],
    ),
    (1010, &[("    priority 150\n", "")]),
    (1011, &[("        check\n", "        check weight -20\n")]),
    (1012, &[("vrrp_script", MEMBERS)]),
    (1013, &[("    nopreempt\n", "")]),
    (1014, &[("    notify ", "    notify_master ")]),
    (
        1015,
        &[(
            "    nopreempt\n",
            "    nopreempt\n    authentication {\n        auth_type PASS\n        auth_pass 1111\n    }\n",
        )],
    ),
    (1016, &[("    router_id lb1\n", "    smtp_server 192.0.2.25\n")]),
    (1017, &[("192.0.2.9/24", "192.0.2.9")]),
];

const PEERS: &str = "    nopreempt\n    unicast_peer {\n        192.0.2.2\n    }\n";

const MEMBERS: &str = "\
vrrp_sync_group both {
    group {
        VI_1
        VI_2
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    priority 150
    preempt_delay 60
    virtual_ipaddress {
        198.51.100.9/24
    }
    track_interface {
        eth0
    }
}
vrrp_script";

fn host() -> Pretend {
    let mut host = Pretend::default();
    host.users.insert("nobody".into(), RunAs { uid: 65_534, gid: 65_534 });
    host
}

fn advised(text: &str) -> Loaded {
    conf::load_with_advice(&Memory::of(FILE, text), Path::new(FILE), &host())
}

fn advice(loaded: &Loaded) -> Vec<u16> {
    loaded.diagnostics.iter().map(|problem| problem.code.number).filter(|number| *number > 1000).collect()
}

#[test]
fn a_fine_file_draws_no_advice() {
    let loaded = advised(FINE);
    assert_eq!(advice(&loaded), [0; 0], "{}", loaded.render(conf::diag::Style::Plain));
}

#[test]
fn each_kind_of_advice_is_given() {
    for (number, changes) in DRAWN {
        let mut text = FINE.to_owned();
        for (from, to) in *changes {
            assert!(text.contains(from), "{number}: {from}");
            text = text.replace(from, to);
        }
        let loaded = advised(&text);
        let said = loaded.render(conf::diag::Style::Plain);
        assert!(loaded.model.is_some(), "K{number}: {said}");
        assert!(advice(&loaded).contains(number), "K{number} is not among {:?}\n{said}", advice(&loaded));
        let plain = conf::load(&Memory::of(FILE, text), Path::new(FILE), &host());
        assert_eq!(advice(&plain), [0; 0], "K{number} without being asked");
        assert_eq!(loaded.exit_class(), plain.exit_class(), "K{number}");
        assert_eq!(
            loaded.diagnostics.strict_exit_class(),
            plain.diagnostics.strict_exit_class(),
            "K{number}"
        );
    }
}

#[test]
fn all_advice_is_tested_and_is_only_advice() {
    let tested: Vec<u16> = DRAWN.iter().map(|(number, _)| *number).collect();
    let known: Vec<u16> = code::all().map(|code| code.number).filter(|number| *number > 1000).collect();
    assert_eq!(tested, known);
    for code in code::all().filter(|code| code.number > 1000) {
        assert_eq!((code.severity, code.class), (Severity::Note, code::Class::Silent), "{code}");
    }
}

/// A warning that the C program does not mind is fatal where somebody wants that.
#[test]
fn strict_makes_warnings_fatal() {
    let text = FINE.replace("priority 150", "priority 150 and more");
    let loaded = advised(&text);
    assert_eq!(loaded.exit_class().status(), 0, "{}", loaded.render(conf::diag::Style::Plain));
    assert_eq!(loaded.diagnostics.strict_exit_class().status(), 4);
    assert_eq!(advised(FINE).diagnostics.strict_exit_class().status(), 0);
}
