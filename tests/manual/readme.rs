//! The table of compatibility of the README.

use std::fmt::Write as _;

use keepalived::conf::keyword::Parity;
use keepalived::conf::keywords::{Block, blocks};

use crate::rows::{self, Row};

const BEGIN: &str = "<!-- keywords -->\n";
const END: &str = "<!-- end of keywords -->\n";

/// The text with a new table in it.
pub(crate) fn with_table(text: &str) -> String {
    let (before, rest) = text.split_once(BEGIN).expect("the README has a place for the table");
    let (_, after) = rest.split_once(END).expect("the place ends");
    format!("{before}{BEGIN}{}{END}{after}", table())
}

#[derive(Default)]
struct Count {
    full: Vec<&'static str>,
    stored: Vec<&'static str>,
    moot: Vec<&'static str>,
}

impl Count {
    fn of(block: &'static Block) -> Count {
        let mut count = Count::default();
        for row in rows::of(block) {
            let Row { meta, .. } = row;
            match row.parity() {
                Parity::Full => count.full.push(meta.name),
                Parity::Stored => count.stored.push(meta.name),
                Parity::NoEffect(_) => count.moot.push(meta.name),
            }
        }
        count
    }
}

fn table() -> String {
    let mut out = String::from(
        "| block | acted on | accepted, not yet acted on | without effect | which are not |\n|---|---|---|---|---|\n",
    );
    let mut sum = [0; 3];
    for block in blocks() {
        let count = Count::of(block);
        let numbers = [count.full.len(), count.stored.len(), count.moot.len()];
        sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        let [full, stored, moot] = numbers;
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {} | {full} | {stored} | {moot} | {} |", title(block), which(&count));
    }
    let [full, stored, moot] = sum;
    let _ = writeln!(out, "| **all** | **{full}** | **{stored}** | **{moot}** | no word is refused |");
    out
}

fn title(block: &Block) -> String {
    match block.path {
        "" => "outside all blocks".to_owned(),
        "(any line)" => "any line".to_owned(),
        "(command)" => "commands".to_owned(),
        path => format!("`{}`", path.replace("virtual_server/real_server", "real_server")),
    }
}

/// The words that are not acted on, or those that are if they are less.
fn which(count: &Count) -> String {
    let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
    let others: Vec<&str> = count.stored.iter().chain(&count.moot).copied().collect();
    match (count.full.len(), others.len()) {
        (0, _) => "nothing acts on it".to_owned(),
        (_, 0) => String::new(),
        (full, others) if full < others => format!("acted on: {}", list(&count.full)),
        _ => list(&others),
    }
}
