//! Does what changes of state call for: tells the pipes at once, and runs the user's commands in their turn.

mod queues;

use queues::{Hook, Queues, Run};

use super::scripts::{Purpose, Scripts};
use crate::base::time::Instant;
use crate::conf::model::{Model, notify};
use crate::report::hooks::{Effect, Pipe, effects};
use crate::sys::describe;
use crate::sys::fifo::{Fifo, Written};
use crate::vrrp::event::{Notify, Outcome, Who};

/// The pipes and the commands.
#[derive(Debug)]
pub(super) struct Hooks {
    queues: Queues,
    global: Option<Fifo>,
    vrrp: Option<Fifo>,
}

impl Hooks {
    /// Opens the pipes. One that cannot be opened is said and left out: changing state matters more than telling it.
    pub(super) fn new(model: &Model) -> Hooks {
        let global = &model.global.notify_fifo;
        let vrrp = &model.global.vrrp_notify_fifo;
        let path = |fifo: &Option<notify::Fifo>| fifo.as_ref().map(|fifo| fifo.path.clone());
        let same = path(global) == path(vrrp);
        Hooks {
            queues: Queues::default(),
            global: open(global.as_ref()),
            vrrp: open(vrrp.as_ref().filter(|_| !same)),
        }
    }

    /// Does what a change calls for.
    pub(super) fn notify(&mut self, notify: &Notify, model: &Model, scripts: &mut Scripts, now: Instant) {
        let who = notify.who;
        for effect in effects(notify, model) {
            match effect {
                Effect::Line(Pipe::Global, line) => write(self.global.as_mut(), &line),
                Effect::Line(Pipe::Vrrp, line) => write(self.vrrp.as_mut(), &line),
                Effect::Run(command, further) => {
                    let hook = Hook { command: command.clone(), further, word: notify.what.word() };
                    if let Some(Hook { command, word, .. }) = self.queues.add(who, hook) {
                        let program = command.program().display();
                        let name = name(who, model);
                        tracing::error!("({name}) too many hooks wait; {program} is not told of {word}");
                    }
                }
            }
        }
        self.advance(who, model, scripts, now);
    }

    /// Starts the next hook of an instance if none runs.
    fn advance(&mut self, who: Who, model: &Model, scripts: &mut Scripts, now: Instant) {
        while let Some(hook) = self.queues.next(who) {
            let further: Vec<&str> = hook.further.iter().map(String::as_str).collect();
            match scripts.start(Purpose::Hook(who), &hook.command, &further) {
                Ok(pid) => {
                    let (program, name) = (hook.command.program().display(), name(who, model));
                    let name = format!("({name}) {program}, told {},", hook.word);
                    self.queues.started(who, Run { pid, since: now, name });
                }
                Err(error) => tracing::error!("({}) {error}", name(who, model)),
            }
        }
    }

    /// A hook has ended.
    pub(super) fn ended(
        &mut self,
        who: Who,
        (pid, outcome): (i32, Outcome),
        model: &Model,
        scripts: &mut Scripts,
        now: Instant,
    ) {
        match self.queues.ended(who, pid) {
            Some(run) if outcome == Outcome::Exited(0) => tracing::debug!("{} has ended well", run.name),
            Some(run) => tracing::warn!("{} {}", run.name, said(outcome)),
            None => {
                tracing::info!(
                    "({}) process {pid}, a hook left to itself, {}",
                    name(who, model),
                    said(outcome)
                );
            }
        }
        self.advance(who, model, scripts, now);
    }

    /// There is little time left.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.queues.hurry(now);
    }

    /// When a hook has to be left to itself.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.queues.next_deadline()
    }

    /// Leaves hooks to themselves that others have waited for long enough.
    pub(super) fn expire(&mut self, model: &Model, scripts: &mut Scripts, now: Instant) {
        while let Some((who, run)) = self.queues.overdue(now) {
            let after = now.since(run.since);
            tracing::warn!("{} still runs after {after}; others do not wait any longer", run.name);
            self.advance(who, model, scripts, now);
        }
    }

    /// Whether no hook runs or waits.
    pub(super) fn are_idle(&self) -> bool {
        self.queues.are_idle()
    }

    /// Waits for no hook any longer.
    pub(super) fn abandon(&mut self) {
        let (runs, hooks) = self.queues.abandon();
        for run in runs {
            tracing::warn!("{} still runs and is ended", run.name);
        }
        for Hook { command, word, .. } in hooks {
            tracing::warn!("{} is not told of {word}", command.program().display());
        }
    }
}

fn name(who: Who, model: &Model) -> &str {
    match who {
        Who::Instance(id) => model.instances.get(id).map_or("?", |instance| &instance.name),
        Who::Group(id) => model.groups.get(id).map_or("?", |group| &group.name),
    }
}

fn said(outcome: Outcome) -> String {
    match outcome {
        Outcome::Exited(status) => format!("exited with status {status}"),
        Outcome::Killed(signal) => format!("was ended by signal {signal}"),
        Outcome::NotStarted(errno) => format!("could not be started: {}", describe(errno)),
        Outcome::Passed | Outcome::Failed(_) => "is no process".into(),
    }
}

fn open(conf: Option<&notify::Fifo>) -> Option<Fifo> {
    let conf = conf?;
    let opened = Fifo::open(&conf.path, conf.owner);
    opened.map_err(|error| tracing::error!("{error}; it is told nothing")).ok()
}

fn write(pipe: Option<&mut Fifo>, line: &str) {
    let Some(fifo) = pipe else { return };
    let written = fifo.write(line);
    let path = fifo.path().display();
    match written {
        Written::Yes { lost_before: 0 } | Written::Lost => {}
        Written::Yes { lost_before } => tracing::warn!("{path} takes lines again; {lost_before} were lost"),
        Written::FirstLost => tracing::warn!("{path} is full, lines to it are lost: does anybody read it?"),
    }
}
