//! What a check says to whom it checks, and what it makes of the answer. Nothing here sends or waits.
#![forbid(unsafe_code)]

pub mod arp;
pub mod http;
pub mod ping;

/// Why a check failed that was answered, or could not even be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The system's reason, by error number.
    System(i32),
    /// The connection was closed before there was an answer.
    Closed,
    /// The answer was not HTTP.
    NotHttp,
    /// The page has another status than it should have.
    Status {
        /// Which.
        found: u16,
        /// The one that it should have; without it any from 200 to 299.
        wanted: Option<u16>,
    },
    /// The name of the server has no address.
    NoAddress,
    /// There is no interface on which to ask.
    NoInterface,
}
