//! Health checks.

use std::net::IpAddr;

use crate::base::addr::is_link_local;
use crate::base::time::Span;
use crate::conf::build::Cx;
use crate::conf::build::commands::Purpose;
use crate::conf::build::trackers::Trackables;
use crate::conf::diag::code::server as code;
use crate::conf::draft::{
    At, CheckerDraft, FileCheckDraft, HttpDraft, KindDraft, MiscDraft, ServerDraft, ServiceDraft, SmtpDraft,
    TargetDraft, Timing, UdpDraft,
};
use crate::conf::model::check::{
    Checker, CheckerKind, Http, Page, Schedule, Smtp, SmtpHost, Target, UdpReply,
};

/// The name that mail servers are greeted with.
const HELO: &str = "smtpchecker.keepalived.org";
/// The longest answer to a datagram if nobody says, in octets.
const LONGEST_REPLY: u16 = 255;
/// The status codes that are good if nobody says.
const SUCCESS: (u16, u16) = (200, 299);

/// What checks inherit.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'d> {
    pub(super) service: &'d ServiceDraft,
    /// `checker_log_all_failures`.
    pub(super) log_all: bool,
}

/// Completes a check of `server`; `None` if there is nothing to check.
pub(super) fn complete(
    draft: &CheckerDraft,
    server: &ServerDraft,
    port: u16,
    surroundings: Surroundings<'_>,
    trackables: &mut Trackables,
    cx: &mut Cx<'_>,
) -> Option<Checker> {
    let service = surroundings.service;
    let timing = draft.timing.or(server.timing).or(service.timing);
    let schedule = schedule(timing, &draft.kind);
    let connects = !matches!(draft.kind, KindDraft::Misc(_) | KindDraft::File(_) | KindDraft::Bfd(_));
    let target = target(&draft.target, server.address, port);
    if connects && !reachable(&target, draft, cx) {
        return None;
    }
    let virtualhost = server.virtualhost.as_deref().or(service.virtualhost.as_deref());
    let kind = match &draft.kind {
        KindDraft::Tcp => CheckerKind::Tcp,
        KindDraft::Http(http) => CheckerKind::Http(Box::new(self::http(http, virtualhost))),
        KindDraft::Smtp(smtp) => CheckerKind::Smtp(self::smtp(smtp, schedule.timeout, server.address, port)),
        KindDraft::Dns(dns) => {
            CheckerKind::Dns { query: dns.query, name: dns.name.clone().unwrap_or_else(|| ".".into()) }
        }
        KindDraft::Misc(misc) => self::misc(misc, schedule.period, draft, cx)?,
        KindDraft::Udp(udp) => self::udp(udp, draft, cx),
        KindDraft::Ping => CheckerKind::Ping,
        KindDraft::File(file) => self::file(file, draft, trackables, cx)?,
        KindDraft::Bfd(name) => CheckerKind::Bfd(self::bfd(name.as_ref(), draft, trackables, cx)?),
    };
    let log_all_failures = draft.log_all_failures.unwrap_or(surroundings.log_all);
    Some(Checker { target, schedule, log_all_failures, kind })
}

/// When it is made; what nobody says depends on the kind.
fn schedule(timing: Timing, kind: &KindDraft) -> Schedule {
    let period = timing.period.unwrap_or(Span::from_secs(60));
    let (retry, retry_delay) = match kind {
        KindDraft::Http(_) => (1, Span::from_secs(3)),
        KindDraft::Dns(_) => (3, period),
        KindDraft::Misc(_) => (0, Span::from_secs(1)),
        KindDraft::Tcp
        | KindDraft::Smtp(_)
        | KindDraft::Udp(_)
        | KindDraft::Ping
        | KindDraft::File(_)
        | KindDraft::Bfd(_) => (1, Span::from_secs(1)),
    };
    Schedule {
        period,
        timeout: timing.timeout.unwrap_or(Span::from_secs(5)),
        retry: timing.retry.unwrap_or(retry),
        retry_delay: timing.retry_delay.unwrap_or(retry_delay),
        warmup: timing.warmup.unwrap_or(period),
        alpha: timing.alpha.unwrap_or(false),
    }
}

fn target(draft: &TargetDraft, address: IpAddr, port: u16) -> Target {
    Target {
        address: draft.address.unwrap_or(address),
        port: draft.port.unwrap_or(port),
        source: draft.source,
        source_port: draft.source_port,
        interface: draft.interface,
        mark: draft.mark,
    }
}

