//! One line a problem, as the C program writes them: for logs.

use super::{Context, Diagnostic, Diagnostics, Severity};

impl Diagnostics {
    /// Every problem as `(FILE: Line N) text`; of one that keeps the daemon from running also what to do.
    pub fn plain_lines(&self, context: Context<'_>) -> impl Iterator<Item = String> {
        self.iter().map(move |problem| plain_line(problem, context))
    }
}

fn plain_line(problem: &Diagnostic, context: Context<'_>) -> String {
    let mut line = match problem.place.locate(context.expanded) {
        None => String::new(),
        Some(place) => format!("({}: Line {}) ", context.file_name(place.file), place.line),
    };
    line.push_str(&problem.message);
    if let Some(help) = problem.help.as_deref().filter(|_| problem.severity == Severity::Fatal) {
        line.push_str(&format!("; {help}"));
    }
    line
}
