//! What is tracked: scripts, files, processes and BFD sessions, with whom it concerns.

use super::super::page::Page;
use super::super::{Scene, extras, quoted};
use crate::conf::model::{Model, Run, Script, TrackProcess, Trackers, Weight};
use crate::vrrp::snapshot::{ProcessesShown, ScriptShown};

const KEY: usize = 3;

/// The lists of an instance or a group, without its interfaces.
pub(super) fn tracked(page: &mut Page, model: &Model, trackers: &Trackers) {
    let weight = extras::weight;
    let scripts = trackers.scripts.iter().filter_map(|entry| {
        let script = model.scripts.get(entry.script)?;
        Some(format!("{} weight {}", script.name, weight(entry.weight)))
    });
    page.list(KEY, "Tracked scripts", scripts);
    let files = trackers.files.iter().filter_map(|entry| {
        let file = model.files.get(entry.file)?;
        Some(format!("{}, weight {}", file.name, weight(entry.weight)))
    });
    page.list(KEY, "Tracked files", files);
    let processes = trackers.processes.iter().filter_map(|entry| {
        let process = model.processes.get(entry.process)?;
        Some(format!("{}, weight {}", process.name, weight(entry.weight)))
    });
    page.list(KEY, "Tracked processes", processes);
    let sessions = trackers.bfd.iter().filter_map(|entry| {
        let session = model.bfd.get(entry.session)?;
        Some(format!("{}: weight {}", session.name, weight(entry.weight)))
    });
    page.list(KEY, "Tracked BFDs", sessions);
}

pub(super) fn write(page: &mut Page, scene: &Scene<'_>) {
    scripts(page, scene);
    files(page, scene);
    processes(page, scene);
    sessions(page, scene);
}

/// Who tracks something, with what weight.
fn concerned(page: &mut Page, scene: &Scene<'_>, weight: impl Fn(&Trackers) -> Option<Weight>) {
    page.line(KEY, format_args!("Tracking instances :"));
    for (name, trackers) in scene.trackers() {
        if let Some(weight) = weight(trackers) {
            page.line(KEY + 2, format_args!("{name}, weight {}", extras::weight(weight)));
        }
    }
}

fn scripts(page: &mut Page, scene: &Scene<'_>) {
    if scene.model.scripts.is_empty() {
        return;
    }
    page.section("VRRP Scripts");
    for (id, conf) in scene.model.scripts.iter() {
        let Some(shown) = scene.snapshot.scripts.get(id) else { continue };
        script(page, conf, *shown);
        let entry = |trackers: &Trackers| trackers.scripts.iter().find(|entry| entry.script == id).copied();
        concerned(page, scene, |trackers| entry(trackers).map(|entry| entry.weight));
        page.line(KEY, format_args!("State = {}", if shown.running { "running" } else { "idle" }));
    }
}

fn script(page: &mut Page, conf: &Script, shown: ScriptShown) {
    page.line(1, format_args!("VRRP Script = {}", conf.name));
    match &conf.run {
        Run::Command(command) => page.line(KEY, format_args!("Command = {}", quoted(command))),
        Run::Probe(probe) => page.line(KEY, format_args!("Check = {}", extras::probe(probe))),
    }
    page.line(KEY, format_args!("Interval = {} sec", conf.interval.as_secs_f64()));
    // Without a limit of its own a run may take as long as the interval.
    let timeout = if conf.timeout == conf.interval { 0.0 } else { conf.timeout.as_secs_f64() };
    page.line(KEY, format_args!("Timeout = {timeout} sec"));
    page.line(KEY, format_args!("Weight = {}", extras::weight(conf.weight)));
    page.line(KEY, format_args!("Rise = {}", conf.rise));
    page.line(KEY, format_args!("Fall = {}", conf.fall));
    let best = conf.rise.saturating_add(conf.fall).saturating_sub(1);
    let good = shown.good == Some(true);
    let result = if good { best.saturating_sub(shown.against) } else { shown.against };
    page.line(KEY, format_args!("Result = {result}"));
    page.line(KEY, format_args!("Insecure = no"));
    let reported = if shown.good.is_some() { "unknown" } else { "INIT" };
    page.line(KEY, format_args!("Init state = {reported}"));
    page.line(KEY, format_args!("Status = {}", if good { "GOOD" } else { "BAD" }));
    if let Run::Command(command) = &conf.run {
        let run_as = command.run_as();
        page.line(KEY, format_args!("Script uid:gid = {}:{}", run_as.uid, run_as.gid));
    }
    page.line(KEY, format_args!("VRRP instances :"));
}

