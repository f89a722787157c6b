//! A text that a child is given to read: in memory, and sealed, so that it cannot change under the reader.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

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
pub fn read(fd: OwnedFd) -> Result<Vec<u8>, Error> {
    let target = "the configuration that the parent process gave";
    let seals = fcntl(&fd, FcntlArg::F_GET_SEALS).attempt("check", target)?;
    if !SealFlag::from_bits_truncate(seals).contains(SealFlag::F_SEAL_WRITE) {
        return Err(Error::new("trust", target, io::Error::other("it is not sealed")));
    }
    let file = File::from(fd);
    let length = file.metadata().attempt("read", target)?.len();
    let mut text = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact_at(&mut text, 0).attempt("read", target)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_can_be_read_again_and_again_and_never_written() {
        let fd = sealed(b"vrrp_instance VI_1 {\n}\n").unwrap();
        for _ in 0..2 {
            assert_eq!(read(fd.try_clone().unwrap()).unwrap(), b"vrrp_instance VI_1 {\n}\n");
        }
        assert!(File::from(fd).write_at(b"x", 0).is_err());
    }

    #[test]
    fn a_file_that_could_change_is_refused() {
        let open = memfd_create("open", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING).unwrap();
        assert!(read(open).is_err());
    }
}
