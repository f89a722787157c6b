//! Addresses that belong to no instance any more and have to go: asked of the kernel until it has done it.

use std::collections::BTreeMap;

use super::event::{Action, KernelError, KernelOp};
use super::note::Note;
use super::output::Output;
use super::receipts::Receipt;
use super::vips::RETRY;
use crate::base::addr::IpNet;
use crate::base::id::IfIndex;
use crate::base::time::Instant;
use crate::conf::model::Vip;

/// One such address.
#[derive(Clone, Copy, Debug)]
struct Orphan {
    vip: Vip,
    /// When it is asked for again; `None` while the kernel has not answered.
    again: Option<Instant>,
}

/// All addresses that nobody has.
#[derive(Debug, Default)]
pub(super) struct Orphans(BTreeMap<(IfIndex, IpNet), Orphan>);

impl Orphans {
    /// An address has to go.
    pub(super) fn remove(&mut self, device: IfIndex, vip: Vip, out: &mut Output) {
        self.0.insert((device, vip.net), Orphan { vip, again: None });
        out.kernel(Receipt::Orphan(device, vip.net), KernelOp::DelAddress(device, vip));
    }

    /// Somebody has this address again. Tells whether its removal has been asked for and not been answered.
    pub(super) fn adopt(&mut self, device: IfIndex, net: IpNet) -> bool {
        self.0.remove(&(device, net)).is_some_and(|orphan| orphan.again.is_none())
    }

    /// An interface is gone, and all that was on it.
    pub(super) fn forget(&mut self, device: IfIndex) {
        self.0.retain(|(index, _), _| *index != device);
    }

    /// The kernel answered.
    pub(super) fn done(
        &mut self,
        now: Instant,
        key: (IfIndex, IpNet),
        result: Result<(), KernelError>,
        out: &mut Output,
    ) {
        let Some(orphan) = self.0.get_mut(&key) else { return };
        match result {
            Ok(()) | Err(KernelError::Gone) => {
                self.0.remove(&key);
            }
            Err(error @ (KernelError::Exists | KernelError::Denied | KernelError::Other(_))) => {
                orphan.again = Some(now + RETRY);
                let op = KernelOp::DelAddress(key.0, orphan.vip);
                out.push(Action::Note(Note::OrphanRefused { op, error, again_in: RETRY }));
            }
        }
    }

    /// Asks again for what is due.
    pub(super) fn expire(&mut self, now: Instant, out: &mut Output) {
        for (&(device, net), orphan) in &mut self.0 {
            if orphan.again.is_some_and(|again| again <= now) {
                orphan.again = None;
                out.kernel(Receipt::Orphan(device, net), KernelOp::DelAddress(device, orphan.vip));
            }
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.values().filter_map(|orphan| orphan.again).min()
    }

    /// Whether the kernel has answered for all of them, at least with a refusal.
    pub(super) fn is_settled(&self) -> bool {
        self.0.values().all(|orphan| orphan.again.is_some())
    }

    /// Whether nothing that was refused waits to be tried again.
    pub(super) fn has_no_retries(&self) -> bool {
        self.next_deadline().is_none()
    }
}
