//! Adverts that are wrong, foreign or malicious, and one router that has to live with them.
//!
//! Where the C program falls for them the test says so and asserts that, too: a difference is only known as
//! long as it is measured. Each of them stands in `tests/DEVIATIONS.md`.

use std::net::Ipv4Addr;
use std::time::Duration;

use netns_tests::alone;
use netns_tests::prelude::*;

use crate::{LATE, PATIENCE};

/// Starts node `a` and waits until it is master.
fn become_master(lab: &Lab, conf: &Conf) {
    lab.node("a").start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// Sends `forged` every `step`, `count` times.
fn send_repeatedly(lab: &Lab, forged: &Forged, count: u32, step: Duration) {
    for _ in 0..count {
        lab.node("x").send(forged);
        pause(step);
    }
}

/// A master answers a worse router at once, and tells the LAN again where the address lives.
fn losing_advert_is_answered(lab: &Lab) {
    become_master(lab, &Conf::v2(150).line("garp_master_delay 1").line("garp_lower_prio_delay 1"));
    // Past the second burst of becoming master, and away from an advert that is due anyway.
    lab.expect_announcements("a", VIP4, lab.began(), 10).within(PATIENCE);
    lab.expect_advert("a", Stamp::now(), "on schedule", |_| true).within(PATIENCE);
    let sent = lab.node("x").send(&Forged::v2(50));
    let (answer, advert) = lab.expect_advert("a", sent, "as answer", |_| true).within(PATIENCE);
    assert_eq!(advert.priority, 150);
    assert!(answer.since(sent) < LATE, "answered after {:?}", answer.since(sent));
    lab.expect_announcements("a", VIP4, sent, 5).within(LATE);
    lab.expect_steady(VIP4, millis(500));
}

/// A better router is obeyed, and replaced when it goes silent.
fn winning_advert_is_obeyed(lab: &Lab) {
    become_master(lab, &Conf::v3(100));
    let sent = lab.node("x").send(&Forged::v3(200));
    lab.expect_loss("a", VIP4, sent).within(PATIENCE);
    let back = lab.expect_gain("a", VIP4, sent).within(PATIENCE);
    expect_elapsed("return", back.since(sent), master_down_v3(100, FAST), LATE);
}

/// An advert with priority 0 lets a backup take over after its skew.
fn resignation_is_heard(lab: &Lab) {
    let conf = Conf::v2(100);
    lab.node("a").start(&conf.text());
    // Long enough for the daemon to listen, too short for a takeover.
    send_repeatedly(lab, &Forged::v2(200), 5, millis(500));
    let sent = lab.node("x").send(&Forged::v2(0));
    let taken = lab.expect_gain("a", VIP4, sent).within(PATIENCE);
    expect_elapsed("takeover", taken.since(sent), skew_v2(100), LATE);
}

/// What must not be heard: each of these would win if it were.
fn forbidden() -> Vec<(&'static str, Forged)> {
    let good = Forged::v2(200);
    vec![
        ("TTL 254", Forged { ttl: 254, ..good.clone() }),
        ("version 3", Forged { version_and_type: 0x31, ..good.clone() }),
        ("version 4", Forged { version_and_type: 0x41, ..good.clone() }),
        ("type 2", Forged { version_and_type: 0x22, ..good.clone() }),
        ("another VRID", Forged { vrid: 52, ..good.clone() }),
        ("a wrong checksum", Forged { checksum: Checksum::Wrong, ..good.clone() }),
        ("more addresses than octets", Forged { count: 200, ..good.clone() }),
        ("another interval", Forged { interval: [0, 2], ..good.clone() }),
        ("simple authentication", Forged { interval: [1, 1], ..good.clone() }),
        ("no authentication data", Forged { trailer: Vec::new(), ..good.clone() }),
        ("too much data", Forged { trailer: vec![0; 9], ..good.clone() }),
        ("no addresses and no data", Forged { addresses: Vec::new(), trailer: Vec::new(), ..good }),
    ]
}

/// None of the forbidden adverts takes the address from a master.
fn forbidden_adverts_win_nothing(lab: &Lab) {
    become_master(lab, &Conf::v2(100));
    for (what, forged) in forbidden() {
        let sent = lab.node("x").send(&forged);
        let lost = lab.observer().wait(millis(150), |t| t.lost(lab.node("a").index(), VIP4.into(), sent..));
        assert!(lost.is_err(), "an advert with {what} was obeyed");
    }
    // The router still listens: a good one is.
    let sent = lab.node("x").send(&Forged::v2(200));
    lab.expect_loss("a", VIP4, sent).within(PATIENCE);
}

/// None of the forbidden adverts keeps a backup from taking over.
fn forbidden_adverts_hold_nothing_up(lab: &Lab) {
    let start = lab.node("a").start(&Conf::v2(100).text());
    let all = forbidden();
    let taken = poll_until(PATIENCE, || {
        for (_, forged) in &all {
            lab.node("x").send(forged);
        }
        lab.ask(|timeline| timeline.gained(lab.node("a").index(), VIP4.into(), start..))
    });
    let taken = taken.expect("takeover despite junk");
    expect_elapsed("takeover", taken.since(start), master_down_v2(100, secs(1)), secs(2));
}

/// Junk faster than the interval must not silence a master. The C program restarts its timer with every
/// packet it hears, whatever it thinks of it.
fn junk_does_not_silence_a_master(lab: &Lab) {
    become_master(lab, &Conf::v2(150));
    let junk = Forged { ttl: 254, ..Forged::v2(50) };
    send_repeatedly(lab, &junk, 1, millis(0));
    let from = Stamp::now();
    send_repeatedly(lab, &junk, 12, millis(300));
    let adverts = lab.adverts("a", from, Stamp::now()).len();
    match lab.node("a").program() {
        Program::Ours => assert!((3..=4).contains(&adverts), "{adverts} adverts in 3.6 s"),
        Program::Theirs => assert!(adverts <= 1, "the C program is silenced no more: {adverts} adverts"),
    }
    lab.expect_steady(VIP4, millis(100));
}

/// A better router with another list of addresses is obeyed: RFC 9568 only logs the difference, and two
/// masters would be worse. The C program's 2.2.7 drops the advert, 2.3.3 and later obey it.
fn another_address_list_still_wins(lab: &Lab) {
    become_master(lab, &Conf::v3(100));
    let other = Forged { count: 2, addresses: vec![VIP4, Ipv4Addr::new(10, 77, 0, 200)], ..Forged::v3(200) };
    let sent = lab.node("x").send(&other);
    let lost =
        lab.observer().wait(secs(1), |timeline| timeline.lost(lab.node("a").index(), VIP4.into(), sent..));
    match lab.node("a").program() {
        Program::Ours => assert!(lost.is_ok(), "two masters because of an address"),
        Program::Theirs => assert!(lost.is_err(), "the C program obeys now"),
    }
}

/// The checksum of version 3 over IPv4 is accepted with and without the pseudo-header, since the RFCs are
/// read in both ways. The C program's 2.2.7 knows one.
fn both_checksums_of_version_3_are_accepted(lab: &Lab) {
    become_master(lab, &Conf::v3(100));
    let sent = lab.node("x").send(&Forged { checksum: Checksum::Message, ..Forged::v3(200) });
    let lost =
        lab.observer().wait(secs(1), |timeline| timeline.lost(lab.node("a").index(), VIP4.into(), sent..));
    match lab.node("a").program() {
        Program::Ours => assert!(lost.is_ok(), "the checksum of RFC 9568 was refused"),
        Program::Theirs => assert!(lost.is_err(), "the C program accepts it now"),
    }
}

/// An interval of zero is no interval: whoever believes it takes the master for dead at once, as the C
/// program does.
fn zero_interval_does_not_kill_a_master(lab: &Lab) {
    lab.node("a").start(&Conf::v3(100).line("advert_int 1").text());
    // The daemon is a backup by then, and its master down interval of 3.6 s is far from over.
    send_repeatedly(lab, &Forged { interval: [0, 100], ..Forged::v3(200) }, 4, millis(500));
    let zero = Forged { interval: [0, 0], ..Forged::v3(200) };
    let from = Stamp::now();
    lab.node("x").send(&zero);
    let taken =
        lab.observer().wait(secs(1), |timeline| timeline.gained(lab.node("a").index(), VIP4.into(), from..));
    match lab.node("a").program() {
        Program::Ours => assert!(taken.is_err(), "took over after {:?}", taken.map(|at| at.since(from))),
        Program::Theirs => assert!(taken.is_ok(), "the C program does not believe it any more"),
    }
}

/// With `lower_prio_no_advert` a worse router gets no answer: many of its adverts bring no more of ours than
/// the schedule does.
fn losing_advert_is_ignored_on_request(lab: &Lab) {
    become_master(lab, &Conf::v2(150).line("lower_prio_no_advert true"));
    let from = Stamp::now();
    send_repeatedly(lab, &Forged::v2(50), 20, millis(100));
    let to = Stamp::now();
    let adverts = lab.adverts("a", from, to).len();
    let most = usize::try_from(to.since(from).as_secs()).unwrap_or(usize::MAX) + 2;
    assert!(
        adverts <= most,
        "{adverts} adverts in {:?}, though 20 worse ones were to be ignored",
        to.since(from)
    );
}

/// With `higher_prio_send_advert` a master says one more word before it yields to a better router, so that
/// the better one tells the LAN again where the address lives.
fn winning_advert_is_answered_on_request(lab: &Lab) {
    become_master(lab, &Conf::v2(100).line("higher_prio_send_advert true"));
    lab.expect_advert("a", Stamp::now(), "on schedule", |_| true).within(PATIENCE);
    let sent = lab.node("x").send(&Forged::v2(200));
    lab.expect_loss("a", VIP4, sent).within(PATIENCE);
    let (answer, advert) = lab.expect_advert("a", sent, "as answer", |_| true).within(PATIENCE);
    assert_eq!(advert.priority, 100);
    assert!(answer.since(sent) < LATE, "answered after {:?}", answer.since(sent));
}

/// In unicast a stranger is heard unless `check_unicast_src` says otherwise.
fn stranger_is_refused_on_request(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    let stranger = Forged { destination: a.ipv4(), ..Forged::v2(200) };
    let conf = Conf::v2(100).unicast(a.ipv4(), Ipv4Addr::new(10, 77, 0, 9));
    become_master(lab, &conf.clone().line("check_unicast_src"));
    let sent = x.send(&stranger);
    let lost = lab.observer().wait(millis(500), |t| t.lost(a.index(), VIP4.into(), sent..));
    assert!(lost.is_err(), "a stranger was obeyed");
    a.stop();
    become_master(lab, &conf);
    let sent = x.send(&stranger);
    lab.expect_loss("a", VIP4, sent).within(PATIENCE);
}

/// Thousands of packets full of noise, of every protocol that the daemon listens to: it goes on as if nothing
/// had happened, on schedule.
fn noise_is_nothing(lab: &Lab) {
    let second = Conf::v6(150).text();
    let second = second.split_once("vrrp_instance VI_1").map_or("", |(_, rest)| rest);
    let second =
        format!("vrrp_instance VI_6{}", second.replace("virtual_router_id 51", "virtual_router_id 61"));
    let ah = Conf::v2(150).ah("secret").without_addresses().address("10.77.0.110/24").text();
    let ah = ah.split_once("vrrp_instance VI_1").map_or("", |(_, rest)| rest);
    let ah = format!("vrrp_instance VI_AH{}", ah.replace("virtual_router_id 51", "virtual_router_id 71"));
    become_master(lab, &Conf::v3(150).block(&second).block(&ah));
    lab.expect_owner("a", VIP6).within(PATIENCE);
    lab.expect_owner("a", Ipv4Addr::new(10, 77, 0, 110)).within(PATIENCE);
    let (family, from) = (lab.node("a").family(), Stamp::now());
    lab.node("x").send_noise(5000);
    lab.expect_steady(VIP4, secs(1));
    assert_eq!(lab.node("a").family(), family, "a process has died");
    let version_3: Vec<Stamp> = lab
        .adverts("a", from, Stamp::now())
        .into_iter()
        .filter(|(_, advert)| advert.vrid == 51)
        .map(|(at, _)| at)
        .collect();
    let longest = version_3.windows(2).map(|pair| pair[1].since(pair[0])).max();
    assert!(longest.is_some_and(|gap| gap < FAST + LATE), "silent for {longest:?}");
}

alone!(
    losing_advert_is_ignored_on_request,
    winning_advert_is_answered_on_request,
    stranger_is_refused_on_request,
    noise_is_nothing,
    losing_advert_is_answered,
    winning_advert_is_obeyed,
    resignation_is_heard,
    forbidden_adverts_win_nothing,
    forbidden_adverts_hold_nothing_up,
    junk_does_not_silence_a_master,
    another_address_list_still_wins,
    both_checksums_of_version_3_are_accepted,
    zero_interval_does_not_kill_a_master,
);
