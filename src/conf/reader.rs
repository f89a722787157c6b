//! Walks over the pieces of a configuration and hands every line to its keyword.
//!
//! keepalived has no grammar for blocks: a keyword that starts a block asks for its braces, any other keyword does not,
//! and braces that nobody asked for are passed over. So a block exists only where its keyword is known, and one
//! misspelt keyword shifts every closing brace behind it. This reader does the same, in the same order, but tells what
//! only follows from an earlier mistake. Several processes read the same text, and each passes over the blocks of the
//! others by counting braces; a [`Reader`] reads as one of them.

mod complain;
mod list;
mod suggest;
mod value;

pub(super) use suggest::nearest_of;
pub(super) use value::{CommandLine, RunBy, c_number, decimal};

use std::collections::BTreeSet;
use std::fmt;

use super::diag::code::text as text_code;
use super::diag::code::words as code;
use super::diag::{Class, Diagnostic, Diagnostics, Severity};
use super::draft::{At, NameMap};
use super::env::Env;
use super::expanded::{Expanded, Extent};
use super::keyword::{Keyword, Keywords, Meta, Parity, Read, Section};
use super::lex::{Kind, Line, Piece, Pieces, Word};
use crate::base::addr::Family;

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// The parent: `global_defs` and its neighbours.
    Parent,
    /// The VRRP process.
    Vrrp,
    /// The process of the health checkers.
    Checker,
    /// The BFD process.
    Bfd,
}

impl Process {
    pub(super) const ALL: [Process; 4] = [Process::Parent, Process::Vrrp, Process::Checker, Process::Bfd];
}

/// What the C program does about the name of a block that another one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It refuses the second block.
    Refused,
    /// It reads both, and finds the first.
    Unnoticed,
}

/// A reader at a certain line.
pub(super) struct Reader<'r> {
    pub(super) env: &'r dyn Env,
    pub(super) diagnostics: Diagnostics,
    expanded: &'r Expanded,
    pieces: &'r Pieces,
    process: Process,
    /// The index of the next piece.
    next: usize,
    /// The line that is being read.
    here: Line,
    /// What the table says of its keyword.
    meta: Option<&'static Meta>,
    /// Where on the line the keyword stands; options of an entry stand further back.
    base: usize,
    /// How many words from there on have been asked for, the keyword included.
    used: usize,
    /// Braces that are open, whoever asked for them.
    open: Vec<Extent>,
    /// The brace that closed the last open block.
    closed: Option<Extent>,
    /// An earlier mistake has shifted the blocks; what is wrong now follows from it.
    derailed: bool,
    /// The last line had no known keyword.
    after_unknown: bool,
    /// Keywords that were used although nothing acts on them yet.
    stored: BTreeSet<&'static str>,
    /// What is read belongs to such a keyword, so that its name says enough.
    inside_stored: bool,
    /// The preference of the next rule that has none, for IPv4 and IPv6.
    preferences: [u32; 2],
    /// How many more suggestions are looked for; many unknown words are no misspellings.
    suggestions: u32,
}

impl<'r> Reader<'r> {
    /// A reader at the start of a text.
    pub(super) fn new(
        expanded: &'r Expanded,
        pieces: &'r Pieces,
        env: &'r dyn Env,
        process: Process,
    ) -> Self {
        Reader {
            env,
            diagnostics: Diagnostics::default(),
            expanded,
            pieces,
            process,
            next: 0,
            here: Line::default(),
            meta: None,
            base: 0,
            used: 0,
            open: Vec::new(),
            closed: None,
            derailed: false,
            after_unknown: false,
            stored: BTreeSet::new(),
            inside_stored: false,
            preferences: [16_384; 2],
            suggestions: 100,
        }
    }

    /// Whether `process` is the one that reads.
    pub(super) fn reads_as(&self, process: Process) -> bool {
        self.process == process
    }

    /// Reads everything: the lines outside all blocks belong to `section`.
    pub(super) fn everything<D>(&mut self, section: &'static Section<D>, draft: &mut D) {
        while let Some(piece) = self.advance() {
            match piece.kind {
                Kind::Open => self.unexpected_open(piece),
                Kind::Close => self.extra_close(piece),
                Kind::Words => {
                    self.go_to(piece.extent);
                    if self.open.is_empty() && section.find(self.keyword()).is_some() {
                        self.derailed = false;
                    }
                    self.statement(section, draft);
                }
            }
        }
        let Some((innermost, outer)) = self.open.split_last() else { return };
        let count = outer.len() + 1;
        let message = if count == 1 { "a block is not closed" } else { "some blocks are not closed" };
        let problem = self.diagnostics.report(&text_code::UNCLOSED_BLOCK, *innermost, message);
        problem.label("opened here").also(self.expanded.end(), format!("{count} `}}` missing at the end"));
        for open in outer.iter().rev().take(4) {
            problem.also(*open, "opened here and not closed either");
        }
    }

