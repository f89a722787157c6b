//! This machine: its files, users, interfaces and names. The only part of `conf` that asks the system anything.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::ToSocketAddrs as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use nix::sys::statfs::{FsType, statfs};
use nix::sys::statvfs::FsFlags;
use nix::unistd::{Group, User};
use zeroize::Zeroizing;

use super::{LoadError, Loader};
use crate::conf::env::{Env, FileSystem, Inspection, Names, Obstacle, Presence, Secret, Step, StepKind};
use crate::conf::model::RunAs;

/// Where ip-netns(8) keeps network namespaces by name.
const NAMESPACES: &str = "/run/netns";
/// File systems that others change, or the kernel itself, without a word to those who watch (statfs(2)).
const UNTOLD: &[(FsType, &str)] = &[
    (FsType(0x9fa0), "proc"),
    (FsType(0x6265_6572), "sysfs"),
    (FsType(0x6969), "NFS"),
    (FsType(0x517b), "SMB"),
    (FsType(0xff53_4d42), "CIFS"),
    (FsType(0xfe53_4d42), "SMB2"),
    (FsType(0x6573_5546), "FUSE"),
    (FsType(0x27_e0eb), "cgroup"),
    (FsType(0x6367_7270), "cgroup2"),
    (FsType(0x00c3_6400), "Ceph"),
    (FsType(0x5346_414f), "AFS"),
    (FsType(0x7375_7245), "Coda"),
    (FsType(0x6462_6720), "debugfs"),
    (FsType(0x7472_6163), "tracefs"),
    (FsType(0x7363_6673), "securityfs"),
    (FsType(0x6165_676c), "pstore"),
    (FsType(0xcafe_4a11), "bpf"),
];

/// The largest file that is read, in octets.
const LARGEST_FILE: u64 = 256 << 20;

/// The machine that this runs on. What it was asked is remembered: ten thousand instances name few interfaces.
#[derive(Debug)]
pub struct Machine {
    config_id: String,
    host_name: String,
    seed: u64,
    all_config: bool,
    looks_up_hosts: bool,
    interfaces: RefCell<BTreeMap<String, Presence>>,
    mtus: RefCell<BTreeMap<String, Option<u32>>>,
    names: RefCell<BTreeMap<Names, BTreeMap<String, u32>>>,
}

impl Machine {
    /// This machine. `config_id` is the argument of `-i`; `seed` is where random numbers start.
    #[must_use]
    pub fn new(config_id: Option<&str>, seed: u64) -> Machine {
        let host_name = nix::unistd::gethostname()
            .map_or_else(|_| "localhost".to_owned(), |name| name.to_string_lossy().into_owned());
        let short = host_name.split('.').next().unwrap_or_default();
        Machine {
            config_id: config_id.unwrap_or(short).to_owned(),
            host_name,
            seed,
            all_config: false,
            looks_up_hosts: true,
            interfaces: RefCell::default(),
            mtus: RefCell::default(),
            names: RefCell::default(),
        }
    }

    /// Every include has to succeed (`-e`).
    #[must_use]
    pub fn requiring_all_includes(mut self) -> Machine {
        self.all_config = true;
        self
    }

    /// Never asks a name server, which may take seconds: host names are then believed.
    #[must_use]
    pub fn without_lookups(mut self) -> Machine {
        self.looks_up_hosts = false;
        self
    }
}

impl Loader for Machine {
    fn read(&self, path: &Path) -> Result<Vec<u8>, LoadError> {
        let about = fs::metadata(path).map_err(|error| load_error(&error))?;
        if about.is_dir() {
            return Err(LoadError::Directory);
        }
        if !about.is_file() || about.permissions().mode() & 0o111 != 0 {
            return Err(LoadError::NotPlain);
        }
        if about.len() > LARGEST_FILE {
            return Err(LoadError::System(format!("{} octets are too many", about.len())));
        }
        fs::read(path).map_err(|error| load_error(&error))
    }

    fn matches(&self, pattern: &str) -> Vec<PathBuf> {
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        glob::glob_with(pattern, options)
            .map(|found| found.filter_map(Result::ok).collect())
            .unwrap_or_default()
    }
}

fn load_error(error: &std::io::Error) -> LoadError {
    match error.kind() {
        ErrorKind::NotFound => LoadError::Missing,
        ErrorKind::IsADirectory => LoadError::Directory,
        _ => LoadError::System(error.to_string()),
    }
}

