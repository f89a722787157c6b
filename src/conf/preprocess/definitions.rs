//! `$NAME=value`, and what stands for `$NAME` and `${NAME}`.

use std::collections::HashMap;
use std::rc::Rc;

use super::sequences::is_name;
use crate::conf::source::FileId;

/// The lines of a definition of several lines, with the place where each was written.
pub(super) type Lines = Rc<[(String, (FileId, u32))]>;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Definition {
    /// Text.
    Text(String),
    /// Several lines.
    Lines(Lines),
}

/// The definitions so far. Later ones replace earlier ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Definitions {
    known: HashMap<String, Definition>,
}

impl Definitions {
    pub(super) fn set(&mut self, name: &str, definition: Definition) {
        self.known.insert(name.to_owned(), definition);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Definition> {
        self.known.get(name)
    }
}

/// `$NAME=value`: the name, and where the value starts.
pub(super) fn parse(line: &str) -> Option<(&str, usize)> {
    let start = line.len() - line.trim_ascii_start().len();
    let text = line.get(start..)?.strip_prefix('$')?;
    let (name, _) = text.split_once('=').filter(|(name, _)| is_name(name))?;
    Some((name, start + name.len() + 2))
}

/// A use of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// The first octet, the `$`.
    pub(super) start: usize,
    /// The octet after the last.
    pub(super) end: usize,
    /// The name.
    pub(super) name: &'a str,
    /// What follows the name in the braces.
    pub(super) parameters: &'a str,
}

/// The first use of a definition in `text` at or after `from`.
pub(super) fn next_reference(text: &str, from: usize) -> Option<Reference<'_>> {
    let mut at = from;
    loop {
        let start = at + text.get(at..)?.find('$')?;
        if let Some(found) = reference_at(text, start) {
            return Some(found);
        }
        at = start + 1;
    }
}

fn reference_at(text: &str, start: usize) -> Option<Reference<'_>> {
    let after = text.get(start + 1..)?;
    if let Some(inside) = after.strip_prefix('{') {
        let inside = inside.get(..inside.find('}')?)?;
        let (name, parameters) = inside.split_once([' ', '\t']).unwrap_or((inside, ""));
        let end = start + 3 + inside.len();
        return is_name(name).then_some(Reference { start, end, name, parameters: parameters.trim_ascii() });
    }
    let length = after.bytes().take_while(|octet| octet.is_ascii_alphanumeric() || *octet == b'_').count();
    let (name, rest) = after.split_at_checked(length)?;
    let ends = rest.bytes().next().is_none_or(|octet| matches!(octet, b' ' | b'\t' | b',' | b')' | b'\r'));
    (is_name(name) && ends).then_some(Reference { start, end: start + 1 + length, name, parameters: "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_recognised() {
        assert_eq!(parse("$A=b c"), Some(("A", 3)));
        assert_eq!(parse("  $_a1="), Some(("_a1", 7)));
        for line in ["$1A=b", "$A =b", "A=b", "$A-B=c", "x $A=b", "$=b"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn uses_end_where_the_name_cannot_go_on() {
        let names = |text| {
            let (mut from, mut found) = (0, Vec::new());
            while let Some(reference) = next_reference(text, from) {
                found.push((reference.name, reference.parameters));
                from = reference.end;
            }
            found
        };
        assert_eq!(names("a $B ${C}d $E, ($F)"), [("B", ""), ("C", ""), ("E", ""), ("F", "")]);
        assert_eq!(names("${_RANDOM 3 5} $x$y"), [("_RANDOM", "3 5"), ("y", "")]);
        assert_eq!(names("10.0.0.$A/24 \"$A\" ${1} ${A $"), []);
    }
}
