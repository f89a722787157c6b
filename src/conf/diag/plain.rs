//! One line a problem, as the C program writes them: for logs.

use super::{Context, Diagnostic, Diagnostics};

impl Diagnostics {
    /// Every problem as `(FILE: Line N) text`; `(Line N) text` if there is only one file.
    pub fn plain_lines(&self, context: Context<'_>) -> impl Iterator<Item = String> {
        self.iter().map(move |problem| plain_line(problem, context))
    }
}

fn plain_line(problem: &Diagnostic, context: Context<'_>) -> String {
    let mut line = match problem.place.locate(context.expanded) {
        None => String::new(),
        Some(place) if context.expanded.files().len() < 2 => format!("(Line {}) ", place.line),
        Some(place) => format!("({}: Line {}) ", context.file_name(place.file), place.line),
    };
    line.push_str(&problem.message);
    line
}