impl Env for Machine {
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
        std::env::var(name).ok()
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn interfaces(&self) -> Vec<String> {
        let Ok(found) = nix::net::if_::if_nameindex() else { return Vec::new() };
        found.iter().map(|interface| interface.name().to_string_lossy().into_owned()).collect()
    }

    fn interface(&self, name: &str) -> Presence {
        let mut known = self.interfaces.borrow_mut();
        if let Some(&presence) = known.get(name) {
            return presence;
        }
        let presence = match nix::net::if_::if_nametoindex(name) {
            Ok(_) => Presence::Present,
            Err(nix::errno::Errno::ENODEV | nix::errno::Errno::ENXIO) => Presence::Absent,
            Err(_) => Presence::Unknown,
        };
        known.insert(name.to_owned(), presence);
        presence
    }

    fn mtu(&self, name: &str) -> Option<u32> {
        if name.contains('/') {
            return None;
        }
        let mut known = self.mtus.borrow_mut();
        let read = || fs::read_to_string(format!("/sys/class/net/{name}/mtu")).ok()?.trim().parse().ok();
        *known.entry(name.to_owned()).or_insert_with(read)
    }

    fn namespace(&self, name: &str) -> Presence {
        if name.is_empty() || name.contains('/') {
            return Presence::Absent;
        }
        if Path::new(NAMESPACES).join(name).exists() { Presence::Present } else { Presence::Absent }
    }

    fn cpus(&self) -> Option<u16> {
        let listed = fs::read_to_string("/sys/devices/system/cpu/present").ok()?;
        let last = listed.trim().rsplit([',', '-']).next()?;
        last.parse::<u16>().ok()?.checked_add(1)
    }

