//! Named pipes that state changes are written to. Writing never waits: a line that does not fit is not written.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::{Gid, Uid, fchown, geteuid, mkfifo};

use super::{Attempt, Error};
use crate::conf::model::RunAs;

/// An open named pipe.
#[derive(Debug)]
pub struct Fifo {
    path: PathBuf,
    pipe: File,
    /// Whether we made it, and so remove it.
    ours: bool,
}

impl Fifo {
    /// Opens the pipe for reading and writing, so that it works with and without a reader; makes it if it is not there,
    /// readable by its owner alone.
    ///
    /// # Errors
    /// If it cannot be made or opened, if what is there is not a pipe, or if it belongs to somebody other than root, us
    /// and `owner`.
    pub fn open(path: &Path, owner: RunAs) -> Result<Fifo, Error> {
        let target = path.display();
        let ours = match mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR) {
            Ok(()) => true,
            Err(nix::errno::Errno::EEXIST) => false,
            Err(errno) => return Err(Error::new("create the pipe", target, errno.into())),
        };
        let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_CLOEXEC;
        let pipe = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path);
        let pipe = pipe.attempt("open the pipe", &target)?;
        let found = pipe.metadata().attempt("look at the pipe", &target)?;
        if !found.file_type().is_fifo() {
            return Err(Error::new("use as a pipe", target, io::Error::other("it is not a pipe")));
        }
        if ours {
            let (uid, gid) = (Uid::from_raw(owner.uid), Gid::from_raw(owner.gid));
            fchown(&pipe, Some(uid), Some(gid)).attempt("give to its owner the pipe", &target)?;
        } else if ![0, geteuid().as_raw(), owner.uid].contains(&found.uid()) {
            let stranger = format!("it belongs to user {}", found.uid());
            return Err(Error::new("trust the pipe", target, io::Error::other(stranger)));
        }
        Ok(Fifo { path: path.to_owned(), pipe, ours })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line, which is shorter than the kernel's `PIPE_BUF`, whole or not at all; tells whether it went in.
    pub fn write(&mut self, line: &str) -> bool {
        self.pipe.write_all(line.as_bytes()).is_ok()
    }
}

impl Drop for Fifo {
    fn drop(&mut self) {
        let same = || -> io::Result<bool> {
            let (open, there) = (self.pipe.metadata()?, std::fs::symlink_metadata(&self.path)?);
            Ok(open.ino() == there.ino() && open.dev() == there.dev())
        };
        if self.ours && same().unwrap_or(false) {
            // If somebody else was quicker it is gone, which is what we want.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::sys::testing::Scratch;

    fn us() -> RunAs {
        RunAs { uid: geteuid().as_raw(), gid: nix::unistd::getegid().as_raw() }
    }

    #[test]
    fn a_pipe_that_we_make_is_private_and_goes_with_us() {
        let Scratch(path) = &Scratch::new("own-fifo");
        let mut fifo = Fifo::open(path, us()).unwrap();
        assert_eq!(std::fs::metadata(path).unwrap().mode() & 0o777, 0o600);
        assert!(fifo.write("INSTANCE \"a\" MASTER 100\n"));
        let mut read = [0; 64];
        let length = fifo.pipe.read(&mut read).unwrap();
        assert_eq!(&read[..length], b"INSTANCE \"a\" MASTER 100\n");
        drop(fifo);
        assert!(!path.exists());
    }

    #[test]
    fn a_line_goes_in_whole_or_not_at_all_and_nobody_waits() {
        let Scratch(path) = &Scratch::new("full-fifo");
        let mut fifo = Fifo::open(path, us()).unwrap();
        let line = "INSTANCE \"a\" BACKUP 100\n";
        let mut written = 0;
        while fifo.write(line) {
            written += 1;
        }
        let mut read = vec![0; 1 << 20];
        let length = fifo.pipe.read(&mut read).unwrap();
        assert_eq!(length, written * line.len());
        assert!(fifo.write("line\n"));
    }

    #[test]
    fn a_pipe_that_was_there_stays_and_a_file_is_refused() {
        let Scratch(path) = &Scratch::new("their-fifo");
        mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
        drop(Fifo::open(path, us()).unwrap());
        assert!(path.exists());
        std::fs::remove_file(path).unwrap();

        std::fs::write(path, "precious").unwrap();
        let error = Fifo::open(path, us()).unwrap_err();
        assert!(error.to_string().ends_with("it is not a pipe"), "{error}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "precious");
    }
}
