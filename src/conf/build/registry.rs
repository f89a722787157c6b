//! Definitions that are referred to by name: scripts, files, processes, BFD sessions.

use std::collections::HashMap;

use super::Cx;
use crate::base::table::{Key, Table};
use crate::conf::diag::code::command::UNUSED_DEFINITION;
use crate::conf::diag::code::instance as code;
use crate::conf::draft::At;
use crate::conf::expanded::Extent;
use crate::conf::model::Weight;

/// The definitions of one kind.
pub(super) struct Registry<K, T> {
    keyword: &'static str,
    table: Table<K, T>,
    known: HashMap<Box<str>, Known<K>>,
}

/// What is known of a definition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<K> {
    pub(super) at: Extent,
    /// `None` if it was removed or is disabled.
    pub(super) id: Option<K>,
    /// It was disabled, so nobody has to hear that it is missing.
    disabled: bool,
    pub(super) weight: Weight,
    used: bool,
}

/// What became of a definition.
pub(super) enum Outcome<T> {
    /// It can be used.
    Good(T),
    /// It cannot be used, and nobody has to hear of it again.
    Disabled,
    /// It is as if it had not been written.
    Removed,
}

impl<K: Key, T> Registry<K, T> {
    /// Nothing yet; the definitions are blocks `keyword`.
    pub(super) fn new(keyword: &'static str, count: usize) -> Registry<K, T> {
        Registry { keyword, table: Table::new(), known: HashMap::with_capacity(count) }
    }

    /// Adds a definition.
    pub(super) fn add(&mut self, name: At<&str>, weight: Weight, outcome: Outcome<T>) {
        // Of two definitions with one name the first counts, unless it was removed.
        if self.known.get(name.value).is_some_and(|known| known.id.is_some() || known.disabled) {
            return;
        }
        let (id, disabled) = match outcome {
            Outcome::Good(definition) => (self.table.push(definition).ok(), false),
            Outcome::Disabled => (None, true),
            Outcome::Removed => (None, false),
        };
        self.known.insert(name.value.into(), Known { at: name.at, id, disabled, weight, used: false });
    }

    /// The definition that `entry` of `who` names, if it stands above; says so if it cannot be used.
    pub(super) fn find(&mut self, entry: At<&str>, who: &str, cx: &mut Cx<'_>) -> Option<(K, Weight)> {
        let (kind, name) = (self.keyword, entry.value);
        let (message, place) = match self.known.get_mut(name) {
            Some(known) => {
                known.used = true;
                if known.at > entry.at {
                    (format!("`{kind} {name}` is defined only later"), Some(known.at))
                } else if known.id.is_some() || known.disabled {
                    return Some((known.id?, known.weight));
                } else {
                    (format!("`{kind} {name}` was removed"), Some(known.at))
                }
            }
            None => (format!("there is no `{kind} {name}`"), None),
        };
        let later = place.is_some_and(|place| place > entry.at);
        let code = if later { &code::DEFINED_LATER } else { &code::UNKNOWN_REFERENCE };
        let help = match place {
            None => cx.did_you_mean(name, self.known.keys().map(|known| &**known)),
            Some(_) if later => Some(format!("move the block `{kind} {name}` above this one")),
            Some(_) => None,
        };
        let problem = cx.diagnostics.report(code, entry.at, message);
        problem.help = help;
        problem.label(format!("{who} does not track it"));
        if let Some(place) = place {
            problem.also(place, "defined here");
        }
        None
    }

    /// Names the definitions that nobody refers to.
    pub(super) fn report_unused(&self, cx: &mut Cx<'_>) {
        let mut unused: Vec<_> =
            self.known.iter().filter(|(_, known)| !known.used && known.id.is_some()).collect();
        unused.sort_by_key(|(_, known)| known.at);
        for (name, known) in unused {
            let message = format!("nothing refers to `{} {name}`", self.keyword);
            cx.diagnostics.report(&UNUSED_DEFINITION, known.at, message);
        }
    }

    pub(super) fn into_table(self) -> Table<K, T> {
        self.table
    }
}
