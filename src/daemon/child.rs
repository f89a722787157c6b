//! What every child process of ours begins with.

use std::os::fd::OwnedFd;
use std::path::Path;

use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

use super::protocol::FromParent;
use super::{Options, Role};
use super::{logging, place};
use crate::conf::model::Settings;
use crate::sys::ipc::{LONGEST, Line};
use crate::sys::lockfile::{LockFile, Locked};
use crate::sys::{Error, memfd, process};

/// What a process of ours is called unless the configuration says otherwise.
const NAME: &str = "keepalived";

/// What a child was born with.
#[derive(Debug)]
pub(super) struct Birth {
    /// The line to the parent.
    pub(super) line: OwnedFd,
    /// The configuration, expanded; there may be passwords in it.
    pub(super) text: Zeroizing<Vec<u8>>,
}

/// Becomes a child with this role: takes what the parent has handed over, and ends with it.
///
/// # Errors
/// If there is nothing to take, which is so when a person starts it.
pub(super) fn begin(options: &Options, role: Role) -> Result<Birth, Error> {
    // Until the configuration names it.
    process::take_name(NAME)?;
    logging::start(options, format!("{}{}", role.ident(), options.called));
    let (line, text) = process::take_inherited()?;
    let text = memfd::read(text)?;
    process::end_with_parent()?;
    Ok(Birth { line, text })
}

/// Takes the name that the configuration gives to this process, and writes its pid file.
pub(super) fn introduce(role: Role, options: &Options, settings: &Settings) -> Option<LockFile> {
    follow(role, options, settings);
    write_pid(&place::pid_file(Some(role), options, settings))
}

/// What the configuration says of every process, after it has changed.
pub(super) fn follow(role: Role, options: &Options, settings: &Settings) {
    process::set_umask(place::umask(options, settings));
    if let Err(error) = process::take_name(place::process_name(Some(role), settings)) {
        tracing::warn!("{error}");
    }
}

/// The file that the parent gives to whoever has to write something down for its successor, before it says anything else.
///
/// # Errors
/// If it says something else, or is gone.
pub(super) async fn ledger(line: &Line) -> Result<OwnedFd, Error> {
    let mut buffer = [0; LONGEST];
    let said = line.receive(&mut buffer).await?.and_then(FromParent::decode);
    let file = line.take_attached().filter(|_| said == Some(FromParent::Ledger));
    let nothing = || std::io::Error::other("the parent process gave none");
    file.ok_or_else(|| Error::new("take", "what an earlier process has left", nothing()))
}

/// The runtime of a process of ours: one thread.
///
/// # Errors
/// If the kernel has no descriptors left.
pub(super) fn runtime() -> Result<Runtime, Error> {
    let built = Builder::new_current_thread().enable_io().enable_time().build();
    built.map_err(|error| Error::new("start", "the event loop", error))
}

/// Writes the process number where others look for it. Not being able to is said, and is no reason to stop.
fn write_pid(path: &Path) -> Option<LockFile> {
    let written = LockFile::lock(path).and_then(|locked| match locked {
        Locked::Ours(mut file) => file.write_pid(std::process::id()).map(|()| Some(file)),
        Locked::Taken(_) => Ok(None),
    });
    match written {
        Ok(Some(file)) => return Some(file),
        Ok(None) => tracing::warn!("the pid file {} belongs to another process", path.display()),
        Err(error) => tracing::warn!("{error}"),
    }
    None
}
