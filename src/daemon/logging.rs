//! Where the log of a process goes.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use super::{Options, place};
use crate::report::log::{self, Style, Writers};
use crate::sys::console::Console;
use crate::sys::logfile::LogFile;
use crate::sys::{clock, syslog};

/// How long the last lines of a log file may take at the end of a process.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The log file, if there is one.
static FILE: OnceLock<LogFile> = OnceLock::new();

/// Begins to log as `ident`.
///
/// A process in the foreground that nobody would hear, because no log daemon listens, logs to the console. Tells
/// whether it does.
pub(super) fn start(options: &Options, ident: String) -> bool {
    let mut daemon = options.syslog.then(|| syslog::Syslog::at(Path::new(syslog::SOCKET)));
    let unheard = daemon.as_mut().is_some_and(|daemon| !daemon.is_there());
    let path = options.log_file.as_ref().map(|named| place::log_file(named.as_deref(), &ident));
    let file = path.as_deref().map(LogFile::open);
    let on_console = options.foreground && (options.console || unheard && !matches!(file, Some(Ok(_))));
    let mut writers = Writers::default();
    if let Some(daemon) = daemon {
        writers.syslog = Some(Box::new(daemon));
    }
    if on_console && let Ok(console) = Console::stderr() {
        writers.console = Some(Box::new(console));
    }
    if let Some(Ok(file)) = &file {
        writers.file = Some(Box::new(FILE.get_or_init(|| file.clone()).clone()));
    }
    let pid = std::process::id();
    let style = Style { ident, pid, facility: options.facility, clock: clock::precise_local_time };
    // A second beginning in one process leaves the first as it is.
    let _ = log::install(style, writers, options.detail);
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!("internal error, please report it: {panic}");
        finish();
    }));
    if let Some(Err(error)) = file {
        tracing::error!("{error}; going on without a log file");
    }
    on_console
}

/// Waits until the log file has all lines: for a process that is about to end, or to become another one.
pub fn finish() {
    if let Some(file) = FILE.get() {
        file.finish(LAST_LINES);
    }
}
