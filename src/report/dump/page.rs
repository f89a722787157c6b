//! Lines of a dump: the depth of their indentation is part of what programs parse.

use std::fmt::{self, Write as _};

/// Text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// The headline of a part.
    pub(super) fn section(&mut self, title: &str) {
        self.line(0, format_args!("------< {title} >------"));
    }

    /// A line after so many blanks.
    pub(super) fn line(&mut self, depth: usize, text: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{:depth$}{text}", "");
    }

    /// A list under its name, unless it is empty.
    pub(super) fn list(&mut self, depth: usize, name: &str, entries: impl IntoIterator<Item = String>) {
        let mut entries = entries.into_iter().peekable();
        if entries.peek().is_some() {
            self.line(depth, format_args!("{name} :"));
        }
        entries.for_each(|entry| self.line(depth + 2, format_args!("{entry}")));
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}
