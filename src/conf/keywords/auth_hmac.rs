//! `auth_hmac`: signed advertisements.

use super::{fit, number, own};
use crate::base::time::Span;
use crate::conf::diag::code::instance as code;
use crate::conf::diag::code::words as word_code;
use crate::conf::draft::{At, HmacDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::model::further::HmacMode;
use crate::conf::model::secret::Key;
use crate::conf::reader::Reader;

pub(super) static HMAC: Section<HmacDraft> = Section::new("auth_hmac", &[ROWS]);

/// How long keys are, in octets.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 32..=64;

const ROWS: &[Keyword<HmacDraft>] = &[
    own("key", "ID hex:HEX|file:PATH|TEXT", key).since("2.4.0").range("ID 1 to 255, key of 32 to 64 octets").example("key 2 0123456789abcdef0123456789abcdef").doc("", "A key of 32 to 64 octets with its number, 1 to 255: the text itself, hexadecimal digits, or a file with one of \
             these, which only root should be able to read. There may be several: any of them is believed. A credential of a systemd \
             service (`LoadCredential=vrrp.key:/etc/keepalived/vrrp.key`) is `file:${_ENV CREDENTIALS_DIRECTORY}/vrrp.key`."),
    number("active_key", 1, 255, |d: &mut HmacDraft, n, at| d.active = Some(At::new(fit(n), at))).since("2.4.0").example("key 2 0123456789abcdef0123456789abcdef\n[active_key 2]")
        .doc("", "The number of the key that signs. It has to be one of the keys."),
    number("time_window", 1, 300, |d: &mut HmacDraft, n, _| d.window = Some(Span::from_secs(fit(n)))).since("2.4.0").example("time_window 30")
        .doc("three intervals, 5 s to 300 s", "How many seconds the clocks of the routers may differ; what was signed longer ago, or later, does not count."),
    own("anti_replay", "time|monotonic", |d: &mut HmacDraft, r: &mut Reader<'_>| {
        d.monotonic = r.choice(1, &[("time", false), ("monotonic", true)]).unwrap_or(d.monotonic);
    }).since("2.4.0").example("anti_replay monotonic")
    .doc("time", "By time, an advertisement counts only within `time_window`; clocks have to be kept, and may be set. `monotonic`: it only has \
         to be signed later than the last one that was accepted. Clocks may differ then, but one that is set back while keepalived \
         does not run makes its router unheard until it has caught up."),
    own("mode", "enforce|permissive|receive-only", |d: &mut HmacDraft, r: &mut Reader<'_>| {
        let modes = [
            ("enforce", HmacMode::Enforce),
            ("permissive", HmacMode::Permissive),
            ("receive-only", HmacMode::ReceiveOnly),
        ];
        d.mode = r.choice(1, &modes).unwrap_or(d.mode);
    }).since("2.4.0").example("mode permissive")
    .doc("enforce", "Whether advertisements are signed, and whether those without signature are refused. `permissive` signs and accepts \
         both, `receive-only` does not sign and accepts both; a signature that is wrong is refused in every mode."),
];

fn key(d: &mut HmacDraft, r: &mut Reader<'_>) {
    let Some(number) = r.number(1, 1, 255) else { return r.use_all() };
    let Some(text) = r.required(2, "a key") else { return };
    let at = r.at(2);
    let key = match text.split_once(':') {
        Some(("hex", digits)) => hexadecimal(digits),
        Some(("file", path)) => match r.env.secret(std::path::Path::new(path)) {
            Ok(secret) => {
                if secret.readable_by_others {
                    let message = format!("others can read the key in {path}");
                    r.report(&code::KEY_READABLE, at, message).help(format!("run `chmod go-rwx {path}`"));
                }
                match secret.text.strip_prefix("hex:") {
                    Some(digits) => hexadecimal(digits),
                    None => Some(secret.text.as_bytes().to_vec()),
                }
            }
            Err(obstacle) => {
                let message =
                    format!("the key in {} cannot be read: {}", obstacle.at.display(), obstacle.reason);
                r.report(&code::BAD_KEY, at, message);
                return;
            }
        },
        _ => Some(text.as_bytes().to_vec()),
    };
    let Some(key) = key.map(Key::new).filter(|key| KEY_LENGTHS.contains(&key.octets().len())) else {
        let message = format!("key {number} cannot be used");
        r.report(&code::BAD_KEY, at, message)
            .label("expected 32 to 64 octets, in hexadecimal an even number of digits");
        return;
    };
    let number = fit(number);
    if let Some(first) = d.keys.iter().find(|key| key.value.0 == number) {
        let first = first.at;
        let message = format!("there is a key {number} already; this one is ignored");
        r.report(&word_code::GIVEN_TWICE, r.at(1), message).also(first, "the first one is here");
        return;
    }
    d.keys.push(At::new((number, key), r.at(1)));
}

/// Pairs of hexadecimal digits.
pub(super) fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
