//! How a process of ours is to behave: what the command line says, for parent and children alike.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::report::log::Facility;

/// Where the configuration is by default.
const CONFIGURATION: &str = "/etc/keepalived/keepalived.conf";
/// Where the parent's process number is by default.
const PID_FILE: &str = "/run/keepalived.pid";
/// Where the VRRP child's process number is by default.
const VRRP_PID_FILE: &str = "/run/vrrp.pid";

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
    /// `-u`.
    pub umask: Option<u32>,
    /// `-V`.
    pub keep_addresses: bool,
    /// Without `-R`.
    pub respawn: bool,
    /// `-p`.
    pub pid_file: PathBuf,
    /// `-r`.
    pub vrrp_pid_file: PathBuf,
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
    /// `--ignore-sigint`.
    pub ignore_interrupt: bool,
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
            umask: None,
            keep_addresses: false,
            respawn: true,
            pid_file: PID_FILE.into(),
            vrrp_pid_file: VRRP_PID_FILE.into(),
            config_id: None,
            all_config: false,
            dump: false,
            log_addresses: false,
            core: false,
            ignore_interrupt: false,
        }
    }
}
