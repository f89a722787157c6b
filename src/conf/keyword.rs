//! Keywords: what there is to say in a configuration, in one table for each kind of block.
//!
//! A keyword stands here and nowhere else. Its row says how it is written, what it does, how far keepalived-rs follows it,
//! and what reading it does to the [draft](super::draft) of its block. Reading, suggestions, manual pages and the table
//! of compatibility all come from the rows.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::expanded::Extent;
use super::reader::Reader;
use crate::base::id::IfName;
use crate::base::time::Span;

/// How far a keyword is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// It does what it does in the C program.
    Full,
    /// It is read, checked and kept, but not yet acted on.
    Stored,
    /// It is accepted and does nothing, for the reason given.
    NoEffect(&'static str),
}

/// What a row says of its keyword.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// The keyword.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// Spellings that still work.
    pub old_names: &'static [&'static str],
    /// Whether those draw a warning.
    pub warns_of_old_names: bool,
    /// Its parameters, as a manual page shows them.
    pub parameters: &'static str,
    /// What holds without it; empty where there is nothing to say.
    pub default: &'static str,
    /// What it does: whole sentences.
    pub doc: &'static str,
    /// The values that are possible, where they are read in a way of their own and `parameters` does not say it.
    pub range: &'static str,
    /// The first version of keepalived that has it; empty if it has been there in another form all along.
    pub since: &'static str,
    /// What to write, if it does not follow from `parameters`. Where more is needed beside it, square brackets enclose
    /// what is about the keyword.
    pub example: &'static str,
    /// How far it is followed.
    pub parity: Parity,
    /// Without its parameter it is only ignored; else nothing can be run at all.
    pub optional: bool,
}

impl Meta {
    /// A keyword about which nothing else is known.
    const fn new(name: &'static str, parameters: &'static str) -> Meta {
        Meta {
            name,
            aliases: &[],
            old_names: &[],
            warns_of_old_names: false,
            parameters,
            default: "",
            doc: "",
            range: "",
            since: "",
            example: "",
            parity: Parity::Full,
            optional: false,
        }
    }

    /// A word that is known by its place.
    pub(super) const fn word(name: &'static str, default: &'static str, doc: &'static str) -> Meta {
        Meta { default, doc, ..Meta::new(name, "") }
    }

    /// What to write.
    pub(super) const fn example(self, example: &'static str) -> Meta {
        Meta { example, ..self }
    }

    /// The first version of keepalived that has it.
    pub(super) const fn since(self, since: &'static str) -> Meta {
        Meta { since, ..self }
    }

    /// Its parameters, as a manual page shows them.
    pub(super) const fn parameters(self, parameters: &'static str) -> Meta {
        Meta { parameters, ..self }
    }

    /// The values that are possible.
    pub(super) const fn range(self, range: &'static str) -> Meta {
        Meta { range, ..self }
    }

    /// Every spelling that means this.
    pub fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().chain(self.old_names).copied())
    }
}

/// How the parameters of a keyword are read, and where they go. Setters get the place of the value as well.
pub(super) enum Read<D> {
    /// In its own way.
    Own(fn(&mut D, &mut Reader<'_>)),
    /// No parameter.
    Flag(fn(&mut D, Extent)),
    /// An optional switch.
    Switch(fn(&mut D, bool, Extent)),
    /// A whole number from the first to the second.
    Number(i64, i64, fn(&mut D, i64, Extent)),
    /// Seconds with decimals, from the first to the second.
    Seconds(Span, Span, fn(&mut D, Span, Extent)),
    /// A word.
    Text(fn(&mut D, &str, Extent)),
    /// An interface.
    Interface(fn(&mut D, IfName, Extent)),
}

/// A row.
pub(super) struct Keyword<D: 'static> {
    /// What it says of the keyword.
    pub(super) meta: Meta,
    /// How it is read.
    pub(super) read: Read<D>,
}

impl<D> Keyword<D> {
    /// The keyword `name`, which is written with `parameters`.
    pub(super) const fn new(name: &'static str, parameters: &'static str, read: Read<D>) -> Keyword<D> {
        Keyword { meta: Meta::new(name, parameters), read }
    }

