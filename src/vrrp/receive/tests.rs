use super::super::ownlinks::Home;
use super::*;
use crate::base::time::Instant;
use crate::base::wall::{WallClock, WallTime};
use crate::conf::model::further::{Further, HmacMode};
use crate::conf::model::secret::{Key, Password};
use crate::conf::model::vrrp::{Peer, Unicast};
use crate::vrrp::event::Action;
use crate::vrrp::garp::Announcer;
use crate::vrrp::instance::Instance;
use crate::vrrp::link::Inventory;
use crate::vrrp::output::Output;
use crate::vrrp::reason::Reason;
use crate::vrrp::stats::Errors;
use crate::vrrp::testing::{ETH0, OWN, PEER, host, instance, ip};
use crate::vrrp::{advert, note::Note};

/// A receiver, and a sender whose packets can be spoilt on the way.
struct Bench {
    conf: Conf,
    ours: Instance,
    links: Inventory,
    out: Output,
    wall: WallClock,
}

impl Bench {
    fn new(change: impl FnOnce(&mut Conf)) -> Bench {
        let mut conf = instance();
        change(&mut conf);
        let ours = Instance::new(crate::base::id::InstanceId::new(0), &conf, Reason::Start);
        Bench { conf, ours, links: host(), out: Output::default(), wall: WallClock::default() }
    }

    /// An advertisement as the peer would send it.
    fn packet(&mut self, change: impl FnOnce(&mut Conf, &mut Own)) -> Vec<u8> {
        let mut conf = self.conf.clone();
        if let Transport::Unicast(unicast) = &mut conf.transport {
            unicast.peers = Box::new([Peer::plain(ip(OWN))]);
        }
        let mut peer = Instance::new(crate::base::id::InstanceId::new(0), &conf, Reason::Start);
        peer.own.source = Some(ip(PEER));
        peer.own.home = Home::on(Some(ETH0));
        change(&mut conf, &mut peer.own);
        let mut announcer = Announcer::default();
        let mut out = Output::default();
        let mut cx = Cx::at(Instant::ZERO, self.wall, &conf, &self.links, &mut out, &mut announcer);
        advert::send(&mut peer.own, conf.priority, &mut cx);
        let (_, arena) = out.end().split();
        arena.to_vec()
    }

    fn receive(&mut self, bytes: &[u8]) -> (Option<Received>, Vec<InstanceNote>) {
        self.receive_from(bytes, None)
    }

    fn receive_from(
        &mut self,
        bytes: &[u8],
        obeyed: Option<IpAddr>,
    ) -> (Option<Received>, Vec<InstanceNote>) {
        let packet = Incoming::read(Packet::V4 { arrived_on: ETH0, bytes }).unwrap();
        let mut announcer = Announcer::default();
        let Bench { conf, ours, links, out, wall } = self;
        let mut cx = Cx::at(Instant::ZERO, *wall, conf, links, out, &mut announcer);
        let received = receive(&mut ours.own, &packet, obeyed, &mut cx);
        let (actions, _) = self.out.end().split();
        let notes = actions.map(|action| match action {
            Action::Note(Note::Of(_, note)) => note,
            other => panic!("receiving asks for {other:?}"),
        });
        (received, notes.collect())
    }

    /// Expects that a packet is rejected for one reason, counted in one place, and complained about once.
    fn expect_rejection(&mut self, bytes: &[u8], why: Rejection, count: fn(&Errors) -> u64) {
        let note = InstanceNote::Rejected { source: ip(PEER), why };
        assert_eq!(self.receive(bytes), (None, vec![note]));
        assert_eq!(self.receive(bytes), (None, vec![]));
        let stats = &self.ours.own.stats;
        assert_eq!((count(&stats.errors.get()), stats.received), (2, 0), "{why:?}");
    }
}

/// Where the parts of a packet without authentication header are.
const TTL_AT: usize = 8;
const MESSAGE_AT: usize = 20;

fn v3(conf: &mut Conf) {
    conf.version = Version::V3;
}

