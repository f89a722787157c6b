//! See `bodies/arp_na.rs`.
#![no_main]

#[path = "../bodies/arp_na.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
