//! Somebody on the LAN who means harm: everything is counted, said once, and does no more than the protocol allows to
//! anybody. What an attacker can do at all is measured by `scripts/bench flood`, what signatures change about it in
//! `signed`.

use std::net::Ipv4Addr;

use netns_tests::prelude::*;
use netns_tests::subject_alone;

use crate::{LATE, PATIENCE};

/// How often each is sent.
const TIMES: u32 = 2000;

fn send_all(lab: &Lab, forged: &Forged) {
    for number in 0..TIMES {
        lab.node("x").send(forged);
        // The attacker is a thread a time; the queue of the victim is not what is tested.
        if number % 100 == 0 {
            pause(millis(1));
        }
    }
}

/// Each kind of junk has its counter and its line.
fn junk_is_counted_and_said_once(lab: &Lab) {
    let a = lab.node("a");
    a.start(&Conf::v2(150).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let good = Forged::v2(255);
    let kinds = [
        ("ip_ttl_err", "invalid TTL/HL", Forged { ttl: 254, ..good.clone() }),
        ("packet_len_err", "too short", Forged { count: 200, ..good.clone() }),
        ("invalid_type_rcvd", "Invalid packet type", Forged { version_and_type: 0x22, ..good.clone() }),
        ("authtype_mismatch", "auth from", Forged { interval: [1, 1], ..good.clone() }),
        ("advert_interval_err", "interval mismatch", Forged { interval: [0, 2], ..good }),
    ];
    let from = Stamp::now();
    for (counter, said, forged) in &kinds {
        send_all(lab, forged);
        let all = poll_until(PATIENCE, || (a.counter(counter) >= TIMES.into()).then_some(()));
        assert_eq!((all, a.counter(counter)), (Some(()), TIMES.into()), "{counter}");
        assert_eq!(a.log().matches(said).count(), 1, "{said}: {}", a.log());
    }
    expect_on_schedule(lab, from, secs(1));
    assert!(a.log().lines().count() < 60, "a flood of the log: {}", a.log());
}

/// The master has not fallen silent, and not left.
fn expect_on_schedule(lab: &Lab, from: Stamp, interval: std::time::Duration) {
    pause(interval + LATE);
    lab.expect_owner("a", VIP4).within(LATE);
    let index = lab.node("a").index();
    let adverts = lab.adverts("a", from, Stamp::now());
    let longest = adverts.windows(2).map(|pair| pair[1].0.since(pair[0].0)).max();
    assert!(longest.is_some_and(|gap| gap < interval + LATE), "silent for {longest:?}");
    let lost = lab.ask(|timeline| timeline.lost(index, VIP4.into(), from..));
    assert_eq!(lost, None);
}

/// Packets that are cut off after each octet, and one that is longer than any advert can be.
fn truncated_and_oversized(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    a.start(&Conf::v3(150).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let from = Stamp::now();
    let whole = Forged::v3(255).packet(x.ipv4());
    for length in 20..whole.len() {
        let mut packet = whole[..length].to_vec();
        packet[2..4].copy_from_slice(&u16::try_from(length).unwrap_or(0).to_be_bytes());
        x.send_packet(&packet);
    }
    for _ in 0..5 {
        x.send_octets(5000);
    }
    expect_on_schedule(lab, from, FAST);
    let log = a.log();
    for said in ["packet too short - ", "vrrp packet from", "longer than any advert"] {
        assert_eq!(log.matches(said).count(), 1, "{said}: {log}");
    }
    assert_eq!(
        a.counter("packet_len_err"),
        4,
        "12 octets of message need to be there, 8 were enough to look at"
    );
}

/// Who gives the role up in somebody else's name, again and again, neither keeps a backup from taking over nor the log
/// busy.
fn resignations_in_a_row(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    a.start(&Conf::v2(100).text());
    for _ in 0..4 {
        x.send(&Forged::v2(200));
        pause(millis(300));
    }
    let first = x.send(&Forged::v2(0));
    let taken = poll_until(PATIENCE, || {
        x.send(&Forged::v2(0));
        lab.ask(|timeline| timeline.gained(a.index(), VIP4.into(), first..))
    });
    let taken = taken.unwrap_or_else(|| panic!("held up: {}", a.log()));
    expect_elapsed("takeover", taken.since(first), skew_v2(100), LATE);
    for _ in 0..500 {
        x.send(&Forged::v2(0));
    }
    pause(millis(100));
    let log = a.log();
    assert_eq!(log.matches("received priority 0").count(), 2, "once as backup, once as master: {log}");
    // And every answer was one of at most eight in an interval.
    let answers = lab.adverts("a", taken, Stamp::now()).len();
    assert!(answers < 12, "{answers} answers");
}

/// Two masters by turns: the log names a few.
fn masters_by_turns(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    a.start(&Conf::v3(100).text());
    a.expect_listening(PATIENCE);
    for number in 0..500_u32 {
        let octet = u8::try_from(100 + number % 50).unwrap_or(100);
        x.send_from(Ipv4Addr::new(10, 77, 0, octet), &Forged::v3(200));
        pause(millis(1));
    }
    let log = a.log();
    assert_eq!(log.matches("master set to").count(), 8, "{log}");
    assert!(log.lines().count() < 40, "{log}");
}

/// Somebody says by ARP that the address is at his place. That is believed by the hosts, not by us, and what is announced
/// again and again puts it right.
fn address_is_claimed_by_arp(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    a.start(&Conf::v3(150).line("garp_master_refresh 1").text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(millis(500));
    let from = Stamp::now();
    for _ in 0..20 {
        x.claim(VIP4);
    }
    lab.expect_announcements("a", VIP4, Stamp::now(), 1).within(secs(2));
    expect_on_schedule(lab, from, FAST);
    assert!(!a.log().contains(&x.ipv4().to_string()), "{}", a.log());
}

subject_alone!(
    junk_is_counted_and_said_once,
    truncated_and_oversized,
    resignations_in_a_row,
    masters_by_turns,
    address_is_claimed_by_arp,
);
