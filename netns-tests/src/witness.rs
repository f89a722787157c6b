//! tcpdump as an independent witness of what was on the wire.

use std::fs;
use std::path::Path;

use crate::command;
use crate::timeline::{NodeIndex, Timeline};

/// Magic number of a capture file with nanoseconds, its version 2.4, and the link type Ethernet.
const HEADER: [u32; 6] = [0xa1b2_3c4d, 0x0004_0002, 0, 0, 0x4_0000, 1];

/// Words with which tcpdump says that something is wrong with a packet.
const COMPLAINTS: [&str; 6] = ["bad ", "wrong ", "invalid", "truncated", "[|", "(incorrect"];

/// Writes the frames that `senders` have sent to `path` as a capture file; times are those of the monotonic
/// clock.
///
/// # Errors
/// If the file cannot be written.
pub fn write_pcap(timeline: &Timeline, senders: &[NodeIndex], path: &Path) -> std::io::Result<()> {
    let mut file: Vec<u8> = HEADER.iter().flat_map(|word| word.to_le_bytes()).collect();
    for (at, frame) in timeline.frames(senders) {
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let at = at.since_boot();
        let seconds = u32::try_from(at.as_secs()).unwrap_or(u32::MAX);
        for word in [seconds, at.subsec_nanos(), length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    fs::write(path, file)
}

/// What tcpdump reads in the capture file `path`, with all details, adverts and announcements only.
#[must_use]
pub fn decode(path: &Path) -> String {
    let path = path.to_string_lossy();
    let filter = "ip proto 112 or ip proto 51 or ip6 proto 112 or arp or icmp6";
    command::run(&["tcpdump", "-nn", "-e", "-vvv", "-r", &path, filter])
}

/// The lines of `decoded` in which tcpdump finds fault with a packet.
#[must_use]
pub fn complaints(decoded: &str) -> Vec<&str> {
    decoded.lines().filter(|line| COMPLAINTS.iter().any(|complaint| line.contains(complaint))).collect()
}
