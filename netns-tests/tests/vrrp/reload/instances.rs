//! Instances that come and go, down to none.

use netns_tests::{alone, subject_alone};

use super::{
    Conf, FAST, Ipv4Addr, Lab, MORE, PATIENCE, Program, Reloader, Stamp, VIP4, announced, expect_interval,
    millis, moved, other, pause, poll_until, secs,
};
use crate::LATE;

const NOTE: &str = "notify \"/etc/keepalived/note.sh\"\n    notify_deleted";

/// An instance that is new begins like any other, one that is gone resigns and says so; the other one goes on.
fn one_comes_and_goes(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/note.sh", "echo \"$2 $3\" >> /run/noted");
    let one = Conf::v3(150).global("script_user root");
    let two = one.clone().block(&other("VI_2", 77, &[MORE], NOTE));
    let daemon = Reloader::start(a, &one);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(secs(1));
    let from = daemon.reload(&two);
    lab.expect_gain("a", MORE, from).within(PATIENCE);
    a.expect_lines("/run/noted", PATIENCE, "a mastership", |lines| lines == ["VI_2 BACKUP", "VI_2 MASTER"]);
    let gone = daemon.reload(&one);
    lab.expect_loss("a", MORE, gone).within(PATIENCE);
    let resigned = |advert: &netns_tests::packet::Advert| advert.vrid == 77 && advert.priority == 0;
    lab.expect_advert("a", gone, "of resignation", resigned).within(PATIENCE);
    a.expect_lines("/run/noted", PATIENCE, "the end", |lines| lines.last() == Some(&"VI_2 DELETED"));
    pause(millis(500));
    assert_eq!(moved(lab, "a", from), [format!("+{MORE}"), format!("-{MORE}")]);
    if a.program() == Program::Ours {
        assert_eq!(announced(lab, "a", VIP4, from), 0);
        let adverts = lab.adverts("a", from, Stamp::now());
        let first: Vec<Stamp> =
            adverts.iter().filter(|(_, advert)| advert.vrid != 77).map(|(at, _)| *at).collect();
        for pair in first.windows(2) {
            expect_interval(pair[1].since(pair[0]), FAST, LATE);
        }
    }
}

/// Without instances there is nothing for a child to do: it stops in good order, and starts when there is.
fn to_none_and_back(lab: &Lab) {
    let a = lab.node("a");
    let some = Conf::v3(150);
    let none = "global_defs {\n    router_id none\n}\n";
    let daemon = Reloader::start(a, &some);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    for _ in 0..2 {
        let asked = daemon.reload(&none);
        lab.expect_loss("a", VIP4, asked).within(PATIENCE);
        lab.expect_advert("a", asked, "of resignation", |advert| advert.priority == 0).within(PATIENCE);
        let alone = poll_until(PATIENCE, || a.family().1.is_empty().then_some(()));
        assert!(a.program() == Program::Theirs || alone.is_some(), "the child stays: {:?}", a.family());
        let asked = daemon.reload(&some);
        lab.expect_gain("a", VIP4, asked).within(PATIENCE);
    }
    a.stop();
}

/// From nothing to something, and what was asked for while that began counts, too.
fn from_none_at_once(lab: &Lab) {
    let a = lab.node("a");
    let daemon = Reloader::start(a, &"global_defs {\n    router_id none\n}\n");
    for octet in 110..120 {
        let ip = Ipv4Addr::new(10, 77, 0, octet);
        daemon.ask(&Conf::v3(150).without_addresses().address(&format!("{ip}/24")));
    }
    let last = Ipv4Addr::new(10, 77, 0, 119);
    lab.expect_owner("a", last).within(PATIENCE);
    pause(secs(1));
    for octet in 110..119 {
        lab.expect_nobody(Ipv4Addr::new(10, 77, 0, octet)).within(PATIENCE);
    }
    lab.expect_owner("a", last).within(PATIENCE);
}

alone!(one_comes_and_goes, to_none_and_back);

// The C program has no child that could be told, and starts one for each.
subject_alone!(from_none_at_once);
