//! The files with numbers in them (`track_file`): makes them, watches their directories, and reads what is new.
//!
//! A directory that cannot be watched is looked at every second instead: one that is gone, until it is back, and one
//! for which the kernel has no watch left, for as long as that is so.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::complaints::Complaints;
use crate::base::id::TrackFileId;
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;
use crate::sys::inotify::{Change, Directories, Watch};
use crate::sys::{Error, clock, content};
use crate::track::file::LONGEST;

/// How often a directory is looked at that is not watched.
const SOON: Span = Span::from_secs(1);
/// How often it is made sure that a directory that is watched is the one that has the name: a directory that somebody
/// still uses when it is deleted goes without a word.
const SOMETIMES: Span = Span::from_secs(5);

/// What is in a file; `None` if there is no file.
pub(super) type Content = (TrackFileId, Option<Vec<u8>>);

/// Makes the files that are to be made at the start (`init_file`).
pub(super) fn make(model: &Model) {
    for file in model.files.values() {
        let Some(init) = file.init else { continue };
        match content::make(&file.path, format!("{}\n", init.value).as_bytes(), init.overwrite) {
            Ok(true) => {
                tracing::info!("track_file {}: wrote {} to {}", file.name, init.value, file.path.display());
            }
            Ok(false) => {}
            Err(error) => tracing::error!("track_file {}: {error}", file.name),
        }
    }
}

/// The files, and what is known of their directories.
#[derive(Debug)]
pub(super) struct Files {
    model: Arc<Model>,
    directories: Option<Directories>,
    places: Vec<Place>,
    look: Option<Instant>,
    complaints: Complaints<String>,
}

/// A directory.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    files: Vec<TrackFileId>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The kernel tells of its changes.
    Watched(Watch, Identity),
    /// It is there, but the kernel does not tell.
    Unwatched,
    /// It is not there.
    Missing,
}

