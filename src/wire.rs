//! Bytes and their meaning, one file per format.
//!
//! A `View` looks at bytes that came from outside: making one checks that they are long enough to be looked at, and
//! nothing more, because in which order the rest is checked is the protocol's business. `emit` functions append to a
//! buffer that the caller reuses. All use of pnet is behind this module.
#![forbid(unsafe_code)]

pub mod arp;
pub mod auth;
mod checksum;
pub mod icmp;
pub mod ipv4;
pub mod ndp;
pub mod signature;
pub mod vrrp;

use std::fmt;

/// Why bytes cannot be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There are fewer octets than the shortest form of the format has.
    TooShort {
        /// Octets that are there.
        len: usize,
        /// Octets that are needed.
        needed: usize,
    },
    /// A field says that this is something else.
    NotThis,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::TooShort { len, needed } => write!(out, "{len} octets where {needed} are needed"),
            Error::NotThis => out.write_str("another format"),
        }
    }
}

impl std::error::Error for Error {}

/// Appends `len` zero octets to `out` and lends them for filling in.
fn extend(out: &mut Vec<u8>, len: usize) -> &mut [u8] {
    let start = out.len();
    out.resize(start + len, 0);
    out.get_mut(start..).unwrap_or_default()
}

#[cfg(test)]
mod testing {
    /// Octets from hex digits, blanks ignored.
    pub(super) fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }
}
