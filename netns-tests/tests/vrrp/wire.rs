//! What is on the wire: authentication, unicast, address lists, announcements.

use std::net::{IpAddr, Ipv4Addr};

use netns_tests::matrix;
use netns_tests::prelude::*;
use netns_tests::timeline::Address;

use crate::{LATE, PATIENCE, START, start_both, start_pair};

const EXCLUDED: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 101);

/// The octets of the password are on the wire, filled up with zeros, and both sides accept each other.
fn password_is_shared(lab: &Lab) {
    start_pair(lab, &Conf::v2(150).password("sesame"), &Conf::v2(100).password("sesame"));
    let (_, advert) = lab.expect_advert("a", lab.began(), "with a password", |_| true).within(PATIENCE);
    assert_eq!(advert.auth, Auth::Simple(*b"sesame\0\0"));
    lab.expect_steady(VIP4, master_down_v2(100, secs(1)));
    let stop = lab.node("a").stop();
    lab.expect_gain("b", VIP4, stop).within(PATIENCE);
}

/// An advert with a wrong password is none: both become master.
fn wrong_password_is_refused(lab: &Lab) {
    start_both(lab, &Conf::v2(150).password("sesame").text(), &Conf::v2(100).password("poppy").text());
    lab.expect_holders(&["a", "b"], VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, secs(2));
}

/// IPsec AH: the sequence goes on across a takeover, and in both directions.
fn ah_is_shared(lab: &Lab) {
    start_pair(lab, &Conf::v2(150).ah("secret"), &Conf::v2(100).ah("secret"));
    lab.expect_steady(VIP4, master_down_v2(100, secs(1)));
    let stop = lab.node("a").stop();
    let taken = lab.expect_gain("b", VIP4, stop).within(PATIENCE);
    let (resigned, last) = lab.last_advert("a", taken);
    assert_eq!(last.priority, 0);
    expect_elapsed("takeover", taken.since(resigned), skew_v2(100), LATE);
    let (_, first) = lab.expect_advert("b", stop, "as master", |_| true).within(PATIENCE);
    let sequence = |advert: &Advert| match advert.auth {
        Auth::Ah { sequence } => sequence,
        Auth::None | Auth::Simple(_) => panic!("an advert without AH: {advert:?}"),
    };
    assert!(sequence(&first) > sequence(&last), "{first:?} after {last:?}");
}

/// An advert with another key is none.
fn wrong_ah_key_is_refused(lab: &Lab) {
    start_both(lab, &Conf::v2(150).ah("secret").text(), &Conf::v2(100).ah("public").text());
    lab.expect_holders(&["a", "b"], VIP4).within(PATIENCE);
}

/// In version 2 the intervals must agree, or the advert is none.
fn v2_interval_mismatch_is_refused(lab: &Lab) {
    start_both(lab, &Conf::v2(150).text(), &Conf::v2(100).line("advert_int 2").text());
    lab.expect_holders(&["a", "b"], VIP4).within(secs(10));
}

/// Unicast in version 2: adverts go to the peer and nowhere else.
fn v2_unicast(lab: &Lab) {
    unicast(lab, &Conf::v2(150), &Conf::v2(100));
}

/// Unicast in version 3, whose checksum covers the peer's address.
fn v3_unicast(lab: &Lab) {
    unicast(lab, &Conf::v3(150), &Conf::v3(100));
}

/// Unicast in version 3 with the checksum of old, which covers the address of the group.
fn v3_unicast_of_old(lab: &Lab) {
    let of_old = |priority| Conf::v3(priority).line("old_unicast_checksum");
    unicast(lab, &of_old(150), &of_old(100));
}

/// Without peers an instance is in fault if it says so.
fn unicast_without_peers(lab: &Lab) {
    lab.node("a").start(&Conf::v3(150).line("unicast_fault_no_peer").text());
    lab.node("b").start(&Conf::v3(100).text());
    lab.expect_owner("b", VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, secs(1));
    let adverts = lab.adverts("a", lab.began(), Stamp::now());
    assert!(adverts.is_empty(), "{adverts:?}");
}

fn unicast(lab: &Lab, a: &Conf, b: &Conf) {
    let (ip_a, ip_b) = (lab.node("a").ipv4(), lab.node("b").ipv4());
    start_pair(lab, &a.clone().unicast(ip_a, ip_b), &b.clone().unicast(ip_b, ip_a));
    lab.expect_steady(VIP4, secs(2));
    let stop = lab.node("a").stop();
    lab.expect_gain("b", VIP4, stop).within(PATIENCE);
    let destinations = |node: &str| {
        let adverts = lab.adverts(node, lab.began(), Stamp::now());
        let mut found: Vec<IpAddr> = adverts.iter().map(|(_, advert)| advert.destination).collect();
        found.dedup();
        found
    };
    lab.expect_advert("b", stop, "as master", |_| true).within(PATIENCE);
    assert_eq!(destinations("a"), [ip_b]);
    assert_eq!(destinations("b"), [ip_a]);
}

