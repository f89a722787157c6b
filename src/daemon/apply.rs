//! Carries out what the core asks for, without waiting for anything.
//!
//! What others wait for comes first: adverts and announcements leave while the actions are being read, addresses are
//! changed next, a batch at a time; log lines, scripts and hooks have time until then.

mod owned;

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use super::complaints::Complaints;
use super::dumps::Particulars;
use super::hooks::Hooks;
use super::ledger::Ledger;
use super::made::Made;
use super::probes::Probes;
use super::protocol::Roles;
use super::scripts::{Purpose, Scripts};
use super::{Options, place, settings};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, Ticket, TrackId};
use crate::base::room;
use crate::base::time::{Instant, Span};
use crate::conf::model::{Model, Run};
use crate::report::mail::Letter;
use crate::report::notes::{self, Line};
use crate::sys::frame::FrameSender;
use crate::sys::groups::Groups;
use crate::sys::netlink::apply::{Applier, Outcome as Applied, kernel_error};
use crate::sys::netlink::inventory;
use crate::sys::nft::Firewall;
use crate::sys::raw::{Receiver, Sender};
use crate::sys::sysctl::Sysctls;
use crate::sys::{Error, clock, describe};
use crate::vrrp::event::{
    Action, Actions, Answer, FirewallOp, Heirs, KernelError, KernelOp, LinkOp, Notify, Outcome, Protocol,
    Route, ScriptOp, SocketOp,
};
use crate::vrrp::link::Inventory;
use crate::vrrp::note::Note;

/// How long the less urgent work of one turn may take.
const TURN: Span = Span::from_millis(1);
/// The same while addresses wait for their turn.
const HURRIED_TURN: Span = Span::from_micros(100);

/// What the core has to be told of what it asked for.
#[derive(Debug)]
pub(super) enum Reply {
    /// An operation has finished.
    Done(Ticket, Result<(), KernelError>),
    /// A run of a script has ended.
    Ended(TrackId, Outcome),
}

/// Work that others do not wait for.
#[derive(Debug)]
enum Chore {
    Note(Note),
    Script(TrackId, ScriptOp),
    Notify(Notify),
    Repeat(Notify),
}

/// The hands of the VRRP process.
pub(super) struct Effects {
    model: Arc<Model>,
    /// The configuration that the core is about to go over to.
    next_model: Option<(Arc<Model>, Inventory)>,
    /// What a successor has to know.
    pub(super) ledger: Ledger,
    sender: Sender,
    frames: FrameSender,
    groups: Groups,
    applier: Applier,
    firewall: Firewall,
    /// Changes of the firewall that have yet to be made.
    veils: Vec<(Ticket, FirewallOp)>,
    /// Settings of interfaces that have been changed.
    sysctls: Sysctls,
    /// Interfaces and tables that have been made.
    made: Made,
    /// Changes of interfaces that have yet to be made.
    links: VecDeque<(Ticket, LinkOp)>,
    scripts: Scripts,
    /// The checks that need no process.
    pub(super) probes: Probes,
    hooks: Hooks,
    adverts: Vec<(Route, Range<usize>)>,
    announcements: Vec<(IfIndex, Range<usize>)>,
    applied: Vec<Applied>,
    chores: VecDeque<Chore>,
    /// What the core has yet to be told.
    pub(super) replies: VecDeque<Reply>,
    /// Receivers that nobody reads yet.
    pub(super) opened: Vec<Receiver>,
    /// What is no longer to be received.
    pub(super) closed: Vec<(Family, Protocol)>,
    /// What the core answers to us.
    pub(super) answers: Vec<Answer>,
    /// A socket that could not be opened: nothing can be heard or sent.
    pub(super) deaf: Option<Error>,
    unsent: Complaints<(Option<IfIndex>, i32)>,
}

impl Effects {
    /// Opens what every configuration needs. Needs CAP_NET_RAW and a runtime.
    ///
    /// # Errors
    /// The first thing that the kernel refuses.
    pub(super) fn new(model: Arc<Model>, mut ledger: Ledger, options: &Options) -> Result<Effects, Error> {
        let mut scripts = Scripts::new()?;
        ledger.begin(&model);
        let unreadable = |error: &Error| {
            tracing::warn!("{error}: what an earlier process has left, if it was killed, stays");
        };
        Ok(Effects {
            ledger,
            sender: Sender::new(),
            frames: FrameSender::open()?,
            groups: Groups::new(),
            applier: Applier::open(model.global.settings.buffers.vrrp_command)?,
            firewall: Firewall::new(&model.global.settings.firewall),
            veils: Vec::new(),
            sysctls: Sysctls::open(&place::changed_settings(options, &model.global.settings), unreadable),
            links: VecDeque::new(),
            made: Made::open(&place::made(options, &model.global.settings), unreadable),
            hooks: Hooks::new(&model, &mut scripts, clock::now()),
            scripts,
            probes: Probes::default(),
            adverts: Vec::new(),
            announcements: Vec::new(),
            applied: Vec::new(),
            chores: VecDeque::new(),
            replies: VecDeque::new(),
            opened: Vec::new(),
            answers: Vec::new(),
            deaf: None,
            unsent: Complaints::new(),
            closed: Vec::new(),
            next_model: None,
            model,
        })
    }

