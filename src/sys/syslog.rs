//! The log daemon's socket, without waiting for the log daemon.

use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use super::clock;
use crate::base::time::{Instant, Span};

/// Where log daemons listen (syslog(3)).
pub const SOCKET: &str = "/dev/log";

/// How long a log daemon that was not there is not looked for again: looking takes longer than a line does.
const AGAIN: Span = Span::from_millis(50);

/// A way to the log daemon, found again when the daemon has been restarted.
#[derive(Debug)]
pub struct Syslog {
    path: PathBuf,
    socket: Option<UnixDatagram>,
    /// When nobody listened last.
    missed: Option<Instant>,
}

impl Syslog {
    /// The log daemon behind the socket `path`, whether it runs already or not.
    #[must_use]
    pub fn at(path: &Path) -> Syslog {
        Syslog { path: path.to_owned(), socket: None, missed: None }
    }

    /// Whether a log daemon listens now.
    #[must_use]
    pub fn is_there(&mut self) -> bool {
        self.connected().is_ok()
    }

    fn connected(&mut self) -> io::Result<&UnixDatagram> {
        if self.socket.is_none() && self.missed.is_none_or(|missed| clock::now().since(missed) >= AGAIN) {
            let found = connect(&self.path);
            self.missed = found.is_err().then(clock::now);
            self.socket = Some(found?);
        }
        self.socket.as_ref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Sends to the daemon that we know, or to the one that listens now.
    fn send(&mut self, message: &[u8]) -> io::Result<usize> {
        if let Some(socket) = &self.socket {
            match socket.send(message) {
                Ok(sent) => return Ok(sent),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                // That daemon has gone; there may be another.
                Err(_) => self.socket = None,
            }
        }
        self.connected()?.send(message)
    }
}

fn connect(path: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect(path)?;
    Ok(socket)
}

/// Takes a message whole, or refuses it with [`io::ErrorKind::WouldBlock`].
impl Write for Syslog {
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        self.send(message)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::Scratch;

    fn wait() {
        let from = clock::now();
        while clock::now().since(from) < AGAIN {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_stuck_daemon_makes_nobody_wait_and_a_restarted_one_is_found() {
        let path = Scratch::new("stuck-log");
        let mut log = Syslog::at(&path.0);
        assert!(log.write(b"nobody").is_err());
        let daemon = UnixDatagram::bind(&path.0).unwrap();
        assert!(log.write(b"too soon").is_err());
        wait();
        let taken = (0..100_000).take_while(|_| log.write(b"line").is_ok()).count();
        assert!((1..100_000).contains(&taken), "{taken}");
        assert_eq!(log.write(b"line").unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(daemon);
        std::fs::remove_file(&path.0).unwrap();
        assert!(log.write(b"nobody").is_err());
        let daemon = UnixDatagram::bind(&path.0).unwrap();
        wait();
        // A process that another test is just starting may hold the old socket for a moment.
        while log.write_all(b"again").is_err() {
            std::thread::yield_now();
        }
        let mut read = [0; 16];
        let length = daemon.recv(&mut read).unwrap();
        assert_eq!(&read[..length], b"again");
    }
}
