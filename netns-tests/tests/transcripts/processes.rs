//! Processes that are tracked.

use std::cell::RefCell;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use netns_tests::prelude::*;
use netns_tests::stage::{Cue, Played, Stage, advertises, globals, instance, says};

use crate::transcripts;

/// A program whose name no other process of the host has, since the kernel tells of all of them.
struct Worker {
    path: PathBuf,
    name: String,
    running: RefCell<Vec<Child>>,
}

impl Worker {
    /// Puts the program on node `a`, and lets a C program that plays there hear of processes.
    fn new(stage: &Stage<'_>) -> Self {
        let a = stage.a();
        if a.program() == Program::Theirs {
            a.let_daemon_enter();
        }
        let name = a.unique_name("w-");
        let path = a.host_path(&format!("/run/{name}"));
        // The kernel names a process after the name by which its program was called.
        if let Err(error) = symlink("/bin/sleep", &path) {
            panic!("linking {} to /bin/sleep: {error}", path.display());
        }
        Self { path, name, running: RefCell::default() }
    }

    /// Starts one more.
    fn start(&self) {
        let child = Command::new(&self.path).arg("300").stdin(Stdio::null()).spawn();
        match child {
            Ok(child) => self.running.borrow_mut().push(child),
            Err(error) => panic!("starting {}: {error}", self.path.display()),
        }
    }

    /// Ends the one that was started last.
    fn end(&self) {
        if let Some(mut child) = self.running.borrow_mut().pop() {
            // It can only have ended already.
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// The configuration: an instance with priority 100 that tracks the program.
    fn conf(&self, options: &str, weight: &str) -> String {
        let name = &self.name;
        let process = format!("vrrp_track_process worker {{\n    process {name}\n    {options}\n}}\n");
        let track = format!("track_process {{\n        worker {weight}\n    }}");
        [globals(""), process, instance("VI_1", 51, 100, &track)].concat()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        while !self.running.borrow().is_empty() {
            self.end();
        }
    }
}

fn master(priority: u8) -> [Cue; 2] {
    [says("VI_1", "MASTER", priority), advertises(51, priority)]
}

fn fault(priority: u8) -> [Cue; 1] {
    [says("VI_1", "FAULT", priority)]
}

/// The process runs, ends and runs again.
fn up_down_up(stage: &Stage<'_>, weight: &str, up: &[Cue], down: &[Cue]) -> Played {
    let worker = Worker::new(stage);
    worker.start();
    stage.start(&worker.conf("", weight), up)?;
    stage.event("the process ends", || worker.end(), down)?;
    stage.event("it runs again", || worker.start(), up)?;
    stage.stop();
    Ok(())
}

fn without_weight(stage: &Stage<'_>) -> Played {
    up_down_up(stage, "", &master(100), &fault(100))
}

fn positive_weight(stage: &Stage<'_>) -> Played {
    up_down_up(stage, "weight 20", &[advertises(51, 120)], &[advertises(51, 100)])
}

fn negative_weight(stage: &Stage<'_>) -> Played {
    up_down_up(stage, "weight -20", &[advertises(51, 100)], &[advertises(51, 80)])
}

fn negative_weight_reversed(stage: &Stage<'_>) -> Played {
    up_down_up(stage, "weight -20 reverse", &[advertises(51, 100)], &[advertises(51, 120)])
}

/// It does not run when the daemon starts.
fn missing_at_the_start(stage: &Stage<'_>) -> Played {
    let worker = Worker::new(stage);
    stage.start(&worker.conf("", ""), &fault(100))?;
    stage.event("it runs", || worker.start(), &master(100))?;
    stage.stop();
    Ok(())
}

/// `quorum` is how many have to run.
fn quorum(stage: &Stage<'_>) -> Played {
    let worker = Worker::new(stage);
    (0..3).for_each(|_| worker.start());
    stage.start(&worker.conf("quorum 2", ""), &master(100))?;
    stage.event("two of three are left", || worker.end(), &[])?;
    stage.event("one is left", || worker.end(), &fault(100))?;
    stage.event("none is left", || worker.end(), &[])?;
    stage.event("one runs", || worker.start(), &[])?;
    stage.event("two run", || worker.start(), &master(100))?;
    stage.stop();
    Ok(())
}

/// `quorum_max` is how many may run.
fn too_many(stage: &Stage<'_>) -> Played {
    let worker = Worker::new(stage);
    worker.start();
    stage.start(&worker.conf("quorum 1\n    quorum_max 2", ""), &master(100))?;
    stage.event("two run", || worker.start(), &[])?;
    stage.event("three run", || worker.start(), &fault(100))?;
    stage.event("two are left", || worker.end(), &master(100))?;
    stage.stop();
    Ok(())
}

/// `terminate_delay` forgives a process that is started again soon.
fn soon_started_again(stage: &Stage<'_>) -> Played {
    let worker = Worker::new(stage);
    worker.start();
    stage.start(&worker.conf("terminate_delay 3", ""), &master(100))?;
    let again = || {
        worker.end();
        pause(secs(1));
        worker.start();
        stage.lab().expect_steady(std::net::Ipv4Addr::new(10, 77, 1, 51), secs(4));
    };
    stage.event("it is started again", again, &[])?;
    stage.event("it ends", || worker.end(), &fault(100))?;
    stage.stop();
    Ok(())
}

transcripts!(
    without_weight,
    positive_weight,
    negative_weight,
    negative_weight_reversed,
    missing_at_the_start,
    quorum,
    too_many,
    soon_started_again,
);
