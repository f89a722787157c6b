//! The ends of processes that are not our children (pidfd_open(2)).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use super::watch::Watched;
use super::{Attempt, Error};

/// An epoll descriptor can be watched by another one.
#[derive(Debug)]
struct Pool(Epoll);

impl AsFd for Pool {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.0.as_fd()
    }
}

/// Processes whose end is waited for.
#[derive(Debug)]
pub struct Deaths {
    pool: Watched<Pool>,
    processes: BTreeMap<u32, OwnedFd>,
}

impl Deaths {
    /// Nobody yet. Needs a runtime.
    ///
    /// # Errors
    /// If the kernel has no descriptors left.
    pub fn open() -> Result<Deaths, Error> {
        let target = "the ends of processes";
        let pool = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).attempt("watch", target)?;
        Ok(Deaths { pool: Watched::new(Pool(pool)).attempt("watch", target)?, processes: BTreeMap::new() })
    }

    /// Waits for the end of a process as well. Whoever has the number now is meant.
    ///
    /// # Errors
    /// If it is not there any more, or the kernel has no descriptors left, or is older than 5.3.
    pub fn add(&mut self, pid: u32) -> Result<(), Error> {
        let target = format!("process {pid}");
        if self.processes.contains_key(&pid) {
            return Ok(());
        }
        let fd = open(pid).attempt("watch", &target)?;
        let event = EpollEvent::new(EpollFlags::EPOLLIN, u64::from(pid));
        self.pool.get().0.add(&fd, event).attempt("watch", &target)?;
        self.processes.insert(pid, fd);
        Ok(())
    }

    /// Whether the end of a process is waited for.
    #[must_use]
    pub fn has(&self, pid: u32) -> bool {
        self.processes.contains_key(&pid)
    }

    /// How many are watched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.processes.len()
    }

    /// Whether nobody is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// No longer waits for the end of those that are not wanted.
    pub fn keep(&mut self, wanted: impl Fn(u32) -> bool) {
        let Deaths { pool, processes } = self;
        processes.retain(|pid, fd| {
            let keep = wanted(*pid);
            if !keep {
                forget(&pool.get().0, fd);
            }
            keep
        });
    }

    /// Waits for somebody to end. Losing the future loses nothing.
    ///
    /// # Errors
    /// If the runtime stops.
    pub async fn next(&self) -> Result<Vec<u32>, Error> {
        self.pool.read(|pool| ended(&pool.0)).await.attempt("watch", "the ends of processes")
    }

    /// Forgets who has ended.
    pub fn bury(&mut self, ended: &[u32]) {
        for fd in ended.iter().filter_map(|pid| self.processes.remove(pid)) {
            forget(&self.pool.get().0, &fd);
        }
    }
}

/// Closing the descriptor alone would not do: a process of ours that is just being started has a copy of it.
fn forget(pool: &Epoll, fd: &OwnedFd) {
    // The one error is that it is not there.
    let _ = pool.delete(fd);
}

fn ended(pool: &Epoll) -> io::Result<Vec<u32>> {
    let mut events = [EpollEvent::empty(); 64];
    let count = pool.wait(&mut events, EpollTimeout::ZERO)?;
    if count == 0 {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let events = events.get(..count).unwrap_or_default();
    Ok(events.iter().filter_map(|event| u32::try_from(event.data()).ok()).collect())
}

/// A descriptor that becomes readable when the process ends.
pub(super) fn open(pid: u32) -> io::Result<OwnedFd> {
    #[expect(unsafe_code, reason = "neither libc nor nix has a function for this system call")]
    // SAFETY: the call takes two numbers, and what it returns is a descriptor that is ours alone.
    unsafe {
        let fd = Errno::result(libc::syscall(libc::SYS_pidfd_open, libc::c_long::from(pid), 0))?;
        i32::try_from(fd).map(|fd| OwnedFd::from_raw_fd(fd)).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::sys::testing::block_on;

    #[test]
    fn the_end_of_a_process_is_told_once() {
        block_on(async {
            let mut deaths = Deaths::open().unwrap();
            let mut children: Vec<_> =
                (0..2).map(|_| Command::new("sleep").arg("300").spawn().unwrap()).collect();
            for child in &children {
                deaths.add(child.id()).unwrap();
            }
            assert_eq!(deaths.len(), 2);
            for child in &mut children {
                child.kill().unwrap();
                let ended = deaths.next().await.unwrap();
                assert_eq!(ended, [child.id()]);
                deaths.bury(&ended);
                child.wait().unwrap();
            }
            assert!(deaths.is_empty());
            let gone = children[0].id();
            assert_eq!(deaths.add(gone).unwrap_err().errno(), libc::ESRCH);
        });
    }
}
