//! The settings of the daemon.

use super::Cx;
use crate::conf::draft::{FifoDraft, GlobalDraft};
use crate::conf::model::Global;
use crate::conf::model::notify::Fifo;

pub(super) fn complete(draft: &GlobalDraft, cx: &mut Cx<'_>) -> Global {
    Global {
        router_id: draft.router_id.clone().unwrap_or_else(|| cx.env.host_name().into()),
        group4: draft.group4.unwrap_or(Global::GROUP4),
        group6: draft.group6.unwrap_or(Global::GROUP6),
        garp_interval: draft.garp_interval,
        gna_interval: draft.gna_interval,
        log_unknown_vrids: draft.log_unknown_vrids,
        notify_fifo: fifo(draft.notify_fifo.as_ref(), cx),
        vrrp_notify_fifo: fifo(draft.vrrp_notify_fifo.as_ref(), cx),
    }
}

/// A pipe belongs to root unless somebody else is named.
fn fifo(draft: Option<&FifoDraft>, cx: &mut Cx<'_>) -> Option<Fifo> {
    let draft = draft?;
    let owner = match &draft.by {
        Some(by) => cx.run_as(Some(by), draft.at)?,
        None => cx.env.identity(),
    };
    Some(Fifo { path: std::path::Path::new(&*draft.path).into(), owner })
}
