//! Does what changes of state call for: tells the pipes at once, runs the user's commands in their turn, and hands
//! mails over.

mod backlog;
mod pipes;
mod queues;

use std::collections::{BTreeMap, VecDeque};

use pipes::Pipes;
use queues::{Due, Hook, Queues, Run, Turn};

use super::protocol::Roles;
use super::scripts::{Purpose, Scripts};
use crate::base::time::Instant;
use crate::conf::model::Model;
use crate::report::hooks::{Effect, Pipe, effects, variables};
use crate::report::mail::Letter;
use crate::sys::{clock, describe};
use crate::vrrp::event::{Heirs, Notify, Outcome, Told, Who};

/// How many mails may wait to be handed over.
const MAILS: usize = 256;

/// The pipes, the commands and the mails.
#[derive(Debug)]
pub(super) struct Hooks {
    queues: Queues,
    pipes: Pipes,
    /// The state that everybody was in last.
    states: BTreeMap<Who, Told>,
    /// Nobody has been told yet how many there are of each.
    roles_changed: bool,
    /// The state that was last mailed of everybody.
    mailed: BTreeMap<Who, Told>,
    /// Mails that somebody else has to send.
    pub(super) letters: VecDeque<Letter>,
    /// The end is near, and everybody has been told.
    closing: bool,
}

impl Hooks {
    /// Opens the pipes and starts their readers.
    pub(super) fn new(model: &Model, scripts: &mut Scripts, now: Instant) -> Hooks {
        Hooks {
            queues: Queues::new(model.global.settings.commands.hook_timeout),
            pipes: Pipes::open(model, scripts, now),
            states: BTreeMap::new(),
            roles_changed: false,
            mailed: BTreeMap::new(),
            letters: VecDeque::new(),
            closing: false,
        }
    }

    /// The configuration changed: what is told of those that it still has goes on, and so do pipes that it still has.
    pub(super) fn adopt(&mut self, heirs: &Heirs, model: &Model, scripts: &mut Scripts, now: Instant) {
        for hook in self.queues.adopt(heirs, model.global.settings.commands.hook_timeout) {
            let further: Vec<&str> = hook.further.iter().map(String::as_str).collect();
            let started = scripts.start_with(Purpose::Forgotten, &hook.command, &further, &hook.variables);
            if let Err(error) = started {
                tracing::error!("{error}");
            }
        }
        for states in [&mut self.states, &mut self.mailed] {
            let kept = std::mem::take(states).into_iter();
            *states = kept.filter_map(|(who, told)| Some((heirs.who(who)?, told))).collect();
        }
        self.roles_changed = true;
        self.pipes.adopt(heirs, model, scripts, now);
    }

    /// Does what a change calls for.
    pub(super) fn notify(&mut self, notify: &Notify, model: &Model, scripts: &mut Scripts, now: Instant) {
        let (who, told) = (notify.who, notify.what);
        let previous = self.states.get(&who).copied();
        if told.is_state() {
            self.roles_changed |= self.states.insert(who, told) != Some(told);
        }
        let time = clock::local_time().rfc3339().to_string();
        for effect in effects(notify, model) {
            match effect {
                Effect::Line(pipe, line) => self.pipes.tell(pipe, who, told.is_state(), line, now),
                Effect::Run(command, further) => {
                    let (variables, general) =
                        (variables(notify, previous, time.clone(), model), !further.is_empty());
                    self.add(
                        who,
                        Hook { command: command.clone(), further, variables, told, general, since: now },
                        model,
                    );
                }
                Effect::Mail(letter) => self.post(who, told, letter),
            }
        }
        self.advance(who, model, scripts, now);
    }

    /// How many instances have which role, if that has changed since it was asked last.
    pub(super) fn roles(&mut self) -> Option<Roles> {
        if !std::mem::take(&mut self.roles_changed) {
            return None;
        }
        let mut roles = Roles::default();
        for (who, told) in &self.states {
            match (who, told) {
                (Who::Instance(_), Told::Master) => roles.master += 1,
                (Who::Instance(_), Told::Backup) => roles.backup += 1,
                (Who::Instance(_), Told::Fault) => roles.fault += 1,
                (Who::Group(_), _)
                | (
                    Who::Instance(_),
                    Told::Stop
                    | Told::Deleted
                    | Told::MasterRxLowerPri
                    | Told::MasterPriority
                    | Told::BackupPriority,
                ) => {}
            }
        }
        Some(roles)
    }

