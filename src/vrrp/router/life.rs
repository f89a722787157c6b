//! How a router begins and how it ends.

use std::collections::BTreeSet;

use super::super::event::{Action, Answer, Protocol, ScriptOp, SocketOp, Told};
use super::super::reason::{Reason, Why};
use super::super::vips::Vips;
use super::{Phase, Router};
use crate::base::addr::Family;
use crate::base::id::RequestId;
use crate::base::time::{Instant, Span};
use crate::conf::model::vrrp::Auth;

/// How long a router that stops tries again to remove what the kernel refuses to.
const PERSISTENCE: Span = Span::from_secs(3);

impl Router {
    pub(super) fn start(&mut self, now: Instant, request: RequestId, uptime: Span) {
        if self.phase != Phase::New {
            return;
        }
        self.phase = Phase::Starting;
        self.listen();
        self.begin_links(now);
        let heirs = self.inherit(now);
        self.start_statics(now, !heirs.is_empty());
        self.see_to_settings();
        self.start_scripts(now);
        self.debounce.begin(self.links.links().filter(|(_, link)| link.running).map(|(index, _)| index));
        if heirs.is_empty() {
            self.hold(now, uptime);
        }
        for id in self.instances.keys() {
            self.judge(now, id);
        }
        self.go_on(now, &heirs);
        self.out.answer(request, Answer::Started);
        self.settle(now);
        self.phase = Phase::Running;
        if !heirs.is_empty() {
            self.make_groups_whole(now);
        }
    }

    /// Runs every script at once, as nobody can be master before the first results, and from then on spread evenly, so that
    /// the many of them never begin together.
    fn start_scripts(&mut self, now: Instant) {
        let count = u64::try_from(self.model.scripts.len()).unwrap_or(u64::MAX);
        for (id, position) in self.tracked.scripts.keys().zip(0..) {
            let shift = self.model.scripts.at(id).interval.fraction(position, count);
            self.tracked.scripts.at_mut(id).start(now, shift);
            self.run_script(now, id);
        }
    }

    /// Sees to a socket for each kind of packet that any instance expects, and for no other.
    pub(super) fn listen(&mut self) {
        let kind = |auth: &Auth| match auth {
            Auth::Ah(_) => Protocol::Ah,
            Auth::None | Auth::Pass(_) => Protocol::Vrrp,
        };
        let kinds: BTreeSet<(Family, Protocol)> =
            self.model.instances.values().map(|conf| (conf.family, kind(&conf.auth))).collect();
        for &(family, protocol) in kinds.difference(&self.listening) {
            self.memberships.ask(SocketOp::Listen(family, protocol), &mut self.out);
        }
        for &(family, protocol) in self.listening.difference(&kinds) {
            self.memberships.ask(SocketOp::Ignore(family, protocol), &mut self.out);
        }
        self.listening = kinds;
    }

    /// Ends taking part. With `release` the roles are given up and the addresses removed.
    pub(super) fn stop(&mut self, now: Instant, request: RequestId, release: bool) {
        match self.phase {
            Phase::New | Phase::Starting | Phase::Running => {
                self.phase = Phase::Stopping { request, until: now + PERSISTENCE };
            }
            Phase::Stopping { .. } => return,
            Phase::Stopped => {
                self.out.answer(request, Answer::Stopped);
                return;
            }
        }
        self.intents.clear();
        for id in self.tracked.scripts.keys() {
            let script = self.tracked.scripts.at_mut(id);
            if script.stop() {
                self.out.push(Action::Script(id, ScriptOp::Terminate));
            }
            self.tracked.runs.set(id, script.next_deadline());
        }
        for id in self.instances.keys().filter(|_| release) {
            self.with(now, id, |instance, cx| {
                instance.stop(cx);
                None
            });
        }
        if release {
            self.stop_statics(now);
            self.restore_settings();
            self.own_links.stop(now, &self.links, &mut self.out);
        }
    }

    /// Tells whoever asked for the end that it is there: when the kernel has answered for everything, and removed it
    /// or refused to often enough.
    pub(super) fn finish(&mut self, now: Instant) {
        let Phase::Stopping { request, until } = self.phase else { return };
        let instances = || self.instances.values().map(|instance| &instance.own.vips);
        let vips = || instances().chain([&self.statics]);
        let settled =
            self.own_links.is_settled() && self.orphans.is_settled() && vips().all(Vips::is_settled);
        let nothing_left = self.orphans.has_no_retries() && vips().all(Vips::has_no_retries);
        if settled && (nothing_left || now >= until) {
            self.phase = Phase::Stopped;
            let why = Why::of(Reason::Stop);
            for instance in self.instances.values() {
                self.out.notify(instance.own.id, Told::Stop, instance.own.priority, why);
            }
            for group in self.groups.keys() {
                self.out.notify_group(group, Told::Stop, why);
            }
            self.out.answer(request, Answer::Stopped);
        }
    }
}
