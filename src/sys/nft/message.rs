//! Messages of nfnetlink: a batch of them, their attributes, and the answers.

use netlink_packet_core::{NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR};

/// A batch begins with this (`NFNL_MSG_BATCH_BEGIN`).
const BATCH_BEGIN: u16 = 0x10;
/// And ends with this.
const BATCH_END: u16 = 0x11;
/// `NFNL_SUBSYS_NFTABLES`.
const NFTABLES: u16 = 10;
const NESTED: u16 = 0x8000;
/// Octets before the attributes of a message, and before those what netlink itself needs.
const HEADER: usize = 16;
const ALIGN: usize = 4;

/// Several changes in one transaction.
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// The number of the next message.
    sequence: u32,
    /// Where the last change begins.
    last: Option<usize>,
}

impl Batch {
    pub(super) fn begin() -> Batch {
        let mut batch = Batch { bytes: Vec::new(), sequence: 1, last: None };
        batch.header(BATCH_BEGIN, NLM_F_REQUEST, 0, NFTABLES);
        batch
    }

    /// A change of this kind (`NFT_MSG_*`) in a family.
    pub(super) fn change(
        &mut self,
        kind: u16,
        flags: u16,
        family: u8,
        fill: impl FnOnce(&mut Attributes<'_>),
    ) {
        let start = self.header((NFTABLES << 8) | kind, NLM_F_REQUEST | flags, family, 0);
        fill(&mut Attributes(&mut self.bytes));
        self.finish(start);
        self.last = Some(start);
    }

    /// The whole; nothing if nothing is to be changed.
    pub(super) fn end(mut self) -> Option<Vec<u8>> {
        // The last change alone is answered also if it succeeds.
        let flags = self.last? + 6;
        let room = self.bytes.get_mut(flags..flags + 2)?;
        let with_ack = u16::from_ne_bytes(room.try_into().ok()?) | NLM_F_ACK;
        room.copy_from_slice(&with_ack.to_ne_bytes());
        self.header(BATCH_END, NLM_F_REQUEST, 0, NFTABLES);
        Some(self.bytes)
    }

    /// The headers of netlink and nfnetlink. Tells where they begin.
    fn header(&mut self, kind: u16, flags: u16, family: u8, resource: u16) -> usize {
        let start = self.bytes.len();
        self.bytes.extend([0; 4]);
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(flags.to_ne_bytes());
        self.bytes.extend(self.sequence.to_ne_bytes());
        self.bytes.extend([0; 4]);
        self.bytes.extend([family, 0]);
        self.bytes.extend(resource.to_be_bytes());
        self.sequence += 1;
        self.finish(start);
        start
    }

    /// Fills in how long the message is that begins at `start`.
    fn finish(&mut self, start: usize) {
        let length = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX);
        if let Some(room) = self.bytes.get_mut(start..start + 4) {
            room.copy_from_slice(&length.to_ne_bytes());
        }
    }
}

/// The attributes of a message, or within another attribute.
pub(super) struct Attributes<'a>(&'a mut Vec<u8>);

impl Attributes<'_> {
    pub(super) fn octets(&mut self, kind: u16, value: &[u8]) {
        self.attribute(kind, |bytes| bytes.extend(value));
    }

    /// A text, which ends with a zero.
    pub(super) fn text(&mut self, kind: u16, value: &str) {
        self.attribute(kind, |bytes| {
            bytes.extend(value.as_bytes());
            bytes.push(0);
        });
    }

    pub(super) fn number(&mut self, kind: u16, value: u32) {
        self.octets(kind, &value.to_be_bytes());
    }

    pub(super) fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Attributes<'_>)) {
        self.attribute(kind | NESTED, |bytes| fill(&mut Attributes(bytes)));
    }

    fn attribute(&mut self, kind: u16, fill: impl FnOnce(&mut Vec<u8>)) {
        let start = self.0.len();
        self.0.extend([0; 2]);
        self.0.extend(kind.to_ne_bytes());
        fill(self.0);
        let length = u16::try_from(self.0.len() - start).unwrap_or(u16::MAX);
        if let Some(room) = self.0.get_mut(start..start + 2) {
            room.copy_from_slice(&length.to_ne_bytes());
        }
        self.0.resize(self.0.len().next_multiple_of(ALIGN), 0);
    }
}

/// The error numbers in a datagram of answers.
pub(super) fn errors(mut datagram: &[u8]) -> impl Iterator<Item = i32> {
    std::iter::from_fn(move || {
        loop {
            let length = usize::try_from(u32::from_ne_bytes(*datagram.first_chunk()?)).ok()?;
            let message = datagram.get(..length).filter(|message| message.len() >= HEADER)?;
            let kind = message.get(4..6).and_then(|kind| kind.try_into().ok()).map(u16::from_ne_bytes)?;
            let code =
                message.get(HEADER..).and_then(|body| body.first_chunk()).map(|it| i32::from_ne_bytes(*it));
            datagram = datagram.get(length.next_multiple_of(ALIGN)..).unwrap_or_default();
            if let (NLMSG_ERROR, Some(code)) = (kind, code)
                && code != 0
            {
                return Some(code.saturating_neg());
            }
        }
    })
}
