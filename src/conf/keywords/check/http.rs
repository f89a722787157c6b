//! `HTTP_GET` and `SSL_GET`.

use super::super::auth_hmac::hexadecimal;
use super::{Rows, Timings};
use crate::conf::diag::code::server as code;
use crate::conf::diag::code::words as word_code;
use crate::conf::draft::{CheckDraft, HttpDraft, KindDraft, PageDraft, ServerDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::keywords::{flag, own, switch, text};
use crate::conf::model::check::{HttpVersion, Regex};
use crate::conf::reader::Reader;

type Check = CheckDraft<HttpDraft>;

pub(in crate::conf::keywords) static PLAIN: Section<Check> = Section::new(
    "HTTP_GET",
    &[Rows::<HttpDraft>::TARGET, Timings::<Check>::TIMES, Rows::<HttpDraft>::REPORT, ROWS, PLAIN_ROWS],
)
.stored();
pub(in crate::conf::keywords) static SECURE: Section<Check> = Section::new(
    "SSL_GET",
    &[Rows::<HttpDraft>::TARGET, Timings::<Check>::TIMES, Rows::<HttpDraft>::REPORT, ROWS, SECURE_ROWS],
)
.stored();
pub(in crate::conf::keywords) static PLAIN_URL: Section<PageDraft> =
    Section::new("url", &[URL, REGEX]).stored();
pub(in crate::conf::keywords) static SECURE_URL: Section<PageDraft> =
    Section::new("url", &[URL, REGEX, &[TLS_COMPLIANT_PAGE]]).stored();

/// The status codes that HTTP has.
const STATUS: std::ops::RangeInclusive<u16> = 100..=599;

const ROWS: &[Keyword<Check>] = &[
    own("nb_get_retry", "NUMBER", |d: &mut Check, r: &mut Reader<'_>| {
        let Some(number) = r.number(1, 1, super::MOST) else { return };
        r.report(&word_code::DEPRECATED, r.at(0), "`nb_get_retry` is now called `retry`")
            .help("write `retry`");
        d.timing.retry = Some(super::fit(number));
    })
    .since("1.2.23")
    .range("1 to 4294967295")
    .example("nb_get_retry 3")
    .doc("", "Once the name of `retry`."),
    text("virtualhost", "NAME", |d: &mut Check, name, _| d.kind.virtualhost = Some(name.into()))
        .since("1.3.6")
        .example("virtualhost www.example.net")
        .optional()
        .doc("as in the real server, else address and port", "The host that is asked for."),
    own("http_protocol", "1.0|1.0C|1.0c|1.1", |d: &mut Check, r: &mut Reader<'_>| {
        let versions = [
            ("1.0", HttpVersion::V1_0),
            ("1.0C", HttpVersion::V1_0Close),
            ("1.0c", HttpVersion::V1_0Close),
            ("1.1", HttpVersion::V1_1),
        ];
        d.kind.version = r.choice(1, &versions).unwrap_or(d.kind.version);
    })
    .since("2.0.17")
    .example("http_protocol 1.1")
    .optional()
    .doc("1.0", "The version of requests; 1.0C asks the server to close the connection."),
    switch("enable_sni", |d: &mut Check, on, _| d.kind.sni = on)
        .since("1.4.3")
        .doc("off", "Names the host in the TLS handshake."),
    own("sni_name", "[NAME]", |d: &mut Check, r: &mut Reader<'_>| {
        d.kind.sni = true;
        d.kind.sni_name = r.arg(1).map(Into::into);
    })
    .since("after 2.4.3")
    .example("sni_name www.example.net")
    .doc("virtualhost", "The name in the TLS handshake. Turns `enable_sni` on."),
    switch("fast_recovery", |d: &mut Check, on, _| d.kind.fast_recovery = on)
        .since("2.0.17")
        .doc("off", "After a failure all pages are fetched at once, not one in each period."),
];

