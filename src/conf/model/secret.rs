//! Passwords and keys: shown to nobody, and wiped from memory when nobody has them any more.

use std::fmt;

use zeroize::Zeroizing;

/// The password of `authentication`, padded with zeros.
#[derive(Clone)]
pub struct Password(Box<Zeroizing<[u8; 8]>>);

impl Password {
    /// The password of these octets.
    #[must_use]
    pub fn new(octets: [u8; 8]) -> Password {
        Password(Box::new(Zeroizing::new(octets)))
    }

    /// Its octets, for what is sent.
    #[must_use]
    pub fn octets(&self) -> &[u8; 8] {
        &self.0
    }
}

/// A key of `auth_hmac`: 32 to 64 octets.
#[derive(Clone)]
pub struct Key(Zeroizing<Box<[u8]>>);

impl Key {
    /// The key of these octets.
    #[must_use]
    pub fn new(octets: Vec<u8>) -> Key {
        Key(Zeroizing::new(octets.into_boxed_slice()))
    }

    /// Its octets, for signing.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("********")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("********")
    }
}
