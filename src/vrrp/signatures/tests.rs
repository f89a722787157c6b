use proptest::prelude::*;

use super::*;
use crate::base::wall::WallTime;
use crate::conf::model::secret::Key;
use crate::conf::model::vrrp::{Peer, Unicast};
use crate::vrrp::testing::{PEER, instance, ip};

const MESSAGE: &[u8] = &[0x31, 51, 200, 1, 0, 100, 0xa1, 0x68, 192, 0, 2, 100];

fn hmac() -> AuthHmac {
    AuthHmac {
        keys: vec![(1, Key::new((0..32).collect())), (2, Key::new((1..=64).collect()))],
        active: 1,
        window: Span::from_secs(5),
        monotonic: false,
        mode: HmacMode::Enforce,
    }
}

/// A moment, in milliseconds after some day in 2024.
fn at(millis: u64) -> Stamp {
    Stamp::at(WallTime::from_micros(1_711_276_032_000_000 + 1000 * millis))
}

fn signed() -> Signed<'static> {
    Signed { source: ip(PEER), message: MESSAGE }
}

/// What a peer with this configuration sends at a moment.
fn sent(hmac: &AuthHmac, clock: Stamp) -> [u8; LEN] {
    Signatures::default().sign(hmac, &signed(), clock).unwrap()
}

fn check(ours: &Signatures, hmac: &AuthHmac, trailer: &[u8; LEN], clock: Stamp) -> Result<Stamp, Doubt> {
    ours.check(hmac, View::new(trailer), &signed(), clock)
}

#[test]
fn each_of_our_signatures_is_later_than_the_one_before_whatever_the_clock_does() {
    let (mut ours, hmac) = (Signatures::default(), hmac());
    let mut last = ours.next(&hmac, at(1000));
    assert_eq!(last, at(1000));
    for clock in [1000, 1000, 1001, 900, 0, 1001, 5000] {
        let next = ours.next(&hmac, at(clock));
        assert!(next.is_after(last), "{clock}");
        last = next;
    }
    assert_eq!(last, at(5000));
}

#[test]
fn a_clock_that_was_set_back_far_is_followed_where_time_counts_and_outlived_where_only_order_does() {
    let (time, order) = (hmac(), AuthHmac { monotonic: true, ..hmac() });
    let mut ours = Signatures::default();
    ours.next(&time, at(100_000));
    assert_eq!(ours.clone().next(&time, at(95_000)), at(100_000).next(), "within the window it goes on");
    assert_eq!(ours.clone().next(&time, at(94_000)), at(94_000), "beyond it begins with the clock");
    assert_eq!(ours.next(&order, at(94_000)), at(100_000).next());
    assert_eq!(ours.ahead_of(at(94_000)), Some(at(100_000).next().to_bits()));
    assert_eq!(ours.ahead_of(at(100_001)), None);
    let mut successor = Signatures::resume(at(100_000).to_bits());
    assert_eq!(successor.next(&order, at(94_000)), at(100_000).next());
}

#[test]
fn a_signature_counts_once_and_none_before_it() {
    let (mut ours, hmac, conf) = (Signatures::default(), hmac(), instance());
    let early = sent(&hmac, at(10));
    let late = sent(&hmac, at(20));
    let stamp = check(&ours, &hmac, &late, at(20)).unwrap();
    ours.heard(ip(PEER), stamp, &conf);
    for old in [early, late] {
        assert_eq!(check(&ours, &hmac, &old, at(30)), Err(Doubt::Replay));
    }
    assert!(check(&ours, &hmac, &sent(&hmac, at(21)), at(30)).is_ok());
}

#[test]
fn time_counts_both_ways_up_to_the_window() {
    let (ours, hmac) = (Signatures::default(), hmac());
    for (signed_at, clock, apart) in [(0, 5_900, 0), (0, 6_000, 6), (5_000, 0, 0), (6_000, 0, 6)] {
        let expected =
            if apart == 0 { Ok(at(signed_at)) } else { Err(Doubt::Stale { apart: Span::from_secs(apart) }) };
        assert_eq!(check(&ours, &hmac, &sent(&hmac, at(signed_at)), at(clock)), expected);
    }
    let order = AuthHmac { monotonic: true, ..hmac };
    assert!(check(&ours, &order, &sent(&order, at(0)), at(1_000_000_000)).is_ok());
}

#[test]
fn after_a_step_of_the_clocks_what_was_heard_before_is_forgotten_where_time_counts() {
    let conf = instance();
    for (monotonic, expected) in [(false, Ok(at(0))), (true, Err(Doubt::Replay))] {
        let hmac = AuthHmac { monotonic, ..hmac() };
        let mut ours = Signatures::default();
        let ahead = sent(&hmac, at(3_600_000));
        ours.heard(ip(PEER), check(&ours, &hmac, &ahead, at(3_600_000)).unwrap(), &conf);
        assert_eq!(check(&ours, &hmac, &sent(&hmac, at(0)), at(0)), expected);
        assert!(check(&ours, &hmac, &ahead, at(0)).is_err(), "what was sent then does not count any more");
    }
}

