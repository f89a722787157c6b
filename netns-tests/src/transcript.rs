//! What a daemon told the world while a play was on: its FIFO, the scripts it called, the priorities it
//! advertised. Two transcripts are equal if both programs told the same, in the same order.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The transcript of a play.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The lines of the FIFO, in order, each event of the play marked by a line of its own.
    pub fifo: Vec<String>,
    /// For each instance and group what its scripts were called with, in the order of their start.
    ///
    /// Scripts of different instances are not ordered among each other: the FIFO tells that.
    pub calls: BTreeMap<String, Vec<String>>,
    /// For each VRID the priorities of the adverts on eth0, each as often as it changed.
    pub priorities: BTreeMap<u8, Vec<u8>>,
}

/// A call of the recording script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The process that ran it. Processes that are started one after the other have ascending ids, until they
    /// begin anew.
    pub pid: u32,
    /// The instance or group in whose block the script stands.
    pub about: String,
    /// The keyword by which it is called, and the arguments that the daemon added.
    pub words: String,
}

impl Call {
    /// Reads a line as the recording script writes it: `PID|ABOUT|KEYWORD|ARGUMENT...`.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(3, '|');
        let pid = fields.next()?.parse().ok()?;
        Some(Self { pid, about: fields.next()?.to_owned(), words: fields.next()?.to_owned() })
    }
}

/// Brings `calls`, which belong to one event, into the order in which the processes were started: scripts that
/// run at the same time write their lines in any order. `pid_max` is where process ids begin anew.
pub fn in_order_of_start(calls: &mut [Call], pid_max: u32) {
    let most = calls.iter().map(|call| call.pid).max().unwrap_or_default();
    calls.sort_by_key(|call| if most - call.pid > pid_max / 2 { call.pid + pid_max } else { call.pid });
}

impl Transcript {
    /// Marks that an event begins.
    pub fn mark(&mut self, event: &str) {
        let mark = format!("# {event}");
        self.fifo.push(mark.clone());
        self.calls.values_mut().for_each(|calls| calls.push(mark.clone()));
    }

    /// Adds a call.
    pub fn push_call(&mut self, call: Call) {
        let marks = || self.fifo.iter().filter(|line| line.starts_with('#')).cloned().collect();
        self.calls.entry(call.about).or_insert_with(marks).push(call.words);
    }

    /// The whole as text.
    #[must_use]
    pub fn render(&self) -> String {
        self.sections().into_iter().fold(String::new(), |mut text, (title, lines)| {
            // Writing to a String cannot fail.
            writeln!(text, "[{title}]").ok();
            for line in lines {
                writeln!(text, "  {line}").ok();
            }
            text
        })
    }

    /// Where `ours` differs from `theirs`: the sections that do, with `-` before what is only in theirs and
    /// `+` before what is only in ours. Nothing if they are equal.
    #[must_use]
    pub fn difference(theirs: &Self, ours: &Self) -> Option<String> {
        let (before, after) = (theirs.sections(), ours.sections());
        let titles: Vec<&String> =
            before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))).collect();
        let mut text = String::new();
        for title in titles {
            let lines =
                |sections: &BTreeMap<String, Vec<String>>| sections.get(title).cloned().unwrap_or_default();
            let (theirs, ours) = (lines(&before), lines(&after));
            if theirs != ours {
                writeln!(text, "[{title}]").ok();
                text.push_str(&compare(&theirs, &ours));
            }
        }
        (!text.is_empty()).then_some(text)
    }

    fn sections(&self) -> BTreeMap<String, Vec<String>> {
        let mut sections = BTreeMap::from([("FIFO".to_owned(), self.fifo.clone())]);
        for (about, calls) in &self.calls {
            sections.insert(format!("calls about {about}"), calls.clone());
        }
        for (vrid, priorities) in &self.priorities {
            let priorities = priorities.iter().map(u8::to_string).collect();
            sections.insert(format!("priorities of VRID {vrid}"), priorities);
        }
        sections
    }
}

/// A comparison line by line, along the longest common subsequence.
fn compare(before: &[String], after: &[String]) -> String {
    let width = after.len() + 1;
    // `longest[i * width + j]` is the length for the rest of `before` from i and of `after` from j.
    let mut longest = vec![0_usize; (before.len() + 1) * width];
    let at = |table: &[usize], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or_default();
    for (i, old) in before.iter().enumerate().rev() {
        for (j, new) in after.iter().enumerate().rev() {
            let best = if old == new {
                at(&longest, i + 1, j + 1) + 1
            } else {
                at(&longest, i + 1, j).max(at(&longest, i, j + 1))
            };
            if let Some(cell) = longest.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut text, mut i, mut j) = (String::new(), 0, 0);
    loop {
        let line = match (before.get(i), after.get(j)) {
            (Some(old), Some(new)) if old == new => {
                (i, j) = (i + 1, j + 1);
                format!("    {old}")
            }
            (Some(old), new) if new.is_none() || at(&longest, i + 1, j) >= at(&longest, i, j + 1) => {
                i += 1;
                format!("  - {old}")
            }
            (_, Some(new)) => {
                j += 1;
                format!("  + {new}")
            }
            (None | Some(_), None) => return text,
        };
        writeln!(text, "{line}").ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(pid: u32, words: &str) -> Call {
        Call { pid, about: "VI_1".to_owned(), words: words.to_owned() }
    }

    #[test]
    fn a_line_of_the_recorder_is_read() {
        let read = Call::parse("4711|VI_1|notify|INSTANCE|VI_1|MASTER|100").unwrap();
        assert_eq!(read, call(4711, "notify|INSTANCE|VI_1|MASTER|100"));
        assert_eq!(Call::parse("x|VI_1|notify"), None);
        assert_eq!(Call::parse("4711|VI_1"), None);
    }

    #[test]
    fn calls_are_ordered_by_their_start_also_where_process_ids_begin_anew() {
        let mut calls = [call(12, "c"), call(32_766, "b"), call(32_760, "a")];
        in_order_of_start(&mut calls, 32_768);
        assert_eq!(calls.map(|call| call.words), ["a", "b", "c"]);
    }

    #[test]
    fn every_section_is_compared() {
        let one = Transcript { fifo: vec!["a".into(), "b".into()], ..Transcript::default() };
        assert_eq!(Transcript::difference(&one, &one), None);
        let mut other = one.clone();
        other.fifo.swap(0, 1);
        assert!(Transcript::difference(&one, &other).is_some_and(|text| text.contains("  + ")));
        let mut other = one.clone();
        other.push_call(call(1, "notify"));
        let text = Transcript::difference(&one, &other).unwrap();
        assert_eq!(text, "[calls about VI_1]\n  + notify\n");
        let mut other = one.clone();
        other.priorities.insert(51, vec![100]);
        assert!(Transcript::difference(&other, &one).is_some_and(|text| text.contains("  - 100")));
    }

    #[test]
    fn a_difference_shows_what_is_common() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let text = compare(&lines("a b c d"), &lines("a c x d"));
        assert_eq!(text, "    a\n  - b\n    c\n  + x\n    d\n");
    }
}
