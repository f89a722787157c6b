//! How a process of ours is to behave: what the command line says, for parent and children alike.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Role;
use crate::report::log::Facility;

/// Where the configuration is by default.
const CONFIGURATION: &str = "/etc/keepalived/keepalived.conf";
/// What core files are called with `-M` alone.
const CORE_PATTERN: &str = "core";

/// What the command line says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent options of keepalived(8)")]
pub struct Options {
    /// The words as they were given: children get the same.
    pub arguments: Vec<OsString>,
    /// `-f`.
    pub config: PathBuf,
    /// `-n`.
    pub foreground: bool,
    /// `-l`.
    pub console: bool,
    /// `-D`: how many times.
    pub detail: u8,
    /// `-S`.
    pub facility: Facility,
    /// Without `-G`.
    pub syslog: bool,
    /// `-g`: a log file, and its name if it has one.
    pub log_file: Option<Option<PathBuf>>,
    /// `-u`.
    pub umask: Option<u32>,
    /// `-V`.
    pub keep_addresses: bool,
    /// Without `-R`.
    pub respawn: bool,
    /// `-p`, `-r`, `-c`, `-b`.
    pub pid_files: PidFiles,
    /// `-P`, `-C`, `-B`, `--all`.
    pub choice: Choice,
    /// `-s`.
    pub namespace: Option<Box<str>>,
    /// What follows the name of a child in the log: how one of several daemons is told from the others.
    pub called: String,
    /// `-i`.
    pub config_id: Option<String>,
    /// `-e`.
    pub all_config: bool,
    /// `-d`.
    pub dump: bool,
    /// `-a`.
    pub log_addresses: bool,
    /// `-m`.
    pub core: bool,
    /// `-M`.
    pub core_pattern: Option<OsString>,
    /// `--ignore-sigint`.
    pub ignore_interrupt: bool,
}

/// The pid files that were named; `None` is the parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PidFiles(Vec<(Option<Role>, PathBuf)>);

impl PidFiles {
    /// Names that of a process; the last word counts.
    pub fn name(&mut self, of: Option<Role>, path: PathBuf) {
        self.0.push((of, path));
    }

    /// That of a process, if it was named.
    #[must_use]
    pub fn of(&self, wanted: Option<Role>) -> Option<&Path> {
        self.0.iter().rev().find(|(of, _)| *of == wanted).map(|(_, path)| path.as_path())
    }
}

/// Which child processes may run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// `-P`, `-C`: only these beside BFD; if there are none, all.
    pub only: Vec<Role>,
    /// `-B`.
    pub no_bfd: bool,
    /// `--all`: those that may run do, needed or not.
    pub all: bool,
}

impl Choice {
    /// Whether this process may run.
    #[must_use]
    pub fn permits(&self, role: Role) -> bool {
        match role {
            Role::Vrrp | Role::Checkers => self.only.is_empty() || self.only.contains(&role),
            Role::Bfd => !self.no_bfd,
        }
    }
}

impl Options {
    /// Permissions that new files do not get unless told otherwise: only their owner may use them.
    pub const UMASK: u32 = 0o177;

    /// What a command line that says nothing says.
    #[must_use]
    pub fn new(arguments: Vec<OsString>) -> Options {
        Options {
            arguments,
            config: CONFIGURATION.into(),
            foreground: false,
            console: false,
            detail: 0,
            facility: Facility::DAEMON,
            syslog: true,
            log_file: None,
            umask: None,
            keep_addresses: false,
            respawn: true,
            pid_files: PidFiles::default(),
            choice: Choice::default(),
            namespace: None,
            called: String::new(),
            config_id: None,
            all_config: false,
            dump: false,
            log_addresses: false,
            core: false,
            core_pattern: None,
            ignore_interrupt: false,
        }
    }

    /// `-M`: core files are left, and called so.
    pub fn name_cores(&mut self, pattern: Option<OsString>) {
        self.core = true;
        self.core_pattern = Some(pattern.unwrap_or_else(|| CORE_PATTERN.into()));
    }
}
