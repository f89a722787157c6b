//! `virtual_server_group`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::base::addr::Family;
use crate::conf::diag::code::server as code;
use crate::conf::diag::code::words as word_code;
use crate::conf::draft::{At, Draft, ServerGroupDraft};
use crate::conf::keyword::{Keyword, Meta, Section};
use crate::conf::keywords::{MOST, fit, own};
use crate::conf::model::check::GroupEntry;
use crate::conf::reader::{Again, Reader, decimal};

pub(in crate::conf::keywords) static GROUP: Section<()> =
    Section::new("virtual_server_group", &[ROWS]).stored().positional(&[Meta::word(
        "ADDR",
        "",
        "An address, a range (`192.0.2.1-9`, `192.0.2.1-192.0.2.9`) or a block (`192.0.2.0/29`), and behind it the port.",
    ).since("1.0.2").example("[192.0.2.9-12 80]")]);

const ROWS: &[Keyword<()>] = &[own("fwmark", "MARK [inet|inet6]", |(), _| {})
    .since("1.0.2")
    .range("0 to 4294967295")
    .example("[fwmark 7 inet]")
    .doc(
        "",
        "A mark of the packet filter, and the family of the packets if the rest of the group does not tell.",
    )];

/// Reads the block.
pub(in crate::conf::keywords) fn group(draft: &mut Draft, r: &mut Reader<'_>) {
    let Some(name) = r.block_name(&mut draft.names.server_groups, Again::Unnoticed) else { return r.skip() };
    let mut entries = Vec::new();
    let end = r.entries(|r| {
        let at = r.at(0);
        let entry = if r.keyword() == "fwmark" { mark(r) } else { addresses(r) };
        entries.extend(entry.map(|entry| At::new(entry, at)));
    });
    draft.server_groups.push(ServerGroupDraft { name: name.value.into(), at: name.at, end, entries });
}

fn mark(r: &mut Reader<'_>) -> Option<GroupEntry> {
    let mark = r.number(1, 0, MOST)?;
    let family = match r.arg(2) {
        None => None,
        Some("inet") => Some(Family::V4),
        Some("inet6") => Some(Family::V6),
        Some(word) => {
            let message = format!("`{word}` is no family");
            r.report(&word_code::BAD_CHOICE, r.at(2), message).label("expected inet or inet6");
            return None;
        }
    };
    Some(GroupEntry::Mark { mark: fit(mark), family })
}

fn addresses(r: &mut Reader<'_>) -> Option<GroupEntry> {
    let text = r.arg(0)?;
    let port = if r.count() > 1 { r.number(1, 0, 65_535)? } else { 0 };
    match range(text) {
        Ok((first, more)) => Some(GroupEntry::Addresses { first, more, port: fit(port) }),
        Err(Some(reason)) => {
            let message = format!("`{text}` is no range of addresses: {reason}");
            r.report(&code::BAD_RANGE, r.at(0), message).label("the entry is ignored");
            None
        }
        Err(None) => {
            r.bad_address(0, text);
            None
        }
    }
}

/// The first address and how many follow; or why not.
fn range(text: &str) -> Result<(IpAddr, u32), Option<&'static str>> {
    if let Some((address, length)) = text.split_once('/') {
        let first: IpAddr = address.parse().map_err(|_| None)?;
        let widest = if first.is_ipv4() { 32 } else { 128 };
        let length = decimal::whole(length).ok().filter(|length| (1..=widest).contains(length));
        let length = length.ok_or(Some("the prefix length is out of its range"))?;
        let more = 1_u32.checked_shl(fit(widest - length)).ok_or(Some("the block is too large"))? - 1;
        return Ok((first, more));
    }
    let Some((address, last)) = text.split_once('-') else {
        return Ok((text.parse().map_err(|_| None)?, 0));
    };
    let first: IpAddr = address.parse().map_err(|_| None)?;
    let last = match (first, last.parse::<IpAddr>()) {
        (_, Ok(last)) => last,
        (IpAddr::V4(first), Err(_)) => {
            let octet: u8 = last.parse().map_err(|_| Some("its end is no octet"))?;
            let [a, b, c, _] = first.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, octet))
        }
        (IpAddr::V6(first), Err(_)) => {
            let group =
                u16::from_str_radix(last, 16).map_err(|_| Some("its end is no group of an address"))?;
            let bits = (first.to_bits() & !0xffff) | u128::from(group);
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
    };
    let more = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => last.to_bits().checked_sub(first.to_bits()),
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            last.to_bits().checked_sub(first.to_bits()).and_then(|more| u32::try_from(more).ok())
        }
        _ => return Err(Some("its ends are of different families")),
    };
    match more {
        Some(more) if more > 0 => Ok((first, more)),
        _ => Err(Some("its end is not behind its start")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_a_first_address_and_more() {
        let found = |text| range(text).map(|(first, more)| (first.to_string(), more));
        assert_eq!(found("192.0.2.1"), Ok(("192.0.2.1".into(), 0)));
        assert_eq!(found("192.0.2.1-9"), Ok(("192.0.2.1".into(), 8)));
        assert_eq!(found("192.0.2.1-192.0.3.1"), Ok(("192.0.2.1".into(), 256)));
        assert_eq!(found("192.0.2.0/30"), Ok(("192.0.2.0".into(), 3)));
        assert_eq!(found("2001:db8::1-1f"), Ok(("2001:db8::1".into(), 30)));
    }

    #[test]
    fn other_ranges_are_refused() {
        for text in
            ["192.0.2.9-1", "192.0.2.1-300", "192.0.2.0/33", "192.0.2.0/0", "2001:db8::/8", "2001:db8::1-g"]
        {
            assert!(matches!(range(text), Err(Some(_))), "{text}");
        }
        assert_eq!(range("x"), Err(None));
        assert_eq!(range("192.0.2.1-2001:db8::1").unwrap_err(), Some("its ends are of different families"));
    }
}
