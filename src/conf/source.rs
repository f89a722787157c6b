//! Where the text of a configuration comes from, and how a place in it is named.

mod machine;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use machine::Machine;

/// A file of the configuration: the first is the one that was asked for, the others were included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(super) u16);

/// A stretch of one line as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub file: FileId,
    /// The line; the first is 1.
    pub line: u32,
    /// Octets of the line; the first is 0. An empty range is a point.
    pub columns: Range<u32>,
}

/// Why a file could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// There is no such file.
    Missing,
    /// It is a directory.
    Directory,
    /// It is executable, or no ordinary file: keepalived does not include such files.
    NotPlain,
    /// The system's reason.
    System(String),
}

/// The files of one configuration, as they were read.
pub trait Loader {
    /// The octets of the file at `path`.
    ///
    /// # Errors
    /// Why it could not be read.
    fn read(&self, path: &Path) -> Result<Vec<u8>, LoadError>;

    /// The files that match `pattern` (wild cards `*`, `?` and `[...]`), sorted by name.
    fn matches(&self, pattern: &str) -> Vec<PathBuf>;
}

/// Files that exist only here: for tests, and for text that comes from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// The single file `path` with `text`.
    #[must_use]
    pub fn of(path: impl Into<PathBuf>, text: impl Into<Vec<u8>>) -> Memory {
        Memory::default().with(path, text)
    }

    /// Adds the file `path` with `text`.
    #[must_use]
    pub fn with(mut self, path: impl Into<PathBuf>, text: impl Into<Vec<u8>>) -> Memory {
        self.files.insert(path.into(), text.into());
        self
    }
}

impl Loader for Memory {
    fn read(&self, path: &Path) -> Result<Vec<u8>, LoadError> {
        self.files.get(path).cloned().ok_or(LoadError::Missing)
    }

    fn matches(&self, pattern: &str) -> Vec<PathBuf> {
        let Ok(pattern) = glob::Pattern::new(pattern) else { return Vec::new() };
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        self.files.keys().filter(|path| pattern.matches_path_with(path, options)).cloned().collect()
    }
}

/// One file as it was read.
#[derive(Clone, Debug, Default)]
pub struct SourceFile {
    /// What messages call it.
    pub name: String,
    /// Its text; octets that are not UTF-8 are replaced by U+FFFD.
    pub text: Zeroizing<String>,
    /// Where each line starts.
    starts: Vec<u32>,
}

impl SourceFile {
    /// The file `name` with `text`.
    #[must_use]
    pub fn new(name: String, text: String) -> SourceFile {
        let newlines = text.bytes().enumerate().filter(|&(_, octet)| octet == b'\n');
        let starts = std::iter::once(0).chain(newlines.map(|(at, _)| position(at) + 1)).collect();
        SourceFile { name, text: Zeroizing::new(text), starts }
    }

    /// The line `number` (the first is 1) without its end; empty beyond the end of the file.
    #[must_use]
    pub fn line(&self, number: u32) -> &str {
        let Some(index) = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)) else {
            return "";
        };
        let Some(&start) = self.starts.get(index) else { return "" };
        let rest = self.text.get(index_of(start)..).unwrap_or_default();
        rest.split('\n').next().unwrap_or_default()
    }
}

/// Every file of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file; `None` if there are too many.
    pub fn add(&mut self, file: SourceFile) -> Option<FileId> {
        let id = u16::try_from(self.files.len()).ok()?;
        self.files.push(file);
        Some(FileId(id))
    }

    /// The file `id`.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(usize::from(id.0))
    }

    /// What messages call the file `id`.
    #[must_use]
    pub fn name(&self, id: FileId) -> &str {
        self.get(id).map_or("?", |file| &file.name)
    }

    /// Every file in the order of reading.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &SourceFile> {
        self.files.iter()
    }
}

/// An offset as it is stored. Texts are kept below 4 GiB, see `preprocess`.
pub(super) fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A stored offset as an index.
pub(super) fn index_of(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// The alternatives of a pattern with braces, in order: `{a,b}c` is `ac` and `bc`. Braces nest.
pub(super) fn alternatives(pattern: &str) -> Vec<String> {
    const MOST: usize = 4096;
    let Some(open) = pattern.find('{') else { return vec![pattern.to_owned()] };
    let Some((parts, end)) = brace_parts(pattern, open) else { return vec![pattern.to_owned()] };
    let (before, after) = (pattern.get(..open).unwrap_or_default(), pattern.get(end..).unwrap_or_default());
    let tails = alternatives(after);
    let mut found = Vec::new();
    for part in parts.iter().flat_map(|part| alternatives(part)) {
        for tail in &tails {
            if found.len() < MOST {
                found.push(format!("{before}{part}{tail}"));
            }
        }
    }
    found
}

/// The parts between the brace at `open` and its partner, and the position after the partner.
fn brace_parts(pattern: &str, open: usize) -> Option<(Vec<&str>, usize)> {
    let (mut depth, mut from, mut parts) = (0_usize, open + 1, Vec::new());
    for (at, octet) in pattern.bytes().enumerate().skip(open) {
        match octet {
            b'{' => depth += 1,
            b',' if depth == 1 => {
                parts.push(pattern.get(from..at)?);
                from = at + 1;
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    parts.push(pattern.get(from..at)?);
                    return Some((parts, at + 1));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_multiply_and_nest() {
        assert_eq!(alternatives("a"), ["a"]);
        assert_eq!(alternatives("{a,b}/{x,y}.conf"), ["a/x.conf", "a/y.conf", "b/x.conf", "b/y.conf"]);
        assert_eq!(alternatives("{foo/{,cat,dog},bar}"), ["foo/", "foo/cat", "foo/dog", "bar"]);
        assert_eq!(alternatives("{open"), ["{open"]);
        assert_eq!(alternatives("}x{"), ["}x{"]);
    }

    #[test]
    fn lines_are_found_by_number() {
        let file = SourceFile::new("f".into(), "a\nbc\r\n\nd".into());
        assert_eq!([0, 1, 2, 3, 4, 5].map(|number| file.line(number)), ["", "a", "bc\r", "", "d", ""]);
    }

    #[test]
    fn memory_finds_by_pattern_within_one_directory() {
        let files =
            Memory::of("/c/a.conf", "").with("/c/b.conf", "").with("/c/d/e.conf", "").with("/c/.h.conf", "");
        assert_eq!(files.matches("/c/*.conf"), [Path::new("/c/a.conf"), Path::new("/c/b.conf")]);
        assert_eq!(files.matches("/c/[").len(), 0);
        assert_eq!(files.read(Path::new("/x")), Err(LoadError::Missing));
    }
}
