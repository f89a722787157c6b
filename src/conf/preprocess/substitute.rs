//! Replacing `$NAME` and `${NAME}` by what they stand for.

use std::ops::Range;
use std::rc::Rc;

use super::definitions::{self, Definition, Lines, Reference, next_reference};
use super::patchwork::Patchwork;
use super::{DEEPEST, MOST_TEXT, Preprocessor, Spot, code};

/// The longest text that a line may become, in octets.
const LONGEST: usize = 64 << 10;

/// What a use stands for.
enum Value {
    Text(String),
    /// Text, then the lines of a definition of several lines, named.
    Lines(String, String, Lines),
    /// A definition of several lines where none can be.
    NotLast,
    Unknown,
    Itself,
    BadRandom,
    TooLong,
}

impl Preprocessor<'_> {
    /// Replaces every name in a line and passes the result on.
    pub(super) fn substitute(&mut self, line: &Patchwork, spot: Spot) {
        let mut made = Patchwork::default();
        let mut from = 0;
        while let Some(reference) = next_reference(line.text(), from) {
            let whole = reference.start..reference.end;
            made.push_slice(line, from..reference.start);
            from = reference.end;
            let (number, columns) = line.written(whole.clone());
            let last = reference.end == line.text().len();
            match self.value(reference, last, &mut Vec::new()) {
                Value::Text(text) => made.push(&Patchwork::replacement(&text, number, &columns)),
                Value::Lines(text, name, lines) => {
                    made.push(&Patchwork::replacement(&text, number, &columns));
                    return self.lines(&made, &name, &lines, &columns, spot);
                }
                Value::TooLong => return self.too_long(line, whole, spot),
                wrong => {
                    self.complain(&wrong, reference, line, spot);
                    made.push_slice(line, whole);
                }
            }
        }
        made.push_slice(line, from..line.text().len());
        self.emit(made, spot);
    }

    /// What `reference` stands for. `last`: nothing follows it on its line. `open`: the names that are being replaced.
    fn value(&mut self, reference: Reference<'_>, last: bool, open: &mut Vec<String>) -> Value {
        let text = match self.definitions.get(reference.name) {
            Some(Definition::Lines(_)) if !last => return Value::NotLast,
            Some(Definition::Lines(lines)) => {
                return Value::Lines(String::new(), reference.name.to_owned(), Rc::clone(lines));
            }
            Some(Definition::Text(text)) => text.clone(),
            None => return self.predefined(reference),
        };
        if open.iter().any(|name| name == reference.name) {
            return Value::Itself;
        }
        if open.len() > DEEPEST {
            return Value::TooLong;
        }
        open.push(reference.name.to_owned());
        let value = self.fill(&text, last, open);
        open.pop();
        value
    }

    /// Replaces every name in the value of a definition.
    fn fill(&mut self, text: &str, last: bool, open: &mut Vec<String>) -> Value {
        let mut made = String::new();
        let mut from = 0;
        while let Some(inner) = next_reference(text, from) {
            made.push_str(text.get(from..inner.start).unwrap_or_default());
            from = inner.end;
            match self.value(inner, last && inner.end == text.len(), open) {
                Value::Text(value) => made.push_str(&value),
                Value::Lines(value, name, lines) => return Value::Lines(made + &value, name, lines),
                Value::Unknown => made.push_str(text.get(inner.start..inner.end).unwrap_or_default()),
                wrong => return wrong,
            }
            if made.len() > LONGEST {
                return Value::TooLong;
            }
        }
        made.push_str(text.get(from..).unwrap_or_default());
        self.filled += made.len();
        if self.filled > MOST_TEXT { Value::TooLong } else { Value::Text(made) }
    }

    /// The names that keepalived defines itself.
    fn predefined(&mut self, reference: Reference<'_>) -> Value {
        let text = match reference.name {
            "_PWD" => self.files.last().and_then(|file| file.parent()).map(|directory| {
                let directory = directory.to_string_lossy();
                if directory.is_empty() { ".".to_owned() } else { directory.into_owned() }
            }),
            "_INSTANCE" => Some(self.env.config_id().to_owned()),
            "_HASH" => Some("#".to_owned()),
            "_BANG" => Some("!".to_owned()),
            "_ENV" => self.env.variable(reference.parameters),
            "_RANDOM" => return self.random(reference.parameters).map_or(Value::BadRandom, Value::Text),
            _ => None,
        };
        text.map_or(Value::Unknown, Value::Text)
    }

    /// `[MIN [MAX]]`, 0 to 32767 by default.
    fn random(&mut self, parameters: &str) -> Option<String> {
        let numbers: Vec<u32> =
            parameters.split_ascii_whitespace().map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let (least, most) = match *numbers.as_slice() {
            [] => (0, 32_767),
            [least] => (least, least.max(32_767)),
            [least, most] if least <= most => (least, most),
            _ => return None,
        };
        let number = u64::from(least) + self.rng.below(u64::from(most - least) + 1);
        Some(number.to_string())
    }

    /// Reads the lines of a definition of several lines in place of its use; `before` stands before the first.
    fn lines(&mut self, before: &Patchwork, name: &str, lines: &Lines, columns: &Range<u32>, spot: Spot) {
        if self.open.iter().any(|open| open == name) || spot.depth >= DEEPEST {
            let place = self.place(before, 0..before.text().len(), spot);
            let message = format!("the lines of `{name}` contain `${name}` itself");
            self.read.diagnostics.report(&code::SELF_REFERENCE, place, message);
            return;
        }
        self.open.push(name.to_owned());
        for (index, (text, written)) in lines.iter().enumerate() {
            let mut line = if index == 0 { before.clone() } else { Patchwork::default() };
            line.push(&Patchwork::replacement(text, spot.line, columns));
            let inner = Spot { defined: Some(*written), depth: spot.depth + 1, ..spot };
            // keepalived 2.4.3 no longer looks for a definition where the use itself stood.
            if index == 0 && definitions::parse(line.text()).is_some() {
                self.repeat(&line, inner);
            } else if self.condition(&mut line, inner) {
                self.line(line, inner);
            }
            if self.stopped {
                break;
            }
        }
        self.open.pop();
    }

    fn too_long(&mut self, line: &Patchwork, range: Range<usize>, spot: Spot) {
        let place = self.place(line, range, spot);
        if self.filled > MOST_TEXT {
            let message = "the configuration becomes too large here".to_owned();
            return self.stop(&code::TOO_LARGE, place.into(), message);
        }
        let message = "this line is dropped: with its definitions replaced it is far too long";
        self.read.diagnostics.report(&code::LINE_TOO_LONG, place, message);
        self.blank(spot);
    }

    fn complain(&mut self, wrong: &Value, reference: Reference<'_>, line: &Patchwork, spot: Spot) {
        let place = self.place(line, reference.start..reference.end, spot);
        let name = reference.name;
        let diagnostics = &mut self.read.diagnostics;
        match wrong {
            Value::Itself => {
                let message = format!("the definition of `{name}` refers to itself");
                diagnostics.report(&code::SELF_REFERENCE, place, message);
            }
            Value::BadRandom => {
                let message = format!("`{}` are no bounds of a random number", reference.parameters);
                diagnostics
                    .report(&code::BAD_RANDOM, place, message)
                    .help("write `${_RANDOM MIN MAX}` with whole numbers, the smaller first");
            }
            Value::NotLast => {
                let message = format!("`${name}` stands for several lines and is not last on this one");
                diagnostics
                    .report(&code::BLOCK_DEFINITION_NOT_LAST, place, message)
                    .label("taken as it is written");
            }
            Value::Text(_) | Value::Lines(..) | Value::TooLong | Value::Unknown => {
                let named = if name == "_ENV" {
                    format!("the environment variable `{}` is not set", reference.parameters)
                } else {
                    format!("`{name}` is not defined")
                };
                diagnostics.report(&code::UNKNOWN_DEFINITION, place, named).label("taken as it is written");
            }
        }
    }
}
