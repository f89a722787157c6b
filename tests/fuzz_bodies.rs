//! The fuzz targets as ordinary tests: each body is run over its seeds and over mutations of them.
//!
//! The mutations are the same in every run; `FUZZ_SEED=n` makes others, `FUZZ_ROUNDS=n` more. A failure prints the
//! input in hexadecimal, which `FUZZ_INPUT=hex` runs alone.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it finds a fault"
)]

#[path = "fuzz/bodies/advert.rs"]
mod advert;
#[path = "fuzz/bodies/arp_na.rs"]
mod arp_na;
#[path = "fuzz/bodies/config.rs"]
mod config;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use keepalived::base::rng::SplitMix64;

/// The longest input that mutations grow to, in octets.
const LONGEST: usize = 4096;

fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")),
        Err(_) => default,
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target);
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("seeds").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    assert!(paths.len() >= 4, "the seeds of {target} are gone: {paths:?}");
    paths.iter().map(|path| fs::read(path).expect("a seed")).collect()
}

fn run(target: &str, rounds: u64, body: fn(&[u8])) {
    if let Ok(hex) = std::env::var("FUZZ_INPUT") {
        return body(&from_hex(&hex));
    }
    let seeds = seeds(target);
    for seed in &seeds {
        attempt(target, seed, body);
    }
    let mut rng = SplitMix64::new(number("FUZZ_SEED", 1));
    for _ in 0..number("FUZZ_ROUNDS", rounds) {
        let mut input = pick(&mut rng, &seeds).clone();
        for _ in 0..=rng.below(4) {
            mutate(&mut rng, &mut input, &seeds);
        }
        attempt(target, &input, body);
    }
}

fn attempt(target: &str, input: &[u8], body: fn(&[u8])) {
    if let Err(cause) = catch_unwind(AssertUnwindSafe(|| body(input))) {
        println!("{target} fails with FUZZ_INPUT={}", to_hex(input));
        println!("as text: {}", String::from_utf8_lossy(input));
        std::panic::resume_unwind(cause);
    }
}

fn pick<'a, T>(rng: &mut SplitMix64, all: &'a [T]) -> &'a T {
    &all[below(rng, all.len())]
}

fn below(rng: &mut SplitMix64, bound: usize) -> usize {
    usize::try_from(rng.below(u64::try_from(bound).unwrap_or(u64::MAX))).unwrap_or_default()
}

fn octet(rng: &mut SplitMix64) -> u8 {
    // Limits break more than other values.
    *pick(rng, &[0, 1, 0x7f, 0x80, 0xfe, 0xff, b' ', b'\n', b'{', b'}', b'"', b'$', b'~', b'9']) ^ {
        let plain = u8::try_from(rng.below(256)).unwrap_or_default();
        if rng.chance(500) { plain } else { 0 }
    }
}

/// Changes `input` in one of the ways that find faults: octets, pieces of itself, pieces of other seeds.
fn mutate(rng: &mut SplitMix64, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let at = below(rng, input.len() + 1);
    let end = at + below(rng, (input.len() - at).min(32) + 1);
    match rng.below(6) {
        0 => {
            let value = octet(rng);
            if let Some(place) = input.get_mut(at) {
                *place = value;
            }
        }
        1 => {
            let bit = 1_u8 << below(rng, 8);
            if let Some(place) = input.get_mut(at) {
                *place ^= bit;
            }
        }
        2 => input.insert(at, octet(rng)),
        3 => drop(input.drain(at..end)),
        4 => {
            let piece = input[at..end].to_vec();
            let to = below(rng, input.len() + 1);
            input.splice(to..to, piece);
        }
        _ => {
            let other = pick(rng, seeds);
            let from = below(rng, other.len() + 1);
            let piece = other[from..from + below(rng, other.len() - from + 1)].to_vec();
            input.splice(at..end, piece);
        }
    }
    input.truncate(LONGEST);
}

fn to_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hexadecimal"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

#[test]
fn any_packet_can_be_heard() {
    run("advert", 40_000, advert::run);
}

#[test]
fn any_frame_can_be_read() {
    run("arp_na", 100_000, arp_na::run);
}

#[test]
fn any_text_can_be_a_configuration() {
    run("config", 4000, config::run);
}

#[test]
fn inputs_survive_their_printing() {
    let input = [0, 1, 0xab, 0xff];
    assert_eq!(from_hex(&to_hex(&input)), input);
}