#[test]
fn a_good_advert_is_received_in_every_form() {
    let forms: [fn(&mut Conf); 5] = [
        |_| {},
        v3,
        |conf| conf.auth = Auth::Pass(Password::new(*b"1111\0\0\0\0")),
        |conf| conf.auth = Auth::Ah(Password::new(*b"secret\0\0")),
        |conf| {
            let peers = Box::new([Peer::plain(ip(PEER))]);
            conf.transport = Transport::Unicast(Unicast { peers, ttl: None, only_peers: true });
        },
    ];
    for form in forms {
        let mut bench = Bench::new(form);
        let bytes = bench.packet(|_, _| {});
        let (received, notes) = bench.receive(&bytes);
        let received = received.unwrap();
        assert_eq!((received.source, received.priority), (ip(PEER), Priority::DEFAULT));
        assert_eq!(received.interval, Span::from_secs(1));
        assert_eq!((notes.len(), bench.ours.own.stats.received), (0, 1));
    }
}

#[test]
fn lengths_have_to_be_those_that_the_packet_claims() {
    let mut bench = Bench::new(|_| {});
    let mut bytes = bench.packet(|_, _| {});
    let len = bytes.len();
    bytes.pop();
    let why = Rejection::Length { len: len - 1, expected: len };
    bench.expect_rejection(&bytes, why, |errors| errors.length);
}

#[test]
fn padding_of_short_frames_is_tolerated() {
    let mut bench = Bench::new(|conf| conf.vips = conf.vips[..1].into());
    let mut bytes = bench.packet(|_, _| {});
    assert_eq!(bytes.len(), 40);
    bytes.resize(ETHERNET_MINIMUM, 0);
    assert!(bench.receive(&bytes).0.is_some());
    bytes.push(0);
    assert!(bench.receive(&bytes).0.is_none());
}

#[test]
fn only_neighbours_are_believed() {
    let mut bench = Bench::new(|_| {});
    let mut bytes = bench.packet(|_, _| {});
    bytes[TTL_AT] = 254;
    bench.expect_rejection(&bytes, Rejection::Ttl { ttl: 254, min: 255, max: 255 }, |errors| errors.ttl);
}

#[test]
fn another_version_is_rejected() {
    let mut bench = Bench::new(|_| {});
    let bytes = bench.packet(|conf, _| v3(conf));
    let why = Rejection::Version { theirs: 3, ours: Version::V2 };
    bench.expect_rejection(&bytes, why, |errors| errors.version);
}

#[test]
fn authentication_types_have_to_exist_and_to_agree() {
    let mut bench = Bench::new(|_| {});
    let mut bytes = bench.packet(|_, _| {});
    bytes[MESSAGE_AT + 4] = 7;
    bench.expect_rejection(&bytes, Rejection::AuthInvalidType(7), |errors| errors.auth_invalid_type);
    let mut bench = Bench::new(|_| {});
    bytes[MESSAGE_AT + 4] = 1;
    let why = Rejection::AuthTypeMismatch { theirs: 1, ours: 0 };
    bench.expect_rejection(&bytes, why, |errors| errors.auth_type_mismatch);
}

#[test]
fn passwords_are_compared_whole() {
    let mut bench = Bench::new(|conf| conf.auth = Auth::Pass(Password::new(*b"1111\0\0\0\0")));
    let bytes = bench.packet(|conf, _| conf.auth = Auth::Pass(Password::new(*b"1111\0\0\0x")));
    bench.expect_rejection(&bytes, Rejection::Password, |errors| errors.auth_failure);
}

#[test]
fn authentication_headers_need_the_key_and_a_new_number() {
    let ah = |conf: &mut Conf| conf.auth = Auth::Ah(Password::new(*b"secret\0\0"));
    let mut bench = Bench::new(ah);
    let wrong = bench.packet(|conf, _| conf.auth = Auth::Ah(Password::new(*b"guess\0\0\0")));
    bench.expect_rejection(&wrong, Rejection::Digest, |errors| errors.auth_failure);
    let mut bench = Bench::new(ah);
    let fifth = bench.packet(|_, own| own.sequence.heard(4));
    assert_eq!(bench.receive(&fifth).0.unwrap().sequence, Some(5));
    let (received, notes) = bench.receive(&fifth);
    let why = Rejection::Replay { sequence: 5 };
    assert_eq!((received, notes), (None, vec![InstanceNote::Rejected { source: ip(PEER), why }]));
}

