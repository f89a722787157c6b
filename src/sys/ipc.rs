//! The line between parent and child: a pair of sockets that keep messages apart and know when the other end is gone.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};

use super::watch::Watched;
use super::{Attempt, Error};

/// The longest message, in octets.
pub const LONGEST: usize = 1024;

/// One end.
#[derive(Debug)]
pub struct Line {
    fd: Watched<OwnedFd>,
}

/// Two ends that are connected, one for us and one to hand to a child.
///
/// # Errors
/// If the kernel has no sockets left.
pub fn pair() -> Result<(OwnedFd, OwnedFd), Error> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)
        .attempt("create", "a socket pair for a child process")
}

impl Line {
    /// Watches an end. Needs a runtime.
    ///
    /// # Errors
    /// If it is not a socket that can be watched.
    pub fn new(end: OwnedFd) -> Result<Line, Error> {
        Ok(Line { fd: Watched::new(end).attempt("watch", "the socket between parent and child")? })
    }

    /// Sends a message without waiting.
    ///
    /// # Errors
    /// If the other end is gone, or does not read.
    pub fn send(&self, message: &[u8]) -> Result<(), Error> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        send(self.fd.get().as_raw_fd(), message, flags)
            .map(drop)
            .attempt("send", "a message between parent and child")
    }

    /// Takes a message if there is one, as [`Line::receive`] does.
    ///
    /// # Errors
    /// If a message is longer than `buffer`, there is none, or the other end is gone.
    pub fn receive_now<'a>(&self, buffer: &'a mut [u8; LONGEST]) -> Result<&'a [u8], Error> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
        let received = recv(self.fd.get().as_raw_fd(), buffer, flags);
        let length = received.attempt("receive", "a message between parent and child")?;
        let none = || {
            Error::new("receive", "a message between parent and child", io::ErrorKind::UnexpectedEof.into())
        };
        buffer.get(..length).filter(|message| !message.is_empty()).ok_or_else(none)
    }

    /// Waits for a message and puts it at the beginning of `buffer`; `None` when the other end is gone. Losing the
    /// future loses nothing.
    ///
    /// # Errors
    /// If a message is longer than `buffer`, or the runtime stops.
    pub async fn receive<'a>(&self, buffer: &'a mut [u8; LONGEST]) -> Result<Option<&'a [u8]>, Error> {
        let target = "a message between parent and child";
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
        match self.fd.read(|fd| Ok(recv(fd.as_raw_fd(), buffer, flags)?)).await {
            Ok(0) => Ok(None),
            Ok(length) => {
                let too_long = || Error::new("receive", target, io::ErrorKind::InvalidData.into());
                buffer.get(..length).map(Some).ok_or_else(too_long)
            }
            // As good as gone.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            Err(error) => Err(Error::new("receive", target, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stay_apart_and_the_end_is_seen() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async {
            let (ours, theirs) = pair().unwrap();
            let (ours, theirs) = (Line::new(ours).unwrap(), Line::new(theirs).unwrap());
            theirs.send(b"one").unwrap();
            theirs.send(b"two").unwrap();
            let mut buffer = [0; LONGEST];
            assert_eq!(ours.receive(&mut buffer).await.unwrap(), Some(&b"one"[..]));
            assert_eq!(ours.receive(&mut buffer).await.unwrap(), Some(&b"two"[..]));
            theirs.send(&[0; LONGEST + 1]).unwrap();
            assert!(ours.receive(&mut buffer).await.is_err());
            theirs.send(b"three").unwrap();
            assert_eq!(ours.receive_now(&mut buffer).unwrap(), b"three");
            assert!(ours.receive_now(&mut buffer).is_err_and(|error| error.is_temporary()));
            theirs.send(b"last").unwrap();
            drop(theirs);
            assert_eq!(ours.receive_now(&mut buffer).unwrap(), b"last");
            assert!(ours.receive_now(&mut buffer).is_err_and(|error| !error.is_temporary()));
            assert_eq!(ours.receive(&mut buffer).await.unwrap(), None);
            assert!(ours.send(b"late").is_err());
        });
    }

    #[test]
    fn a_reader_that_sleeps_makes_nobody_wait() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async {
            let (ours, _theirs) = pair().unwrap();
            let ours = Line::new(ours).unwrap();
            let sent = (0..100_000).take_while(|_| ours.send(b"message").is_ok()).count();
            assert!((1..100_000).contains(&sent), "{sent}");
        });
    }
}
