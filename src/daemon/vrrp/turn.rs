//! One turn of the loop: what woke it, and everything that is due.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use super::super::apply::Reply;
use super::super::dumps::Kind;
use super::super::files::Content;
use super::super::lateness::Late;
use super::super::processes::Told;
use super::super::protocol::{FromChild, FromParent};
use super::super::schedule;
use super::{LinkEvent, Receiver, Shell};
use crate::base::id::TrackId;
use crate::base::room;
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;
use crate::sys::inotify::Change;
use crate::sys::ipc::LONGEST;
use crate::sys::netlink::inventory;
use crate::sys::raw::Arrival;
use crate::sys::signal::Asked;
use crate::sys::{Error, clock, memory};
use crate::vrrp::event::{Event, Outcome};

/// How many packets of one kind are read before others have their turn.
const PACKETS: usize = 64;
/// How long one kind of work may keep others waiting.
const PATIENCE: Span = Span::from_millis(1);
/// The same for what is due: adverts above all, but also announcements, of which there may be many.
const PATIENCE_WHEN_DUE: Span = Span::from_millis(10);
/// How long after a failure interfaces and addresses are listed anew again.
const RELIST_AFTER: Span = Span::from_secs(1);

/// How long after the parent took no mail it is offered again.
const POST_AGAIN_AFTER: Span = Span::from_millis(20);

/// What ended the waiting.
enum Woken {
    Packets,
    Time,
    /// Somebody has set the wall clock.
    Clock,
    Changes,
    /// Something became of tracked files.
    Files(Vec<Change>),
    /// Something became of tracked processes; these have ended.
    Processes(Vec<u32>),
    /// A check that needs no process has ended.
    Probed(TrackId, Outcome),
    Signal(Asked),
    /// What the parent says; nothing when it is gone.
    Parent(Option<FromParent>),
    /// A configuration has been read; nothing if it makes no sense.
    Understood(Option<Arc<Model>>),
    /// A dump has been written.
    Dumped,
    /// There was no reason to wait.
    Unfinished,
}

impl Shell {
    /// Waits for something to happen, and sees to it.
    pub(super) async fn wait(&mut self) -> Result<(), Error> {
        let unfinished = self.is_unfinished();
        if unfinished {
            // Lets the runtime look at the descriptors without waiting for them.
            tokio::task::yield_now().await;
        } else {
            self.timer.arm(self.next_deadline())?;
        }
        let mut buffer = [0; LONGEST];
        let woken = tokio::select! {
            ready = readable(&self.receivers) => ready.map(|()| Woken::Packets),
            expired = self.timer.expired() => expired.map(|()| Woken::Time),
            set = self.wall.set() => set.map(|()| Woken::Clock),
            changed = self.monitor.changed() => changed.map(|()| Woken::Changes),
            changed = self.files.changed() => changed.map(Woken::Files),
            changed = self.processes.changed() => changed.map(Woken::Processes),
            (id, outcome) = self.effects.probes.next() => Ok(Woken::Probed(id, outcome)),
            model = self.reading.finished() => Ok(Woken::Understood(model)),
            () = self.dumps.finished() => Ok(Woken::Dumped),
            asked = self.signals.next() => asked.map(Woken::Signal),
            said = self.line.receive(&mut buffer), if self.has_parent => {
                self.has_parent = said.as_ref().is_ok_and(Option::is_some);
                said.map(|said| Woken::Parent(said.and_then(FromParent::decode)))
            }
            () = std::future::ready(()), if unfinished => Ok(Woken::Unfinished),
        };
        self.heed(woken?);
        Ok(())
    }

