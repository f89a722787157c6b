//! Numbers that have names: routing tables, protocols, scopes, classes of service.

use super::super::{Reader, code};
use crate::conf::diag::Code;
use crate::conf::env::Names;

/// The names that every system has.
const USUAL: &[(Names, &[(&str, u32)])] = &[
    (Names::Table, &[("unspec", 0), ("default", 253), ("main", 254), ("local", 255)]),
    (
        Names::Protocol,
        &[
            ("unspec", 0),
            ("redirect", 1),
            ("kernel", 2),
            ("boot", 3),
            ("static", 4),
            ("gated", 8),
            ("ra", 9),
            ("mrt", 10),
            ("zebra", 11),
            ("bird", 12),
            ("dnrouted", 13),
            ("xorp", 14),
            ("ntk", 15),
            ("dhcp", 16),
            ("keepalived", 18),
            ("babel", 42),
            ("openr", 99),
            ("bgp", 186),
            ("isis", 187),
            ("ospf", 188),
            ("rip", 189),
            ("eigrp", 192),
        ],
    ),
    (Names::Realm, &[("cosmos", 0)]),
    (Names::LinkGroup, &[("default", 0)]),
    (
        Names::Scope,
        &[("global", 0), ("universe", 0), ("site", 200), ("link", 253), ("host", 254), ("nowhere", 255)],
    ),
    (
        Names::DsField,
        &[
            ("default", 0x00),
            ("AF11", 0x28),
            ("AF12", 0x30),
            ("AF13", 0x38),
            ("AF21", 0x48),
            ("AF22", 0x50),
            ("AF23", 0x58),
            ("AF31", 0x68),
            ("AF32", 0x70),
            ("AF33", 0x78),
            ("AF41", 0x88),
            ("AF42", 0x90),
            ("AF43", 0x98),
            ("CS1", 0x20),
            ("CS2", 0x40),
            ("CS3", 0x60),
            ("CS4", 0x80),
            ("CS5", 0xa0),
            ("CS6", 0xc0),
            ("CS7", 0xe0),
            ("EF", 0xb8),
        ],
    ),
];

/// A number in the notation of C: decimal, `0x` hexadecimal or `0` octal; not negative.
pub(in crate::conf) fn c_number(text: &str) -> Option<u64> {
    let (digits, radix) = if let Some(digits) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        (digits, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (text, 8)
    } else {
        (text, 10)
    };
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

impl Reader<'_> {
    /// The number behind `text`: a number in the notation of C up to `most`, or one of `names`.
    pub(in crate::conf) fn number_or_name(&self, text: &str, names: Names, most: u32) -> Option<u32> {
        let usual = || {
            let (_, known) = USUAL.iter().find(|(kind, _)| *kind == names)?;
            known.iter().find(|(name, _)| *name == text).map(|(_, number)| *number)
        };
        let number = match c_number(text) {
            Some(number) => u32::try_from(number).ok(),
            None => self.env.number_of(names, text).or_else(usual),
        };
        number.filter(|number| *number <= most)
    }

    /// The word `index` as a number up to `most` or one of `names`; `what` it is for people.
    pub(in crate::conf) fn named(
        &mut self,
        index: usize,
        names: Names,
        most: u32,
        what: &str,
    ) -> Option<u32> {
        let text = self.required(index, what)?;
        let number = self.number_or_name(text, names, most);
        if number.is_none() {
            let message = format!("`{text}` is not {what}");
            self.report(&code::BAD_CHOICE, self.at(index), message)
                .label(format!("expected a known name, or a number up to {most}"));
        }
        number
    }

    /// The word `index` as a number in the notation of C, up to `most`.
    pub(in crate::conf) fn c_number(&mut self, index: usize, most: u64) -> Option<u64> {
        let text = self.required(index, format_args!("a number up to {most}"))?;
        let (code, message): (&'static Code, String) = match c_number(text) {
            Some(number) if number <= most => return Some(number),
            Some(_) => (&code::OUT_OF_RANGE, format!("{text} is too large")),
            None => (&code::BAD_NUMBER, format!("`{text}` is not a number")),
        };
        self.ignored(code, index, message, format_args!("a number up to {most}"));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_c() {
        assert_eq!(c_number("0x1f"), Some(31));
        assert_eq!(c_number("010"), Some(8));
        assert_eq!(c_number("18446744073709551615"), Some(u64::MAX));
        for text in ["", "x", "0x", "-1", "+1", "08", "1 "] {
            assert_eq!(c_number(text), None, "{text}");
        }
    }
}
