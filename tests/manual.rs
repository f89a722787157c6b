//! The manual pages and the table of the README say what the tables in the source say.
//!
//! `UPDATE=1` writes them anew; without it they have to be what would be written.

#![expect(clippy::expect_used, reason = "a README without a place for the table ends the test")]

#[path = "manual/config.rs"]
mod config;
#[path = "manual/coverage.rs"]
mod coverage;
#[path = "manual/program.rs"]
mod program;
#[path = "manual/readme.rs"]
mod readme;
#[path = "manual/roff.rs"]
mod roff;
#[path = "manual/rows.rs"]
mod rows;

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the project.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a file with what it should contain, or writes that.
fn compare(name: &str, wanted: &str) -> std::io::Result<()> {
    let path = file(name);
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(path, wanted);
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let difference = found.lines().zip(wanted.lines()).position(|(found, wanted)| found != wanted);
    let line = difference.unwrap_or_else(|| found.lines().count().min(wanted.lines().count())) + 1;
    assert!(
        found == wanted,
        "{name} is not what the tables say from line {line} on: UPDATE=1 writes it anew"
    );
    Ok(())
}

#[test]
fn the_page_of_the_configuration_is_up_to_date() -> std::io::Result<()> {
    compare("conf/man/keepalived.conf.5", &config::page())
}

#[test]
fn the_page_of_the_program_is_up_to_date() -> std::io::Result<()> {
    compare("conf/man/keepalived.8", &program::page())
}

#[test]
fn the_table_of_the_readme_is_up_to_date() -> std::io::Result<()> {
    let text = fs::read_to_string(file("README.md"))?;
    compare("README.md", &readme::with_table(&text))
}

/// Every word stands in the page, and so does what is said of it.
#[test]
fn every_word_is_documented() {
    let page = config::page();
    for row in rows::all() {
        assert!(row.meta.doc.ends_with('.') && row.meta.doc.len() >= 8, "{row}: {:?}", row.meta.doc);
        let doc = roff::text(row.meta.doc);
        assert!(page.contains(&doc) && page.contains(&roff::literal(row.meta.name)), "{row}");
    }
}

/// What formats manual pages finds nothing to complain about.
#[test]
fn the_pages_can_be_formatted() -> std::io::Result<()> {
    for name in ["conf/man/keepalived.conf.5", "conf/man/keepalived.8"] {
        let mut groff = std::process::Command::new("groff");
        let run = groff.args(["-man", "-Tutf8", "-ww", "-z"]).arg(file(name)).output();
        match run {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success() && said.is_empty(), "{name}: {said}");
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                coverage::say(&format!("groff is not here; {name} was not formatted"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
