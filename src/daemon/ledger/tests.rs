use std::os::fd::OwnedFd;

use super::*;
use crate::base::addr::{Family, IpNet};
use crate::base::id::{IfIndex, IfName, Priority, Vrid};
use crate::base::rare::Rare;
use crate::vrrp::Errors;
use crate::vrrp::belonging::Key;
use crate::vrrp::event::Told;
use crate::vrrp::heirs::{Apart, Identity};
use crate::vrrp::snapshot::Role;

fn legacy(number: u8, addresses: u8) -> Legacy {
    let host = |at| IpNet::new([10, 0, number, at].into(), 24).unwrap();
    Legacy {
        identity: Identity {
            vrid: Vrid::new(number).unwrap(),
            family: Family::V4,
            interface: IfName::new("interface-of-15"),
            group: Some([224, 0, 0, 18].into()),
            source: None,
            apart: (number.is_multiple_of(2))
                .then_some(Apart { ip: number.is_multiple_of(4), by_base: number.is_multiple_of(3) }),
        },
        name: format!("VI_{number}").into(),
        role: if number.is_multiple_of(2) { Role::Master } else { Role::Backup },
        since: Instant::from_micros(123_456_789),
        told: Some(Told::Backup),
        source: Some("fe80::1".parse().unwrap()),
        priority: Priority::new(number),
        master: Some(([10, 0, 0, 9].into(), Priority::new(200), Span::from_millis(70))),
        owned: (0..addresses).map(|at| Key::Address(IfIndex::new(7), host(at))).collect(),
        sequence: 0x1_ffff_0000 + u64::from(number),
        ip_id: 4711,
        stats: Stats {
            sent: 17,
            errors: Rare::new(Errors { ttl: 3, ..Errors::default() }),
            ..Stats::default()
        },
    }
}

fn owned_by_statics() -> Vec<Key> {
    legacy(77, 2).owned
}

fn draft(ledger: &mut Ledger, legacies: &[Legacy]) {
    let capacities = legacies.iter().map(|legacy| codec::state(legacy, 0).len()).collect();
    let legacies_to_come = vec![None; legacies.len()];
    let statics = Some(owned_by_statics());
    ledger.draft = Some(Draft { capacities, legacies: legacies_to_come, for_statics: 500, statics });
    for (legacy, index) in legacies.iter().zip(0..) {
        assert!(ledger.draft.is_some(), "it does not wait for all");
        ledger.record(InstanceId::new(index), legacy.clone());
    }
    ledger.settle();
    assert!(ledger.draft.is_none());
}

fn file() -> (Shared, OwnedFd) {
    let file = Shared::new().unwrap();
    let same = file.as_fd().try_clone_to_owned().unwrap();
    (file, same)
}

fn left(file: &Shared) -> Vec<Legacy> {
    read(file).map(|(_, handover)| handover.instances).unwrap_or_default()
}

#[test]
fn what_is_written_is_read_again() {
    let (file, same) = file();
    let (mut ledger, nothing) = Ledger::take(same);
    assert_eq!(nothing, Handover::default());
    let mut all = vec![legacy(1, 3), legacy(2, 0), legacy(3, 200)];
    draft(&mut ledger, &all);
    assert_eq!(left(&file), all);
    all[2].role = Role::Fault;
    all[2].master = None;
    all[2].owned.clear();
    all[2].sequence += 1;
    ledger.record(InstanceId::new(2), all[2].clone());
    assert_eq!(left(&file), all);
    all[0].sequence = 5;
    ledger.record_sequence(InstanceId::new(0), 5);
    assert_eq!(left(&file), all);
    let of_statics = || read(&file).map(|(_, handover)| handover.statics).unwrap_or_default();
    assert_eq!(of_statics(), owned_by_statics());
    for owned in [Vec::new(), legacy(78, 9).owned] {
        ledger.record_statics(&owned);
        assert_eq!((of_statics(), left(&file)), (owned, all.clone()));
    }
    // What has no room is unknown.
    ledger.record_statics(&legacy(79, 200).owned);
    assert_eq!((of_statics(), left(&file)), (Vec::new(), all));
}

#[test]
fn counters_of_many_instances_are_written_portion_by_portion() {
    let (file, same) = file();
    let (mut ledger, _) = Ledger::take(same);
    let mut all: Vec<Legacy> = (0..300).map(|_| legacy(1, 1)).collect();
    draft(&mut ledger, &all);
    for (legacy, number) in all.iter_mut().zip(1..) {
        legacy.stats.sent = u64::from(number);
        legacy.ip_id = number;
    }
    ledger.write_counters(all.iter().map(|legacy| (&legacy.stats, legacy.ip_id)));
    assert_eq!(left(&file), all);
}

