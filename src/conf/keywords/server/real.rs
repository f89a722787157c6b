//! `real_server`: a server of an IPVS service.

use super::forwarding::{self, FORWARDING};
use super::timing::Rows;
use crate::base::addr::Family;
use crate::conf::draft::{At, KindDraft, ServerDraft, ServiceDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::keywords::check::{self, http, local, packet, smtp};
use crate::conf::keywords::global::first_command;
use crate::conf::keywords::{MOST, MOST_SIGNED, fit, number, own, switch, text};
use crate::conf::model::check::{Entrance, Forwarding};
use crate::conf::reader::Reader;

pub(in crate::conf::keywords) static SERVER: Section<ServerDraft> = Section::new(
    "real_server",
    &[ROWS, Rows::<ServerDraft>::TIMES, &[Rows::<ServerDraft>::TIMEOUT, Rows::<ServerDraft>::ALPHA], CHECKS],
)
.stored();

const COMMAND: &str = "COMMAND [USER [[:]GROUP]]";

const ROWS: &[Keyword<ServerDraft>] = &[
    number("weight", 0, MOST_SIGNED, |d: &mut ServerDraft, n, _| d.weight = Some(fit(n)))
        .since("0.5.3")
        .doc("as in the virtual server", "How much of the load the server gets."),
    own("lvs_method", FORWARDING, |d: &mut ServerDraft, r: &mut Reader<'_>| {
        d.forwarding = forwarding::read(r).or(d.forwarding);
    })
    .since("1.3.6")
    .example("lvs_method DR")
    .doc("as in the virtual server", "How packets reach the server."),
    number("uthreshold", 0, MOST, |d: &mut ServerDraft, n, _| d.upper = fit(n))
        .since("1.1.13")
        .doc("0", "With this many connections the server gets no more; 0: no limit."),
    number("lthreshold", 0, MOST, |d: &mut ServerDraft, n, _| d.lower = fit(n))
        .since("1.1.13")
        .example("uthreshold 100\n[lthreshold 80]")
        .doc("0", "With this many connections a full server gets some again."),
    switch("inhibit_on_failure", |d: &mut ServerDraft, on, _| d.inhibit = Some(on))
        .since("0.6.8")
        .doc("as in the virtual server", "While the server is down it stays in the table with weight 0."),
    own("notify_up", COMMAND, |d: &mut ServerDraft, r: &mut Reader<'_>| {
        d.notify_up = r.command().map(Box::new);
    })
    .since("1.0.0")
    .doc("none", "A command that is run when the server comes up."),
    own("notify_down", COMMAND, |d: &mut ServerDraft, r: &mut Reader<'_>| {
        first_command(&mut d.notify_down, r);
    })
    .since("1.0.0")
    .doc("none", "A command that is run when the server goes down."),
    switch("smtp_alert", |d: &mut ServerDraft, on, _| d.mail = Some(on))
        .since("2.0.0")
        .doc("smtp_alert of global_defs, else on", "Sends mail when the server comes up or goes down."),
    text("virtualhost", "NAME", |d: &mut ServerDraft, name, _| d.virtualhost = Some(name.into()))
        .since("1.3.6")
        .example("virtualhost www.example.net")
        .optional()
        .doc("as in the virtual server", "The host that HTTP_GET and SSL_GET ask for."),
    own("snmp_name", "NAME", |d: &mut ServerDraft, r: &mut Reader<'_>| {
        d.snmp_name = super::single_name(r).or(d.snmp_name.take());
    })
    .since("2.2.3")
    .example("snmp_name web1")
    .optional()
    .doc("none", "The name of the server in SNMP."),
];

const CHECKS: &[Keyword<ServerDraft>] = &[
    own("HTTP_GET", "{ ... }", |d: &mut ServerDraft, r: &mut Reader<'_>| http::check(d, false, r))
        .since("0.5.3")
        .example("HTTP_GET {\n    url {\n        path /health\n        status_code 200\n    }\n}")
        .doc("none", "Fetches pages. All checks of a server have to be good for it to be up."),
    own("SSL_GET", "{ ... }", |d: &mut ServerDraft, r: &mut Reader<'_>| http::check(d, true, r))
        .since("0.5.3")
        .example("SSL_GET {\n    url {\n        path /health\n        status_code 200\n    }\n}")
        .doc("none", "Fetches pages through TLS. Certificates are not verified."),
    own("TCP_CHECK", "{ ... }", |d: &mut ServerDraft, r: &mut Reader<'_>| {
        check::read(d, (), &check::TCP, |()| KindDraft::Tcp, r);
    })
    .since("0.5.3")
    .doc("none", "Opens a connection."),
    own("SMTP_CHECK", "{ ... }", smtp::check).since("1.1.8").doc("none", "Greets a mail server."),
    own("DNS_CHECK", "{ ... }", packet::dns).since("1.3.0").doc("none", "Asks a name server."),
    own("MISC_CHECK", "{ ... }", local::command)
        .since("0.5.3")
        .example("MISC_CHECK {\n    misc_path /usr/bin/true\n}")
        .doc("none", "Runs a command."),
    own("UDP_CHECK", "{ ... }", packet::udp)
        .since("2.1.0")
        .doc("none", "Sends a datagram, and waits for an answer or an error."),
    own("PING_CHECK", "{ ... }", |d: &mut ServerDraft, r: &mut Reader<'_>| {
        check::read(d, (), &check::PING, |()| KindDraft::Ping, r);
    })
    .since("2.1.0")
    .doc("none", "Sends an ICMP echo request."),
    own("FILE_CHECK", "{ ... }", local::file)
        .since("2.1.0")
        .example("FILE_CHECK {\n    track_file drain\n}")
        .doc("none", "Looks at a tracked file."),
    own("BFD_CHECK", "{ ... }", local::bfd)
        .since("2.0.0")
        .example("BFD_CHECK {\n    name router\n}")
        .doc("none", "Looks at a BFD session."),
];

/// Reads a server.
pub(super) fn server(d: &mut ServiceDraft, r: &mut Reader<'_>) {
    let at = r.line();
    let Some((address, port)) = super::server_address(1, r) else { return r.skip() };
    let tunnelled = d.forwarding.is_some_and(Forwarding::is_tunnel);
    if !matches!(d.entrance, Entrance::Address(..)) && !tunnelled {
        d.family.get_or_insert(At::new(Family::of(address), r.at(1)));
    }
    let mut server = ServerDraft::new(address, port, at);
    server.end = r.block(&SERVER, &mut server);
    d.servers.push(server);
}
