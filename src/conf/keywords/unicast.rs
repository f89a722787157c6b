//! Entries of `unicast_peer`.

use super::{fit, number};
use crate::base::addr::Family;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, InstanceDraft, PeerDraft};
use crate::conf::keyword::{Keyword, Meta, Section};
use crate::conf::model::vrrp::Peer;
use crate::conf::reader::Reader;

/// An entry whose options are being read.
pub(super) struct Entry {
    peer: Peer,
    limited: bool,
}

pub(super) static PEER: Section<Entry> = Section::new("unicast_peer", &[ROWS]).positional(&[Meta::word(
    "ADDR",
    "",
    "The address of the other router.",
)
.since("1.2.8")
.example("[192.0.2.2]")]);

const ROWS: &[Keyword<Entry>] = &[
    number("min_ttl", 0, 255, |entry: &mut Entry, ttl, _| {
        entry.peer.min_ttl = fit(ttl);
        entry.limited = true;
    })
    .since("2.1.0")
    .example("min_ttl 254")
    .optional()
    .doc("0", "The lowest TTL or hop limit that is accepted from the peer. Turns `check_unicast_src` on."),
    number("max_ttl", 0, 255, |entry: &mut Entry, ttl, _| {
        entry.peer.max_ttl = fit(ttl);
        entry.limited = true;
    })
    .since("2.1.0")
    .example("max_ttl 254")
    .optional()
    .doc("255", "The highest TTL or hop limit that is accepted from the peer. Turns `check_unicast_src` on."),
];

/// Reads a list of peers.
pub(super) fn list(draft: &mut InstanceDraft, r: &mut Reader<'_>) {
    r.entries(|r| {
        let at = r.at(0);
        let Some(addr) = r.address(0) else { return r.use_all() };
        let mut entry = Entry { peer: Peer::plain(addr), limited: false };
        let all_known = r.options(&PEER, &mut entry, 1);
        let peer = entry.peer;
        if !super::instance::same_family(draft, At::new(Family::of(addr), at), "peer", r) {
            return;
        }
        if let Some(first) = draft.peers.iter().find(|other| other.peer.addr == addr) {
            let first = first.at;
            let message = format!("{addr} is a peer already");
            r.report(&code::DUPLICATE_ENTRY, at, message).label("ignored").also(first, "first here");
            return;
        }
        if peer.min_ttl > peer.max_ttl {
            let message = format!(
                "no advertisement of {addr} can have a TTL from {} to {}",
                peer.min_ttl, peer.max_ttl
            );
            r.report(&code::OUT_OF_RANGE, r.line(), message).label("min_ttl is above max_ttl");
        }
        draft.check_unicast_src |= entry.limited;
        if all_known {
            draft.peers.push(PeerDraft { peer, at });
        }
    });
}
