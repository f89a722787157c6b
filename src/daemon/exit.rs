//! Exit statuses, as keepalived has them: parents, service managers and scripts go by the number.

use std::process::ExitCode;

/// How a process of ours ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was for.
    Fine,
    /// It could not go on.
    Fatal,
    /// The configuration cannot be run.
    Configuration,
    /// A permission is missing.
    Permission,
    /// There is no configuration.
    NoConfiguration,
    /// Another status, of a process that we speak for.
    Other(u8),
}

impl Exit {
    /// Those that the daemon ends with by itself.
    pub const ALL: [Exit; 5] =
        [Exit::Fine, Exit::Fatal, Exit::Configuration, Exit::Permission, Exit::NoConfiguration];

    /// What it means, for people.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Fine => "It was stopped, or another one runs already",
            Exit::Fatal => "It could not go on, or an option is wrong",
            Exit::Configuration => "The configuration cannot be run",
            Exit::Permission => "A permission is missing",
            Exit::NoConfiguration => "There is no configuration",
            Exit::Other(_) => "A process of it ended with this status",
        }
    }

    /// The number.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Fatal => 1,
            Exit::Configuration => 2,
            Exit::Permission => 4,
            Exit::NoConfiguration => 6,
            Exit::Other(status) => status,
        }
    }

    /// What a service manager is told of why it ended (errno(3)); nothing if nothing is wrong.
    #[must_use]
    pub const fn errno(self) -> Option<i32> {
        match self {
            Exit::Fine => None,
            Exit::Permission => Some(libc::EPERM),
            Exit::Fatal | Exit::Configuration | Exit::NoConfiguration | Exit::Other(_) => Some(libc::EINVAL),
        }
    }

    /// The meaning of a number.
    #[must_use]
    pub const fn of(status: u8) -> Exit {
        match status {
            0 => Exit::Fine,
            1 => Exit::Fatal,
            2 => Exit::Configuration,
            4 => Exit::Permission,
            6 => Exit::NoConfiguration,
            other => Exit::Other(other),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.status())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_one_meaning() {
        assert!((0..=u8::MAX).all(|status| Exit::of(status).status() == status));
    }
}
