//! The file that names the time of the next reload (`reload_time_file`): watches it, and says when the time has come.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::timetable::Wanted;
use crate::base::time::{Instant, Span};
use crate::conf::model::settings::Files;
use crate::sys::inotify::{Change, Directories};
use crate::sys::{Error, clock, content};

/// How long what the wall clock says is trusted: it may be set, and summer may begin.
const TRUSTED: Span = Span::from_secs(60);
/// More than the longest first line.
const LONGEST: usize = 64;

/// The next reload that a file names.
#[derive(Debug, Default)]
pub(super) struct Appointment {
    place: Option<Place>,
    /// What is wanted, and when that is, in seconds since 1970.
    next: Option<(Wanted, i64)>,
    /// When the wall clock is to be looked at again.
    look_at: Option<Instant>,
}

#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// `reload_repeat`.
    repeat: bool,
    /// Nothing if the directory cannot be watched.
    directories: Option<Directories>,
}

impl Appointment {
    /// What the file of a configuration says now. Needs a runtime.
    pub(super) fn of(files: Option<&Files>) -> Appointment {
        let Some((files, path)) = files.and_then(|files| Some((files, files.reload_time.as_ref()?))) else {
            return Appointment::default();
        };
        let directories = watch(path)
            .inspect_err(|error| tracing::error!("{error}; reload_time_file is read at the next reload only"))
            .ok();
        let place = Place { path: path.to_path_buf(), repeat: files.reload_repeat, directories };
        let mut appointment = Appointment { place: Some(place), ..Appointment::default() };
        appointment.read();
        appointment
    }

    /// Waits until the file has changed; for ever without one. Losing the future loses nothing.
    pub(super) async fn changed(&self) -> Result<Vec<Change>, Error> {
        match self.place.as_ref().and_then(|place| place.directories.as_ref()) {
            Some(directories) => directories.changed().await,
            None => std::future::pending().await,
        }
    }

    /// Heeds changes in the directory.
    pub(super) fn heed(&mut self, changes: &[Change]) {
        let Some(place) = &mut self.place else { return };
        let name = place.path.file_name();
        let ours = |change: &Change| match change {
            Change::Entry(_, entry) => Some(entry.as_os_str()) == name,
            Change::Gone(_) | Change::Lost => true,
        };
        if changes.iter().any(|change| matches!(change, Change::Gone(_))) {
            tracing::warn!(
                "the directory of {} is gone: it is looked at again at the next reload",
                place.path.display()
            );
            place.directories = None;
        }
        if changes.iter().any(ours) {
            self.read();
        }
    }

    /// When [`is_due`](Self::is_due) has to be asked.
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.look_at
    }

    /// Whether the time has come. The appointment is over then, or is the next one.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        if self.look_at.is_none_or(|at| at > now) {
            return false;
        }
        let Some((wanted, at)) = self.next else { return false };
        if clock::wall() < at_micros(at) {
            // What a date and a time of day mean may have changed with the clock.
            self.plan(wanted.next(clock::local_time()).map(|at| (wanted, at)));
            return false;
        }
        self.plan(None);
        self.keep(wanted);
        true
    }

    /// Removes the file, unless it names the time of the next reload, too.
    fn keep(&mut self, wanted: Wanted) {
        let Some(place) = &self.place else { return };
        if wanted.is_daily() && place.repeat {
            return self.plan(wanted.next(clock::local_time()).map(|at| (wanted, at)));
        }
        if let Err(error) = std::fs::remove_file(&place.path) {
            let error = Error::new("remove", place.path.display(), error);
            tracing::error!("{error}; remove it yourself, or it counts again at the next start");
        }
    }

    fn read(&mut self) {
        self.plan(None);
        let Some(place) = &self.place else { return };
        let path = place.path.display();
        let text = match content::beginning(&place.path, LONGEST) {
            Ok(Some(text)) => text,
            Ok(None) => return,
            Err(error) => return tracing::error!("{error}"),
        };
        let text = String::from_utf8_lossy(&text);
        let Some(wanted) = Wanted::parse(&text) else {
            tracing::error!(
                "{path} names no time: write HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS, with a Z behind it for UTC"
            );
            return;
        };
        match wanted.next(clock::local_time()) {
            Some(at) => {
                tracing::info!("Reload scheduled for {}", text.lines().next().unwrap_or_default());
                self.plan(Some((wanted, at)));
            }
            None => tracing::warn!("{path} names a time that is over: there is no reload then"),
        }
    }

    fn plan(&mut self, next: Option<(Wanted, i64)>) {
        self.next = next;
        self.look_at = next.map(|(_, at)| {
            let left = Span::from_micros(at_micros(at).saturating_sub(clock::wall()));
            clock::now() + left.min(TRUSTED)
        });
    }
}

/// Watches the directory of a file.
fn watch(path: &Path) -> Result<Directories, Error> {
    let directories = Directories::open()?;
    let parent = path.parent().filter(|parent| *parent != Path::new(OsStr::new("")));
    directories.watch(parent.unwrap_or(Path::new(".")))?;
    Ok(directories)
}

fn at_micros(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or_default().saturating_mul(1_000_000)
}
