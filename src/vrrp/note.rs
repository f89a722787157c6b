//! What the core has to say: facts, not sentences. The sentences are in `report::notes`.

/// Something worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The kernel dropped packets before we could read them.
    PacketsLost {
        /// How many.
        count: u32,
    },
}
