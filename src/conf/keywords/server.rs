//! `virtual_server`: an IPVS service.

pub(super) mod forwarding;
pub(super) mod group;
pub(super) mod real;
pub(super) mod timing;

use std::net::{IpAddr, Ipv4Addr};

use self::forwarding::FORWARDING;
use self::timing::Rows;
use super::global::first_command;
use super::{MOST, MOST_SIGNED, fit, flag, number, own, switch, text};
use crate::base::addr::Family;
use crate::base::time::Span;
use crate::conf::diag::code::server as code;
use crate::conf::diag::code::words as word_code;
use crate::conf::draft::{At, Draft, ServiceDraft, SorryDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::model::check::{Entrance, Granularity, Protocol, Scheduler};
use crate::conf::reader::{Reader, c_number};

pub(super) static SERVICE: Section<ServiceDraft> = Section::new(
    "virtual_server",
    &[
        SERVICE_ROWS,
        SCHEDULER,
        PERSISTENCE,
        Rows::<ServiceDraft>::TIMES,
        &[Rows::<ServiceDraft>::TIMEOUT],
        QUORUM,
    ],
)
.stored();

const COMMAND: &str = "COMMAND [USER [[:]GROUP]]";
/// The longest persistence, in seconds.
const LONGEST_PERSISTENCE: i64 = 2_678_400;
/// The longest name of a persistence engine, in octets.
const LONGEST_ENGINE: usize = 15;

const SERVICE_ROWS: &[Keyword<ServiceDraft>] = &[
    own("ip_family", "inet|inet6", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(family) = r.choice(1, &[("inet", Family::V4), ("inet6", Family::V6)]) else { return };
        if let Some(known) = d.family.filter(|known| known.value != family) {
            let message = format!("the service is one of {} already", known.value);
            r.report(&code::OTHER_FAMILY, at, message)
                .label("the line is ignored")
                .also(known.at, "this makes it so");
            return;
        }
        d.family = Some(At::new(family, at));
    })
    .since("1.2.20")
    .example("ip_family inet")
    .doc("that of the addresses", "The family of a service by mark."),
    own("protocol", "TCP|UDP|SCTP", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(word) = r.required(1, "TCP, UDP or SCTP") else { return };
        let protocols = [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp), ("SCTP", Protocol::Sctp)];
        match protocols.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
            Some((_, protocol)) => d.protocol = Some(At::new(*protocol, at)),
            None => {
                let message = format!("IPVS cannot spread `{word}`");
                r.report(&word_code::BAD_CHOICE, at, message).label("expected TCP, UDP or SCTP");
            }
        }
    })
    .since("0.5.3")
    .example("[protocol TCP]")
    .doc("UDP", "The protocol of the service. It should always be written; a service by mark has none."),
    own("lb_kind", FORWARDING, |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.forwarding = forwarding::read(r).or(d.forwarding);
    })
    .since("0.5.3")
    .example("lb_kind DR")
    .alias(&["lvs_method"])
    .doc("NAT", "How packets reach servers: by address translation, on the same link, or through a tunnel."),
    flag("ha_suspend", |d: &mut ServiceDraft, _| d.ha_suspend = true)
        .since("1.0.0")
        .doc("off", "Checks servers only while the address of the service is on this host."),
    Rows::<ServiceDraft>::ALPHA_FLAG,
    flag("omega", |d: &mut ServiceDraft, _| d.omega = true)
        .since("1.1.16")
        .doc("off", "Notifies of servers and services that go because keepalived stops."),
    flag("inhibit_on_failure", |d: &mut ServiceDraft, _| d.inhibit = true)
        .since("1.3.7")
        .doc("off", "A server that is down stays in the table with weight 0."),
    number("weight", 1, MOST_SIGNED, |d: &mut ServiceDraft, n, _| d.weight = Some(fit(n)))
        .since("1.3.7")
        .doc("1", "The weight of servers that do not say."),
    switch("smtp_alert", |d: &mut ServiceDraft, on, _| d.mail = Some(on))
        .since("2.0.0")
        .doc("smtp_alert of global_defs, else off", "Sends mail when the quorum is reached or lost."),
    text("virtualhost", "NAME", |d: &mut ServiceDraft, name, _| d.virtualhost = Some(name.into()))
        .since("0.5.8")
        .example("virtualhost www.example.net")
        .optional()
        .doc("none", "The host that HTTP_GET and SSL_GET ask for."),
    own("snmp_name", "NAME", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.snmp_name = single_name(r).or(d.snmp_name.take());
    })
    .since("2.2.3")
    .example("snmp_name web")
    .optional()
    .doc("none", "The name of the service in SNMP."),
    own("real_server", "ADDRESS [PORT] { ... }", real::server)
        .since("0.5.3")
        .range("port 0 to 65535")
        .example("real_server 198.51.100.2 80 {\n    TCP_CHECK {\n    }\n}")
        .doc("", "A server of the service. Without a port it has that of the service."),
];

