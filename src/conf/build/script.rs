//! `vrrp_script`.

use super::Cx;
use super::commands::Purpose;
use super::registry::{Outcome, Registry};
use crate::base::id::TrackId;
use crate::base::time::Span;
use crate::conf::diag::code::command as code;
use crate::conf::draft::{At, ScriptDraft};
use crate::conf::model::Script;

/// Completes all scripts.
pub(super) fn complete(drafts: Vec<ScriptDraft>, cx: &mut Cx<'_>) -> Registry<TrackId, Script> {
    let mut scripts = Registry::new("vrrp_script", drafts.len());
    for draft in drafts {
        let (name, at, weight) = (draft.name.clone(), draft.at, draft.weight);
        let outcome = script(draft, cx);
        scripts.add(At::new(&name, at), weight, outcome);
    }
    scripts
}

fn script(draft: ScriptDraft, cx: &mut Cx<'_>) -> Outcome<Script> {
    let Some(line) = draft.command else {
        let message = format!("`vrrp_script {}` has no `script`; it is removed", draft.name);
        cx.diagnostics
            .report(&code::NO_COMMAND, draft.at, message)
            .also(draft.end, "the block ends here")
            .help("write `script COMMAND` into the block, and a blank before its `{`");
        return Outcome::Removed;
    };
    let Some(run_as) = cx.run_as(draft.user.as_ref(), line.at) else {
        cx.at_end_of_block(draft.end);
        return Outcome::Removed;
    };
    let interval = draft.interval.unwrap_or(Span::from_secs(1));
    let Some(command) = cx.command(&line, run_as, Purpose::Check) else { return Outcome::Disabled };
    Outcome::Good(Script {
        name: draft.name,
        command,
        interval,
        timeout: draft.timeout.unwrap_or(interval),
        rise: draft.rise,
        fall: draft.fall,
        weight: draft.weight,
    })
}
