//! What belongs to nobody any more and has to go: asked of the kernel until it has done it.

use std::collections::BTreeMap;

use super::belonging::Key;
use super::event::{Action, KernelError, KernelOp};
use super::note::Note;
use super::output::Output;
use super::receipts::Receipt;
use super::vips::RETRY;
use crate::base::id::IfIndex;
use crate::base::time::Instant;

/// One such thing.
#[derive(Clone, Debug)]
struct Orphan {
    /// What removes it.
    removal: KernelOp,
    /// When it is asked for again; `None` while the kernel has not answered.
    again: Option<Instant>,
}

/// Everything that nobody has.
#[derive(Debug, Default)]
pub(super) struct Orphans(BTreeMap<Key, Orphan>);

impl Orphans {
    /// Something has to go: `removal` removes it.
    pub(super) fn remove(&mut self, removal: KernelOp, out: &mut Output) {
        let Some(key) = removal.key() else { return };
        self.0.insert(key, Orphan { removal: removal.clone(), again: None });
        out.kernel(Receipt::Orphan(key), removal);
    }

    /// Somebody has this again. Tells whether its removal has been asked for and not been answered.
    pub(super) fn adopt(&mut self, key: &Key) -> bool {
        self.0.remove(key).is_some_and(|orphan| orphan.again.is_none())
    }

    /// An interface is gone, and all that was on it.
    pub(super) fn forget(&mut self, device: IfIndex) {
        self.0.retain(|key, _| match key {
            Key::Address(index, _) => *index != device,
            Key::Route(_) | Key::Rule(_) => true,
        });
    }

    /// The kernel answered.
    pub(super) fn done(
        &mut self,
        now: Instant,
        key: &Key,
        result: Result<(), KernelError>,
        out: &mut Output,
    ) {
        let Some(orphan) = self.0.get_mut(key) else { return };
        match result {
            Ok(()) | Err(KernelError::Gone) => {
                self.0.remove(key);
            }
            Err(error @ (KernelError::Exists | KernelError::Denied | KernelError::Other(_))) => {
                orphan.again = Some(now + RETRY);
                let op = orphan.removal.clone();
                out.push(Action::Note(Note::OrphanRefused { op, error, again_in: RETRY }));
            }
        }
    }

    /// Asks again for what is due.
    pub(super) fn expire(&mut self, now: Instant, out: &mut Output) {
        for (key, orphan) in &mut self.0 {
            if orphan.again.is_some_and(|again| again <= now) {
                orphan.again = None;
                out.kernel(Receipt::Orphan(*key), orphan.removal.clone());
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
