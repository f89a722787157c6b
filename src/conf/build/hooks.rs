//! Commands that are run on changes.

use super::Cx;
use super::commands::Purpose;
use crate::conf::diag::Class;
use crate::conf::draft::HookKind;
use crate::conf::model::{Command, Hooks};
use crate::conf::reader::CommandLine;

/// Completes the `notify_...` words of an instance or a group.
pub(super) fn complete(lines: &[(HookKind, CommandLine)], priority_changes: bool, cx: &mut Cx<'_>) -> Hooks {
    let mut hooks = Hooks { priority_changes, ..Hooks::default() };
    for (kind, line) in lines {
        let slot = match kind {
            HookKind::Master => &mut hooks.master,
            HookKind::Backup => &mut hooks.backup,
            HookKind::Fault => &mut hooks.fault,
            HookKind::Stop => &mut hooks.stop,
            HookKind::Any => &mut hooks.any,
            HookKind::MasterRxLowerPri => &mut hooks.master_rx_lower_pri,
        };
        *slot = notification(line, cx);
    }
    hooks
}

/// A command that is run to tell somebody, if it can be run.
pub(super) fn notification(line: &CommandLine, cx: &mut Cx<'_>) -> Option<Command> {
    let before = cx.diagnostics.len();
    let Some(run_as) = cx.run_as(line.by.as_ref(), line.at) else {
        if line.by.is_none() && !cx.is_secure() && !cx.is_there(line) {
            for problem in cx.diagnostics.since(before) {
                problem.class(Class::Silent);
            }
        }
        return None;
    };
    cx.command(line, run_as, Purpose::Notification)
}
