use super::super::state::Seen;
use super::*;
use crate::base::id::Priority;
use crate::conf::model::{Hooks, Trackers};

const A: InstanceId = InstanceId::new(0);
const B: InstanceId = InstanceId::new(1);
const C: InstanceId = InstanceId::new(2);
const NOW: Instant = Instant::from_micros(1_000_000_000);
const PATIENCE: Span = Span::from_secs(3);

fn group() -> SyncGroup {
    SyncGroup {
        name: "G".into(),
        members: Box::new([A, B, C]),
        trackers: Trackers::default(),
        weights: false,
        hooks: Hooks::default(),
        mail: None,
    }
}

fn seen() -> Seen {
    Seen { address: "10.0.0.2".parse().unwrap(), priority: Priority::new(150), interval: Span::from_secs(1) }
}

fn backup(wishes: bool) -> Member {
    Member { role: Role::Backup, ready: true, faulty: false, wishes, claims: false, patience: PATIENCE }
}

fn master() -> Member {
    Member { role: Role::Master, ..backup(false) }
}

fn faulty(role: Role) -> Member {
    Member { role, ready: false, faulty: true, ..backup(false) }
}

/// Lets `who` want something in a group whose members are `members`.
fn decide(
    group: &mut Group,
    now: Instant,
    who: InstanceId,
    intent: Intent,
    members: [Member; 3],
) -> Decision {
    group.decide(now, &self::group(), (who, intent), |id| {
        members[[A, B, C].iter().position(|known| *known == id).unwrap()]
    })
}

#[test]
fn a_wish_is_not_enough() {
    let members = [backup(true), backup(false), backup(true)];
    let decision = decide(&mut Group::default(), NOW, A, Intent::Promote, members);
    assert_eq!(decision, Decision::default());
}

#[test]
fn the_last_wish_promotes_all_and_whoever_wished_last_is_first() {
    let decision = decide(&mut Group::default(), NOW, B, Intent::Promote, [backup(true); 3]);
    let orders = [(B, Order::Promote), (A, Order::Promote), (C, Order::Promote)];
    assert_eq!(decision, Decision { orders: orders.into(), became: Some(Told::Master) });
}

#[test]
fn one_that_yields_takes_the_others_along() {
    let mut group = Group { state: Some(Told::Master), ..Group::default() };
    let decision = decide(&mut group, NOW, B, Intent::Yield(seen()), [master(); 3]);
    let orders = [(B, Order::Follow(Some(seen()))), (A, Order::Follow(None)), (C, Order::Follow(None))];
    assert_eq!(decision, Decision { orders: orders.into(), became: Some(Told::Backup) });
}

#[test]
fn one_that_fails_takes_all_others_along_but_those_that_have_failed() {
    let mut group = Group { state: Some(Told::Backup), ..Group::default() };
    let members = [backup(false), faulty(Role::Backup), faulty(Role::Fault)];
    let decision = decide(&mut group, NOW, B, Intent::Fail, members);
    assert_eq!(
        decision,
        Decision { orders: vec![(B, Order::Fault), (A, Order::Fault)], became: Some(Told::Fault) }
    );
}

#[test]
fn before_anybody_has_taken_part_they_fail_in_the_order_of_the_group() {
    let members = [Member { role: Role::Init, ..backup(false) }, faulty(Role::Init), faulty(Role::Init)];
    let decision = decide(&mut Group::default(), NOW, B, Intent::Fail, members);
    let orders = [A, B, C].map(|id| (id, Order::Fault));
    assert_eq!(decision, Decision { orders: orders.into(), became: Some(Told::Fault) });
}

#[test]
fn nobody_takes_part_before_everybody_can() {
    let members = [Member { role: Role::Fault, ..backup(false) }, faulty(Role::Fault), backup(false)];
    let decision = decide(&mut Group::default(), NOW, A, Intent::TakePart, members);
    assert_eq!(decision, Decision::default());
}

#[test]
fn the_last_one_mended_lets_all_take_part() {
    let mut group = Group { state: Some(Told::Fault), ..Group::default() };
    let members = [Member { role: Role::Fault, ..backup(false) }; 3];
    let decision = decide(&mut group, NOW, C, Intent::TakePart, members);
    let orders = [C, A, B].map(|id| (id, Order::Follow(None)));
    assert_eq!(decision, Decision { orders: orders.into(), became: Some(Told::Backup) });
}

#[test]
fn owners_that_all_start_as_master_are_master_at_once_but_not_if_one_is_none() {
    let owner = Member { role: Role::Init, claims: true, ..backup(false) };
    let decision = decide(&mut Group::default(), NOW, A, Intent::TakePart, [owner; 3]);
    assert_eq!(decision.became, Some(Told::Master));
    let members = [owner, owner, Member { role: Role::Init, ..backup(false) }];
    let decision = decide(&mut Group::default(), NOW, A, Intent::TakePart, members);
    assert_eq!(decision.became, Some(Told::Backup));
    assert!(decision.orders.iter().all(|(_, order)| *order == Order::Follow(None)));
}

#[test]
fn whoever_lost_on_an_earlier_member_than_it_won_on_lets_the_other_be_first_once() {
    let mut group = Group { state: Some(Told::Master), ..Group::default() };
    group.won(2, NOW);
    let yielded = decide(&mut group, NOW, A, Intent::Yield(seen()), [master(); 3]);
    assert_eq!(yielded.became, Some(Told::Backup));
    let later = NOW + PATIENCE;
    let first = decide(&mut group, later, A, Intent::Promote, [backup(true); 3]);
    assert!(first.orders.iter().all(|(_, order)| *order == Order::Wait), "{first:?}");
    assert_eq!(first.became, None);
    let second = decide(&mut group, later + PATIENCE, A, Intent::Promote, [backup(true); 3]);
    assert_eq!(second.became, Some(Told::Master));
}

#[test]
fn whoever_lost_on_a_later_member_does_not_wait() {
    let mut group = Group { state: Some(Told::Master), ..Group::default() };
    group.won(0, NOW);
    decide(&mut group, NOW, C, Intent::Yield(seen()), [master(); 3]);
    let decision = decide(&mut group, NOW + PATIENCE, A, Intent::Promote, [backup(true); 3]);
    assert_eq!(decision.became, Some(Told::Master));
}

#[test]
fn a_contest_of_long_ago_is_forgotten() {
    let mut group = Group { state: Some(Told::Master), ..Group::default() };
    group.won(2, NOW);
    decide(&mut group, NOW, A, Intent::Yield(seen()), [master(); 3]);
    let decision = decide(&mut group, NOW + PATIENCE * 3, A, Intent::Promote, [backup(true); 3]);
    assert_eq!(decision.became, Some(Told::Master));
}
