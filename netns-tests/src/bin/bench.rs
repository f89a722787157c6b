//! Measures keepalived-rs and the C program in the same run; see `scripts/bench`.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program whose purpose is to print")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use netns_tests::bench::figures::Report;
use netns_tests::bench::{Plan, SECTIONS, Section, plot};
use netns_tests::subject::Program;

struct Options {
    plan: Plan,
    sections: Vec<&'static Section>,
    json: Option<PathBuf>,
    plot: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Some(options) = parse(std::env::args().skip(1)) else {
        usage();
        return ExitCode::from(2);
    };
    let mut report = Report::default();
    let mut written = true;
    for section in &options.sections {
        report.section(section.name, section.about);
        (section.run)(&options.plan, &mut report);
        // Sections take long, so what has been measured is kept if the next one is broken off.
        let files = [(&options.json, report.json()), (&options.plot, plot::svg(&report))];
        written &= files.iter().all(|(path, text)| path.as_deref().is_none_or(|path| write(path, text)));
    }
    if report.is_good() && written { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage() {
    println!(
        "usage: scripts/bench [--quick] [--part N] [--only ours|theirs] [--json FILE] [--plot FILE] [SECTION...]"
    );
    for section in SECTIONS {
        println!("  {:<12} {}", section.name, section.about);
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let plan = Plan { quick: false, part: 1, programs: vec![Program::Ours, Program::Theirs] };
    let mut options = Options { plan, sections: Vec::new(), json: None, plot: None };
    while let Some(word) = arguments.next() {
        match word.as_str() {
            "--quick" => options.plan.quick = true,
            "--part" => {
                options.plan.part = arguments.next()?.parse().ok().filter(|part| (1..=100).contains(part))?;
            }
            "--only" => {
                options.plan.programs = match arguments.next()?.as_str() {
                    "ours" => vec![Program::Ours],
                    "theirs" => vec![Program::Theirs],
                    _ => return None,
                };
            }
            "--json" => options.json = Some(arguments.next()?.into()),
            "--plot" => options.plot = Some(arguments.next()?.into()),
            name => options.sections.push(SECTIONS.iter().find(|section| section.name == name)?),
        }
    }
    if options.sections.is_empty() {
        options.sections = SECTIONS.iter().collect();
    }
    Some(options)
}

fn write(path: &Path, text: &str) -> bool {
    let written = std::fs::write(path, text);
    if let Err(error) = &written {
        eprintln!("writing {}: {error}", path.display());
    }
    written.is_ok()
}
