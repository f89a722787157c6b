//! The only system calls of the program: thin, without policy, each file turning what the operating system has into
//! the types of [`vrrp::event`](crate::vrrp::event) and back.
//!
//! `unsafe` lives here and nowhere else: the calls that move many datagrams at once ([`batch`]), the fork
//! and the end of a script ([`script`]), the time zone ([`clock`]), priorities and locked memory ([`schedule`]), mounts ([`namespace`]), the ends of others' processes ([`deaths`]), descriptors that arrive in messages ([`ipc`]), descriptors given to the runtime ([`watch`]), and questions about links ([`linkbeat`]).
//! Whatever can fail says what was attempted on what ([`Error`]).

use std::fmt;
use std::io;

mod batch;
pub mod clock;
pub mod connector;
pub mod console;
pub mod content;
pub mod deaths;
pub mod fetch;
pub mod fifo;
pub mod frame;
pub mod groups;
pub mod host;
pub mod inotify;
pub mod ipc;
pub mod linkbeat;
pub mod lockfile;
pub mod logfile;
pub mod memfd;
pub mod memory;
pub mod namespace;
pub mod netlink;
pub mod nft;
pub mod privilege;
pub mod probe;
pub mod proc;
pub mod process;
pub mod raw;
pub mod record;
pub mod replace;
pub mod resolver;
pub mod schedule;
pub mod script;
pub mod signal;
pub mod smtp;
pub mod sysctl;
pub mod syslog;
pub mod systemd;
#[cfg(test)]
pub(crate) mod testing;
pub mod timer;
pub mod wall;
mod watch;

/// A system call that failed: what was attempted, on what, and what the kernel said.
#[derive(Debug)]
pub struct Error {
    op: &'static str,
    target: Box<str>,
    source: io::Error,
}

impl Error {
    /// "cannot `op` `target`: `source`".
    #[must_use]
    pub fn new(op: &'static str, target: impl fmt::Display, source: io::Error) -> Error {
        Error { op, target: target.to_string().into_boxed_str(), source }
    }

    /// What the kernel said.
    #[must_use]
    pub const fn source(&self) -> &io::Error {
        &self.source
    }

    /// The error number, 0 if there is none.
    #[must_use]
    pub fn errno(&self) -> i32 {
        self.source.raw_os_error().unwrap_or_default()
    }

    /// Whether it would have had to wait: it may be possible later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.source.kind() == io::ErrorKind::WouldBlock
    }

    /// Whether permission is what is missing.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.source.kind() == io::ErrorKind::PermissionDenied
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { op, target, source } = self;
        write!(out, "cannot {op} {target}: ")?;
        match source.raw_os_error() {
            Some(number) => out.write_str(describe(number)),
            None => source.fmt(out),
        }
    }
}

/// An error number in words.
#[must_use]
pub fn describe(errno: i32) -> &'static str {
    nix::errno::Errno::from_raw(errno).desc()
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Says what was attempted on what if the attempt failed.
trait Attempt<T> {
    fn attempt(self, op: &'static str, target: impl fmt::Display) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> Attempt<T> for Result<T, E> {
    fn attempt(self, op: &'static str, target: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|source| Error::new(op, target, source.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_a_sentence() {
        let failed: Result<(), _> = Err(nix::errno::Errno::EPERM);
        let error = failed.attempt("open a raw socket for", "IPv4 protocol 112").unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot open a raw socket for IPv4 protocol 112: Operation not permitted"
        );
        assert!(error.is_permission());
        assert_eq!(error.errno(), libc::EPERM);
    }
}
