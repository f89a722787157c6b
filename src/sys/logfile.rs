//! A file that log lines are appended to, by a thread of its own: neither a disk that stalls nor one that is full makes
//! anybody wait.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use super::{Attempt, Error};

/// Permissions of a new file before the umask.
const MODE: u32 = 0o666;
/// How many lines wait at most; more are refused.
const MOST: usize = 4096;

enum Message {
    Line(Vec<u8>),
    /// Everything before this has been written.
    Reached(SyncSender<()>),
}

/// The way to the thread that writes.
#[derive(Clone, Debug)]
pub struct LogFile {
    lines: SyncSender<Message>,
}

impl LogFile {
    /// Appends to the file `path` from now on, and makes it if it is not there. A file that somebody moves away gets a
    /// successor.
    ///
    /// # Errors
    /// If it cannot be opened, or there is no thread left.
    pub fn open(path: &Path) -> Result<LogFile, Error> {
        let file = open(path).attempt("log to", path.display())?;
        let (lines, written) = sync_channel(MOST);
        let mut page = Page { path: path.to_owned(), file, fails: false };
        let thread = std::thread::Builder::new().name("log".into());
        thread.spawn(move || page.fill(&written)).attempt("log to", path.display())?;
        Ok(LogFile { lines })
    }

    /// Waits until everything so far has been written, for `limit` at most.
    pub fn finish(&self, limit: Duration) {
        let (reached, wait) = sync_channel(1);
        if self.lines.try_send(Message::Reached(reached)).is_ok() {
            // Too late is as good as never: who waits is about to end.
            let _ = wait.recv_timeout(limit);
        }
    }
}

/// Takes a line whole, or refuses it with [`io::ErrorKind::WouldBlock`].
impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.lines.try_send(Message::Line(line.to_vec())) {
            Ok(()) => Ok(line.len()),
            Err(TrySendError::Full(_)) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TrySendError::Disconnected(_)) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The file, on the thread that writes.
struct Page {
    path: PathBuf,
    file: File,
    /// The last line was not taken.
    fails: bool,
}

impl Page {
    fn fill(&mut self, lines: &Receiver<Message>) {
        for message in lines {
            match message {
                Message::Line(line) => self.append(&line),
                // Whoever asked may have gone.
                Message::Reached(reached) => drop(reached.try_send(())),
            }
        }
    }

    fn append(&mut self, line: &[u8]) {
        if self.was_moved()
            && let Ok(file) = open(&self.path)
        {
            self.file = file;
        }
        match self.file.write_all(line) {
            Ok(()) => self.fails = false,
            // Said once, wherever else the log goes.
            Err(error) if !self.fails => {
                self.fails = true;
                tracing::error!("{}", Error::new("log to", self.path.display(), error));
            }
            Err(_) => {}
        }
    }

    /// Whether another file, or none, is where ours was.
    fn was_moved(&self) -> bool {
        match (self.file.metadata(), std::fs::metadata(&self.path)) {
            (Ok(ours), Ok(there)) => (ours.ino(), ours.dev()) != (there.ino(), there.dev()),
            (Ok(_), Err(error)) => error.kind() == io::ErrorKind::NotFound,
            (Err(_), _) => false,
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    // Neither a pipe that nobody reads nor a terminal makes us wait or takes us over.
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    OpenOptions::new().append(true).create(true).mode(MODE).custom_flags(flags).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::Scratch;

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn lines_are_appended_in_order_and_a_moved_file_gets_a_successor() {
        let Scratch(folder) = &Scratch::folder("logfile");
        let (path, moved) = (folder.join("log"), folder.join("log.1"));
        std::fs::write(&path, "before\n").unwrap();
        let mut log = LogFile::open(&path).unwrap();
        log.write_all(b"one\n").unwrap();
        log.write_all(b"two\n").unwrap();
        log.finish(LIMIT);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before\none\ntwo\n");
        std::fs::rename(&path, &moved).unwrap();
        log.write_all(b"three\n").unwrap();
        log.finish(LIMIT);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
        assert_eq!(std::fs::read_to_string(&moved).unwrap(), "before\none\ntwo\n");
    }

    #[test]
    fn what_cannot_be_opened_is_named_and_what_is_full_makes_nobody_wait() {
        let error = LogFile::open(Path::new("/nonexistent/log")).unwrap_err();
        assert_eq!(error.to_string(), "cannot log to /nonexistent/log: No such file or directory");
        let mut full = LogFile::open(Path::new("/dev/full")).unwrap();
        for _ in 0..100_000 {
            // Refused or not: it comes back.
            let _ = full.write(b"line\n");
        }
        full.finish(LIMIT);
    }
}
