//! `~SEQ`, `~SEQx` and `~LST`: a line that stands for many.

/// What repeats a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sequence<'a> {
    /// The definitions that change from line to line.
    pub(super) names: Vec<&'a str>,
    /// Their values, line by line.
    pub(super) values: Values<'a>,
    /// Where the repeated text starts.
    pub(super) rest: usize,
}

/// The values of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Values<'a> {
    /// Numbers.
    Numbers {
        /// The first.
        start: i64,
        /// The difference of two in a row; not 0.
        step: i64,
        /// The limit, which may be met.
        end: i64,
        /// Written in hexadecimal.
        hexadecimal: bool,
    },
    /// A list; each entry has a value for each name.
    List(Vec<Vec<&'a str>>),
}

impl Values<'_> {
    /// How many lines there will be.
    pub(super) fn count(&self) -> u64 {
        match *self {
            Values::Numbers { start, step, end, .. } => {
                let steps = (i128::from(end) - i128::from(start)) / i128::from(step);
                u64::try_from(steps.saturating_add(1)).unwrap_or(u64::MAX)
            }
            Values::List(ref lines) => u64::try_from(lines.len()).unwrap_or(u64::MAX),
        }
    }

    /// The values of the line `index`.
    pub(super) fn line(&self, index: u64) -> Vec<String> {
        match *self {
            Values::Numbers { start, step, hexadecimal, .. } => {
                let number =
                    start.saturating_add(step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)));
                vec![if hexadecimal { format!("{number:x}") } else { number.to_string() }]
            }
            Values::List(ref lines) => usize::try_from(index)
                .ok()
                .and_then(|index| lines.get(index))
                .map(|values| values.iter().map(|&value| value.to_owned()).collect())
                .unwrap_or_default(),
        }
    }
}

/// Why a sequence is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No parenthesis, or it is not closed.
    Parentheses,
    /// The name is no name.
    Name,
    /// A number is none, or there are too few or too many.
    Numbers,
    /// The step is 0 or has the wrong sign.
    Step,
    /// A hexadecimal sequence below 0.
    Negative,
    /// An entry has more values than there are names.
    TooManyValues,
}

impl Fault {
    /// What is wrong, for people.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Fault::Parentheses => "its parentheses or braces do not match",
            Fault::Name => "the name of its definition is not a name",
            Fault::Numbers => "it needs one to three numbers: `~SEQ(NAME, [START, [STEP,]] END)`",
            Fault::Step => "its step never leads from start to end",
            Fault::Negative => "hexadecimal numbers must not be negative",
            Fault::TooManyValues => "an entry has more values than there are names",
        }
    }
}

/// The sequence that `line` starts with, blanks aside; `None` if it does not start with one.
pub(super) fn parse(line: &str) -> Option<Result<Sequence<'_>, Fault>> {
    let start = line.len() - line.trim_ascii_start().len();
    let text = line.get(start..)?;
    let (keyword, hexadecimal, list) = if text.starts_with("~SEQx") {
        ("~SEQx", true, false)
    } else if text.starts_with("~SEQ") {
        ("~SEQ", false, false)
    } else if text.starts_with("~LST") {
        ("~LST", false, true)
    } else {
        return None;
    };
    let after = start + keyword.len();
    Some(arguments(line, after).and_then(|(inside, rest)| {
        let (names, values) = if list { list_of(inside)? } else { numbers_of(inside, hexadecimal)? };
        Ok(Sequence { names, values, rest })
    }))
}

/// The text between the parenthesis at `after` and its partner, and where the rest of the line starts.
fn arguments(line: &str, after: usize) -> Result<(&str, usize), Fault> {
    let inside = line.get(after..).and_then(|text| text.strip_prefix('(')).ok_or(Fault::Parentheses)?;
    let end = inside.find(')').ok_or(Fault::Parentheses)?;
    Ok((inside.get(..end).unwrap_or_default(), after + end + 2))
}

fn numbers_of(inside: &str, hexadecimal: bool) -> Result<(Vec<&str>, Values<'_>), Fault> {
    let mut parts = inside.split(',').map(str::trim_ascii);
    let name = parts.next().filter(|name| is_name(name)).ok_or(Fault::Name)?;
    let numbers: Vec<i64> =
        parts.map(|part| c_number(part).ok_or(Fault::Numbers)).collect::<Result<_, _>>()?;
    let (start, step, end) = match *numbers.as_slice() {
        [end] if end < 0 => (-1, -1, end),
        [end] => (1, if end < 1 { -1 } else { 1 }, end),
        [start, end] => (start, if end < start { -1 } else { 1 }, end),
        [start, step, end] => (start, step, end),
        _ => return Err(Fault::Numbers),
    };
    if step == 0 || (end > start && step < 0) || (end < start && step > 0) {
        return Err(Fault::Step);
    }
    if hexadecimal && (start < 0 || end < 0) {
        return Err(Fault::Negative);
    }
    Ok((vec![name], Values::Numbers { start, step, end, hexadecimal }))
}

