//! Paths that tests of ours may use, and that are gone when they are over.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A path that nobody else uses. Nothing is there at first.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    /// `name` tells the tests of one process apart.
    pub(crate) fn new(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("keepalived-{}-{name}", std::process::id())))
    }

    /// A directory is there.
    pub(crate) fn folder(name: &str) -> Scratch {
        let scratch = Scratch::new(name);
        fs::create_dir_all(&scratch.0).unwrap();
        scratch
    }

    /// A program is there.
    pub(crate) fn script(name: &str, text: &str) -> Scratch {
        let scratch = Scratch::new(name);
        fs::write(&scratch.0, text).unwrap();
        fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o755)).unwrap();
        scratch
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let removed = if self.0.is_dir() { fs::remove_dir_all(&self.0) } else { fs::remove_file(&self.0) };
        // A test may have removed it, or never have made it.
        drop(removed);
    }
}