    /// Takes over what the core asks for; what has to leave has left when this returns.
    pub(super) fn take(&mut self, actions: Actions<'_>) {
        let (actions, arena) = actions.split();
        for action in actions {
            match action {
                Action::Send { route, bytes } => self.adverts.push((route, bytes)),
                Action::Frame { interface, bytes } => self.announcements.push((interface, bytes)),
                Action::Kernel(ticket, KernelOp::Set(setting, value)) => {
                    let result = settings::change(&mut self.sysctls, setting, value);
                    self.answer_setting(ticket, result);
                }
                Action::Kernel(ticket, KernelOp::Restore(setting)) => {
                    let result = settings::restore(&mut self.sysctls, setting);
                    self.answer_setting(ticket, result);
                }
                Action::Kernel(ticket, KernelOp::Link(op)) => {
                    self.links.push_back((ticket, op));
                }
                Action::Kernel(ticket, KernelOp::Firewall(op)) => self.veils.push((ticket, op)),
                Action::Kernel(ticket, op) => self.applier.push(ticket, op),
                Action::Socket(ticket, op) => self.change_socket(ticket, op),
                Action::Script(id, op) => self.chores.push_back(Chore::Script(id, op)),
                Action::Adopt(heirs) => self.adopt(&heirs),
                Action::Record(id, legacy) => self.ledger.record(id, *legacy),
                Action::RecordStatics(owned) => self.ledger.record_statics(&owned),
                Action::RecordSequence(id, number) => self.ledger.record_sequence(id, number),
                Action::Notify(notify) => self.chores.push_back(Chore::Notify(notify)),
                Action::Repeat(notify) => self.chores.push_back(Chore::Repeat(notify)),
                Action::Note(note) => self.chores.push_back(Chore::Note(note)),
                Action::Answer(_, answer) => self.answers.push(answer),
            }
        }
        self.ledger.settle();
        self.send(arena);
        self.draw_veils();
    }

    /// Changes the firewall: before addresses that are asked for in the same call are there, and after adverts have left.
    fn draw_veils(&mut self) {
        for (ticket, op) in std::mem::take(&mut self.veils) {
            let done = self.change_firewall(&op);
            self.replies.push_back(Reply::Done(ticket, done));
        }
    }

    fn answer_setting(&mut self, ticket: Ticket, result: Result<(), Error>) {
        let reply = result.as_ref().copied().map_err(|error| kernel_error(error.errno()));
        if let Err(error) = result {
            tracing::debug!("{error}");
        }
        self.replies.push_back(Reply::Done(ticket, reply));
    }

    /// The port of the socket that addresses, routes and rules are changed with.
    pub(super) fn port(&self) -> Result<u32, Error> {
        self.applier.port()
    }

    /// The core is going to be told of this configuration, on a host with these interfaces.
    pub(super) fn expect(&mut self, model: Arc<Model>, links: &Inventory) {
        while self.has_chores() {
            self.do_chores(clock::now(), links);
        }
        self.next_model = Some((model, links.clone()));
    }

    /// Goes over to the new configuration. What was asked for before is said and done in the terms of the old one.
    fn adopt(&mut self, heirs: &Heirs) {
        let Some((model, links)) = self.next_model.take() else { return };
        while self.has_chores() {
            self.do_chores(clock::now(), &links);
        }
        self.ledger.begin(&model);
        self.model = model;
        self.scripts.adopt(heirs);
        self.hooks.adopt(heirs, &self.model, &mut self.scripts, clock::now());
        let ended = self.probes.adopt(heirs, &self.model, &links);
        self.replies.extend(ended.into_iter().map(|(id, outcome)| Reply::Ended(id, outcome)));
    }

