//! The rules of the architecture, read from the source: who may import whom, what the core may not touch,
//! how long a file may be.
//!
//! The table in [`rules`] is the one in the documentation of `src/lib.rs`. A file that breaks a rule is named
//! with its line.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test ends where the source is not what it expects"
)]

#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use rules::Violation;
use source::Source;

/// Every source file of the package, by its path below `src`.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 20, "this does not look like the source: {files:?}");
    files
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            Source::new(&name, &fs::read_to_string(path).unwrap())
        })
        .filter(|source| !source.is_test())
        .collect()
}

/// The names by which the dependencies of Cargo.toml are known in the source.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let packages = section.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim());
    let names: Vec<String> = packages.map(imports::crate_name).collect();
    for expected in ["tokio", "nix", "md5", "netlink_packet_route"] {
        assert!(names.iter().any(|name| name == expected), "{expected} is missing in {names:?}");
    }
    names
}

fn expect_none(violations: &[Violation]) {
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} violations:\n{}", lines.len(), lines.join("\n"));
}

fn check(rule: impl Fn(&Source) -> Vec<Violation>) {
    let violations: Vec<Violation> = sources().iter().flat_map(rule).collect();
    expect_none(&violations);
}

#[test]
fn imports_go_down_the_table() {
    let dependencies = dependencies();
    check(|source| rules::imports(source, &dependencies));
}

#[test]
fn files_own_one_idea() {
    check(rules::length);
}

#[test]
fn unsafe_code_is_in_sys_alone() {
    check(rules::unsafe_code);
}

#[test]
fn state_files_name_every_variant() {
    check(rules::wildcards);
}

#[test]
fn names_say_what_is_inside() {
    check(rules::names);
}

/// The state files that the rule on wildcards speaks of exist, so that it does not watch empty chairs.
#[test]
fn the_state_files_are_where_the_rule_looks() {
    let names: Vec<String> = sources().iter().map(|source| source.name().to_owned()).collect();
    for file in rules::STATE_FILES {
        assert!(names.iter().any(|name| name == file), "src/{file} is gone; mend STATE_FILES");
    }
}
