//! The kernel's news of processes (the proc connector, `CONFIG_PROC_EVENTS`).
//!
//! It speaks in the first network namespace only, to processes in the first process namespace, and needs
//! CAP_NET_ADMIN. A message says that a process began, ended, became another program or took another name.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, NetlinkAddr, bind, recvfrom, send, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use super::watch::Watched;
use super::{Attempt, Error};
use crate::conf::model::settings::Buffer;

/// `NETLINK_CONNECTOR`.
const CONNECTOR: i32 = 11;
/// `CN_IDX_PROC` and `CN_VAL_PROC`: the group and the kind of messages.
const PROC: u32 = 1;
/// `PROC_CN_MCAST_LISTEN`.
const LISTEN: u32 = 1;
/// Octets of a netlink header, and of the header of the connector behind it.
const NETLINK_LEN: usize = 16;
const HEADER_LEN: usize = NETLINK_LEN + 20;
/// Where in an event its data begins.
const DATA: usize = HEADER_LEN + 16;
/// The longest message.
const LONGEST: usize = 512;
/// How long the kernel may take to confirm that it will tell, in milliseconds.
const PATIENCE: u16 = 200;
/// How much the kernel may keep for us at first, in octets.
const ROOM: usize = 1 << 20;
/// How much it may keep at most.
const MOST_ROOM: usize = 64 << 20;

/// News of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It began, became another program or took another name.
    Changed(u32),
    /// It ended.
    Ended(u32),
}

/// What reading brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There may be more.
    More,
    /// There is no more.
    Drained,
    /// News were lost. There is more room for them now, of this many octets.
    Lost(usize),
}

/// The socket.
#[derive(Debug)]
pub struct Connector {
    socket: Watched<Socket>,
    room: usize,
}

