//! Parameters with a type: numbers, seconds, switches, addresses, interfaces.

mod command;
pub(in crate::conf) mod decimal;
mod names;

use std::fmt;
use std::net::IpAddr;

use self::decimal::NotNumber;
use super::{Reader, code};
use crate::base::addr::IpNet;
use crate::base::id::IfName;
use crate::base::time::Span;
use crate::conf::diag::Diagnostic;

pub(in crate::conf) use self::command::{CommandLine, RunBy};
pub(in crate::conf) use self::names::c_number;

/// How parameters that are seconds are written in the tables.
const SECONDS: &str = "SECONDS";

impl Reader<'_> {
    /// The whole number at `index`, from `least` to `most`.
    pub(in crate::conf) fn number(&mut self, index: usize, least: i64, most: i64) -> Option<i64> {
        let in_seconds = self.base == 0 && self.meta.is_some_and(|meta| meta.parameters == SECONDS);
        let (kind, unit) = if in_seconds { ("whole seconds", " s") } else { ("a whole number", "") };
        let what = Between { kind, least, most };
        let text = self.required(index, what)?;
        match decimal::whole(text) {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            Ok(_) | Err(NotNumber::Huge) => {
                let message =
                    format!("`{}` must lie between {least} and {most}{unit}, not be {text}", self.keyword());
                self.ignored(&super::code::OUT_OF_RANGE, index, message, what);
                None
            }
            Err(NotNumber::Text) => {
                let message = format!("`{text}` is not {kind}");
                self.ignored(&super::code::BAD_NUMBER, index, message, what);
                None
            }
        }
    }

    /// The seconds at `index`, from `least` to `most`.
    pub(in crate::conf) fn seconds(&mut self, index: usize, least: Span, most: Span) -> Option<Span> {
        let what = Between { kind: "seconds", least: Bare(least), most: Bare(most) };
        let text = self.required(index, what)?;
        let seconds = match decimal::seconds(text) {
            Ok(seconds) => seconds,
            Err(NotNumber::Huge) => {
                let message = format!(
                    "`{}` must lie between {} and {} s, not be {text}",
                    self.keyword(),
                    what.least,
                    what.most
                );
                self.ignored(&super::code::OUT_OF_RANGE, index, message, what);
                return None;
            }
            Err(NotNumber::Text) => {
                let message = format!("`{text}` is not a number of seconds");
                self.ignored(&super::code::BAD_NUMBER, index, message, what);
                return None;
            }
        };
        let inside = (least..=most).contains(&seconds.span) && (!seconds.negative || seconds.span.is_zero());
        if !inside {
            let message = format!(
                "`{}` must lie between {} and {} s, not be {text}",
                self.keyword(),
                what.least,
                what.most
            );
            self.ignored(&super::code::OUT_OF_RANGE, index, message, what);
            return None;
        }
        if seconds.rounded {
            let message = format!("{text} s has too many decimals; {} is taken", seconds.span);
            self.report(&code::ROUNDED, self.at(index), message).help("times are kept in microseconds");
        }
        Some(seconds.span)
    }

    /// The optional switch of a line: on without a word.
    pub(in crate::conf) fn switch(&mut self) -> Option<bool> {
        match self.arg(1) {
            None | Some("on" | "true" | "yes") => Some(true),
            Some("off" | "false" | "no") => Some(false),
            Some(text) => {
                let message = format!("`{text}` is neither on nor off");
                self.ignored(&code::BAD_SWITCH, 1, message, "on, off, true, false, yes or no");
                None
            }
        }
    }

    /// The interface at `index`.
    pub(in crate::conf) fn interface(&mut self, index: usize) -> Option<IfName> {
        let text = self.required(index, "an interface")?;
        self.interface_name(index, text)
    }

    /// `text`, which stands at `index`, as an interface.
    pub(in crate::conf) fn interface_name(&mut self, index: usize, text: &str) -> Option<IfName> {
        let name = IfName::new(text);
        if name.is_none() {
            let message = format!("`{text}` cannot be the name of an interface");
            self.report(&code::BAD_INTERFACE_NAME, self.at(index), message)
                .label(format!("at most {} octets, no blank, slash or colon", IfName::MAX));
        }
        name
    }

    /// One of `choices`, at `index`.
    pub(in crate::conf) fn choice<T: Copy>(&mut self, index: usize, choices: &[(&str, T)]) -> Option<T> {
        let what = OneOf(choices);
        let text = self.required(index, what)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let message = format!("`{}` cannot be `{text}`", self.keyword());
        let problem = self.ignored(&code::BAD_CHOICE, index, message, what);
        if let Some((name, _)) = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            problem.help(format!("case matters: write `{name}`"));
        }
        None
    }

    /// The address at `index`. A prefix length behind it has never meant anything.
    pub(in crate::conf) fn address(&mut self, index: usize) -> Option<IpAddr> {
        let text = self.required(index, "an address")?;
        let (bare, rest) = text.split_once('/').map_or((text, None), |(bare, rest)| (bare, Some(rest)));
        let Ok(address) = bare.parse() else {
            self.bad_address(index, text);
            return None;
        };
        if let Some(rest) = rest {
            let message = format!("`{}` takes an address alone; `/{rest}` means nothing", self.keyword());
            self.report(&code::PREFIX_IGNORED, self.at(index), message).label("the rest is ignored");
        }
        Some(address)
    }

    /// The address at `index` with its prefix length; a whole address without one.
    pub(in crate::conf) fn net(&mut self, index: usize) -> Option<IpNet> {
        let text = self.required(index, "an address")?;
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let Ok(address) = address.parse::<IpAddr>() else {
            self.bad_address(index, text);
            return None;
        };
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let length = match prefix.map(decimal::whole) {
            None => widest,
            Some(Ok(length)) if (0..=i64::from(widest)).contains(&length) => {
                u8::try_from(length).unwrap_or(widest)
            }
            Some(_) => {
                let message = format!("the prefix length of {text} must lie between 0 and {widest}");
                self.report(&code::BAD_PREFIX, self.at(index), message).label(format!("/{widest} is taken"));
                widest
            }
        };
        IpNet::new(address, length)
    }

    /// Says that the word at `index` is no address.
    pub(in crate::conf) fn bad_address(&mut self, index: usize, text: &str) -> &mut Diagnostic {
        let message = format!("`{text}` is not an address");
        self.report(&code::BAD_ADDRESS, self.at(index), message)
            .label("expected an IPv4 or IPv6 address in numbers")
    }

    /// Says that the word at `index` is not `expected` and that the line is ignored.
    pub(in crate::conf) fn ignored(
        &mut self,
        code: &'static crate::conf::diag::Code,
        index: usize,
        message: String,
        expected: impl fmt::Display,
    ) -> &mut Diagnostic {
        let stays = self.meta.map_or("", |meta| meta.default);
        let place = self.at(index);
        let what = if self.base == 0 { "the line" } else { "the option" };
        let problem = self.report(code, place, message).label(format!("expected {expected}"));
        if stays.is_empty() {
            problem
        } else {
            problem.help(format!("{what} is ignored; the default is {stays}"))
        }
    }
}

/// What is expected is put into words only if it is missed: files have ten thousands of numbers.
#[derive(Clone, Copy)]
struct Between<T> {
    kind: &'static str,
    least: T,
    most: T,
}

impl<T: fmt::Display> fmt::Display for Between<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} from {} to {}", self.kind, self.least, self.most)
    }
}

/// Seconds without their unit.
#[derive(Clone, Copy)]
struct Bare(Span);

impl fmt::Display for Bare {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.to_string().trim_end_matches('s'))
    }
}

/// The names of choices: `a, b or c`.
#[derive(Clone, Copy)]
struct OneOf<'a, T: Copy>(&'a [(&'a str, T)]);

impl<T: Copy> fmt::Display for OneOf<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.0.len().saturating_sub(1);
        for (index, (name, _)) in self.0.iter().enumerate() {
            let before = match index {
                0 => "",
                _ if index == last => " or ",
                _ => ", ",
            };
            write!(out, "{before}{name}")?;
        }
        Ok(())
    }
}