const PLAIN_ROWS: &[Keyword<Check>] =
    &[own("url", "{ ... }", |d: &mut Check, r: &mut Reader<'_>| page(d, &PLAIN_URL, r))
        .since("1.2.23")
        .example("url {\n    path /health\n    status_code 200\n}")
        .doc("", "A page. There may be several; they are fetched in this order.")];

const SECURE_ROWS: &[Keyword<Check>] = &[
    switch("tls_compliant", |d: &mut Check, on, _| d.kind.tls_compliant = on)
        .since("2.2.8")
        .doc("off", "Ends TLS connections as the standard wants it."),
    own("url", "{ ... }", |d: &mut Check, r: &mut Reader<'_>| page(d, &SECURE_URL, r))
        .since("1.2.23")
        .example("url {\n    path /health\n    status_code 200\n}")
        .doc("", "A page. There may be several; they are fetched in this order."),
];

const URL: &[Keyword<PageDraft>] = &[
    text("path", "PATH", |d: &mut PageDraft, path, _| d.page.path = path.into())
        .since("1.2.23")
        .example("[path /health]")
        .doc("", "The path of the page, with its query."),
    own("digest", "MD5", |d: &mut PageDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(text) = r.required(1, "an MD5 digest") else { return };
        if d.page.digest.is_some() {
            r.report(&word_code::GIVEN_TWICE, at, "the page has a digest already; this one is ignored");
            return;
        }
        d.page.digest = hexadecimal(text).and_then(|octets| octets.try_into().ok());
        if d.page.digest.is_none() {
            let message = format!("`{text}` is no MD5 digest");
            r.report(&code::BAD_HEXADECIMAL, at, message).label("expected 32 hexadecimal digits");
        }
    })
    .since("1.2.23")
    .range("32 hexadecimal digits")
    .example("digest 9b3a0c85a887a256d6939da88aabd8cd")
    .doc("any", "The MD5 digest that the page has to have."),
    own("status_code", "CODE[-CODE] ...", |d: &mut PageDraft, r: &mut Reader<'_>| {
        for index in 1..r.count() {
            let Some(text) = r.arg(index) else { return };
            match status(text) {
                Some(range) => d.page.status.push(range),
                None => {
                    let message = format!("`{text}` is no status code of HTTP");
                    r.report(&code::BAD_STATUS, r.at(index), message)
                        .label("expected a number from 100 to 599, or two and `-`");
                }
            }
        }
    })
    .since("1.2.23")
    .range("100 to 599")
    .example("status_code 200 301-302")
    .doc("200-299", "The status codes that are good."),
    text("virtualhost", "NAME", |d: &mut PageDraft, name, _| d.page.virtualhost = Some(name.into()))
        .since("1.3.6")
        .example("virtualhost www.example.net")
        .optional()
        .doc("as in the check", "The host that is asked for."),
];

const TLS_COMPLIANT_PAGE: Keyword<PageDraft> =
    switch("tls_compliant", |d: &mut PageDraft, on, _| d.tls_compliant = Some(on))
        .since("2.2.8")
        .doc("as in the check", "Ends the TLS connection as the standard wants it.");

const REGEX: &[Keyword<PageDraft>] = &[
    own("regex", "PATTERN", |d: &mut PageDraft, r: &mut Reader<'_>| {
        if let Some(pattern) = required(1, "a pattern", r) {
            regex(d).pattern = pattern.into();
        }
    })
    .since("2.0.7")
    .example("regex ^ready")
    .doc("none", "A pattern (PCRE2) that has to match the page."),
    flag("regex_no_match", |d: &mut PageDraft, _| regex(d).no_match = true)
        .since("2.0.7")
        .example("regex ^ready\n[regex_no_match]")
        .doc("off", "The pattern must not match."),
    own("regex_options", "OPTION ...", |d: &mut PageDraft, r: &mut Reader<'_>| {
        for index in 1..r.count() {
            let Some(text) = r.arg(index) else { return };
            match OPTIONS.iter().find(|name| **name == text) {
                Some(name) => regex(d).options.push(name),
                None => {
                    let message = format!("`{text}` is no option of patterns");
                    r.report(&code::BAD_REGEX, r.at(index), message);
                }
            }
        }
    })
    .since("2.0.7")
    .example("regex ^ready\n[regex_options caseless multiline]")
    .doc("none", "Options of PCRE2, in lower case and without their prefix."),
    own("regex_min_offset", "NUMBER", |d: &mut PageDraft, r: &mut Reader<'_>| {
        regex(d).min_offset = offset(1, r);
    })
    .since("2.0.7")
    .example("regex ^ready\n[regex_min_offset 7]")
    .doc("0", "Where in the page the match may start at the earliest."),
    own("regex_max_offset", "NUMBER", |d: &mut PageDraft, r: &mut Reader<'_>| {
        regex(d).max_offset = offset(1, r);
    })
    .since("2.0.7")
    .example("regex ^ready\n[regex_max_offset 7]")
    .doc("anywhere", "Where in the page the match may start at the latest."),
    own("regex_stack", "START MOST", |d: &mut PageDraft, r: &mut Reader<'_>| {
        if let (Some(start), Some(most)) = (offset(1, r), offset(2, r)) {
            regex(d).stack = Some((start, most));
        }
    })
    .since("2.0.7")
    .example("regex ^ready\n[regex_stack 32768 524288]")
    .doc("that of PCRE2", "The size of the stack for matching, in octets."),
];

