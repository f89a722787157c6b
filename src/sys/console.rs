//! Standard error as a log that never makes us wait: not for a full pipe, not for a stopped terminal, not for a stuck
//! socket.
//!
//! `O_NONBLOCK` belongs to the open file, which we share with our shell and our parent, so pipes and terminals are
//! opened a second time; sockets have a flag for each call. Where the second opening is refused (a pipe that another
//! user made, in a container) room is asked for before each line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, send};

use super::{Attempt, Error};

/// Standard error.
#[derive(Debug)]
pub struct Console {
    sink: Sink,
    /// The end of a line of which the beginning has been written.
    rest: Vec<u8>,
}

#[derive(Debug)]
enum Sink {
    /// Writing returns at once: a regular file, or an open file of our own that does not block.
    Prompt(File),
    /// A socket, such as systemd gives.
    Socket(OwnedFd),
    /// Blocks when full, and others share it.
    Shared(File),
}

impl Console {
    /// Standard error as it is now.
    ///
    /// # Errors
    /// If there is none.
    pub fn stderr() -> Result<Console, Error> {
        let shared = io::stderr().as_fd().try_clone_to_owned().attempt("use", "standard error")?;
        let file = File::from(shared);
        let kind = file.metadata().attempt("look at", "standard error")?.file_type();
        let sink = if kind.is_socket() {
            Sink::Socket(file.into())
        } else if kind.is_file() {
            Sink::Prompt(file)
        } else {
            reopen().map_or(Sink::Shared(file), Sink::Prompt)
        };
        Ok(Console { sink, rest: Vec::new() })
    }

    fn attempt(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Prompt(file) => file.write(bytes),
            Sink::Socket(fd) => {
                let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
                Ok(send(fd.as_raw_fd(), bytes, flags)?)
            }
            Sink::Shared(file) => {
                let mut room = [PollFd::new(file.as_fd(), PollFlags::POLLOUT)];
                if poll(&mut room, PollTimeout::ZERO)? == 0 {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                file.write(bytes)
            }
        }
    }
}

/// A second opening of standard error, which does not block.
fn reopen() -> io::Result<File> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_APPEND;
    OpenOptions::new().write(true).custom_flags(flags).open("/proc/self/fd/2")
}

/// Takes a line whole, or refuses it with [`io::ErrorKind::WouldBlock`].
impl Write for Console {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.flush()?;
        let written = self.attempt(line)?;
        self.rest.extend_from_slice(line.get(written..).unwrap_or_default());
        Ok(line.len())
    }

    /// Writes the end of a line that was written in part.
    fn flush(&mut self) -> io::Result<()> {
        while !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            match self.attempt(&rest) {
                Ok(written) => self.rest = rest.get(written..).unwrap_or_default().to_vec(),
                Err(error) => {
                    self.rest = rest;
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, Read};
    use std::os::unix::net::UnixStream;

    use super::*;

    fn fill(console: &mut Console) -> usize {
        let line = [b'x'; 1000];
        (0..100_000).take_while(|_| console.write(&line).is_ok()).count()
    }

    #[test]
    fn a_stuck_socket_refuses_lines_and_takes_them_again_later() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut console = Console { sink: Sink::Socket(ours.into()), rest: Vec::new() };
        let taken = fill(&mut console);
        assert!((1..100_000).contains(&taken), "{taken}");
        let mut read = vec![0; 200_000];
        let mut drained = 0;
        while drained < taken * 1000 {
            drained += theirs.read(&mut read).unwrap();
            let _ = console.flush();
        }
        console.write_all(b"again\n").unwrap();
    }

    #[test]
    fn a_full_pipe_that_others_share_refuses_lines() {
        let (reader, writer): (PipeReader, _) = io::pipe().unwrap();
        let mut console = Console { sink: Sink::Shared(File::from(OwnedFd::from(writer))), rest: Vec::new() };
        let taken = fill(&mut console);
        assert!((1..100_000).contains(&taken), "{taken}");
        drop(reader);
    }
}
