//! `vrrp_script`.

use std::collections::HashMap;

use super::Cx;
use super::commands::Purpose;
use crate::base::id::TrackId;
use crate::base::table::Table;
use crate::base::time::Span;
use crate::conf::diag::code::command as code;
use crate::conf::draft::ScriptDraft;
use crate::conf::expanded::Extent;
use crate::conf::model::{Script, Weight};

/// The scripts of a configuration, by name.
pub(super) struct Scripts {
    table: Table<TrackId, Script>,
    /// Where each definition stands, and its index unless it was removed.
    known: HashMap<Box<str>, Known>,
}

/// What is known of a script.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) at: Extent,
    /// `None` if the script was removed or is disabled.
    pub(super) id: Option<TrackId>,
    /// It was disabled, so nobody has to hear that it is missing.
    pub(super) disabled: bool,
    pub(super) weight: Weight,
    used: bool,
}

impl Scripts {
    pub(super) fn complete(drafts: Vec<ScriptDraft>, cx: &mut Cx<'_>) -> Scripts {
        let mut scripts = Scripts { table: Table::new(), known: HashMap::with_capacity(drafts.len()) };
        for draft in drafts {
            let mut known =
                Known { at: draft.at, id: None, disabled: false, weight: draft.weight, used: false };
            let name = draft.name.clone();
            match complete(draft, cx) {
                Ok(Some(script)) => known.id = scripts.table.push(script).ok(),
                Ok(None) => known.disabled = true,
                Err(()) => {}
            }
            scripts.known.insert(name, known);
        }
        scripts
    }

    /// What is known of the script `name`, which is used.
    pub(super) fn find(&mut self, name: &str) -> Option<Known> {
        let known = self.known.get_mut(name)?;
        known.used = true;
        Some(*known)
    }

    /// Names the scripts that nobody tracks.
    pub(super) fn report_unused(&self, cx: &mut Cx<'_>) {
        let mut unused: Vec<_> =
            self.known.iter().filter(|(_, known)| !known.used && known.id.is_some()).collect();
        unused.sort_by_key(|(_, known)| known.at);
        for (name, known) in unused {
            let message = format!("no instance tracks the script `{name}`, so it never runs");
            cx.diagnostics.report(&code::UNUSED_SCRIPT, known.at, message);
        }
    }

    pub(super) fn into_table(self) -> Table<TrackId, Script> {
        self.table
    }
}

/// A script; `Ok(None)` if it is disabled, `Err` if it is none.
fn complete(draft: ScriptDraft, cx: &mut Cx<'_>) -> Result<Option<Script>, ()> {
    let Some(line) = draft.command else {
        let message = format!("`vrrp_script {}` has no `script`; it is removed", draft.name);
        cx.diagnostics
            .report(&code::NO_COMMAND, draft.at, message)
            .also(draft.end, "the block ends here")
            .help("write `script COMMAND` into the block, and a blank before its `{`");
        return Err(());
    };
    let by = draft.user.as_ref();
    let Some(run_as) = cx.run_as(by, line.at) else {
        cx.at_end_of_block(draft.end);
        return Err(());
    };
    let interval = draft.interval.unwrap_or(Span::from_secs(1));
    let Some(command) = cx.command(&line, run_as, Purpose::Check) else { return Ok(None) };
    Ok(Some(Script {
        name: draft.name,
        command,
        interval,
        timeout: draft.timeout.unwrap_or(interval),
        rise: draft.rise,
        fall: draft.fall,
        weight: draft.weight,
    }))
}
