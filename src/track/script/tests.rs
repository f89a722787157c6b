use proptest::prelude::*;

use super::*;
use crate::conf::model::{Command, Run, RunAs, Weight};

fn conf(interval: u64, timeout: u64, rise: u32, fall: u32) -> Conf {
    let run_as = RunAs { uid: 0, gid: 0 };
    Conf {
        name: "chk".into(),
        run: Run::Command(Command::new(vec!["/usr/bin/true".into()], run_as).unwrap()),
        interval: Span::from_secs(interval),
        timeout: Span::from_secs(timeout),
        rise,
        fall,
        weight: Weight::default(),
    }
}

fn at(secs: u64) -> Instant {
    Instant::ZERO + Span::from_secs(secs)
}

fn started() -> Script {
    let mut script = Script::new();
    script.start(at(0), Span::ZERO);
    script
}

/// Feeds one run after the other and tells the verdict after each.
fn verdicts(conf: &Conf, runs: &[bool]) -> Vec<Option<bool>> {
    let mut script = started();
    let each = runs.iter().zip(0..).map(|(success, second)| {
        assert_eq!(script.expire(at(second), conf), Some(Due::Do(ScriptOp::Spawn)));
        script.ended(Outcome::Exited(i32::from(!success)), conf).unwrap();
        script.good()
    });
    each.collect()
}

#[test]
fn the_first_run_decides_alone() {
    let conf = conf(1, 1, 3, 3);
    assert_eq!(verdicts(&conf, &[true]), [Some(true)]);
    assert_eq!(verdicts(&conf, &[false]), [Some(false)]);
}

#[test]
fn it_falls_after_fall_failures_in_a_row_and_rises_after_rise_successes() {
    let conf = conf(1, 1, 2, 3);
    let runs = [true, false, false, true, false, false, false, true, false, true, true];
    let good = [true, true, true, true, true, true, false, false, false, false, true];
    assert_eq!(verdicts(&conf, &runs), good.map(Some));
}

#[test]
fn runs_are_spaced_from_start_to_start() {
    let conf = conf(2, 2, 1, 1);
    let mut script = started();
    assert_eq!(script.expire(at(0), &conf), Some(Due::Do(ScriptOp::Spawn)));
    assert_eq!(script.expire(at(0), &conf), None);
    script.ended(Outcome::Exited(0), &conf).unwrap();
    assert_eq!(script.next_deadline(), Some(at(2)));
}

#[test]
fn a_late_wake_up_does_not_bunch_runs() {
    let conf = conf(1, 1, 1, 1);
    let mut script = started();
    assert_eq!(script.expire(at(7), &conf), Some(Due::Do(ScriptOp::Spawn)));
    script.ended(Outcome::Exited(0), &conf).unwrap();
    assert_eq!(script.next_deadline(), Some(at(8)));
}

#[test]
fn a_late_wake_up_keeps_the_distance_from_other_scripts() {
    let conf = conf(2, 2, 1, 1);
    let mut script = started();
    assert_eq!(script.expire(at(7), &conf), Some(Due::Do(ScriptOp::Spawn)));
    script.ended(Outcome::Exited(0), &conf).unwrap();
    assert_eq!(script.next_deadline(), Some(at(8)));
}

#[test]
fn only_the_second_run_is_shifted() {
    let conf = conf(2, 2, 1, 1);
    let mut script = Script::new();
    script.start(at(0), Span::from_millis(500));
    for due in [0, 2500, 4500, 6500] {
        let due = Instant::ZERO + Span::from_millis(due);
        assert_eq!(script.next_deadline(), Some(due));
        assert_eq!(script.expire(due, &conf), Some(Due::Do(ScriptOp::Spawn)));
        script.ended(Outcome::Exited(0), &conf).unwrap();
    }
}

