//! `track_file`, `vrrp_track_process` and `bfd_instance`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::Cx;
use super::registry::{Outcome, Registry};
use crate::base::addr::Family;
use crate::base::id::{BfdId, TrackFileId, TrackProcessId};
use crate::conf::diag::code::track as code;
use crate::conf::draft::{At, BfdDraft, FileDraft, ProcessDraft};
use crate::conf::env::{FileSystem, StepKind};
use crate::conf::expanded::Extent;
use crate::conf::model::track::ParamMatch;
use crate::conf::model::{BfdSession, TrackFile, TrackProcess};

/// Completes all files.
pub(super) fn files(drafts: Vec<FileDraft>, cx: &mut Cx<'_>) -> Registry<TrackFileId, TrackFile> {
    let mut files = Registry::new("track_file", drafts.len());
    for draft in drafts {
        let (name, at, weight) = (draft.name.clone(), draft.at, draft.weight);
        let outcome = file(draft, cx);
        files.add(At::new(&name, at), weight, outcome);
    }
    files
}

fn file(draft: FileDraft, cx: &mut Cx<'_>) -> Outcome<TrackFile> {
    let Some(path) = draft.path else {
        let message = format!("`track_file {}` has no `file`; it is removed", draft.name);
        cx.diagnostics.report(&code::NO_FILE, draft.at, message).also(draft.end, "the block ends here");
        return Outcome::Removed;
    };
    match resolved(Path::new(&*path.value), path.at, draft.end, cx) {
        Some(path) => Outcome::Good(TrackFile {
            name: draft.name,
            path: path.into(),
            weight: draft.weight,
            init: draft.init,
        }),
        None => Outcome::Removed,
    }
}

/// The file in its resolved directory, if it can be watched there.
fn resolved(path: &Path, at: Extent, end: Extent, cx: &mut Cx<'_>) -> Option<PathBuf> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let found = match cx.env.inspect(directory) {
        Ok(inspection) => inspection.resolved,
        Err(obstacle) => {
            let message = format!(
                "{} cannot be watched: {}: {}",
                path.display(),
                obstacle.at.display(),
                obstacle.reason
            );
            cx.diagnostics
                .report(&code::NO_DIRECTORY, at, message)
                .also(end, "the block ends here")
                .help(format!("run `mkdir -p {}`", directory.display()));
            return None;
        }
    };
    if let Some(reason) = unwatchable(path, &found, cx) {
        let message = format!("{} cannot be watched: {reason}", path.display());
        cx.diagnostics.report(&code::UNWATCHABLE, at, message).help(
            "put the file into a directory of this host that can be written to, such as one below /run",
        );
        return None;
    }
    Some(match path.file_name() {
        Some(name) => found.join(name),
        None => found,
    })
}

/// Why changes of `path` in `directory` could not be seen.
fn unwatchable(path: &Path, directory: &Path, cx: &Cx<'_>) -> Option<String> {
    let shown = directory.display();
    match cx.env.file_system(directory) {
        Some(FileSystem { untold: Some(kind), .. }) => {
            return Some(format!(
                "{shown} lies on a file system ({kind}) that changes without telling anybody"
            ));
        }
        Some(FileSystem { read_only: true, .. }) => {
            return Some(format!("{shown} lies on a file system that cannot be written to"));
        }
        Some(_) | None => {}
    }
    let there = cx.env.inspect(path).ok()?;
    let file = there.steps.iter().rfind(|step| step.path == there.resolved)?;
    let what = match file.kind {
        StepKind::File | StepKind::Link => return None,
        StepKind::Directory => "a directory",
        StepKind::Other => "a device, a pipe or a socket",
    };
    Some(format!("it is {what}, not an ordinary file"))
}

/// Completes all processes.
pub(super) fn processes(
    drafts: Vec<ProcessDraft>,
    cx: &mut Cx<'_>,
) -> Registry<TrackProcessId, TrackProcess> {
    let mut processes = Registry::new("vrrp_track_process", drafts.len());
    for draft in drafts {
        let (name, at, weight) = (draft.name.clone(), draft.at, draft.weight);
        let outcome = process(draft, cx);
        processes.add(At::new(&name, at), weight, outcome);
    }
    processes
}

