//! The file that is there as long as the configuration is being read (`reload_file`), so that whoever writes the
//! configuration can wait.

use std::path::{Path, PathBuf};

use crate::conf::model::settings::Files;
use crate::sys::{Error, content};

/// The file; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct Marker(PathBuf);

impl Marker {
    /// Makes the file that the configuration wants, or empties it. The one without a name is beside the file with the
    /// process number.
    pub(super) fn set(files: &Files, pid_file: &Path) -> Option<Marker> {
        let path = files.reload_marker.as_ref()?;
        let path = path
            .as_ref()
            .map_or_else(|| pid_file.with_file_name("keepalived.reload"), |path| path.to_path_buf());
        if let Err(error) = content::make(&path, b"", true) {
            tracing::error!(
                "{error}; nobody can see in {} that the configuration is being read",
                path.display()
            );
            return None;
        }
        Some(Marker(path))
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::error!("{}", Error::new("remove", self.0.display(), error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::Scratch;

    #[test]
    fn the_file_is_empty_and_goes() {
        let Scratch(folder) = &Scratch::folder("marker");
        let (pid_file, path) = (folder.join("keepalived.pid"), folder.join("keepalived.reload"));
        std::fs::write(&path, "wait").unwrap();
        let marker = Marker::set(&Files { reload_marker: Some(None), ..Files::default() }, &pid_file);
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        drop(marker);
        assert!(!path.exists());
        assert!(Marker::set(&Files::default(), &pid_file).is_none() && !path.exists());
    }
}
