//! What the program says of itself.

use std::fmt::Write as _;

use super::flags::{Argument, FLAGS, Flag, Standing};
use crate::daemon::identity;

/// Where explanations begin.
const COLUMN: usize = 31;

/// The text of `--help`.
#[must_use]
pub fn help(program: &str) -> String {
    let mut text = format!("Usage: {program} [OPTION...]\n");
    for flag in FLAGS.iter().filter(|flag| matches!(flag.standing, Standing::Works | Standing::Moot)) {
        explain(flag, &mut text);
    }
    text.push_str("\nOptions of keepalived that this version refuses:\n");
    let missing = FLAGS.iter().filter(|flag| flag.standing == Standing::Missing);
    let mut line = String::from(" ");
    for flag in missing {
        let name = format!(" --{}", flag.long);
        if line.len() + name.len() > 80 {
            text.push_str(&line);
            text.push('\n');
            line = String::from(" ");
        }
        line.push_str(&name);
    }
    text.push_str(&line);
    text.push('\n');
    text
}

fn explain(flag: &Flag, text: &mut String) {
    let short = flag.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let argument = match flag.argument {
        Argument::None => String::new(),
        Argument::Required(name) => format!("={name}"),
        Argument::Optional(name) => format!("[={name}]"),
    };
    let mut line = format!("  {short}--{}{argument}", flag.long);
    for explanation in flag.help {
        if line.len() >= COLUMN {
            text.push_str(&line);
            text.push('\n');
            line.clear();
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line:COLUMN$}{explanation}");
        line.clear();
        line.push(' ');
    }
}

/// The text of `--version`. Programs read the second word of the first line.
#[must_use]
pub fn version() -> String {
    let mut text = format!("{}\n\n", identity::NAME);
    text.push_str("Copyright: the authors of keepalived-rs; licence MIT or Apache-2.0, at your choice\n\n");
    for line in identity::running_on() {
        text.push_str(&line);
        text.push('\n');
    }
    let _ = write!(
        text,
        "\nconfigure options: {}\n\nConfig options:  {}\n\nSystem options:  {}\n",
        identity::CONFIGURE_OPTIONS.join(" "),
        identity::CONFIG_OPTIONS.join(" "),
        identity::SYSTEM_OPTIONS.join(" "),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_has_the_shape_that_everybody_knows() {
        let text = help("keepalived");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("Usage: keepalived [OPTION...]"));
        assert_eq!(lines.next(), Some("  -f, --use-file=FILE          Read the configuration from FILE"));
        assert!(text.contains(
            "\n  -S, --log-facility=([0-7]|local[0-7]|user|daemon)\n                               The"
        ));
        assert!(text.contains("\n      --signum=NAME            Print"));
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }

    #[test]
    fn every_option_is_in_the_help_once() {
        let text = help("keepalived");
        for flag in FLAGS.iter().filter(|flag| flag.standing != Standing::Internal) {
            let name = format!("--{}", flag.long);
            let words = text.split(|letter: char| letter.is_whitespace() || "=[,".contains(letter));
            let listed = words.filter(|word| *word == name).count();
            let mentioned =
                FLAGS.iter().flat_map(|other| other.help).filter(|help| help.contains(&name)).count();
            assert_eq!(listed, 1 + mentioned, "{name}");
        }
    }

    #[test]
    fn the_version_is_where_programs_look_for_it() {
        let text = version();
        let second = text.lines().next().unwrap().split(' ').nth(1).unwrap();
        assert_eq!(second, "v2.4.3");
        assert!(text.lines().count() >= 2);
        assert!(text.starts_with("Keepalived v2.4.3 (08/13,2026), keepalived-rs "));
    }

    /// What the client has by way of a version: what stands between `Keepalived v` and the date.
    #[test]
    fn the_version_expressions_of_clients_match() {
        let text = version();
        let first = text.lines().next().unwrap();
        let (number, rest) = first.strip_prefix("Keepalived v").unwrap().split_once(' ').unwrap();
        assert!(number.split('.').all(|part| part.parse::<u32>().is_ok()), "{number}");
        let date = rest.strip_prefix('(').unwrap().split_once(')').unwrap().0;
        let (month_and_day, year) = date.split_once(',').unwrap();
        assert!(year.len() == 4 && month_and_day.len() == 5, "{date}");
        let line = |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap();
        let options: Vec<&str> = line("configure options: ").split(' ').collect();
        assert!(options.contains(&"--enable-json"));
        assert!(line("Config options:  ").split_whitespace().any(|option| option == "VRRP"));
        assert!(text.lines().all(|line| line == line.trim_end()), "no blank at the end of a line");
    }
}
