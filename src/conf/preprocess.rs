//! From files to the one text that is parsed: joined lines, conditions, definitions, sequences, comments, includes.
//!
//! A line goes through these steps in this order (keepalived 2.4.3): lines that end in a backslash are joined; a
//! condition `@id` decides whether there is a line; `$NAME=value` defines; the comment goes; `~SEQ` and `~LST` repeat
//! the line; names are replaced by what they stand for; the comment goes again; `include` reads another file. What is
//! left keeps its line and, wherever nothing was replaced before it, its columns.

mod comments;
mod definitions;
mod include;
mod patchwork;
mod sequences;
mod substitute;

use std::path::{Path, PathBuf};

use self::definitions::{Definition, Definitions};
use self::include::Checks;
use self::patchwork::Patchwork;
use super::diag::code::text as code;
use super::diag::{Diagnostics, Place, Severity};
use super::env::Env;
use super::expanded::Expanded;
use super::source::{FileId, Loader, Location, SourceFile, Sources, position};
use crate::base::rng::SplitMix64;

/// The longest line, in octets.
const LONGEST_LINE: usize = 1024;
/// The most lines that are made.
const MOST_LINES: u32 = 1_000_000;
/// The most text that is made, in octets.
const MOST_TEXT: usize = 64 << 20;
/// How deep includes and definitions of several lines may go.
const DEEPEST: usize = 32;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) sources: Sources,
    pub(super) expanded: Expanded,
    pub(super) diagnostics: Diagnostics,
}

/// Reads the file `root` and everything that it includes.
pub(super) fn read(loader: &dyn Loader, root: &Path, env: &dyn Env) -> Read {
    let mut reader = Preprocessor {
        loader,
        env,
        rng: SplitMix64::new(env.seed()),
        definitions: Definitions::default(),
        checks: if env.all_config() { Checks::all() } else { Checks::default() },
        files: Vec::new(),
        open: Vec::new(),
        made: 0,
        filled: 0,
        stopped: false,
        read: Read::default(),
    };
    reader.root(root);
    reader.read
}

struct Preprocessor<'a> {
    loader: &'a dyn Loader,
    env: &'a dyn Env,
    rng: SplitMix64,
    definitions: Definitions,
    checks: Checks,
    /// The files that are being read, the outermost first.
    files: Vec<PathBuf>,
    /// The definitions of several lines that are being read.
    open: Vec<String>,
    /// How many lines have been made.
    made: u32,
    /// How much text has been put in place of names, in octets.
    filled: usize,
    /// Nothing more is read.
    stopped: bool,
    read: Read,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug)]
struct Spot {
    file: FileId,
    line: u32,
    /// The definition of several lines that it comes from.
    defined: Option<(FileId, u32)>,
    /// How many definitions of several lines lie one in the other here.
    depth: usize,
}

