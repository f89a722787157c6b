//! What the RFCs promise, in microseconds, computed from the formulas and from no code under test.

use std::time::Duration;

/// Skew time of version 2: (256 - priority) / 256 seconds, whatever the interval (RFC 3768 section 6.1).
#[must_use]
pub fn skew_v2(priority: u8) -> Duration {
    Duration::from_micros((256 - u64::from(priority)) * 1_000_000 / 256)
}

/// Master down interval of version 2: three intervals and the skew (RFC 3768 section 6.1).
#[must_use]
pub fn master_down_v2(priority: u8, interval: Duration) -> Duration {
    3 * interval + skew_v2(priority)
}

/// Skew time of version 3: (256 - priority) / 256 of the master's interval (RFC 9568 section 6.1).
#[must_use]
pub fn skew_v3(priority: u8, interval: Duration) -> Duration {
    interval * (256 - u32::from(priority)) / 256
}

/// Master down interval of version 3: three of the master's intervals and the skew (RFC 9568 section 6.1).
#[must_use]
pub fn master_down_v3(priority: u8, interval: Duration) -> Duration {
    3 * interval + skew_v3(priority, interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_field() {
        let micros = Duration::from_micros;
        assert_eq!(master_down_v2(100, micros(1_000_000)), micros(3_609_375));
        assert_eq!(master_down_v3(100, micros(10_000)), Duration::from_nanos(36_093_750));
        assert_eq!(master_down_v3(254, micros(10_000)), Duration::from_nanos(30_078_125));
        assert_eq!(skew_v2(100), micros(609_375));
        assert_eq!(skew_v3(100, micros(100_000)), Duration::from_nanos(60_937_500));
    }
}
