//! Files that hold a process number and a lock. The lock, not the number, says that the process lives.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};

use super::{Attempt, Error};

/// A file that we have locked. The lock is that of the open file (`F_OFD_SETLK`): no other process inherits it, and
/// it ends with us however we end.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    file: File,
}

/// What came of trying to lock.
#[derive(Debug)]
pub enum Locked {
    /// It is ours.
    Ours(LockFile),
    /// Somebody else has it: the process of this number, if the file says so.
    Taken(Option<i32>),
}

impl LockFile {
    /// Locks `path`, making it (readable by all) if it is not there. The content stays as it is.
    ///
    /// # Errors
    /// If the file cannot be made, opened or locked for another reason than that somebody has the lock.
    pub fn lock(path: &Path) -> Result<Locked, Error> {
        let target = path.display();
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o644)
                .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
                .open(path)
                .attempt("open", &target)?;
            match fcntl(&file, FcntlArg::F_OFD_SETLK(&whole_file())) {
                Ok(_) => {}
                Err(Errno::EAGAIN | Errno::EACCES) => return Ok(Locked::Taken(read_pid(&mut file))),
                Err(errno) => return Err(Error::new("lock", target, errno.into())),
            }
            // Whoever had it before may have removed it between our opening and our locking.
            if is_at(&file, path) {
                // Whatever the mask says: monitoring reads it.
                file.set_permissions(Permissions::from_mode(0o644)).attempt("make readable", &target)?;
                return Ok(Locked::Ours(LockFile { path: path.to_owned(), file }));
            }
        }
    }

    /// One that was locked before and handed over.
    #[must_use]
    pub fn adopt(path: &Path, file: OwnedFd) -> LockFile {
        LockFile { path: path.to_owned(), file: file.into() }
    }

    /// Writes a process number and a newline in place of what is there.
    ///
    /// # Errors
    /// If the disk is full, for one.
    pub fn write_pid(&mut self, pid: u32) -> Result<(), Error> {
        let target = self.path.display();
        let mut write = || -> io::Result<()> {
            self.file.rewind()?;
            if read_pid(&mut self.file).is_some_and(|there| i32::try_from(pid) == Ok(there)) {
                // Who reads it just now does not find it empty.
                return Ok(());
            }
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(format!("{pid}\n").as_bytes())
        };
        write().attempt("write", target)
    }
}

impl AsFd for LockFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Removes the file, while it is still locked.
impl Drop for LockFile {
    fn drop(&mut self) {
        if is_at(&self.file, &self.path) {
            // On a file system that has become read-only it stays, unlocked, which is what counts.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn whole_file() -> libc::flock {
    libc::flock {
        l_type: i16::try_from(libc::F_WRLCK).unwrap_or_default(),
        l_whence: i16::try_from(libc::SEEK_SET).unwrap_or_default(),
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let same = || -> io::Result<bool> {
        let (open, there) = (file.metadata()?, std::fs::symlink_metadata(path)?);
        Ok(open.ino() == there.ino() && open.dev() == there.dev())
    };
    same().unwrap_or(false)
}

fn read_pid(file: &mut File) -> Option<i32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::Scratch;

    fn ours(path: &Path) -> LockFile {
        match LockFile::lock(path).unwrap() {
            Locked::Ours(lock) => lock,
            Locked::Taken(pid) => panic!("taken by {pid:?}"),
        }
    }

    #[test]
    fn one_process_at_a_time() {
        let Scratch(path) = &Scratch::new("lock");
        let mut lock = ours(path);
        lock.write_pid(4711).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "4711\n");
        assert_eq!(std::fs::metadata(path).unwrap().mode() & 0o777, 0o644);
        lock.write_pid(4711).unwrap();
        lock.write_pid(471).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "471\n");
        assert!(matches!(LockFile::lock(path).unwrap(), Locked::Taken(Some(471))));
        drop(lock);
        assert!(!path.exists());
    }

    #[test]
    fn a_lock_is_handed_over_without_being_let_go() {
        let Scratch(path) = &Scratch::new("adopted-lock");
        let lock = ours(path);
        let handed = lock.as_fd().try_clone_to_owned().unwrap();
        // What becomes another program drops nothing.
        let _kept = std::mem::ManuallyDrop::new(lock);
        let adopted = LockFile::adopt(path, handed);
        assert!(matches!(LockFile::lock(path).unwrap(), Locked::Taken(_)));
        drop(adopted);
        assert!(!path.exists());
    }

    #[test]
    fn a_stale_file_is_taken_over_and_rewritten() {
        let Scratch(path) = &Scratch::new("stale-lock");
        std::fs::write(path, "123456789\n").unwrap();
        let mut lock = ours(path);
        lock.write_pid(7).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "7\n");
    }

    #[test]
    fn a_file_that_somebody_put_in_its_place_is_not_removed() {
        let Scratch(path) = &Scratch::new("replaced-lock");
        let lock = ours(path);
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, "other\n").unwrap();
        drop(lock);
        assert_eq!(std::fs::read_to_string(path).unwrap(), "other\n");
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let error = LockFile::lock(Path::new("/nonexistent/keepalived.pid")).unwrap_err();
        assert_eq!(error.to_string(), "cannot open /nonexistent/keepalived.pid: No such file or directory");
    }
}