const SCHEDULER: &[Keyword<ServiceDraft>] = &[
    own(
        "lb_algo",
        "rr|wrr|lc|wlc|lblc|lblcr|sh|mh|dh|fo|ovf|sed|nq|twos",
        |d: &mut ServiceDraft, r: &mut Reader<'_>| {
            d.scheduler = r.choice(1, &Scheduler::NAMES).or(d.scheduler);
            r.use_all();
        },
    )
    .since("0.5.3")
    .example("lb_algo rr")
    .alias(&["lvs_sched"])
    .doc("wlc", "How connections are spread; the names are those of ipvsadm(8)."),
    own("hashed", "", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.flags.hashed |= scheduled(d.scheduler, &[Scheduler::SourceHash], r);
    })
    .since("1.3.0")
    .example("lb_algo sh\n[hashed]")
    .doc("off", "Has had no effect for a long time."),
    flag("ops", |d: &mut ServiceDraft, at| d.one_packet = Some(at))
        .since("1.2.8")
        .example("[ops]")
        .doc("off", "Takes every packet for a connection of its own; for UDP only."),
    flag("flag-1", |d: &mut ServiceDraft, _| d.flags.flag1 = true)
        .since("1.3.0")
        .doc("off", "The first switch of the scheduler."),
    flag("flag-2", |d: &mut ServiceDraft, _| d.flags.flag2 = true)
        .since("1.3.0")
        .doc("off", "The second switch of the scheduler."),
    flag("flag-3", |d: &mut ServiceDraft, _| d.flags.flag3 = true)
        .since("1.3.0")
        .doc("off", "The third switch of the scheduler."),
    own("sh-port", "", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.flags.flag2 |= scheduled(d.scheduler, &[Scheduler::SourceHash], r);
    })
    .since("1.3.0")
    .example("lb_algo sh\n[sh-port]")
    .doc("off", "Lets `sh` look at the port, too. Behind `lb_algo sh`."),
    own("sh-fallback", "", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.flags.flag1 |= scheduled(d.scheduler, &[Scheduler::SourceHash], r);
    })
    .since("1.3.0")
    .example("lb_algo sh\n[sh-fallback]")
    .doc("off", "Lets `sh` take another server if the one it found has no weight. Behind `lb_algo sh`."),
    own("mh-port", "", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.flags.flag2 |= scheduled(d.scheduler, &[Scheduler::Maglev], r);
    })
    .since("2.0.20")
    .example("lb_algo mh\n[mh-port]")
    .doc("off", "Lets `mh` look at the port, too. Behind `lb_algo mh`."),
    own("mh-fallback", "", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.flags.flag1 |= scheduled(d.scheduler, &[Scheduler::Maglev], r);
    })
    .since("2.0.20")
    .example("lb_algo mh\n[mh-fallback]")
    .doc("off", "Lets `mh` take another server if the one it found has no weight. Behind `lb_algo mh`."),
];

const PERSISTENCE: &[Keyword<ServiceDraft>] = &[
    own("persistence_engine", "NAME", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        let Some(name) = r.required(1, "a name") else { return };
        let kept: String = name.chars().take(LONGEST_ENGINE).collect();
        if kept.len() < name.len() {
            let message = format!(
                "the name of a persistence engine has at most {LONGEST_ENGINE} octets; `{kept}` is taken"
            );
            r.report(&word_code::SEVERAL_DEFAULTED, r.at(1), message);
        }
        d.engine = Some(kept.into());
    })
    .since("1.2.20")
    .range("1 to 15 octets")
    .example("persistence_engine sip")
    .doc("none", "A module of the kernel that finds out which packets belong together, such as `sip`."),
    own("persistence_timeout", "[SECONDS]", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.persistence = if r.count() > 1 {
            r.number(1, 1, LONGEST_PERSISTENCE).map(|seconds| Span::from_secs(fit(seconds))).or(d.persistence)
        } else {
            Some(forwarding::USUAL_PERSISTENCE)
        };
    })
    .since("0.5.3")
    .range("1 to 2678400 s")
    .example("persistence_timeout 600")
    .doc("off", "How long a client stays with its server; 360 without a number."),
    own("persistence_granularity", "NETMASK|LENGTH", |d: &mut ServiceDraft, r: &mut Reader<'_>| {
        d.granularity = granularity(d.family.map(|family| family.value), r).or(d.granularity);
    })
    .since("0.5.7")
    .range("length 1 to 128")
    .example("persistence_timeout 600\n[persistence_granularity 255.255.255.0]")
    .doc(
        "each client for itself",
        "Which part of its address makes a client: a mask for IPv4, a prefix length for IPv6.",
    ),
];

