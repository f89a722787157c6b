//! `bfd_instance`: a session of Bidirectional Forwarding Detection (RFC 5880, RFC 5881, RFC 5883).

use std::net::IpAddr;

use super::track::Weight;
use crate::base::time::Span;

/// A session.
#[derive(Clone, Debug)]
pub struct BfdSession {
    /// The name that is referred to.
    pub name: Box<str>,
    /// `neighbor_ip`.
    pub neighbor: IpAddr,
    /// `source_ip`.
    pub source: Option<IpAddr>,
    /// `min_rx`: how often packets may come.
    pub min_rx: Span,
    /// `min_tx`: how often packets are sent.
    pub min_tx: Span,
    /// `idle_tx`: how often packets are sent while the session is not up.
    pub idle_tx: Span,
    /// `multiplier`: how many packets in a row may be missing.
    pub multiplier: u8,
    /// `passive`: wait for the neighbour to begin.
    pub passive: bool,
    /// `ttl`.
    pub ttl: u8,
    /// `max_hops`; `None`: any.
    pub max_hops: Option<u8>,
    /// `multihop`: the ports of RFC 5883.
    pub multihop: bool,
    /// What it does where the reference does not say.
    pub weight: Weight,
    /// Events go to the VRRP process.
    pub for_vrrp: bool,
    /// Events go to the health checkers.
    pub for_checker: bool,
}
