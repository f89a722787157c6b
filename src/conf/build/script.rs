//! `vrrp_script`.

use super::Cx;
use super::commands::Purpose;
use super::registry::{Outcome, Registry};
use crate::base::id::TrackId;
use crate::base::time::Span;
use crate::conf::diag::code::command as code;
use crate::conf::draft::{At, ScriptDraft};
use crate::conf::model::{Run, Script};

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
    let run = match run(&draft, cx) {
        Outcome::Good(run) => run,
        Outcome::Disabled => return Outcome::Disabled,
        Outcome::Removed => return Outcome::Removed,
    };
    let interval = draft.interval.unwrap_or(Span::from_secs(1));
    Outcome::Good(Script {
        name: draft.name,
        run,
        interval,
        timeout: draft.timeout.unwrap_or(interval),
        rise: draft.rise,
        fall: draft.fall,
        weight: draft.weight,
    })
}

/// What is run: a command or a check, not both.
fn run(draft: &ScriptDraft, cx: &mut Cx<'_>) -> Outcome<Run> {
    match (&draft.command, &draft.check) {
        (None, None) => {
            let message = format!("`vrrp_script {}` has no `script`; it is removed", draft.name);
            cx.diagnostics
                .report(&code::NO_COMMAND, draft.at, message)
                .also(draft.end, "the block ends here")
                .help("write `script COMMAND` or `check ...` into the block, and a blank before its `{`");
            Outcome::Removed
        }
        (Some(line), Some(check)) => {
            let message = format!("`vrrp_script {}` has a `script` and a `check`; it is removed", draft.name);
            cx.diagnostics
                .report(&code::TWO_KINDS_OF_CHECK, check.at, message)
                .also(line.at, "the script")
                .help("make two blocks of it, each with one of them, and track both");
            Outcome::Removed
        }
        (None, Some(check)) => match &check.value {
            Some(probe) => {
                if let Some(user) = &draft.user {
                    let message = "a `check` starts no process, so `user` means nothing here";
                    cx.diagnostics.report(&code::USER_OF_CHECK, user.at, message).label("ignored");
                }
                Outcome::Good(Run::Probe(probe.clone()))
            }
            None => Outcome::Removed,
        },
        (Some(line), None) => {
            let Some(run_as) = cx.run_as(draft.user.as_ref(), line.at) else {
                cx.at_end_of_block(draft.end);
                return Outcome::Removed;
            };
            match cx.command(line, run_as, Purpose::Check) {
                Some(command) => Outcome::Good(Run::Command(command)),
                None => Outcome::Disabled,
            }
        }
    }
}
