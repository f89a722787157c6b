//! What /proc tells of processes (proc(5)), cheapest things first: their numbers, short names, command lines.

use std::fs::{self, File, ReadDir};
use std::io::{self, Read as _};

use super::{Attempt, Error};

/// A walk over the processes. Those that begin or end on the way may be missed.
#[derive(Debug)]
pub struct Walk(ReadDir);

impl Walk {
    /// Begins one.
    ///
    /// # Errors
    /// If /proc is not mounted.
    pub fn begin() -> Result<Walk, Error> {
        fs::read_dir("/proc").map(Walk).attempt("list", "processes (is /proc mounted?)")
    }
}

impl Iterator for Walk {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        // An entry that cannot be read is no process.
        self.0.by_ref().filter_map(Result::ok).find_map(|entry| entry.file_name().to_str()?.parse().ok())
    }
}

/// Reads the files of processes, always into the same buffers.
#[derive(Debug, Default)]
pub struct Reader {
    path: String,
    comm: Vec<u8>,
    cmdline: Vec<u8>,
    stat: Vec<u8>,
}

impl Reader {
    /// The short name of a process; `None` if there is none of this number.
    pub fn comm(&mut self, pid: u32) -> Option<&[u8]> {
        // The longest name, and those that user space cannot give itself.
        const MOST: u64 = 64;
        read(&mut self.path, pid, "comm", MOST, &mut self.comm).ok()?;
        Some(self.comm.strip_suffix(b"\n").unwrap_or(&self.comm))
    }

    /// The beginning of the command line: words that end with NUL.
    pub fn cmdline(&mut self, pid: u32, most: usize) -> Option<&[u8]> {
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        read(&mut self.path, pid, "cmdline", most, &mut self.cmdline).ok()?;
        Some(&self.cmdline)
    }

    /// Whether a process is there and has not ended, though nobody may have buried it.
    pub fn lives(&mut self, pid: u32) -> bool {
        const MOST: u64 = 1024;
        read(&mut self.path, pid, "stat", MOST, &mut self.stat).is_ok()
            && state(&self.stat).is_some_and(lives)
    }
}

/// The state in a line of /proc/PID/stat: it follows the name, which may contain anything.
fn state(stat: &[u8]) -> Option<u8> {
    let end = stat.iter().rposition(|octet| *octet == b')')?;
    stat.get(end + 2).copied()
}

const fn lives(state: u8) -> bool {
    !matches!(state, b'Z' | b'X' | b'x')
}

fn read(path: &mut String, pid: u32, name: &str, most: u64, out: &mut Vec<u8>) -> io::Result<()> {
    use std::fmt::Write as _;
    path.clear();
    out.clear();
    let _ = write!(path, "/proc/{pid}/{name}");
    File::open(path.as_str())?.take(most).read_to_end(out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_find_ourselves() {
        let us = std::process::id();
        assert!(Walk::begin().unwrap().any(|pid| pid == us));
        let mut reader = Reader::default();
        assert!(reader.lives(us));
        let first = std::env::args().next().unwrap();
        let cmdline = reader.cmdline(us, 4096).unwrap().to_vec();
        assert!(cmdline.starts_with(first.as_bytes()) && cmdline.ends_with(&[0]), "{cmdline:?}");
        assert_eq!(reader.cmdline(us, 3).unwrap().len(), 3);
        assert!(!reader.comm(us).unwrap().ends_with(b"\n"));
        assert_eq!(reader.comm(u32::MAX), None);
    }

    #[test]
    fn the_state_follows_the_last_bracket() {
        assert_eq!(state(b"12 (a) Z (b)) S 1 2"), Some(b'S'));
        assert_eq!(state(b"12 (sh) Z 1"), Some(b'Z'));
        assert_eq!(state(b"12"), None);
    }

    #[test]
    fn who_has_ended_does_not_live_even_before_its_burial() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let mut reader = Reader::default();
        let began = crate::sys::clock::now();
        while reader.lives(child.id()) {
            assert!(crate::sys::clock::now().since(began).as_secs() < 10);
            std::thread::yield_now();
        }
        assert!(reader.comm(child.id()).is_some());
        child.wait().unwrap();
    }
}
