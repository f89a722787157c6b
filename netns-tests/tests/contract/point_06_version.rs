//! What the program says of itself, on standard error.

use std::process::{Command, Output};

use netns_tests::prelude::*;

use crate::python;

fn ask(program: Program, words: &[&str]) -> Output {
    Command::new(program.binary()).args(words).output().expect("the program")
}

fn version(program: Program) -> String {
    let [short, long] = ["-v", "--version"].map(|word| {
        let output = ask(program, &[word]);
        assert_eq!(output.status.code(), Some(0), "{word}");
        assert!(output.stdout.is_empty(), "{word} writes to standard output");
        String::from_utf8(output.stderr).expect("text")
    });
    assert_eq!(short, long);
    short
}

/// The exporter takes the second word of the first of at least two lines, without its first letter, for the version, and
/// has JSON read to it if it sees the switch.
#[test]
fn exporter_reads_the_version() {
    for (program, number) in [(Program::subject(), "2.4.3"), (Program::peer(), "2.2.7")] {
        let text = version(program);
        let (first, rest) = text.split_once('\n').expect("two lines");
        let second = first.split(' ').nth(1).and_then(|word| word.strip_prefix('v'));
        assert_eq!(second, Some(number), "{first}");
        assert!(!rest.is_empty());
        let options = text.lines().find(|line| line.starts_with("configure options: ")).expect("a line");
        assert!(options.split_whitespace().any(|word| word == "--enable-json"), "{options}");
        assert!(text.lines().any(|line| line.starts_with("Config options: ")), "{text}");
    }
}

/// The expression of a role for Ansible, on the first line of standard error; and that of a fact for Puppet, which takes
/// the first number with dots.
#[test]
fn ansible_and_puppet_read_the_version() {
    let folder = std::env::temp_dir().join(format!("kalab-version-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a directory");
    for (program, number) in [(Program::subject(), "2.4.3"), (Program::peer(), "2.2.7")] {
        let file = folder.join(program.to_string());
        std::fs::write(&file, version(program)).expect("a file");
        let ansible = "import re, sys\n\
            line = open(sys.argv[1]).read().splitlines()[0]\n\
            print(re.search('[kK]eepalived v(.*) ', line).group(1).split(' ')[0])";
        assert_eq!(python(ansible, &file).trim(), number);
        let puppet = "import re, sys\n\
            print(re.search(r'Keepalived v(\\d+\\.\\d+\\.\\d+)', open(sys.argv[1]).read()).group(1))";
        assert_eq!(python(puppet, &file).trim(), number);
    }
    std::fs::remove_dir_all(&folder).expect("it was made");
}

/// Help is on standard error, too, and begins with the line that everybody knows.
#[test]
fn help_is_on_standard_error() {
    for program in [Program::subject(), Program::peer()] {
        for word in ["-h", "--help"] {
            let output = ask(program, &[word]);
            assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(0), true), "{word}");
            let text = String::from_utf8(output.stderr).expect("text");
            assert!(text.starts_with("Usage: ") && text.contains("[OPTION...]\n"), "{text}");
            assert!(text.contains("\n  -f, --use-file=FILE "), "{text}");
        }
    }
}
