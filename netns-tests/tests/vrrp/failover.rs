//! The master dies, stops, loses its cable or its peer.

use netns_tests::matrix;
use netns_tests::prelude::*;

use crate::{LATE, PATIENCE, START, start_both, start_pair};

/// RFC 3768 6.4.2: the backup takes over one master down interval after the last advert.
fn v2_master_dies(lab: &Lab) {
    start_pair(lab, &Conf::v2(150), &Conf::v2(100));
    let (_, advert) = lab.expect_advert("a", lab.began(), "as master", |_| true).within(PATIENCE);
    assert_eq!((advert.version, advert.vrid, advert.priority), (2, 51, 150));
    assert_eq!((advert.interval, advert.addresses, advert.auth), (secs(1), vec![VIP4.into()], Auth::None));

    let death = lab.node("a").crash();
    let taken = lab.expect_gain("b", VIP4, death).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v2(100, secs(1)), LATE);
    lab.expect_announcements("b", VIP4, death, 5).within(PATIENCE);
}

/// RFC 9568 6.4.2, at an interval below one second.
fn v3_master_dies(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let (_, advert) = lab.expect_advert("a", lab.began(), "as master", |_| true).within(PATIENCE);
    assert_eq!((advert.version, advert.vrid, advert.priority), (3, 51, 150));
    assert_eq!((advert.interval, advert.addresses), (FAST, vec![VIP4.into()]));

    let death = lab.node("a").crash();
    let taken = lab.expect_gain("b", VIP4, death).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(100, FAST), LATE);
    lab.expect_announcements("b", VIP4, death, 5).within(PATIENCE);
}

/// The same over IPv6; every address is announced by neighbour advertisements.
fn ipv6_master_dies(lab: &Lab) {
    start_both(lab, &Conf::v6(150).text(), &Conf::v6(100).text());
    lab.expect_owner("a", VIP6).within(PATIENCE);
    lab.expect_owner("a", VIP6_LINK).within(PATIENCE);
    let (_, advert) = lab.expect_advert("a", lab.began(), "as master", |_| true).within(PATIENCE);
    assert_eq!(advert.addresses, vec![VIP6_LINK, VIP6]);
    assert_eq!(advert.source, lab.node("a").link_local());

    let death = lab.node("a").crash();
    let taken = lab.expect_gain("b", VIP6, death).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(100, FAST), LATE);
    for address in [VIP6_LINK, VIP6] {
        lab.expect_announcements("b", address, death, 5).within(PATIENCE);
    }
}

/// A master that is stopped says so with priority 0, and the backup takes over after its skew.
fn v2_master_stops(lab: &Lab) {
    start_pair(lab, &Conf::v2(150), &Conf::v2(100));
    master_stops(lab, skew_v2(100));
}

/// The same in version 3, where the skew is a part of the interval.
fn v3_master_stops(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    master_stops(lab, skew_v3(100, FAST));
}

fn master_stops(lab: &Lab, skew: std::time::Duration) {
    let stop = lab.node("a").stop();
    let resigned = lab.expect_advert("a", stop, "with priority 0", |advert| advert.priority == 0);
    let (resigned, _) = resigned.within(PATIENCE);
    let lost = lab.expect_loss("a", VIP4, stop).within(PATIENCE);
    assert!(lost.since(stop) < millis(500), "the address was held for {:?} after SIGTERM", lost.since(stop));
    let taken = lab.expect_gain("b", VIP4, stop).within(PATIENCE);
    expect_elapsed("takeover", taken.since(resigned), skew, LATE);
    assert!(lost < taken, "both held the address");
    let after = lab.adverts("a", resigned.plus(millis(1)), Stamp::now());
    assert!(after.is_empty(), "adverts after the one with priority 0: {after:?}");
}

/// A backup that is stopped says nothing and changes nothing.
fn backup_stops(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    lab.node("b").stop();
    lab.expect_steady(VIP4, secs(1));
    assert!(lab.adverts("b", lab.began(), Stamp::now()).is_empty(), "a backup advertised");
}