#[test]
fn a_packet_without_header_where_one_is_expected_is_rejected_and_the_other_way_round() {
    let ah = |conf: &mut Conf| conf.auth = Auth::Ah(Password::new(*b"secret\0\0"));
    let mut bench = Bench::new(ah);
    let plain = bench.packet(|conf, _| conf.auth = Auth::None);
    let why = Rejection::AuthTypeMismatch { theirs: 0, ours: 2 };
    bench.expect_rejection(&plain, why, |errors| errors.auth_type_mismatch);
    let mut bench = Bench::new(|_| {});
    let sealed = bench.packet(|conf, _| ah(conf));
    let why = Rejection::AuthTypeMismatch { theirs: 2, ours: 0 };
    bench.expect_rejection(&sealed, why, |errors| errors.auth_type_mismatch);
}

#[test]
fn version_2_intervals_have_to_agree() {
    let mut bench = Bench::new(|_| {});
    let bytes = bench.packet(|conf, _| conf.advert_int = Span::from_secs(2));
    let why = Rejection::Interval { theirs: Span::from_secs(2), ours: Span::from_secs(1) };
    bench.expect_rejection(&bytes, why, |errors| errors.interval);
}

#[test]
fn version_3_intervals_may_differ_but_not_be_nothing() {
    let mut bench = Bench::new(v3);
    let bytes = bench.packet(|conf, _| conf.advert_int = Span::from_millis(50));
    let (received, notes) = bench.receive(&bytes);
    assert_eq!(received.unwrap().interval, Span::from_millis(50));
    let (source, theirs, ours) = (ip(PEER), Span::from_millis(50), Span::from_secs(1));
    assert_eq!(notes, [InstanceNote::OtherInterval { source, theirs, ours }]);
    let mut bench = Bench::new(v3);
    let bytes = bench.packet(|conf, _| conf.advert_int = Span::ZERO);
    bench.expect_rejection(&bytes, Rejection::NoInterval, |errors| errors.interval);
}

#[test]
fn only_advertisements_exist() {
    let mut bench = Bench::new(|_| {});
    let mut bytes = bench.packet(|_, _| {});
    bytes[MESSAGE_AT] = 0x22;
    bench.expect_rejection(&bytes, Rejection::Kind(2), |errors| errors.invalid_type);
}

#[test]
fn the_ip_length_has_to_be_right_too() {
    let mut bench = Bench::new(|_| {});
    let mut bytes = bench.packet(|_, _| {});
    let len = bytes.len();
    bytes[3] += 1;
    bench.expect_rejection(&bytes, Rejection::Length { len, expected: len + 1 }, |errors| errors.length);
}

#[test]
fn version_2_checksums_have_one_form() {
    let mut bench = Bench::new(|_| {});
    let mut bytes = bench.packet(|_, _| {});
    bytes[MESSAGE_AT + 6] ^= 1;
    bench.expect_rejection(&bytes, Rejection::Checksum, |errors| errors.checksum);
}

#[test]
fn version_3_checksums_are_taken_packet_by_packet_and_counted_by_sender() {
    let mut bench = Bench::new(v3);
    let with = bench.packet(|_, _| {});
    let without = bench.packet(|conf, _| conf.quirks.v3_checksum_as_v2 = true);
    assert_ne!(with, without);
    for bytes in [&with, &without, &with] {
        assert!(bench.receive(bytes).0.is_some());
    }
    let [sender] = bench.ours.own.senders.list() else { panic!("one sender") };
    assert_eq!((sender.pseudo_header, sender.plain), (2, 1));
    let mut wrong = with.clone();
    wrong[MESSAGE_AT + 6] ^= 1;
    let note = InstanceNote::Rejected { source: ip(PEER), why: Rejection::Checksum };
    assert_eq!(bench.receive(&wrong), (None, vec![note]));
    bench.conf.quirks.v3_checksum_as_v2 = true;
    assert!(bench.receive(&wrong).0.is_some());
}

