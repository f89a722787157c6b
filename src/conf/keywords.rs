//! The tables of keywords, one file for each part of the language.

mod address;
mod global;
mod instance;
mod root;
mod script;
mod track;
mod unicast;

use super::draft::Draft;
use super::expanded::Extent;
use super::keyword::{Keyword, Keywords, Read, Section};
use crate::base::id::IfName;
use crate::base::time::Span;

/// The keywords outside all blocks.
pub(super) fn root() -> &'static Section<Draft> {
    &root::ROOT
}

/// Every section, as a manual page orders them.
#[must_use]
pub fn sections() -> [&'static dyn Keywords; 9] {
    [
        &root::ROOT,
        &global::GLOBAL,
        &script::SCRIPT,
        &instance::INSTANCE,
        &instance::AUTHENTICATION,
        &address::ADDRESS,
        &unicast::PEER,
        &track::INTERFACE,
        &track::SCRIPT,
    ]
}

/// A keyword without parameters.
const fn flag<D>(name: &'static str, set: fn(&mut D, Extent)) -> Keyword<D> {
    Keyword::new(name, "", Read::Flag(set))
}

/// A keyword that may be switched off.
const fn switch<D>(name: &'static str, set: fn(&mut D, bool, Extent)) -> Keyword<D> {
    Keyword::new(name, "[on|off]", Read::Switch(set))
}

/// A keyword with a whole number.
const fn number<D>(name: &'static str, least: i64, most: i64, set: fn(&mut D, i64, Extent)) -> Keyword<D> {
    Keyword::new(name, "NUMBER", Read::Number(least, most, set))
}

/// A keyword with a time, given in microseconds.
const fn seconds<D>(name: &'static str, least: u64, most: u64, set: fn(&mut D, Span, Extent)) -> Keyword<D> {
    Keyword::new(name, "SECONDS", Read::Seconds(Span::from_micros(least), Span::from_micros(most), set))
}

/// A keyword with a word.
const fn text<D>(name: &'static str, parameters: &'static str, set: fn(&mut D, &str, Extent)) -> Keyword<D> {
    Keyword::new(name, parameters, Read::Text(set))
}

/// A keyword with an interface.
const fn interface<D>(name: &'static str, set: fn(&mut D, IfName, Extent)) -> Keyword<D> {
    Keyword::new(name, "INTERFACE", Read::Interface(set))
}

/// A keyword that is read in its own way.
const fn own<D>(
    name: &'static str,
    parameters: &'static str,
    read: fn(&mut D, &mut super::reader::Reader<'_>),
) -> Keyword<D> {
    Keyword::new(name, parameters, Read::Own(read))
}

/// A keyword that nothing acts on yet.
const fn later<D>(name: &'static str, parameters: &'static str) -> Keyword<D> {
    Keyword::new(name, parameters, Read::Own(|_, r| r.not_yet(usize::MAX)))
}

/// A block that nothing acts on yet.
const fn later_block<D>(name: &'static str, parameters: &'static str) -> Keyword<D> {
    Keyword::new(
        name,
        parameters,
        Read::Own(|_, r| {
            r.not_yet(usize::MAX);
            r.skip();
        }),
    )
}

/// A number of repetitions, which is 1 at least.
fn repetitions(r: &mut super::reader::Reader<'_>) -> Option<u32> {
    let number = r.number(1, 0, MOST)?;
    if number == 0 {
        let message = format!("`{}` must be greater than 0; 1 is taken", r.keyword());
        r.report(&super::diag::code::words::SEVERAL_DEFAULTED, r.at(1), message);
    }
    u32::try_from(number.max(1)).ok()
}

/// A number that its range keeps small enough for the type.
fn fit<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}

/// The largest time that keepalived counts in microseconds.
const LONGEST: u64 = 4_294_967_295;
/// The largest number of 31 bits.
const MOST_SIGNED: i64 = 2_147_483_647;
/// The largest number of 32 bits.
const MOST: i64 = 4_294_967_295;

#[cfg(test)]
mod tests;
