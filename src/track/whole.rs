//! Whole numbers as C reads them.

/// The number at the beginning of `text`, as `strtol` with base 0 finds it: blanks, a sign, `0x` or `0` for other bases;
/// what follows does not matter. 0 if there is none; held at the bounds of the type if it is beyond them.
#[must_use]
pub fn c_integer(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => (16, rest),
        [b'0', rest @ ..] => (8, rest),
        _ => (10, text),
    };
    let mut number: i64 = 0;
    for digit in digits.iter().map_while(|octet| char::from(*octet).to_digit(base)) {
        let digit = i64::from(digit);
        number = number.saturating_mul(base.into()).saturating_add(digit);
    }
    if negative { number.saturating_neg() } else { number }
}
