//! The text that is really parsed: one, without comments, conditions, definitions, sequences and includes.
//!
//! Ordinarily it has a line for each line of the file, each a copy of what was written up to the comment, so that
//! positions are the same in both. Where that is not so a [`Patch`] says which part was written where. The text goes
//! to child processes with the line table in its comments ([`Expanded::to_text`]), and is still a `keepalived.conf`.

mod stored;

use std::ops::Range;

use zeroize::Zeroizing;

use super::source::{FileId, Location, index_of, position};

pub use stored::NotExpanded;

/// A stretch of the expanded text, in octets from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extent {
    /// The first octet.
    pub lo: u32,
    /// The octet after the last.
    pub hi: u32,
}

impl Extent {
    /// From `lo` up to but without `hi`.
    #[must_use]
    pub const fn new(lo: u32, hi: u32) -> Extent {
        Extent { lo, hi }
    }

    /// From the start of `self` to the end of `other`.
    #[must_use]
    pub const fn to(self, other: Extent) -> Extent {
        Extent { lo: self.lo, hi: other.hi }
    }
}

/// Where a line of the expanded text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Origin {
    /// Where the line starts in the expanded text.
    start: u32,
    /// The file.
    file: FileId,
    /// The line of the file.
    line: u32,
    /// Whether there are patches for it; else it is a copy.
    patched: bool,
}

/// A part of an expanded line that is not where it was written, up to the next patch or the end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patch {
    /// Where it starts, counted from the start of the expanded text (of the line, while that is being made).
    pub(super) at: u32,
    /// The line it was written on.
    pub(super) line: u32,
    /// The octet of that line.
    pub(super) column: u32,
    /// How many octets of that line stand for it; 0: it is a copy.
    pub(super) width: u32,
}

/// The line of a definition that a line of the expanded text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Definition {
    start: u32,
    file: FileId,
    line: u32,
}

/// The expanded text and where its parts were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// Passwords may be in it.
    text: Zeroizing<String>,
    files: Vec<String>,
    lines: Vec<Origin>,
    patches: Vec<Patch>,
    definitions: Vec<Definition>,
}

impl Expanded {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the files it was made from.
    pub fn files(&self) -> impl ExactSizeIterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// The part of the text at `extent`.
    #[must_use]
    pub fn get(&self, extent: Extent) -> &str {
        self.text.get(index_of(extent.lo)..index_of(extent.hi)).unwrap_or_default()
    }

    /// Where `extent` was written. An extent over several lines ends with its first.
    #[must_use]
    pub fn locate(&self, extent: Extent) -> Location {
        let Some(index) = self.line_at(extent.lo) else {
            return Location { file: FileId::default(), line: 1, columns: 0..0 };
        };
        let Some(origin) = self.lines.get(index) else {
            return Location { file: FileId::default(), line: 1, columns: 0..0 };
        };
        let hi = extent.hi.min(self.end_of_line(index)).max(extent.lo);
        if !origin.patched {
            let columns = (extent.lo - origin.start)..(hi - origin.start);
            return Location { file: origin.file, line: origin.line, columns };
        }
        let patches = self.patches_of(index);
        let (line, first) = written(patches, extent.lo, origin);
        let (last_line, last) = written(patches, hi.saturating_sub(1).max(extent.lo), origin);
        let end = if last_line == line { last.end.max(first.start) } else { first.end };
        let start = first.start;
        let end = if hi == extent.lo { start } else { end };
        Location { file: origin.file, line, columns: start..end }
    }

    /// The definition that the line at `extent` comes from: file and line.
    #[must_use]
    pub fn definition(&self, extent: Extent) -> Option<(FileId, u32)> {
        let start = self.lines.get(self.line_at(extent.lo)?)?.start;
        let index = self.definitions.binary_search_by_key(&start, |found| found.start).ok()?;
        self.definitions.get(index).map(|found| (found.file, found.line))
    }

    /// The expanded line around `extent`, if it is not a copy of what was written, and where in it `extent` lies.
    #[must_use]
    pub fn rewritten_line(&self, extent: Extent) -> Option<(&str, Range<usize>)> {
        let index = self.line_at(extent.lo)?;
        let origin = self.lines.get(index)?;
        let patched = self.patches_of(index).iter().any(|patch| patch.width > 0);
        if !patched && self.definition(extent).is_none() {
            return None;
        }
        let whole = Extent::new(origin.start, self.end_of_line(index));
        let lo = index_of(extent.lo - origin.start);
        Some((self.get(whole), lo..index_of(extent.hi.min(whole.hi).max(extent.lo) - origin.start)))
    }

