//! Numbers as keepalived reads them: decimal, a plus sign and blanks before it allowed.

use crate::base::time::Span;

/// Why a word is not the number that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conf) enum NotNumber {
    /// It is no number at all.
    Text,
    /// It is one, but far too large to be anything.
    Huge,
}

/// A whole number.
pub(in crate::conf) fn whole(text: &str) -> Result<i64, NotNumber> {
    let text = text.trim_start_matches([' ', '\t']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(NotNumber::Text);
    }
    text.parse().map_err(|_| NotNumber::Huge)
}

/// Seconds with decimals, and whether there were more of them than count; the sign apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conf) struct Seconds {
    pub(in crate::conf) negative: bool,
    pub(in crate::conf) span: Span,
    pub(in crate::conf) rounded: bool,
}

/// Seconds with up to six decimals; the seventh rounds.
pub(in crate::conf) fn seconds(text: &str) -> Result<Seconds, NotNumber> {
    let text = text.trim_start_matches([' ', '\t']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    if (before.is_empty() && after.is_empty()) || !all_digits(before) || !all_digits(after) {
        return Err(NotNumber::Text);
    }
    let whole: u64 = if before.is_empty() { 0 } else { before.parse().map_err(|_| NotNumber::Huge)? };
    let digit = |index: usize| after.as_bytes().get(index).map_or(0, |digit| u64::from(digit - b'0'));
    let micros = (0..6).fold(0, |micros, index| micros * 10 + digit(index)) + u64::from(digit(6) >= 5);
    let span = Span::from_secs(whole) + Span::from_micros(micros);
    Ok(Seconds { negative, span, rounded: after.len() > 6 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        assert_eq!(whole("100"), Ok(100));
        assert_eq!(whole("+7"), Ok(7));
        assert_eq!(whole(" 010"), Ok(10));
        assert_eq!(whole("-3"), Ok(-3));
        assert_eq!(whole("99999999999999999999"), Err(NotNumber::Huge));
        for text in ["", "x", "1x", "0x10", "1.5", "+", "--1"] {
            assert_eq!(whole(text), Err(NotNumber::Text), "{text}");
        }
    }

    #[test]
    fn seconds_have_microseconds() {
        let micros = |text| seconds(text).map(|seconds| (seconds.span.as_micros(), seconds.rounded));
        assert_eq!(micros("1"), Ok((1_000_000, false)));
        assert_eq!(micros("0.01"), Ok((10_000, false)));
        assert_eq!(micros(".5"), Ok((500_000, false)));
        assert_eq!(micros("3."), Ok((3_000_000, false)));
        assert_eq!(micros("1.2345675"), Ok((1_234_568, true)));
        assert!(seconds("-0.5").unwrap().negative);
        for text in ["", ".", "1s", "1.x", "1,5", "+-1"] {
            assert_eq!(micros(text), Err(NotNumber::Text), "{text}");
        }
    }
}