fn process(draft: ProcessDraft, cx: &mut Cx<'_>) -> Outcome<TrackProcess> {
    let Some(command) = draft.command else {
        let message = format!("`vrrp_track_process {}` has no `process`; it is removed", draft.name);
        cx.diagnostics.report(&code::NO_PROCESS, draft.at, message).also(draft.end, "the block ends here");
        return Outcome::Removed;
    };
    let quorum_max = draft.quorum_max.filter(|most| {
        let fine = most.value == 0 || most.value >= draft.quorum;
        if !fine {
            let message = format!("at most {} processes are never at least {}", most.value, draft.quorum);
            cx.diagnostics.report(&code::QUORUM_ABOVE_MAXIMUM, most.at, message).label("ignored");
        }
        fine
    });
    let with_parameters = command.value.len() > 1;
    let usual = if with_parameters { ParamMatch::Exact } else { ParamMatch::None };
    Outcome::Good(TrackProcess {
        name: draft.name,
        param_match: draft.param_match.unwrap_or(usual),
        full_command: draft.full_command || with_parameters,
        command: command.value.into(),
        weight: draft.weight,
        quorum: draft.quorum,
        quorum_max: quorum_max.map(|most| most.value),
        terminate_delay: draft.terminate_delay,
        fork_delay: draft.fork_delay,
    })
}

/// What tells BFD sessions apart.
type Identity = (IpAddr, Option<IpAddr>, bool);

/// Completes all sessions.
pub(super) fn sessions(drafts: Vec<BfdDraft>, cx: &mut Cx<'_>) -> Registry<BfdId, BfdSession> {
    let mut sessions = Registry::new("bfd_instance", drafts.len());
    let mut seen = HashMap::new();
    for draft in drafts {
        let (name, at, weight) = (draft.name.clone(), draft.at, draft.weight);
        let outcome = session(draft, &mut seen, cx).map_or(Outcome::Disabled, Outcome::Good);
        sessions.add(At::new(&name, at), weight, outcome);
    }
    sessions
}

fn session(draft: BfdDraft, seen: &mut HashMap<Identity, Extent>, cx: &mut Cx<'_>) -> Option<BfdSession> {
    let Some(neighbor) = draft.neighbor else {
        let message = format!("the BFD session {} has no neighbour; it is removed", draft.name);
        cx.diagnostics.report(&code::NO_NEIGHBOR, draft.at, message).also(draft.end, "the block ends here");
        return None;
    };
    let family = Family::of(neighbor.value);
    if let Some(source) = draft.source.filter(|source| Family::of(source.value) != family) {
        let message = format!("{} cannot reach {}; the session is removed", source.value, neighbor.value);
        cx.diagnostics
            .report(&code::BFD_FAMILIES, source.at, message)
            .also(neighbor.at, "the neighbour")
            .also(draft.end, "the block ends here");
        return None;
    }
    let source = draft.source.map(|source| source.value);
    if let Some(first) = seen.get(&(neighbor.value, source, draft.multihop)) {
        let message =
            format!("there is a BFD session with {} already; {} is removed", neighbor.value, draft.name);
        cx.diagnostics
            .report(&code::BFD_TWICE, neighbor.at, message)
            .also(*first, "the first one is here")
            .also(draft.end, "the block ends here");
        return None;
    }
    seen.insert((neighbor.value, source, draft.multihop), neighbor.at);
    let both = draft.vrrp == draft.checker;
    let ttl = draft.ttl.unwrap_or(if family == Family::V4 { 255 } else { 64 });
    Some(BfdSession {
        max_hops: max_hops(draft.max_hops, ttl, draft.end, cx),
        name: draft.name,
        neighbor: neighbor.value,
        source,
        min_rx: draft.min_rx,
        min_tx: draft.min_tx,
        idle_tx: draft.idle_tx,
        multiplier: draft.multiplier,
        passive: draft.passive,
        ttl,
        multihop: draft.multihop,
        weight: draft.weight,
        for_vrrp: both || draft.vrrp,
        for_checker: both || draft.checker,
    })
}

/// How many hops are allowed: none if nobody says, and not more than the TTL.
fn max_hops(given: Option<At<Option<u8>>>, ttl: u8, end: Extent, cx: &mut Cx<'_>) -> Option<u8> {
    let Some(given) = given else { return Some(0) };
    let cut = match given.value {
        None => ttl != u8::MAX,
        Some(hops) => hops > ttl,
    };
    if !cut {
        return given.value;
    }
    let message = format!("more hops than the TTL of {ttl} allows; {ttl} is taken");
    cx.diagnostics.report(&code::MAX_HOPS_ABOVE_TTL, given.at, message).also(end, "the block ends here");
    Some(ttl)
}