/// Whether the address says where it is; says so if not.
fn reachable(target: &Target, draft: &CheckerDraft, cx: &mut Cx<'_>) -> bool {
    let IpAddr::V6(address) = target.address else { return true };
    let vague = is_link_local(address) && target.interface.is_none();
    if vague {
        let message = format!("{address} is link-local, so the check needs `bind_if`; it is ignored");
        cx.diagnostics
            .report(&code::LINK_LOCAL, draft.at, message)
            .also(draft.end, "the block ends here")
            .help("write `bind_if INTERFACE`");
    }
    !vague
}

fn http(draft: &HttpDraft, virtualhost: Option<&str>) -> Http {
    let page = |page: &crate::conf::draft::PageDraft| {
        let host = page.page.virtualhost.as_deref().or(draft.virtualhost.as_deref()).or(virtualhost);
        let status = if page.page.status.is_empty() { vec![SUCCESS] } else { page.page.status.clone() };
        Page {
            virtualhost: host.map(Into::into),
            status,
            tls_compliant: page.tls_compliant.unwrap_or(draft.tls_compliant),
            ..page.page.clone()
        }
    };
    Http {
        tls: draft.tls,
        version: draft.version,
        sni: draft.sni,
        sni_name: draft.sni_name.clone(),
        fast_recovery: draft.fast_recovery,
        pages: draft.pages.iter().map(page).collect(),
    }
}

fn smtp(draft: &SmtpDraft, timeout: Span, address: IpAddr, port: u16) -> Smtp {
    Smtp {
        helo: draft.helo.clone().unwrap_or_else(|| HELO.into()),
        hosts: draft
            .hosts
            .iter()
            .map(|host| SmtpHost {
                target: target(&host.target, address, port),
                timeout: host.timeout.unwrap_or(timeout),
            })
            .collect(),
    }
}

fn misc(draft: &MiscDraft, period: Span, check: &CheckerDraft, cx: &mut Cx<'_>) -> Option<CheckerKind> {
    let line = draft.command.as_ref()?;
    let Some(run_as) = cx.run_as(draft.user.as_ref(), line.at) else {
        cx.at_end_of_block(check.end);
        return None;
    };
    let command = cx.command(line, run_as, Purpose::Notification)?;
    let timeout = draft.timeout.filter(|timeout| !timeout.is_zero()).unwrap_or(period);
    Some(CheckerKind::Misc { command, timeout, dynamic: draft.dynamic })
}

fn udp(draft: &UdpDraft, check: &CheckerDraft, cx: &mut Cx<'_>) -> CheckerKind {
    let min_length = draft.min_length.map_or(0, |length| length.value);
    let max_length = draft.max_length.map_or(LONGEST_REPLY, |length| length.value);
    if min_length > max_length {
        let at = draft.min_length.or(draft.max_length).map_or(check.at, |length| length.at);
        let message = format!("no answer has at least {min_length} and at most {max_length} octets");
        cx.diagnostics.report(&code::REPLY_LENGTHS, at, message).also(check.end, "the block ends here");
    }
    let reply = draft.reply.clone().map(|pattern| UdpReply { pattern, min_length, max_length });
    CheckerKind::Udp { payload: draft.payload.clone(), reply }
}

fn file(
    draft: &FileCheckDraft,
    check: &CheckerDraft,
    trackables: &mut Trackables,
    cx: &mut Cx<'_>,
) -> Option<CheckerKind> {
    let Some(name) = &draft.name else {
        no_reference("track_file", check, cx);
        return None;
    };
    let found = trackables.files.find(At::new(&*name.value, name.at), "the check", cx);
    let Some((file, weight)) = found else {
        cx.at_end_of_block(check.end);
        return None;
    };
    Some(CheckerKind::File {
        file,
        weight: draft.weight.unwrap_or_else(|| weight.value.into()),
        reverse: draft.reverse.unwrap_or(if draft.weight.is_some() { false } else { weight.reverse }),
    })
}

fn bfd(
    name: Option<&At<Box<str>>>,
    check: &CheckerDraft,
    trackables: &mut Trackables,
    cx: &mut Cx<'_>,
) -> Option<crate::base::id::BfdId> {
    let Some(name) = name else {
        no_reference("name", check, cx);
        return None;
    };
    let before = cx.diagnostics.len();
    let found = trackables.bfd.find(At::new(&*name.value, name.at), "the check", cx);
    for problem in cx.diagnostics.since(before) {
        problem.also(check.end, "the block ends here");
    }
    found.map(|(session, _)| session)
}

fn no_reference(word: &str, check: &CheckerDraft, cx: &mut Cx<'_>) {
    let message = format!("this check has no `{word}`; it is ignored");
    cx.diagnostics.report(&code::NO_REFERENCE, check.at, message).also(check.end, "the block ends here");
}
