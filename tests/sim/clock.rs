//! Clocks that differ: each host's has its own origin and rate.

use keepalived::base::rng::SplitMix64;
use keepalived::base::time::Instant;

const MILLION: u64 = 1_000_000;
/// How far the rate of a clock may be off, in parts per million.
const DRIFT: u64 = 200;

/// What a host's clock shows.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: u64,
    /// Microseconds shown while a million pass.
    rate: u64,
}

impl Clock {
    pub fn new(rng: &mut SplitMix64) -> Clock {
        Clock { origin: rng.below(MILLION * MILLION), rate: MILLION - DRIFT + rng.below(2 * DRIFT + 1) }
    }

    /// A clock that shows the time of the world.
    pub const fn perfect() -> Clock {
        Clock { origin: 0, rate: MILLION }
    }

    /// What this clock shows at `world` time.
    pub fn show(self, world: Instant) -> Instant {
        let shown = u128::from(world.as_micros()) * u128::from(self.rate) / u128::from(MILLION);
        Instant::from_micros(self.origin + u64::try_from(shown).unwrap())
    }

    /// The first world time at which this clock shows `shown` or later.
    pub fn when(self, shown: Instant) -> Instant {
        let passed = u128::from(shown.as_micros().saturating_sub(self.origin));
        let world = (passed * u128::from(MILLION)).div_ceil(u128::from(self.rate));
        Instant::from_micros(u64::try_from(world).unwrap())
    }
}

#[test]
fn a_clock_is_never_asked_too_early() {
    let mut rng = SplitMix64::new(1);
    for _ in 0..1000 {
        let clock = Clock::new(&mut rng);
        let shown = clock.show(Instant::from_micros(rng.below(1 << 40)));
        assert!(clock.show(clock.when(shown)) >= shown);
        assert!(clock.show(Instant::from_micros(clock.when(shown).as_micros() - 1)) < shown);
    }
}