    fn heed(&mut self, woken: Woken) {
        match woken {
            Woken::Packets => self.gather(),
            // Of several reasons a wait tells any one; without this, packets would wait until it happens to tell theirs.
            Woken::Unfinished if self.unread => self.gather(),
            Woken::Clock => self.feed(Event::Clock(clock::wall_time())),
            Woken::Changes => self.look_around(),
            Woken::Files(changes) => {
                let contents = self.files.take(&changes);
                self.tell_files(contents);
            }
            Woken::Processes(ended) => {
                let told = self.processes.take(&ended);
                self.tell_processes(&told);
            }
            Woken::Probed(id, outcome) => self.effects.probed(id, outcome),
            Woken::Signal(asked) => self.asked(asked),
            Woken::Parent(Some(FromParent::Located { name, addresses })) => {
                self.effects.locate(&name, addresses);
            }
            Woken::Parent(Some(FromParent::Reload)) => self.read_configuration(),
            Woken::Understood(Some(model)) => self.reload(model),
            Woken::Understood(None) => self.tell_parent(&FromChild::NotReloaded),
            Woken::Parent(Some(FromParent::AreYouAlive)) => self.tell_parent(&FromChild::Alive),
            Woken::Parent(Some(FromParent::Ledger | FromParent::PidFile)) => {
                tracing::warn!("the parent process hands over what nobody waits for");
            }
            Woken::Parent(Some(FromParent::Stop)) => self.stop("asked to by the parent process"),
            Woken::Parent(None) if !self.has_parent => self.stop("the parent process is gone"),
            Woken::Parent(None) => tracing::warn!("the parent process says what nobody understands"),
            Woken::Parent(Some(FromParent::Dump(kind))) => self.dumps.want(kind),
            Woken::Time | Woken::Unfinished | Woken::Dumped => {}
        }
    }

    /// Does everything that is due, and some of what can wait.
    pub(super) fn turn(&mut self) -> Result<(), Error> {
        let began = clock::now();
        loop {
            self.reply();
            self.tell_changes();
            self.adopt()?;
            self.catch_up();
            if !self.effects.has_to_apply() || is_over(began) {
                break;
            }
            self.effects.apply();
        }
        let now = clock::now();
        self.spare.waiting(self.effects.chores(), now);
        self.effects.do_chores(now, self.router.links());
        self.effects.ledger.count(clock::now(), &self.router);
        self.post();
        self.dump();
        if let Some(roles) = self.effects.roles() {
            self.tell_parent(&FromChild::Roles(roles));
        }
        let told = self.processes.work(clock::now());
        self.tell_processes(&told);
        if self.spare.is_due(now) {
            memory::give_back();
        }
        Ok(())
    }

    /// Begins to write a dump that somebody wants.
    fn dump(&mut self) {
        if self.dumps.is_due() {
            let particulars = self.effects.particulars(&self.receivers);
            self.dumps.begin(&self.options, &mut self.router, particulars);
        }
    }

    /// Hands mails over to the parent, which sends them. What it does not take at once it is given later.
    fn post(&mut self) {
        while let Some(letter) = self.effects.letters().pop_front() {
            let message = FromChild::Mail(letter);
            match self.line.send(&message.encode()) {
                Ok(()) => self.post_at = None,
                Err(error) if error.is_temporary() && self.has_parent => {
                    let FromChild::Mail(letter) = message else { return };
                    self.effects.letters().push_front(letter);
                    self.post_at = Some(clock::now() + POST_AGAIN_AFTER);
                    return;
                }
                Err(error) => tracing::error!("{error}; a mail is not sent"),
            }
        }
    }

    /// Whether something can be done without waiting.
    fn is_unfinished(&self) -> bool {
        let effects = &self.effects;
        let to_tell = !effects.replies.is_empty() || !self.changes.is_empty();
        let to_find = self.unread || self.processes.is_unfinished();
        to_tell || to_find || effects.has_to_apply() || effects.has_chores()
    }

    fn next_deadline(&self) -> Option<Instant> {
        let ours = [
            self.relist_at,
            self.polling.next_deadline(),
            self.stage.until(),
            self.post_at,
            self.spare.next_deadline(),
            self.effects.ledger.next_deadline(),
        ];
        let trackers = [self.files.next_deadline(), self.processes.next_deadline()];
        let theirs = [self.router.next_deadline(), self.effects.next_deadline()];
        ours.into_iter().chain(theirs).chain(trackers).flatten().min()
    }