#[test]
fn any_of_the_keys_is_believed_and_no_other() {
    let (ours, hmac) = (Signatures::default(), hmac());
    let second = AuthHmac { active: 2, ..hmac.clone() };
    assert!(check(&ours, &hmac, &sent(&second, at(0)), at(0)).is_ok());
    let foreign = AuthHmac { keys: vec![(3, Key::new(vec![7; 32]))], active: 3, ..hmac };
    assert_eq!(check(&ours, &hmac, &sent(&foreign, at(0)), at(0)), Err(Doubt::UnknownKey(3)));
    let wrong = AuthHmac { keys: vec![(1, Key::new(vec![7; 32]))], ..hmac };
    assert_eq!(check(&ours, &hmac, &sent(&wrong, at(0)), at(0)), Err(Doubt::Wrong));
}

#[test]
fn other_forms_are_refused_before_anything_is_computed() {
    let (ours, hmac) = (Signatures::default(), hmac());
    for (octet, value) in [(0, 0), (0, 2), (2, 1), (3, 1)] {
        let mut trailer = sent(&hmac, at(0));
        trailer[octet] = value;
        assert_eq!(check(&ours, &hmac, &trailer, at(0)), Err(Doubt::Malformed));
    }
}

#[test]
fn four_senders_of_a_group_are_remembered_and_every_peer() {
    let (hmac, mut conf) = (hmac(), instance());
    let sender = |number: u8| IpAddr::from([10, 0, 0, number]);
    let remembered = |conf: &Conf| {
        let mut ours = Signatures::default();
        // The first is heard again, so the second is the one that was heard longest ago.
        for number in [1, 2, 3, 4, 1, 5] {
            ours.heard(sender(number), at(u64::from(number)), conf);
        }
        let known: Vec<IpAddr> = ours.heard.iter().map(|(sender, _)| *sender).collect();
        known
    };
    assert_eq!(remembered(&conf), [3, 4, 1, 5].map(sender));
    let peer = |number| Peer::plain(sender(number));
    let peers = (1..=5).map(peer).collect();
    conf.transport = Transport::Unicast(Unicast { peers, ttl: None, only_peers: true });
    assert_eq!(remembered(&conf), [2, 3, 4, 1, 5].map(sender));
    assert!(hmac.signs());
}

#[test]
fn who_only_receives_does_not_sign() {
    let signs = |mode| Signatures::default().sign(&AuthHmac { mode, ..hmac() }, &signed(), at(0)).is_some();
    let all = [HmacMode::Enforce, HmacMode::Permissive, HmacMode::ReceiveOnly];
    assert_eq!(all.map(signs), [true, true, false]);
}

#[test]
fn a_clock_that_is_half_a_window_off_is_worth_a_word() {
    let hmac = hmac();
    assert_eq!(skew(&hmac, at(2_000), at(0)), None);
    assert_eq!(skew(&hmac, at(0), at(3_000)), Some(Span::from_secs(3)));
    assert_eq!(skew(&AuthHmac { monotonic: true, ..hmac }, at(0), at(3_000)), None);
}

proptest! {
    /// Whatever the clocks of two routers do, nothing that was sent counts twice.
    #[test]
    fn nothing_counts_twice(
        steps in prop::collection::vec((0u64..20_000, 0u64..20_000, any::<bool>()), 1..40),
        monotonic in any::<bool>(),
    ) {
        let (hmac, conf) = (AuthHmac { monotonic, ..hmac() }, instance());
        let (mut theirs, mut ours) = (Signatures::default(), Signatures::default());
        let mut captured: Vec<([u8; LEN], Stamp)> = Vec::new();
        let mut accepted: Vec<Stamp> = Vec::new();
        // Our own clock only goes forward here: setting it back is what the window cannot help against.
        let mut clock = 0;
        for (their_clock, passed, replay) in steps {
            clock += passed / 10;
            let trailer = match captured.last() {
                Some((old, _)) if replay => *old,
                _ => theirs.sign(&hmac, &signed(), at(their_clock)).unwrap(),
            };
            captured.push((trailer, at(clock)));
            if let Ok(stamp) = check(&ours, &hmac, &trailer, at(clock)) {
                prop_assert!(!accepted.contains(&stamp), "{stamp:?} counts twice");
                accepted.push(stamp);
                ours.heard(ip(PEER), stamp, &conf);
            }
        }
    }
}
