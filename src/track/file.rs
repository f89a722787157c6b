//! A file with a number in it (`track_file`, keepalived.conf(5)).

use super::whole::c_integer;

/// How much of a file is looked at, in octets.
pub const LONGEST: usize = 127;

/// What the content of a file says: `None` if the number is beyond 32 bits, so that the last one stands. A file that
/// does not exist, or in which there is no number, says 0.
#[must_use]
pub fn value(content: Option<&[u8]>) -> Option<i32> {
    let content = content.unwrap_or_default();
    let content = content.get(..content.len().min(LONGEST)).unwrap_or_default();
    i32::try_from(c_integer(content)).ok()
}

/// What a file adds to the priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// So much.
    Points(i32),
    /// The instance is at fault.
    Fault,
}

/// The most that a file can add: with it nobody can become an owner.
const MOST: i64 = 253;
/// A file that takes away this much faults the instance.
const FAULT: i64 = -254;

/// What `value` in a file of this weight does: every unit counts the weight. With weight 0 any number but 0 is a
/// fault, with `reverse` 0 is.
#[must_use]
pub fn effect(value: i32, weight: i16, reverse: bool) -> Effect {
    if weight == 0 {
        return if (value == 0) == reverse { Effect::Fault } else { Effect::Points(0) };
    }
    let sign = if reverse { -1 } else { 1 };
    let points = (i64::from(value) * i64::from(weight) * sign).min(MOST);
    match i32::try_from(points) {
        Ok(points) if i64::from(points) > FAULT => Effect::Points(points),
        Ok(_) | Err(_) => Effect::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_read_as_c_reads_numbers() {
        let cases: [(&[u8], Option<i32>); 12] = [
            (b"5", Some(5)),
            (b"  -7\n", Some(-7)),
            (b"+12 apples", Some(12)),
            (b"0x10", Some(16)),
            (b"010", Some(8)),
            (b"09", Some(0)),
            (b"", Some(0)),
            (b"many", Some(0)),
            (b"-", Some(0)),
            (b"2147483647", Some(i32::MAX)),
            (b"2147483648", None),
            (b"-99999999999999999999999999", None),
        ];
        for (content, expected) in cases {
            assert_eq!(value(Some(content)), expected, "{}", String::from_utf8_lossy(content));
        }
        assert_eq!(value(None), Some(0));
    }

    #[test]
    fn only_the_beginning_of_a_file_counts() {
        let mut content = vec![b' '; LONGEST];
        content.extend(b"5");
        assert_eq!(value(Some(&content)), Some(0));
    }

    #[test]
    fn every_unit_counts_the_weight_within_bounds() {
        assert_eq!(effect(3, 2, false), Effect::Points(6));
        assert_eq!(effect(3, 2, true), Effect::Points(-6));
        assert_eq!(effect(1000, 1, false), Effect::Points(253));
        assert_eq!(effect(-253, 1, false), Effect::Points(-253));
        assert_eq!(effect(-254, 1, false), Effect::Fault);
        assert_eq!(effect(i32::MIN, -254, false), Effect::Points(253));
        assert_eq!(effect(i32::MIN, 254, false), Effect::Fault);
    }

    #[test]
    fn without_a_weight_any_number_is_a_fault() {
        assert_eq!([effect(0, 0, false), effect(1, 0, false)], [Effect::Points(0), Effect::Fault]);
        assert_eq!([effect(0, 0, true), effect(-1, 0, true)], [Effect::Fault, Effect::Points(0)]);
    }
}
