//! What was measured, in numbers: printed as a table, written as JSON.

use std::fmt::Write as _;

/// Values of one figure, in order.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// From values in any order.
    #[must_use]
    pub fn new(mut values: Vec<f64>) -> Samples {
        values.sort_unstable_by(f64::total_cmp);
        Samples(values)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The value that this share of all, in percent, does not exceed.
    #[must_use]
    pub fn at(&self, percent: usize) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        self.0.get((self.0.len() * percent / 100).min(last)).copied()
    }

    /// The one in the middle.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.at(50)
    }

    /// The 99th of a hundred.
    #[must_use]
    pub fn p99(&self) -> Option<f64> {
        self.at(99)
    }

    /// The largest.
    #[must_use]
    pub fn most(&self) -> Option<f64> {
        self.at(100)
    }
}

/// What ours should reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// It is only reported.
    None,
    /// Its median is no more than this.
    Median(f64),
    /// All but one of a hundred are no more than this.
    P99(f64),
    /// Its median is no more than this share of theirs.
    Share(f64),
    /// Its median is no further from the first than the second.
    Near(f64, f64),
    /// Its median is no less than this.
    AtLeast(f64),
}

impl Goal {
    fn is_met(self, ours: &Samples, theirs: &Samples) -> Option<bool> {
        let median = ours.median()?;
        match self {
            Goal::None => None,
            Goal::Median(most) => Some(median <= most),
            Goal::P99(most) => Some(ours.p99()? <= most),
            Goal::Share(most) => Some(median <= most * theirs.median()?),
            Goal::Near(theory, by) => Some((median - theory).abs() <= by),
            Goal::AtLeast(least) => Some(median >= least),
        }
    }

    fn text(self) -> String {
        match self {
            Goal::None => String::new(),
            Goal::Median(most) => format!("<= {}", short(Some(most))),
            Goal::P99(most) => format!("p99 <= {}", short(Some(most))),
            Goal::Share(most) => format!("<= {most:.2} of theirs"),
            Goal::Near(theory, by) => format!("{} +- {by}", short(Some(theory))),
            Goal::AtLeast(least) => format!(">= {}", short(Some(least))),
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// In which unit.
    pub unit: &'static str,
    /// Of keepalived-rs.
    pub ours: Samples,
    /// Of the C program.
    pub theirs: Samples,
    /// What ours should reach.
    pub goal: Goal,
}

impl Figure {
    /// Ours as a share of theirs, by the median.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let theirs = self.theirs.median().filter(|theirs| *theirs > 0.0)?;
        Some(self.ours.median()? / theirs)
    }

    /// Whether the goal is met; nothing without a goal or without values.
    #[must_use]
    pub fn is_good(&self) -> Option<bool> {
        self.goal.is_met(&self.ours, &self.theirs)
    }
}

/// All lines of the table.
#[derive(Debug, Default)]
pub struct Report {
    sections: Vec<(&'static str, Vec<Figure>)>,
}

impl Report {
    /// What follows belongs to this section.
    pub fn section(&mut self, name: &'static str, about: &str) {
        say(&format!("\n{name}: {about}"));
        say(&format!(
            "{:<52} {:>5} {:>5} {:>10} {:>10} {:>10} {:>10} {:>6}  goal",
            "", "", "n", "ours", "p99", "theirs", "p99", "ratio"
        ));
        self.sections.push((name, Vec::new()));
    }

    /// Takes down and prints a figure.
    pub fn add(&mut self, name: impl Into<String>, unit: &'static str, both: (Samples, Samples), goal: Goal) {
        let (ours, theirs) = both;
        let figure = Figure { name: name.into(), unit, ours, theirs, goal };
        let verdict = match figure.is_good() {
            None => "",
            Some(true) => " met",
            Some(false) => " MISSED",
        };
        say(&format!(
            "{:<52} {:>5} {:>5} {:>10} {:>10} {:>10} {:>10} {:>6}  {}{verdict}",
            figure.name,
            unit,
            figure.ours.count().max(figure.theirs.count()),
            short(figure.ours.median()),
            short(figure.ours.p99()),
            short(figure.theirs.median()),
            short(figure.theirs.p99()),
            figure.ratio().map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            goal.text(),
        ));
        if let Some((_, figures)) = self.sections.last_mut() {
            figures.push(figure);
        }
    }

