//! What unit tests of effects have in common: paths that they may use, and a runtime to wait in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tokio::runtime::Builder;

/// A path that nobody else uses, gone when the test is over. Nothing is there at first.
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

/// Runs a future to its end in a runtime like that of the daemon.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().enable_io().enable_time().build().unwrap().block_on(future)
}
