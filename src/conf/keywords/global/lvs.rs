//! IPVS as a whole.

use std::net::IpAddr;

use crate::base::id::IfName;
use crate::conf::diag::code::words as code;
use crate::conf::draft::GlobalDraft;
use crate::conf::keyword::{Keyword, Parity, Section};
use crate::conf::keywords::{fit, flag, number, own};
use crate::conf::model::settings::{FlushOnStop, Lvs, SyncDaemon};
use crate::conf::reader::Reader;

/// The longest time-out of IPVS, in seconds.
const LONGEST_TIMEOUT: i64 = 31 * 86_400;

pub(super) const ROWS: &[Keyword<GlobalDraft>] = &[
    own(
        "lvs_timeouts",
        "[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]",
        |d: &mut GlobalDraft, r: &mut Reader<'_>| {
            if r.count() < 3 {
                r.report(&code::NO_PARAMETER, r.line(), "`lvs_timeouts` needs at least one time-out")
                    .help("write `lvs_timeouts tcp SECONDS`, for example");
                return r.use_all();
            }
            r.options(&TIMEOUTS, &mut d.settings.lvs, 1);
        },
    )
    .since("1.2.24")
    .example("lvs_timeouts tcp 600 udp 60")
    .optional()
    .parity(Parity::Stored)
    .doc("those of the kernel", "The time-outs of IPVS connections."),
    flag("lvs_flush", |d: &mut GlobalDraft, _| d.settings.lvs.flush = true)
        .since("1.2.23")
        .parity(Parity::Stored)
        .doc("off", "Empties the IPVS table at start."),
    own("lvs_flush_on_stop", "[VS]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.lvs.flush_on_stop = match r.arg(1) {
            None => FlushOnStop::All,
            Some("VS") => FlushOnStop::OwnServices,
            Some(word) => {
                let message = format!("`{word}` is no option of `lvs_flush_on_stop`");
                r.report(&code::UNKNOWN_OPTION, r.at(1), message).label("expected VS");
                return;
            }
        };
    })
    .since("2.2.0")
    .example("lvs_flush_on_stop VS")
    .old_name(&["lvs_flush_onstop"])
    .parity(Parity::Stored)
    .doc("off", "Empties the IPVS table at once when keepalived stops; with VS its own services only."),
    own(
        "lvs_sync_daemon",
        "INTERFACE [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]",
        sync_daemon,
    )
    .since("1.2.20")
    .example("lvs_sync_daemon eth1 inst VI_1 id 51")
    .optional()
    .parity(Parity::Stored)
    .doc("none", "Synchronises IPVS connections; the state of the instance decides in which direction."),
];

pub(in crate::conf::keywords) static TIMEOUTS: Section<Lvs> = Section::new("lvs_timeouts", &[TIMEOUT_ROWS]);
pub(in crate::conf::keywords) static SYNC_DAEMON: Section<SyncDaemon> =
    Section::new("lvs_sync_daemon", &[SYNC_ROWS]);

const TIMEOUT_ROWS: &[Keyword<Lvs>] = &[
    number("tcp", 0, LONGEST_TIMEOUT, |d: &mut Lvs, n, _| d.tcp_timeout = Some(fit(n)))
        .since("1.2.24")
        .example("tcp 600")
        .optional()
        .doc("as is", "For TCP connections."),
    number("tcpfin", 0, LONGEST_TIMEOUT, |d: &mut Lvs, n, _| d.tcpfin_timeout = Some(fit(n)))
        .since("1.2.24")
        .example("tcpfin 60")
        .optional()
        .doc("as is", "For TCP connections after a FIN."),
    number("udp", 0, LONGEST_TIMEOUT, |d: &mut Lvs, n, _| d.udp_timeout = Some(fit(n)))
        .since("1.2.24")
        .example("udp 60")
        .optional()
        .doc("as is", "For UDP."),
];

const SYNC_ROWS: &[Keyword<SyncDaemon>] = &[
    own("inst", "INSTANCE", |d: &mut SyncDaemon, r: &mut Reader<'_>| {
        d.instance = r.required(1, "an instance").map(Into::into);
    })
    .since("2.1.0")
    .example("inst VI_1")
    .optional()
    .doc("none", "The instance whose state decides. `inst` may be left out."),
    number("id", 0, 255, |d: &mut SyncDaemon, n, _| d.id = Some(fit(n)))
        .since("1.2.20")
        .optional()
        .doc("the VRID of the instance", "The number of the group of daemons."),
    number("maxlen", 1, 65_507, |d: &mut SyncDaemon, n, _| d.maxlen = Some(fit(n)))
        .since("1.2.24")
        .optional()
        .doc("that of the kernel", "The longest message, in octets."),
    number("port", 1, 65_535, |d: &mut SyncDaemon, n, _| d.port = Some(fit(n)))
        .since("1.2.24")
        .optional()
        .doc("8848", "The UDP port."),
    number("ttl", 1, 255, |d: &mut SyncDaemon, n, _| d.ttl = Some(fit(n)))
        .since("1.2.24")
        .optional()
        .doc("1", "The TTL of the messages."),
    own("group", "ADDRESS", |d: &mut SyncDaemon, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(group) = r.address(1) else { return };
        if group.is_multicast() {
            d.group = Some::<IpAddr>(group);
        } else {
            let message = format!("{group} is no multicast group");
            r.report(&code::BAD_ADDRESS, at, message);
        }
    })
    .since("1.2.24")
    .example("group 224.0.0.82")
    .optional()
    .doc("224.0.0.81", "The multicast group."),
];

fn sync_daemon(d: &mut GlobalDraft, r: &mut Reader<'_>) {
    let line = r.line();
    let Some(interface) = r.interface(1) else { return r.use_all() };
    if let Some(first) = d.sync_daemon_at {
        r.report(&code::GIVEN_TWICE, line, "there is a `lvs_sync_daemon` already; this one is ignored")
            .also(first, "the first one is here");
        return r.use_all();
    }
    let mut daemon = empty(interface);
    let mut bare = 0;
    r.options_or(&SYNC_DAEMON, &mut daemon, 2, |daemon, r| {
        bare += 1;
        let word = r.keyword();
        match bare {
            1 if daemon.instance.is_none() => daemon.instance = Some(word.into()),
            2 if word.parse::<u8>().is_ok() => {
                daemon.id = word.parse().ok();
                let message = format!("write `id {word}`: the number alone is an old spelling");
                r.report(&code::DEPRECATED, r.at(0), message);
            }
            _ => {
                let message = format!("`{word}` is no option of `lvs_sync_daemon`");
                r.report(&code::UNKNOWN_OPTION, r.at(0), message);
            }
        }
    });
    d.sync_daemon_at = Some(line);
    d.settings.lvs.sync_daemon = Some(daemon);
}

fn empty(interface: IfName) -> SyncDaemon {
    SyncDaemon { interface, instance: None, id: None, maxlen: None, port: None, ttl: None, group: None }
}
