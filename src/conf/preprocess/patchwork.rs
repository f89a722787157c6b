//! A line while it is being expanded: text that knows where each part of it was written.

use std::ops::Range;

use crate::conf::expanded::Patch;
use crate::conf::source::{index_of, position};

/// Text with the places of its parts. Positions are octets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Patchwork {
    text: String,
    /// Ascending; the first is at 0 unless the text is empty.
    patches: Vec<Patch>,
}

impl Patchwork {
    /// `text` as it stands at `column` of the line `line`.
    pub(super) fn copy(text: &str, line: u32, column: u32) -> Patchwork {
        Patchwork { text: text.to_owned(), patches: vec![Patch { at: 0, line, column, width: 0 }] }
    }

    /// `text` that stands for the `width` octets at `column` of the line `line`.
    pub(super) fn replacement(text: &str, line: u32, columns: &Range<u32>) -> Patchwork {
        let width = (columns.end - columns.start).max(1);
        let patch = Patch { at: 0, line, column: columns.start, width };
        Patchwork { text: text.to_owned(), patches: vec![patch] }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn patches(&self) -> &[Patch] {
        &self.patches
    }

    /// Whether it is a copy of the start of the line `line`.
    pub(super) fn is_copy_of(&self, line: u32) -> bool {
        match self.patches.as_slice() {
            [] => true,
            [only] => *only == Patch { at: 0, line, column: 0, width: 0 },
            _ => false,
        }
    }

    /// The part in `range`.
    pub(super) fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// The part from `at` to the end.
    pub(super) fn from(&self, at: usize) -> Patchwork {
        self.slice(at..self.text.len())
    }

    /// The part in `range`, with its places.
    pub(super) fn slice(&self, range: Range<usize>) -> Patchwork {
        let mut part = Patchwork::default();
        part.push_slice(self, range);
        part
    }

    /// Drops everything from `at` on.
    pub(super) fn truncate(&mut self, at: usize) {
        self.text.truncate(at);
        self.patches.retain(|patch| index_of(patch.at) < at.max(1));
    }

    /// Drops blanks at the end.
    pub(super) fn trim_end(&mut self) {
        self.truncate(self.text.trim_ascii_end().len());
    }

    /// Replaces the first `count` octets by blanks, which keeps the columns of the rest.
    pub(super) fn blank_out(&mut self, count: usize) {
        let rest = self.text.split_off(count.min(self.text.len()));
        self.text = " ".repeat(count);
        self.text.push_str(&rest);
    }

    /// Appends another.
    pub(super) fn push(&mut self, other: &Patchwork) {
        self.push_slice(other, 0..other.text.len());
    }

    /// Appends the part `range` of another.
    pub(super) fn push_slice(&mut self, other: &Patchwork, range: Range<usize>) {
        let Some(text) = other.text.get(range.clone()) else { return };
        if text.is_empty() {
            return;
        }
        let (from, upto) = (position(range.start), position(range.end));
        let base = position(self.text.len());
        if let Some(patch) = other.patch_at(from) {
            let shift = if patch.width == 0 { from - patch.at } else { 0 };
            self.push_patch(Patch { at: base, column: patch.column + shift, ..patch });
        }
        for patch in other.patches.iter().filter(|patch| patch.at > from && patch.at < upto) {
            self.push_patch(Patch { at: patch.at - from + base, ..*patch });
        }
        self.text.push_str(text);
    }

    /// Where the octet at `at` was written: the line and the columns that stand for it.
    pub(super) fn written(&self, range: Range<usize>) -> (u32, Range<u32>) {
        let (from, upto) = (position(range.start), position(range.end));
        let Some(first) = self.patch_at(from) else { return (0, 0..0) };
        let last = self.patch_at(upto.saturating_sub(1).max(from)).unwrap_or(first);
        let start = if first.width == 0 { first.column + (from - first.at) } else { first.column };
        let end = match (last.line == first.line, last.width) {
            (true, 0) => last.column + (upto.max(last.at) - last.at),
            (true, width) => last.column + width,
            (false, _) => start + 1,
        };
        (first.line, start..end.max(start))
    }

    fn patch_at(&self, at: u32) -> Option<Patch> {
        self.patches.iter().rev().find(|patch| patch.at <= at).copied()
    }

    fn push_patch(&mut self, patch: Patch) {
        let goes_on = self.patches.last().is_some_and(|last| {
            last.width == 0
                && patch.width == 0
                && last.line == patch.line
                && last.column + (patch.at - last.at) == patch.column
        });
        if !goes_on {
            self.patches.push(patch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_where_they_were_written() {
        let line = Patchwork::copy("abc ${X} def", 7, 0);
        let mut made = line.slice(0..4);
        made.push(&Patchwork::replacement("value", 7, &(4..8)));
        made.push_slice(&line, 8..12);
        assert_eq!(made.text(), "abc value def");
        assert_eq!(made.written(0..3), (7, 0..3));
        assert_eq!(made.written(4..9), (7, 4..8));
        assert_eq!(made.written(5..6), (7, 4..8));
        assert_eq!(made.written(10..13), (7, 9..12));
        assert!(!made.is_copy_of(7) && line.is_copy_of(7));
    }

    #[test]
    fn slices_of_a_copy_that_meet_are_one_copy() {
        let line = Patchwork::copy("abcdef", 1, 0);
        let mut made = line.slice(0..2);
        made.push_slice(&line, 2..6);
        assert_eq!(made, line);
        assert_eq!(made.from(2).written(0..1), (1, 2..3));
    }

    #[test]
    fn blanks_keep_the_columns() {
        let mut line = Patchwork::copy("@id x", 1, 0);
        line.blank_out(3);
        assert_eq!(line.text(), "    x");
        assert!(line.is_copy_of(1));
    }
}
