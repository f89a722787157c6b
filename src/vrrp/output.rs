//! Where the core collects what it asks for.

use std::ops::Range;

use super::belonging::Owner;
use super::event::{Action, Actions, Answer, KernelOp, Notify, Route, Told, Who};
use super::note::{InstanceNote, Note};
use super::reason::{Reason, Why};
use super::receipts::{Receipt, Receipts};
use crate::base::id::{GroupId, IfIndex, InstanceId, Priority, RequestId};

/// Room for as many actions is kept from call to call, whatever the last call needed.
const KEPT: usize = 256;

/// The actions of one call and the bytes that they speak of; both keep their memory from call to call, unless a burst
/// needed far more than usual.
#[derive(Debug, Default)]
pub(super) struct Output {
    queue: Vec<Action>,
    /// What is done after all the rest: starting a process takes longer than everything else together.
    last: Vec<Action>,
    /// How many of these come before all others.
    first_of_last: usize,
    arena: Vec<u8>,
    /// How many actions the last call asked for.
    used: usize,
    pub(super) receipts: Receipts,
}

impl Output {
    /// Begins a call: what was not taken of the last one is gone.
    pub(super) fn begin(&mut self) {
        if self.queue.capacity() > KEPT && self.used < self.queue.capacity() / 8 {
            self.queue.shrink_to(KEPT);
            self.last.shrink_to(KEPT);
            self.arena.shrink_to(KEPT);
        }
        self.queue.clear();
        self.last.clear();
        self.first_of_last = 0;
        self.arena.clear();
    }

    /// Ends a call.
    pub(super) fn end(&mut self) -> Actions<'_> {
        self.queue.append(&mut self.last);
        self.used = self.queue.len();
        Actions::new(self.queue.drain(..), &self.arena)
    }

    pub(super) fn push(&mut self, action: Action) {
        self.queue.push(action);
    }

    /// Answers whoever asked for something, when all of it has been said and told.
    pub(super) fn answer(&mut self, request: RequestId, answer: Answer) {
        self.last.push(Action::Answer(request, answer));
    }

    /// Asks for a change of the kernel's configuration.
    pub(super) fn kernel(&mut self, receipt: Receipt, op: KernelOp) {
        let ticket = self.receipts.issue(receipt);
        self.push(Action::Kernel(ticket, op));
    }

    /// Asks for a change that comes before everything else that is asked for in the same call.
    pub(super) fn kernel_first(&mut self, receipt: Receipt, op: KernelOp) {
        let ticket = self.receipts.issue(receipt);
        self.queue.insert(0, Action::Kernel(ticket, op));
    }

    pub(super) fn send(&mut self, route: Route, emit: impl FnOnce(&mut Vec<u8>)) {
        let bytes = self.emit(emit);
        self.push(Action::Send { route, bytes });
    }

    pub(super) fn frame(&mut self, interface: IfIndex, emit: impl FnOnce(&mut Vec<u8>)) {
        let bytes = self.emit(emit);
        self.push(Action::Frame { interface, bytes });
    }

    fn emit(&mut self, emit: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        let start = self.arena.len();
        emit(&mut self.arena);
        start..self.arena.len()
    }

    pub(super) fn note(&mut self, who: InstanceId, note: InstanceNote) {
        self.note_of(Owner::Instance(who), note);
    }

    pub(super) fn note_of(&mut self, owner: Owner, note: InstanceNote) {
        self.push(Action::Note(match owner {
            Owner::Instance(who) => Note::Of(who, note),
            Owner::Statics => Note::OfStatics(note),
        }));
    }

    pub(super) fn notify(&mut self, who: InstanceId, what: Told, priority: Priority, why: Why) {
        self.last.push(Action::Notify(Notify { who: Who::Instance(who), what, priority, why }));
    }

    /// Tells of one that is about to be gone, while it is still known by this number.
    pub(super) fn notify_now(&mut self, who: InstanceId, what: Told, priority: Priority, why: Why) {
        self.push(Action::Notify(Notify { who: Who::Instance(who), what, priority, why }));
    }

    /// Tells of a group before anybody is told of instances.
    pub(super) fn notify_group_first(&mut self, who: GroupId, what: Told, why: Why) {
        let (who, priority) = (Who::Group(who), Priority::RELEASE);
        self.last.insert(self.first_of_last, Action::Notify(Notify { who, what, priority, why }));
        self.first_of_last += 1;
    }

    /// Repeats on the pipes what has been told.
    pub(super) fn repeat(&mut self, who: Who, what: Told, priority: Priority) {
        let why = Why::of(Reason::Reload);
        self.last.push(Action::Repeat(Notify { who, what, priority, why }));
    }

    /// Tells of a group; groups have no priority.
    pub(super) fn notify_group(&mut self, who: GroupId, what: Told, why: Why) {
        let (who, priority) = (Who::Group(who), Priority::RELEASE);
        self.last.push(Action::Notify(Notify { who, what, priority, why }));
    }
}
