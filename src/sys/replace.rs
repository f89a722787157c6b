//! Files that others read while we write them anew: whoever opens one finds all of it, old or new.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Attempt, Error};

/// What tells the temporary files of a process from one another.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// Puts a file with this content and these permissions in the place of `path`. What was there is gone, and if it was a
/// symbolic link, what that points to is left alone. The file is closed after it has its name, so that whoever watches
/// the directory sees a file of that name being closed after writing.
///
/// # Errors
/// If it cannot be made or written, for want of room for example; then what was there is still there.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> Result<(), Error> {
    let temporary = temporary(path).attempt("write", path.display())?;
    let file = write(&temporary, content, mode);
    let renamed = file.and_then(|file| fs::rename(&temporary, path).map(|()| file));
    if renamed.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(&temporary);
    }
    renamed.map(drop).attempt("write", path.display())
}

/// A name beside `path` that nobody else uses.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it has no name"))?;
    let mut name: OsString = name.to_owned();
    name.push(format!(".{}.{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(name))
}

/// Writes a file that did not exist before: neither somebody else's nor a link to one.
fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode).custom_flags(libc::O_NOFOLLOW);
    let mut file = match options.open(path) {
        // A process of the same number has left it.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            options.open(path)?
        }
        opened => opened?,
    };
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(content)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

    use super::*;
    use crate::sys::testing::Scratch;

    #[test]
    fn the_file_is_new_private_and_alone() {
        let Scratch(folder) = &Scratch::folder("replace");
        let path = folder.join("keepalived.data");
        fs::write(&path, "old and longer").unwrap();
        replace(&path, b"new", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_a_link_points_to_is_left_alone() {
        let Scratch(folder) = &Scratch::folder("replace-link");
        let (path, victim) = (folder.join("keepalived.json"), folder.join("victim"));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        replace(&path, b"[]", 0o600).unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn what_cannot_be_replaced_stays_and_nothing_is_left() {
        let Scratch(folder) = &Scratch::folder("replace-directory");
        let path = folder.join("keepalived.stats");
        fs::create_dir(&path).unwrap();
        let error = replace(&path, b"new", 0o600).unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot write {}", path.display())), "{error}");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
        assert!(replace(&folder.join("nowhere/file"), b"", 0o600).is_err());
    }

    /// VyOS waits for a file of exactly this name to be closed after writing, and then reads it.
    #[test]
    fn a_watcher_sees_the_final_name_closed_with_everything_in_it() {
        let Scratch(folder) = &Scratch::folder("replace-watched");
        let path = folder.join("keepalived.json");
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK).unwrap();
        inotify.add_watch(folder, AddWatchFlags::IN_CLOSE_WRITE).unwrap();
        replace(&path, b"[1,2]", 0o600).unwrap();
        let closed = inotify.read_events().unwrap();
        let names: Vec<_> = closed.iter().filter_map(|event| event.name.as_deref()).collect();
        assert_eq!(names, ["keepalived.json"]);
        assert_eq!(fs::read(&path).unwrap(), b"[1,2]");
    }
}
