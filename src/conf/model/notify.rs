//! Commands that are run for somebody else: who runs them, and when.

use std::ops::Deref;
use std::path::Path;

/// The user and group that a command runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunAs {
    /// User number.
    pub uid: u32,
    /// Group number; supplementary groups are dropped.
    pub gid: u32,
}

/// A command line, split into words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command {
    /// The program and its arguments as written; there is always a program.
    words: Box<[Box<str>]>,
    /// Where the program really is, if that is not what is written.
    path: Option<Box<Path>>,
    /// Who runs it.
    run_as: RunAs,
}

impl Command {
    /// The command `words`, or `None` if there is no program.
    #[must_use]
    pub fn new(words: Vec<Box<str>>, run_as: RunAs) -> Option<Command> {
        if words.is_empty() {
            None
        } else {
            Some(Command { words: words.into_boxed_slice(), path: None, run_as })
        }
    }

    /// The command `words` whose program is at `path`, or `None` if there is no program.
    #[must_use]
    pub fn at(path: &Path, words: Vec<Box<str>>, run_as: RunAs) -> Option<Command> {
        let path = (Path::new(&**words.first()?) != path).then(|| path.into());
        Some(Command { words: words.into_boxed_slice(), path, run_as })
    }

    /// The program to execute: an absolute path unless it was written with a relative one.
    #[must_use]
    pub fn program(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(self.name()))
    }

    /// The program as written, which it gets as its own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.words.first().map_or("", |word| word)
    }

    /// A command written `</PATH` runs nothing: it is good if this file can be opened.
    #[must_use]
    pub fn opens(&self) -> Option<&Path> {
        self.name().strip_prefix('<').map(Path::new)
    }

    /// The arguments, without the program.
    #[must_use]
    pub fn arguments(&self) -> &[Box<str>] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Who runs it.
    #[must_use]
    pub const fn run_as(&self) -> RunAs {
        self.run_as
    }
}

/// The `notify_*` words of an instance: what is told to whom on which change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// `notify_master`.
    pub master: Option<Command>,
    /// `notify_backup`.
    pub backup: Option<Command>,
    /// `notify_fault`.
    pub fault: Option<Command>,
    /// `notify_stop`.
    pub stop: Option<Command>,
    /// `notify`: run on every change, with type, name, state and priority appended.
    pub any: Option<Command>,
    /// `notify_master_rx_lower_pri`: run when a master hears a router of lower priority.
    pub master_rx_lower_pri: Option<Command>,
    /// `notify_priority_changes`: also tell the FIFO and `notify` about changes of the effective priority.
    pub priority_changes: bool,
}

impl Hooks {
    /// Whom most tell: nobody.
    const NONE: Hooks = Hooks {
        master: None,
        backup: None,
        fault: None,
        stop: None,
        any: None,
        master_rx_lower_pri: None,
        priority_changes: false,
    };
}

/// [`Hooks`] that most do not have, and that take next to no room then.
#[derive(Clone, Debug, Default)]
pub struct RareHooks(Option<Box<Hooks>>);

impl From<Hooks> for RareHooks {
    fn from(hooks: Hooks) -> RareHooks {
        RareHooks((hooks != Hooks::NONE).then(|| Box::new(hooks)))
    }
}

impl Deref for RareHooks {
    type Target = Hooks;

    fn deref(&self) -> &Hooks {
        static NONE: Hooks = Hooks::NONE;
        self.0.as_deref().unwrap_or(&NONE)
    }
}

/// A named pipe that state changes are written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fifo {
    /// Where it is; absolute.
    pub path: Box<Path>,
    /// Who owns it if we create it.
    pub owner: RunAs,
}