    /// The line around `extent`, and where in it `extent` lies.
    #[must_use]
    pub fn line_around(&self, extent: Extent) -> (&str, Range<usize>) {
        let Some(index) = self.line_at(extent.lo) else { return ("", 0..0) };
        let start = self.lines.get(index).map_or(0, |origin| origin.start);
        let end = self.end_of_line(index);
        let range = index_of(extent.lo - start)..index_of(extent.hi.min(end).max(extent.lo) - start);
        (self.get(Extent::new(start, end)), range)
    }

    /// A stretch at the very end of the text.
    #[must_use]
    pub fn end(&self) -> Extent {
        let end = position(self.text.trim_end().len());
        Extent::new(end.saturating_sub(1), end)
    }

    /// The index of the line that holds the octet `at`.
    fn line_at(&self, at: u32) -> Option<usize> {
        self.lines.partition_point(|line| line.start <= at).checked_sub(1)
    }

    /// Where the line `index` ends, without its newline.
    fn end_of_line(&self, index: usize) -> u32 {
        match self.lines.get(index + 1) {
            Some(next) => next.start.saturating_sub(1),
            None => position(self.text.len()).saturating_sub(u32::from(self.text.ends_with('\n'))),
        }
    }

    fn patches_of(&self, index: usize) -> &[Patch] {
        let start = self.lines.get(index).map_or(0, |line| line.start);
        let from = self.patches.partition_point(|patch| patch.at < start);
        let upto = match self.lines.get(index + 1) {
            Some(next) => self.patches.partition_point(|patch| patch.at < next.start),
            None => self.patches.len(),
        };
        self.patches.get(from..upto).unwrap_or_default()
    }

    // Making one.

    /// Names a further file.
    pub(super) fn add_file(&mut self, name: &str) {
        self.files.push(name.to_owned());
    }

    /// How long the text has become, in octets.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Appends a line that is a copy of what was written from the start of the line.
    pub(super) fn push_copy(&mut self, text: &str, file: FileId, line: u32) {
        self.lines.push(Origin { start: position(self.text.len()), file, line, patched: false });
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Appends a line made of parts; `patches` count from the start of the line.
    pub(super) fn push_patched(
        &mut self,
        text: &str,
        patches: &[Patch],
        (file, line): (FileId, u32),
        defined: Option<(FileId, u32)>,
    ) {
        let start = position(self.text.len());
        self.lines.push(Origin { start, file, line, patched: true });
        self.patches
            .extend(patches.iter().map(|patch| Patch { at: patch.at.saturating_add(start), ..*patch }));
        if let Some((file, line)) = defined {
            self.definitions.push(Definition { start, file, line });
        }
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// The written line and columns of the octet `at` of a patched line.
fn written(patches: &[Patch], at: u32, origin: &Origin) -> (u32, Range<u32>) {
    let Some(patch) = patches.iter().rev().find(|patch| patch.at <= at) else {
        return (origin.line, 0..0);
    };
    if patch.width > 0 {
        return (patch.line, patch.column..patch.column.saturating_add(patch.width));
    }
    let column = patch.column.saturating_add(at - patch.at);
    (patch.line, column..column.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(0);

    fn location(line: u32, columns: Range<u32>) -> Location {
        Location { file: FILE, line, columns }
    }

    /// `abc` copied, then `x ${V} y` with `${V}` replaced by `value`.
    fn sample() -> Expanded {
        let mut expanded = Expanded::default();
        expanded.add_file("f");
        expanded.push_copy("abc", FILE, 1);
        let patches = [
            Patch { at: 0, line: 4, column: 0, width: 0 },
            Patch { at: 2, line: 4, column: 2, width: 4 },
            Patch { at: 7, line: 4, column: 6, width: 0 },
        ];
        expanded.push_patched("x value y", &patches, (FILE, 4), None);
        expanded
    }

    #[test]
    fn copies_keep_their_columns() {
        let expanded = sample();
        assert_eq!(expanded.locate(Extent::new(1, 3)), location(1, 1..3));
        assert_eq!(expanded.locate(Extent::new(1, 6)), location(1, 1..3));
        assert_eq!(expanded.rewritten_line(Extent::new(1, 3)), None);
    }

    #[test]
    fn replaced_text_points_at_the_use() {
        let expanded = sample();
        assert_eq!(expanded.get(Extent::new(6, 11)), "value");
        assert_eq!(expanded.locate(Extent::new(6, 11)), location(4, 2..6));
        assert_eq!(expanded.locate(Extent::new(7, 9)), location(4, 2..6));
        assert_eq!(expanded.locate(Extent::new(4, 5)), location(4, 0..1));
        assert_eq!(expanded.locate(Extent::new(12, 13)), location(4, 7..8));
        assert_eq!(expanded.rewritten_line(Extent::new(6, 11)), Some(("x value y", 2..7)));
    }

    #[test]
    fn the_empty_text_has_an_end() {
        let empty = Expanded::default();
        assert_eq!(empty.locate(empty.end()), location(1, 0..0));
    }
}
