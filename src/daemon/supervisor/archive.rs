//! Keeps each configuration that was read (`config_save_dir`), for those who look for what went wrong later.

use std::path::Path;

use crate::conf::model::settings::Files;
use crate::sys::{Error, content};

/// Writes the configuration that has been read for the `number`th time, 0 at the start, to
/// `DIRECTORY/keepalived.conf.PID.NUMBER`. Only root can read it: there may be passwords in it.
pub(super) fn save(files: &Files, number: u64, text: &str) {
    let Some(directory) = &files.save else { return };
    let path = directory.join(format!("keepalived.conf.{}.{number}", std::process::id()));
    let written = make(directory).and_then(|()| content::make(&path, text.as_bytes(), true));
    if let Err(error) = written {
        tracing::error!("{error}; this configuration is not kept");
    }
}

fn make(directory: &Path) -> Result<(), Error> {
    match std::fs::create_dir(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::new("make", format!("the directory {}", directory.display()), error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