/// Losing the carrier is a fault: the addresses go at once. When it is back, a full master down interval
/// passes before the router is master again.
fn cable_is_pulled_and_plugged(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let pulled = Stamp::now();
    lab.link("a").pull();
    let lost = lab.expect_loss("a", VIP4, pulled).within(PATIENCE);
    assert!(lost.since(pulled) < LATE, "the address was held for {:?} without a carrier", lost.since(pulled));
    let taken = lab.expect_gain("b", VIP4, pulled).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(100, FAST), LATE);

    let plugged = Stamp::now();
    lab.link("a").plug();
    let back = lab.expect_gain("a", VIP4, plugged).within(PATIENCE);
    expect_elapsed("return", back.since(plugged), master_down_v3(150, FAST), LATE);
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// When the LAN falls in two there are two masters. When it is whole again the better one stays, without
/// having let go, and tells the LAN; the other one goes without priority 0.
fn partition_heals(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    lab.link("b").cut();
    lab.expect_holders(&["a", "b"], VIP4).within(PATIENCE);
    let mended = Stamp::now();
    lab.link("b").mend();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, secs(1));
    let resigned = lab.adverts("b", mended, Stamp::now());
    assert!(resigned.iter().all(|(_, advert)| advert.priority != 0), "{resigned:?}");
}

/// Of two masters of equal priority the one with the higher address stays (RFC 9568 6.4.3).
fn equal_masters_meet(lab: &Lab) {
    lab.node("a").start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.node("b").start(&Conf::v3(100).text());
    lab.expect_steady(VIP4, START);
    lab.link("b").cut();
    lab.expect_holders(&["a", "b"], VIP4).within(PATIENCE);
    lab.link("b").mend();
    lab.expect_owner("b", VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, secs(1));
}

/// An address left by a crash is gone before the restarted daemon says its first word, although the router
/// could be master again soon.
fn leftover_of_a_crash_is_cleaned(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    lab.node("a").crash();
    lab.expect_holders(&["a", "b"], VIP4).within(PATIENCE);
    let restart = lab.node("a").restart();
    let cleaned = lab.expect_loss("a", VIP4, restart).within(PATIENCE);
    let back = lab.expect_gain("a", VIP4, restart).within(PATIENCE);
    let (first, _) = lab.expect_advert("a", restart, "after the restart", |_| true).within(PATIENCE);
    assert!(cleaned < first, "it advertised while it still held the address of its former life");
    let waited = back.since(restart);
    assert!(waited >= master_down_v3(150, FAST), "master again after {waited:?}: it has not listened");
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// An address that somebody removes by hand is put back at once and announced again, and the router stays
/// master. The C program resigns, and is master again after its skew.
fn address_is_removed_by_hand(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(50));
    // The second burst of becoming master is five seconds away.
    lab.expect_announcements("a", VIP4, lab.began(), 5).within(PATIENCE);
    let removed = Stamp::now();
    lab.node("a").ip(&["address", "delete", &format!("{VIP4}/24"), "dev", "eth0"]);
    let back = lab.expect_gain("a", VIP4, removed).within(PATIENCE);
    lab.expect_announcements("a", VIP4, removed, 1).within(PATIENCE);
    pause(2 * FAST);
    let resigned = lab.adverts("a", removed, Stamp::now());
    let resigned = resigned.iter().filter(|(_, advert)| advert.priority == 0).count();
    match lab.node("a").program() {
        Program::Ours => {
            assert!(back.since(removed) < LATE, "put back after {:?}", back.since(removed));
            assert_eq!(resigned, 0, "adverts with priority 0");
        }
        Program::Theirs => {
            expect_elapsed("return", back.since(removed), skew_v3(150, FAST), LATE);
            assert_eq!(resigned, 1, "adverts with priority 0");
        }
    }
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let stolen = lab.ask(|timeline| timeline.gained(lab.node("b").index(), VIP4.into(), removed..));
    assert_eq!(stolen, None, "the address went to b");
}

matrix!(
    v2_master_dies,
    v3_master_dies,
    ipv6_master_dies,
    v2_master_stops,
    v3_master_stops,
    backup_stops,
    cable_is_pulled_and_plugged,
    partition_heals,
    equal_masters_meet,
    leftover_of_a_crash_is_cleaned,
    address_is_removed_by_hand,
);
