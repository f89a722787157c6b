//! A source file as tokens, without comments, strings and tests.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Word(String),
    /// Punctuation: one character, or `::` or `=>`.
    Mark(&'static str),
    /// Any other single character.
    Other(char),
    /// A string, character or number.
    Literal,
}

/// A token with the number of its line, from 1.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it is.
    pub(crate) line: usize,
}

impl Token {
    /// The word, if it is one.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Mark(_) | Kind::Other(_) | Kind::Literal => None,
        }
    }

    /// Whether it is the punctuation `mark`.
    pub(crate) fn is(&self, mark: &str) -> bool {
        match &self.kind {
            Kind::Mark(own) => *own == mark,
            Kind::Other(own) => mark.chars().eq([*own]),
            Kind::Word(_) | Kind::Literal => false,
        }
    }
}

/// A source file below `src`.
#[derive(Debug)]
pub(crate) struct Source {
    name: String,
    tokens: Vec<Token>,
    lines: usize,
}

impl Source {
    /// Reads `text` as the file `name`, a path below `src`, and leaves its tests out.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let mut tokens = tokens(text);
        let mut lines = text.lines().count();
        while let Some(test) = first_test(&tokens) {
            let first = tokens[test.start].line;
            let last = tokens[test.end - 1].line;
            lines -= last - first + 1;
            tokens.drain(test);
        }
        Self { name: name.to_owned(), tokens, lines }
    }

    /// The path below `src`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The tokens without tests.
    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The number of lines without tests.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// The names of the modules that the file is in, from the root of the crate; `bin` for a binary.
    pub(crate) fn module(&self) -> Vec<String> {
        let path = self.name.trim_end_matches(".rs");
        if path == "lib" {
            return Vec::new();
        }
        let mut names: Vec<String> = path.split('/').map(str::to_owned).collect();
        if names.first().is_some_and(|first| first == "bin") {
            names.truncate(1);
        }
        names
    }

    /// Whether the file as a whole is compiled for tests only.
    pub(crate) fn is_test(&self) -> bool {
        self.name.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "proptests.rs" | "testing.rs"))
    }
}

/// The first item under a `cfg` that asks for `test`, with its attributes.
fn first_test(tokens: &[Token]) -> Option<Range<usize>> {
    (0..tokens.len()).find_map(|start| {
        let end = test_attribute(tokens, start)?;
        Some(start..item_end(tokens, end))
    })
}

/// The end of the attribute at `start`, if it is a `cfg` that asks for `test`.
fn test_attribute(tokens: &[Token], start: usize) -> Option<usize> {
    let end = attribute_end(tokens, start)?;
    let words: Vec<&str> = tokens[start..end].iter().filter_map(Token::word).collect();
    let asks = words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not");
    asks.then_some(end)
}

fn attribute_end(tokens: &[Token], start: usize) -> Option<usize> {
    if !tokens.get(start)?.is("#") || !tokens.get(start + 1)?.is("[") {
        return None;
    }
    Some(closing(tokens, start + 1, "[", "]"))
}

/// The end of the item at `start`: behind its braces, or behind its semicolon if that comes first.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while let Some(end) = attribute_end(tokens, at) {
        at = end;
    }
    while let Some(token) = tokens.get(at) {
        if token.is("{") {
            return closing(tokens, at, "{", "}");
        }
        at += 1;
        if token.is(";") {
            return at;
        }
    }
    at
}

/// The index behind the bracket that closes the one at `open`.
pub(crate) fn closing(tokens: &[Token], open: usize, opening: &str, ending: &str) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is(opening) {
            depth += 1;
        } else if token.is(ending) {
            depth -= 1;
            if depth == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}

/// Splits `text` into tokens.
fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: text, line: 1 };
    let mut tokens = Vec::new();
    while !lexer.rest.is_empty() {
        let line = lexer.line;
        if let Some(kind) = lexer.next() {
            tokens.push(Token { kind, line });
        }
    }
    tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl Lexer<'_> {
    fn skip(&mut self, length: usize) {
        let (skipped, rest) = self.rest.split_at(length);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
    }

    fn next(&mut self) -> Option<Kind> {
        let first = self.rest.chars().next()?;
        if first.is_whitespace() {
            self.skip(first.len_utf8());
            return None;
        }
        if self.rest.starts_with("//") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
            return None;
        }
        if self.rest.starts_with("/*") {
            self.skip(block_comment(self.rest));
            return None;
        }
        if let Some(length) = string(self.rest).or_else(|| character(self.rest)) {
            self.skip(length);
            return Some(Kind::Literal);
        }
        if first == '_' || first.is_alphanumeric() {
            let length =
                self.rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(self.rest.len());
            let word = self.rest[..length].to_owned();
            self.skip(length);
            return Some(if first.is_ascii_digit() { Kind::Literal } else { Kind::Word(word) });
        }
        for mark in ["::", "=>"] {
            if self.rest.starts_with(mark) {
                self.skip(2);
                return Some(Kind::Mark(mark));
            }
        }
        self.skip(first.len_utf8());
        Some(Kind::Other(first))
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the string that `text` begins with, raw and byte strings included.
fn string(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""]
        .into_iter()
        .find(|prefix| text.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['"', '#'])))?;
    let body = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let inner = body[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = inner.find(&end).map_or(inner.len(), |at| at + end.len());
        return Some(prefix.len() + hashes + 1 + length);
    }
    let inner = body.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(prefix.len() + 1 + at + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// The length of the character that `text` begins with; nothing if it is a lifetime.
fn character(text: &str) -> Option<usize> {
    let prefix = usize::from(text.starts_with("b'"));
    let inner = text[prefix..].strip_prefix('\'')?;
    let mut chars = inner.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        let end = inner.char_indices().skip(2).find(|(_, c)| *c == '\'')?.0;
        return Some(prefix + 1 + end + 1);
    }
    let (at, second) = chars.next()?;
    (second == '\'').then_some(prefix + 1 + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let source = Source::new("x.rs", text);
        source.tokens().iter().filter_map(|token| token.word().map(str::to_owned)).collect()
    }

    #[test]
    fn comments_and_strings_are_no_words() {
        let text = "a /* b /* c */ d */ e // f\n g \"h \\\" i\" r#\"j \" k\"# 'l' '\\'' b\"m\" n";
        assert_eq!(words(text), ["a", "e", "g", "n"]);
    }

    #[test]
    fn a_lifetime_is_not_a_string() {
        assert_eq!(words("fn f<'a>(x: &'a str) {}"), ["fn", "f", "a", "x", "a", "str"]);
    }

    #[test]
    fn tests_are_left_out_of_words_and_lines() {
        let text =
            "fn a() {}\n\n#[cfg(test)]\n#[rustfmt::skip]\nmod tests {\n    fn b() { {} }\n}\nfn c() {}\n";
        assert_eq!(words(text), ["fn", "a", "fn", "c"]);
        assert_eq!(Source::new("x.rs", text).lines(), 3);
        assert_eq!(words("#[cfg(test)]\nmod tests;\nfn d() {}"), ["fn", "d"]);
        assert_eq!(words("#[cfg(not(test))]\nfn e() {}"), ["cfg", "not", "test", "fn", "e"]);
    }

    #[test]
    fn a_file_knows_its_module() {
        assert_eq!(Source::new("lib.rs", "").module(), [""; 0]);
        assert_eq!(Source::new("vrrp/router.rs", "").module(), ["vrrp", "router"]);
        assert_eq!(Source::new("bin/keepalived.rs", "").module(), ["bin"]);
        assert!(Source::new("wire/vrrp/tests.rs", "").is_test());
    }
}
