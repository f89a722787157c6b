//! Configurations that are not gone over to.

use netns_tests::alone;

use super::{
    CONFIG, Conf, FAST, Lab, PATIENCE, Program, Reloader, Signal, Stamp, VIP4, expect_interval, millis,
    moved, pause, secs,
};
use crate::LATE;

/// Two instances that cannot be run, each for a reason of its own.
const BROKEN: &str = "vrrp_instance A {\n    interface eth0\n    virtual_ipaddress {\n        10.77.0.100\n    }\n}\n\
    vrrp_instance B {\n    interface eth0\n    virtual_router_id\n}\n";

/// A file that cannot be run changes nothing: the old configuration stays, everything that is wrong is in the log, and
/// the service manager is told. The C program ends, and leaves its address behind.
fn what_cannot_be_run_is_refused(lab: &Lab) {
    let a = lab.node("a");
    let daemon = Reloader::start(a, &Conf::v3(150));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(secs(1));
    let asked = daemon.ask(&BROKEN);
    match a.program() {
        Program::Ours => {
            let why = "STATUS=Running; 1 instance: 1 master; the last reload was refused: it cannot be run";
            daemon.manager.expect(why, PATIENCE);
            pause(secs(1));
            assert_eq!(moved(lab, "a", asked), [""; 0]);
            for pair in lab.adverts("a", asked, Stamp::now()).windows(2) {
                expect_interval(pair[1].0.since(pair[0].0), FAST, LATE);
            }
            let log = a.log();
            for why in ["A has no VRID", "B has no VRID", "needs a whole number", "was not reloaded"] {
                assert!(log.contains(why), "{why} is missing:\n{log}");
            }
            // What is mended is gone over to.
            let asked = daemon.reload(&Conf::v3(151));
            let new = |advert: &netns_tests::packet::Advert| advert.priority == 151;
            lab.expect_advert("a", asked, "with the new priority", new).within(PATIENCE);
        }
        Program::Theirs => {
            let _ = a.expect_exit(PATIENCE);
            assert_eq!(moved(lab, "a", asked), [""; 0], "the C program takes its address with it now");
            a.ip(&["address", "delete", &format!("{VIP4}/24"), "dev", "eth0"]);
        }
    }
}

/// What is merely complained of does not keep a configuration from counting.
fn a_warning_refuses_nothing(lab: &Lab) {
    let a = lab.node("a");
    let daemon = Reloader::start(a, &Conf::v3(150));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let asked = daemon.reload(&Conf::v3(160).line("no_such_keyword 1"));
    lab.expect_advert("a", asked, "with priority 160", |advert| advert.priority == 160).within(PATIENCE);
    assert_eq!(moved(lab, "a", asked), [""; 0]);
}

/// With `reload_check_config` it does, and the complaints are in its file; without complaints the file is empty.
fn a_strict_check_refuses_warnings(lab: &Lab) {
    let a = lab.node("a");
    let strict = |priority| Conf::v3(priority).global("reload_check_config /run/complaints");
    let daemon = Reloader::start(a, &strict(150));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let asked = daemon.ask(&strict(160).line("no_such_keyword 1"));
    daemon.finish();
    pause(secs(1));
    assert_eq!(moved(lab, "a", asked), [""; 0]);
    let adverts = lab.adverts("a", asked, Stamp::now());
    assert!(adverts.iter().all(|(_, advert)| advert.priority == 150), "{adverts:?}");
    assert!(a.read("/run/complaints").contains("no_such_keyword"), "{}", a.read("/run/complaints"));
    let asked = daemon.reload(&strict(170));
    lab.expect_advert("a", asked, "with priority 170", |advert| advert.priority == 170).within(PATIENCE);
    if a.program() == Program::Ours {
        assert_eq!(a.read("/run/complaints"), "");
    }
}

/// A reload that is asked for while another one is under way is done after it, whoever is asked: what counts in the end
/// is the newest file.
fn one_after_another(lab: &Lab) {
    let a = lab.node("a");
    let daemon = Reloader::start(a, &Conf::v3(150));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let from = Stamp::now();
    for priority in 151..=170 {
        daemon.ask(&Conf::v3(priority));
    }
    lab.expect_advert("a", from, "with priority 170", |advert| advert.priority == 170).within(PATIENCE);
    pause(secs(1));
    let last = lab.last_advert("a", Stamp::now()).1;
    assert_eq!(last.priority, 170);
    assert_eq!(moved(lab, "a", from), [""; 0]);
}

/// The child passes the wish on. The child of the C program goes over to the file as the parent read it last.
fn the_child_is_asked(lab: &Lab) {
    let a = lab.node("a");
    let _daemon = Reloader::start(a, &Conf::v3(150));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.write(CONFIG, &Conf::v3(160).text());
    let from = Stamp::now();
    for child in a.family().1 {
        child.signal(Signal::SIGHUP);
    }
    let new = |advert: &netns_tests::packet::Advert| advert.priority == 160;
    match a.program() {
        Program::Ours => drop(lab.expect_advert("a", from, "with priority 160", new).within(PATIENCE)),
        Program::Theirs => {
            pause(secs(2));
            let adverts = lab.adverts("a", from, Stamp::now());
            assert!(!adverts.iter().any(|(_, advert)| new(advert)), "the C program reads the file now");
        }
    }
    pause(millis(300));
    assert_eq!(moved(lab, "a", from), [""; 0]);
}

alone!(
    what_cannot_be_run_is_refused,
    a_warning_refuses_nothing,
    a_strict_check_refuses_warnings,
    one_after_another,
    the_child_is_asked,
);