    fn user(&self, name: &str) -> Option<RunAs> {
        let user = User::from_name(name).ok()??;
        Some(RunAs { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
    }

    fn group(&self, name: &str) -> Option<u32> {
        Some(Group::from_name(name).ok()??.gid.as_raw())
    }

    fn identity(&self) -> RunAs {
        RunAs { uid: nix::unistd::geteuid().as_raw(), gid: nix::unistd::getegid().as_raw() }
    }

    fn inspect(&self, path: &Path) -> Result<Inspection, Obstacle> {
        let mut steps = walk(path)?;
        let resolved = fs::canonicalize(path)
            .map_err(|error| Obstacle { at: path.to_owned(), reason: reason(&error) })?;
        if resolved != path {
            let more = walk(&resolved)?;
            steps.extend(more.into_iter().filter(|step| !path.starts_with(&step.path)));
        }
        Ok(Inspection { resolved, steps })
    }

    fn file_system(&self, directory: &Path) -> Option<FileSystem> {
        let about = statfs(directory).ok()?;
        let untold = UNTOLD.iter().find(|(kind, _)| *kind == about.filesystem_type());
        let read_only = about.flags().contains(FsFlags::ST_RDONLY);
        Some(FileSystem { untold: untold.map(|(_, name)| *name), read_only })
    }

    fn secret(&self, path: &Path) -> Result<Secret, Obstacle> {
        let obstacle = |error: &std::io::Error| Obstacle { at: path.to_owned(), reason: reason(error) };
        let about = fs::metadata(path).map_err(|error| obstacle(&error))?;
        let mut text = Zeroizing::new(fs::read_to_string(path).map_err(|error| obstacle(&error))?);
        if text.ends_with('\n') {
            text.pop();
        }
        Ok(Secret { text, readable_by_others: about.mode() & 0o077 != 0 })
    }

    fn resolves(&self, host: &str) -> Presence {
        if !self.looks_up_hosts {
            return Presence::Unknown;
        }
        let found = (host, 0).to_socket_addrs().is_ok_and(|mut found| found.next().is_some());
        if found { Presence::Present } else { Presence::Absent }
    }

    fn number_of(&self, names: Names, name: &str) -> Option<u32> {
        let mut tables = self.names.borrow_mut();
        tables.entry(names).or_insert_with(|| read_names(names)).get(name).copied()
    }
}

/// The system's reason without the number that Rust adds.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Every component of `path`, links not followed.
fn walk(path: &Path) -> Result<Vec<Step>, Obstacle> {
    let mut so_far = PathBuf::new();
    let mut steps = Vec::new();
    for component in path.components() {
        so_far.push(component);
        if matches!(component, Component::CurDir | Component::ParentDir) {
            continue;
        }
        let about = fs::symlink_metadata(&so_far)
            .map_err(|error| Obstacle { at: so_far.clone(), reason: reason(&error) })?;
        steps.push(Step {
            path: so_far.clone(),
            kind: kind(about.file_type()),
            uid: about.uid(),
            gid: about.gid(),
            mode: about.mode() & 0o7777,
        });
    }
    Ok(steps)
}

fn kind(found: fs::FileType) -> StepKind {
    if found.is_dir() {
        StepKind::Directory
    } else if found.is_file() {
        StepKind::File
    } else if found.is_symlink() {
        StepKind::Link
    } else {
        debug_assert!(
            found.is_fifo() || found.is_socket() || found.is_block_device() || found.is_char_device()
        );
        StepKind::Other
    }
}

/// The names of iproute2: those of the distribution, then those of the administrator, which win.
fn read_names(names: Names) -> BTreeMap<String, u32> {
    let file = match names {
        Names::Table => "rt_tables",
        Names::Protocol => "rt_protos",
        Names::Realm => "rt_realms",
        Names::DsField => "rt_dsfield",
        Names::Scope => "rt_scopes",
        Names::LinkGroup => "group",
    };
    let mut found = BTreeMap::new();
    for directory in ["/usr/share/iproute2", "/usr/lib/iproute2", "/etc/iproute2"] {
        let mut files = vec![PathBuf::from(format!("{directory}/{file}"))];
        let more = glob::glob(&format!("{directory}/{file}.d/*.conf")).ok();
        files.extend(more.into_iter().flatten().filter_map(Result::ok));
        for text in files.iter().filter_map(|file| fs::read_to_string(file).ok()) {
            found.extend(text.lines().filter_map(numbered_name));
        }
    }
    found
}

/// A line `NUMBER NAME`, the number decimal or `0x` hexadecimal.
fn numbered_name(line: &str) -> Option<(String, u32)> {
    let mut words = line.split('#').next()?.split_ascii_whitespace();
    let (number, name) = (words.next()?, words.next()?);
    let number = match number.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    Some((name.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_iproute2_writes_them() {
        assert_eq!(numbered_name("0x10\tAF11 # dscp"), Some(("AF11".into(), 16)));
        assert_eq!(numbered_name("254 main"), Some(("main".into(), 254)));
        assert_eq!(numbered_name("# 1 none"), None);
        assert_eq!(numbered_name("x y"), None);
    }

    #[test]
    fn a_path_is_walked_to_its_end() {
        let machine = Machine::new(Some("id"), 7);
        let found = machine.inspect(Path::new("/proc/self/..")).unwrap();
        assert_eq!(found.resolved, Path::new("/proc"));
        let missing = machine.inspect(Path::new("/proc/no/such")).unwrap_err();
        assert_eq!(missing.at, Path::new("/proc/no"));
        assert_eq!(missing.reason, "No such file or directory");
    }

    #[test]
    fn the_files_of_the_kernel_are_told_from_others() {
        let machine = Machine::new(None, 0);
        assert_eq!(machine.file_system(Path::new("/proc")).unwrap().untold, Some("proc"));
        assert_eq!(machine.file_system(Path::new("/sys")).unwrap().untold, Some("sysfs"));
        assert_eq!(machine.file_system(&std::env::temp_dir()), Some(FileSystem::default()));
        assert_eq!(machine.file_system(Path::new("/no/such")), None);
    }

    #[test]
    fn the_loopback_interface_is_there_and_others_are_not() {
        let machine = Machine::new(None, 0);
        assert_eq!(machine.interface("lo"), Presence::Present);
        assert_eq!(machine.interface("no-such-if"), Presence::Absent);
    }

    #[test]
    fn directories_and_programs_are_not_read() {
        let machine = Machine::new(None, 0);
        assert_eq!(machine.read(Path::new("/proc")), Err(LoadError::Directory));
        assert_eq!(machine.read(Path::new("/dev/null")), Err(LoadError::NotPlain));
        assert_eq!(machine.read(Path::new("/no/such/file")), Err(LoadError::Missing));
    }
}
