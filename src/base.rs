//! The vocabulary that every layer shares: time, identities, addresses, deadlines, randomness.
//!
//! Imports nothing but `std`, holds no state of the daemon and makes no decision of the protocol.
#![forbid(unsafe_code)]

pub mod addr;
pub mod calendar;
pub mod deadlines;
pub mod id;
pub mod interface;
pub mod many;
pub mod rare;
pub mod rng;
pub mod room;
pub mod table;
pub mod time;
pub mod wall;
