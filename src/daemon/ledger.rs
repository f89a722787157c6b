//! What the VRRP process writes down for its successor: a file in memory that the parent process owns, so that it survives
//! the one who writes it.
//!
//! ```text
//! header │ slot of each instance: state, belongings │ slot of static entries │ last AH numbers │ counters
//! ```
//!
//! A state is written before anything leaves that depends on it, counters once a second. Everything has a checksum:
//! what a dying process wrote only in part counts as unknown. A new configuration is written beside the old one, and
//! counts from the moment that the header says so.

mod codec;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use codec::{COUNTERS, Header, SEQUENCE, Slot};

use crate::base::id::InstanceId;
use crate::base::table::Key as _;
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;
use crate::sys::Error;
use crate::sys::memfd::Shared;
use crate::vrrp::event::{Key, Legacy};
use crate::vrrp::handover::Handover;
use crate::vrrp::{Router, Stats};

/// How old counters may be.
const COUNT_EVERY: Span = Span::from_secs(1);
/// Counters of so many instances are written together.
const COUNTED_AT_ONCE: usize = 128;
/// Nobody needs more.
const LARGEST: u64 = 1 << 30;

/// The ledger, as whoever writes it has it.
pub(super) struct Ledger {
    /// `None` if it could not be written: a successor begins anew then.
    file: Option<Shared>,
    header: Header,
    /// Where the slot of each instance is, and how large it may be.
    slots: Vec<Slot>,
    /// Where that of static entries is.
    statics: Slot,
    /// A new configuration that is not written as a whole yet.
    draft: Option<Draft>,
    count_at: Instant,
    /// Something has happened since.
    may_count: bool,
}

/// What is written as a whole.
struct Draft {
    capacities: Vec<usize>,
    legacies: Vec<Option<Legacy>>,
    /// How many octets static entries may need, and what they have.
    for_statics: usize,
    statics: Option<Vec<Key>>,
}

impl Ledger {
    /// Takes a file over from the parent, and what an earlier process has left in it.
    pub(super) fn take(file: OwnedFd) -> (Ledger, Handover) {
        let file = Shared::from(file);
        let (header, handover) = read(&file).unwrap_or_default();
        let ledger = Ledger {
            file: Some(file),
            header,
            slots: Vec::new(),
            statics: Slot::default(),
            draft: None,
            count_at: Instant::ZERO,
            may_count: false,
        };
        (ledger, handover)
    }

    /// From here on instances are those of `model`. What was written counts until all of them have been recorded.
    pub(super) fn begin(&mut self, model: &Model) {
        let capacity = |conf| codec::capacity(conf);
        self.draft = Some(Draft {
            capacities: model.instances.values().map(capacity).collect(),
            legacies: vec![None; model.instances.len()],
            for_statics: codec::capacity_of_statics(&model.statics),
            statics: None,
        });
    }

    /// Writes down what an instance leaves.
    pub(super) fn record(&mut self, id: InstanceId, legacy: Legacy) {
        if let Some(draft) = &mut self.draft {
            if let Some(place) = draft.legacies.get_mut(id.position()) {
                *place = Some(legacy);
            }
            return;
        }
        let Some(slot) = self.slots.get(id.position()) else { return };
        let bytes = codec::state(&legacy, id.position());
        let fits = bytes.len() <= slot.capacity;
        let at = slot.at;
        self.write(at, if fits { &bytes } else { &[0; 16] });
        // Without authentication it stays 0, as it was written with the whole configuration.
        if legacy.sequence != 0 {
            self.record_sequence(id, legacy.sequence);
        }
    }

    /// Writes down what static entries have.
    pub(super) fn record_statics(&mut self, owned: &[Key]) {
        if let Some(draft) = &mut self.draft {
            draft.statics = Some(owned.to_vec());
            return;
        }
        let bytes = codec::statics(owned, self.slots.len());
        let Slot { at, capacity } = self.statics;
        if capacity > 0 {
            self.write(at, if bytes.len() <= capacity { &bytes } else { &[0; 16] });
        }
    }

    /// Writes down the last number of an instance's authentication headers or signatures.
    pub(super) fn record_sequence(&mut self, id: InstanceId, number: u64) {
        if let Some(draft) = &mut self.draft {
            if let Some(Some(legacy)) = draft.legacies.get_mut(id.position()) {
                legacy.sequence = number;
            }
            return;
        }
        let at = self.header.sequences + codec::offset(id.position(), SEQUENCE);
        self.write(at, &codec::sequence(number, id.position()));
    }

    /// Everything that was asked for in one call of the core has been recorded, and is about to leave.
    pub(super) fn settle(&mut self) {
        self.may_count = true;
        let whole = |draft: &mut Draft| draft.statics.is_some() && draft.legacies.iter().all(Option::is_some);
        if let Some(draft) = self.draft.take_if(whole) {
            self.write_whole(draft);
        }
    }

