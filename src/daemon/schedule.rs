//! When and where a process runs, as the configuration has it. What is not permitted is said, and is no reason to end.

use crate::base::time::Span;
use crate::conf::model::settings::{Process, Processes};
use crate::sys::Error;
use crate::sys::schedule;

/// When and where this process runs: what is in force, so that a reload can change it and take back what is not said any
/// more.
#[derive(Debug)]
pub(super) struct Manner {
    /// The CPUs that it was born with.
    cpus: Vec<u16>,
    in_force: Process,
}

impl Manner {
    /// That of a process that nothing has been said of.
    pub(super) fn of_birth() -> Manner {
        Manner { cpus: schedule::cpus(), in_force: Process::default() }
    }

    /// Applies what is said of this process to the thread that asks, as far as it is not in force.
    pub(super) fn adopt(&mut self, process: &Process) {
        let tell = |result: Result<(), Error>| {
            if let Err(error) = result {
                tracing::warn!("{error}; going on without it");
            }
        };
        let before = std::mem::replace(&mut self.in_force, process.clone());
        if process.nice != before.nice {
            tell(schedule::set_nice(process.nice));
        }
        if process.cpus != before.cpus {
            tell(schedule::set_cpus(if process.cpus.is_empty() { &self.cpus } else { &process.cpus }));
        }
        match (before.no_swap, process.no_swap) {
            (false, true) => tell(schedule::lock_memory()),
            (true, false) => tell(schedule::unlock_memory()),
            (false, false) | (true, true) => {}
        }
        let real_time = |of: &Process| of.rt_priority.map(|priority| (priority, of.rttime));
        match (real_time(&before), real_time(process)) {
            (before, now) if before == now => {}
            (_, Some((priority, rttime))) => {
                tell(schedule::limit_real_time(rttime));
                tell(schedule::set_real_time(priority));
            }
            (_, None) => tell(schedule::set_ordinary()),
        }
    }
}

/// The highest real-time priority (sched(7)).
const HIGHEST: u8 = 99;

/// `max_auto_priority`: a process whose timers are late gets a real-time priority, and a higher one each time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Urgency {
    /// The priority that is configured; 0 is none.
    first: u8,
    /// The priority now; 0 is none.
    now: u8,
    /// The highest that it leads to; 0: never.
    most: u8,
    /// How late a timer has to be.
    delay: Span,
}

impl Urgency {
    /// That of a process which has the priority of its own that is configured.
    pub(super) fn of(process: &Process, processes: &Processes) -> Urgency {
        let most = processes.max_auto_priority.map_or(HIGHEST, |most| u8::try_from(most).unwrap_or(0));
        let now = process.rt_priority.unwrap_or(0);
        Urgency { first: now, now, most, delay: processes.min_auto_priority_delay }
    }

    /// The same after a reload: what late timers have led to stays, unless another priority is configured now.
    pub(super) fn after(self, process: &Process, processes: &Processes) -> Urgency {
        let new = Urgency::of(process, processes);
        if new.first == self.first { Urgency { now: self.now, ..new } } else { new }
    }

    /// A timer was late. Gives the priority that follows from that, if it is another one.
    pub(super) fn late(&mut self, late: Span) -> Option<u8> {
        if late < self.delay || self.now >= self.most {
            return None;
        }
        self.now += 1;
        Some(self.now)
    }
}

/// Takes a real-time priority because timers are late.
pub(super) fn raise(priority: u8, rttime: Span) {
    let raised = schedule::limit_real_time(rttime).and_then(|()| schedule::set_real_time(priority));
    match raised {
        Ok(()) => tracing::warn!("timers are late: running at real-time priority {priority} from now on"),
        Err(error) => tracing::warn!("timers are late, and no priority helps: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raised(most: Option<i8>, late: Span, times: usize) -> Vec<Option<u8>> {
        let processes = Processes { max_auto_priority: most, ..Processes::default() };
        let mut urgency = Urgency::of(&Process::default(), &processes);
        (0..times).map(|_| urgency.late(late)).collect()
    }

    #[test]
    fn late_timers_raise_the_priority_up_to_what_is_permitted() {
        assert_eq!(raised(Some(2), Span::from_secs(1), 3), [Some(1), Some(2), None]);
        assert_eq!(raised(Some(2), Span::from_millis(999), 1), [None]);
        assert_eq!(raised(None, Span::from_secs(2), 100).into_iter().flatten().last(), Some(HIGHEST));
    }

    #[test]
    fn a_reload_takes_back_only_what_it_changes() {
        let processes = Processes { max_auto_priority: Some(9), ..Processes::default() };
        let process = |rt_priority| Process { rt_priority, ..Process::default() };
        let mut urgency = Urgency::of(&process(None), &processes);
        assert_eq!(urgency.late(Span::from_secs(1)), Some(1));
        assert_eq!(urgency.after(&process(None), &processes).late(Span::from_secs(1)), Some(2));
        assert_eq!(urgency.after(&process(Some(5)), &processes).late(Span::from_secs(1)), Some(6));
    }

    #[test]
    fn nobody_gets_a_priority_unasked() {
        assert_eq!(raised(Processes::default().max_auto_priority, Span::from_secs(9), 1), [None]);
        assert_eq!(raised(Some(-1), Span::from_secs(9), 1), [None]);
    }
}
