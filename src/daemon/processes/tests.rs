use std::process::{Child, Command};

use super::*;
use crate::base::table::Table;
use crate::conf::model::Weight;
use crate::conf::model::track::ParamMatch;
use crate::sys::testing::block_on;

/// A process that sleeps for so many seconds, which tells it from those of other tests.
struct Sleeper(Child);

impl Sleeper {
    fn new(seconds: &str) -> Sleeper {
        Sleeper(Command::new("/usr/bin/sleep").arg(seconds).spawn().unwrap())
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A model that means those that sleep for so many seconds.
fn model(seconds: &str) -> Arc<Model> {
    let mut processes = Table::new();
    let process = TrackProcess {
        name: "sleepers".into(),
        command: ["/usr/bin/sleep", seconds].map(Box::from).into(),
        param_match: ParamMatch::Exact,
        full_command: true,
        weight: Weight::default(),
        quorum: 1,
        quorum_max: None,
        terminate_delay: Span::ZERO,
        fork_delay: Span::ZERO,
    };
    processes.push(process).unwrap();
    Arc::new(Model { processes, ..Model::default() })
}

fn looking(model: &Arc<Model>) -> Processes {
    let mut processes = Processes::open(&Arc::new(Model::default()));
    processes.eyes = Eyes::new(model);
    processes.source = Source::looking();
    processes
}

/// A program that has just been started has no command line for a moment.
fn await_sleep(processes: &mut Processes, sleeper: &Sleeper) {
    let began = clock::now();
    while processes.eyes.look(sleeper.pid()).is_none() {
        assert!(clock::now().since(began).as_secs() < 10, "the sleeper does not sleep");
    }
}

fn listed(told: &Told) -> Vec<u32> {
    match told {
        Told::Listed(all) => all.keys().copied().collect(),
        Told::Changed(..) | Told::Ended(_) => panic!("{told:?}"),
    }
}

#[test]
fn nothing_is_looked_at_if_nothing_is_tracked() {
    let mut processes = Processes::open(&Arc::new(Model::default()));
    assert_eq!(processes.everything(), None);
    assert!(!processes.is_unfinished() && processes.next_deadline().is_none());
}

#[test]
fn looking_finds_who_is_there_and_hears_at_once_who_ends() {
    let model = model("86001");
    block_on(async {
        let mut processes = looking(&model);
        let sleeper = Sleeper::new("86001");
        let pid = sleeper.pid();
        let started = clock::now();
        while listed(&processes.everything().unwrap()) != [pid] {
            assert!(clock::now().since(started).as_secs() < 10, "the sleeper is not found");
        }
        drop(sleeper);
        let ended = processes.changed().await.unwrap();
        assert_eq!(processes.take(&ended), [Told::Ended(pid)]);
        assert_eq!(listed(&processes.everything().unwrap()), [0_u32; 0]);
    });
}

#[test]
fn a_look_is_cut_into_slices_and_comes_again() {
    let model = model("86002");
    block_on(async {
        let mut processes = looking(&model);
        let sleeper = Sleeper::new("86002");
        await_sleep(&mut processes, &sleeper);
        processes.everything();
        let due = processes.next_deadline().unwrap();
        assert!(due > clock::now());
        assert_eq!(processes.work(clock::now()), []);
        let mut told = processes.work(due);
        while processes.is_unfinished() {
            told.extend(processes.work(due));
        }
        assert_eq!(listed(&told[0]), [sleeper.pid()]);
        assert!(processes.next_deadline().unwrap() > clock::now());
    });
}

#[test]
fn news_during_a_look_are_looked_into_at_its_end() {
    let model = model("86003");
    block_on(async {
        let mut processes = looking(&model);
        let sleeper = Sleeper::new("86003");
        let stranger = Sleeper::new("86099");
        let found = Found { comm: Box::default(), cmdline: Box::default() };
        let listing = Listing {
            walk: Walk::begin().unwrap(),
            found: [(stranger.pid(), found)].into(),
            doubtful: [sleeper.pid(), stranger.pid()].into(),
            spent: Span::ZERO,
        };
        let mut told = Vec::new();
        await_sleep(&mut processes, &sleeper);
        processes.finish(listing, clock::now(), &mut told);
        assert_eq!(listed(&told[0]), [sleeper.pid()]);
    });
}

#[test]
fn the_last_news_of_a_process_counts() {
    let news = [News::Changed(1), News::Ended(2), News::Changed(2), News::Ended(1), News::Changed(3)];
    assert_eq!(latest(&news), [(1, true), (2, false), (3, false)].into());
}

/// With the kernel's news, where it tells of processes.
#[test]
fn the_kernel_tells_of_beginnings_and_ends() {
    let model = model("86004");
    block_on(async {
        let mut processes = Processes::open(&model);
        if !matches!(processes.source, Source::Kernel { .. }) {
            eprintln!("skipped: the kernel does not tell of processes here");
            return;
        }
        assert_eq!(processes.everything(), Some(Told::Listed(All::new())));
        assert_eq!(processes.next_deadline(), None);
        let sleeper = Sleeper::new("86004");
        let pid = sleeper.pid();
        let mut told = next(&mut processes).await;
        assert!(matches!(told.pop(), Some(Told::Changed(changed, _)) if changed == pid));
        drop(sleeper);
        let ended = loop {
            // Another word about the same process is no news, and may come before its end.
            let mut told = next(&mut processes).await;
            if let Some(Told::Ended(ended)) = told.pop() {
                break ended;
            }
        };
        assert_eq!(ended, pid);
    });
}

async fn next(processes: &mut Processes) -> Vec<Told> {
    loop {
        let news = processes.changed().await.unwrap();
        processes.take(&news);
        let mut told = Vec::new();
        while processes.is_unfinished() {
            told.extend(processes.work(clock::now()));
        }
        if !told.is_empty() {
            return told;
        }
    }
}