#[test]
fn the_checksum_of_old_is_sent_if_asked_for_and_taken_unless_refused() {
    let own_word = |word| Further { old_checksum: word, ..Further::default() };
    let mut bench = Bench::new(|conf| {
        v3(conf);
        let peers = Box::new([Peer::plain(ip(PEER))]);
        conf.transport = Transport::Unicast(Unicast { peers, ttl: None, only_peers: false });
    });
    let usual = bench.packet(|_, _| {});
    let old = bench.packet(|conf, _| conf.further = Some(Box::new(own_word(Some(OldChecksum::Use)))));
    assert_ne!(usual, old);
    let taken = |bench: &mut Bench, bytes: &[u8]| bench.receive(bytes).0.is_some();
    for word in [None, Some(OldChecksum::Use)] {
        bench.conf.further = Some(Box::new(own_word(word)));
        assert!(taken(&mut bench, &old) && taken(&mut bench, &usual), "{word:?}");
    }
    bench.conf.further = Some(Box::new(own_word(Some(OldChecksum::Never))));
    assert!(taken(&mut bench, &usual));
    assert!(!taken(&mut bench, &old));
}

#[test]
fn an_owner_may_ignore_the_others() {
    let owner = |conf: &mut Conf| {
        conf.priority = Priority::OWNER;
        conf.quirks.owner_ignore_adverts = true;
    };
    let mut bench = Bench::new(owner);
    let bytes = bench.packet(|_, _| {});
    bench.expect_rejection(&bytes, Rejection::IgnoredByOwner, |errors| errors.ignored_by_owner);
}

#[test]
fn other_addresses_are_counted_and_obeyed_all_the_same() {
    let mut bench = Bench::new(|_| {});
    let fewer = bench.packet(|conf, _| conf.vips = conf.vips[..1].into());
    let (received, notes) = bench.receive(&fewer);
    assert!(received.is_some());
    let missing = Some(ip("10.0.0.101"));
    assert_eq!(notes, [InstanceNote::OtherAddresses { source: ip(PEER), theirs: 1, ours: 2, missing }]);
    let swapped = bench.packet(|conf, _| conf.vips.reverse());
    assert!(bench.receive(&swapped).0.is_some());
    assert_eq!(bench.ours.own.stats.errors.get().address_list, 1);
}

#[test]
fn the_addresses_of_a_known_master_may_be_skipped() {
    let mut bench = Bench::new(|conf| conf.quirks.skip_check_adv_addr = true);
    let others = bench.packet(|conf, _| conf.vips[1] = crate::vrrp::testing::vip("10.0.0.200"));
    bench.receive_from(&others, Some(ip(PEER)));
    assert_eq!(bench.ours.own.stats.errors.get().address_list, 0);
    bench.receive_from(&others, None);
    assert_eq!(bench.ours.own.stats.errors.get().address_list, 1);
}

#[test]
fn unicast_may_be_restricted_to_peers_and_their_ttls() {
    let unicast = |peer: &str, min_ttl| {
        let peers = Box::new([Peer { min_ttl, ..Peer::plain(ip(peer)) }]);
        let unicast = Unicast { peers, ttl: None, only_peers: true };
        move |conf: &mut Conf| conf.transport = Transport::Unicast(unicast)
    };
    let mut bench = Bench::new(unicast("10.0.0.3", 0));
    let bytes = bench.packet(|_, _| {});
    let note = InstanceNote::Rejected { source: ip(PEER), why: Rejection::NotAPeer };
    assert_eq!(bench.receive(&bytes), (None, vec![note]));
    assert_eq!(bench.ours.own.stats.errors.get().not_a_peer, 1);
    let mut bench = Bench::new(unicast(PEER, 250));
    let mut bytes = bench.packet(|_, _| {});
    bytes[TTL_AT] = 249;
    let why = Rejection::Ttl { ttl: 249, min: 250, max: 255 };
    assert_eq!(bench.receive(&bytes).1, [InstanceNote::Rejected { source: ip(PEER), why }]);
    bytes[TTL_AT] = 250;
    assert!(bench.receive(&bytes).0.is_some());
}

#[test]
fn reserved_bits_do_not_matter() {
    let mut bench = Bench::new(v3);
    let mut bytes = bench.packet(|_, _| {});
    bytes[MESSAGE_AT + 4] |= 0xf0;
    bench.conf.quirks.v3_checksum_as_v2 = true;
    assert_eq!(bench.receive(&bytes).0.unwrap().interval, Span::from_secs(1));
}

