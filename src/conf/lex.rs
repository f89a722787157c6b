//! From expanded text to pieces: braces, and the words between them.
//!
//! keepalived reads line by line and cuts every line before and after each brace outside double quotes. A piece is
//! one such cut: what is written on one line or on five means the same. Words are parted by blanks; a double quote
//! opens a word and ends the one before it.

use nom::Parser as _;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{map, recognize};
use nom::multi::many1_count;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Offset as _};

use super::expanded::Extent;
use super::source::{index_of, position};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{`.
    Open,
    /// `}`.
    Close,
    /// Words.
    Words,
}

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    /// Without the blanks around it.
    pub(super) extent: Extent,
}

/// A word, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) extent: Extent,
    pub(super) quoted: bool,
}

impl Word {
    /// The word with its quotes.
    pub(super) const fn whole(self) -> Extent {
        match self.quoted {
            true => Extent::new(self.extent.lo - 1, self.extent.hi + 1),
            false => self.extent,
        }
    }
}

/// The words of one piece. Those of all pieces would take more memory than the text, and most readers pass over most of
/// them.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// That of the piece.
    pub(super) extent: Extent,
    pub(super) words: Vec<Word>,
    /// The double quote that is not closed.
    pub(super) open_quote: Option<u32>,
}

impl Line {
    /// Goes over to the piece of `text` at `extent`.
    pub(super) fn go_to(&mut self, text: &str, extent: Extent) {
        let (lo, hi) = (index_of(extent.lo), index_of(extent.hi));
        let text = text.get(lo..hi).unwrap_or_default();
        self.extent = extent;
        self.words.clear();
        let rest = cut(text, lo, word, |quoted, extent| self.words.push(Word { extent, quoted }));
        let rest = rest.trim_start_matches(is_blank);
        self.open_quote = (!rest.is_empty()).then(|| position(lo + text.offset(rest)));
    }
}

/// A text cut into pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
}

impl Pieces {
    /// Cuts `text`.
    pub(super) fn of(text: &str) -> Pieces {
        let mut all = Pieces::default();
        let mut start = 0;
        for line in text.split('\n') {
            cut(line, start, piece, |kind, extent| all.pieces.push(Piece { kind, extent }));
            start += line.len() + 1;
        }
        all
    }

    /// The piece `index`.
    pub(super) fn get(&self, index: usize) -> Option<&Piece> {
        self.pieces.get(index)
    }
}

/// Hands over each part that `next` finds in `text`, which begins at `start`; gives what it does not know.
fn cut<'t, K>(
    text: &'t str,
    start: usize,
    next: fn(&'t str) -> IResult<&'t str, (K, &'t str)>,
    mut each: impl FnMut(K, Extent),
) -> &'t str {
    let mut rest = text;
    while let Ok((after, (kind, part))) = next(rest) {
        let lo = start + text.offset(part);
        each(kind, Extent::new(position(lo), position(lo + part.len())));
        rest = after;
    }
    rest
}

pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\x0b' | '\x0c')
}

fn is_plain(character: char) -> bool {
    !is_blank(character) && character != '"'
}

/// The next piece of a line, trimmed.
fn piece(line: &str) -> IResult<&str, (Kind, &str)> {
    let words = recognize(many1_count(alt((
        recognize(delimited(
            char('"'),
            take_till(|character| character == '"'),
            alt((tag("\""), nom::combinator::eof)),
        )),
        take_while1(|character| !matches!(character, '{' | '}' | '"')),
    ))));
    preceded(
        take_while(is_blank),
        alt((
            map(tag("{"), |text| (Kind::Open, text)),
            map(tag("}"), |text| (Kind::Close, text)),
            map(words, |text: &str| (Kind::Words, text.trim_end_matches(is_blank))),
        )),
    )
    .parse(line)
}

/// The next word: whether it is quoted, and what it is.
fn word(text: &str) -> IResult<&str, (bool, &str)> {
    let quoted = delimited(char('"'), take_till(|character| character == '"'), char('"'));
    preceded(
        take_while(is_blank),
        alt((map(quoted, |text| (true, text)), map(take_while1(is_plain), |text| (false, text)))),
    )
    .parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, piece: &Piece) -> Line {
        let mut line = Line::default();
        line.go_to(text, piece.extent);
        line
    }

    /// Pieces as text, words parted by `|`, quoted ones in brackets.
    fn shown(text: &str) -> Vec<String> {
        let word = |word: &Word| {
            let part = &text[index_of(word.extent.lo)..index_of(word.extent.hi)];
            if word.quoted { format!("[{part}]") } else { part.to_owned() }
        };
        Pieces::of(text)
            .pieces
            .iter()
            .map(|piece| match piece.kind {
                Kind::Open => "{".into(),
                Kind::Close => "}".into(),
                Kind::Words => {
                    let line = line(text, piece);
                    let words: Vec<String> = line.words.iter().map(word).collect();
                    words.join("|") + if line.open_quote.is_some() { "..." } else { "" }
                }
            })
            .collect()
    }

    #[test]
    fn lines_are_cut_at_braces() {
        assert_eq!(
            shown("vrrp_instance A { interface eth0\n}"),
            ["vrrp_instance|A", "{", "interface|eth0", "}"]
        );
        assert_eq!(shown("a{b}c"), ["a", "{", "b", "}", "c"]);
        assert_eq!(shown(" { } \r\n\n\t{\t"), ["{", "}", "{"]);
    }

    #[test]
    fn quotes_hold_words_together_and_part_them() {
        assert_eq!(shown("a \"b {c}\" d"), ["a|[b {c}]|d"]);
        assert_eq!(shown("A\"B\"C"), ["A|[B]|C"]);
        assert_eq!(shown("x \"\" 'y z'"), ["x|[]|'y|z'"]);
    }

    #[test]
    fn an_open_quote_takes_the_rest_of_the_line() {
        assert_eq!(shown("a b \"c } d\ne"), ["a|b...", "e"]);
        let text = "a \"b";
        assert_eq!(line(text, Pieces::of(text).get(0).unwrap()).open_quote, Some(2));
    }

    #[test]
    fn extents_are_those_of_the_text() {
        let text = "\n  a \"b c\" {";
        let pieces = Pieces::of(text);
        let words = line(text, pieces.get(0).unwrap()).words;
        assert_eq!(words[1].extent, Extent::new(6, 9));
        assert_eq!(words[1].whole(), Extent::new(5, 10));
        assert_eq!(pieces.get(1).unwrap().extent, Extent::new(11, 12));
    }
}
