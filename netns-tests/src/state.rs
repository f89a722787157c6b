//! The state of a node's kernel as far as keepalived changes it, as lines that can be compared: addresses, routes, rules,
//! links, nftables and settings of interfaces.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::command;
use crate::node::Node;

/// Directories with settings of interfaces, below /proc/sys.
const SETTINGS: [&str; 2] = ["net/ipv4/conf", "net/ipv6/conf"];

/// A setting for all interfaces.
const REPORTS: &str = "net/ipv4/igmp_link_local_mcast_reports";

/// What only passes: numbers behind these words are not compared.
const FLEETING: [&str; 3] = ["preferred_lft", "valid_lft", "expires"];

/// The name behind this word is the laboratory's.
const LAB: &str = "link-netns";

/// Who put an address there, which only programs built on newer headers tell the kernel.
const MARK: [&str; 2] = ["proto", "keepalived"];

/// The state of a kernel at a moment: lines with how often each is there, by what they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(BTreeMap<(&'static str, String), usize>);

impl State {
    /// That of the kernel of `node`.
    ///
    /// # Panics
    /// If the kernel does not tell.
    #[must_use]
    pub fn of(node: &Node) -> Self {
        let netns = node.netns().name();
        let ip = |arguments: &[&str]| command::run(&[&["ip", "-n", netns, "-d", "-o"], arguments].concat());
        let mut state = Self(BTreeMap::new());
        state.add("address", &ip(&["address"]), |line| without(&MARK, without_index(line)));
        state.add("link", &ip(&["link"]), without_index);
        for family in ["-4", "-6"] {
            state.add("route", &ip(&[family, "route", "show", "table", "all"]), str::to_owned);
            state.add("rule", &ip(&[family, "rule"]), str::to_owned);
        }
        state.add("nftables", &ruleset(netns), str::to_owned);
        let settings =
            node.netns().inside(|| SETTINGS.map(|folder| settings(Path::new("/proc/sys"), folder)));
        state.add("setting", &settings.concat(), str::to_owned);
        let reports = node.netns().inside(|| fs::read_to_string(Path::new("/proc/sys").join(REPORTS)));
        state.add("setting", &format!("{REPORTS} = {}", reports.unwrap_or_default()), str::to_owned);
        state
    }

    fn add(&mut self, about: &'static str, text: &str, tidy: impl Fn(&str) -> String) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let words = steady(&tidy(line));
            *self.0.entry((about, words)).or_default() += 1;
        }
    }

    /// How many routes and rules keepalived has made.
    #[must_use]
    pub fn made(&self) -> usize {
        let ours = |line: &str| line.ends_with("proto keepalived") || line.contains("proto keepalived ");
        let made =
            self.0.iter().filter(|((about, line), _)| matches!(*about, "route" | "rule") && ours(line));
        made.map(|(_, count)| count).sum()
    }

    /// What `self` has and `other` has not, and the other way round, a line each.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Vec<String> {
        let lacks = |a: &Self, b: &Self, sign: char| -> Vec<String> {
            let less = |entry: &(&'static str, String), count: &usize| b.0.get(entry).unwrap_or(&0) < count;
            let lines = a.0.iter().filter(|(entry, count)| less(entry, count));
            lines.map(|((about, line), _)| format!("{sign} {about}: {line}")).collect()
        };
        [lacks(self, other, '-'), lacks(other, self, '+')].concat()
    }
}

/// nft(8) prints each thing on many lines: here it is a line each, with the table and chain or set that it is in.
fn ruleset(netns: &str) -> String {
    let text = command::run(&["ip", "netns", "exec", netns, "nft", "list", "ruleset"]);
    let mut inside: Vec<&str> = Vec::new();
    let mut lines = String::new();
    for line in text.lines().map(str::trim) {
        match line.strip_suffix('{') {
            Some(opened) if !line.contains("elements") => inside.push(opened.trim()),
            _ if line == "}" => drop(inside.pop()),
            _ => {}
        }
        lines.push_str(&inside.join(" / "));
        lines.push_str(": ");
        lines.push_str(line);
        lines.push('\n');
    }
    lines
}

/// Every setting below `root/folder`, as `path = value`.
fn settings(root: &Path, folder: &str) -> String {
    let mut found = Vec::new();
    for interface in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
        for setting in fs::read_dir(interface.path()).into_iter().flatten().flatten() {
            // Some cannot be read.
            let Ok(value) = fs::read_to_string(setting.path()) else { continue };
            let path = setting.path();
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            found.push(format!("{name} = {}\n", value.trim()));
        }
    }
    found.concat()
}

/// The line without the number of the interface before its name.
fn without_index(line: &str) -> String {
    match line.split_once(": ") {
        Some((index, rest)) if index.bytes().all(|octet| octet.is_ascii_digit()) => rest.to_owned(),
        Some(_) | None => line.to_owned(),
    }
}

/// The line without these words where they follow one another.
fn without(phrase: &[&str], line: String) -> String {
    let (with, phrase) = (format!(" {line} "), format!(" {} ", phrase.join(" ")));
    if with.contains(&phrase) { with.replace(&phrase, " ").trim().to_owned() } else { line }
}

/// The words of a line, with `N` in place of what is another every time.
fn steady(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let passes = words.last().is_some_and(|last| FLEETING.contains(&last.as_str()));
        let is_number = word.starts_with(|first: char| first.is_ascii_digit()) && word != "0sec";
        let is_lab = words.last().is_some_and(|last| last == LAB);
        words.push(if passes && is_number || is_lab { "N".to_owned() } else { word.to_owned() });
    }
    words.join(" ")
}