fn list_of(inside: &str) -> Result<(Vec<&str>, Values<'_>), Fault> {
    let mut parts = braced_parts(inside)?.into_iter();
    let head = parts.next().ok_or(Fault::Name)?;
    let names = tuple(head);
    if names.is_empty() || !names.iter().all(|name| is_name(name)) {
        return Err(Fault::Name);
    }
    let mut lines = Vec::new();
    for part in parts {
        let mut values = if head.starts_with('{') { tuple(part) } else { vec![part] };
        if values.len() > names.len() {
            return Err(Fault::TooManyValues);
        }
        values.resize(names.len(), "");
        lines.push(values);
    }
    Ok((names, Values::List(lines)))
}

/// The parts between commas outside braces.
fn braced_parts(text: &str) -> Result<Vec<&str>, Fault> {
    let (mut depth, mut from, mut parts) = (0_i32, 0, Vec::new());
    for (at, octet) in text.bytes().enumerate() {
        match octet {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(text.get(from..at).unwrap_or_default().trim_ascii());
                from = at + 1;
            }
            _ => {}
        }
        if !(0..=1).contains(&depth) {
            return Err(Fault::Parentheses);
        }
    }
    if depth != 0 {
        return Err(Fault::Parentheses);
    }
    parts.push(text.get(from..).unwrap_or_default().trim_ascii());
    Ok(parts)
}

/// `{a,b}` or `a`.
fn tuple(part: &str) -> Vec<&str> {
    match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(inside) => inside.split(',').map(str::trim_ascii).collect(),
        None => vec![part],
    }
}

/// Whether a definition may be called this.
pub(super) fn is_name(text: &str) -> bool {
    let mut octets = text.bytes();
    octets.next().is_some_and(|octet| octet.is_ascii_alphabetic() || octet == b'_')
        && octets.all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
}

/// A whole number as C writes it: decimal, `0x` hexadecimal or `0` octal.
pub(super) fn c_number(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = if let Some(digits) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        (digits, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (digits, 8)
    } else {
        (digits, 10)
    };
    if !digits.bytes().all(|digit| digit.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(line: &str) -> Vec<String> {
        let values = parse(line).unwrap().unwrap().values;
        (0..values.count()).flat_map(|index| values.line(index)).collect()
    }

    #[test]
    fn numbers_run_from_start_to_end() {
        assert_eq!(numbers("~SEQ(x,3) a"), ["1", "2", "3"]);
        assert_eq!(numbers(" ~SEQ(x, 5 ,7)a"), ["5", "6", "7"]);
        assert_eq!(numbers("~SEQ(x,5,2,9)"), ["5", "7", "9"]);
        assert_eq!(numbers("~SEQ(x,5,2,8)"), ["5", "7"]);
        assert_eq!(numbers("~SEQ(x,-2)"), ["-1", "-2"]);
        assert_eq!(numbers("~SEQ(x,3,1)"), ["3", "2", "1"]);
        assert_eq!(numbers("~SEQ(x,9,-4,1)"), ["9", "5", "1"]);
        assert_eq!(numbers("~SEQ(x,0x3)"), ["1", "2", "3"]);
        assert_eq!(numbers("~SEQ(x,010,9)"), ["8", "9"]);
        assert_eq!(numbers("~SEQx(x,9,11)"), ["9", "a", "b"]);
    }

    #[test]
    fn what_is_no_sequence_says_why() {
        let fault = |line| parse(line).unwrap().unwrap_err();
        assert_eq!(fault("~SEQ x 1"), Fault::Parentheses);
        assert_eq!(fault("~SEQ(x,1"), Fault::Parentheses);
        assert_eq!(fault("~SEQ(x) a"), Fault::Numbers);
        assert_eq!(fault("~SEQ(x,1,a)"), Fault::Numbers);
        assert_eq!(fault("~SEQ(1,2)"), Fault::Name);
        assert_eq!(fault("~SEQ(x,1,0,2)"), Fault::Step);
        assert_eq!(fault("~SEQ(x,1,-1,2)"), Fault::Step);
        assert_eq!(fault("~SEQx(x,-2)"), Fault::Negative);
        assert_eq!(fault("~LST({x,y},{1,2)"), Fault::Parentheses);
        assert_eq!(fault("~LST({x,y},{1,2,3})"), Fault::TooManyValues);
        assert_eq!(parse("x ~SEQ(x,1)"), None);
    }

    #[test]
    fn lists_have_a_line_for_each_entry() {
        let found = parse("~LST({x,y}, {1,2},{3}) rest").unwrap().unwrap();
        assert_eq!(found.names, ["x", "y"]);
        assert_eq!(found.values, Values::List(vec![vec!["1", "2"], vec!["3", ""]]));
        assert_eq!(found.rest, "~LST({x,y}, {1,2},{3})".len());
        assert_eq!(parse("~LST(x,a,,b)").unwrap().unwrap().values.count(), 3);
    }

    #[test]
    fn long_sequences_are_counted_without_being_made() {
        let found = parse("~SEQ(x,-9223372036854775807,9223372036854775807)").unwrap().unwrap();
        assert_eq!(found.values.count(), u64::MAX);
    }
}
