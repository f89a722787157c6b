//! Who plays: the program under test and the program it has to live with.
//!
//! `KA_SUBJECT` and `KA_PEER` say `ours` or `theirs`; without them the subject is ours and the peer theirs.
//! `KEEPALIVED_UNDER_TEST` and `KEEPALIVED_REFERENCE` name the two binaries; without them ours is the one that
//! cargo put beside the running test, and theirs is the Debian package's.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use crate::lab::Lab;

/// One of the two implementations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// keepalived-rs.
    Ours,
    /// The C program.
    Theirs,
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
        })
    }
}

impl Program {
    /// The program under test.
    ///
    /// # Panics
    /// If `KA_SUBJECT` says something else than `ours` or `theirs`.
    #[must_use]
    pub fn subject() -> Self {
        Self::from_environment("KA_SUBJECT", Self::Ours)
    }

    /// The program that the subject meets.
    ///
    /// # Panics
    /// If `KA_PEER` says something else than `ours` or `theirs`.
    #[must_use]
    pub fn peer() -> Self {
        Self::from_environment("KA_PEER", Self::Theirs)
    }

    fn from_environment(variable: &str, default: Self) -> Self {
        match std::env::var(variable).as_deref() {
            Err(_) => default,
            Ok("ours") => Self::Ours,
            Ok("theirs") => Self::Theirs,
            Ok(other) => panic!("{variable}={other}: say ours or theirs"),
        }
    }

    /// The binary.
    ///
    /// # Panics
    /// If there is none, if ours is older than its source, or if theirs is not the C program.
    #[must_use]
    pub fn binary(self) -> &'static Path {
        static OURS: OnceLock<PathBuf> = OnceLock::new();
        static THEIRS: OnceLock<PathBuf> = OnceLock::new();
        match self {
            Self::Ours => OURS.get_or_init(ours),
            Self::Theirs => THEIRS.get_or_init(theirs),
        }
    }
}

fn ours() -> PathBuf {
    if let Some(named) = std::env::var_os("KEEPALIVED_UNDER_TEST") {
        let named = PathBuf::from(named);
        assert!(named.is_file(), "KEEPALIVED_UNDER_TEST={}: no such file", named.display());
        return named;
    }
    let me = std::env::current_exe().unwrap_or_default();
    // A test is in TARGET/PROFILE/deps, a binary in TARGET/PROFILE.
    let found = me.ancestors().skip(1).take(2).map(|folder| folder.join("keepalived"));
    let Some(binary) = found.into_iter().find(|path| path.is_file()) else {
        panic!("no keepalived beside {}: run `cargo build --bin keepalived` first", me.display());
    };
    let built = modified(&binary);
    if let Some(newer) = newest_source().filter(|(_, changed)| Some(*changed) > built) {
        panic!("{} is older than {}: run `cargo build`", binary.display(), newer.0.display());
    }
    binary
}

fn theirs() -> PathBuf {
    let path = std::env::var_os("KEEPALIVED_REFERENCE").unwrap_or_else(|| "/usr/sbin/keepalived".into());
    let path = PathBuf::from(path);
    let version = Command::new(&path).arg("--version").output();
    let printed = version.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
    match printed {
        Ok(text) if text.contains("Alexandre Cassen") => path,
        Ok(text) => panic!("{} is not the C program, it says:\n{text}", path.display()),
        Err(error) => panic!("{}: {error} (Debian: apt-get install keepalived)", path.display()),
    }
}

fn newest_source() -> Option<(PathBuf, SystemTime)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    let mut folders = vec![source];
    let mut newest = None;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                newest = modified(&path)
                    .map(|changed| (path, changed))
                    .into_iter()
                    .chain(newest)
                    .max_by_key(|(_, at)| *at);
            }
        }
    }
    newest
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// Which program runs on node `a` and which on node `b`.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// On node `a`.
    pub a: Program,
    /// On node `b`.
    pub b: Program,
}

impl Pair {
    /// The subject on `a` meets the peer on `b`.
    #[must_use]
    pub fn subject_first() -> Self {
        Self { a: Program::subject(), b: Program::peer() }
    }

    /// The peer on `a` meets the subject on `b`.
    #[must_use]
    pub fn peer_first() -> Self {
        Self { a: Program::peer(), b: Program::subject() }
    }

    /// The subject meets itself.
    #[must_use]
    pub fn subject_twice() -> Self {
        Self { a: Program::subject(), b: Program::subject() }
    }

    /// Plays `scenario` in a laboratory with the nodes `a` and `b`, and `c` which has the program of `a`, and
    /// checks that nothing is left.
    pub fn play(self, title: &str, scenario: fn(&Lab)) {
        let lab = Lab::new(title, &[("a", self.a), ("b", self.b), ("c", self.a)]);
        scenario(&lab);
        lab.finish();
    }
}

/// Plays `scenario` in a laboratory where `program` runs on node `a` and node `x` is a bystander, and checks
/// that nothing is left.
pub fn play_alone(program: Program, title: &str, scenario: fn(&Lab)) {
    let lab = Lab::new(title, &[("a", program), ("x", program)]);
    scenario(&lab);
    lab.finish();
}

/// Plays each scenario (a `fn(&Lab)`) twice, with the subject and with the peer on node `a`, alone with the
/// bystander `x`. So what is expected of the subject is measured on the peer, too.
#[macro_export]
macro_rules! alone {
    ($($scenario:ident),+ $(,)?) => { $(
        mod $scenario {
            use $crate::subject::{Program, play_alone};

            #[test]
            fn subject() {
                play_alone(Program::subject(), stringify!($scenario), super::$scenario);
            }

            #[test]
            fn peer() {
                play_alone(Program::peer(), stringify!($scenario), super::$scenario);
            }
        }
    )+ };
}

/// Plays each scenario (a `fn(&Lab)`) with the subject on node `a`, alone with the bystander `x`: what the peer cannot do,
/// or need not.
#[macro_export]
macro_rules! subject_alone {
    ($($scenario:ident),+ $(,)?) => { $(
        mod $scenario {
            #[test]
            fn subject() {
                let program = $crate::subject::Program::subject();
                $crate::subject::play_alone(program, stringify!($scenario), super::$scenario);
            }
        }
    )+ };
}

/// Plays each scenario (a `fn(&Lab)`) three times: subject against peer, peer against subject, and subject
/// against subject.
#[macro_export]
macro_rules! matrix {
    ($($scenario:ident),+ $(,)?) => {
        $crate::pairs!([subject_first peer_first subject_twice] $($scenario),+);
    };
}

/// Plays each scenario (a `fn(&Lab)`) with these pairs, which are functions of [`Pair`]: `pairs!([subject_twice] scenario)`.
#[macro_export]
macro_rules! pairs {
    // All pairs of one scenario: a repetition cannot name another one that is not as long.
    (@ $scenario:ident [$($pair:ident)+]) => { $(
        #[test]
        fn $pair() {
            $crate::subject::Pair::$pair().play(stringify!($scenario), super::$scenario);
        }
    )+ };
    ($pairs:tt $($scenario:ident),+ $(,)?) => { $(
        mod $scenario {
            $crate::pairs!(@ $scenario $pairs);
        }
    )+ };
}
