//! `lb_kind`: how packets reach servers.

use crate::base::time::Span;
use crate::conf::diag::code::server as code;
use crate::conf::keyword::{Keyword, Section};
use crate::conf::keywords::{fit, number, own};
use crate::conf::model::check::{Forwarding, TunnelChecksum};
use crate::conf::reader::Reader;

/// A tunnel whose options are being read.
#[derive(Default)]
pub(in crate::conf::keywords) struct Tunnel {
    kind: TunnelKind,
    port: Option<u16>,
    checksum: Option<TunnelChecksum>,
    /// It cannot be used after all.
    broken: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum TunnelKind {
    #[default]
    Ipip,
    Gue,
    Gre,
}

pub(in crate::conf::keywords) static TUNNEL: Section<Tunnel> = Section::new("lb_kind TUN", &[ROWS]).stored();

const ROWS: &[Keyword<Tunnel>] = &[
    own("type", "ipip|gue|gre", |d: &mut Tunnel, r: &mut Reader<'_>| {
        let kinds = [("ipip", TunnelKind::Ipip), ("gue", TunnelKind::Gue), ("gre", TunnelKind::Gre)];
        match r.choice(1, &kinds) {
            Some(kind) => d.kind = kind,
            None => d.broken = true,
        }
    })
    .since("2.0.18")
    .example("type gre")
    .optional()
    .doc(
        "ipip",
        "The kind of the tunnel: IP in IP, generic UDP encapsulation, or generic routing encapsulation.",
    ),
    number("port", 1, 65_535, |d: &mut Tunnel, n, _| d.port = Some(fit(n)))
        .since("2.0.18")
        .example("lb_kind TUN type gue [port 6080]")
        .optional()
        .doc("", "The UDP port of a tunnel of type gue, which needs one; no other has one."),
    own("nocsum", "", |d: &mut Tunnel, _| d.checksum = Some(TunnelChecksum::None))
        .since("2.0.18")
        .example("lb_kind TUN type gre csum [nocsum]")
        .doc("on", "Packets have no checksum."),
    own("csum", "", |d: &mut Tunnel, _| d.checksum = Some(TunnelChecksum::Plain))
        .since("2.0.18")
        .example("lb_kind TUN type gre [csum]")
        .doc("off", "Packets have a checksum; not for ipip."),
    own("remcsum", "", |d: &mut Tunnel, _| d.checksum = Some(TunnelChecksum::Remote))
        .since("2.0.18")
        .example("lb_kind TUN type gue port 6080 [remcsum]")
        .doc("off", "The far end fills the checksum in; for gue only."),
];

/// The words for it.
pub(super) const FORWARDING: &str = "NAT|DR|TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum]";

/// `NAT|DR|TUN ...`, from the first parameter on.
pub(super) fn read(r: &mut Reader<'_>) -> Option<Forwarding> {
    let method = r.choice(1, &[("NAT", Method::Nat), ("DR", Method::Direct), ("TUN", Method::Tunnel)])?;
    let mut tunnel = Tunnel::default();
    let line = r.line();
    if method != Method::Tunnel {
        if let Some(word) = r.arg(2) {
            let message = format!("`{word}` is an option of tunnels only");
            r.report(&code::BAD_TUNNEL, r.at(2), message);
            r.use_all();
            return None;
        }
        return Some(if method == Method::Nat { Forwarding::Nat } else { Forwarding::Direct });
    }
    let mut fine = r.options(&TUNNEL, &mut tunnel, 2);
    fine &= !tunnel.broken;
    let complaint = match (tunnel.kind, tunnel.port, tunnel.checksum) {
        (TunnelKind::Gue, None, _) => Some("a tunnel of type gue needs a port"),
        (TunnelKind::Ipip | TunnelKind::Gre, Some(_), _) => Some("only a tunnel of type gue has a port"),
        (TunnelKind::Ipip, None, Some(_)) => Some("a tunnel of type ipip has no checksum"),
        (TunnelKind::Gre, None, Some(TunnelChecksum::Remote)) => {
            Some("only a tunnel of type gue leaves the checksum to the far end")
        }
        (TunnelKind::Gue, Some(_), _) | (TunnelKind::Ipip | TunnelKind::Gre, None, _) => None,
    };
    if let (true, Some(message)) = (fine, complaint) {
        r.report(&code::BAD_TUNNEL, line, message);
        return None;
    }
    let checksum = tunnel.checksum.unwrap_or_default();
    fine.then_some(match (tunnel.kind, tunnel.port) {
        (TunnelKind::Gue, port) => Forwarding::Gue { port: port.unwrap_or_default(), checksum },
        (TunnelKind::Gre, _) => Forwarding::Gre(checksum == TunnelChecksum::Plain),
        (TunnelKind::Ipip, _) => Forwarding::Ipip,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Nat,
    Direct,
    Tunnel,
}

/// Persistence without a time, or forced by a service without a port.
pub(in crate::conf) const USUAL_PERSISTENCE: Span = Span::from_secs(360);
