//! A LAN of one or more segments: who hears whom, how late, and who is believed to have an address.

use std::collections::HashMap;
use std::net::IpAddr;

use keepalived::base::addr::MacAddr;
use keepalived::base::rng::SplitMix64;
use keepalived::base::time::Span;

/// What the network does to packets.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Packets lost, of a thousand.
    pub loss: u64,
    /// Packets doubled, of a thousand.
    pub doubled: u64,
    /// The longest time that a packet takes.
    pub latency: Span,
}

impl Weather {
    pub const FAIR: Weather = Weather { loss: 0, doubled: 0, latency: Span::from_micros(200) };
}

#[derive(Debug)]
pub struct Lan {
    /// The hosts on it.
    pub members: Vec<usize>,
    /// For each segment, on which side of a cut each member is; all on one side if there is none.
    pub sides: Vec<Vec<u8>>,
    pub weather: Weather,
    /// Where the switches and the neighbours of each segment believe each address to be.
    pub believed: HashMap<(usize, IpAddr), MacAddr>,
}

impl Lan {
    /// Who receives a packet from a member, and after how long.
    pub fn deliveries(&self, segment: usize, from: usize, rng: &mut SplitMix64) -> Vec<(usize, Span)> {
        let sides = &self.sides[segment];
        let side_of = |host| self.members.iter().position(|member| *member == host).map(|at| sides[at]);
        let mut deliveries = Vec::new();
        for &to in self.members.iter().filter(|to| **to != from && side_of(**to) == side_of(from)) {
            let copies = if rng.chance(self.weather.doubled) { 2 } else { 1 };
            for _ in 0..copies {
                if !rng.chance(self.weather.loss) {
                    let latency = 1 + rng.below(self.weather.latency.as_micros());
                    deliveries.push((to, Span::from_micros(latency)));
                }
            }
        }
        deliveries
    }
}