    fn send(&mut self, arena: &[u8]) {
        let unsent = &mut self.unsent;
        if !self.adverts.is_empty() {
            self.sender.send(&self.adverts, arena, |route, error| {
                complain(unsent, route.interface, "adverts", &error);
            });
            self.adverts.clear();
        }
        if !self.announcements.is_empty() {
            self.frames.send(&self.announcements, arena, |interface, error| {
                complain(unsent, Some(interface), "announcements of addresses", &error);
            });
            self.announcements.clear();
        }
    }

    fn change_socket(&mut self, ticket: Ticket, op: SocketOp) {
        let result = match op {
            SocketOp::Listen(family, protocol) => {
                let opened = Receiver::open(family, protocol)
                    .and_then(|receiver| self.sender.open(family, protocol).map(|()| receiver));
                opened.map(|receiver| self.opened.push(receiver))
            }
            SocketOp::Ignore(family, protocol) => {
                self.sender.close(family, protocol);
                self.closed.push((family, protocol));
                Ok(())
            }
            SocketOp::Join(interface, group) => self.groups.join(interface, group),
            SocketOp::Leave(interface, group) => {
                self.groups.leave(interface, group);
                Ok(())
            }
        };
        let reply = result.as_ref().copied().map_err(|error| kernel_error(error.errno()));
        self.replies.push_back(Reply::Done(ticket, reply));
        if let (SocketOp::Listen(..), Err(error)) = (op, result) {
            self.deaf.get_or_insert(error);
        }
    }

    /// Changes addresses: the next batch; when there is none, interfaces.
    pub(super) fn apply(&mut self) {
        if self.applier.is_idle() {
            return self.change_some_links();
        }
        self.applier.run(&mut self.applied);
        for Applied { ticket, op, result, explanation } in self.applied.drain(..) {
            if let (Err(error), Some(explanation)) = (result, explanation)
                && !is_no_news(&op, error)
            {
                tracing::warn!("Netlink: {explanation}");
            }
            self.replies.push_back(Reply::Done(ticket, result));
        }
    }

    /// What the instances are, if that has changed and nothing more is to be said of it at the moment.
    pub(super) fn roles(&mut self) -> Option<Roles> {
        if self.has_chores() { None } else { self.hooks.roles() }
    }

    /// Whether addresses or interfaces wait to be changed.
    pub(super) fn has_to_apply(&self) -> bool {
        !self.applier.is_idle() || !self.links.is_empty()
    }

    /// How many log lines, scripts and hooks wait.
    pub(super) fn chores(&self) -> usize {
        self.chores.len()
    }

    /// Whether any of them wait.
    pub(super) fn has_chores(&self) -> bool {
        !self.chores.is_empty()
    }

    /// Does what nobody waits for, for a while.
    pub(super) fn do_chores(&mut self, began: Instant, links: &Inventory) {
        let turn = if self.has_to_apply() { HURRIED_TURN } else { TURN };
        while let Some(chore) = self.chores.pop_front() {
            match chore {
                Chore::Note(note) => log(&note, &self.model),
                Chore::Script(id, op) => self.script(id, op, links),
                Chore::Notify(notify) => {
                    self.hooks.notify(&notify, &self.model, &mut self.scripts, clock::now());
                }
                Chore::Repeat(notify) => self.hooks.repeat(&notify, &self.model, clock::now()),
            }
            if clock::now().since(began) > turn {
                return;
            }
        }
        room::give_back(&mut self.chores);
    }

    fn script(&mut self, id: TrackId, op: ScriptOp, links: &Inventory) {
        let Some(script) = self.model.scripts.get(id) else { return };
        match (&script.run, op) {
            (Run::Command(command), ScriptOp::Spawn) => {
                if let Err(error) = self.scripts.start(Purpose::Check(id), command, &[]) {
                    tracing::error!("VRRP_Script({}) {error}", script.name);
                    self.replies.push_back(Reply::Ended(id, Outcome::NotStarted(error.errno())));
                }
            }
            (Run::Command(_), ScriptOp::Terminate) => {
                self.scripts.check(id).into_iter().for_each(|run| run.terminate());
            }
            (Run::Command(_), ScriptOp::Kill) => {
                self.scripts.check(id).into_iter().for_each(|run| run.kill());
            }
            (Run::Probe(probe), ScriptOp::Spawn) => {
                let ended = self.probes.start(id, probe, links);
                self.replies.extend(ended.map(|outcome| Reply::Ended(id, outcome)));
            }
            (Run::Probe(_), ScriptOp::Terminate | ScriptOp::Kill) => {
                if self.probes.stop(id) {
                    // The core knows that it was the time that ended it.
                    self.replies.push_back(Reply::Ended(id, Outcome::Passed));
                }
            }
        }
    }

