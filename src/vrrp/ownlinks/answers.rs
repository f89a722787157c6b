//! What the kernel answers when interfaces are asked for or removed.

use super::{OwnLinks, PATIENCE, RETRY, State};
use crate::base::id::InstanceId;
use crate::base::time::Instant;
use crate::vrrp::event::KernelError;
use crate::vrrp::note::{InstanceNote, OwnLinkNote};
use crate::vrrp::output::Output;

impl OwnLinks {
    /// The kernel answered for one. Tells whose it is, if it cannot be had.
    pub(in crate::vrrp) fn done(
        &mut self,
        serial: u32,
        result: Result<(), KernelError>,
        now: Instant,
        out: &mut Output,
    ) -> Option<InstanceId> {
        let position = self.places.of_serial(serial)?;
        let own = self.links.at(position);
        let who = own.wish.who;
        match (result, own.state) {
            (Err(error), State::Asked(name, _)) => {
                self.turn(position, State::Refused(now + RETRY));
                let note = OwnLinkNote::Refused { name, error, again_in: RETRY };
                out.note(who, InstanceNote::OwnLink(note));
                Some(who)
            }
            // It is there when the kernel tells of it.
            (Ok(()), State::Asked(name, _)) => {
                self.turn(position, State::Asked(name, now + PATIENCE));
                None
            }
            (_, State::Missing | State::There(_) | State::Refused(_)) => None,
        }
    }

    /// The kernel answered for a removal.
    pub(in crate::vrrp) fn removed(&mut self) {
        self.removals = self.removals.saturating_sub(1);
    }
}
