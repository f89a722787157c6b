//! `SSL`: what is shown to servers of `SSL_GET`.

use super::own;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, Draft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::model::check::Tls;
use crate::conf::reader::Reader;

pub(super) static TLS: Section<Tls> = Section::new("SSL", &[ROWS]).stored();

const ROWS: &[Keyword<Tls>] = &[
    own("password", "PASSWORD", |d: &mut Tls, r: &mut Reader<'_>| once(&mut d.password, r))
        .since("0.5.3")
        .example("password correct-horse")
        .optional()
        .doc("none", "The password of the key."),
    own("ca", "FILE", |d: &mut Tls, r: &mut Reader<'_>| once(&mut d.ca, r))
        .since("0.5.3")
        .example("ca /etc/keepalived/ca.pem")
        .optional()
        .doc("none", "The certificates of authorities. Servers are not verified all the same."),
    own("certificate", "FILE", |d: &mut Tls, r: &mut Reader<'_>| once(&mut d.certificate, r))
        .since("0.5.3")
        .example("certificate /etc/keepalived/lb.pem")
        .optional()
        .doc("none", "The certificate that is shown."),
    own("key", "FILE", |d: &mut Tls, r: &mut Reader<'_>| once(&mut d.key, r))
        .since("0.5.3")
        .example("key /etc/keepalived/lb.key")
        .optional()
        .doc("none", "The key of the certificate."),
];

/// A word of which the last counts.
fn once(slot: &mut Option<Box<str>>, r: &mut Reader<'_>) {
    let Some(word) = r.required(1, "a word") else { return };
    if slot.is_some() {
        let message = format!("there is a `{}` already; this one replaces it", r.keyword());
        r.report(&code::REPLACED, r.at(0), message);
    }
    *slot = Some(word.into());
}

/// Reads the block.
pub(super) fn tls(draft: &mut Draft, r: &mut Reader<'_>) {
    let at = r.at(0);
    let mut tls = Tls::default();
    r.block(&TLS, &mut tls);
    if let Some(first) = &draft.tls {
        let first = first.at;
        r.report(&code::REPLACED, at, "there is a block `SSL` already; this one replaces it")
            .also(first, "the first one is here");
    }
    draft.tls = Some(At::new(tls, at));
}