/// What PCRE2 can be told.
const OPTIONS: [&str; 24] = [
    "allow_empty_class",
    "alt_bsux",
    "auto_callout",
    "caseless",
    "dollar_endonly",
    "dotall",
    "dupnames",
    "extended",
    "firstline",
    "match_unset_backref",
    "multiline",
    "never_ucp",
    "never_utf",
    "no_auto_capture",
    "no_auto_possess",
    "no_dotstar_anchor",
    "no_start_optimize",
    "ucp",
    "ungreedy",
    "utf",
    "never_backslash_c",
    "alt_circumflex",
    "alt_verbnames",
    "use_offset_limit",
];

fn regex(d: &mut PageDraft) -> &mut Regex {
    d.page.regex.get_or_insert_default()
}

/// The word `index`; the C program takes a missing one here without a word, so it is no error.
fn required<'r>(index: usize, what: &str, r: &mut Reader<'r>) -> Option<&'r str> {
    let text = r.arg(index);
    if text.is_none() {
        let message = format!("`{}` needs {what}", r.keyword());
        r.report(&code::BAD_REGEX, r.at(index), message);
    }
    text
}

fn offset(index: usize, r: &mut Reader<'_>) -> Option<u64> {
    let text = required(index, "a number of octets", r)?;
    let number = text.parse().ok();
    if number.is_none() {
        let message = format!("`{text}` is no number of octets");
        r.report(&code::BAD_REGEX, r.at(index), message);
    }
    number
}

/// `CODE` or `CODE-CODE`.
fn status(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let code = |text: &str| text.parse().ok().filter(|code| STATUS.contains(code));
    let (first, last) = (code(first)?, code(last)?);
    (first <= last).then_some((first, last))
}

fn page(d: &mut Check, section: &'static Section<PageDraft>, r: &mut Reader<'_>) {
    let at = r.at(0);
    let mut page = PageDraft::default();
    let end = r.block(section, &mut page);
    if page.page.path.is_empty() {
        r.report(&code::NO_PATH, at, "a page has no `path`; it is ignored").also(end, "the block ends here");
    } else {
        d.kind.pages.push(page);
    }
}

/// Reads a check.
pub(in crate::conf::keywords) fn check(d: &mut ServerDraft, tls: bool, r: &mut Reader<'_>) {
    let name = r.keyword();
    let section = if tls { &SECURE } else { &PLAIN };
    let check = super::block(d, HttpDraft { tls, ..HttpDraft::default() }, section, r);
    if check.kind.pages.is_empty() {
        let message = format!("this `{name}` has no `url`; it is ignored");
        r.report(&code::NO_PAGE, check.at, message).also(check.end, "the block ends here");
        return;
    }
    d.add(check.map(|http| KindDraft::Http(Box::new(http))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_come_alone_or_in_ranges() {
        assert_eq!(status("200"), Some((200, 200)));
        assert_eq!(status("200-299"), Some((200, 299)));
        for text in ["", "99", "600", "299-200", "200,404", "200-", "x"] {
            assert_eq!(status(text), None, "{text}");
        }
    }
}
