//! When and where a process runs, as the configuration has it. What is not permitted is said, and is no reason to end.

use crate::conf::model::settings::Process;
use crate::sys::Error;
use crate::sys::schedule;

/// Applies what is said of this process to the thread that asks.
pub(super) fn apply(process: &Process) {
    let tell = |result: Result<(), Error>| {
        if let Err(error) = result {
            tracing::warn!("{error}; going on without it");
        }
    };
    if process.nice != 0 {
        tell(schedule::set_nice(process.nice));
    }
    if !process.cpus.is_empty() {
        tell(schedule::set_cpus(&process.cpus));
    }
    if process.no_swap {
        tell(schedule::lock_memory());
    }
    if let Some(priority) = process.rt_priority {
        tell(schedule::limit_real_time(process.rttime));
        tell(schedule::set_real_time(priority));
    }
}
