//! `check` of a `vrrp_script`: checks that need no program.

use std::net::{IpAddr, SocketAddr};

use crate::base::addr::is_link_local;
use crate::base::id::IfName;
use crate::conf::diag::code::command::BAD_URL;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, ScriptDraft};
use crate::conf::model::probe::{Host, Http, Probe};
use crate::conf::reader::Reader;

/// How `check` is written.
pub(super) const PARAMETERS: &str =
    "tcp ADDR PORT | http URL [STATUS] | ping ADDR [dev IF] | arp ADDR [dev IF]";

#[derive(Clone, Copy)]
enum Kind {
    Tcp,
    Http,
    Ping,
    Arp,
}

const KINDS: &[(&str, Kind)] =
    &[("tcp", Kind::Tcp), ("http", Kind::Http), ("ping", Kind::Ping), ("arp", Kind::Arp)];

/// Reads a `check` line.
pub(super) fn check(d: &mut ScriptDraft, r: &mut Reader<'_>) {
    if let Some(first) = &d.check {
        let first = first.at;
        let message = format!("{} has a check already; this one is ignored", d.name);
        r.report(&code::GIVEN_TWICE, r.at(0), message).also(first, "the first one is here");
        return r.use_all();
    }
    let at = r.line();
    let probe = probe(r);
    if probe.is_none() {
        r.use_all();
    }
    d.check = Some(At::new(probe, at));
}

fn probe(r: &mut Reader<'_>) -> Option<Probe> {
    Some(match r.choice(1, KINDS)? {
        Kind::Tcp => {
            let address = r.address(2)?;
            let port = r.number(3, 1, 65_535)?;
            Probe::Tcp(SocketAddr::new(address, super::fit(port)))
        }
        Kind::Http => {
            let text = r.required(2, "a URL")?;
            let mut http = url(text).map_err(|reason| bad_url(r, text, &reason)).ok()?;
            if r.peek_arg(3).is_some() {
                http.status = Some(super::fit(r.number(3, 100, 599)?));
            }
            Probe::Http(http)
        }
        Kind::Ping => {
            let to = r.address(2)?;
            let interface = interface(r)?;
            if let (IpAddr::V6(address), None) = (to, interface)
                && is_link_local(address)
            {
                let message = format!("{to} is an address of a link, and the link is missing");
                r.report(&code::BAD_ADDRESS, r.at(2), message)
                    .help(format!("write `check ping {to} dev IF`"));
                return None;
            }
            Probe::Ping { to, interface }
        }
        Kind::Arp => match r.address(2)? {
            IpAddr::V4(to) => Probe::Arp { to, interface: interface(r)? },
            IpAddr::V6(to) => {
                let message = format!("`{to}` is an IPv6 address, and ARP is for IPv4");
                r.report(&code::BAD_ADDRESS, r.at(2), message).help(format!("write `check ping {to}`"));
                return None;
            }
        },
    })
}

/// What follows an address: nothing, or `dev` and an interface.
#[expect(clippy::option_option, reason = "the outer one says that what follows is wrong")]
fn interface(r: &mut Reader<'_>) -> Option<Option<IfName>> {
    match r.arg(3) {
        None => Some(None),
        Some("dev") => r.interface(4).map(Some),
        Some(word) => {
            let message = format!("`{word}` is no option of `check`");
            r.report(&code::UNKNOWN_OPTION, r.at(3), message).label("expected `dev`");
            None
        }
    }
}

fn bad_url(r: &mut Reader<'_>, text: &str, reason: &str) {
    let message = format!("`{text}` cannot be checked: {reason}");
    r.report(&BAD_URL, r.at(2), message).label("expected http://HOST[:PORT]/PATH");
}

