//! JSON as the C program writes it: no blanks, slashes escaped, members in the order in which they are added.

use std::fmt::{self, Write as _};

use crate::base::time::Span;

/// An object that grows member by member.
#[derive(Debug)]
pub(super) struct Object(String);

impl Object {
    pub(super) const fn new() -> Object {
        Object(String::new())
    }

    /// A member whose value is JSON already.
    pub(super) fn raw(mut self, name: &str, value: &str) -> Object {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&text(name));
        self.0.push(':');
        self.0.push_str(value);
        self
    }

    /// A number or a truth value: what its digits or letters are.
    pub(super) fn number(self, name: &str, value: impl fmt::Display) -> Object {
        self.raw(name, &value.to_string())
    }

    /// A text.
    pub(super) fn text(self, name: &str, value: &str) -> Object {
        self.raw(name, &text(value))
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

/// An array of values that are JSON already.
pub(super) fn array(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(","))
}

/// A text in quotes (RFC 8259, 7).
pub(super) fn text(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for letter in value.chars() {
        match letter {
            '"' | '\\' | '/' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control < ' ' => {
                // Writing to a string does not fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Seconds with no more decimals than there are.
pub(super) fn decimal(span: Span) -> String {
    let (whole, micros) = (span.as_secs(), span.as_micros() % 1_000_000);
    let all = format!("{whole}.{micros:06}");
    all.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_texts_are_escaped() {
        let object = Object::new().text("a", "'/b' \"\\\n\u{1}é").number("n", -3).number("t", true);
        assert_eq!(object.finish(), r#"{"a":"'\/b' \"\\\n\u0001é","n":-3,"t":true}"#);
        assert_eq!(Object::new().finish(), "{}");
        assert_eq!(array(["1".to_owned(), "{}".to_owned()].into_iter()), "[1,{}]");
    }

    #[test]
    fn whole_seconds_have_no_decimals() {
        let cases = [(0, "0"), (5_000_000, "5"), (500_000, "0.5"), (40_950_000, "40.95"), (10, "0.00001")];
        for (micros, expected) in cases {
            assert_eq!(decimal(Span::from_micros(micros)), expected);
        }
    }
}
