//! Where dumps are: `keepalived.data` and its like in the directory for temporary files, unless the configuration says
//! something else of the data files (`state_dump_file`, `data_use_instance`). As in the C program, `stats_dump_file` and
//! `json_dump_file` are read and not followed.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::super::place::{directory, inserted};
use super::Kind;
use crate::conf::model::Settings;

/// The file of a dump of the VRRP process.
pub(super) fn of(kind: Kind, settings: &Settings) -> PathBuf {
    match kind {
        Kind::Data => data(settings, None),
        Kind::Stats | Kind::StatsClear => directory().join("keepalived.stats"),
        Kind::Json => directory().join("keepalived.json"),
    }
}

/// The data file of a process: its suffix and the name of the instance go before the extension.
pub(super) fn data(settings: &Settings, suffix: Option<&str>) -> PathBuf {
    let path = resolved(settings.files.state_dump.as_deref(), "keepalived.data");
    let place = &settings.place;
    let names: Vec<&str> =
        [&place.namespace, &place.instance].into_iter().flatten().map(|name| &**name).collect();
    let mut insert = suffix.unwrap_or_default().to_owned();
    if settings.files.named_dumps && !names.is_empty() {
        insert.push('.');
        insert.push_str(&names.join("_"));
    }
    inserted(&path, &insert)
}

/// A path is as it is, a directory gets the usual name, and a name is one of the usual directory.
fn resolved(said: Option<&Path>, usual: &str) -> PathBuf {
    let said = match said {
        None => return directory().join(usual),
        Some(said) if said.as_os_str().as_bytes().ends_with(b"/") => said.join(usual),
        Some(said) => said.to_owned(),
    };
    // Joining an absolute path leaves that.
    directory().join(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &Path) -> String {
        path.display().to_string()
    }

    #[test]
    fn names_of_processes_and_instances_go_before_the_extension() {
        let mut settings = Settings::default();
        settings.files.state_dump = Some(Path::new("/var/x/state.v1.txt").into());
        assert_eq!(shown(&data(&settings, None)), "/var/x/state.v1.txt");
        assert_eq!(shown(&data(&settings, Some("_parent"))), "/var/x/state.v1_parent.txt");
        settings.files.named_dumps = true;
        assert_eq!(shown(&data(&settings, None)), "/var/x/state.v1.txt", "there is no name to use");
        settings.place.instance = Some("left".into());
        assert_eq!(shown(&data(&settings, Some("_parent"))), "/var/x/state.v1_parent.left.txt");
        settings.place.namespace = Some("blue".into());
        assert_eq!(shown(&data(&settings, None)), "/var/x/state.v1.blue_left.txt");
        settings.files.state_dump = Some(Path::new("/var/x/").into());
        assert_eq!(shown(&data(&settings, None)), "/var/x/keepalived.blue_left.data");
        settings.files.state_dump = Some(Path::new("/var/x/plain").into());
        assert_eq!(shown(&data(&settings, None)), "/var/x/plain.blue_left");
    }

    #[test]
    fn statistics_and_json_are_where_exporters_look_for_them() {
        let mut settings = Settings::default();
        settings.files.stats_dump = Some(Path::new("/run/mine.stats").into());
        settings.files.json_dump = Some(Path::new("/run/j/").into());
        assert_eq!(of(Kind::StatsClear, &settings), directory().join("keepalived.stats"));
        assert_eq!(of(Kind::Json, &settings), directory().join("keepalived.json"));
    }
}
