//! Directories whose changes the kernel tells of (inotify(7)).

use std::ffi::OsString;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};

use super::watch::Watched;
use super::{Attempt, Error};

/// What is told of: entries whose content is complete, entries that come and go, and the way of the directory itself.
const TOLD: AddWatchFlags = AddWatchFlags::IN_CLOSE_WRITE
    .union(AddWatchFlags::IN_MOVED_TO)
    .union(AddWatchFlags::IN_MOVED_FROM)
    .union(AddWatchFlags::IN_DELETE)
    .union(AddWatchFlags::IN_MOVE_SELF)
    .union(AddWatchFlags::IN_ONLYDIR);

/// A directory that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watch(WatchDescriptor);

/// What became of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An entry has another content, is new, or is gone.
    Entry(Watch, OsString),
    /// The directory has been deleted, or moved, or its file system is no longer mounted.
    Gone(Watch),
    /// There was more than the kernel could keep: anything may have changed.
    Lost,
}

/// Directories that are watched.
#[derive(Debug)]
pub struct Directories {
    fd: Watched<Inotify>,
}

impl Directories {
    /// Nothing is watched yet. Needs a runtime.
    ///
    /// # Errors
    /// If the user has as many of these as the kernel permits (`fs.inotify.max_user_instances`).
    pub fn open() -> Result<Directories, Error> {
        let flags = InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK;
        let inotify =
            Inotify::init(flags).attempt("begin", "to watch directories (fs.inotify.max_user_instances)")?;
        Ok(Directories { fd: Watched::new(inotify).attempt("watch", "directories")? })
    }

    /// Begins to watch a directory.
    ///
    /// # Errors
    /// If it is no directory, or as many are watched as the kernel permits (`fs.inotify.max_user_watches`).
    pub fn watch(&self, directory: &Path) -> Result<Watch, Error> {
        let target = format!("the directory {}", directory.display());
        self.fd.get().add_watch(directory, TOLD).map(Watch).map_err(std::io::Error::from).map_err(|error| {
            let full = error.raw_os_error() == Some(libc::ENOSPC);
            let hint = if full { " (fs.inotify.max_user_watches is too small)" } else { "" };
            Error::new("watch", format!("{target}{hint}"), error)
        })
    }

    /// Ceases to watch one. The kernel may have ceased before.
    pub fn forget(&self, watch: Watch) {
        let _ = self.fd.get().rm_watch(watch.0);
    }

    /// Waits for changes. Losing the future loses nothing.
    ///
    /// # Errors
    /// If the kernel does not say what changed.
    pub async fn changed(&self) -> Result<Vec<Change>, Error> {
        let events = self.fd.read(|inotify| Ok(inotify.read_events()?)).await;
        Ok(events.attempt("read", "changes of directories")?.into_iter().filter_map(change).collect())
    }

    /// The changes that are known already.
    ///
    /// # Errors
    /// If the kernel does not say what changed.
    pub fn known(&self) -> Result<Vec<Change>, Error> {
        match self.fd.get().read_events() {
            Err(Errno::EAGAIN) => Ok(Vec::new()),
            events => {
                let events = events.attempt("read", "changes of directories")?;
                Ok(events.into_iter().filter_map(change).collect())
            }
        }
    }
}

fn change(event: InotifyEvent) -> Option<Change> {
    let watch = Watch(event.wd);
    if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
        return Some(Change::Lost);
    }
    if event.mask.intersects(AddWatchFlags::IN_IGNORED | AddWatchFlags::IN_MOVE_SELF) {
        return Some(Change::Gone(watch));
    }
    event.name.map(|name| Change::Entry(watch, name))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::sys::testing::{Scratch, block_on};

    #[test]
    fn a_file_is_told_of_when_its_content_is_complete() {
        let scratch = Scratch::folder("inotify-entry");
        block_on(async {
            let directories = Directories::open().unwrap();
            let watch = directories.watch(&scratch.0).unwrap();
            fs::write(scratch.0.join("one"), "1").unwrap();
            let entry = |name: &str| Change::Entry(watch, name.into());
            assert_eq!(directories.changed().await.unwrap(), [entry("one")]);
            fs::rename(scratch.0.join("one"), scratch.0.join("two")).unwrap();
            fs::remove_file(scratch.0.join("two")).unwrap();
            let mut told = Vec::new();
            while told.len() < 3 {
                told.extend(directories.changed().await.unwrap());
            }
            assert_eq!(told, [entry("one"), entry("two"), entry("two")]);
            assert_eq!(directories.known().unwrap(), []);
        });
    }

    #[test]
    fn a_directory_that_goes_is_told_of() {
        let scratch = Scratch::folder("inotify-gone");
        let (first, second) = (scratch.0.join("first"), scratch.0.join("second"));
        fs::create_dir_all(&first).unwrap();
        fs::create_dir_all(&second).unwrap();
        block_on(async {
            let directories = Directories::open().unwrap();
            let watches = [directories.watch(&first).unwrap(), directories.watch(&second).unwrap()];
            fs::remove_dir(&first).unwrap();
            assert_eq!(directories.changed().await.unwrap(), [Change::Gone(watches[0])]);
            fs::rename(&second, &first).unwrap();
            assert_eq!(directories.changed().await.unwrap(), [Change::Gone(watches[1])]);
        });
    }

    #[test]
    fn what_is_no_directory_is_refused() {
        let scratch = Scratch::folder("inotify-refused");
        let file = scratch.0.join("file");
        fs::write(&file, "").unwrap();
        block_on(async {
            let error = Directories::open().unwrap().watch(&file).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("cannot watch the directory {}: Not a directory", file.display())
            );
        });
    }
}