/// What tells a directory from another one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Files {
    /// Begins to watch. Needs a runtime.
    pub(super) fn open(model: &Arc<Model>) -> Files {
        let mut places: BTreeMap<PathBuf, Vec<TrackFileId>> = BTreeMap::new();
        for (id, file) in model.files.iter() {
            places.entry(directory_of(&file.path).to_owned()).or_default().push(id);
        }
        let directories = if places.is_empty() { None } else { Some(Directories::open()) };
        let directories = directories.and_then(|opened| {
            opened
                .inspect_err(|error| {
                    tracing::error!("{error}; looking at tracked files every {SOON} instead");
                })
                .ok()
        });
        let place = |(path, files)| Place { path, files, state: State::Unwatched };
        let mut files = Files {
            model: Arc::clone(model),
            directories,
            places: places.into_iter().map(place).collect(),
            look: None,
            complaints: Complaints::new(),
        };
        for index in 0..files.places.len() {
            files.watch(index);
        }
        files.plan(clock::now());
        files
    }

    /// What is in every file.
    pub(super) fn everything(&mut self) -> Vec<Content> {
        let all: Vec<TrackFileId> = self.model.files.keys().collect();
        self.read(all)
    }

    /// Waits for changes; for ever if nothing is watched.
    pub(super) async fn changed(&self) -> Result<Vec<Change>, Error> {
        match &self.directories {
            Some(directories) => directories.changed().await,
            None => std::future::pending().await,
        }
    }

    /// What changed files contain.
    pub(super) fn take(&mut self, changes: &[Change]) -> Vec<Content> {
        let mut changed = Vec::new();
        for change in changes {
            match change {
                Change::Lost => {
                    tracing::warn!(
                        "more changed in tracked directories than the kernel could keep: reading every file"
                    );
                    return self.everything();
                }
                Change::Gone(watch) => changed.extend(self.gone(*watch)),
                Change::Entry(watch, name) => {
                    let place = self.places.iter().find(|place| place.has(*watch));
                    let files = place.map_or(&[][..], |place| &place.files);
                    let named = |id: &&TrackFileId| {
                        self.model.files.get(**id).and_then(|file| file.path.file_name()) == Some(name)
                    };
                    changed.extend(files.iter().filter(named));
                }
            }
        }
        changed.sort_unstable();
        changed.dedup();
        self.read(changed)
    }

    /// When directories have to be looked at.
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.look
    }

    /// Looks at directories if it is time; tells what the files of those contain that were not watched.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Content> {
        if self.look.is_none_or(|look| look > now) {
            return Vec::new();
        }
        let mut unsure = Vec::new();
        for index in 0..self.places.len() {
            let Some(place) = self.places.get(index) else { continue };
            match place.state {
                State::Watched(_, known) if identity(&place.path) == Some(known) => continue,
                State::Watched(watch, _) => unsure.extend(self.gone(watch)),
                State::Unwatched | State::Missing => {
                    unsure.extend(place.files.clone());
                    self.watch(index);
                }
            }
        }
        self.plan(now);
        self.read(unsure)
    }

    fn plan(&mut self, now: Instant) {
        let is_watched = |place: &Place| matches!(place.state, State::Watched(..));
        let pause = if self.places.iter().all(is_watched) { SOMETIMES } else { SOON };
        self.look = (!self.places.is_empty()).then(|| now + pause);
    }

    /// A directory is no longer where it was; perhaps another one is there already. Tells which files that concerns.
    fn gone(&mut self, watch: Watch) -> Vec<TrackFileId> {
        let Some(index) = self.places.iter().position(|place| place.has(watch)) else { return Vec::new() };
        if let Some(directories) = &self.directories {
            directories.forget(watch);
        }
        let files = match self.places.get_mut(index) {
            Some(place) => {
                place.state = State::Unwatched;
                place.files.clone()
            }
            None => Vec::new(),
        };
        self.watch(index);
        self.plan(clock::now());
        files
    }

    /// Begins to watch a directory, if it is there.
    fn watch(&mut self, index: usize) {
        let Files { directories, places, complaints, .. } = self;
        let (Some(directories), Some(place)) = (directories, places.get_mut(index)) else { return };
        let path = place.path.display();
        // First: a directory that takes its place in between is found to be another one later.
        let known = identity(&place.path);
        match (directories.watch(&place.path), known) {
            (Ok(watch), Some(known)) => {
                if place.state == State::Missing {
                    tracing::info!("track_file: the directory {path} is there again");
                }
                place.state = State::Watched(watch, known);
            }
            (Ok(watch), None) => directories.forget(watch),
            (Err(error), _) if matches!(error.errno(), libc::ENOENT | libc::ENOTDIR) => {
                if place.state != State::Missing {
                    tracing::error!(
                        "track_file: the directory {path} is gone, so its files count as missing; make it again \
                         with `mkdir -p {path}`"
                    );
                }
                place.state = State::Missing;
            }
            (Err(error), _) => {
                place.state = State::Unwatched;
                if complaints.is_due(error.to_string(), clock::now()).is_some() {
                    tracing::error!("{error}; looking at its files every {SOON} instead");
                }
            }
        }
    }

    /// A file that is there and cannot be read keeps the number that is known.
    fn read(&mut self, files: Vec<TrackFileId>) -> Vec<Content> {
        let mut contents = Vec::with_capacity(files.len());
        for id in files {
            let Some(file) = self.model.files.get(id) else { continue };
            match content::beginning(&file.path, LONGEST) {
                Ok(content) => contents.push((id, content)),
                Err(error) => {
                    let message = format!("track_file {}: {error}; its last number stands", file.name);
                    if self.complaints.is_due(message.clone(), clock::now()).is_some() {
                        tracing::error!("{message}");
                    }
                }
            }
        }
        contents
    }
}

impl Place {
    fn has(&self, watch: Watch) -> bool {
        matches!(self.state, State::Watched(known, _) if known == watch)
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn identity(path: &Path) -> Option<Identity> {
    let about = std::fs::metadata(path).ok()?;
    Some(Identity { device: about.dev(), inode: about.ino() })
}

#[cfg(test)]
mod tests;
