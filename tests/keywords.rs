//! Every keyword by its example: it is accepted, and it does what its row says, or says that it does not.
//!
//! Each row of the tables has an example. It is put into a small file that is fine without it. What it must not do is
//! nothing: either the model becomes another one, or the file is told that the keyword has no effect.

#![expect(clippy::panic, clippy::expect_used, reason = "an example that cannot be tried ends the test")]

#[path = "keywords/surroundings.rs"]
mod surroundings;

use std::collections::BTreeSet;
use std::path::Path;

use keepalived::conf::diag::{Severity, Style, code};
use keepalived::conf::env::Pretend;
use keepalived::conf::keyword::{Meta, Parity};
use keepalived::conf::keywords::{Block, blocks};
use keepalived::conf::model::RunAs;
use keepalived::conf::source::Memory;
use keepalived::conf::{self, Loaded};

use surroundings::{DEFINED, INSTANCE, surroundings};

const FILE: &str = "/etc/keepalived/keepalived.conf";

/// A host on which everything is there that examples name.
fn host() -> Pretend {
    let mut host =
        Pretend { config_id: "lb1".into(), host_name: "host".into(), cpus: Some(8), ..Pretend::default() };
    host.variables.insert("SITE".into(), "berlin".into());
    host.users.insert("nobody".into(), RunAs { uid: 65_534, gid: 65_534 });
    host.users.insert("keepalived_script".into(), RunAs { uid: 990, gid: 990 });
    host.groups.insert("nogroup".into(), 65_533);
    host
}

fn load(text: &str) -> Loaded {
    let files = Memory::of(FILE, text)
        .with("/etc/keepalived/conf.d/more.conf", "router_id more\n")
        .with("/etc/keepalived/conf.d/less.conf", "vrrp_version 3\n");
    conf::load(&files, Path::new(FILE), &host())
}

/// A file with the example of a keyword, and the same file without.
struct Pair {
    with: String,
    without: String,
}

fn pair(block: &Block, meta: &Meta) -> Pair {
    let example = block.keywords.example(meta);
    let around = surroundings(block.path, meta.name);
    let (with, without) = match example.split_once('[') {
        None => (format!("{} {example}", around.entry), around.entry.to_owned()),
        Some((before, rest)) => {
            let (about, after) = rest.rsplit_once(']').expect("brackets of examples come in pairs");
            (format!("{before}{about}{after}"), format!("{before}{after}"))
        }
    };
    let defined = if block.path == "(any line)" { "" } else { DEFINED };
    let file = |lines: &str| format!("{defined}{INSTANCE}{}{lines}{}\n", around.before, around.after);
    Pair { with: file(&with), without: file(&without) }
}

/// What is said of a file, but for what the summary line and the numbers of lines say.
fn said(loaded: &Loaded) -> BTreeSet<(u16, &str)> {
    let problems = loaded.diagnostics.iter().filter(|problem| problem.code != &code::words::ACCEPTED_ONLY);
    problems.map(|problem| (problem.code.number, problem.message.as_str())).collect()
}

/// The keywords that the summary line names.
fn not_acted_on(loaded: &Loaded) -> BTreeSet<String> {
    let prefix = "accepted, not yet acted on: ";
    let line = loaded.diagnostics.iter().find_map(|problem| problem.message.strip_prefix(prefix));
    line.into_iter().flat_map(|names| names.split(", ")).map(str::to_owned).collect()
}

fn every_row() -> impl Iterator<Item = (&'static Block, &'static Meta)> {
    blocks().iter().flat_map(|block| {
        block.keywords.metas().into_iter().chain(block.keywords.positional()).map(move |meta| (block, meta))
    })
}

/// Words that are always told to be of no use, as an error.
const USELESS: [(&str, &str); 1] = [("vrrp_instance/virtual_routes", "as")];

/// What is done before there is a model; tests of their own show it.
const BEFORE_THE_MODEL: [(&str, &str); 1] = [("global_defs", "include_check")];

#[test]
fn every_example_is_accepted_and_changes_something() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (block, meta) in every_row() {
        count += 1;
        let place = (block.path, meta.name);
        let pair = pair(block, meta);
        let (with, without) = (load(&pair.with), load(&pair.without));
        let refused = with.model.is_none() || with.diagnostics.count(Severity::Error) > 0;
        let nothing =
            format!("{:?}", with.model) == format!("{:?}", without.model) && said(&with) == said(&without);
        let what = match (refused, nothing) {
            (true, _) if !USELESS.contains(&place) => "is not accepted",
            (_, true) if !BEFORE_THE_MODEL.contains(&place) => "does nothing, and nobody is told",
            (true | false, true | false) => continue,
        };
        let said = with.render(Style::Plain);
        wrong.push(format!("{}/{}: {what}\n{}\n{said}", block.path, meta.name, pair.with));
    }
    assert!(count > 650, "only {count} rows");
    assert!(wrong.is_empty(), "{} of {count} examples:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn include_check_is_obeyed() {
    let text = |check: &str| format!("global_defs {{\n{check}\n}}\ninclude missing.conf\n");
    assert!(load(&text("")).model.is_some());
    assert!(load(&text("include_check +match")).model.is_none());
}

/// Whoever uses a keyword that nothing acts on yet is told so, by its name or that of the block around it, and nobody else.
#[test]
fn what_is_not_acted_on_is_named_once() {
    let mut wrong = Vec::new();
    for (block, meta) in every_row() {
        let pair = pair(block, meta);
        let (with, without) = (not_acted_on(&load(&pair.with)), not_acted_on(&load(&pair.without)));
        let stored = block.keywords.parity(meta) == Parity::Stored;
        let inside = block.path.split(['/', ' ']).chain([meta.name]).any(|word| without.contains(word));
        let named = with.contains(meta.name) && !without.contains(meta.name);
        if named != (stored && !inside) {
            wrong.push(format!("{}/{}: {stored}, but it names {with:?}", block.path, meta.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let twice = load("global_defs {\nlvs_flush\nenable_dbus\nlvs_flush\n}\n");
    let summaries = twice.diagnostics.iter().filter(|problem| problem.code == &code::words::ACCEPTED_ONLY);
    let said: Vec<&str> = summaries.map(|problem| problem.message.as_str()).collect();
    assert_eq!(said, ["accepted, not yet acted on: enable_dbus, lvs_flush"]);
}
