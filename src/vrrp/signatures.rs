//! The signatures of an instance (`auth_hmac`): which is made next, which are believed, and that none counts twice.

use std::net::IpAddr;

use crate::base::time::Span;
use crate::conf::model::further::{AuthHmac, HmacMode};
use crate::conf::model::vrrp::{Instance as Conf, Transport};
use crate::wire::signature::{LEN, Signed, Stamp, View, sign};

/// How many senders of a group are told apart. Only who has a key gets here, so nobody else can push them out.
const SENDERS: usize = 4;

/// Why a signature is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// There is none.
    Missing,
    /// It is of no known form.
    Malformed,
    /// It was made at another time than now.
    Stale {
        /// How far our clock and that of the sender are apart, if it is no repetition.
        apart: Span,
    },
    /// It was made with a key that is not ours.
    UnknownKey(u8),
    /// It is wrong.
    Wrong,
    /// It was made before one that was accepted already.
    Replay,
}

/// What an instance remembers of signatures.
#[derive(Clone, Debug, Default)]
pub(super) struct Signatures {
    /// Our last one.
    last: Option<Stamp>,
    /// The last one that was accepted of each sender; the one heard last is last.
    heard: Vec<(IpAddr, Stamp)>,
}

impl Signatures {
    /// Goes on after the last one of an earlier life.
    pub(super) fn resume(bits: u64) -> Signatures {
        Signatures { last: (bits != 0).then_some(Stamp::from_bits(bits)), heard: Vec::new() }
    }

    /// The number of our last one if it is later than the clock, so that the clock alone would not lead past it.
    pub(super) fn ahead_of(&self, clock: Stamp) -> Option<u64> {
        self.last.filter(|last| last.is_after(clock)).map(Stamp::to_bits)
    }

    /// Signs a message, if messages are to be signed.
    pub(super) fn sign(&mut self, hmac: &AuthHmac, signed: &Signed<'_>, clock: Stamp) -> Option<[u8; LEN]> {
        let key = hmac.key(hmac.active).filter(|_| hmac.signs())?;
        let stamp = self.next(hmac, clock);
        Some(sign(hmac.active, key.octets(), stamp, signed))
    }

    /// The next stamp goes with the clock, and after the last one. If somebody has set the clock back so far that
    /// nobody would believe that, the clock alone counts: the others have forgotten what they heard before.
    fn next(&mut self, hmac: &AuthHmac, clock: Stamp) -> Stamp {
        let next = match self.last {
            Some(last) if clock.is_after(last) || is_outside(hmac, last, clock) => clock,
            Some(last) => last.next(),
            None => clock,
        };
        self.last = Some(next);
        next
    }

    /// Whether a signature counts; gives when it was made.
    ///
    /// # Errors
    /// Why it does not.
    pub(super) fn check(
        &self,
        hmac: &AuthHmac,
        signature: View<'_>,
        signed: &Signed<'_>,
        clock: Stamp,
    ) -> Result<Stamp, Doubt> {
        if !signature.is_well_formed() {
            return Err(Doubt::Malformed);
        }
        let stamp = signature.stamp();
        // Before the work of verifying: a flood of repetitions costs nothing.
        if is_outside(hmac, stamp, clock) {
            return Err(Doubt::Stale { apart: Span::from_secs(stamp.seconds_from(clock).into()) });
        }
        let key = hmac.key(signature.key()).ok_or(Doubt::UnknownKey(signature.key()))?;
        if !signature.verify(key.octets(), signed) {
            return Err(Doubt::Wrong);
        }
        let mark = self.heard.iter().find(|(sender, _)| *sender == signed.source).map(|(_, mark)| *mark);
        let counts = |mark: &Stamp| !is_outside(hmac, *mark, clock);
        if mark.filter(counts).is_some_and(|mark| !stamp.is_after(mark)) {
            return Err(Doubt::Replay);
        }
        Ok(stamp)
    }

    /// An advertisement with this signature was accepted.
    pub(super) fn heard(&mut self, sender: IpAddr, stamp: Stamp, conf: &Conf) {
        let most = match &conf.transport {
            Transport::Multicast { .. } => SENDERS,
            Transport::Unicast(unicast) => unicast.peers.len(),
        };
        self.heard.retain(|(known, _)| *known != sender);
        if self.heard.len() >= most {
            self.heard.remove(0);
        }
        self.heard.push((sender, stamp));
    }
}

/// Whether `stamp` and `clock` are further apart than clocks may be. Where only the order counts, nothing is.
fn is_outside(hmac: &AuthHmac, stamp: Stamp, clock: Stamp) -> bool {
    !hmac.monotonic && u64::from(stamp.seconds_from(clock)) > hmac.window.as_secs()
}

/// How far the clock of a sender is off, if that is more than half of what is tolerated.
pub(super) fn skew(hmac: &AuthHmac, stamp: Stamp, clock: Stamp) -> Option<Span> {
    let apart = u64::from(stamp.seconds_from(clock));
    (!hmac.monotonic && 2 * apart > hmac.window.as_secs()).then_some(Span::from_secs(apart))
}

/// Whether advertisements without a signature count.
pub(super) const fn may_be_missing(mode: HmacMode) -> bool {
    match mode {
        HmacMode::Enforce => false,
        HmacMode::Permissive | HmacMode::ReceiveOnly => true,
    }
}

#[cfg(test)]
mod tests;
