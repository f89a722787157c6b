//! Where a daemon keeps its files, and what its processes are called: several of them can run on one host.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Options, Role};
use crate::conf::model::Settings;

/// Where pid files are.
const RUN: &str = "/run";
/// Where they are if there may be several daemons.
pub(super) const OWN_RUN: &str = "/run/keepalived";
/// Where temporary files are if the environment does not say.
const TEMPORARY: &str = "/tmp";
/// The log file that has no name of its own.
const LOG: &str = "keepalived.log";
/// What the names of all processes in the log begin with.
pub(super) const IDENT: &str = "Keepalived";
/// What the parent process is called, and its pid file.
const PARENT: &str = "keepalived";

/// The network namespace to run in: that of the command line, or else of the configuration.
pub(super) fn namespace<'a>(options: &'a Options, settings: &'a Settings) -> Option<&'a str> {
    options.namespace.as_deref().or(settings.place.namespace.as_deref())
}

/// What tells the log names of this daemon from those of others: `_NETNS_INSTANCE`, as far as there are any.
pub(super) fn called(options: &Options, settings: &Settings) -> String {
    let parts = [namespace(options, settings), settings.place.instance.as_deref()];
    parts.into_iter().flatten().flat_map(|part| ["_", part]).collect()
}

/// The log file of the process that the log calls `ident`: the part that tells it from others goes before the last dot
/// of the name. The one without a name is in the directory for temporary files.
pub(super) fn log_file(named: Option<&Path>, ident: &str) -> PathBuf {
    let path = named.map_or_else(|| directory().join(LOG), Path::to_owned);
    inserted(&path, ident.strip_prefix(IDENT).unwrap_or_default())
}

/// The directory for temporary files: `TMPDIR` if that is an absolute path.
pub(super) fn directory() -> PathBuf {
    let said = std::env::var_os("TMPDIR").map(PathBuf::from).filter(|path| path.is_absolute());
    said.unwrap_or_else(|| TEMPORARY.into())
}

/// The path with something before the last dot of its name.
pub(super) fn inserted(path: &Path, insert: &str) -> PathBuf {
    let (Some(stem), Some(_)) = (path.file_stem(), path.file_name()) else { return path.to_owned() };
    let mut name: OsString = stem.to_owned();
    name.push(insert);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// The pid file of a child, or of the parent.
pub(super) fn pid_file(of: Option<Role>, options: &Options, settings: &Settings) -> PathBuf {
    if let Some(named) = options.pid_files.of(of) {
        return named.to_owned();
    }
    let place = &settings.place;
    let own = place.pid_dir || place.instance.is_some() || namespace(options, settings).is_some();
    let stem = of.map_or(PARENT, Role::word);
    let name = match &place.instance {
        Some(instance) => format!("{stem}_{instance}.pid"),
        None => format!("{stem}.pid"),
    };
    Path::new(if own { OWN_RUN } else { RUN }).join(name)
}

/// The permissions that new files do not get.
pub(super) fn umask(options: &Options, settings: &Settings) -> u32 {
    options.umask.or(settings.files.umask.map(u32::from)).unwrap_or(Options::UMASK)
}

/// Where it is written down what settings of interfaces were before they were changed.
pub(super) fn changed_settings(options: &Options, settings: &Settings) -> PathBuf {
    pid_file(Some(Role::Vrrp), options, settings).with_extension("settings")
}

/// Where it is written down which interfaces and tables were made.
pub(super) fn made(options: &Options, settings: &Settings) -> PathBuf {
    pid_file(Some(Role::Vrrp), options, settings).with_extension("made")
}

/// What a process is called in lists of processes.
pub(super) fn process_name(of: Option<Role>, settings: &Settings) -> &str {
    let processes = &settings.processes;
    let (own, usual) = match of {
        None => (&processes.parent_name, PARENT),
        Some(role) => {
            let process = match role {
                Role::Vrrp => &processes.vrrp,
                Role::Checkers => &processes.checker,
                Role::Bfd => &processes.bfd,
            };
            (&process.name, role.usual_name())
        }
    };
    match own {
        Some(name) => name,
        None if processes.usual_names => usual,
        None => processes.parent_name.as_deref().unwrap_or(PARENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(options: &Options, settings: &Settings) -> Vec<String> {
        let roles = std::iter::once(None).chain(Role::ALL.map(Some));
        roles.map(|role| pid_file(role, options, settings).display().to_string()).collect()
    }

    #[test]
    fn pid_files_are_where_everybody_looks() {
        let mut options = Options::new(Vec::new());
        let mut settings = Settings::default();
        let usual = ["/run/keepalived.pid", "/run/vrrp.pid", "/run/checkers.pid", "/run/bfd.pid"];
        assert_eq!(files(&options, &settings), usual);
        settings.place.pid_dir = true;
        assert_eq!(
            files(&options, &settings)[..2],
            ["/run/keepalived/keepalived.pid", "/run/keepalived/vrrp.pid"]
        );
        settings.place.instance = Some("one".into());
        assert_eq!(files(&options, &settings)[3], "/run/keepalived/bfd_one.pid");
        options.pid_files.name(Some(Role::Bfd), "/tmp/b".into());
        assert_eq!(files(&options, &settings)[3], "/tmp/b");
        let options = Options { namespace: Some("blue".into()), ..Options::new(Vec::new()) };
        assert_eq!(files(&options, &Settings::default())[1], "/run/keepalived/vrrp.pid");
    }

    #[test]
    fn every_process_has_a_log_file() {
        let named = Some(Path::new("/var/log/lb.one.log"));
        let shown = |named, ident| log_file(named, ident).display().to_string();
        assert_eq!(shown(named, "Keepalived"), "/var/log/lb.one.log");
        assert_eq!(shown(named, "Keepalived_vrrp_blue_one"), "/var/log/lb.one_vrrp_blue_one.log");
        assert_eq!(shown(Some(Path::new("/log/x")), "Keepalived_bfd"), "/log/x_bfd");
        assert_eq!(log_file(None, "Keepalived_vrrp"), directory().join("keepalived_vrrp.log"));
    }

    #[test]
    fn the_log_tells_daemons_apart() {
        let mut options = Options::new(Vec::new());
        let mut settings = Settings::default();
        assert_eq!(called(&options, &settings), "");
        settings.place.instance = Some("one".into());
        assert_eq!(called(&options, &settings), "_one");
        settings.place.namespace = Some("red".into());
        options.namespace = Some("blue".into());
        assert_eq!(called(&options, &settings), "_blue_one");
    }

    #[test]
    fn processes_have_the_names_that_are_wanted() {
        let mut settings = Settings::default();
        let names = |settings: &Settings| {
            [None, Some(Role::Vrrp), Some(Role::Checkers)].map(|role| process_name(role, settings).to_owned())
        };
        assert_eq!(names(&settings), ["keepalived", "keepalived", "keepalived"]);
        settings.processes.parent_name = Some("lb".into());
        assert_eq!(names(&settings), ["lb", "lb", "lb"]);
        settings.processes.usual_names = true;
        settings.processes.vrrp.name = Some("lb-vrrp".into());
        assert_eq!(names(&settings), ["lb", "lb-vrrp", "keepalived_lvs"]);
    }
}