#[test]
fn what_is_torn_is_unknown_and_the_rest_is_not() {
    let (file, same) = file();
    let (mut ledger, _) = Ledger::take(same);
    let all = [legacy(1, 3), legacy(2, 4), legacy(3, 5)];
    draft(&mut ledger, &all);
    let whole = file.read(0, usize::try_from(ledger.header.end).unwrap()).unwrap();
    let torn = ledger.slots[1];
    for at in torn.at..torn.at + u64::try_from(codec::state(&all[1], 1).len()).unwrap() {
        let octet = whole[usize::try_from(at).unwrap()];
        file.write(at, &[octet ^ 0x55]).unwrap();
        let names: Vec<_> = left(&file).into_iter().map(|legacy| legacy.name).collect();
        assert_eq!(names, ["VI_1".into(), "VI_3".into()], "{at}");
        file.write(at, &[octet]).unwrap();
    }
    file.write(ledger.header.counters, &[9]).unwrap();
    assert_eq!(left(&file)[0].stats, Stats::default(), "wrong numbers are none");
    file.write(ledger.header.sequences, &[9]).unwrap();
    assert_eq!(left(&file).len(), 2, "a wrong number must not be gone on with");
    file.write(12, &[9]).unwrap();
    assert_eq!(left(&file), []);
}

#[test]
fn whatever_is_in_the_file_nothing_breaks() {
    let (file, same) = file();
    let (mut ledger, _) = Ledger::take(same);
    draft(&mut ledger, &[legacy(1, 3), legacy(2, 4)]);
    let mut rng = crate::base::rng::SplitMix64::new(1);
    for _ in 0..20_000 {
        let at = rng.below(ledger.header.end);
        let octet = u8::try_from(rng.below(256)).unwrap();
        file.write(at, &[octet]).unwrap();
        let _ = left(&file);
        if rng.chance(100) {
            file.write(0, &ledger.header.encode()).unwrap();
        }
    }
}

#[test]
fn the_old_configuration_counts_until_the_new_one_is_whole_and_the_file_does_not_grow() {
    let (file, same) = file();
    let (mut ledger, _) = Ledger::take(same);
    let (one, other) = ([legacy(1, 200)], [legacy(2, 10), legacy(3, 2)]);
    let mut ends = Vec::new();
    draft(&mut ledger, &one);
    for _ in 0..10 {
        for (old, new) in [(&one[..], &other[..]), (&other[..], &one[..])] {
            let header = ledger.header;
            draft(&mut ledger, new);
            assert_eq!(left(&file), new);
            let free = ledger.header.slots >= header.end || ledger.header.end <= header.slots;
            assert!(free, "{:?} overwrites {header:?}", ledger.header);
            file.write(0, &header.encode()).unwrap();
            assert_eq!(left(&file), old, "the old one is still there");
            file.write(0, &ledger.header.encode()).unwrap();
            ends.push(ledger.header.end);
        }
    }
    assert!(ends.iter().max() <= ends[..4].iter().max(), "{ends:?}");
}

#[test]
fn what_a_child_left_is_kept_unless_its_successors_die_of_it() {
    let mut estate = Estate::new().unwrap();
    let child = estate.for_child().try_clone_to_owned().unwrap();
    assert!(!estate.inherit(), "it left nothing");
    let (mut ledger, _) = Ledger::take(child);
    draft(&mut ledger, &[legacy(1, 1)]);
    assert!(estate.inherit());
    for kept in [true, true, false, false] {
        let _ = estate.for_child();
        assert_eq!(estate.inherit(), kept);
    }
    assert_eq!(generation(&estate.file), 0);
}

#[test]
fn routes_and_rules_are_read_back() {
    use crate::conf::model::route::RuleAction;
    use crate::vrrp::belonging::{RouteKey, RuleKey};
    let net = |text: &str, prefix| IpNet::new(text.parse().unwrap(), prefix).unwrap();
    let route =
        RouteKey { destination: net("2001:db8::", 32), table: 4000, tos: 0, metric: 1024, protocol: 18 };
    let rule = RuleKey {
        family: Family::V6,
        preference: 500,
        action: RuleAction::Goto(600),
        inverted: true,
        from: Some(net("2001:db8::", 32)),
        to: None,
        input: IfName::new("interface-of-15"),
        output: None,
        mark: Some((3, 7)),
        protocol: 18,
    };
    use RuleAction::{Blackhole, L3mdev, Nop, Prohibit, Table, Unreachable};
    let rules = [Table(100), Nop, L3mdev, Blackhole, Unreachable, Prohibit, rule.action];
    let rules = rules.map(|action| Key::Rule(RuleKey { action, mark: None, family: Family::V4, ..rule }));
    let mut one = legacy(1, 2);
    one.owned.extend([Key::Route(route), Key::Rule(rule)]);
    one.owned.extend(rules);
    let (file, same) = file();
    draft(&mut Ledger::take(same).0, std::slice::from_ref(&one));
    assert_eq!(left(&file), [one]);
}
