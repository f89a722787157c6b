//! The same configuration and the same events for the subject and for the C program: FIFO lines, calls of
//! scripts and advertised priorities are the same, in the same order.
//!
//! `KA_SUBJECT=theirs` plays the C program against itself, which shows that a scenario has one outcome. Where we
//! differ on purpose, the scenario says how (`SCENARIO otherwise FUNCTION`), and `tests/DEVIATIONS.md` says why.

#![expect(clippy::panic, reason = "a test ends where it finds a fault")]

#[path = "transcripts/files.rs"]
mod files;
#[path = "transcripts/groups.rs"]
mod groups;
#[path = "transcripts/interfaces.rs"]
mod interfaces;
#[path = "transcripts/life.rs"]
mod life;
#[path = "transcripts/processes.rs"]
mod processes;
#[path = "transcripts/scripts.rs"]
mod scripts;

use std::thread;

use netns_tests::prelude::*;
use netns_tests::stage::{Played, Stage};
use netns_tests::transcript::Transcript;

/// Time for an election among the partners of the daemon on the stage.
const PATIENCE: std::time::Duration = secs(8);

/// How often a scenario is played at the most. On a host that keeps a program from running for longer than two deadlines
/// lie apart, the C program meets them in another order; a real difference shows every time.
const PLAYS: usize = 3;

/// What a program does on the stage.
type Scenario = fn(&Stage<'_>) -> Played;

/// Makes of the C program's transcript what ours has to be.
type Otherwise = fn(&mut Transcript);

/// The outcome of one play.
struct Outcome {
    transcript: Transcript,
    stuck: bool,
    log: String,
}

fn play(program: Program, title: &str, scenario: Scenario) -> Outcome {
    let lab = Lab::new(title, &[("a", program), ("b", Program::peer())]);
    let stage = Stage::new(&lab);
    let stuck = scenario(&stage).is_err();
    let transcript = stage.close();
    Outcome { transcript, stuck, log: lab.node("a").log() }
}

/// Compares what the C program and the subject make of `scenario`, again if they differ.
///
/// # Panics
/// If they differ every time, or if the C program does not get through the scenario.
fn compare(title: &str, scenario: Scenario, otherwise: &[Otherwise]) {
    let mut reports = Vec::new();
    while reports.len() < PLAYS {
        match difference(title, scenario, otherwise) {
            None => return,
            Some(report) => reports.push(report),
        }
    }
    panic!("{}", reports.join("\n=== again ===\n"));
}

/// Plays `scenario` with the C program and with the subject at the same time, and tells how the transcripts differ.
/// `otherwise` makes of the C program's transcript what ours has to be.
fn difference(title: &str, scenario: Scenario, otherwise: &[Otherwise]) -> Option<String> {
    let subject = Program::subject();
    let (mut theirs, ours) = thread::scope(|scope| {
        let theirs = scope.spawn(|| play(Program::Theirs, title, scenario));
        let ours = scope.spawn(|| play(subject, title, scenario));
        let finished = |result: thread::Result<Outcome>| match result {
            Ok(outcome) => outcome,
            Err(cause) => std::panic::resume_unwind(cause),
        };
        (finished(theirs.join()), finished(ours.join()))
    });
    let told = theirs.transcript.render();
    assert!(!theirs.stuck, "the C program itself gets stuck:\n{told}\n{}", theirs.log);
    if subject == Program::Ours {
        otherwise.iter().for_each(|change| change(&mut theirs.transcript));
    }
    Transcript::difference(&theirs.transcript, &ours.transcript).map(|difference| {
        format!(
            "{subject} differs:\n{difference}\n--- the C program's log\n{}\n--- the log of {subject}\n{}",
            theirs.log, ours.log
        )
    })
}

/// Makes a test of each scenario.
macro_rules! transcripts {
    ($($scenario:ident $(otherwise $otherwise:ident)?),+ $(,)?) => { $(
        mod $scenario {
            #[test]
            fn is_the_same() {
                crate::compare(stringify!($scenario), super::$scenario, &[$(super::$otherwise)?]);
            }
        }
    )+ };
}
use transcripts;