/// Where the signature of an advertisement of version 2 with two addresses is.
const SIGNATURE_AT: usize = MESSAGE_AT + 8 + 8 + 8;

fn hmac(mode: HmacMode, keys: &[(u8, u8)], active: u8) -> AuthHmac {
    let keys = keys.iter().map(|(number, octet)| (*number, Key::new(vec![*octet; 32]))).collect();
    AuthHmac { keys, active, window: Span::from_secs(5), monotonic: false, mode }
}

fn signed(hmac: AuthHmac) -> impl FnOnce(&mut Conf) {
    move |conf| conf.further = Some(Box::new(Further { hmac: Some(hmac), ..Further::default() }))
}

/// Which advertisements are believed, and which counter goes up: of a sender without, with the same, with a foreign key,
/// with one that only we lack.
#[test]
fn modes_differ_in_what_may_be_missing_and_in_nothing_else() {
    type Count = fn(&Errors) -> u64;
    let ours = [(1, 1), (2, 2)];
    let senders: [(Option<AuthHmac>, Option<Count>); 5] = [
        (None, Some(|errors| errors.extension.missing)),
        (Some(hmac(HmacMode::ReceiveOnly, &ours, 1)), Some(|errors| errors.extension.missing)),
        (Some(hmac(HmacMode::Permissive, &ours, 2)), None),
        (Some(hmac(HmacMode::Enforce, &[(1, 9)], 1)), Some(|errors| errors.extension.invalid)),
        (Some(hmac(HmacMode::Enforce, &[(3, 3)], 3)), Some(|errors| errors.extension.unknown_key)),
    ];
    for mode in [HmacMode::Enforce, HmacMode::Permissive, HmacMode::ReceiveOnly] {
        for (sender, count) in &senders {
            let mut bench = Bench::new(signed(hmac(mode, &ours, 1)));
            let bytes = bench.packet(|conf, _| {
                conf.further =
                    sender.clone().map(|it| Box::new(Further { hmac: Some(it), ..Further::default() }));
            });
            let unsigned = sender.as_ref().is_none_or(|hmac| !hmac.signs());
            let believed = count.is_none() || (unsigned && mode != HmacMode::Enforce);
            let what = format!("{mode:?} hears {sender:?}");
            let (received, notes) = bench.receive(&bytes);
            assert_eq!(received.is_some(), believed, "{what}");
            assert_eq!(notes.len(), usize::from(count.is_some()), "{what}: {notes:?}");
            let stats = &bench.ours.own.stats;
            assert_eq!(stats.received, u64::from(believed), "{what}");
            assert_eq!(count.map(|count| count(&stats.errors.get())), count.map(|_| 1), "{what}");
        }
    }
}

#[test]
fn a_signed_advert_is_received_in_every_form_and_only_once() {
    let forms: [fn(&mut Conf); 3] = [
        |_| {},
        v3,
        |conf| {
            let peers = Box::new([Peer::plain(ip(PEER))]);
            conf.transport = Transport::Unicast(Unicast { peers, ttl: None, only_peers: false });
        },
    ];
    for form in forms {
        let mut bench = Bench::new(|conf| {
            signed(hmac(HmacMode::Enforce, &[(1, 1)], 1))(conf);
            form(conf);
        });
        let bytes = bench.packet(|_, _| {});
        assert!(bench.receive(&bytes).0.is_some());
        let why = Rejection::Signature(Doubt::Replay);
        assert_eq!(bench.receive(&bytes).1, [InstanceNote::Rejected { source: ip(PEER), why }]);
        assert_eq!(
            (bench.ours.own.stats.received, bench.ours.own.stats.errors.get().extension.replay),
            (1, 1)
        );
    }
}

#[test]
fn a_signed_advert_counts_once_whether_or_not_others_have_to_sign() {
    for mode in [HmacMode::Enforce, HmacMode::Permissive, HmacMode::ReceiveOnly] {
        let mut bench = Bench::new(signed(hmac(mode, &[(1, 1)], 1)));
        let bytes = bench.packet(|conf, _| signed(hmac(HmacMode::Enforce, &[(1, 1)], 1))(conf));
        assert!(bench.receive(&bytes).0.is_some(), "{mode:?}");
        let why = Rejection::Signature(Doubt::Replay);
        let again = (None, vec![InstanceNote::Rejected { source: ip(PEER), why }]);
        assert_eq!(bench.receive(&bytes), again, "{mode:?}");
    }
}