const QUORUM: &[Keyword<ServiceDraft>] = &[
    own("quorum_up", COMMAND, |d: &mut ServiceDraft, r: &mut Reader<'_>| first_command(&mut d.quorum_up, r)).since("1.1.16")
        .doc("none", "A command that is run when the quorum is reached."),
    own("quorum_down", COMMAND, |d: &mut ServiceDraft, r: &mut Reader<'_>| first_command(&mut d.quorum_down, r)).since("1.1.16")
        .doc("none", "A command that is run when the quorum is lost."),
    number("quorum", 1, MOST, |d: &mut ServiceDraft, n, at| d.quorum = Some(At::new(fit(n), at))).since("1.1.16").example("quorum 2")
        .doc("1", "The weight that servers need together, or else the service is taken out or given to the sorry server."),
    number("hysteresis", 0, MOST, |d: &mut ServiceDraft, n, at| d.hysteresis = Some(At::new(fit(n), at))).since("1.1.16").example("quorum 2\n[hysteresis 1]")
        .doc("0", "How far above the quorum the weight has to rise for the service to come back, and below it to go."),
    own("sorry_server", "ADDRESS [PORT]", sorry_server).since("0.5.3").range("port 0 to 65535").example("sorry_server 198.51.100.9 80")
        .doc("none", "The server that takes over while the quorum is lost."),
    own("sorry_server_inhibit", "", |d: &mut ServiceDraft, r: &mut Reader<'_>| match &mut d.sorry {
        Some(sorry) => sorry.inhibit = true,
        None => no_sorry_server(r),
    }).since("1.2.13").example("sorry_server 198.51.100.9 80\n[sorry_server_inhibit]")
    .doc("off", "As `inhibit_on_failure`, for the sorry server."),
    own("sorry_server_lvs_method", FORWARDING, |d: &mut ServiceDraft, r: &mut Reader<'_>| match &mut d.sorry {
        Some(sorry) => sorry.forwarding = forwarding::read(r).or(sorry.forwarding),
        None => {
            no_sorry_server(r);
            r.use_all();
        }
    }).since("1.3.6").example("sorry_server 198.51.100.9 80\n[sorry_server_lvs_method DR]")
    .optional()
    .doc("lb_kind", "How packets reach the sorry server."),
];

fn no_sorry_server(r: &mut Reader<'_>) {
    let message = format!("there is no `sorry_server` above this `{}`", r.keyword());
    r.report(&code::NO_SORRY_SERVER, r.at(0), message).label("the line is ignored");
}

/// Whether a word fits the scheduler; says so if not.
fn scheduled(scheduler: Option<Scheduler>, fitting: &[Scheduler], r: &mut Reader<'_>) -> bool {
    let fits = scheduler.is_some_and(|scheduler| fitting.contains(&scheduler));
    if !fits {
        let names: Vec<String> =
            fitting.iter().map(|scheduler| format!("`lb_algo {}`", scheduler.name())).collect();
        let message = format!("`{}` has a meaning only behind {}", r.keyword(), names.join(" or "));
        r.report(&code::OTHER_SCHEDULER, r.at(0), message).label("the line is ignored");
    }
    fits
}

/// A name that has to stand alone.
fn single_name(r: &mut Reader<'_>) -> Option<Box<str>> {
    let name = r.required(1, "a name")?;
    if r.count() > 2 {
        let message = format!("`{}` takes one word", r.keyword());
        r.report(&word_code::TOO_MANY_PARAMETERS, r.at(2), message)
            .help("put a name that contains blanks into double quotes");
        r.use_all();
        return None;
    }
    Some(name.into())
}

