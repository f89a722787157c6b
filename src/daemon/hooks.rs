//! Runs the user's hooks: for each instance one at a time, in the order of the changes that they are about.
//!
//! A hook that does not end does not hold up the others for ever: after a while it is left to itself.

use std::collections::VecDeque;

use super::scripts::{Purpose, Scripts};
use crate::base::id::InstanceId;
use crate::base::table::Table;
use crate::base::time::{Instant, Span};
use crate::conf::model::{Command, Model};
use crate::report::hooks::{Effect, Pipe, effects};
use crate::sys::fifo::{Fifo, Written};
use crate::vrrp::event::{Notify, Outcome};

/// How long the next hook waits for one that does not end.
const PATIENCE: Span = Span::from_secs(60);
/// How many hooks of one instance may wait; beyond that the oldest is forgotten.
const LONGEST_QUEUE: usize = 64;

/// The hooks of every instance.
#[derive(Debug)]
pub(super) struct Hooks {
    queues: Table<InstanceId, Queue>,
    global: Option<Fifo>,
    vrrp: Option<Fifo>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Hook>,
    running: Option<Run>,
}

#[derive(Debug)]
struct Hook {
    command: Command,
    further: Vec<String>,
    /// What it is told, for the log.
    word: &'static str,
}

#[derive(Debug)]
struct Run {
    pid: i32,
    since: Instant,
    name: String,
}

impl Hooks {
    /// Opens the pipes. One that cannot be opened is said and left out: state changes matter more than telling them.
    pub(super) fn new(model: &Model) -> Hooks {
        let open = |conf: &Option<crate::conf::model::notify::Fifo>| {
            let conf = conf.as_ref()?;
            Fifo::open(&conf.path, conf.owner)
                .map_err(|error| tracing::error!("{error}; it will not be told"))
                .ok()
        };
        let global = open(&model.global.notify_fifo);
        let same = model.global.vrrp_notify_fifo.as_ref().map(|fifo| &fifo.path)
            == model.global.notify_fifo.as_ref().map(|fifo| &fifo.path);
        let vrrp = if same { None } else { open(&model.global.vrrp_notify_fifo) };
        let queues = model.instances.values().map(|_| Queue::default()).collect();
        Hooks { queues, global, vrrp }
    }

    /// Does what a change calls for: pipes at once, commands in their turn.
    pub(super) fn notify(&mut self, notify: &Notify, model: &Model, scripts: &mut Scripts, now: Instant) {
        for effect in effects(notify, model) {
            match effect {
                Effect::Line(Pipe::Global, line) => write(&mut self.global, &line),
                Effect::Line(Pipe::Vrrp, line) => write(&mut self.vrrp, &line),
                Effect::Run(command, further) => {
                    let hook = Hook { command: command.clone(), further, word: notify.what.word() };
                    self.enqueue(notify.who, hook, model);
                }
            }
        }
        self.advance(notify.who, model, scripts, now);
    }

    fn enqueue(&mut self, who: InstanceId, hook: Hook, model: &Model) {
        let Some(queue) = self.queues.get_mut(who) else { return };
        queue.waiting.push_back(hook);
        if queue.waiting.len() > LONGEST_QUEUE
            && let Some(forgotten) = queue.waiting.pop_front()
        {
            tracing::error!(
                "({}) too many hooks wait; {} is not told of {}",
                name(who, model),
                forgotten.command.program().display(),
                forgotten.word
            );
        }
    }

    /// Starts the next hook of an instance if none runs.
    fn advance(&mut self, who: InstanceId, model: &Model, scripts: &mut Scripts, now: Instant) {
        let Some(queue) = self.queues.get_mut(who) else { return };
        while queue.running.is_none() {
            let Some(hook) = queue.waiting.pop_front() else { return };
            let program = hook.command.program().display().to_string();
            let further: Vec<&str> = hook.further.iter().map(String::as_str).collect();
            match scripts.start(Purpose::Hook(who), &hook.command, &further) {
                Ok(pid) => {
                    let name = format!("({}) {program}, told {},", name(who, model), hook.word);
                    queue.running = Some(Run { pid, since: now, name });
                }
                Err(error) => tracing::error!("({}) {error}", name(who, model)),
            }
        }
    }

    /// A hook has ended.
    pub(super) fn ended(
        &mut self,
        who: InstanceId,
        pid: i32,
        outcome: Outcome,
        model: &Model,
        scripts: &mut Scripts,
        now: Instant,
    ) {
        let Some(queue) = self.queues.get_mut(who) else { return };
        let Some(run) = queue.running.take_if(|run| run.pid == pid) else {
            tracing::info!(
                "({}) a hook that nobody waited for has ended: {}",
                name(who, model),
                said(outcome)
            );
            return;
        };
        if outcome == Outcome::Exited(0) {
            tracing::debug!("{} has ended well", run.name);
        } else {
            tracing::warn!("{} {}", run.name, said(outcome));
        }
        self.advance(who, model, scripts, now);
    }

    /// When the patience with a hook that others wait for ends.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let held_up = self.queues.values().filter(|queue| !queue.waiting.is_empty());
        held_up.filter_map(|queue| queue.running.as_ref().map(|run| run.since + PATIENCE)).min()
    }

    /// Leaves hooks to themselves that others have waited for long enough.
    pub(super) fn expire(&mut self, model: &Model, scripts: &mut Scripts, now: Instant) {
        let overdue = |queue: &Queue| {
            let run = queue.running.as_ref().filter(|_| !queue.waiting.is_empty());
            run.is_some_and(|run| run.since + PATIENCE <= now)
        };
        let overdue: Vec<InstanceId> =
            self.queues.iter().filter(|(_, queue)| overdue(queue)).map(|(who, _)| who).collect();
        for who in overdue {
            if let Some(run) = self.queues.get_mut(who).and_then(|queue| queue.running.take()) {
                tracing::warn!("{} still runs after {PATIENCE}; others do not wait any longer", run.name);
            }
            self.advance(who, model, scripts, now);
        }
    }

    /// Whether no hook runs or waits.
    pub(super) fn are_idle(&self) -> bool {
        self.queues.values().all(|queue| queue.running.is_none() && queue.waiting.is_empty())
    }

    /// Says which hooks will not be waited for any longer.
    pub(super) fn abandon(&mut self) {
        for queue in self.queues.values_mut() {
            if let Some(run) = queue.running.take() {
                tracing::warn!("{} still runs and is killed", run.name);
            }
            for hook in queue.waiting.drain(..) {
                tracing::warn!("{} is not told of {}", hook.command.program().display(), hook.word);
            }
        }
    }
}

fn name(who: InstanceId, model: &Model) -> &str {
    model.instances.get(who).map_or("?", |instance| &instance.name)
}

fn said(outcome: Outcome) -> String {
    match outcome {
        Outcome::Exited(status) => format!("exited with status {status}"),
        Outcome::Killed(signal) => format!("was ended by signal {signal}"),
        Outcome::NotStarted(errno) => {
            format!("could not be started: {}", crate::sys::describe(errno))
        }
    }
}

fn write(pipe: &mut Option<Fifo>, line: &str) {
    let Some(fifo) = pipe else { return };
    let path = fifo.path().display().to_string();
    match fifo.write(line) {
        Written::Yes { lost_before: 0 } | Written::Lost => {}
        Written::Yes { lost_before } => tracing::warn!("{path} takes lines again; {lost_before} were lost"),
        Written::FirstLost => tracing::warn!("{path} is full, lines to it are lost: does anybody read it?"),
    }
}

#[cfg(test)]
mod tests;