impl Connector {
    /// Asks the kernel to tell of processes from now on, with this room for what has not been read yet to begin with. Needs a
    /// runtime.
    ///
    /// # Errors
    /// If it does not: it has not been built with that, we are in another namespace, or have no CAP_NET_ADMIN.
    pub fn open(buffer: Buffer) -> Result<Connector, Error> {
        let target = "the kernel's news of processes";
        let kind = Type::DGRAM.nonblocking().cloexec();
        let socket = Socket::new(Domain::from(libc::AF_NETLINK), kind, Some(Protocol::from(CONNECTOR)))
            .attempt("hear", target)?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, PROC)).attempt("hear", target)?;
        let mut connector = Connector { socket: Watched::new(socket).attempt("hear", target)?, room: ROOM };
        let configured = usize::try_from(buffer.size).ok().filter(|size| *size > 0);
        connector.make_room(configured.unwrap_or(ROOM));
        send(connector.raw(), &listen(), MsgFlags::MSG_NOSIGNAL).attempt("hear", target)?;
        connector.confirm().attempt("hear", target)?;
        Ok(connector)
    }

    /// Waits for news. Losing the future loses nothing.
    ///
    /// # Errors
    /// If the runtime stops.
    pub async fn readable(&self) -> Result<(), Error> {
        self.socket.readable().await.attempt("hear", "the kernel's news of processes")
    }

    /// Reads up to `most` messages into `news`.
    ///
    /// # Errors
    /// If the kernel refuses, which it has no reason to.
    pub fn take(&mut self, most: usize, news: &mut Vec<News>) -> Result<Progress, Error> {
        for _ in 0..most {
            match self.receive() {
                Ok(Some(Message::News(one))) => news.push(one),
                Ok(Some(Message::Confirmed(_)) | None) | Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    self.socket.exhausted();
                    return Ok(Progress::Drained);
                }
                Err(Errno::ENOBUFS) => {
                    self.make_room(self.room.saturating_mul(2));
                    return Ok(Progress::Lost(self.room));
                }
                Err(errno) => return Err(errno).attempt("hear", "the kernel's news of processes"),
            }
        }
        Ok(Progress::More)
    }

    fn raw(&self) -> i32 {
        self.socket.get().as_raw_fd()
    }

    /// More than the administrator allows if we may, else as much as that.
    fn make_room(&mut self, octets: usize) {
        let octets = octets.min(MOST_ROOM);
        let socket = self.socket.get();
        if setsockopt(socket, sockopt::RcvBufForce, &octets).is_err() {
            // It keeps what it has.
            let _ = setsockopt(socket, sockopt::RcvBuf, &octets);
        }
        self.room = octets;
    }

    /// Waits for the kernel to say that it will tell: it says nothing at all if it will not.
    fn confirm(&self) -> io::Result<()> {
        for _ in 0..64 {
            let mut waiting = [PollFd::new(self.socket.get().as_fd(), PollFlags::POLLIN)];
            if poll(&mut waiting, PollTimeout::from(PATIENCE))? == 0 {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it does not answer"));
            }
            match self.receive() {
                Ok(Some(Message::Confirmed(0))) => return Ok(()),
                Ok(Some(Message::Confirmed(error))) => return Err(io::Error::from_raw_os_error(error)),
                Ok(Some(Message::News(_)) | None) | Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        // It tells already, so much that the confirmation is far behind.
        Ok(())
    }

    fn receive(&self) -> Result<Option<Message>, Errno> {
        let mut buffer = [0; LONGEST];
        let (length, from) = recvfrom::<NetlinkAddr>(self.raw(), &mut buffer)?;
        // Others may write to the socket as well.
        let from_kernel = from.is_some_and(|from| from.pid() == 0);
        Ok(buffer.get(..length).filter(|_| from_kernel).and_then(parse))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    News(News),
    /// The answer to what we asked for, with an error number.
    Confirmed(i32),
}

/// The message that asks to be told.
fn listen() -> Vec<u8> {
    let length = HEADER_LEN + 4;
    let mut message = Vec::with_capacity(length);
    let mut put = |number: u32| message.extend(number.to_ne_bytes());
    put(u32::try_from(length).unwrap_or_default());
    // Type (`NLMSG_DONE`) and flags have 16 bits each.
    let kind = u16::try_from(libc::NLMSG_DONE).unwrap_or_default().to_ne_bytes();
    put(u32::from_ne_bytes([kind[0], kind[1], 0, 0]));
    put(0);
    put(0);
    put(PROC);
    put(PROC);
    put(0);
    put(0);
    // Length and flags, again.
    let length = 4_u16.to_ne_bytes();
    put(u32::from_ne_bytes([length[0], length[1], 0, 0]));
    put(LISTEN);
    message
}

/// What a message says, if that is of interest. Threads are not: the number of a process is that of its first thread.
fn parse(message: &[u8]) -> Option<Message> {
    const NONE: u32 = 0;
    const FORK: u32 = 1;
    const EXEC: u32 = 2;
    const COMM: u32 = 0x200;
    const EXIT: u32 = 0x8000_0000;
    let number = |at: usize| -> Option<u32> {
        let octets = message.get(at..at + 4)?;
        Some(u32::from_ne_bytes(octets.try_into().ok()?))
    };
    if number(NETLINK_LEN)? != PROC {
        return None;
    }
    let process = |at: usize| {
        let (thread, process) = (number(at)?, number(at + 4)?);
        (thread == process).then_some(process)
    };
    match number(HEADER_LEN)? {
        NONE => Some(Message::Confirmed(i32::try_from(number(DATA)?).unwrap_or(libc::EINVAL))),
        FORK => Some(Message::News(News::Changed(process(DATA + 8)?))),
        EXEC | COMM => Some(Message::News(News::Changed(process(DATA)?))),
        EXIT => Some(Message::News(News::Ended(process(DATA)?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::sys::testing::block_on;

    fn event(what: u32, data: &[u32]) -> Vec<u8> {
        let mut message = listen();
        message.truncate(HEADER_LEN);
        message.extend([what, 0, 0, 0].iter().chain(data).flat_map(|number| number.to_ne_bytes()));
        message
    }

    #[test]
    fn what_happens_to_processes_is_understood() {
        let changed = |pid| Some(Message::News(News::Changed(pid)));
        assert_eq!(parse(&event(1, &[10, 10, 20, 20])), changed(20));
        assert_eq!(parse(&event(2, &[20, 20])), changed(20));
        assert_eq!(parse(&event(0x200, &[20, 20])), changed(20));
        assert_eq!(parse(&event(0x8000_0000, &[20, 20, 0, 17])), Some(Message::News(News::Ended(20))));
        assert_eq!(parse(&event(0, &[1])), Some(Message::Confirmed(1)));
    }

    #[test]
    fn threads_and_what_nobody_asked_for_are_passed_over() {
        assert_eq!(parse(&event(1, &[10, 10, 21, 20])), None);
        assert_eq!(parse(&event(0x8000_0000, &[21, 20, 0, 0])), None);
        assert_eq!(parse(&event(4, &[20, 20])), None);
        assert_eq!(parse(&event(1, &[10])), None);
        assert_eq!(parse(&[0; 20]), None);
        assert_eq!(parse(&[]), None);
    }

    #[test]
    fn the_request_has_the_length_that_it_says() {
        let message = listen();
        assert_eq!(message.len(), 40);
        assert_eq!(message[..4], 40_u32.to_ne_bytes());
        assert_eq!(message[36..], LISTEN.to_ne_bytes());
    }

    /// Runs `test` where the kernel tells of processes.
    fn listening(test: impl AsyncFnOnce(Connector)) {
        block_on(async {
            match Connector::open(Buffer::default()) {
                Ok(connector) => test(connector).await,
                Err(error) => eprintln!("skipped: {error}"),
            }
        });
    }

    /// Has more happen than there is room for, where the kernel tells of processes.
    #[test]
    fn a_loss_is_told_and_makes_room() {
        listening(async |mut connector| {
            connector.make_room(1024);
            for _ in 0..20 {
                Command::new("true").status().unwrap();
            }
            let mut news = Vec::new();
            let told = loop {
                match connector.take(10, &mut news).unwrap() {
                    Progress::More => {}
                    told => break told,
                }
            };
            assert_eq!(told, Progress::Lost(2048));
        });
    }

    /// Hears of a real process, where the kernel tells of them.
    #[test]
    fn a_process_that_comes_and_goes_is_heard_of() {
        listening(async |mut connector| {
            let mut child = Command::new("true").spawn().unwrap();
            let pid = child.id();
            child.wait().unwrap();
            let mut news = Vec::new();
            while !news.contains(&News::Ended(pid)) {
                connector.readable().await.unwrap();
                connector.take(100, &mut news).unwrap();
            }
            let ours: Vec<News> = news
                .into_iter()
                .filter(|one| matches!(one, News::Changed(other) | News::Ended(other) if *other == pid))
                .collect();
            assert!(ours.len() >= 3 && ours.starts_with(&[News::Changed(pid)]), "{ours:?}");
            assert_eq!(ours.last(), Some(&News::Ended(pid)));
        });
    }
}
