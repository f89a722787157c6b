//! What judging a configuration needs to know of the machine it is for.
//!
//! Everything here can be pretended: a test, or a check on another machine, fills in a [`Pretend`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::model::RunAs;

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    Present,
    /// It is not.
    Absent,
    /// Nobody knows, so nobody complains.
    Unknown,
}

/// What a step of a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A directory.
    Directory,
    /// An ordinary file.
    File,
    /// A symbolic link.
    Link,
    /// A device, a pipe, a socket.
    Other,
}

/// One component of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The path up to and with this component.
    pub path: PathBuf,
    /// What it is; links are not followed.
    pub kind: StepKind,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Permission bits, with set-user-ID, set-group-ID and sticky.
    pub mode: u32,
}

/// A path and everything on the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The path without links.
    pub resolved: PathBuf,
    /// Every component of the path as written, then every component of the resolved path that differs.
    pub steps: Vec<Step>,
}

/// Why a path could not be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The first component that could not be reached.
    pub at: PathBuf,
    /// The system's reason.
    pub reason: String,
}

/// What is known of the file system that a directory lies on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileSystem {
    /// Its name, if it is one on which changes are made that nobody here is told of.
    pub untold: Option<&'static str>,
    /// Nothing on it can be changed.
    pub read_only: bool,
}

/// A secret that stands in a file of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// What the file contains, without a line break at the end.
    pub text: Zeroizing<String>,
    /// Others than its owner may read it.
    pub readable_by_others: bool,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Secret")
            .field("readable_by_others", &self.readable_by_others)
            .finish_non_exhaustive()
    }
}

/// A name space of iproute2: files such as `/etc/iproute2/rt_tables` give numbers names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Names {
    /// `rt_tables`.
    Table,
    /// `rt_protos`.
    Protocol,
    /// `rt_realms`.
    Realm,
    /// `rt_dsfield`.
    DsField,
    /// `rt_scopes`.
    Scope,
    /// `group`.
    LinkGroup,
}

/// The surroundings of a configuration.
pub trait Env {
    /// What `@id` lines are compared with (`-i`; by default the host name up to its first dot).
    fn config_id(&self) -> &str;
    /// Whether every include has to succeed (`-e`).
    fn all_config(&self) -> bool;
    /// The name of this host.
    fn host_name(&self) -> &str;
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;
    /// Where random numbers start.
    fn seed(&self) -> u64;
    /// The interfaces that exist, as far as that is known.
    fn interfaces(&self) -> Vec<String>;
    /// Whether an interface exists.
    fn interface(&self, name: &str) -> Presence;
    /// The size of a packet on an interface, in octets, if it is known.
    fn mtu(&self, name: &str) -> Option<u32>;
    /// Whether a named network namespace exists.
    fn namespace(&self, name: &str) -> Presence;
    /// How many CPUs there are, if that is known.
    fn cpus(&self) -> Option<u16>;
    /// A user by name, with the primary group.
    fn user(&self, name: &str) -> Option<RunAs>;
    /// A group by name.
    fn group(&self, name: &str) -> Option<u32>;
    /// Who runs the daemon.
    fn identity(&self) -> RunAs;
    /// Follows a path.
    ///
    /// # Errors
    /// The first component that is not there or cannot be read.
    fn inspect(&self, path: &Path) -> Result<Inspection, Obstacle>;
    /// The file system that a directory lies on, if that is known.
    fn file_system(&self, directory: &Path) -> Option<FileSystem>;
    /// What a file with a secret contains.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn secret(&self, path: &Path) -> Result<Secret, Obstacle>;
    /// Whether a host name has an address.
    fn resolves(&self, host: &str) -> Presence;
    /// The number behind a name of iproute2.
    fn number_of(&self, names: Names, name: &str) -> Option<u32>;
}

