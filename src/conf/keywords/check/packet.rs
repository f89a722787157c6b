//! `DNS_CHECK` and `UDP_CHECK`.

use super::super::auth_hmac::hexadecimal;
use super::{Rows, Timings};
use crate::conf::diag::code::server as code;
use crate::conf::draft::{At, CheckDraft, DnsDraft, KindDraft, ServerDraft, UdpDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::keywords::{fit, number, own};
use crate::conf::model::check::DnsType;
use crate::conf::reader::Reader;

type Dns = CheckDraft<DnsDraft>;
type Udp = CheckDraft<UdpDraft>;

pub(in crate::conf::keywords) static DNS: Section<Dns> = Section::new(
    "DNS_CHECK",
    &[Rows::<DnsDraft>::TARGET, Timings::<Dns>::TIMES, Rows::<DnsDraft>::REPORT, DNS_ROWS],
)
.stored();
pub(in crate::conf::keywords) static UDP: Section<Udp> = Section::new(
    "UDP_CHECK",
    &[Rows::<UdpDraft>::TARGET, Timings::<Udp>::TIMES, Rows::<UdpDraft>::REPORT, UDP_ROWS],
)
.stored();

/// The longest label of a domain name, and the longest name, in octets (RFC 1035, 2.3.4).
const LONGEST_LABEL: usize = 63;
const LONGEST_NAME: usize = 253;

const DNS_ROWS: &[Keyword<Dns>] = &[
    own("type", "A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY", |d: &mut Dns, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(word) = r.required(1, "a type of records") else { return };
        match DnsType::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
            Some((_, query)) => d.kind.query = *query,
            None => {
                let message = format!("`{word}` is no type of records that can be asked for");
                r.report(&code::BAD_QUERY, at, message).label("the line is ignored");
            }
        }
    })
    .since("1.3.0")
    .example("type A")
    .doc("SOA", "The type of records that is asked for; in upper or lower case."),
    own("name", "DOMAIN", |d: &mut Dns, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(name) = r.required(1, "a domain") else { return };
        let bare = name.strip_suffix('.').unwrap_or(name);
        let label_fits = |label: &str| (1..=LONGEST_LABEL).contains(&label.len());
        if bare.is_empty() || (bare.len() <= LONGEST_NAME && bare.split('.').all(label_fits)) {
            d.kind.name = Some(name.into());
        } else {
            let message = format!("`{name}` is no name of a domain");
            r.report(&code::BAD_QUERY, at, message)
                .label(format!("expected labels of 1 to {LONGEST_LABEL} octets with points between"));
        }
    })
    .since("1.3.0")
    .example("name example.net")
    .doc(".", "The domain that is asked for."),
];

const UDP_ROWS: &[Keyword<Udp>] = &[
    own("payload", "HEX ...", |d: &mut Udp, r: &mut Reader<'_>| {
        let digits = joined(r);
        match hexadecimal(&digits).filter(|octets| !octets.is_empty()) {
            Some(octets) => d.kind.payload = Some(octets.into()),
            None => bad_octets("payload", r),
        }
    })
    .since("2.2.0")
    .example("payload 0a0b0c")
    .doc("32 octets of text", "What is sent, in hexadecimal."),
    own("require_reply", "[HEX ...]", |d: &mut Udp, r: &mut Reader<'_>| {
        let digits = joined(r);
        match pattern(&digits) {
            Some(pattern) => d.kind.reply = Some(pattern),
            None => bad_octets("require_reply", r),
        }
    })
    .since("2.1.0")
    .example("require_reply 81xx")
    .doc("off", "An answer has to come, and to start like this; `x` stands for any digit."),
    number("min_reply_length", 0, 65_535, |d: &mut Udp, n, at| d.kind.min_length = Some(At::new(fit(n), at)))
        .since("2.2.0")
        .example("require_reply 81xx\n[min_reply_length 4]")
        .doc("0", "The least length of the answer, in octets."),
    number("max_reply_length", 0, 65_535, |d: &mut Udp, n, at| d.kind.max_length = Some(At::new(fit(n), at)))
        .since("2.2.0")
        .example("require_reply 81xx\n[max_reply_length 512]")
        .doc("255", "The greatest length of the answer, in octets."),
];

/// All parameters without the blanks.
fn joined(r: &mut Reader<'_>) -> String {
    let words: String = (1..r.count()).filter_map(|index| r.arg(index)).collect();
    words.split_ascii_whitespace().collect()
}

fn bad_octets(keyword: &str, r: &mut Reader<'_>) {
    let message = format!("`{keyword}` needs an even number of hexadecimal digits");
    r.report(&code::BAD_HEXADECIMAL, r.at(1).to(r.line()), message).label("the line is ignored");
    r.use_all();
}

/// Octets and which of their bits count; `x` is any digit.
fn pattern(digits: &str) -> Option<Vec<(u8, u8)>> {
    let nibble = |digit: u8| match digit {
        b'x' | b'X' => Some((0, 0)),
        _ => u8::try_from(char::from(digit).to_digit(16)?).ok().map(|value| (value, 0xf)),
    };
    let mut octets = Vec::with_capacity(digits.len() / 2);
    for pair in digits.as_bytes().chunks(2) {
        let &[high, low] = pair else { return None };
        let ((high, high_mask), (low, low_mask)) = (nibble(high)?, nibble(low)?);
        octets.push((high << 4 | low, high_mask << 4 | low_mask));
    }
    Some(octets)
}

/// Reads a `DNS_CHECK`.
pub(in crate::conf::keywords) fn dns(d: &mut ServerDraft, r: &mut Reader<'_>) {
    super::read(d, DnsDraft::default(), &DNS, KindDraft::Dns, r);
}

/// Reads a `UDP_CHECK`.
pub(in crate::conf::keywords) fn udp(d: &mut ServerDraft, r: &mut Reader<'_>) {
    super::read(d, UdpDraft::default(), &UDP, |udp| KindDraft::Udp(Box::new(udp)), r);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_digits_that_do_not_matter() {
        assert_eq!(pattern("a1xF"), Some(vec![(0xa1, 0xff), (0x0f, 0x0f)]));
        assert_eq!(pattern(""), Some(vec![]));
        assert_eq!(pattern("a"), None);
        assert_eq!(pattern("ag"), None);
    }
}
