//! Commands: `SCRIPT [USER [[:]GROUP]]`.
//!
//! A command is cut into words by its own rule: single and double quotes hold words together, and a backslash writes
//! the characters that C writes with one. Only a command in quotes has arguments; words behind it name a user and a group.

use super::super::{Reader, code, text_code};
use crate::conf::expanded::Extent;
use crate::conf::source::position;

/// A command as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::conf) struct CommandLine {
    /// The program and its arguments; never empty.
    pub(in crate::conf) words: Vec<Box<str>>,
    /// Who is to run it.
    pub(in crate::conf) by: Option<RunBy>,
    /// Where the command stands.
    pub(in crate::conf) at: Extent,
}

/// Who is to run a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::conf) struct RunBy {
    /// The user's name.
    pub(in crate::conf) user: Box<str>,
    /// The group's name.
    pub(in crate::conf) group: Option<Box<str>>,
    /// Where they stand.
    pub(in crate::conf) at: Extent,
}

impl Reader<'_> {
    /// The command of a line.
    pub(in crate::conf) fn command(&mut self) -> Option<CommandLine> {
        if self.here.open_quote.is_some() {
            self.use_all();
            return None;
        }
        self.required(1, "a command")?;
        self.use_all();
        let (raw, start) = self.raw_from(1);
        let (parts, open) = split(raw);
        let place = |range: &std::ops::Range<usize>| {
            Extent::new(start + position(range.start), start + position(range.end))
        };
        if let Some(at) = open {
            let place = Extent::new(start + position(at), start + position(raw.len()));
            self.report(&text_code::UNTERMINATED_QUOTE, place, "this quote is not closed on its line");
            return None;
        }
        let mut parts = parts.into_iter();
        let first = parts.next()?;
        let words = if first.quoted {
            // The C program reads what was in the quotes once more, backslashes and all.
            let (inner, open) = split(&first.text);
            if open.is_some() {
                let message = "a quote inside this command is not closed";
                self.report(&text_code::UNTERMINATED_QUOTE, place(&first.range), message);
                return None;
            }
            inner.into_iter().map(|part| part.text.into_boxed_str()).collect()
        } else {
            vec![first.text.into_boxed_str()]
        };
        let words: Vec<Box<str>> = words;
        let rest: Vec<Part> = parts.collect();
        if words.is_empty() {
            self.report(&code::NO_PARAMETER, place(&first.range), "the command is empty");
            return None;
        }
        let by = rest.first().map(|user| RunBy {
            user: user.text.as_str().into(),
            group: rest.get(1).map(|group| group.text.as_str().into()),
            at: place(&(user.range.start..rest.get(1).unwrap_or(user).range.end)),
        });
        if let (Some(extra), Some(last)) = (rest.get(2), rest.last()) {
            let message = "behind a command only a user and a group can stand";
            self.report(&code::EXTRA_WORDS, place(&(extra.range.start..last.range.end)), message)
                .label("ignored")
                .help("to give the command arguments, put it and them into one pair of quotes");
        }
        Some(CommandLine { words, by, at: place(&first.range) })
    }

    /// `USER [[:]GROUP]` from the word `index` on.
    pub(in crate::conf) fn run_by(&mut self, index: usize) -> Option<RunBy> {
        let user = self.required(index, "a user")?;
        let group = self.arg(index + 1);
        let at = self.at(index).to(self.at(if group.is_some() { index + 1 } else { index }));
        Some(RunBy { user: user.into(), group: group.map(Into::into), at })
    }
}

/// A word of a command.
#[derive(Debug)]
struct Part {
    /// What it means.
    text: String,
    /// All of it stands in one pair of quotes.
    quoted: bool,
    range: std::ops::Range<usize>,
}

