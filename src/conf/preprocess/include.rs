//! `include` and its stricter kin.

use std::path::{Path, PathBuf};

use super::patchwork::Patchwork;
use super::{DEEPEST, Preprocessor, Spot, code};
use crate::conf::diag::{Class, Place};
use crate::conf::source::{LoadError, Location, alternatives};

/// What must be right about an include.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent words of include_check")]
pub(super) struct Checks {
    /// A file that was found can be read.
    read: bool,
    /// A plain name is found.
    matches: bool,
    /// A pattern finds something.
    wildcard: bool,
    /// Every alternative in braces finds something.
    braces: bool,
}

impl Checks {
    pub(super) const fn all() -> Checks {
        Checks { read: true, matches: true, wildcard: true, braces: true }
    }

    /// What the keyword of an include adds.
    fn of_keyword(keyword: &str) -> Option<Checks> {
        let none = Checks::default();
        Some(match keyword {
            "include" => none,
            "includer" => Checks { read: true, ..none },
            "includem" => Checks { read: true, matches: true, ..none },
            "includew" => Checks { read: true, matches: true, wildcard: true, ..none },
            "includeb" => Checks { read: true, braces: true, ..none },
            "includea" => Checks::all(),
            _ => return None,
        })
    }

    const fn and(self, other: Checks) -> Checks {
        Checks {
            read: self.read || other.read,
            matches: self.matches || other.matches,
            wildcard: self.wildcard || other.wildcard,
            braces: self.braces || other.braces,
        }
    }

    /// Follows an `include_check` line; wrong words are reported where the keyword is read.
    pub(super) fn note(&mut self, line: &str) {
        let mut words = line.split_ascii_whitespace();
        if words.next() != Some("include_check") {
            return;
        }
        let words: Vec<&str> = words.collect();
        if words.is_empty() {
            *self = Checks::all();
        } else if !words.iter().any(|word| word.starts_with(['+', '-'])) {
            *self = Checks::default();
        }
        for word in words {
            let (name, on) = match word.strip_prefix('-') {
                Some(name) => (name, false),
                None => (word.strip_prefix('+').unwrap_or(word), true),
            };
            match name {
                "read" => self.read = on,
                "match" => self.matches = on,
                "wildcard_match" => self.wildcard = on,
                "brace_match" => self.braces = on,
                _ => {}
            }
        }
    }
}

impl Preprocessor<'_> {
    /// Reads the main file; it may be a pattern.
    pub(super) fn root(&mut self, root: &Path) {
        let pattern = root.to_string_lossy();
        let found =
            if pattern.contains(['*', '?', '[', '{']) { self.found(&pattern) } else { vec![root.to_owned()] };
        if found.is_empty() {
            return self.no_root(&pattern, &LoadError::Missing);
        }
        for path in found {
            match self.loader.read(&path) {
                Ok(octets) => self.open_file(&path, octets),
                Err(error) => return self.no_root(&path.to_string_lossy(), &error),
            }
        }
    }

    fn no_root(&mut self, name: &str, error: &LoadError) {
        let message = format!("the configuration file {name} cannot be read: {}", reason(error));
        let class = if self.checks == Checks::all() { Class::Unusable } else { Class::Silent };
        self.read
            .diagnostics
            .report(&code::NO_CONFIGURATION, Place::Everywhere, message)
            .class(class)
            .help("name the configuration file with `-f FILE`");
        self.stopped = true;
    }

    /// Reads the files of an include line; `false` if it is none.
    pub(super) fn include(&mut self, line: &Patchwork, spot: Spot) -> bool {
        let text = line.text();
        let start = super::blanks(text);
        let rest = text.get(start..).unwrap_or_default();
        let (keyword, pattern) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let Some(extra) = Checks::of_keyword(keyword) else { return false };
        let pattern = pattern.trim_ascii();
        let checks = self.checks.and(extra);
        let shown =
            if pattern.is_empty() { start..text.len() } else { text.len() - pattern.len()..text.len() };
        let place = self.place(line, shown, spot);
        self.blank(spot);
        if pattern.is_empty() {
            let message = format!("`{keyword}` names no file");
            self.read.diagnostics.report(&code::INCLUDE_MISSING, place, message);
            return true;
        }
        let directory = self.files.last().and_then(|file| file.parent()).unwrap_or(Path::new("")).to_owned();
        let mut missing = Vec::new();
        let mut found = Vec::new();
        for alternative in alternatives(pattern) {
            let full = directory.join(&alternative);
            let matches = self.found(&full.to_string_lossy());
            if matches.is_empty() {
                missing.push(alternative);
            }
            found.extend(matches);
        }
        let nothing = found.is_empty();
        if !missing.is_empty() {
            let required = if nothing {
                (checks.matches && !pattern.contains(['*', '?', '[']))
                    || (checks.wildcard && pattern.contains(['*', '?', '[']))
            } else {
                checks.braces
            };
            self.nothing_found(&missing, required, place.clone());
        }
        for path in found {
            if !self.stopped {
                self.include_file(&path, checks, &place);
            }
        }
        true
    }

    /// The files of a pattern; a plain name is its own match if it is there.
    fn found(&self, pattern: &str) -> Vec<PathBuf> {
        alternatives(pattern).iter().flat_map(|pattern| self.loader.matches(pattern)).collect()
    }

    fn nothing_found(&mut self, missing: &[String], required: bool, place: Location) {
        let names = missing.join(", ");
        if required {
            let message = format!("{names} must be there to be included and is not");
            return self.stop(&code::INCLUDE_REQUIRED, place.into(), message);
        }
        let quoted = names.starts_with('"');
        let problem = self.read.diagnostics.report(
            &code::INCLUDE_MISSING,
            place,
            format!("nothing to include: there is no {names}"),
        );
        if quoted {
            problem.help("the quotes are part of the name; remove them");
        }
    }

    fn include_file(&mut self, path: &Path, checks: Checks, place: &Location) {
        if self.files.iter().any(|open| open == path) {
            let message = format!("{} includes itself", path.display());
            return self.stop(&code::INCLUDE_CYCLE, place.clone().into(), message);
        }
        if self.files.len() >= DEEPEST {
            let message = format!("{} is included too deep", path.display());
            return self.stop(&code::TOO_LARGE, place.clone().into(), message);
        }
        match self.loader.read(path) {
            Ok(octets) => self.open_file(path, octets),
            Err(error) if checks.read => {
                let message = format!("{} must be included and cannot: {}", path.display(), reason(&error));
                self.stop(&code::INCLUDE_REQUIRED, place.clone().into(), message);
            }
            Err(error) => {
                let message = format!("{} is not included: {}", path.display(), reason(&error));
                self.read.diagnostics.report(&code::INCLUDE_SKIPPED, place.clone(), message);
            }
        }
    }

    fn open_file(&mut self, path: &Path, octets: Vec<u8>) {
        let Some((id, text)) = self.take_in(path.to_string_lossy().into_owned(), octets) else {
            let message = format!("{} is one file too many", path.display());
            return self.stop(&code::TOO_LARGE, Place::Everywhere, message);
        };
        let checks = self.checks;
        self.files.push(path.to_owned());
        self.file(id, &text);
        self.files.pop();
        self.checks = checks;
    }
}

fn reason(error: &LoadError) -> String {
    match error {
        LoadError::Missing => "there is no such file".into(),
        LoadError::Directory => "it is a directory".into(),
        LoadError::NotPlain => "it is executable or no plain file".into(),
        LoadError::System(reason) => reason.clone(),
    }
}