    /// A check that needs no process has ended.
    pub(super) fn probed(&mut self, id: TrackId, outcome: Outcome) {
        self.replies.push_back(Reply::Ended(id, outcome));
    }

    /// The parent says where a name is.
    pub(super) fn locate(&mut self, name: &str, addresses: Vec<IpAddr>) {
        let failed = self.probes.locate(name, addresses);
        self.replies.extend(failed.into_iter().map(|(id, outcome)| Reply::Ended(id, outcome)));
    }

    /// Buries the processes that have ended.
    pub(super) fn bury(&mut self) {
        while let Some((pid, purpose, outcome)) = self.scripts.next_ended() {
            let now = clock::now();
            match purpose {
                Purpose::Check(id) => self.replies.push_back(Reply::Ended(id, outcome)),
                Purpose::Forgotten => {}
                Purpose::Reader(pipe) => self.hooks.reader_ended(pipe, (pid, outcome), now),
                Purpose::Hook(who) => {
                    self.hooks.ended(who, (pid, outcome), &self.model, &mut self.scripts, now);
                }
            }
        }
    }

    /// When hooks have to be looked after.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.hooks.next_deadline()
    }

    /// Mails that the parent process has to send.
    pub(super) fn letters(&mut self) -> &mut VecDeque<Letter> {
        &mut self.hooks.letters
    }

    /// Looks after hooks.
    pub(super) fn expire(&mut self, now: Instant) {
        self.hooks.expire(&self.model, &mut self.scripts, now);
    }

    /// There is little time left for telling everybody everything.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.hooks.hurry(now);
    }

    /// Whether everybody has been told everything.
    pub(super) fn have_told_all(&mut self) -> bool {
        self.chores.is_empty()
            && self.letters().is_empty()
            && self.hooks.are_idle(&self.scripts, clock::now())
    }

    /// Whether no script of the user runs.
    pub(super) fn have_no_scripts(&self) -> bool {
        self.scripts.are_idle()
    }

    /// What dumps tell and the core does not know.
    pub(super) fn particulars(&self, receivers: &[Receiver]) -> Particulars {
        let numbers = receivers.iter().map(|receiver| {
            let (family, protocol) = receiver.kind();
            let sender = self.sender.number(family, protocol).unwrap_or(-1);
            ((family, protocol), (receiver.number(), sender))
        });
        Particulars { sockets: numbers.collect(), before: self.sysctls.before() }
    }

    /// Asks every script to end.
    pub(super) fn terminate_scripts(&mut self) {
        self.hooks.abandon();
        self.scripts.terminate_all();
    }

    /// Ends every script.
    pub(super) fn kill_scripts(&mut self) {
        self.scripts.kill_all();
    }
}

/// Says that something could not be sent, unless the link is down, which the log says anyway.
fn complain(
    unsent: &mut Complaints<(Option<IfIndex>, i32)>,
    interface: Option<IfIndex>,
    what: &str,
    error: &io::Error,
) {
    let errno = error.raw_os_error().unwrap_or_default();
    if matches!(errno, libc::ENETUNREACH | libc::ENETDOWN) {
        return;
    }
    let Some(since) = unsent.is_due((interface, errno), clock::now()) else { return };
    let on = interface.and_then(inventory::name_of).map_or_else(String::new, |name| format!(" on {name}"));
    let again = if since == 0 { String::new() } else { format!(" ({since} more since the last time)") };
    tracing::error!("cannot send {what}{on}: {}{again}", describe(errno));
}

/// Whether a failure is what success looks like when somebody was quicker.
const fn is_no_news(op: &KernelOp, error: KernelError) -> bool {
    match op {
        KernelOp::AddAddress(..) | KernelOp::AddRoute(_) | KernelOp::AddRule(_) => {
            matches!(error, KernelError::Exists)
        }
        KernelOp::DelAddress(..) | KernelOp::DelRoute(_) | KernelOp::DelRule(_) => {
            matches!(error, KernelError::Gone)
        }
        KernelOp::Set(..) | KernelOp::Restore(_) | KernelOp::Link(_) | KernelOp::Firewall(_) => false,
    }
}

/// Where a setting is.
fn log(note: &Note, model: &Model) {
    let name_of = |interface| inventory::name_of(interface);
    let Line { level, text } = notes::render(note, model, &name_of);
    match level {
        tracing::Level::ERROR => tracing::error!("{text}"),
        tracing::Level::WARN => tracing::warn!("{text}"),
        tracing::Level::INFO => tracing::info!("{text}"),
        tracing::Level::DEBUG => tracing::debug!("{text}"),
        tracing::Level::TRACE => tracing::trace!("{text}"),
    }
}
