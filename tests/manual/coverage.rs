//! The tables against a list of everything that keepalived 2.4.3 reads.
//!
//! The list is not part of this package: `KEEPALIVED_KEYWORDS` names it, or it lies as `reference/keywords.tsv` in a neighbour
//! of the package. Its columns `block`, `keyword`, `aliases` and `since` are compared. Without it the test says so.

#![expect(clippy::print_stdout, reason = "what was not compared has to be said")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::rows::{self, Row, version};

/// Says something beside the outcome.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

fn list() -> Option<PathBuf> {
    let named = std::env::var_os("KEEPALIVED_KEYWORDS").map(PathBuf::from);
    let neighbours = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent()?).ok()?;
    let beside = neighbours.filter_map(|entry| Some(entry.ok()?.path().join("reference/keywords.tsv")));
    named.into_iter().chain(beside).find(|path| path.is_file())
}

/// What the list calls a block, as our tables do.
fn path(block: &str) -> String {
    let entry = |kind: &str| format!("vrrp_instance/{kind}");
    match block {
        "(preprocessor)" => "(any line)".to_owned(),
        "(root)" => String::new(),
        "(script value)" => "(command)".to_owned(),
        "virtual_server/lb_kind (TUN options)" => "virtual_server/lb_kind TUN".to_owned(),
        block if block.starts_with("(address entry") => entry("virtual_ipaddress"),
        block if block.starts_with("(route entry)/") => {
            block.replace("(route entry)", &entry("virtual_routes"))
        }
        block if block.starts_with("(route entry") => entry("virtual_routes"),
        block if block.starts_with("(rule entry") => entry("virtual_rules"),
        block if block.starts_with("(track_") => {
            entry(block.trim_matches(['(', ')']).trim_end_matches(" entry"))
        }
        block => block.trim_end_matches(" (options)").trim_end_matches(" (entry)").to_owned(),
    }
}

fn find(path: &str, name: &str) -> Option<Row> {
    // The list has a name for the destination of a route that is not written.
    let name = if name == "DEST" { "to" } else { name };
    rows::all().find(|row| row.block.path == path && row.meta.name == name)
}

/// The other spellings: `gw, old (deprecated)`.
fn aliases(field: &str) -> impl Iterator<Item = &str> {
    field.split(',').filter_map(|alias| alias.split_whitespace().next()).filter(|alias| *alias != "-")
}

#[test]
fn everything_that_keepalived_reads_is_in_the_tables() -> std::io::Result<()> {
    let Some(path_of_list) = list() else {
        say("there is no list of keywords here; nothing was compared");
        return Ok(());
    };
    let text = fs::read_to_string(&path_of_list)?;
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let heading = lines.next().unwrap_or_default();
    let column = |name: &str| heading.iter().position(|column| *column == name).expect("the column exists");
    let columns = ["block", "keyword", "aliases", "since"].map(column);
    let page = crate::config::page();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for fields in lines {
        let [block, keyword, others, since] =
            columns.map(|column| fields.get(column).copied().unwrap_or("-"));
        let Some(row) = find(&path(block), keyword) else {
            wrong.push(format!("{block}: `{keyword}` is in no table"));
            continue;
        };
        seen.insert(row.to_string());
        for alias in aliases(others).filter(|alias| !row.meta.spellings().any(|name| name == *alias)) {
            wrong.push(format!("{row}: not known as `{alias}`"));
        }
        if !page.contains(&crate::roff::text(row.meta.doc)) {
            wrong.push(format!("{row} is not documented"));
        }
        if row.block.keywords.example(row.meta).is_empty() {
            wrong.push(format!("{row} has no example, so nothing tests it"));
        }
        let known = rows::opener(row.block).map_or_else(Vec::new, |opener| version(opener.since()));
        let theirs = if since.starts_with("post") { version("after 2.4.3") } else { version(since) };
        if since != "-" && theirs.max(known) != version(row.since()) {
            wrong.push(format!("{row}: since {since} there, {} here", row.since()));
        }
    }
    say(&format!("{} words of {} compared", seen.len(), path_of_list.display()));
    let additions = |row: &rows::Row| row.since().starts_with("keepalived-rs");
    let surplus = rows::all()
        .filter(|row| !additions(row))
        .map(|row| row.to_string())
        .filter(|row| !seen.contains(row));
    // An optional word in front of an action, which the list counts as part of it.
    wrong.extend(
        surplus
            .filter(|row| row != "vrrp_instance/virtual_rules/type")
            .map(|row| format!("{row} is not in the list")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
