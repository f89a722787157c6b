//! How a router begins and how it ends.

use std::collections::BTreeSet;

use super::super::event::Protocol;
use super::super::event::{Action, Answer, ScriptOp, SocketOp};
use super::{Phase, Router};
use crate::base::addr::Family;
use crate::base::id::RequestId;
use crate::base::time::Instant;
use crate::conf::model::vrrp::Auth;

impl Router {
    pub(super) fn start(&mut self, now: Instant, request: RequestId) {
        if self.phase != Phase::New {
            return;
        }
        self.phase = Phase::Running;
        self.listen();
        for id in self.instances.keys() {
            self.resolve_interface(now, id);
            self.with(now, id, |instance, cx| {
                let own = &mut instance.own;
                own.vips.clean(&mut cx.hands(own.id, own.interface));
                None
            });
            self.free_kept_addresses(id);
        }
        for id in self.scripts.keys() {
            self.scripts.at_mut(id).start(now);
            self.run_script(now, id);
        }
        for id in self.instances.keys() {
            self.judge(now, id);
        }
        self.out.push(Action::Answer(request, Answer::Started));
    }

    /// Opens a socket for each kind of packet that any instance expects.
    fn listen(&mut self) {
        let kind = |auth| match auth {
            Auth::Ah(_) => Protocol::Ah,
            Auth::None | Auth::Pass(_) => Protocol::Vrrp,
        };
        let kinds: BTreeSet<(Family, Protocol)> =
            self.model.instances.values().map(|conf| (conf.family, kind(conf.auth))).collect();
        for (family, protocol) in kinds {
            self.groups.ask(SocketOp::Listen(family, protocol), &mut self.out);
        }
    }

    pub(super) fn stop(&mut self, now: Instant, request: RequestId) {
        match self.phase {
            Phase::New | Phase::Running => self.phase = Phase::Stopping(request),
            Phase::Stopping(_) => return,
            Phase::Stopped => {
                self.out.push(Action::Answer(request, Answer::Stopped));
                return;
            }
        }
        self.intents.clear();
        for id in self.scripts.keys() {
            if self.scripts.at_mut(id).stop() {
                self.out.push(Action::Script(id, ScriptOp::Terminate));
            }
            self.runs.set(id, self.scripts.at(id).next_deadline());
        }
        for id in self.instances.keys() {
            self.with(now, id, |instance, cx| {
                instance.stop(cx);
                None
            });
        }
    }

    /// Tells whoever asked for the end that it is there: when the kernel has answered for every address.
    pub(super) fn finish(&mut self) {
        let Phase::Stopping(request) = self.phase else { return };
        if self.instances.values().all(|instance| instance.own.vips.is_settled()) {
            self.phase = Phase::Stopped;
            self.out.push(Action::Answer(request, Answer::Stopped));
        }
    }
}