    /// Tells the core what became of what it asked for, for a while: each answer may lead to announcements.
    pub(super) fn reply(&mut self) {
        let began = clock::now();
        while let Some(reply) = self.effects.replies.pop_front() {
            self.feed(match reply {
                Reply::Done(ticket, result) => Event::Done(ticket, result),
                Reply::Ended(script, outcome) => Event::Track(script, outcome),
            });
            if is_over(began) {
                return;
            }
        }
        room::give_back(&mut self.effects.replies);
    }

    /// Tells the core what became of interfaces and addresses, for a while.
    fn tell_changes(&mut self) {
        let began = clock::now();
        while let Some(mut change) = self.changes.pop_front() {
            self.polling.correct(&mut change);
            self.log_change(&change);
            self.feed(Event::Link(change));
            if is_over(began) {
                return;
            }
        }
        room::give_back(&mut self.changes);
    }

    /// Begins to read the sockets that were opened for the core.
    fn adopt(&mut self) -> Result<(), Error> {
        self.receivers.append(&mut self.effects.opened);
        for (family, protocol) in self.effects.closed.drain(..) {
            self.receivers.retain(|receiver| !receiver.hears(family, protocol));
        }
        self.effects.deaf.take().map_or(Ok(()), Err)
    }

    /// Tells the core, before it starts, how late it is, what is in files and who runs.
    pub(super) fn take_stock(&mut self) {
        self.feed(Event::Clock(clock::wall_time()));
        let contents = self.files.everything();
        self.tell_files(contents);
        if let Some(told) = self.processes.everything() {
            self.tell_processes(&[told]);
        }
    }

    fn tell_files(&mut self, contents: Vec<Content>) {
        for (file, content) in contents {
            self.feed(Event::File(file, content.as_deref()));
        }
    }

    fn tell_processes(&mut self, told: &[Told]) {
        for one in told {
            one.tell(|event| self.feed(Event::Process(event)));
        }
    }

    fn catch_up(&mut self) {
        let now = clock::now();
        if let Some(due) = self.overdue(now) {
            self.timeout(due, now);
        }
        if self.effects.next_deadline().is_some_and(|due| due <= now) {
            self.effects.expire(now);
        }
        self.changes.extend(self.polling.expire(now));
        let contents = self.files.expire(now);
        self.tell_files(contents);
        if self.relist_at.is_some_and(|at| at <= now) {
            self.relist_at = None;
            self.monitor.relist();
        }
    }

    fn overdue(&self, now: Instant) -> Option<Instant> {
        self.router.next_deadline().filter(|due| *due <= now)
    }

    /// Lets the core act on deadlines, after it has heard what arrived before them.
    fn timeout(&mut self, due: Instant, now: Instant) {
        // A deadline that waits for packets to be read is not late.
        let postponed = self.unread;
        let late = if postponed { None } else { self.lateness.met(due, now) };
        let heard_until = self.hear();
        // Each call lets some of those act that are due.
        while self.overdue(now).is_some() && clock::now().since(now) < PATIENCE_WHEN_DUE {
            let actions = self.router.handle(clock::now(), Event::Timeout { heard_until });
            if actions.is_empty() {
                break;
            }
            self.effects.take(actions);
        }
        if !postponed && let Some(priority) = self.urgency.late(now.since(due)) {
            schedule::raise(priority, self.rttime);
        }
        if let Some(Late { times, worst }) = late {
            tracing::warn!(
                "woke up {worst} late, {times} times since this was last said: is the host overloaded?"
            );
        }
    }

    /// Reads packets, if they come in a stream several at once; what was left last time has gathered already. The thread
    /// sleeps: a timer would let each packet wake it.
    fn gather(&mut self) {
        let due = self.next_deadline();
        if !self.unread
            && let Some(until) = self.gather.until(clock::now(), due)
        {
            clock::sleep_until(until);
        }
        self.hear();
    }

