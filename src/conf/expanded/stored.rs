//! The expanded text with its line table, as text again.
//!
//! ```text
//! # keepalived-rs expanded configuration
//! #@file 0 /etc/keepalived/keepalived.conf
//! #@line 1 0
//! vrrp_instance A {
//! #@line 7 0
//! #@from 3 0
//! #@part 0 7 4 0
//!     interface eth0
//! ```
//! `line LINE FILE` says where the next line was written, the following lines count on from it; `part AT LINE COLUMN
//! WIDTH` is a [`Patch`] of the next line, `from LINE FILE` its definition. A `#` or `!` that is no comment is escaped,
//! so the text stays a valid `keepalived.conf` that any keepalived reads the same way.

use std::fmt::Write as _;

use super::{Expanded, FileId, Patch};
use crate::conf::source::position;

const HEADING: &str = "# keepalived-rs expanded configuration";

/// The text is not one that [`Expanded::to_text`] wrote: the line that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotExpanded {
    /// The line; the first is 1.
    pub line: usize,
}

impl std::fmt::Display for NotExpanded {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "line {} is not part of an expanded configuration", self.line)
    }
}

impl std::error::Error for NotExpanded {}

impl Expanded {
    /// The text with its line table in comments.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(self.text.len() + 256);
        out.push_str(HEADING);
        out.push('\n');
        for (number, name) in self.files.iter().enumerate() {
            write_marker(&mut out, format_args!("#@file {number} {name}"));
        }
        let mut expected = None;
        for (index, (origin, line)) in self.lines.iter().zip(self.text.split('\n')).enumerate() {
            let here = (origin.file, origin.line);
            if expected != Some(here) {
                write_marker(&mut out, format_args!("#@line {} {}", origin.line, origin.file.0));
            }
            if origin.patched {
                self.write_patches(&mut out, index);
            }
            push_escaped(&mut out, line);
            out.push('\n');
            expected = Some((origin.file, origin.line.saturating_add(1)));
        }
        out
    }

    fn write_patches(&self, out: &mut String, index: usize) {
        let start = self.lines.get(index).map_or(0, |origin| origin.start);
        if let Ok(found) = self.definitions.binary_search_by_key(&start, |found| found.start)
            && let Some(found) = self.definitions.get(found)
        {
            write_marker(out, format_args!("#@from {} {}", found.line, found.file.0));
        }
        for Patch { at, line, column, width } in self.patches_of(index) {
            write_marker(out, format_args!("#@part {} {line} {column} {width}", at - start));
        }
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// The first line that `to_text` would not have written.
    pub fn from_text(text: &str) -> Result<Expanded, NotExpanded> {
        let mut expanded = Expanded::default();
        expanded.text.reserve(text.len());
        let mut lines = text.split_terminator('\n').enumerate();
        if lines.next().map(|(_, line)| line) != Some(HEADING) {
            return Err(NotExpanded { line: 1 });
        }
        let mut next = Next::default();
        for (index, line) in lines {
            if let Some(marker) = line.strip_prefix("#@") {
                next.mark(marker, &mut expanded).ok_or(NotExpanded { line: index + 1 })?;
            } else {
                next.line(line, &mut expanded);
            }
        }
        Ok(expanded)
    }
}

/// What the markers so far say of the next line.
#[derive(Default)]
struct Next {
    file: FileId,
    line: u32,
    patches: Vec<Patch>,
    defined: Option<(FileId, u32)>,
}

impl Next {
    fn mark(&mut self, marker: &str, expanded: &mut Expanded) -> Option<()> {
        let (kind, rest) = marker.split_once(' ')?;
        let mut numbers = rest.split(' ');
        let mut number = || numbers.next()?.parse::<u32>().ok();
        match kind {
            "file" => {
                let (number, name) = rest.split_once(' ')?;
                if number.parse() != Ok(expanded.files.len()) {
                    return None;
                }
                expanded.add_file(name);
            }
            "line" => (self.line, self.file) = (number()?, file_id(number()?, expanded)?),
            "from" => {
                let line = number()?;
                self.defined = Some((file_id(number()?, expanded)?, line));
            }
            "part" => {
                let patch = Patch { at: number()?, line: number()?, column: number()?, width: number()? };
                if self.patches.last().is_some_and(|last| last.at >= patch.at) {
                    return None;
                }
                self.patches.push(patch);
            }
            _ => return None,
        }
        Some(())
    }

    fn line(&mut self, line: &str, expanded: &mut Expanded) {
        let mut plain = String::new();
        let text = if line.contains(['#', '!']) {
            push_unescaped(&mut plain, line);
            &plain
        } else {
            line
        };
        if self.patches.is_empty() {
            expanded.push_copy(text, self.file, self.line);
        } else {
            let end = position(text.len());
            self.patches.retain(|patch| patch.at <= end);
            expanded.push_patched(text, &self.patches, (self.file, self.line), self.defined);
        }
        self.patches.clear();
        self.defined = None;
        self.line = self.line.saturating_add(1);
    }
}

fn file_id(number: u32, expanded: &Expanded) -> Option<FileId> {
    let number = u16::try_from(number).ok()?;
    (usize::from(number) < expanded.files.len()).then_some(FileId(number))
}

fn write_marker(out: &mut String, marker: std::fmt::Arguments<'_>) {
    let start = out.len();
    // Writing to a string cannot fail.
    let _ = out.write_fmt(marker);
    let made = out.split_off(start).replace('\n', "?");
    out.push_str(&made);
    out.push('\n');
}

/// `line` with a backslash before each `#` and `!` outside double quotes.
fn push_escaped(out: &mut String, line: &str) {
    if !line.contains(['#', '!']) {
        return out.push_str(line);
    }
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            '#' | '!' if !quoted => out.push('\\'),
            _ => {}
        }
        out.push(character);
    }
}

/// The opposite of [`push_escaped`].
fn push_unescaped(out: &mut String, line: &str) {
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' if !quoted && matches!(characters.peek(), Some('#' | '!')) => continue,
            _ => {}
        }
        out.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_table_survives() {
        let mut expanded = Expanded::default();
        expanded.add_file("/etc/keepalived/keepalived.conf");
        expanded.add_file("/etc/a b.conf");
        expanded.push_copy("vrrp_instance A {", FileId(0), 1);
        expanded.push_copy("  interface #1 \"a#b\" \\", FileId(0), 2);
        expanded.push_copy("", FileId(1), 1);
        let patches =
            [Patch { at: 0, line: 3, column: 0, width: 0 }, Patch { at: 4, line: 3, column: 4, width: 6 }];
        expanded.push_patched("abc value", &patches, (FileId(1), 3), Some((FileId(0), 9)));
        expanded.push_copy("}", FileId(0), 5);
        let stored = expanded.to_text();
        assert!(stored.contains("\n  interface \\#1 \"a#b\" \\\n"), "{stored}");
        assert_eq!(Expanded::from_text(&stored).unwrap(), expanded);
    }

    #[test]
    fn other_text_is_refused_with_its_line() {
        let refused = |text: &str| Expanded::from_text(text).unwrap_err().line;
        assert_eq!(refused(""), 1);
        assert_eq!(refused("vrrp_instance A {\n"), 1);
        assert_eq!(refused(&format!("{HEADING}\n#@line 1 0\n")), 2);
        assert_eq!(refused(&format!("{HEADING}\n#@file 0 f\n#@part 1 2 3\n")), 3);
        assert_eq!(refused(&format!("{HEADING}\n#@file 1 f\n")), 2);
    }
}