fn files(page: &mut Page, scene: &Scene<'_>) {
    if scene.model.files.is_empty() {
        return;
    }
    page.section("VRRP Track files");
    for (id, conf) in scene.model.files.iter() {
        page.line(1, format_args!("Track file = {}", conf.name));
        page.line(KEY, format_args!("File = {}", conf.path.display()));
        let status = scene.snapshot.files.get(id).copied().unwrap_or_default();
        page.line(KEY, format_args!("Status = {status}"));
        page.line(KEY, format_args!("Weight = {}", extras::weight(conf.weight)));
        let entry = |trackers: &Trackers| trackers.files.iter().find(|entry| entry.file == id).copied();
        concerned(page, scene, |trackers| entry(trackers).map(|entry| entry.weight));
    }
}

fn processes(page: &mut Page, scene: &Scene<'_>) {
    if scene.model.processes.is_empty() {
        return;
    }
    page.section("VRRP Track processes");
    for (id, conf) in scene.model.processes.iter() {
        let Some(shown) = scene.snapshot.processes.get(id) else { continue };
        process(page, conf, *shown);
        let entry =
            |trackers: &Trackers| trackers.processes.iter().find(|entry| entry.process == id).copied();
        concerned(page, scene, |trackers| entry(trackers).map(|entry| entry.weight));
    }
}

fn process(page: &mut Page, conf: &TrackProcess, shown: ProcessesShown) {
    page.line(1, format_args!("VRRP Track process = {}", conf.name));
    if let Some((name, parameters)) = conf.command.split_first() {
        page.line(KEY, format_args!("Process = {name}"));
        if !parameters.is_empty() {
            page.line(KEY, format_args!("Parameters = {}", parameters.join(" ")));
        }
    }
    page.line(KEY, format_args!("Min processes = {}", conf.quorum));
    if let Some(most) = conf.quorum_max {
        page.line(KEY, format_args!("Max processes = {most}"));
    }
    page.line(KEY, format_args!("Current processes = {}", shown.count));
    page.line(KEY, format_args!("Have quorum = {}", shown.good));
    page.line(KEY, format_args!("Weight = {}", extras::weight(conf.weight)));
    page.line(KEY, format_args!("Terminate delay = {:.6}s", conf.terminate_delay.as_secs_f64()));
    page.line(KEY, format_args!("Fork delay = {:.6}s", conf.fork_delay.as_secs_f64()));
    let running = |yes: bool| if yes { "running" } else { "not running" };
    page.line(KEY, format_args!("Fork delay timer {}", running(shown.turning == Some(true))));
    page.line(KEY, format_args!("Terminate delay timer {}", running(shown.turning == Some(false))));
    page.line(KEY, format_args!("Full command = {}", conf.full_command));
}

fn sessions(page: &mut Page, scene: &Scene<'_>) {
    if scene.model.bfd.is_empty() {
        return;
    }
    page.section("VRRP Track BFDs");
    for (id, conf) in scene.model.bfd.iter() {
        page.line(1, format_args!("VRRP Track BFD = {}", conf.name));
        page.line(KEY, format_args!("Weight = 0"));
        let up = scene.snapshot.sessions.get(id).copied().unwrap_or(false);
        page.line(KEY, format_args!("Bfd is {}", if up { "up" } else { "down" }));
        page.line(KEY, format_args!("Tracking VRRP instances :"));
        let entry = |trackers: &Trackers| trackers.bfd.iter().find(|entry| entry.session == id).copied();
        concerned(page, scene, |trackers| entry(trackers).map(|entry| entry.weight));
    }
}
