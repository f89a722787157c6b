//! What an instance counts.

use crate::base::rare::Rare;

/// Counters of one instance since it was created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Advertisements accepted.
    pub received: u64,
    /// Advertisements sent; a copy for each unicast peer counts once.
    pub sent: u64,
    /// Times that the instance became master.
    pub became_master: u64,
    /// Times that it ceased to be.
    pub released_master: u64,
    /// Advertisements of priority 0 received.
    pub priority_zero_received: u64,
    /// Advertisements of priority 0 sent.
    pub priority_zero_sent: u64,
    /// Packets that were not accepted, by reason.
    pub errors: Rare<Errors>,
    /// Virtual addresses that somebody else removed and that were put back.
    pub healed: u64,
    /// Kernel operations that failed.
    pub kernel_errors: u64,
}

/// Packets that were not accepted, in the order of the checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// Shorter or longer than it says.
    pub length: u64,
    /// TTL or hop limit out of bounds.
    pub ttl: u64,
    /// Another version of the protocol.
    pub version: u64,
    /// An authentication type that does not exist.
    pub auth_invalid_type: u64,
    /// Not the authentication type that is configured.
    pub auth_type_mismatch: u64,
    /// Wrong password, digest or sequence number.
    pub auth_failure: u64,
    /// Version 2: not our interval. Version 3: none at all.
    pub interval: u64,
    /// Not an advertisement.
    pub invalid_type: u64,
    /// Wrong checksum.
    pub checksum: u64,
    /// Addresses that are not ours; the advertisement was accepted all the same.
    pub address_list: u64,
    /// Unicast from somebody who is not a peer.
    pub not_a_peer: u64,
    /// Dropped because an owner ignores advertisements.
    pub ignored_by_owner: u64,
    /// Wrong signatures.
    pub extension: ExtensionErrors,
}

/// Advertisements whose signature (`auth_hmac`) was not accepted. They stay 0 in an instance without signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtensionErrors {
    /// There is none.
    pub missing: u64,
    /// It cannot be read.
    pub malformed: u64,
    /// It was made with a key that is not ours.
    pub unknown_key: u64,
    /// It is wrong.
    pub invalid: u64,
    /// It was made too long ago.
    pub stale: u64,
    /// It has been seen before.
    pub replay: u64,
}