impl Preprocessor<'_> {
    /// Reads the lines of a file that has been loaded.
    fn file(&mut self, id: FileId, text: &str) {
        let mut lines = (1..).zip(text.split('\n'));
        while let Some((number, written)) = lines.next() {
            if self.stopped {
                return;
            }
            let spot = Spot { file: id, line: number, defined: None, depth: 0 };
            let written = written.trim_ascii_end();
            match plain_part(written) {
                Some(copy) if written.len() <= LONGEST_LINE && !is_include(copy) => self.copy(copy, spot),
                _ => self.special(written, spot, &mut lines),
            }
        }
    }

    /// A line without anything to expand.
    fn copy(&mut self, text: &str, spot: Spot) {
        if self.may_go_on(spot) {
            self.read.expanded.push_copy(text, spot.file, spot.line);
        }
    }

    /// A line that may need every step; a definition may go on on the next lines.
    fn special<'t>(
        &mut self,
        written: &'t str,
        spot: Spot,
        lines: &mut impl Iterator<Item = (u32, &'t str)>,
    ) {
        let mut line = Patchwork::copy(written, spot.line, 0);
        if self.refused(&line, spot) || !self.condition(&mut line, spot) {
            return self.blank(spot);
        }
        comments::strip(&mut line);
        let Some(kept) = line.text().strip_suffix('\\') else { return self.line(line, spot) };
        let kept = kept.trim_ascii_end();
        if let Some((name, at)) = definitions::parse(kept) {
            let first = kept.get(at..).filter(|first| !first.trim_ascii().is_empty());
            let first = first.map(|first| (" ".repeat(at) + first, (spot.file, spot.line)));
            let name = name.to_owned();
            return self.define_lines(&name, first, spot, lines);
        }
        let kept = kept.len();
        self.backslash(kept, &line, spot);
    }

    /// A line that ends in a backslash outside a definition: it does not go on, the backslash is part of its last word.
    fn backslash(&mut self, kept: usize, line: &Patchwork, spot: Spot) {
        let end = line.text().len();
        let place = self.place(line, end - 1..end, spot);
        let message = "this backslash does not join the next line; it is taken for a part of the last word";
        self.read.diagnostics.report(&code::TRAILING_BACKSLASH, place, message);
        let mut glued = line.slice(0..kept);
        glued.push_slice(line, end - 1..end);
        self.line(glued, spot);
    }

    /// A definition of several lines: up to the first that does not end in a backslash. A comment ends it as well.
    fn define_lines<'t>(
        &mut self,
        name: &str,
        first: Option<(String, (FileId, u32))>,
        spot: Spot,
        lines: &mut impl Iterator<Item = (u32, &'t str)>,
    ) {
        let mut body: Vec<_> = first.into_iter().collect();
        let mut finished = false;
        for (number, text) in lines {
            let text = text.trim_ascii_end();
            let uncommented = text.get(..comments::comment_start(text).0).unwrap_or(text).trim_ascii_end();
            let kept = uncommented.strip_suffix('\\');
            body.push((kept.unwrap_or(text).trim_ascii_end().to_owned(), (spot.file, number)));
            if kept.is_none() {
                finished = true;
                break;
            }
        }
        if !finished {
            let place = Location { file: spot.file, line: spot.line, columns: 0..position(name.len() + 1) };
            self.read.diagnostics.report(
                &code::UNFINISHED_DEFINITION,
                place,
                format!("the definition of `{name}` goes on to the end of the file"),
            );
        }
        self.definitions.set(name, Definition::Lines(body.into()));
    }

    /// Whether a line cannot be read at all; says so.
    fn refused(&mut self, line: &Patchwork, spot: Spot) -> bool {
        if line.text().len() > LONGEST_LINE {
            let place = self.place(line, 0..LONGEST_LINE, spot);
            let message = format!("this line of {} octets is dropped", line.text().len());
            self.read.diagnostics.report(&code::LINE_TOO_LONG, place, message);
            return true;
        }
        let Some(at) = line.text().find('\0') else { return false };
        let place = self.place(line, at..at + 1, spot);
        self.read
            .diagnostics
            .report(&code::NUL, place, "a line with a NUL octet is dropped")
            .help("is the file in UTF-16? convert it with `iconv -f UTF-16 -t UTF-8`");
        true
    }

    /// One line, its condition met.
    fn line(&mut self, mut line: Patchwork, spot: Spot) {
        if self.refused(&line, spot) {
            return self.blank(spot);
        }
        comments::strip(&mut line);
        if let Some((name, at)) = definitions::parse(line.text()) {
            let value = line.part(at..line.text().len()).trim_ascii_start().to_owned();
            let name = name.to_owned();
            self.definitions.set(&name, Definition::Text(value));
            return self.blank(spot);
        }
        self.repeat(&line, spot);
    }

    /// Repeats a line that starts with a sequence.
    fn repeat(&mut self, line: &Patchwork, spot: Spot) {
        let sequence = match sequences::parse(line.text()) {
            None => return self.substitute(line, spot),
            Some(Err(fault)) => {
                let place = self.place(line, blanks(line.text())..line.text().len(), spot);
                self.read.diagnostics.report(
                    &code::BAD_SEQUENCE,
                    place,
                    format!("this sequence cannot be read: {}", fault.text()),
                );
                return self.blank(spot);
            }
            Some(Ok(sequence)) => sequence,
        };
        let rest = line.from(sequence.rest);
        for index in 0..sequence.values.count() {
            for (name, value) in sequence.names.iter().zip(sequence.values.line(index)) {
                self.definitions.set(name, Definition::Text(value));
            }
            self.repeat(&rest, spot);
            if self.stopped {
                return;
            }
        }
    }

    /// Whether the line is wanted here; drops the condition.
    fn condition(&mut self, line: &mut Patchwork, spot: Spot) -> bool {
        let start = blanks(line.text());
        let Some(text) = line.text().get(start..).and_then(|text| text.strip_prefix('@')) else {
            return true;
        };
        let (negated, text) = text.strip_prefix('^').map_or((false, text), |text| (true, text));
        let length = text.find([' ', '\t']).unwrap_or(text.len());
        let id = text.get(..length).unwrap_or_default();
        let wanted = (id == self.env.config_id()) != negated && length < text.len();
        let upto = start + 1 + usize::from(negated) + length;
        if length == text.len() {
            let place = self.place(line, start..upto, spot);
            let message = "a condition without text says nothing";
            self.read.diagnostics.report(&code::EMPTY_CONDITION, place, message);
        }
        line.blank_out(upto);
        wanted
    }

    /// An expanded line: reads a file or becomes text.
    fn emit(&mut self, mut line: Patchwork, spot: Spot) {
        comments::strip(&mut line);
        if self.include(&line, spot) {
            return;
        }
        self.checks.note(line.text());
        if !self.may_go_on(spot) {
            return;
        }
        if spot.defined.is_none() && line.is_copy_of(spot.line) {
            self.read.expanded.push_copy(line.text(), spot.file, spot.line);
        } else {
            let at = (spot.file, spot.line);
            self.read.expanded.push_patched(line.text(), line.patches(), at, spot.defined);
        }
    }

    /// An empty line instead of one that means nothing further, so that lines keep their numbers.
    fn blank(&mut self, spot: Spot) {
        if spot.defined.is_none() {
            self.copy("", spot);
        }
    }

    /// Counts a line; says so and stops when there are too many.
    fn may_go_on(&mut self, spot: Spot) -> bool {
        self.made += 1;
        if self.made <= MOST_LINES && self.read.expanded.len() <= MOST_TEXT {
            return !self.stopped;
        }
        if !self.stopped {
            let place = Location { file: spot.file, line: spot.line, columns: 0..0 };
            self.stop(&code::TOO_LARGE, place.into(), "the configuration becomes too large here".into());
        }
        false
    }

    fn stop(&mut self, code: &'static super::diag::Code, place: Place, message: String) {
        self.stopped = true;
        self.read.diagnostics.report(code, place, message).severity(Severity::Fatal);
    }

    fn place(&self, line: &Patchwork, range: std::ops::Range<usize>, spot: Spot) -> Location {
        let (number, columns) = line.written(range);
        Location { file: spot.file, line: if number == 0 { spot.line } else { number }, columns }
    }

    /// Takes a file in: its text as UTF-8 without a byte-order mark.
    fn take_in(&mut self, name: String, octets: Vec<u8>) -> Option<(FileId, String)> {
        let mut lossy = false;
        let text = match String::from_utf8(octets) {
            Ok(text) => text,
            Err(wrong) => {
                lossy = true;
                String::from_utf8_lossy(wrong.as_bytes()).into_owned()
            }
        };
        let (marked, text) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (true, rest.to_owned()),
            None => (false, text),
        };
        self.read.expanded.add_file(&name);
        let id = self.read.sources.add(SourceFile::new(name, text.clone()))?;
        if marked {
            let place = Location { file: id, line: 1, columns: 0..0 };
            let message = "the file starts with a byte-order mark, which keepalived takes for a word";
            self.read.diagnostics.report(&code::BYTE_ORDER_MARK, place, message);
        }
        if lossy {
            self.report_replaced(id, &text);
        }
        Some((id, text))
    }

    /// Names the lines that mean something and were not UTF-8.
    fn report_replaced(&mut self, file: FileId, text: &str) {
        for (line, written) in (1..).zip(text.split('\n')) {
            let meant = written.get(..comments::comment_start(written).0).unwrap_or(written);
            let Some(at) = meant.find(char::REPLACEMENT_CHARACTER) else { continue };
            let end = at + char::REPLACEMENT_CHARACTER.len_utf8();
            let place = Location { file, line, columns: position(at)..position(end) };
            self.read
                .diagnostics
                .report(&code::NOT_UTF8, place, "an octet here is not UTF-8; U+FFFD is taken for it")
                .help("convert the file, for example with `iconv -f ISO-8859-1 -t UTF-8`");
        }
    }
}

/// The part of a line before its comment, if nothing in it needs expanding.
fn plain_part(line: &str) -> Option<&str> {
    let special = |octet: u8| matches!(octet, b'$' | b'~' | b'@' | b'\\' | b'#' | b'!' | 0);
    let Some(first) = line.bytes().position(special) else { return Some(line) };
    let (start, has_escapes) = comments::comment_start(line);
    if first < start || has_escapes || line.ends_with('\\') {
        return None;
    }
    line.get(..start).map(str::trim_ascii_end)
}

/// Whether a line without anything to expand may be an include.
fn is_include(line: &str) -> bool {
    line.trim_ascii_start().starts_with("include")
}

/// How many blanks there are at the start.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_ascii_start().len()
}

#[cfg(test)]
mod tests;
