//! What a code of a message means (`--explain`).

use crate::conf::diag::{Severity, code};

/// How wide a text is.
const WIDTH: usize = 80;

/// The explanation of the code that is written so.
///
/// # Errors
/// There is no such code; which one is near.
pub fn explain(written: &str) -> Result<String, String> {
    let Some(found) = code::find(written) else {
        let near = code::nearest(written).map_or_else(
            || "codes look like K0201".to_owned(),
            |near| format!("the nearest is {near}: {}", near.title),
        );
        return Err(format!("There is no code {written}; {near}"));
    };
    let severity = match found.severity {
        Severity::Note => "note: it has no say in the exit status",
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Fatal => "error: the daemon does not start",
    };
    Ok(format!("{found} ({severity})\n{}\n\n{}", found.title, folded(found.explanation)))
}

/// The text in lines that fit.
fn folded(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            out.push('\n');
            width = 0;
        }
        if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_in_lines_that_fit() {
        for code in code::all() {
            let text = explain(&code.to_string()).unwrap();
            assert!(text.starts_with(&format!("{code} (")) && text.contains(code.title), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        }
    }

    #[test]
    fn an_unknown_code_names_the_nearest() {
        let complaint = explain("K0199").unwrap_err();
        assert!(complaint.starts_with("There is no code K0199; the nearest is K0201: an unknown keyword"));
        assert_eq!(explain("me").unwrap_err(), "There is no code me; codes look like K0201");
    }
}
