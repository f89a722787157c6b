//! Small files of the user: read and made without ever waiting for whoever is at the other end of them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::{Attempt, Error};

/// The beginning of an ordinary file; `None` if there is no file.
///
/// # Errors
/// If it is no ordinary file, or cannot be read.
pub fn beginning(path: &Path, most: usize) -> Result<Option<Vec<u8>>, Error> {
    let target = path.display();
    let file = match open(OpenOptions::new().read(true), path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::new("read", target, error)),
    };
    let mut content = Vec::with_capacity(most);
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut content).attempt("read", target)?;
    Ok(Some(content))
}

/// Makes an ordinary file with this content. One that is there already stays as it is, unless it is to be replaced.
/// Tells whether it was written.
///
/// # Errors
/// If it cannot be made or written, or something else than an ordinary file is in its place.
pub fn make(path: &Path, content: &[u8], overwrite: bool) -> Result<bool, Error> {
    let target = path.display();
    let made = match open(OpenOptions::new().write(true).create_new(true), path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && overwrite => {
            open(OpenOptions::new().write(true), path).and_then(|file| file.set_len(0).map(|()| file))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        made => made,
    };
    made.and_then(|mut file| file.write_all(content)).attempt("write", target)?;
    Ok(true)
}

/// Opens an ordinary file: not a pipe, which would make us wait, and not a device.
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::other("it is no ordinary file"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::sys::testing::Scratch;

    #[test]
    fn only_the_beginning_is_read() {
        let Scratch(path) = &Scratch::new("content-read");
        assert_eq!(beginning(path, 127).unwrap(), None);
        fs::write(path, "x".repeat(200)).unwrap();
        assert_eq!(beginning(path, 127).unwrap(), Some(vec![b'x'; 127]));
    }

    #[test]
    fn nobody_waits_for_a_pipe() {
        let Scratch(path) = &Scratch::new("content-pipe");
        nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let error = beginning(path, 127).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read {}: it is no ordinary file", path.display()));
        assert!(make(path, b"1", true).is_err());
    }

    #[test]
    fn a_file_is_made_once_and_overwritten_only_if_asked_for() {
        let Scratch(path) = &Scratch::new("content-made");
        assert!(make(path, b"12\n", false).unwrap());
        assert!(!make(path, b"5\n", false).unwrap());
        assert_eq!(fs::read(path).unwrap(), b"12\n");
        assert!(make(path, b"5\n", true).unwrap());
        assert_eq!(fs::read(path).unwrap(), b"5\n");
        assert!(make(Path::new("/no/such/directory/file"), b"", false).is_err());
    }
}
