//! The exit status of a configuration test, as the C program has it.

use super::{Class, Diagnostics, Severity};

/// What `keepalived --config-test` says in its exit status (keepalived 2.4.3; its manual page has other numbers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitClass {
    /// 0: nothing to complain about, or only files that may be missing.
    Fine,
    /// 2: a parameter is missing; the C program stops reading there.
    MissingParameter,
    /// 4: it cannot run.
    Unusable,
    /// 5: errors or warnings, but it would run.
    Complaints,
    /// 6: scripts would run without script security.
    Insecure,
}

impl ExitClass {
    /// Every class, by its status.
    pub const ALL: [ExitClass; 5] = [
        ExitClass::Fine,
        ExitClass::MissingParameter,
        ExitClass::Unusable,
        ExitClass::Complaints,
        ExitClass::Insecure,
    ];

    /// What it means, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            ExitClass::Fine => {
                "There is nothing to complain about, or only what the C program does not mind."
            }
            ExitClass::MissingParameter => "A parameter is missing; nothing can be run.",
            ExitClass::Unusable => "The configuration cannot be run, or a warning is fatal.",
            ExitClass::Complaints => "There are errors or warnings.",
            ExitClass::Insecure => "A command would run insecurely, or cannot be run.",
        }
    }

    /// The exit status.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            ExitClass::Fine => 0,
            ExitClass::MissingParameter => 2,
            ExitClass::Unusable => 4,
            ExitClass::Complaints => 5,
            ExitClass::Insecure => 6,
        }
    }
}

impl Diagnostics {
    /// The class of the whole if a warning is as bad as an error that keeps the daemon from running.
    #[must_use]
    pub fn strict_exit_class(&self) -> ExitClass {
        match self.exit_class() {
            ExitClass::Fine if self.count(Severity::Warning) > 0 => ExitClass::Unusable,
            class => class,
        }
    }

    /// The class of the whole: a missing parameter ends everything, else the highest class wins.
    #[must_use]
    pub fn exit_class(&self) -> ExitClass {
        let has = |class| self.iter().any(|problem| problem.class == class);
        if has(Class::MissingParameter) {
            ExitClass::MissingParameter
        } else if has(Class::Security) {
            ExitClass::Insecure
        } else if has(Class::General) {
            ExitClass::Complaints
        } else if has(Class::Unusable) {
            ExitClass::Unusable
        } else {
            ExitClass::Fine
        }
    }
}