/// Cuts a command into its words. The second value is where a quote is left open.
fn split(raw: &str) -> (Vec<Part>, Option<usize>) {
    let mut parts = Vec::new();
    let mut at = 0;
    let blank = |octet: u8| matches!(octet, b' ' | b'\t' | b'\r' | 0x0b | 0x0c);
    let octets = raw.as_bytes();
    loop {
        while octets.get(at).is_some_and(|octet| blank(*octet)) {
            at += 1;
        }
        let Some(first) = octets.get(at) else { return (parts, None) };
        let start = at;
        let quoted = matches!(first, b'"' | b'\'');
        let mut text = Vec::new();
        let mut quote: Option<(u8, usize)> = None;
        let mut first_close = None;
        while let Some(&octet) = octets.get(at) {
            match (octet, quote) {
                (b'\\', _) => {
                    let (meant, length) = escape(octets.get(at + 1..).unwrap_or_default());
                    text.extend(meant);
                    at += length;
                }
                (_, Some((open, _))) if octet == open => {
                    first_close.get_or_insert(at);
                    quote = None;
                }
                (b'"' | b'\'', None) => quote = Some((octet, at)),
                (_, None) if blank(octet) => break,
                (_, _) => text.push(octet),
            }
            at += 1;
        }
        if let Some((_, open)) = quote {
            return (parts, Some(open));
        }
        let at = at.min(octets.len());
        parts.push(Part {
            text: String::from_utf8_lossy(&text).into_owned(),
            quoted: quoted && first_close == Some(at - 1),
            range: start..at,
        });
    }
}

/// What the characters behind a backslash mean, and how many of them there are.
fn escape(after: &[u8]) -> (Option<u8>, usize) {
    let digits = |radix: u32, from: usize, most: usize| {
        let is_digit = |octet: &&u8| char::from(**octet).is_digit(radix);
        after.iter().skip(from).take(most).take_while(is_digit).count()
    };
    let number = |radix: u32, range: std::ops::Range<usize>| {
        let text = after.get(range).and_then(|digits| std::str::from_utf8(digits).ok());
        text.and_then(|digits| u32::from_str_radix(digits, radix).ok())
            .and_then(|number| u8::try_from(number & 0xff).ok())
    };
    let Some(&first) = after.first() else { return (Some(b'\\'), 0) };
    match first {
        b'a' => (Some(0x07), 1),
        b'b' => (Some(0x08), 1),
        b'E' => (Some(0x1b), 1),
        b'f' => (Some(0x0c), 1),
        b'n' => (Some(b'\n'), 1),
        b'r' => (Some(b'\r'), 1),
        b't' => (Some(b'\t'), 1),
        b'v' => (Some(0x0b), 1),
        b'0'..=b'7' => {
            let count = digits(8, 0, 3);
            (number(8, 0..count), count)
        }
        b'x' if digits(16, 1, 2) > 0 => {
            let count = digits(16, 1, 2);
            (number(16, 1..1 + count), 1 + count)
        }
        b'c' => match after.get(1) {
            Some(letter) => (Some(letter & 0x1f), 2),
            None => (Some(b'c'), 1),
        },
        other => (Some(other), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(raw: &str) -> Vec<String> {
        split(raw).0.into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn both_quotes_hold_words_together() {
        assert_eq!(words("/bin/x 'a b' \"c d\""), ["/bin/x", "a b", "c d"]);
        assert_eq!(words("a'b c'd \"it's\""), ["ab cd", "it's"]);
        assert_eq!(words("\"a \\\"b\\\" c\""), ["a \"b\" c"]);
        assert_eq!(split("a 'b").1, Some(2));
    }

    #[test]
    fn backslashes_write_what_c_writes() {
        assert_eq!(words("\\x41\\102\\t\\cA\\#\\\\"), ["AB\t\u{1}#\\"]);
        assert_eq!(words("\\xZ \\0"), ["xZ", "\0"]);
        assert_eq!(words("a\\"), ["a\\"]);
        assert_eq!(words("a\\ b"), ["a b"]);
    }

    #[test]
    fn what_is_in_quotes_is_read_twice() {
        let once = split("\"a\\tb c\\\\td 'e\\\\tf'\"").0.remove(0);
        assert!(once.quoted);
        assert_eq!(words(&once.text), ["a", "b", "c\td", "e\tf"]);
    }

    #[test]
    fn only_a_word_that_is_quoted_as_a_whole_is_quoted() {
        let quoted = |raw: &str| split(raw).0.remove(0).quoted;
        assert!(quoted("\"a b\" root") && quoted("'a b'"));
        assert!(!quoted("a\"b c\"") && !quoted("\"a\"b"));
    }
}
