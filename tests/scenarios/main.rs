//! One readable file per behaviour: what is configured, what happens when, and what the router does about it.
//!
//! ```text
//! # What this shows.
//! conf
//!     vrrp_instance VI_1 { ... }
//! host
//!     eth0 up 10.0.0.1/24
//! at 0 start
//! | 0         join 224.0.0.18 on eth0
//! at 1 advert 10.0.0.2 priority 150
//! | 1         log (VI_1) master set to 10.0.0.2, priority 150
//! ```
//!
//! Lines that begin with a bar are what the router did, and when; what it did several times in a row is one line.
//! `UPDATE=1` writes them anew: read the difference before you believe it. The commands are those of [`command`].
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod command;
mod file;
mod journal;
mod stage;

use std::path::{Path, PathBuf};

use file::Scenario;
use stage::Stage;

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let entries = std::fs::read_dir(&folder).expect("the folder of the scenarios");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "vrrp"));
    files.sort();
    files
}

/// Plays a scenario; gives its text with what really happened.
fn play(text: &str) -> String {
    let mut scenario = Scenario::parse(text);
    let mut stage = Stage::new(&scenario.conf, &scenario.others, &scenario.host);
    for step in &mut scenario.steps {
        stage.advance(step.at);
        step.before = stage.take_journal();
        stage.act(&step.command);
        step.after = stage.take_journal();
    }
    scenario.print()
}

#[test]
fn every_scenario_is_played_as_written() {
    let files = scenarios();
    assert!(files.len() >= 20, "where are the scenarios? {files:?}");
    let mut wrong = Vec::new();
    for path in files {
        let written = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let played =
            std::panic::catch_unwind(|| play(&written)).unwrap_or_else(|_| panic!("{name} cannot be played"));
        if played == written {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &played).unwrap();
        } else {
            eprintln!("{}", file::difference(&name, &written, &played));
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{} scenarios went otherwise: {}", wrong.len(), wrong.join(", "));
}

#[test]
fn a_scenario_that_goes_otherwise_is_noticed() {
    let path = scenarios().into_iter().next().unwrap();
    let written = std::fs::read_to_string(path).unwrap();
    let changed = written.replacen("log (", "log [", 1);
    assert_ne!(changed, written);
    assert_eq!(play(&changed), play(&written));
    assert_ne!(play(&changed), changed);
}
