//! When and where this process runs, and that its memory stays: priorities, CPUs, memory locks (sched(7), mlock(2)).

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{RLIM_INFINITY, Resource, rlim_t, setrlimit};
use nix::unistd::Pid;

use super::{Attempt, Error};
use crate::base::time::Span;

/// This process, or the thread that asks.
const OURSELVES: libc::pid_t = 0;

/// Sets the nice value: -20 (runs first) to 19. Processes that we start get the same.
///
/// # Errors
/// If it is better than we may have (`CAP_SYS_NICE`).
pub fn set_nice(nice: i8) -> Result<(), Error> {
    #[expect(unsafe_code, reason = "nix does not have setpriority")]
    // SAFETY: the call takes numbers alone.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice.into()) };
    outcome(result).attempt("set", format_args!("the nice value {nice} (it takes CAP_SYS_NICE)"))
}

/// Runs this thread before every ordinary one (`SCHED_RR`), at a priority from 1 to 99. What it starts runs as usual.
///
/// # Errors
/// If we may not (`CAP_SYS_NICE`).
pub fn set_real_time(priority: u8) -> Result<(), Error> {
    let policy = libc::SCHED_RR | libc::SCHED_RESET_ON_FORK;
    let param = libc::sched_param { sched_priority: priority.into() };
    #[expect(unsafe_code, reason = "nix does not have sched_setscheduler")]
    // SAFETY: the kernel reads the parameter, which lives until the call is over.
    let result = unsafe { libc::sched_setscheduler(OURSELVES, policy, &raw const param) };
    outcome(result).attempt("set", format_args!("the real-time priority {priority} (it takes CAP_SYS_NICE)"))
}

/// Runs this thread as every other one again.
///
/// # Errors
/// If the kernel refuses, which it has no reason to.
pub fn set_ordinary() -> Result<(), Error> {
    let param = libc::sched_param { sched_priority: 0 };
    #[expect(unsafe_code, reason = "nix does not have sched_setscheduler")]
    // SAFETY: the kernel reads the parameter, which lives until the call is over.
    let result = unsafe { libc::sched_setscheduler(OURSELVES, libc::SCHED_OTHER, &raw const param) };
    outcome(result).attempt("give up", "the real-time priority")
}

/// Limits how long a thread at real-time priority may run without a pause: a signal at half of it, the end at the whole.
///
/// # Errors
/// If the hard limit is lower already.
pub fn limit_real_time(span: Span) -> Result<(), Error> {
    let hard: rlim_t = span.as_micros();
    setrlimit(Resource::RLIMIT_RTTIME, hard / 2, hard)
        .attempt("set", format_args!("the limit of {span} on running at real-time priority without a pause"))
}

/// Runs this thread on these CPUs only.
///
/// # Errors
/// If none of them can be used.
pub fn set_cpus(cpus: &[u16]) -> Result<(), Error> {
    let list = || cpus.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(usize::from(*cpu)).attempt("use", format_args!("the CPU {cpu}"))?;
    }
    sched_setaffinity(Pid::from_raw(OURSELVES), &set).attempt("run on", format_args!("the CPUs {}", list()))
}

/// The CPUs that this thread may run on; none if the kernel does not say.
#[must_use]
pub fn cpus() -> Vec<u16> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(OURSELVES)) else { return Vec::new() };
    let known = (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu) == Ok(true));
    known.filter_map(|cpu| u16::try_from(cpu).ok()).collect()
}

/// Lets the kernel move memory out again.
///
/// # Errors
/// If it refuses, which it has no reason to.
pub fn unlock_memory() -> Result<(), Error> {
    #[expect(unsafe_code, reason = "nix has munlockall in a feature for maps alone")]
    // SAFETY: the call changes no content of memory.
    let result = unsafe { libc::munlockall() };
    outcome(result).attempt("let go of", "the memory of the process")
}

/// Keeps what is and will be in memory there, from the moment it is first used.
///
/// # Errors
/// If memory that may be locked has a limit that we may not lift (`CAP_IPC_LOCK`): later allocations would fail.
pub fn lock_memory() -> Result<(), Error> {
    let lifted = setrlimit(Resource::RLIMIT_MEMLOCK, RLIM_INFINITY, RLIM_INFINITY)
        .attempt("lift", "the limit on locked memory (it takes CAP_IPC_LOCK, or no limit at the start)");
    if !may_lock_everything() {
        lifted?;
    }
    let flags = libc::MCL_CURRENT | libc::MCL_FUTURE | libc::MCL_ONFAULT;
    #[expect(unsafe_code, reason = "nix does not know MCL_ONFAULT")]
    // SAFETY: the call takes flags alone, and changes no content of memory.
    let result = unsafe { libc::mlockall(flags) };
    outcome(result).attempt("keep", "the process in memory")
}

/// Whether the limit on locked memory does not concern us: `CAP_IPC_LOCK`, and not only in a user namespace.
fn may_lock_everything() -> bool {
    const IPC_LOCK: u64 = 1 << 14;
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let status = read("/proc/thread-self/status");
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let whole_host = read("/proc/self/uid_map").split_whitespace().eq(["0", "0", "4294967295"]);
    whole_host && effective.is_some_and(|mask| mask & IPC_LOCK != 0)
}

fn outcome(result: libc::c_int) -> std::io::Result<()> {
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a thread of its own, since these are settings of threads.
    fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| scope.spawn(work).join().unwrap())
    }

    /// The field of `/proc/thread-self/stat` of this number, from 1 (proc_pid_stat(5)).
    fn field(number: usize) -> String {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let after_name = stat.rsplit_once(") ").unwrap().1.to_owned();
        after_name.split(' ').nth(number - 3).unwrap().to_owned()
    }

    #[test]
    fn what_is_set_is_what_the_kernel_shows() {
        apart(|| {
            set_nice(7).unwrap();
            assert_eq!(field(19), "7");
            set_cpus(&[0]).unwrap();
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            assert!(status.contains("Cpus_allowed_list:\t0\n"), "{status}");
            assert_eq!(cpus(), [0]);
            set_ordinary().unwrap();
            unlock_memory().unwrap();
        });
    }

    #[test]
    fn cpus_that_do_not_exist_are_named() {
        let error = apart(|| set_cpus(&[1023]).unwrap_err()).to_string();
        assert!(error.starts_with("cannot run on the CPUs 1023: "), "{error}");
        assert!(apart(|| set_cpus(&[u16::MAX])).unwrap_err().to_string().contains("the CPU 65535"));
    }
}
