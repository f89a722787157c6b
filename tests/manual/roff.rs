//! Pages in the language of man(7).

use std::fmt::Write as _;

/// Text as it is meant to be read.
pub(crate) fn text(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    let mut literal = false;
    for character in plain.chars() {
        match character {
            '`' => {
                out.push_str(if literal { "\\fR" } else { "\\fB" });
                literal = !literal;
            }
            _ => push(&mut out, character, literal),
        }
    }
    guarded(out)
}

/// Text that is meant to be typed.
pub(crate) fn literal(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    plain.chars().for_each(|character| push(&mut out, character, true));
    guarded(out)
}

fn push(out: &mut String, character: char, typed: bool) {
    match character {
        '\\' => out.push_str("\\e"),
        '-' if typed => out.push_str("\\-"),
        '\'' if typed => out.push_str("\\(aq"),
        '^' => out.push_str("\\(ha"),
        '~' => out.push_str("\\(ti"),
        '"' => out.push_str("\\(dq"),
        'µ' => out.push_str("\\(mc"),
        _ => out.push(character),
    }
}

/// A line that does not look like a request.
fn guarded(line: String) -> String {
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}

/// A page.
#[derive(Default)]
pub(crate) struct Page {
    out: String,
}

impl Page {
    pub(crate) fn new(name: &str, section: u8, about: &str, kind: &str) -> Page {
        let mut page = Page::default();
        page.line(".\\\" Written from the tables in the source: change those, and say UPDATE=1 cargo test --test manual");
        page.line(&format!(
            ".TH {} {section} \"\" \"keepalived-rs {}\" \"{kind}\"",
            name.to_uppercase(),
            env!("CARGO_PKG_VERSION")
        ));
        page.section("Name");
        page.line(&format!("{} \\- {}", literal(name), text(about)));
        page
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    pub(crate) fn section(&mut self, title: &str) {
        self.line(&format!(".SH {}", title.to_uppercase()));
    }

    pub(crate) fn subsection(&mut self, title: &str) {
        self.line(&format!(".SS {}", literal(title)));
    }

    pub(crate) fn paragraph(&mut self, plain: &str) {
        self.line(".PP");
        self.line(&text(plain));
    }

    /// Something to type, what it is followed by, and what that means.
    pub(crate) fn item(&mut self, typed: &str, parameters: &str, meaning: &[String]) {
        self.line(".TP");
        let parameters =
            if parameters.is_empty() { String::new() } else { format!(" {}", literal(parameters)) };
        self.line(&format!("\\fB{}\\fR{parameters}", literal(typed)));
        for sentence in meaning.iter().filter(|sentence| !sentence.is_empty()) {
            self.line(&text(sentence));
        }
    }

    /// Lines to type; `inside` an item or not.
    pub(crate) fn example(&mut self, lines: &str, inside: bool) {
        if inside {
            self.line(".RS");
        }
        self.line(".PP");
        self.line(".RS 4");
        self.line(".nf");
        for example in lines.lines() {
            self.line(&literal(example));
        }
        self.line(".fi");
        self.line(".RE");
        if inside {
            self.line(".RE");
        }
    }

    pub(crate) fn finish(mut self) -> String {
        if !self.out.ends_with('\n') {
            let _ = writeln!(self.out);
        }
        self.out
    }
}
