//! The times of the protocol, in microseconds and with nothing lost to rounding (RFC 3768, 6.1; RFC 9568, 6.1).

use crate::base::id::{Priority, Version};
use crate::base::time::Span;

/// Skew is counted in 256ths.
const STEPS: u64 = 256;

/// The skew time: the lower the priority the longer, so that the best backup is first. Version 2 has it in 256ths of a
/// second, version 3 in 256ths of the `interval`.
#[must_use]
pub fn skew(version: Version, interval: Span, priority: Priority) -> Span {
    let unit = match version {
        Version::V2 => Span::from_secs(1),
        Version::V3 => interval,
    };
    unit.fraction(STEPS - u64::from(priority.get()), STEPS)
}

/// The master-down time: after `missed` intervals of silence and the skew time a master counts as dead.
#[must_use]
pub fn master_down(version: Version, interval: Span, priority: Priority, missed: u8) -> Span {
    interval * u64::from(missed) + skew(version, interval, priority)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the C program's dumps show.
    #[test]
    fn master_down_times_are_those_of_the_c_program() {
        let cases = [
            (Version::V2, Span::from_secs(1), 150, 3_414_062),
            (Version::V3, Span::from_millis(500), 150, 1_707_031),
            (Version::V3, Span::from_secs(1), 121, 3_527_343),
            (Version::V3, Span::from_millis(10), 100, 36_093),
            (Version::V2, Span::from_secs(1), 100, 3_609_375),
        ];
        for (version, interval, priority, micros) in cases {
            let span = master_down(version, interval, Priority::new(priority), 3);
            assert_eq!(span, Span::from_micros(micros), "version {version}, {interval}, priority {priority}");
        }
    }

    #[test]
    fn version_2_skew_does_not_depend_on_the_interval() {
        let priority = Priority::new(100);
        assert_eq!(skew(Version::V2, Span::from_secs(255), priority), Span::from_micros(609_375));
        assert_eq!(skew(Version::V2, Span::from_secs(1), Priority::OWNER), Span::from_micros(3_906));
    }

    #[test]
    fn a_higher_priority_never_waits_longer() {
        for version in [Version::V2, Version::V3] {
            let spans = (1..=255).map(|value| skew(version, Span::from_secs(1), Priority::new(value)));
            assert!(spans.clone().zip(spans.skip(1)).all(|(lower, higher)| lower > higher));
        }
    }
}
