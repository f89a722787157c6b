//! Every kind of problem that a configuration can have: number, severity and explanation, once and for all.

use std::fmt;

use super::Severity;

/// What a problem does to the exit status of a configuration test, see [`ExitClass`](super::ExitClass).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing: the C program says nothing, or says it and goes on as if nothing were.
    Silent,
    /// It cannot run.
    Unusable,
    /// An error or a warning.
    General,
    /// A script that would run insecurely.
    Security,
    /// A parameter is missing.
    MissingParameter,
}

/// A kind of problem.
#[derive(Debug)]
pub struct Code {
    /// The number after the `K`. Numbers are never used again for something else.
    pub number: u16,
    /// How bad.
    pub severity: Severity,
    /// What it does to the exit status.
    pub class: Class,
    /// The problem in a few words.
    pub title: &'static str,
    /// What it means, why it matters and what to do.
    pub explanation: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Code) -> bool {
        self.number == other.number
    }
}

impl Eq for Code {}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "K{:04}", self.number)
    }
}

/// Declares the codes of one area.
macro_rules! codes {
    ($($number:literal $name:ident $severity:ident $class:ident $title:literal $explanation:literal)*) => {
        use super::{Class, Code};
        use crate::conf::diag::Severity;

        $(
            #[doc = $title]
            pub static $name: Code = Code {
                number: $number,
                severity: Severity::$severity,
                class: Class::$class,
                title: $title,
                explanation: $explanation,
            };
        )*

        /// The codes of this area.
        pub(super) static ALL: &[&Code] = &[$(&$name),*];
    };
}

/// 10xx: advice.
pub mod advice;
/// 06xx: commands.
pub mod command;
/// 057x: groups of instances and of interfaces.
pub mod group;
/// 05xx: instances.
pub mod instance;
/// 055x: interfaces of an instance's own.
pub mod link;
/// 09xx: routes, rules and static entries.
pub mod route;
/// 08xx: virtual servers and health checks.
pub mod server;
/// 01xx: files, lines, and what is done to text before it is understood.
pub mod text;
/// 07xx: what is tracked.
pub mod track;
/// 02xx: keywords, blocks and parameters.
pub mod words;

/// Every code, by number.
pub fn all() -> impl Iterator<Item = &'static Code> {
    let areas = [
        text::ALL,
        words::ALL,
        instance::ALL,
        link::ALL,
        group::ALL,
        command::ALL,
        track::ALL,
        server::ALL,
        route::ALL,
        advice::ALL,
    ];
    areas.into_iter().flatten().copied()
}

/// The code that is written like this: `K0201`, `k201` or `201`.
#[must_use]
pub fn find(text: &str) -> Option<&'static Code> {
    let number: u16 = text.trim_start_matches(['K', 'k']).parse().ok()?;
    all().find(|code| code.number == number)
}

/// The code whose number is next to that of `text`, if it has one.
#[must_use]
pub fn nearest(text: &str) -> Option<&'static Code> {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(MOST_DIGITS).collect();
    let number: u16 = digits.parse().ok()?;
    all().min_by_key(|code| code.number.abs_diff(number))
}

/// No code has more digits.
const MOST_DIGITS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_ascend() {
        let numbers: Vec<u16> = all().map(|code| code.number).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }

    #[test]
    fn every_code_has_a_title_and_an_explanation() {
        for code in all() {
            assert!(!code.title.is_empty() && !code.title.ends_with('.'), "{code}");
            assert!(code.explanation.len() > 40 && code.explanation.ends_with(['.', ')']), "{code}");
        }
    }

    #[test]
    fn codes_are_found_as_people_write_them() {
        let code = all().next().unwrap();
        assert_eq!(find(&code.to_string()), Some(code));
        assert_eq!(find(&format!("k{}", code.number)), Some(code));
        assert_eq!(find("K9999"), None);
        assert_eq!(find(""), None);
        assert_eq!(nearest("K202x").map(|code| code.number), Some(202));
        assert_eq!(nearest("9999").map(|code| code.number), all().map(|code| code.number).max());
        assert!(nearest("99999999999999999999").is_some());
        assert_eq!(nearest("help"), None);
    }
}
