//! What is said of adverts that are not believed, or not wholly.

use std::fmt::Write as _;

use crate::vrrp::{Doubt, Rejection};

pub(super) fn rejection(why: Rejection, source: std::net::IpAddr) -> String {
    match why {
        Rejection::Length { len, expected } if len < expected => {
            format!("vrrp packet from {source} too short, length {len} and expect {expected}")
        }
        Rejection::Length { len, expected } => {
            format!("vrrp packet from {source} too long, length {len} and expect {expected}")
        }
        Rejection::Ttl { ttl, min, max } if min == max => {
            format!("invalid TTL/HL from {source}. Received {ttl} and expect {min}")
        }
        Rejection::Ttl { ttl, min, max } => {
            format!("invalid TTL/HL from {source}. Received {ttl} and expect {min} to {max}")
        }
        Rejection::Version { theirs, ours } => {
            format!("wrong VRRP version from {source}. Received {theirs} and expect {ours}")
        }
        Rejection::AuthInvalidType(theirs) => format!("Invalid auth type from {source}: {theirs}"),
        Rejection::AuthTypeMismatch { theirs, ours } => {
            format!("received a {theirs} auth from {source}, expecting {ours}!")
        }
        Rejection::Password => format!("received an invalid passwd from {source}!"),
        Rejection::Digest => {
            format!("IPSEC-AH : invalid IPSEC HMAC-MD5 value from {source}; is auth_pass the same on both?")
        }
        Rejection::Spi(spi) => format!("IPSEC-AH : SPI {spi} is not the address of the sender {source}"),
        Rejection::Replay { sequence } => {
            format!("IPSEC-AH : sequence number {sequence} from {source} already processed. Packet dropped")
        }
        Rejection::Interval { theirs, ours } => {
            format!(
                "advertisement interval mismatch with {source} mine={} sec rcv'd={} sec",
                ours.as_secs(),
                theirs.as_secs()
            )
        }
        Rejection::NoInterval => {
            format!("advert from {source} has no interval; 1 to 4095 centiseconds are allowed")
        }
        Rejection::Kind(kind) => format!("Invalid packet type from {source}. {kind} and expect 1"),
        Rejection::Checksum => format!("Invalid VRRP checksum from {source}"),
        Rejection::IgnoredByOwner => format!("ignoring adverts of {source}, because we own the addresses"),
        Rejection::NotAPeer => format!("unicast advert from {source}, which is not a unicast peer"),
        Rejection::Signature(doubt) => self::doubt(doubt, source),
    }
}

/// What to do where signatures are too far from the present.
pub(super) const CLOCKS: &str = "keep the clocks of both with NTP, or allow for more with `time_window`";

pub(super) fn doubt(doubt: Doubt, source: std::net::IpAddr) -> String {
    match doubt {
        Doubt::Missing => {
            format!(
                "advert from {source} is not signed; does it have `auth_hmac`, and no `mode receive-only`?"
            )
        }
        Doubt::Malformed => format!("the signature of an advert from {source} is of another kind than ours"),
        Doubt::Stale { apart } => {
            format!(
                "advert from {source} was signed {apart} away from the present: repeated by somebody, or {CLOCKS}"
            )
        }
        Doubt::UnknownKey(number) => {
            format!("advert from {source} is signed with key {number}, which is not configured here")
        }
        Doubt::Wrong => {
            format!("the signature of an advert from {source} is wrong; is the key the same on both?")
        }
        Doubt::Replay => {
            format!("advert from {source} was signed before one that was accepted: somebody repeats it")
        }
    }
}

pub(super) fn other_addresses(
    source: std::net::IpAddr,
    theirs: usize,
    ours: usize,
    missing: Option<std::net::IpAddr>,
) -> String {
    let mut text = String::new();
    if theirs != ours {
        let _ = write!(text, "expected {ours} VIPs but received {theirs} from {source}");
    }
    if let Some(missing) = missing {
        let separator = if text.is_empty() { "" } else { "; " };
        let _ = write!(text, "{separator}ip address not present in advert from {source}: {missing}");
    }
    text
}