fn sorry_server(d: &mut ServiceDraft, r: &mut Reader<'_>) {
    let at = r.at(1);
    let Some((address, port)) = server_address(1, r) else { return };
    d.sorry = Some(SorryDraft { at, address, port, forwarding: None, inhibit: false });
}

/// `ADDRESS [PORT]` from the word `index` on.
fn server_address(index: usize, r: &mut Reader<'_>) -> Option<(IpAddr, Option<u16>)> {
    let Some(address) = r.address(index) else {
        let joined = r.peek_arg(index).and_then(|text| text.rsplit_once(':'));
        if joined.is_some_and(|(address, _)| address.parse::<Ipv4Addr>().is_ok())
            && let Some(problem) = r.diagnostics.last_mut()
        {
            problem.help("the port is a word of its own");
        }
        r.use_all();
        return None;
    };
    let port = match r.peek_arg(index + 1) {
        None => None,
        Some(_) => Some(fit(r.number(index + 1, 0, 65_535)?)),
    };
    Some((address, port.filter(|port| *port != 0)))
}

fn granularity(family: Option<Family>, r: &mut Reader<'_>) -> Option<At<Granularity>> {
    let at = r.at(1);
    if family == Some(Family::V6) {
        return r.number(1, 1, 128).map(|length| At::new(Granularity::Prefix(fit(length)), at));
    }
    let text = r.required(1, "a network mask")?;
    let Some(mask) = address_of_c(text) else {
        let message = format!("`{text}` is no network mask");
        r.report(&word_code::BAD_ADDRESS, at, message).label("expected a mask such as 255.255.255.0");
        return None;
    };
    if mask.to_bits().leading_ones() + mask.to_bits().trailing_zeros() != 32 {
        let message = format!("`{text}` means the mask {mask}, which is no network");
        r.report(&code::ODD_MASK, at, message).help("write the mask in full, such as 255.255.255.0");
    }
    Some(At::new(Granularity::Mask(mask), at))
}

/// An IPv4 address as inet_aton(3) reads it: one to four numbers, the last of which fills the rest.
fn address_of_c(text: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u64> = text.split('.').map(c_number).collect::<Option<_>>()?;
    let (last, front) = numbers.split_last().filter(|(_, front)| front.len() < 4)?;
    let rest = 8 * (4 - front.len());
    if front.iter().any(|number| *number > 255) || *last >= 1_u64 << rest {
        return None;
    }
    let front_bits = front.iter().fold(0, |bits, number| bits << 8 | number);
    u32::try_from(front_bits << rest | last).ok().map(Ipv4Addr::from_bits)
}

/// Reads a service.
pub(super) fn service(draft: &mut Draft, r: &mut Reader<'_>) {
    let at = r.line();
    let Some((entrance, family)) = entrance(r) else { return r.skip() };
    let mut service = ServiceDraft::new(entrance, at);
    service.family = family;
    service.end = r.block(&SERVICE, &mut service);
    draft.services.push(service);
}

/// What a service listens to, and the family if that tells it.
fn entrance(r: &mut Reader<'_>) -> Option<(Entrance, Option<At<Family>>)> {
    match r.required(1, "an address, `fwmark` or `group`")? {
        "fwmark" => {
            let mark = r.number(2, 0, MOST)?;
            Some((Entrance::Mark(fit(mark)), None))
        }
        "group" => {
            let name = r.required(2, "the name of a virtual_server_group")?;
            Some((Entrance::Group(name.into()), None))
        }
        _ => {
            let at = r.at(1);
            let (address, port) = server_address(1, r)?;
            Some((Entrance::Address(address, port.unwrap_or(0)), Some(At::new(Family::of(address), at))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_c_have_one_to_four_numbers() {
        let found = |text| address_of_c(text).map(|address| address.to_string());
        assert_eq!(found("255.255.255.0"), Some("255.255.255.0".into()));
        assert_eq!(found("24"), Some("0.0.0.24".into()));
        assert_eq!(found("0xffffff00"), Some("255.255.255.0".into()));
        assert_eq!(found("1.5"), Some("1.0.0.5".into()));
        assert_eq!(found("010.1.2"), Some("8.1.0.2".into()));
        for text in ["", "x", "1.2.3.4.5", "256.1", "1.2.3.256", "4294967296", "-1"] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