    /// Says something that is no figure.
    pub fn remark(&self, text: &str) {
        say(text);
    }

    /// All figures, section by section.
    #[must_use]
    pub fn sections(&self) -> &[(&'static str, Vec<Figure>)] {
        &self.sections
    }

    /// Whether no goal is missed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.sections.iter().flat_map(|(_, figures)| figures).all(|figure| figure.is_good() != Some(false))
    }

    /// As JSON: a list of objects, one for each figure.
    #[must_use]
    pub fn json(&self) -> String {
        let mut lines = Vec::new();
        for (section, figures) in &self.sections {
            for figure in figures {
                let mut line = format!(
                    "{{\"section\":\"{section}\",\"name\":\"{}\",\"unit\":\"{}\"",
                    figure.name.replace(['"', '\\'], "'"),
                    figure.unit
                );
                for (who, samples) in [("ours", &figure.ours), ("theirs", &figure.theirs)] {
                    // Writing to a String cannot fail.
                    let _ = write!(
                        line,
                        ",\"{who}\":{{\"n\":{},\"median\":{},\"p99\":{},\"max\":{}}}",
                        samples.count(),
                        number(samples.median()),
                        number(samples.p99()),
                        number(samples.most())
                    );
                }
                let _ = write!(
                    line,
                    ",\"goal\":\"{}\",\"met\":{}}}",
                    figure.goal.text(),
                    verdict(figure.is_good())
                );
                lines.push(line);
            }
        }
        format!("[\n{}\n]\n", lines.join(",\n"))
    }
}

fn verdict(good: Option<bool>) -> &'static str {
    match good {
        None => "null",
        Some(true) => "true",
        Some(false) => "false",
    }
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "null".to_owned(), |value| format!("{value}"))
}

/// A number with as many digits as mean something.
pub(super) fn short(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.abs() >= 1000.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 100.0 => format!("{value:.1}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[f64]) -> Samples {
        Samples::new(values.to_vec())
    }

    #[test]
    fn a_goal_is_judged_by_what_it_names() {
        let (ours, theirs) = (samples(&[1.0, 3.0, 2.0]), samples(&[10.0]));
        assert_eq!(Goal::Median(2.0).is_met(&ours, &theirs), Some(true));
        assert_eq!(Goal::P99(2.0).is_met(&ours, &theirs), Some(false));
        assert_eq!(Goal::Share(0.2).is_met(&ours, &theirs), Some(true));
        assert_eq!(Goal::Share(0.19).is_met(&ours, &theirs), Some(false));
        assert_eq!(Goal::Near(2.5, 0.4).is_met(&ours, &theirs), Some(false));
        assert_eq!(Goal::AtLeast(2.1).is_met(&ours, &theirs), Some(false));
        assert_eq!(Goal::Share(0.2).is_met(&ours, &samples(&[])), None, "there is nothing to compare with");
        assert_eq!(Goal::None.is_met(&ours, &theirs), None);
    }

    #[test]
    fn a_missed_goal_is_in_the_report_and_the_file() {
        let mut report = Report::default();
        report.section("one", "a thing");
        report.add("good", "ms", (samples(&[1.0]), samples(&[2.0])), Goal::Share(0.5));
        assert!(report.is_good());
        report.add("bad", "ms", (samples(&[1.5]), samples(&[2.0])), Goal::Share(0.5));
        assert!(!report.is_good());
        let json = report.json();
        assert!(json.contains("\"name\":\"bad\"") && json.contains("\"met\":false"), "{json}");
        assert!(json.contains("\"theirs\":{\"n\":1,\"median\":2,"), "{json}");
    }
}