/// Unicast over IPv6, between global addresses.
fn ipv6_unicast(lab: &Lab) {
    let (ip_a, ip_b) = (lab.node("a").ipv6(), lab.node("b").ipv6());
    start_both(lab, &Conf::v6(150).unicast(ip_a, ip_b).text(), &Conf::v6(100).unicast(ip_b, ip_a).text());
    lab.expect_owner("a", VIP6).within(PATIENCE);
    lab.expect_steady(VIP6, START);
    let stop = lab.node("a").stop();
    lab.expect_gain("b", VIP6, stop).within(PATIENCE);
    let advert = lab.last_advert("a", Stamp::now()).1;
    assert_eq!((advert.source, advert.destination), (ip_a.into(), ip_b.into()));
}

/// Excluded addresses move and are announced, but are not on the wire.
fn excluded_addresses_move_silently(lab: &Lab) {
    let excluded = format!("virtual_ipaddress_excluded {{\n    {EXCLUDED}/24\n}}");
    start_pair(lab, &Conf::v3(150).line(&excluded), &Conf::v3(100).line(&excluded));
    lab.expect_owner("a", EXCLUDED).within(PATIENCE);
    lab.expect_announcements("a", EXCLUDED, lab.began(), 5).within(PATIENCE);
    let advert = lab.expect_advert("a", lab.began(), "as master", |_| true).within(PATIENCE).1;
    assert_eq!(advert.addresses, [VIP4]);
    let stop = lab.node("a").stop();
    lab.expect_gain("b", EXCLUDED, stop).within(PATIENCE);
    lab.expect_owner("b", EXCLUDED).within(PATIENCE);
}

/// Prefix lengths, labels and scopes are the kernel's business: it shows what the file says.
fn addresses_are_as_written(lab: &Lab) {
    let conf = |priority| {
        Conf::v3(priority)
            .without_addresses()
            .address("10.77.0.100")
            .address("10.78.0.100/16 dev eth0 label eth0:1")
            .address("10.79.0.100/24 scope link")
    };
    start_both(lab, &conf(150).text(), &conf(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let second = Ipv4Addr::new(10, 78, 0, 100);
    let third = Ipv4Addr::new(10, 79, 0, 100);
    lab.expect_owner("a", third).within(PATIENCE);
    let shown = |ip| {
        let Address { prefix, scope, label, .. } = lab.expect_address("a", ip).within(PATIENCE);
        (prefix, scope, label)
    };
    let plain = Some("eth0".to_owned());
    assert_eq!(shown(VIP4), (32, 0, plain.clone()));
    assert_eq!(shown(second), (16, 0, Some("eth0:1".to_owned())));
    assert_eq!(shown(third), (24, 253, plain));
    let advert = lab.expect_advert("a", lab.began(), "as master", |_| true).within(PATIENCE).1;
    assert_eq!(advert.addresses, [VIP4, second, third]);
}

/// `garp_master_repeat` announcements at once and as many again after `garp_master_delay`.
fn announcements_are_repeated(lab: &Lab) {
    let a = Conf::v3(150).line("garp_master_repeat 3").line("garp_master_delay 1");
    start_pair(lab, &a, &Conf::v3(100));
    let gained = lab.expect_gain("a", VIP4, lab.began()).within(PATIENCE);
    let (advert, _) = lab.expect_advert("a", lab.began(), "as master", |_| true).within(PATIENCE);
    let announced = lab.expect_announcements("a", VIP4, lab.began(), 6).within(PATIENCE);
    let gaps: Vec<_> = announced.iter().map(|at| at.since(advert)).collect();
    assert!(announced.iter().all(|at| *at > advert), "announced before it advertised: {gaps:?}");
    assert!(gaps.iter().take(3).all(|gap| *gap < LATE), "the first burst is late: {gaps:?}");
    for gap in gaps.iter().skip(3) {
        expect_elapsed("second burst", *gap, secs(1), LATE);
    }
    pause(secs(1));
    let all = lab.expect_announcements("a", VIP4, lab.began(), 6).within(PATIENCE);
    assert_eq!(all.len(), 6, "{gained}: {all:?}");
}

/// `garp_master_refresh` announces again and again, as long as the router is master and no longer.
fn announcements_are_refreshed(lab: &Lab) {
    let a = [
        "garp_master_repeat 1",
        "garp_master_delay 0",
        "garp_master_refresh 1",
        "garp_master_refresh_repeat 2",
    ];
    let a = a.iter().fold(Conf::v3(150), |conf, line| conf.line(line));
    start_pair(lab, &a, &Conf::v3(100));
    // One at once, and two each second.
    let announced = lab.expect_announcements("a", VIP4, lab.began(), 7).within(PATIENCE);
    let [first, .., last] = announced[..] else { panic!("{announced:?}") };
    expect_elapsed("three refreshes", last.since(first), secs(3) - FAST, LATE + 2 * FAST);
    lab.link("a").pull();
    lab.expect_owner("b", VIP4).within(PATIENCE);
    let gone = Stamp::now();
    pause(secs(2));
    let after = lab.ask(|timeline| timeline.announcements(0, VIP4.into(), gone..).count());
    assert_eq!(after, 0, "a router in fault announces");
}

matrix!(
    announcements_are_refreshed,
    password_is_shared,
    wrong_password_is_refused,
    ah_is_shared,
    wrong_ah_key_is_refused,
    v2_interval_mismatch_is_refused,
    v2_unicast,
    v3_unicast,
    v3_unicast_of_old,
    unicast_without_peers,
    ipv6_unicast,
    excluded_addresses_move_silently,
    addresses_are_as_written,
    announcements_are_repeated,
);
