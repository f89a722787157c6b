//! What a process writes down for whoever comes after it if it is killed: a file of lines, which is there only as long as
//! something is to be told.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::replace::replace;
use super::{Attempt, Error, content};

/// Only its owner may read and write it.
const MODE: u32 = 0o600;
/// More than this nobody has written: lines of 40 octets for 100,000 things.
const LONGEST: usize = 4 << 20;

/// What is written down; nothing if there is no such file.
///
/// # Errors
/// If there is one that cannot be read, or it is no ordinary file.
pub fn read(path: &Path) -> Result<String, Error> {
    let octets = content::beginning(path, LONGEST)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&octets).into_owned())
}

/// Writes down all of this in place of what is there. Without anything there is no file.
///
/// # Errors
/// If that cannot be done, for want of room for example; then what was there is still there.
pub fn write(path: &Path, text: &str) -> Result<(), Error> {
    if !text.is_empty() {
        return replace(path, text.as_bytes(), MODE);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::new("remove", path.display(), error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes down a line behind the others.
///
/// # Errors
/// As [`write()`].
pub fn append(path: &Path, line: &str) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    let opened = options.append(true).create(true).mode(MODE).custom_flags(libc::O_NOFOLLOW).open(path);
    opened.and_then(|mut file| file.write_all(line.as_bytes())).attempt("write", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::Scratch;

    #[test]
    fn there_is_a_file_only_while_there_is_something_to_tell() {
        let Scratch(path) = &Scratch::new("record");
        assert_eq!(read(path).unwrap(), "");
        append(path, "one\n").unwrap();
        append(path, "two\n").unwrap();
        assert_eq!(read(path).unwrap(), "one\ntwo\n");
        write(path, "three\n").unwrap();
        assert_eq!(read(path).unwrap(), "three\n");
        write(path, "").unwrap();
        assert!(!path.exists());
        write(path, "").unwrap();
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let error = read(Path::new("/proc")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read /proc: it is no ordinary file");
    }
}
