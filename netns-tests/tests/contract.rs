//! What clients of keepalived rely on, point by point: monitoring, orchestration, scripts and service managers know the
//! daemon by its processes, files, signals and output, and must not notice which program it is.
//!
//! Each module is a point of that contract. Where a client has rules for what it reads, the test has the same rules; the
//! clients are named. Everything is asked of the C program as well.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it finds a fault"
)]

#[path = "contract/genhash.rs"]
mod genhash;
#[path = "contract/life_scripts.rs"]
mod life_scripts;
#[path = "contract/point_01_processes.rs"]
mod point_01_processes;
#[path = "contract/point_02_pid_files.rs"]
mod point_02_pid_files;
#[path = "contract/point_03_signals.rs"]
mod point_03_signals;
#[path = "contract/point_04_dump_files.rs"]
mod point_04_dump_files;
#[path = "contract/point_05_dump_texts.rs"]
mod point_05_dump_texts;
#[path = "contract/point_06_version.rs"]
mod point_06_version;
#[path = "contract/point_07_options.rs"]
mod point_07_options;
#[path = "contract/point_08_notifications.rs"]
mod point_08_notifications;
#[path = "contract/point_09_configuration_test.rs"]
mod point_09_configuration_test;
#[path = "contract/point_10_log.rs"]
mod point_10_log;
#[path = "contract/point_11_kernel.rs"]
mod point_11_kernel;
#[path = "contract/point_12_service_manager.rs"]
mod point_12_service_manager;
#[path = "contract/point_13_snmp_and_dbus.rs"]
mod point_13_snmp_and_dbus;
#[path = "contract/reload_of_processes.rs"]
mod reload_of_processes;
#[path = "contract/surroundings.rs"]
mod surroundings;
#[path = "contract/upgrade.rs"]
mod upgrade;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use netns_tests::command;
use netns_tests::prelude::*;

/// A deadline for what may happen late on a loaded host.
const PATIENCE: Duration = secs(8);

/// The python that Debian's packages are for.
const PYTHON: &str = "/usr/bin/python3";

/// Starts the daemon of `a` on `conf` and waits until it is master.
fn master<'a>(lab: &'a Lab, conf: &Conf) -> &'a Node {
    let a = lab.node("a");
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a
}

/// Sends a signal by its number, also one without a name.
fn send(pid: i32, signal: &str) {
    let said = command::run(&["kill", "-s", signal, &pid.to_string()]);
    assert_eq!(said, "", "kill says");
}

/// Waits until the node's file `path` is there and ends with a newline.
fn expect_file(node: &Node, path: &str) -> String {
    let read = || fs::read_to_string(node.host_path(path)).ok().filter(|text| text.ends_with('\n'));
    poll_until(PATIENCE, read).unwrap_or_else(|| panic!("no {path} on {}: {}", node.name(), node.log()))
}

/// Asks the daemon for a dump and returns it.
fn dump(node: &Node, signal: &str, path: &str) -> String {
    fs::remove_file(node.host_path(path)).ok();
    send(node.daemon_process(), signal);
    let _ = expect_file(node, path);
    // The C program names a file before it has written it.
    pause(millis(150));
    expect_file(node, path)
}

/// What the python code `client` prints, given the file `path` as its argument.
fn python(client: &str, path: &PathBuf) -> String {
    let output = Command::new(PYTHON).arg("-c").arg(client).arg(path).output().expect("python3");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client}\n{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
