//! Dump files: where they are, who may read them, and when they are whole.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use crate::{PATIENCE, dump, expect_file, master, send};

/// The dumps with the signals that ask for them.
const DUMPS: [(&str, &str); 3] =
    [("USR1", "keepalived.data"), ("USR2", "keepalived.stats"), ("36", "keepalived.json")];

/// VyOS waits until a file of exactly this name in /tmp has been closed after writing, and reads it then: it has to be
/// whole. Then it removes the file.
fn vyos_waits_for_the_file_to_be_closed(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    for (signal, name) in DUMPS {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK).expect("inotify");
        inotify.add_watch(&a.host_path("/tmp/"), AddWatchFlags::IN_CLOSE_WRITE).expect("a directory");
        send(a.daemon_process(), signal);
        let closed = poll_until(PATIENCE, || {
            let events = inotify.read_events().unwrap_or_default();
            events.iter().any(|event| event.name.as_deref() == Some(name.as_ref())).then_some(())
        });
        // 2.2.7 renames the JSON file before it opens it, or writes it so fast that nothing is seen between: it is seen.
        assert!(closed.is_some(), "{name} of {} was not seen being closed", a.program());
        let path = format!("/tmp/{name}");
        let at_once = a.read(&path);
        pause(millis(200));
        assert_eq!(at_once, a.read(&path), "{name} was not whole when it was closed");
        assert!(at_once.ends_with('\n') && at_once.len() > 100, "{name}: {at_once}");
        a.remove_file(&path);
    }
}

/// Only root can read them, unless the umask of the configuration or of the command line says otherwise.
fn permissions(lab: &Lab) {
    let a = lab.node("a");
    let modes = |node: &Node| {
        DUMPS.map(|(signal, name)| {
            let path = format!("/tmp/{name}");
            let _ = dump(node, signal, &path);
            fs::metadata(node.host_path(&path)).expect("a file").permissions().mode() & 0o7777
        })
    };
    for (line, options, mode) in [
        ("", &[][..], 0o600),
        ("umask 0022", &[], 0o644),
        ("umask 0022", &["-u", "0037"], 0o640),
        ("", &["--umask=0x1f"], 0o640),
    ] {
        a.write(CONFIG, &Conf::v3(100).global(line).text());
        a.restart_with(options);
        lab.expect_owner("a", VIP4).within(PATIENCE);
        assert_eq!(modes(a), [mode; 3], "{line} {options:?}");
        a.stop();
    }
}

/// They are in `TMPDIR` if that is an absolute path.
fn directory(lab: &Lab) {
    let a = lab.node("a");
    fs::create_dir(a.host_path("/run/dumps")).expect("a directory");
    a.keep_temporary_files_in("/run/dumps");
    a.start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    for (signal, name) in DUMPS {
        let _ = dump(a, signal, &format!("/run/dumps/{name}"));
        assert!(!a.has_file(&format!("/tmp/{name}")));
    }
    let _ = expect_file(a, "/run/dumps/keepalived_parent.data");
    a.stop();
    a.keep_temporary_files_in("run/dumps");
    a.restart();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let _ = dump(a, "USR1", "/tmp/keepalived.data");
}

/// A symbolic link in the place of a dump is replaced; what it points to is left alone.
fn links_are_not_followed(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    for (signal, name) in DUMPS {
        a.write("/run/victim", "mine\n");
        let path = format!("/tmp/{name}");
        symlink("/run/victim", a.host_path(&path)).expect("a link");
        send(a.daemon_process(), signal);
        let replaced = poll_until(PATIENCE, || {
            let about = a.host_path(&path).symlink_metadata().ok()?;
            (about.is_file() && about.len() > 100).then_some(())
        });
        assert!(replaced.is_some(), "{name} is a link still");
        assert_eq!(a.read("/run/victim"), "mine\n", "{name}");
    }
}

/// Without an instance there is no JSON, and nothing breaks.
fn nothing_to_tell(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, "global_defs {\n}\n");
    a.restart_with(&["--all"]);
    let _ = expect_file(a, "/run/vrrp.pid");
    pause(millis(500));
    let _ = dump(a, "USR1", "/tmp/keepalived.data");
    send(a.daemon_process(), "36");
    pause(millis(500));
    assert!(!a.has_file("/tmp/keepalived.json"));
    assert!(a.is_running());
}

alone!(vyos_waits_for_the_file_to_be_closed, permissions, directory, links_are_not_followed, nothing_to_tell);