    /// Reads the block of the keyword at hand: its lines belong to `section`. Gives the brace that closes it.
    pub(super) fn block<D>(&mut self, section: &'static Section<D>, draft: &mut D) -> Extent {
        let (here, meta) = (self.here.extent, self.meta);
        let mut end = self.expanded.end();
        self.open_block(true);
        while let Some(piece) = self.advance() {
            match piece.kind {
                Kind::Open => self.unexpected_open(piece),
                Kind::Close => {
                    end = piece.extent;
                    break;
                }
                Kind::Words => {
                    self.go_to(piece.extent);
                    self.statement(section, draft);
                }
            }
        }
        self.go_to(here);
        (self.meta, self.used) = (meta, usize::MAX);
        end
    }

    /// The name of the block at hand, unless it has none or another block of its kind has it and that is refused; then
    /// the block is to be skipped.
    pub(super) fn block_name(&mut self, names: &mut NameMap, again: Again) -> Option<At<&'r str>> {
        let kind = self.keyword();
        if self.count() == 1 && self.meta.is_some_and(|meta| !meta.optional) {
            self.required(1, "a name")?;
        }
        if self.count() != 2 {
            let (place, message) = match self.count() {
                1 => (self.at(1), format!("`{kind}` needs a name")),
                _ => (self.args_extent(), format!("`{kind}` needs exactly one name")),
            };
            self.report(&code::BAD_NAME, place, message)
                .label("the block is passed over")
                .help("put a name that contains blanks into double quotes");
            return None;
        }
        let name = At::new(self.arg(1)?, self.at(1));
        let Some(first) = names.get(name.value).copied() else {
            names.insert(name.value.into(), name.at);
            return Some(name);
        };
        let message = format!("there is a `{kind}` called `{}` already", name.value);
        let problem =
            self.report(&code::DUPLICATE_NAME, name.at, message).also(first, "the first one is here");
        match again {
            Again::Refused => {
                problem.label("this block is passed over");
                None
            }
            Again::Unnoticed => {
                problem.label("only the first one counts").severity(Severity::Warning).class(Class::Silent);
                Some(name)
            }
        }
    }

    /// Passes over the block of the keyword at hand, counting braces.
    pub(super) fn skip(&mut self) {
        self.used = usize::MAX;
        if self.peek() != Some(Kind::Open) {
            self.derailed = true;
            return;
        }
        let mut depth = 0_usize;
        while let Some(piece) = self.advance() {
            match piece.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Words => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    // The line at hand.

    /// The keyword or, in a list, the first word.
    pub(super) fn keyword(&self) -> &'r str {
        self.word(0).map_or("", |word| self.expanded.get(word.extent))
    }

    /// How many words there are, the keyword included.
    pub(super) fn count(&self) -> usize {
        self.here.words.len()
    }

    /// The word `index`; the keyword is 0.
    fn word(&self, index: usize) -> Option<Word> {
        self.here.words.get(self.base + index).copied()
    }

    /// The whole line from its first to its last word.
    pub(super) fn line(&self) -> Extent {
        self.here.extent
    }

    /// The line as it is written, from the word `index` on.
    pub(super) fn raw_from(&self, index: usize) -> (&'r str, u32) {
        let lo = self.word(index).map_or(self.here.extent.hi, |word| word.whole().lo);
        (self.expanded.get(Extent::new(lo, self.here.extent.hi)), lo)
    }

    /// Where the word `index` stands; behind the last word if it is missing.
    pub(super) fn at(&self, index: usize) -> Extent {
        let end = self.here.extent.hi;
        self.word(index).map_or(Extent::new(end, end), Word::whole)
    }

    /// All words behind the keyword.
    fn args_extent(&self) -> Extent {
        self.at(1).to(self.here.extent)
    }

    /// The word `index`, if there is one.
    pub(super) fn arg(&mut self, index: usize) -> Option<&'r str> {
        self.used = self.used.max(index + 1);
        Some(self.expanded.get(self.word(index)?.extent))
    }

    /// The word `index`, without taking it.
    pub(super) fn peek_arg(&self, index: usize) -> Option<&'r str> {
        Some(self.expanded.get(self.word(index)?.extent))
    }

    /// The word `index`; says so if there is none.
    pub(super) fn required(&mut self, index: usize, what: impl fmt::Display) -> Option<&'r str> {
        if let Some(text) = self.arg(index) {
            return Some(text);
        }
        let keyword = self.keyword();
        let parameters = self.meta.map_or("", |meta| meta.parameters);
        let optional = self.meta.is_some_and(|meta| meta.optional);
        let problem = self.report(
            if optional { &code::NO_PARAMETER } else { &code::MISSING_PARAMETER },
            self.at(index),
            format!("`{keyword}` needs {what} and there is none"),
        );
        if !parameters.is_empty() {
            problem.help(format!("write `{keyword} {parameters}`"));
        }
        None
    }

    /// The preference of a rule that has none: they count down.
    pub(super) fn next_preference(&mut self, family: Family) -> u32 {
        let [v4, v6] = &mut self.preferences;
        let next = if family == Family::V4 { v4 } else { v6 };
        std::mem::replace(next, next.saturating_sub(1))
    }

    /// All words are meant; none is too many.
    pub(super) fn use_all(&mut self) {
        self.used = usize::MAX;
    }

    /// Reports a problem.
    pub(super) fn report(
        &mut self,
        code: &'static super::diag::Code,
        place: Extent,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.diagnostics.report(code, place, message)
    }

    /// The keywords that were used although nothing acts on them yet.
    pub(super) fn stored(&mut self) -> BTreeSet<&'static str> {
        std::mem::take(&mut self.stored)
    }

    // Steps.

    /// The next piece; keeps count of braces.
    fn advance(&mut self) -> Option<Piece> {
        let piece = *self.pieces.get(self.next)?;
        self.next += 1;
        self.after_unknown &= piece.kind == Kind::Open;
        match piece.kind {
            Kind::Open => self.open.push(piece.extent),
            Kind::Close if self.open.pop().is_none() => self.extra_close(piece),
            Kind::Close if self.open.is_empty() => self.closed = Some(piece.extent),
            Kind::Close | Kind::Words => {}
        }
        Some(piece)
    }

    fn go_to(&mut self, line: Extent) {
        self.here.go_to(self.expanded.text(), line);
    }

    fn peek(&self) -> Option<Kind> {
        self.pieces.get(self.next).map(|piece| piece.kind)
    }

    fn open_block(&mut self, needed: bool) {
        self.used = usize::MAX;
        if self.peek() == Some(Kind::Open) {
            self.advance();
            return;
        }
        let keyword = self.keyword();
        let next = self.pieces.get(self.next).map_or(self.expanded.end(), |piece| piece.extent);
        let end = Extent::new(self.here.extent.hi, self.here.extent.hi);
        if needed {
            let message = format!("`{keyword}` starts a block, but no `{{` follows it");
            self.report(&text_code::MISSING_OPENING_BRACE, next, message)
                .label("expected `{` before this")
                .also(end, "behind this");
        } else {
            let message = format!("the list of `{keyword}` has no `{{`");
            self.report(&code::LISTED_ON_NEXT_LINE, end, message)
                .label("`{` is missing here")
                .also(next, "this is taken for its entry");
        }
        self.derailed = true;
    }

    /// The line at hand is one of a block of keywords.
    fn statement<D>(&mut self, section: &'static Section<D>, draft: &mut D) {
        self.used = 1;
        self.open_quote();
        if self.count() == 0 {
            return;
        }
        let name = self.keyword();
        let Some(row) = section.find(name) else {
            self.meta = None;
            return self.unknown(section);
        };
        self.meta = Some(&row.meta);
        self.apply(section, row, draft);
        self.unused_words();
    }

    /// Reads the parameters of a row of `section`, and says if they are for nothing.
    fn apply<D>(&mut self, section: &'static Section<D>, row: &'static Keyword<D>, draft: &mut D) {
        let inside = self.inside_stored;
        self.old_name(&row.meta);
        match section.parity(&row.meta) {
            Parity::Full => {}
            Parity::Stored if inside => {}
            Parity::Stored => {
                self.stored.insert(row.meta.name);
                self.inside_stored = true;
            }
            Parity::NoEffect(reason) => {
                let message = format!("`{}` has no effect: {reason}", self.keyword());
                self.report(&code::NO_EFFECT, self.at(0), message);
            }
        }
        self.read_parameters(row, draft);
        self.inside_stored = inside;
    }

    /// Says that the keyword has another name now.
    fn old_name(&mut self, meta: &'static Meta) {
        let name = self.keyword();
        if !meta.old_names.contains(&name) {
            return;
        }
        let message = format!("`{name}` is an old name of `{}`", meta.name);
        let problem =
            self.report(&code::OLD_NAME, self.at(0), message).help(format!("write `{}`", meta.name));
        if meta.warns_of_old_names {
            problem.severity(Severity::Warning).class(Class::General);
        }
    }

    fn read_parameters<D>(&mut self, row: &'static Keyword<D>, draft: &mut D) {
        match row.read {
            Read::Own(read) => read(draft, self),
            Read::Flag(set) => set(draft, self.at(0)),
            Read::Switch(set) => {
                if let Some(on) = self.switch() {
                    set(draft, on, self.line());
                }
            }
            Read::Number(least, most, set) => {
                if let Some(number) = self.number(1, least, most) {
                    set(draft, number, self.at(1));
                }
            }
            Read::Seconds(least, most, set) => {
                if let Some(span) = self.seconds(1, least, most) {
                    set(draft, span, self.at(1));
                }
            }
            Read::Text(set) => {
                if let Some(text) = self.required(1, "a word") {
                    set(draft, text, self.at(1));
                }
            }
            Read::Interface(set) => {
                if let Some(name) = self.interface(1) {
                    set(draft, name, self.at(1));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
