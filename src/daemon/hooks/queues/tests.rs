use proptest::prelude::*;

use super::*;
use crate::base::id::InstanceId;
use crate::conf::model::RunAs;

const WHO: Who = Who::Instance(InstanceId::new(0));

fn at(millis: u64) -> Instant {
    Instant::ZERO + Span::from_millis(millis)
}

/// A call of `notify`, unless it is for what has a command of its own only.
fn hook(number: usize, told: Told, since: Instant) -> Hook {
    let command = Command::new(vec!["/hook".into()], RunAs { uid: 0, gid: 0 }).unwrap();
    let general = told.is_state();
    Hook { command, further: vec![number.to_string()], variables: Vec::new(), told, general, since }
}

fn run(pid: i32, since: Instant) -> Run {
    Run { pid, since, name: String::new() }
}

fn number(hook: &Hook) -> usize {
    hook.further[0].parse().unwrap()
}

/// Tells of a change with one call.
fn tell(queues: &mut Queues, told: Told, call: usize, since: Instant) -> Option<usize> {
    queues.add(WHO, hook(call, told, since)).as_ref().map(number)
}

/// Whose turn it is, and who is left out.
fn turn(queues: &mut Queues, now: Instant) -> (Option<usize>, Vec<usize>) {
    let turn = queues.next(WHO, now);
    (turn.next.as_ref().map(number), turn.outdated.iter().map(number).collect())
}

#[test]
fn nothing_starts_while_something_runs() {
    let mut queues = Queues::new(None);
    tell(&mut queues, Told::Backup, 1, at(0));
    tell(&mut queues, Told::Master, 2, at(1));
    assert_eq!(turn(&mut queues, at(1)), (Some(1), vec![]));
    queues.started(WHO, run(7, at(1)));
    assert_eq!(turn(&mut queues, at(1)), (None, vec![]));
    assert!(queues.ended(WHO, 8).is_none());
    assert_eq!(queues.ended(WHO, 7), Some(run(7, at(1))));
    assert_eq!(turn(&mut queues, at(2)), (Some(2), vec![]));
    assert_eq!(turn(&mut queues, at(2)), (None, vec![]));
    assert!(queues.are_idle());
}

#[test]
fn instances_do_not_wait_for_each_other() {
    let mut queues = Queues::new(None);
    let other = Who::Instance(InstanceId::new(1));
    tell(&mut queues, Told::Master, 1, at(0));
    queues.add(other, hook(2, Told::Master, at(0)));
    queues.next(WHO, at(0));
    queues.started(WHO, run(7, at(0)));
    assert_eq!(queues.next(other, at(0)).next.as_ref().map(number), Some(2));
}

#[test]
fn a_storm_behind_a_slow_hook_collapses_to_what_is_true() {
    let mut queues = Queues::new(None);
    queues.started(WHO, run(7, at(0)));
    for (call, told) in [(1, Told::Backup), (2, Told::Master), (3, Told::Fault), (4, Told::Backup)] {
        tell(&mut queues, told, call, at(u64::try_from(call).unwrap()));
    }
    tell(&mut queues, Told::Master, 5, at(5000));
    queues.ended(WHO, 7);
    assert_eq!(turn(&mut queues, at(5000)), (Some(5), vec![1, 2, 3, 4]));
    assert_eq!(turn(&mut queues, at(5000)), (None, vec![]));
}

#[test]
fn what_is_over_but_fresh_is_told() {
    let mut queues = Queues::new(None);
    queues.started(WHO, run(7, at(0)));
    tell(&mut queues, Told::Backup, 1, at(100));
    tell(&mut queues, Told::Master, 2, at(200));
    queues.ended(WHO, 7);
    assert_eq!(turn(&mut queues, at(1100)), (Some(1), vec![]));
    assert_eq!(turn(&mut queues, at(9000)), (Some(2), vec![]), "the newest never grows old");
}

