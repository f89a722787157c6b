//! Starts child processes: what they are told, and where their pid files are.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use super::super::configuration::Configuration;
use super::super::{Options, Role, place};
use crate::base::time::Span;
use crate::sys::ipc::{self, Line};
use crate::sys::lockfile::LockFile;
use crate::sys::{Error, memfd, process};

/// How children are started, for as long as the daemon runs: a reload changes none of this.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    pub(super) options: &'a Options,
    called: String,
    /// Where our own process number is.
    pub(super) own_pid_file: PathBuf,
    pid_files: Vec<(Role, PathBuf)>,
    /// How long children may take to stop.
    pub(super) child_wait: Span,
}

impl<'a> Launch<'a> {
    pub(super) fn new(options: &'a Options, configuration: &Configuration) -> Launch<'a> {
        let settings = configuration.settings();
        let pid_file = |role| (role, place::pid_file(Some(role), options, &settings));
        Launch {
            options,
            called: place::called(options, &settings),
            own_pid_file: place::pid_file(None, options, &settings),
            pid_files: Role::ALL.map(pid_file).into(),
            child_wait: settings.place.child_wait,
        }
    }

    /// What a child is given to read, if there is anything for it to do.
    pub(super) fn text(&self, role: Role, configuration: &Configuration) -> Result<Option<OwnedFd>, Error> {
        let text = configuration.for_child(role, &self.options.choice);
        text.map(|text| memfd::sealed(text.as_bytes())).transpose()
    }

    /// Starts a child that reads `text`. Gives its process and our end of the line to it.
    pub(super) fn start(&self, role: Role, text: &OwnedFd) -> Result<(i32, Line), Error> {
        let text = text.try_clone().map_err(|error| Error::new("start", "a child process", error))?;
        let (ours, theirs) = ipc::pair()?;
        let mut words = vec![format!("--child={}", role.word()).into()];
        if !self.called.is_empty() {
            words.push(format!("--called={}", self.called).into());
        }
        words.extend(self.options.arguments.iter().cloned());
        for (_, file) in self.pid_files.iter().filter(|(of, _)| *of == role) {
            words.extend([format!("--{}_pid", role.word()).into(), file.clone().into_os_string()]);
        }
        let pid = process::start_again(words, theirs, text)?;
        tracing::info!("Starting {} child process, pid={pid}", role.task());
        Ok((pid, Line::new(ours)?))
    }

    /// Removes what children leave behind that did not end in good order.
    pub(super) fn clean_up(&self) {
        for (_, file) in self.pid_files.iter().filter(|(_, file)| file.exists()) {
            // Taking the lock and letting go of it removes the file, unless somebody has it.
            drop(LockFile::lock(file));
        }
    }
}