/// What is to be asked for under a URL (RFC 3986), or why nothing can be.
fn url(text: &str) -> Result<Http, String> {
    let Some((scheme, rest)) = text.split_once("://") else { return Err("it is no URL".into()) };
    if !scheme.eq_ignore_ascii_case("http") {
        return Err(format!("only http is understood, not {scheme}; let a `script` do it"));
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let path = path.split('#').next().unwrap_or_default();
    if text.bytes().any(|octet| !octet.is_ascii_graphic()) {
        return Err("it contains blanks or octets beyond ASCII; write them as %XX".into());
    }
    if authority.contains('@') {
        return Err("it contains a user, which is not understood".into());
    }
    let (host, port) = split_port(authority)?;
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok(Http {
        host: host_of(host)?,
        port,
        authority: authority.into(),
        path: format!("{slash}{path}").into(),
        status: None,
    })
}

/// Host and port; brackets around an IPv6 address stay.
fn split_port(authority: &str) -> Result<(&str, u16), String> {
    let colon =
        authority.rfind(':').filter(|colon| authority.rfind(']').is_none_or(|bracket| bracket < *colon));
    let Some((host, port)) = colon.and_then(|colon| authority.split_at_checked(colon)) else {
        return Ok((authority, 80));
    };
    match port.get(1..).unwrap_or_default() {
        "" => Ok((host, 80)),
        digits => match digits.parse() {
            Ok(port @ 1..) if digits.bytes().all(|octet| octet.is_ascii_digit()) => Ok((host, port)),
            Ok(_) | Err(_) => Err(format!("`{digits}` is no port")),
        },
    }
}

fn host_of(text: &str) -> Result<Host, String> {
    /// What names and their parts may be long, in octets (RFC 1035 section 2.3.4).
    const LONGEST: (usize, usize) = (253, 63);
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address = inner.parse().map_err(|_| format!("`{inner}` is no IPv6 address"))?;
        return Ok(Host::Address(IpAddr::V6(address)));
    }
    if let Ok(address) = text.parse() {
        return Ok(Host::Address(IpAddr::V4(address)));
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let fits = |part: &str| {
        (1..=LONGEST.1).contains(&part.len())
            && part.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_')
    };
    let all_digits = name.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
    if name.len() > LONGEST.0 || all_digits || !name.split('.').all(fits) {
        return Err(format!("`{text}` is neither an address nor a name of a host"));
    }
    Ok(Host::Name(name.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Host, u16, String, String) {
        let http = url(text).unwrap();
        (http.host, http.port, http.authority.into(), http.path.into())
    }

    #[test]
    fn a_url_is_taken_apart() {
        let v4 = Host::Address("192.0.2.1".parse().unwrap());
        let v6 = Host::Address("2001:db8::1".parse().unwrap());
        let name = Host::Name("web.example.net".into());
        let own =
            |host, port, authority: &str, path: &str| (host, port, authority.to_owned(), path.to_owned());
        assert_eq!(parts("http://192.0.2.1"), own(v4.clone(), 80, "192.0.2.1", "/"));
        assert_eq!(parts("http://192.0.2.1:8080/a?b=c#d"), own(v4, 8080, "192.0.2.1:8080", "/a?b=c"));
        assert_eq!(parts("http://[2001:db8::1]:81/"), own(v6.clone(), 81, "[2001:db8::1]:81", "/"));
        assert_eq!(parts("http://[2001:db8::1]"), own(v6, 80, "[2001:db8::1]", "/"));
        assert_eq!(parts("HTTP://web.example.net?x"), own(name, 80, "web.example.net", "/?x"));
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        for (text, reason) in [
            ("192.0.2.1", "it is no URL"),
            ("https://192.0.2.1/", "only http is understood, not https; let a `script` do it"),
            ("http://user@192.0.2.1/", "it contains a user, which is not understood"),
            ("http://192.0.2.1:0/", "`0` is no port"),
            ("http://192.0.2.1:+80/", "`+80` is no port"),
            ("http://192.0.2.1:99999/", "`99999` is no port"),
            ("http://192.0.2/", "`192.0.2` is neither an address nor a name of a host"),
            ("http:///x", "`` is neither an address nor a name of a host"),
            ("http://[::g]/", "`::g` is no IPv6 address"),
            ("http://a/\r\nX: y", "it contains blanks or octets beyond ASCII; write them as %XX"),
        ] {
            assert_eq!(url(text), Err(reason.to_owned()), "{text}");
        }
    }
}
