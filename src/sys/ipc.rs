//! The line between parent and child: a pair of sockets that keep messages apart and know when the other end is gone.
//! A message may have an open file attached.

use std::cell::RefCell;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, send, sendmsg,
    socketpair,
};

use super::watch::Watched;
use super::{Attempt, Error};

/// The longest message, in octets.
pub const LONGEST: usize = 1024;

/// One end.
#[derive(Debug)]
pub struct Line {
    fd: Watched<OwnedFd>,
    /// What was attached to the last message that had something attached.
    attached: RefCell<Option<OwnedFd>>,
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
        let fd = Watched::new(end).attempt("watch", "the socket between parent and child")?;
        Ok(Line { fd, attached: RefCell::new(None) })
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

    /// Sends a message with an open file without waiting.
    ///
    /// # Errors
    /// If the other end is gone, or does not read.
    pub fn send_with(&self, message: &[u8], file: BorrowedFd<'_>) -> Result<(), Error> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        let files = [file.as_raw_fd()];
        let attached = [ControlMessage::ScmRights(&files)];
        sendmsg::<()>(self.fd.get().as_raw_fd(), &[IoSlice::new(message)], &attached, flags, None)
            .map(drop)
            .attempt("send", "a message with a file between parent and child")
    }

    /// What was attached to the last message that had something attached, once.
    pub fn take_attached(&self) -> Option<OwnedFd> {
        self.attached.borrow_mut().take()
    }

    fn receive_from(&self, fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC | MsgFlags::MSG_CMSG_CLOEXEC;
        let mut space = cmsg_space!([RawFd; 1]);
        let mut room = [IoSliceMut::new(buffer)];
        let received = recvmsg::<()>(fd.as_raw_fd(), &mut room, Some(&mut space), flags)?;
        for message in received.cmsgs()? {
            if let ControlMessageOwned::ScmRights(files) = message {
                for file in files {
                    #[expect(unsafe_code, reason = "nix gives descriptors that nobody owns")]
                    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows it.
                    let file = unsafe { OwnedFd::from_raw_fd(file) };
                    self.attached.replace(Some(file));
                }
            }
        }
        Ok(received.bytes)
    }

    /// Takes a message if there is one, as [`Line::receive`] does.
    ///
    /// # Errors
    /// If a message is longer than `buffer`, there is none, or the other end is gone.
    pub fn receive_now<'a>(&self, buffer: &'a mut [u8; LONGEST]) -> Result<&'a [u8], Error> {
        let received = self.receive_from(self.fd.get().as_fd(), buffer);
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
        match self.fd.read(|fd| self.receive_from(fd.as_fd(), buffer)).await {
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
    use crate::sys::testing::block_on;

    #[test]
    fn messages_stay_apart_and_the_end_is_seen() {
        block_on(async {
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
    fn an_attached_file_arrives_with_its_message() {
        use std::fs::File;
        use std::io::{Read as _, Seek as _, Write as _};

        use nix::sys::memfd::{MFdFlags, memfd_create};

        block_on(async {
            let (ours, theirs) = pair().unwrap();
            let (ours, theirs) = (Line::new(ours).unwrap(), Line::new(theirs).unwrap());
            let mut file = File::from(memfd_create("content", MFdFlags::MFD_CLOEXEC).unwrap());
            file.write_all(b"content").unwrap();
            theirs.send_with(b"read this", file.as_fd()).unwrap();
            theirs.send(b"and this").unwrap();
            let mut buffer = [0; LONGEST];
            assert_eq!(ours.receive(&mut buffer).await.unwrap(), Some(&b"read this"[..]));
            let mut arrived = File::from(ours.take_attached().unwrap());
            arrived.rewind().unwrap();
            let mut text = String::new();
            arrived.read_to_string(&mut text).unwrap();
            assert_eq!(text, "content");
            assert_eq!(ours.receive_now(&mut buffer).unwrap(), b"and this");
            assert!(ours.take_attached().is_none());
        });
    }

    #[test]
    fn a_reader_that_sleeps_makes_nobody_wait() {
        block_on(async {
            let (ours, _theirs) = pair().unwrap();
            let ours = Line::new(ours).unwrap();
            let sent = (0..100_000).take_while(|_| ours.send(b"message").is_ok()).count();
            assert!((1..100_000).contains(&sent), "{sent}");
        });
    }
}