/// Surroundings that are made up.
#[derive(Clone, Debug)]
pub struct Pretend {
    /// The configuration id.
    pub config_id: String,
    /// Whether every include has to succeed.
    pub all_config: bool,
    /// The host name.
    pub host_name: String,
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// Seed of random numbers.
    pub seed: u64,
    /// The interfaces that exist, or `None`: nobody knows.
    pub interfaces: Option<BTreeSet<String>>,
    /// Sizes of packets on interfaces, in octets.
    pub mtus: BTreeMap<String, u32>,
    /// The named network namespaces that exist, or `None`: nobody knows.
    pub namespaces: Option<BTreeSet<String>>,
    /// How many CPUs there are.
    pub cpus: Option<u16>,
    /// Users.
    pub users: BTreeMap<String, RunAs>,
    /// Groups.
    pub groups: BTreeMap<String, u32>,
    /// Who runs the daemon.
    pub identity: RunAs,
    /// What lies on the way to which path; a path that is missing here does not exist.
    pub paths: BTreeMap<PathBuf, Inspection>,
    /// Every absolute path that is asked for is an executable file of root.
    pub every_path_exists: bool,
    /// The file systems of directories; of others nothing is known.
    pub file_systems: BTreeMap<PathBuf, FileSystem>,
    /// Files with secrets.
    pub secrets: BTreeMap<PathBuf, Secret>,
    /// Host names that have an address, or `None`: nobody knows.
    pub hosts: Option<BTreeSet<String>>,
    /// Names of iproute2.
    pub names: BTreeMap<(Names, String), u32>,
}

impl Default for Pretend {
    /// A machine called `host` with a root user, of which nothing else is known.
    fn default() -> Self {
        let root = RunAs { uid: 0, gid: 0 };
        Pretend {
            config_id: "host".into(),
            all_config: false,
            host_name: "host".into(),
            variables: BTreeMap::new(),
            seed: 1,
            interfaces: None,
            mtus: BTreeMap::new(),
            namespaces: None,
            cpus: None,
            users: BTreeMap::from([("root".into(), root)]),
            groups: BTreeMap::from([("root".into(), 0)]),
            identity: root,
            paths: BTreeMap::new(),
            every_path_exists: true,
            file_systems: BTreeMap::new(),
            secrets: BTreeMap::new(),
            hosts: None,
            names: BTreeMap::new(),
        }
    }
}

fn presence<T: Ord>(known: Option<&BTreeSet<T>>, found: impl FnOnce(&BTreeSet<T>) -> bool) -> Presence {
    match known {
        None => Presence::Unknown,
        Some(known) if found(known) => Presence::Present,
        Some(_) => Presence::Absent,
    }
}

impl Env for Pretend {
    fn config_id(&self) -> &str {
        &self.config_id
    }

    fn all_config(&self) -> bool {
        self.all_config
    }

    fn host_name(&self) -> &str {
        &self.host_name
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn interfaces(&self) -> Vec<String> {
        self.interfaces.iter().flatten().cloned().collect()
    }

    fn interface(&self, name: &str) -> Presence {
        presence(self.interfaces.as_ref(), |known| known.contains(name))
    }

    fn mtu(&self, name: &str) -> Option<u32> {
        self.mtus.get(name).copied()
    }

    fn namespace(&self, name: &str) -> Presence {
        presence(self.namespaces.as_ref(), |known| known.contains(name))
    }

    fn cpus(&self) -> Option<u16> {
        self.cpus
    }

    fn user(&self, name: &str) -> Option<RunAs> {
        self.users.get(name).copied()
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.groups.get(name).copied()
    }

    fn identity(&self) -> RunAs {
        self.identity
    }

    fn inspect(&self, path: &Path) -> Result<Inspection, Obstacle> {
        if let Some(known) = self.paths.get(path) {
            return Ok(known.clone());
        }
        if self.every_path_exists && path.is_absolute() {
            return Ok(root_file(path));
        }
        Err(Obstacle { at: path.to_owned(), reason: "No such file or directory".into() })
    }

    fn file_system(&self, directory: &Path) -> Option<FileSystem> {
        self.file_systems.get(directory).copied()
    }

    fn secret(&self, path: &Path) -> Result<Secret, Obstacle> {
        let missing = || Obstacle { at: path.to_owned(), reason: "No such file or directory".into() };
        self.secrets.get(path).cloned().ok_or_else(missing)
    }

    fn resolves(&self, host: &str) -> Presence {
        presence(self.hosts.as_ref(), |known| known.contains(host))
    }

    fn number_of(&self, names: Names, name: &str) -> Option<u32> {
        self.names.get(&(names, name.to_owned())).copied()
    }
}

/// `path` as an executable file of root, in directories of root.
#[must_use]
pub fn root_file(path: &Path) -> Inspection {
    let mut steps: Vec<Step> = path
        .ancestors()
        .map(|part| Step { path: part.to_owned(), kind: StepKind::Directory, uid: 0, gid: 0, mode: 0o755 })
        .collect();
    if let Some(file) = steps.first_mut() {
        file.kind = StepKind::File;
    }
    steps.reverse();
    Inspection { resolved: path.to_owned(), steps }
}
