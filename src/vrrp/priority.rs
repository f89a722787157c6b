//! What trackers do to the priority.

use crate::base::id::Priority;
use crate::conf::model::Weight;

/// What something tracked contributes, given whether it is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contribution {
    /// So much is added to the priority.
    Points(i32),
    /// The instance is at fault.
    Fault,
}

/// What a tracker of this weight contributes while what it tracks is `good`.
#[must_use]
pub(super) fn contribution(weight: Weight, good: bool) -> Contribution {
    let points = i32::from(weight.value);
    if points == 0 {
        return if good == weight.reverse { Contribution::Fault } else { Contribution::Points(0) };
    }
    let counts = if points > 0 { good } else { !good };
    let sign = if weight.reverse { -1 } else { 1 };
    Contribution::Points(if counts { sign * points } else { 0 })
}

/// The priority to hold elections with: the configured one and all contributions, kept within 1 and 254. An owner's
/// does not change.
#[must_use]
pub(super) fn effective(base: Priority, points: i32) -> Priority {
    if base.is_owner() {
        return base;
    }
    let bounds = (i32::from(Priority::LOWEST.get()), i32::from(Priority::HIGHEST.get()));
    let sum = i32::from(base.get()).saturating_add(points).clamp(bounds.0, bounds.1);
    u8::try_from(sum).map_or(Priority::LOWEST, Priority::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_by_weight_direction_and_state() {
        use Contribution::{Fault, Points};
        let table = [
            // (weight, reverse) -> while good, while bad
            ((10, false), Points(10), Points(0)),
            ((-10, false), Points(0), Points(-10)),
            ((0, false), Points(0), Fault),
            ((10, true), Points(-10), Points(0)),
            ((-10, true), Points(0), Points(10)),
            ((0, true), Fault, Points(0)),
        ];
        for ((value, reverse), good, bad) in table {
            let weight = Weight { value, reverse };
            assert_eq!(contribution(weight, true), good, "{weight:?} good");
            assert_eq!(contribution(weight, false), bad, "{weight:?} bad");
        }
    }

    #[test]
    fn the_effective_priority_stays_within_1_and_254() {
        let base = Priority::new(100);
        assert_eq!(effective(base, 200), Priority::HIGHEST);
        assert_eq!(effective(base, -200), Priority::LOWEST);
        assert_eq!(effective(base, -20), Priority::new(80));
        assert_eq!(effective(base, i32::MAX), Priority::HIGHEST);
    }

    #[test]
    fn an_owner_stays_an_owner() {
        assert_eq!(effective(Priority::OWNER, -200), Priority::OWNER);
    }
}