    /// Other spellings.
    pub(super) const fn alias(self, aliases: &'static [&'static str]) -> Keyword<D> {
        Keyword { meta: Meta { aliases, ..self.meta }, read: self.read }
    }

    /// Spellings of old.
    pub(super) const fn old_name(self, old_names: &'static [&'static str]) -> Keyword<D> {
        Keyword { meta: Meta { old_names, ..self.meta }, read: self.read }
    }

    /// It was called something else, and the C program asks for the present name.
    pub(super) const fn deprecated_name(self, old_names: &'static [&'static str]) -> Keyword<D> {
        Keyword { meta: Meta { old_names, warns_of_old_names: true, ..self.meta }, read: self.read }
    }

    /// What holds without it, and what it does.
    pub(super) const fn doc(self, default: &'static str, doc: &'static str) -> Keyword<D> {
        Keyword { meta: Meta { default, doc, ..self.meta }, read: self.read }
    }

    /// Without its parameter it is only ignored.
    pub(super) const fn optional(self) -> Keyword<D> {
        Keyword { meta: Meta { optional: true, ..self.meta }, read: self.read }
    }

    /// The values that are possible.
    pub(super) const fn range(self, range: &'static str) -> Keyword<D> {
        Keyword { meta: self.meta.range(range), read: self.read }
    }

    /// The first version of keepalived that has it.
    pub(super) const fn since(self, since: &'static str) -> Keyword<D> {
        Keyword { meta: self.meta.since(since), read: self.read }
    }

    /// What to write.
    pub(super) const fn example(self, example: &'static str) -> Keyword<D> {
        Keyword { meta: self.meta.example(example), read: self.read }
    }

    /// The values that are possible, in words; empty where `parameters` says it.
    fn limits(&self) -> String {
        match self.read {
            Read::Number(least, most, _) => {
                let unit = if self.meta.parameters == "SECONDS" { " s" } else { "" };
                format!("{least} to {most}{unit}")
            }
            Read::Seconds(least, most, _) if most > Span::from_secs(UNLIMITED) => {
                format!("from {} s on", seconds(least))
            }
            Read::Seconds(least, most, _) => format!("{} to {} s", seconds(least), seconds(most)),
            Read::Own(_) | Read::Flag(_) | Read::Switch(_) | Read::Text(_) | Read::Interface(_) => {
                self.meta.range.to_owned()
            }
        }
    }

    /// What to write, if its row does not say it.
    fn usual_example(&self) -> String {
        let name = self.meta.name;
        match self.read {
            Read::Number(least, most, _) => format!("{name} {}", USUAL_NUMBER.clamp(least, most)),
            Read::Seconds(least, most, _) => format!("{name} {}", seconds(USUAL_SPAN.clamp(least, most))),
            Read::Switch(_) if self.meta.default.ends_with("on") => format!("{name} off"),
            Read::Interface(_) => format!("{name} eth1"),
            Read::Own(_) | Read::Flag(_) | Read::Switch(_) | Read::Text(_) => match self.meta.parameters {
                "" | "[on|off]" => name.to_owned(),
                "ADDRESS" => format!("{name} 192.0.2.7"),
                "INTERFACE" => format!("{name} eth1"),
                "{ ... }" => format!("{name} {{\n}}"),
                command if command.starts_with("COMMAND") => format!("{name} /usr/bin/true"),
                path if path.starts_with("PATH") || path == "FILE" => {
                    format!("{name} /run/keepalived/{name}")
                }
                "DIRECTORY" => format!("{name} /run/keepalived"),
                _ => format!("{name} example"),
            },
        }
    }

    /// How far it is followed, if not fully.
    pub(super) const fn parity(self, parity: Parity) -> Keyword<D> {
        Keyword { meta: Meta { parity, ..self.meta }, read: self.read }
    }
}