#[test]
fn who_does_not_expect_a_signature_takes_it_for_a_wrong_length() {
    let mut bench = Bench::new(|_| {});
    let bytes = bench.packet(|conf, _| signed(hmac(HmacMode::Enforce, &[(1, 1)], 1))(conf));
    let why = Rejection::Length { len: bytes.len(), expected: bytes.len() - signature::LEN };
    bench.expect_rejection(&bytes, why, |errors| errors.length);
}

#[test]
fn a_signature_of_another_kind_or_time_is_rejected() {
    let mut bench = Bench::new(signed(hmac(HmacMode::Enforce, &[(1, 1)], 1)));
    let bytes = bench.packet(|_, _| {});
    let mut other = bytes.clone();
    other[SIGNATURE_AT] = 2;
    let why = Rejection::Signature(Doubt::Malformed);
    bench.expect_rejection(&other, why, |errors| errors.extension.malformed);
    let mut bench = Bench::new(signed(hmac(HmacMode::Enforce, &[(1, 1)], 1)));
    bench.wall = WallClock::new(Instant::ZERO, WallTime::from_micros(60_000_000));
    let why = Rejection::Signature(Doubt::Stale { apart: Span::from_secs(60) });
    bench.expect_rejection(&bytes, why, |errors| errors.extension.stale);
}

/// A packet that is spoilt where the signature does not reach is refused, and does not make the good one a repetition.
#[test]
fn what_is_refused_for_another_reason_was_not_heard() {
    let mut bench = Bench::new(signed(hmac(HmacMode::Enforce, &[(1, 1)], 1)));
    let good = bench.packet(|_, _| {});
    let mut spoilt = good.clone();
    spoilt[MESSAGE_AT + 6] ^= 1;
    let note = InstanceNote::Rejected { source: ip(PEER), why: Rejection::Checksum };
    assert_eq!(bench.receive(&spoilt), (None, vec![note]));
    assert!(bench.receive(&good).0.is_some());
}

#[test]
fn every_bit_of_a_signed_message_matters() {
    let mut bench = Bench::new(signed(hmac(HmacMode::Enforce, &[(1, 1)], 1)));
    let good = bench.packet(|_, _| {});
    for bit in 8 * MESSAGE_AT..8 * good.len() {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(bench.receive(&changed).0.is_none(), "bit {bit}");
    }
    assert!(bench.receive(&good).0.is_some());
}

#[test]
fn strangers_are_not_heard_by_unicast_where_adverts_are_signed() {
    let mut bench = Bench::new(|conf| {
        signed(hmac(HmacMode::Enforce, &[(1, 1)], 1))(conf);
        let peers = Box::new([Peer::plain(ip("10.0.0.3"))]);
        conf.transport = Transport::Unicast(Unicast { peers, ttl: None, only_peers: false });
    });
    let bytes = bench.packet(|_, _| {});
    bench.expect_rejection(&bytes, Rejection::NotAPeer, |errors| errors.not_a_peer);
}

#[test]
fn clocks_that_differ_are_named_once() {
    let mut bench = Bench::new(signed(hmac(HmacMode::Enforce, &[(1, 1)], 1)));
    bench.wall = WallClock::new(Instant::ZERO, WallTime::from_micros(60_000_000));
    let first = bench.packet(|_, _| {});
    bench.wall = WallClock::new(Instant::ZERO, WallTime::from_micros(60_100_000));
    let second = bench.packet(|_, _| {});
    bench.wall = WallClock::new(Instant::ZERO, WallTime::from_micros(64_000_000));
    let note = InstanceNote::OtherClock { source: ip(PEER), apart: Span::from_secs(4) };
    for (bytes, expected) in [(first, vec![note]), (second, vec![])] {
        let (received, notes) = bench.receive(&bytes);
        assert!(received.is_some());
        assert_eq!(notes, expected);
    }
}
