//! The file of a scenario.

use std::iter::Peekable;

use keepalived::base::time::Instant;

use crate::command::{Command, instant};
use crate::journal::Journal;

/// A scenario, as written and as played.
pub struct Scenario {
    /// Lines before the configuration: what this shows.
    title: Vec<String>,
    /// The configuration.
    pub conf: String,
    /// Configurations that it is reloaded with, by name.
    pub others: Vec<(String, String)>,
    /// The interfaces.
    pub host: Vec<String>,
    pub steps: Vec<Step>,
}

/// Something that happens.
pub struct Step {
    /// Comments and blank lines before it.
    remarks: Vec<String>,
    text: String,
    pub at: Instant,
    pub command: Command,
    /// What the router did until then.
    pub before: Journal,
    /// What it did about it at once.
    pub after: Journal,
}

const INDENT: &str = "    ";

/// The lines before the section `name`, and those inside.
fn section<'t, L>(name: &str, lines: &mut Peekable<L>) -> (Vec<String>, Vec<String>)
where
    L: Iterator<Item = &'t str>,
{
    let before = lines.by_ref().take_while(|line| *line != name).map(str::to_owned).collect();
    (before, inside(lines))
}

fn inside<'t>(lines: &mut Peekable<impl Iterator<Item = &'t str>>) -> Vec<String> {
    let mut inside = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with(INDENT) || line.is_empty()) {
        inside.push(line.strip_prefix(INDENT).unwrap_or_default().to_owned());
    }
    inside
}

impl Scenario {
    pub fn parse(text: &str) -> Scenario {
        let mut lines = text.lines().filter(|line| !line.starts_with('|')).peekable();
        let (title, conf) = section("conf", &mut lines);
        let mut others = Vec::new();
        while let Some(name) = lines.next_if(|line| line.starts_with("conf ")) {
            let name = name.trim_start_matches("conf ").to_owned();
            others.push((name, inside(&mut lines).join("\n")));
        }
        let (nothing, host) = section("host", &mut lines);
        assert!(nothing.is_empty(), "unexpected between conf and host: {nothing:?}");
        let mut steps = Vec::new();
        let mut remarks = Vec::new();
        for line in lines {
            match line.strip_prefix("at ") {
                Some(rest) => steps.push(Step::parse(std::mem::take(&mut remarks), line, rest)),
                None => remarks.push(line.to_owned()),
            }
        }
        assert!(remarks.is_empty(), "what is {remarks:?}?");
        Scenario { title, conf: conf.join("\n"), others, host, steps }
    }

    pub fn print(&self) -> String {
        let mut text = String::new();
        let mut line = |content: &str| {
            text.push_str(content.trim_end());
            text.push('\n');
        };
        self.title.iter().for_each(|title| line(title));
        line("conf");
        self.conf.lines().for_each(|conf| line(&format!("{INDENT}{conf}")));
        for (name, other) in &self.others {
            line(&format!("conf {name}"));
            other.lines().for_each(|conf| line(&format!("{INDENT}{conf}")));
        }
        line("host");
        self.host.iter().for_each(|host| line(&format!("{INDENT}{host}")));
        for step in &self.steps {
            step.before.lines().iter().for_each(|entry| line(entry));
            step.remarks.iter().for_each(|remark| line(remark));
            line(&step.text);
            step.after.lines().iter().for_each(|entry| line(entry));
        }
        text
    }
}

impl Step {
    fn parse(remarks: Vec<String>, text: &str, rest: &str) -> Step {
        let (at, command) = rest.split_once(' ').unwrap_or_else(|| panic!("no command in {text:?}"));
        let (before, after) = (Journal::default(), Journal::default());
        Step {
            remarks,
            text: text.to_owned(),
            at: instant(at),
            command: Command::parse(command),
            before,
            after,
        }
    }
}

/// The lines that differ, with their place.
pub fn difference(name: &str, written: &str, played: &str) -> String {
    let (mut written, mut played) = (written.lines(), played.lines());
    let mut report = format!("--- {name}\n");
    let mut number = 0;
    loop {
        number += 1;
        match (written.next(), played.next()) {
            (None, None) => return report,
            (one, other) if one == other => {}
            (one, other) => {
                let show = |line: Option<&str>| line.unwrap_or("(end of file)").to_owned();
                report += &format!("line {number}\n  written: {}\n  played:  {}\n", show(one), show(other));
                if report.lines().count() > 30 {
                    return report + "...\n";
                }
            }
        }
    }
}
