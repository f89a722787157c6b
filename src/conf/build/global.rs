//! The settings of the daemon.

use super::instance::garp;
use super::{Cx, hooks};
use crate::conf::draft::{FifoDraft, GarpDraft, GlobalDraft};
use crate::conf::model::global::Defaults;
use crate::conf::model::notify::Fifo;
use crate::conf::model::vrrp::Quirks;
use crate::conf::model::{Global, Settings};
use crate::conf::reader::CommandLine;

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
        settings: settings(draft, cx),
        defaults: defaults(draft, cx),
    }
}

/// What instances and commands are like that say nothing else.
fn defaults(draft: &GlobalDraft, cx: &Cx<'_>) -> Defaults {
    let usual = Defaults::default();
    Defaults {
        garp: garp(&GarpDraft::default(), &draft.garp, draft.strict),
        lower_prio_delay: draft.garp.lower_prio_delay.map(|delay| delay.value),
        lower_prio_repeat: draft.garp.lower_prio_repeat.map(|repeat| repeat.value),
        down_timer_adverts: draft.down_timer_adverts.unwrap_or(usual.down_timer_adverts),
        version: draft.version.unwrap_or(usual.version),
        check_unicast_src: draft.check_unicast_src,
        notify_priority_changes: draft.notify_priority_changes,
        quirks: Quirks {
            strict: draft.strict,
            lower_prio_no_advert: draft.lower_prio_no_advert,
            higher_prio_send_advert: draft.higher_prio_send_advert,
            skip_check_adv_addr: draft.skip_check_adv_addr,
            owner_ignore_adverts: draft.owner_ignore_adverts,
            v3_checksum_as_v2: draft.v3_checksum_as_v2,
        },
        script_security: draft.script_security,
        script_user: cx.commands.default_user(),
    }
}

/// The settings of single facilities, with their commands.
fn settings(draft: &GlobalDraft, cx: &mut Cx<'_>) -> Settings {
    let mut settings = draft.settings.clone();
    let mut command = |line: Option<&CommandLine>| line.and_then(|line| hooks::notification(line, cx));
    settings.life.startup = command(draft.startup.as_ref());
    settings.life.shutdown = command(draft.shutdown.as_ref());
    settings.commands.fifo_reader = command(draft.fifo_reader.as_ref());
    settings.commands.vrrp_fifo_reader = command(draft.vrrp_fifo_reader.as_ref());
    settings.commands.lvs_fifo_reader = command(draft.lvs_fifo_reader.as_ref());
    settings.commands.lvs_fifo = fifo(draft.lvs_notify_fifo.as_ref(), cx);
    settings
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