#[test]
fn the_end_is_told_however_late() {
    let mut queues = Queues::new(None);
    queues.started(WHO, run(7, at(0)));
    tell(&mut queues, Told::Deleted, 1, at(0));
    tell(&mut queues, Told::Backup, 2, at(0));
    tell(&mut queues, Told::Stop, 3, at(0));
    queues.ended(WHO, 7);
    assert_eq!(turn(&mut queues, at(9000)), (Some(1), vec![]));
    assert_eq!(turn(&mut queues, at(9000)), (Some(3), vec![2]));
}

#[test]
fn a_worse_master_is_told_of_once_and_only_by_a_master() {
    let mut queues = Queues::new(None);
    queues.started(WHO, run(7, at(0)));
    tell(&mut queues, Told::Master, 1, at(0));
    tell(&mut queues, Told::MasterRxLowerPri, 2, at(1));
    tell(&mut queues, Told::MasterRxLowerPri, 3, at(2));
    queues.ended(WHO, 7);
    assert_eq!(turn(&mut queues, at(5000)), (Some(1), vec![]));
    assert_eq!(turn(&mut queues, at(5000)), (Some(3), vec![2]));
    queues.started(WHO, run(8, at(5000)));
    tell(&mut queues, Told::MasterRxLowerPri, 4, at(6000));
    tell(&mut queues, Told::Backup, 5, at(6000));
    queues.ended(WHO, 8);
    assert_eq!(turn(&mut queues, at(8000)), (Some(5), vec![4]));
}

#[test]
fn a_state_without_a_hook_of_its_own_does_not_silence_the_last_one_that_has() {
    let mut queues = Queues::new(None);
    queues.started(WHO, run(7, at(0)));
    let specific = |call, told| Hook { general: false, ..hook(call, told, at(0)) };
    queues.add(WHO, specific(1, Told::Backup));
    tell(&mut queues, Told::Backup, 2, at(0));
    // There is no command for FAULT, only one for all states.
    tell(&mut queues, Told::Fault, 3, at(0));
    queues.ended(WHO, 7);
    assert_eq!(turn(&mut queues, at(9000)), (Some(1), vec![]));
    assert_eq!(turn(&mut queues, at(9000)), (Some(3), vec![2]));
}

#[test]
fn without_a_timeout_a_hook_that_nobody_waits_for_may_run_for_ever() {
    let mut queues = Queues::new(None);
    queues.started(WHO, run(7, at(10)));
    assert_eq!(queues.next_deadline(), None);
    tell(&mut queues, Told::Master, 1, at(20));
    let ends = at(10) + PATIENCE;
    assert_eq!(queues.next_deadline(), Some(ends));
    assert_eq!(queues.due(ends - Span::from_micros(1)), None);
    assert_eq!(queues.due(ends), Some((WHO, Due::Leave(run(7, at(10))))));
    assert_eq!(queues.due(ends), None);
    assert_eq!(turn(&mut queues, ends).0, Some(1));
    assert!(queues.ended(WHO, 7).is_none(), "its end changes nothing any more");
}

#[test]
fn with_a_timeout_it_is_asked_to_end_then_killed_then_left() {
    let timeout = Span::from_secs(5);
    let mut queues = Queues::new(Some(timeout));
    queues.started(WHO, run(7, at(0)));
    let asked = at(0) + timeout;
    assert_eq!(queues.next_deadline(), Some(asked));
    assert_eq!(queues.due(asked), Some((WHO, Due::Terminate { pid: 7, name: String::new() })));
    assert_eq!((queues.due(asked), queues.next_deadline()), (None, Some(asked + GRACE)));
    let killed = asked + GRACE;
    assert_eq!(queues.due(killed), Some((WHO, Due::Kill { pid: 7, name: String::new() })));
    assert_eq!(queues.next_deadline(), None);
    // Only a process that not even the kernel can end gets this far, and only if somebody waits.
    tell(&mut queues, Told::Master, 1, killed);
    assert_eq!(queues.next_deadline(), Some(killed + GRACE));
    assert_eq!(queues.due(killed + GRACE), Some((WHO, Due::Leave(run(7, at(0))))));
    assert_eq!(turn(&mut queues, killed + GRACE).0, Some(1));
}