    fn write_whole(&mut self, draft: Draft) {
        let statics = (draft.for_statics, draft.statics.unwrap_or_default());
        let legacies = draft.legacies.into_iter().flatten();
        let image = codec::image(&draft.capacities, legacies, &statics, &self.header);
        let start = image.header.slots;
        self.write(start, &image.bytes);
        self.write(0, &image.header.encode());
        self.slots = image.slots;
        self.statics = image.statics;
        self.header = image.header;
    }

    /// When counters are due.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        (self.may_count && self.file.is_some() && self.draft.is_none()).then_some(self.count_at)
    }

    /// Writes the counters if it is time.
    pub(super) fn count(&mut self, now: Instant, router: &Router) {
        if self.next_deadline().is_none_or(|due| due > now) {
            return;
        }
        self.may_count = false;
        self.count_at = now + COUNT_EVERY;
        self.write_counters(router.snapshot().map(|(_, view)| (view.stats(), view.ip_id())));
    }

    /// Writes what each instance has counted, in their order.
    fn write_counters<'a>(&mut self, all: impl Iterator<Item = (&'a Stats, u16)>) {
        let mut at = self.header.counters;
        let mut bytes = Vec::with_capacity(COUNTED_AT_ONCE * COUNTERS);
        for (index, (stats, ip_id)) in all.take(self.slots.len()).enumerate() {
            bytes.extend(codec::counters(stats, ip_id, index));
            if bytes.len() == COUNTED_AT_ONCE * COUNTERS {
                self.write(at, &bytes);
                at += codec::offset(COUNTED_AT_ONCE, COUNTERS);
                bytes.clear();
            }
        }
        self.write(at, &bytes);
    }

    /// What cannot be written must not be believed either.
    fn write(&mut self, at: u64, bytes: &[u8]) {
        let Some(file) = &self.file else { return };
        if let Err(error) = file.write(at, bytes) {
            tracing::error!("{error}; if this process dies, its successor begins anew");
            if let Err(error) = file.clear() {
                tracing::error!("{error}");
            }
            self.file = None;
        }
    }
}

/// The ledger, as the parent has it.
pub(super) struct Estate {
    file: Shared,
    /// What its child found.
    found: u32,
    /// Children in a row that died before they wrote anything.
    unread: u8,
}

/// So many children die of what they find before that is thrown away.
const PATIENCE: u8 = 3;

impl Estate {
    /// An empty one.
    ///
    /// # Errors
    /// If there is no memory.
    pub(super) fn new() -> Result<Estate, Error> {
        Ok(Estate { file: Shared::new()?, found: 0, unread: 0 })
    }

    /// What an earlier program has handed over.
    pub(super) fn from_earlier(file: OwnedFd) -> Estate {
        let file = Shared::from(file);
        let found = generation(&file);
        Estate { file, found, unread: 0 }
    }

    /// The file, for a child that begins to use it now.
    pub(super) fn for_child(&mut self) -> BorrowedFd<'_> {
        self.found = generation(&self.file);
        self.file.as_fd()
    }

    /// The file, for another program.
    pub(super) fn for_program(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// The child is dead. Tells whether it left something that its successor can go on with.
    pub(super) fn inherit(&mut self) -> bool {
        let left = generation(&self.file);
        if left != self.found {
            self.unread = 0;
            return left != 0;
        }
        self.unread += 1;
        if self.unread >= PATIENCE {
            self.forget();
            return false;
        }
        left != 0
    }

    /// What was left is too old to be true.
    pub(super) fn forget(&mut self) {
        self.unread = 0;
        if let Err(error) = self.file.clear() {
            tracing::error!("{error}");
        }
    }
}

fn generation(file: &Shared) -> u32 {
    file.read(0, Header::LENGTH).ok().and_then(|bytes| Header::decode(&bytes)).map_or(0, |it| it.generation)
}

/// What is in a file, as far as it is whole.
fn read(file: &Shared) -> Option<(Header, Handover)> {
    let header = Header::decode(&file.read(0, Header::LENGTH).ok()?)?;
    let length = header.end.checked_sub(header.slots).filter(|length| *length <= LARGEST)?;
    let bytes = file.read(header.slots, usize::try_from(length).ok()?).ok()?;
    let (handover, unknown) = codec::understand(&header, &bytes);
    if unknown > 0 {
        let error = Error::new("read", "what the last process left", io::ErrorKind::InvalidData.into());
        tracing::warn!("{error}: {unknown} instances begin anew");
    }
    Some((header, handover))
}

#[cfg(test)]
mod tests;