/// From here on, in seconds, a limit is only that of the type.
const UNLIMITED: u64 = 1_000_000_000;
/// What examples have for a number and a time, within the limits of the keyword.
const USUAL_NUMBER: i64 = 7;
const USUAL_SPAN: Span = Span::from_millis(2500);

/// A time as it is written: seconds with as many decimals as needed.
fn seconds(span: Span) -> String {
    let micros = span.as_micros();
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The keywords of one kind of block.
pub(super) struct Section<D: 'static> {
    /// The name of the block, as a manual page shows it.
    title: &'static str,
    rows: &'static [&'static [Keyword<D>]],
    positional: &'static [Meta],
    /// Nothing acts on any of them yet.
    stored: bool,
    index: OnceLock<HashMap<&'static str, &'static Keyword<D>>>,
}

impl<D> Section<D> {
    /// The section of `title`.
    pub(super) const fn new(title: &'static str, rows: &'static [&'static [Keyword<D>]]) -> Section<D> {
        Section { title, rows, positional: &[], stored: false, index: OnceLock::new() }
    }

    /// The words of an entry that are known by their place, as the address of an address.
    pub(super) const fn positional(self, positional: &'static [Meta]) -> Section<D> {
        let stored = self.stored;
        self.with(positional, stored)
    }

    /// Nothing acts on any of them yet.
    pub(super) const fn stored(self) -> Section<D> {
        let positional = self.positional;
        self.with(positional, true)
    }

    /// The same with other words.
    #[expect(
        clippy::mem_forget,
        reason = "constants cannot drop, and there is no index yet that could be lost"
    )]
    const fn with(self, positional: &'static [Meta], stored: bool) -> Section<D> {
        let section =
            Section { title: self.title, rows: self.rows, positional, stored, index: OnceLock::new() };
        std::mem::forget(self);
        section
    }

    /// The row of `word`.
    pub(super) fn find(&self, word: &str) -> Option<&'static Keyword<D>> {
        let index = self.index.get_or_init(|| {
            let rows = self.rows.iter().copied().flatten();
            rows.flat_map(|row| row.meta.spellings().map(move |name| (name, row))).collect()
        });
        index.get(word).copied()
    }
}

/// A section, whatever its blocks become.
pub trait Keywords: Sync {
    /// The name of the block.
    fn title(&self) -> &'static str;
    /// What its rows say.
    fn metas(&self) -> Vec<&'static Meta>;
    /// What is said of words that are known by their place.
    fn positional(&self) -> &'static [Meta];
    /// How far a row is followed.
    fn parity(&self, meta: &Meta) -> Parity;
    /// The values that are possible, in words; empty where the parameters say it.
    fn limits(&self, meta: &Meta) -> String;
    /// What to write. Square brackets enclose what is about the keyword, if that is not all.
    fn example(&self, meta: &Meta) -> String;
    /// What the row of `word` says.
    fn meta(&self, word: &str) -> Option<&'static Meta>;
}

impl<D> Keywords for Section<D> {
    fn title(&self) -> &'static str {
        self.title
    }

    fn metas(&self) -> Vec<&'static Meta> {
        self.rows.iter().copied().flatten().map(|row| &row.meta).collect()
    }

    fn positional(&self) -> &'static [Meta] {
        self.positional
    }

    fn parity(&self, meta: &Meta) -> Parity {
        match meta.parity {
            Parity::Full if self.stored => Parity::Stored,
            other => other,
        }
    }

    fn limits(&self, meta: &Meta) -> String {
        self.find(meta.name).map_or_else(|| meta.range.to_owned(), Keyword::limits)
    }

    fn example(&self, meta: &Meta) -> String {
        match self.find(meta.name) {
            Some(row) if meta.example.is_empty() => row.usual_example(),
            Some(_) | None => meta.example.to_owned(),
        }
    }

    fn meta(&self, word: &str) -> Option<&'static Meta> {
        self.find(word).map(|row| &row.meta)
    }
}
