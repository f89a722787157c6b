//! ARP: who has an address, and the answer to that.

use std::net::Ipv4Addr;

use crate::base::addr::MacAddr;
use crate::wire::arp::{emit_request, parse};

/// The operation that answers.
const REPLY: u16 = 2;

/// The frame that asks for `to`, from us at `mac` with the address `source`.
#[must_use]
pub fn request(mac: MacAddr, source: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    let mut frame = Vec::new();
    emit_request(mac, source, to, &mut frame);
    frame
}

/// Whether a frame is the answer of `to`, and not one that we have sent ourselves.
#[must_use]
pub fn is_answer(frame: &[u8], mac: MacAddr, to: Ipv4Addr) -> bool {
    parse(frame).is_ok_and(|arp| arp.operation == REPLY && arp.sender.1 == to && arp.sender.0 != mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
    const THEM: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);
    const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const THEIRS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

    /// The answer of `sender` at `mac`.
    fn answer(mac: MacAddr, sender: Ipv4Addr) -> Vec<u8> {
        let mut frame = request(mac, sender, OURS);
        frame[21] = 2;
        frame
    }

    #[test]
    fn only_the_one_that_was_asked_for_answers() {
        assert!(is_answer(&answer(THEM, THEIRS), US, THEIRS));
        assert!(!is_answer(&answer(THEM, OURS), US, THEIRS));
        assert!(!is_answer(&answer(US, THEIRS), US, THEIRS));
        assert!(!is_answer(&request(THEM, THEIRS, OURS), US, THEIRS));
        assert!(!is_answer(&[], US, THEIRS));
    }
}
