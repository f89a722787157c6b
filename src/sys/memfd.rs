//! Files in memory: a text that a child is given to read, sealed, so that it cannot change under the reader, and one that
//! processes write for their successors.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use zeroize::Zeroizing;

use super::{Attempt, Error};

/// Puts `text` into a sealed file without a name.
///
/// # Errors
/// If there is no memory.
pub fn sealed(text: &[u8]) -> Result<OwnedFd, Error> {
    let target = "the configuration for a child process";
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let mut file = File::from(memfd_create("keepalived.conf", flags).attempt("store", target)?);
    file.write_all(text).attempt("store", target)?;
    let seals =
        SealFlag::F_SEAL_SEAL | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_WRITE;
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals)).attempt("seal", target)?;
    Ok(file.into())
}

/// Reads what [`sealed`] has stored, from the beginning whoever has read it before.
///
/// # Errors
/// If the file is not sealed, so that somebody could change it, or cannot be read.
pub fn read(fd: OwnedFd) -> Result<Zeroizing<Vec<u8>>, Error> {
    let target = "the configuration that the parent process gave";
    let seals = fcntl(&fd, FcntlArg::F_GET_SEALS).attempt("check", target)?;
    if !SealFlag::from_bits_truncate(seals).contains(SealFlag::F_SEAL_WRITE) {
        return Err(Error::new("trust", target, io::Error::other("it is not sealed")));
    }
    let file = File::from(fd);
    let length = file.metadata().attempt("read", target)?.len();
    let mut text = Zeroizing::new(vec![0; usize::try_from(length).unwrap_or_default()]);
    file.read_exact_at(&mut text, 0).attempt("read", target)?;
    Ok(text)
}

/// A file that outlives whoever writes it, as long as somebody has it open.
#[derive(Debug)]
pub struct Shared(File);

/// What errors call it.
const LEDGER: &str = "what a later process has to know";

impl Shared {
    /// An empty one.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn new() -> Result<Shared, Error> {
        let made =
            memfd_create("keepalived.ledger", MFdFlags::MFD_CLOEXEC).attempt("make room for", LEDGER)?;
        Ok(Shared(File::from(made)))
    }

    /// Writes at a position, which may be beyond the end.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        self.0.write_all_at(bytes, at).attempt("write", LEDGER)
    }

    /// Reads so many octets from a position.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn read(&self, at: u64, count: usize) -> Result<Vec<u8>, Error> {
        let length = self.0.metadata().attempt("read", LEDGER)?.len();
        let wanted = u64::try_from(count).unwrap_or(u64::MAX);
        if at.checked_add(wanted).is_none_or(|end| end > length) {
            return Err(Error::new("read", LEDGER, io::ErrorKind::UnexpectedEof.into()));
        }
        let mut bytes = vec![0; count];
        self.0.read_exact_at(&mut bytes, at).attempt("read", LEDGER)?;
        Ok(bytes)
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// None that the kernel has a reason for.
    pub fn clear(&self) -> Result<(), Error> {
        self.0.set_len(0).attempt("clear", LEDGER)
    }
}

impl From<OwnedFd> for Shared {
    fn from(file: OwnedFd) -> Shared {
        Shared(file.into())
    }
}

impl AsFd for Shared {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_can_be_read_again_and_again_and_never_written() {
        let fd = sealed(b"vrrp_instance VI_1 {\n}\n").unwrap();
        for _ in 0..2 {
            assert_eq!(**read(fd.try_clone().unwrap()).unwrap(), *b"vrrp_instance VI_1 {\n}\n");
        }
        assert!(File::from(fd).write_at(b"x", 0).is_err());
    }

    #[test]
    fn a_file_that_could_change_is_refused() {
        let open = memfd_create("open", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING).unwrap();
        assert!(read(open).is_err());
    }
}
