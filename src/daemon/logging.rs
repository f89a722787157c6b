//! Where the log of a process goes.

use std::path::Path;

use super::Options;
use crate::report::log::{self, Style, Writers};
use crate::sys::console::Console;
use crate::sys::{clock, syslog};

/// Begins to log as `ident`.
///
/// A process in the foreground that nobody would hear, because no log daemon listens, logs to the console. Tells
/// whether it does.
pub(super) fn start(options: &Options, ident: String) -> bool {
    let mut daemon = options.syslog.then(|| syslog::Syslog::at(Path::new(syslog::SOCKET)));
    let unheard = daemon.as_mut().is_some_and(|daemon| !daemon.is_there());
    let on_console = options.foreground && (options.console || unheard);
    let mut writers = Writers::default();
    if let Some(daemon) = daemon {
        writers.syslog = Some(Box::new(daemon));
    }
    if on_console && let Ok(console) = Console::stderr() {
        writers.console = Some(Box::new(console));
    }
    let pid = std::process::id();
    let style = Style { ident, pid, facility: options.facility, clock: clock::local_time };
    // A second beginning in one process leaves the first as it is.
    let _ = log::install(style, writers, options.detail);
    std::panic::set_hook(Box::new(|panic| tracing::error!("internal error, please report it: {panic}")));
    on_console
}