#[test]
fn near_the_end_a_hook_that_hangs_does_not_keep_the_last_one_from_running() {
    let mut queues = Queues::new(None);
    let now = at(100_000);
    queues.started(WHO, run(7, at(99_000)));
    tell(&mut queues, Told::Stop, 1, now);
    queues.hurry(now);
    assert_eq!(queues.next_deadline(), Some(now + HASTE));
    assert_eq!(queues.due(now), None);
    assert_eq!(queues.due(now + HASTE), Some((WHO, Due::Leave(run(7, at(99_000))))));
    assert_eq!(turn(&mut queues, now + HASTE).0, Some(1));
}

#[test]
fn of_too_many_the_oldest_that_is_over_is_forgotten() {
    let mut queues = Queues::new(None);
    queues.started(WHO, run(7, at(0)));
    tell(&mut queues, Told::Deleted, 0, at(0));
    assert!((1..LONGEST).all(|call| tell(&mut queues, Told::Backup, call, at(0)).is_none()));
    assert_eq!(tell(&mut queues, Told::Master, LONGEST, at(0)), Some(1));
    assert_eq!(tell(&mut queues, Told::Backup, LONGEST + 1, at(0)), Some(2));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Tell(Told),
    End,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let told = [Told::Master, Told::Backup, Told::Fault, Told::MasterRxLowerPri, Told::Stop];
    prop_oneof![
        4 => prop::sample::select(told.to_vec()).prop_map(Step::Tell),
        2 => Just(Step::End),
        1 => (1..1500u64).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Whatever happens in whatever order: calls run in order and one at a time; the newest of each kind and those of
    /// the end run; what is left out was late or too much, and a newer one of its kind, or a state, follows it.
    #[test]
    fn the_newest_is_always_told(steps in prop::collection::vec(step(), 1..200)) {
        let mut queues = Queues::new(None);
        let (mut now, mut told, mut running) = (at(0), Vec::new(), None);
        let (mut begun, mut left_out) = (Vec::new(), Vec::new());
        for step in steps.into_iter().chain([Step::End; 500]) {
            match step {
                Step::Wait(millis) => now += Span::from_millis(millis),
                Step::End => if let Some(pid) = running.take() {
                    prop_assert!(queues.ended(WHO, pid).is_some());
                },
                // The specific call, which some states lack, and then the general one.
                Step::Tell(what) => for general in [false, true] {
                    if what == if general { Told::MasterRxLowerPri } else { Told::Fault } {
                        continue;
                    }
                    let hook = Hook { general, ..hook(told.len(), what, now) };
                    told.push((what, hook.kind()));
                    left_out.extend(queues.add(WHO, hook).as_ref().map(number));
                },
            }
            let turn = queues.next(WHO, now);
            for late in &turn.outdated {
                prop_assert!(now.since(late.since) > FRESH);
            }
            left_out.extend(turn.outdated.iter().map(number));
            if let Some(next) = turn.next {
                prop_assert_eq!(running, None);
                let pid = 1000 + i32::try_from(begun.len()).unwrap();
                begun.push(number(&next));
                queues.started(WHO, run(pid, now));
                running = Some(pid);
            }
        }
        prop_assert!(queues.are_idle());
        prop_assert!(begun.is_sorted_by(|one, next| one < next), "{:?}", begun);
        prop_assert_eq!(begun.len() + left_out.len(), told.len(), "each is run or left out");
        for call in left_out {
            let (what, kind) = told[call];
            prop_assert!(what != Told::Stop);
            let follows = |later: &(Told, Kind)| later.1 == kind || !what.is_state() && later.0.is_state();
            prop_assert!(told[call + 1..].iter().any(follows));
        }
    }
}