#[test]
fn a_check_without_a_process_is_judged_as_a_script_is_and_another_reason_is_news() {
    let conf = conf(1, 1, 1, 2);
    let mut script = started();
    let mut run = |second, outcome| {
        assert_eq!(script.expire(at(second), &conf), Some(Due::Do(ScriptOp::Spawn)));
        let ended = script.ended(outcome, &conf).unwrap();
        (ended.news, ended.turned)
    };
    let refused = Outcome::Failed(Failure::System(111));
    assert_eq!(run(0, Outcome::Passed), (false, Some(true)));
    assert_eq!(run(1, refused), (true, None));
    assert_eq!(run(2, refused), (false, Some(false)));
    assert_eq!(run(3, Outcome::Failed(Failure::Closed)), (true, None));
    assert_eq!(run(4, Outcome::Passed), (true, Some(true)));
}

#[test]
fn a_run_that_does_not_end_is_asked_then_killed_again_and_again_and_is_a_failure() {
    let conf = conf(10, 1, 1, 1);
    let mut script = started();
    assert_eq!(script.expire(at(0), &conf), Some(Due::Do(ScriptOp::Spawn)));
    assert_eq!(script.next_deadline(), Some(at(1)));
    assert_eq!(script.expire(at(1), &conf), Some(Due::Do(ScriptOp::Terminate)));
    for second in [3, 5] {
        assert_eq!(script.next_deadline(), Some(at(second)));
        assert_eq!(script.expire(at(second), &conf), Some(Due::Do(ScriptOp::Kill)));
    }
    assert_eq!(script.expire(at(10), &conf), Some(Due::Skipped));
    assert_eq!(script.expire(at(15), &conf), Some(Due::Do(ScriptOp::Kill)));
    assert_eq!(script.next_deadline(), Some(at(20)));
    let ended = script.ended(Outcome::Exited(0), &conf).unwrap();
    assert_eq!(ended, Ended { finding: Finding::TimedOut, news: true, turned: Some(false) });
    assert_eq!(script.good(), Some(false));
}

#[test]
fn a_signal_or_a_failed_start_is_a_failure() {
    let conf = conf(1, 1, 1, 1);
    for outcome in [Outcome::Killed(9), Outcome::NotStarted(2), Outcome::Exited(1)] {
        let mut script = started();
        script.expire(at(0), &conf);
        assert_eq!(script.ended(outcome, &conf).unwrap().turned, Some(false));
    }
}

#[test]
fn only_news_is_news() {
    let conf = conf(1, 1, 1, 1);
    let mut script = started();
    let news: Vec<bool> = [0, 0, 2, 2, 3]
        .into_iter()
        .zip(0..)
        .map(|(status, second)| {
            script.expire(at(second), &conf);
            script.ended(Outcome::Exited(status), &conf).unwrap().news
        })
        .collect();
    assert_eq!(news, [false, false, true, false, true]);
}

#[test]
fn a_stopped_script_is_not_run_again() {
    let conf = conf(1, 1, 1, 1);
    let mut script = started();
    script.expire(at(0), &conf);
    assert!(script.stop());
    script.ended(Outcome::Killed(15), &conf).unwrap();
    assert_eq!(script.next_deadline(), None);
    assert!(!script.stop());
}

#[test]
fn an_end_without_a_run_is_nothing() {
    assert_eq!(Script::new().ended(Outcome::Exited(0), &conf(1, 1, 1, 1)), None);
}

proptest! {
    /// Whatever happens: one run at a time, every deadline leads to something, and after a run the machine is idle.
    #[test]
    fn one_run_at_a_time(steps in prop::collection::vec((0u64..4, prop::option::of(0i32..3)), 1..300)) {
        let conf = conf(1, 1, 2, 2);
        let mut script = started();
        let (mut now, mut running) = (0, false);
        for (pause, ended) in steps {
            now += pause;
            while let Some(due) = script.expire(at(now), &conf) {
                match due {
                    Due::Do(ScriptOp::Spawn) => { prop_assert!(!running); running = true; }
                    Due::Do(ScriptOp::Terminate | ScriptOp::Kill) | Due::Skipped => prop_assert!(running),
                }
            }
            prop_assert!(script.next_deadline().is_some_and(|next| next > at(now)));
            if let Some(status) = ended {
                prop_assert_eq!(script.ended(Outcome::Exited(status), &conf).is_some(), running);
                running = false;
            }
            prop_assert_eq!(script.is_running(), running);
        }
    }
}
