//! The command line of keepalived(8): one table of options ([`flags`]), from which parsing and help derive.
//!
//! Parsing has the habits of `getopt_long`: options and other words in any order, `-nlD`, `-fFILE` and `-f FILE`,
//! `--pid=FILE` and `--pid FILE`, unambiguous beginnings of long names, `--` as the end, and arguments that may be left
//! out only where they are attached (`-tFILE`). An option whose effect this version does not have is refused by name.
#![forbid(unsafe_code)]

mod explain;
mod flags;
pub mod genhash;
mod help;
mod parse;

use std::ffi::OsString;

use crate::daemon::configuration::Judgement;
use crate::daemon::{Options, Role};

pub use explain::explain;
pub use flags::{Argument, FLAGS, Flag, Standing};
pub use help::{help, version};
pub use parse::{Refusal, parse};

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// What to do.
    pub task: Task,
    /// How to do it.
    pub options: Options,
}

/// What to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Task {
    /// To be the daemon.
    #[default]
    Run,
    /// `--child`: to be a process of this name that one of our own kind has started.
    Child(Child),
    /// `-t`: to judge the configuration.
    Test(Judgement),
    /// `--explain`: to say what a code means.
    Explain(String),
    /// `--release-leftovers`: to remove what a daemon that was killed has left behind.
    ReleaseLeftovers,
    /// `-T`: to be genhash(1), with these words.
    Genhash(Vec<OsString>),
    /// `-v`: to say which version this is.
    Version,
    /// `-h`: to say what the options are.
    Help,
    /// `--signum`: to say which number a signal has.
    SignalNumber(u32),
}

/// The processes that start each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// The daemon, detached from the terminal that it was started from.
    Daemon,
    /// The daemon, in the place of another program.
    Successor,
    /// A child of the daemon.
    Role(Role),
}