    /// Tells the pipes once more.
    pub(super) fn repeat(&mut self, notify: &Notify, model: &Model, now: Instant) {
        for effect in effects(notify, model) {
            match effect {
                Effect::Line(pipe, line) => self.pipes.tell(pipe, notify.who, true, line, now),
                Effect::Run(..) | Effect::Mail(_) => {}
            }
        }
    }

    fn add(&mut self, who: Who, hook: Hook, model: &Model) {
        if let Some(Hook { command, told, .. }) = self.queues.add(who, hook) {
            let (name, program) = (name(who, model), command.program().display());
            tracing::warn!("({name}) {program} is not told of {}: too many calls wait", told.word());
        }
    }

    /// Mails a state, unless it is the one that was mailed last.
    fn post(&mut self, who: Who, told: Told, letter: Letter) {
        if self.mailed.insert(who, told) == Some(told) {
            return;
        }
        if self.letters.len() >= MAILS
            && let Some(Letter { subject, .. }) = self.letters.pop_front()
        {
            tracing::error!("too many mails wait; this one is not sent: {subject}");
        }
        self.letters.push_back(letter);
    }

    /// Starts the next hook of an instance if none runs.
    fn advance(&mut self, who: Who, model: &Model, scripts: &mut Scripts, now: Instant) {
        loop {
            let Turn { next, outdated } = self.queues.next(who, now);
            let name = name(who, model);
            for Hook { command, told, .. } in outdated {
                let (program, word) = (command.program().display(), told.word());
                tracing::info!("({name}) {program} is not told of {word}, which is over");
            }
            let Some(hook) = next else { return };
            let further: Vec<&str> = hook.further.iter().map(String::as_str).collect();
            match scripts.start_with(Purpose::Hook(who), &hook.command, &further, &hook.variables) {
                Ok(pid) => {
                    let (program, word) = (hook.command.program().display(), hook.told.word());
                    let name = format!("({name}) {program}, told {word},");
                    self.queues.started(who, Run { pid, since: now, name });
                    return;
                }
                Err(error) => tracing::error!("({name}) {error}"),
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

    /// The reader of a pipe has ended.
    pub(super) fn reader_ended(&mut self, pipe: Pipe, (pid, outcome): (i32, Outcome), now: Instant) {
        self.pipes.reader_ended(pipe, pid, &said(outcome), now);
    }

    /// There is little time left.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.queues.hurry(now);
        self.closing = true;
    }

    /// When a hook or a pipe has to be looked after.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        [self.queues.next_deadline(), self.pipes.next_deadline()].into_iter().flatten().min()
    }

    /// Ends hooks that have run for too long, or leaves them to themselves; looks after the pipes.
    pub(super) fn expire(&mut self, model: &Model, scripts: &mut Scripts, now: Instant) {
        while let Some((who, due)) = self.queues.due(now) {
            match due {
                Due::Terminate { pid, name } => {
                    tracing::warn!("{name} runs longer than notify_timeout; asking it to end");
                    scripts.process(pid).into_iter().for_each(|run| run.terminate());
                }
                Due::Kill { pid, name } => {
                    tracing::warn!("{name} does not end when asked to; killing it");
                    scripts.process(pid).into_iter().for_each(|run| run.kill());
                }
                Due::Leave(run) => {
                    let after = now.since(run.since);
                    tracing::warn!("{} still runs after {after}; others do not wait any longer", run.name);
                    self.advance(who, model, scripts, now);
                }
            }
        }
        self.pipes.expire(scripts, now);
    }

    /// Whether everybody has heard everything: no hook runs or waits, and the readers have read to the end. Pipes are
    /// closed for that once the end is near.
    pub(super) fn are_idle(&mut self, scripts: &Scripts, now: Instant) -> bool {
        if self.closing {
            self.pipes.finish(now);
        }
        self.queues.are_idle() && (!self.closing || self.pipes.are_finished(scripts))
    }

    /// Waits for nobody any longer.
    pub(super) fn abandon(&mut self) {
        self.pipes.abandon();
        let (runs, hooks) = self.queues.abandon();
        for run in runs {
            tracing::warn!("{} still runs and is ended", run.name);
        }
        for Hook { command, told, .. } in hooks {
            tracing::warn!("{} is not told of {}", command.program().display(), told.word());
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
