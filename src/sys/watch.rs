//! Descriptors that the runtime watches.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

/// Something that owns a descriptor, watched for being readable.
#[derive(Debug)]
pub(super) struct Watched<T: AsFd> {
    fd: AsyncFd<Owner<T>>,
}

#[derive(Debug)]
struct Owner<T>(T);

impl<T: AsFd> AsRawFd for Owner<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl<T: AsFd> Watched<T> {
    /// Begins to watch. Needs a runtime.
    pub(super) fn new(owner: T) -> io::Result<Watched<T>> {
        #[expect(unsafe_code, reason = "tokio has no watching that asks for `AsFd`")]
        // SAFETY: `AsFd` promises that the descriptor is open, every owner in `sys` keeps one and the same for its
        // whole life, and nobody replaces it: the only other way in is for changing memberships.
        let fd = unsafe { AsyncFd::register_with_interest(Owner(owner), Interest::READABLE) };
        Ok(Watched { fd: fd? })
    }

    pub(super) fn get(&self) -> &T {
        &self.fd.get_ref().0
    }

    pub(super) fn get_mut(&mut self) -> &mut T {
        &mut self.fd.get_mut().0
    }

    /// Ready when there may be something to read.
    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(ready!(self.fd.poll_read_ready(cx)).map(drop))
    }

    /// Waits until there may be something to read. Losing the future loses nothing.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.fd.readable().await.map(drop)
    }

    /// Waits until there is something to read, and reads it with `read`, which must not wait and must say
    /// [`io::ErrorKind::WouldBlock`] when there is nothing. Losing the future loses nothing.
    pub(super) async fn read<R>(&self, mut read: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        loop {
            let mut guard: AsyncFdReadyGuard<'_, Owner<T>> = self.fd.readable().await?;
            match guard.try_io(|fd| read(&fd.get_ref().0)) {
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }

    /// Tells the runtime that there is nothing left to read.
    pub(super) fn exhausted(&self) {
        let nothing = |_: &Owner<T>| -> io::Result<()> { Err(io::ErrorKind::WouldBlock.into()) };
        // The answer is the error that the closure gives.
        let _ = self.fd.try_io(Interest::READABLE, nothing);
    }
}

impl<T: AsFd> AsFd for Watched<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get().as_fd()
    }
}