    /// Reads the packets that have arrived, or the first of them; everything that arrived before the moment that is
    /// told has been heard.
    fn hear(&mut self) -> Instant {
        let Shell { receivers, unread, router, effects, complaints, .. } = self;
        let mut heard_until = clock::now();
        *unread = false;
        for receiver in receivers {
            let result = receiver.receive(PACKETS, |now, arrival| {
                let event = match arrival {
                    Arrival::Packet(packet) => Event::Packet(packet),
                    Arrival::Lost(count) => Event::Lost(count),
                    Arrival::Oversized => {
                        let complaint = "a packet longer than any advert was skipped";
                        complain(complaints, complaint);
                        return;
                    }
                };
                effects.take(router.handle(now, event));
            });
            match result {
                Ok(progress) => {
                    *unread |= !progress.drained;
                    heard_until = heard_until.min(progress.heard_until.unwrap_or(Instant::ZERO));
                }
                // What cannot be heard must not keep a dead master alive.
                Err(error) => complain(complaints, &error.to_string()),
            }
        }
        heard_until
    }

    fn log_change(&mut self, change: &LinkEvent) {
        if self.options.log_addresses {
            log_address(change);
        }
        if matches!(change, LinkEvent::Relisted(_)) && !std::mem::take(&mut self.relists) {
            tracing::warn!(
                "Netlink: messages of the kernel were lost or not understood; listed interfaces and addresses anew"
            );
        }
    }

    /// Finds out what became of interfaces and addresses.
    fn look_around(&mut self) {
        if let Err(error) = self.monitor.take(&mut self.changes) {
            tracing::error!("{error}; trying again in {RELIST_AFTER}");
            self.relist_at = Some(clock::now() + RELIST_AFTER);
        }
    }

    fn asked(&mut self, asked: Asked) {
        match asked {
            Asked::Stop => self.stop("SIGTERM"),
            Asked::Interrupt if self.options.ignore_interrupt => {}
            Asked::Interrupt => self.stop("SIGINT"),
            Asked::Child => self.effects.bury(),
            Asked::Data | Asked::Stats | Asked::StatsClear | Asked::Json => {
                Kind::asked_for(asked).into_iter().for_each(|kind| self.dumps.want(kind));
            }
            // The parent reads and judges the files, whoever is asked.
            Asked::Reload => self.tell_parent(&FromChild::AskedToReload),
            Asked::Upgrade => {
                tracing::warn!("an upgrade is asked for at the parent process");
            }
            Asked::Nothing(number) => tracing::debug!("signal {number} means nothing to us"),
        }
    }
}

fn is_over(began: Instant) -> bool {
    clock::now().since(began) > PATIENCE
}

/// Waits until one of the sockets may have packets; for ever without sockets.
async fn readable(receivers: &[Receiver]) -> Result<(), Error> {
    poll_fn(|cx| {
        for receiver in receivers {
            if let Poll::Ready(ready) = receiver.poll_ready(cx) {
                return Poll::Ready(ready);
            }
        }
        Poll::Pending
    })
    .await
}

fn complain(complaints: &mut super::Complaints<String>, what: &str) {
    if let Some(since) = complaints.is_due(what.to_owned(), clock::now()) {
        tracing::warn!("{what} ({since} times more since this was last said)");
    }
}

fn log_address(change: &LinkEvent) {
    let name = |interface| inventory::name_of(interface).unwrap_or_else(|| format!("interface {interface}"));
    match change {
        LinkEvent::AddressAdded(interface, address) => {
            tracing::info!("Netlink reports {} added to {}", address.net, name(*interface));
        }
        LinkEvent::AddressRemoved(interface, net, _) => {
            tracing::info!("Netlink reports {net} removed from {}", name(*interface));
        }
        LinkEvent::Duplicate(interface, net) => {
            tracing::info!("Netlink reports that another host has {net} of {}", name(*interface));
        }
        LinkEvent::Changed(..)
        | LinkEvent::Removed(_)
        | LinkEvent::RouteRemoved(..)
        | LinkEvent::RuleRemoved(..)
        | LinkEvent::Forwarding(..)
        | LinkEvent::Relisted(_) => {}
    }
}
