//! See `bodies/advert.rs`.
#![no_main]

#[path = "../bodies/advert.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
