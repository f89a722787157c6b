//! The figures as a picture (SVG): how much of what the C program needs ours does.

use std::fmt::Write as _;

use super::figures::{Report, short};

const LINE: usize = 22;
const LABELS: usize = 430;
/// Where the C program's bar ends, in pixels behind the labels.
const WHOLE: f64 = 360.0;
/// How much longer than that a bar can be.
const FURTHEST: f64 = 1.5;

/// Draws every figure that both programs have.
#[must_use]
pub fn svg(report: &Report) -> String {
    let mut body = String::new();
    let mut y = 46;
    for (section, figures) in report.sections() {
        let comparable = figures.iter().filter_map(|figure| Some((figure, figure.ratio()?)));
        let comparable: Vec<_> = comparable.collect();
        if comparable.is_empty() {
            continue;
        }
        text(&mut body, 8, y, "bold", section);
        y += LINE;
        for (figure, ratio) in comparable {
            let length = (ratio.clamp(0.0, FURTHEST) * WHOLE).max(1.0);
            text(&mut body, 20, y, "normal", &figure.name);
            let color = if ratio <= 1.0 { "#2a7f62" } else { "#b5482f" };
            // Writing to a String cannot fail.
            let _ = writeln!(
                body,
                "<rect x=\"{LABELS}\" y=\"{}\" width=\"{length:.1}\" height=\"14\" fill=\"{color}\"/>",
                y - 12
            );
            let numbers = format!(
                "{ratio:.2}: {} against {} {}",
                short(figure.ours.median()),
                short(figure.theirs.median()),
                figure.unit
            );
            text(&mut body, LABELS + 560, y, "normal", &numbers);
            y += LINE;
        }
        y += LINE / 2;
    }
    let line = 430.0 + WHOLE;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1260\" height=\"{y}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"8\" y=\"20\" font-weight=\"bold\">keepalived-rs as a share of the C program (medians of one run; shorter is better)</text>\n\
         <line x1=\"{line}\" y1=\"28\" x2=\"{line}\" y2=\"{}\" stroke=\"#888\" stroke-dasharray=\"4 3\"/>\n{body}</svg>\n",
        y - LINE
    )
}

fn text(body: &mut String, x: usize, y: usize, weight: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Writing to a String cannot fail.
    let _ = writeln!(body, "<text x=\"{x}\" y=\"{y}\" font-weight=\"{weight}\">{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::super::figures::{Goal, Samples};
    use super::*;

    #[test]
    fn the_bar_is_as_long_as_the_share() {
        let mut report = Report::default();
        report.section("s", "");
        let both = || (Samples::new(vec![1.0]), Samples::new(vec![4.0]));
        report.add("a -> b", "ms", both(), Goal::None);
        report.add("alone", "ms", (Samples::new(vec![1.0]), Samples::default()), Goal::None);
        let picture = svg(&report);
        assert!(picture.contains("width=\"90.0\""), "{picture}");
        assert!(picture.contains("a -&gt; b") && !picture.contains("alone"), "{picture}");
    }
}
