//! Mail, packet filters, SNMP, D-Bus, receive buffers, interfaces.

use std::net::{IpAddr, Ipv4Addr};

use super::daemon::too_many;
use crate::conf::diag::code::words as code;
use crate::conf::draft::GlobalDraft;
use crate::conf::env::Presence;
use crate::conf::keyword::{Keyword, Parity};
use crate::conf::keywords::{MOST, fit, flag, interface, number, own, seconds, switch, text, whole};
use crate::conf::model::settings::{BufferPolicy, MailSecurity};
use crate::conf::reader::{Reader, c_number};

/// The table of nftables if nobody says.
const NFTABLES: &str = "keepalived";
/// The port of SMTP.
const SMTP: i64 = 25;

pub(super) const ROWS: &[Keyword<GlobalDraft>] = &[
    own("notification_email", "{ ADDRESS ... }", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        let (at, before) = (r.at(0), d.settings.mail.to.len());
        let end = r.entries(|r| {
            for index in 0..r.count() {
                d.settings.mail.to.extend(r.arg(index).map(Into::into));
            }
        });
        if d.settings.mail.to.len() == before {
            r.report(&code::EMPTY_BLOCK, at, "nobody gets mail").also(end, "the list ends here");
        }
    })
    .since("0.5.3")
    .example("notification_email {\n    ops@example.net\n}")
    .doc("none", "Who gets mail."),
    text("notification_email_from", "ADDRESS", |d: &mut GlobalDraft, text, _| {
        d.settings.mail.from = Some(text.into());
    })
    .since("0.5.3")
    .example("notification_email_from lb1@example.net")
    .optional()
    .doc("USER@HOST", "Who mail comes from."),
    own("smtp_server", "ADDRESS|NAME [PORT]", smtp_server)
        .since("0.5.3")
        .range("port 1 to 65535")
        .example("smtp_server 192.0.2.25 25")
        .doc("none", "The mail server; without one no mail is sent. Its port is 25."),
    own("smtp_helo_name", "NAME", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.mail.helo = r.arg(1).map(Into::into);
    })
    .since("1.2.20")
    .example("smtp_helo_name lb1.example.net")
    .doc("the host name", "The name in the HELO of mails."),
    own("smtp_connect_timeout", "SECONDS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        let Some(n) = r.number(1, 0, 4294) else { return };
        if n == 0 {
            r.report(
                &code::SEVERAL_DEFAULTED,
                r.at(1),
                "a mail server cannot answer in no time; 1 s is taken",
            );
        }
        d.settings.mail.timeout = whole(n.max(1));
    })
    .since("0.5.3")
    .range("1 to 4294 s")
    .example("smtp_connect_timeout 10")
    .doc("30", "How many seconds the mail server may take."),
    own("smtp_tls", "none|starttls|tls", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        let choices =
            [("none", MailSecurity::None), ("starttls", MailSecurity::StartTls), ("tls", MailSecurity::Tls)];
        d.settings.mail.security = r.choice(1, &choices).unwrap_or(d.settings.mail.security);
    })
    .since("keepalived-rs 0.1.0")
    .example("smtp_tls starttls")
    .doc(
        "none",
        "Encrypts mail: with `starttls` after asking the server to, with `tls` from the start (port 465). Its \
         certificate has to be valid for the name in `smtp_server`.",
    ),
    text("smtp_user", "NAME", |d: &mut GlobalDraft, text, _| d.settings.mail.user = Some(text.into()))
        .since("keepalived-rs 0.1.0")
        .example("smtp_user lb1")
        .doc("none", "The name to log in to the mail server with; only where `smtp_tls` encrypts."),
    text("smtp_password_file", "PATH", |d: &mut GlobalDraft, text, _| {
        d.settings.mail.password_file = Some(std::path::Path::new(text).into());
    })
    .since("keepalived-rs 0.1.0")
    .example("smtp_password_file /etc/keepalived/smtp_password")
    .doc(
        "none",
        "The file whose first line is the password for `smtp_user`. It is read for every mail.",
    ),
    switch("smtp_alert", |d: &mut GlobalDraft, on, _| d.settings.mail.alert = Some(on))
        .since("2.0.0")
        .doc("off", "Whether changes are told by mail."),
    switch("smtp_alert_vrrp", |d: &mut GlobalDraft, on, _| d.settings.mail.alert_vrrp = Some(on))
        .since("2.0.0")
        .doc("smtp_alert", "Whether changes of instances and groups are told by mail."),
    switch("smtp_alert_checker", |d: &mut GlobalDraft, on, _| d.settings.mail.alert_checker = Some(on))
        .since("2.0.0")
        .parity(Parity::Stored)
        .doc("smtp_alert", "Whether changes of services and servers are told by mail."),
    flag("no_email_faults", |d: &mut GlobalDraft, _| d.settings.mail.without_faults = true)
        .since("2.0.0")
        .doc("off", "Sends no mail for FAULT."),
    switch("no_checker_emails", |d: &mut GlobalDraft, on, _| d.settings.mail.without_checkers = on)
        .since("2.0.0")
        .parity(Parity::Stored)
        .doc("off", "Sends mail for services only, not for each check."),
    switch("checker_log_all_failures", |d: &mut GlobalDraft, on, _| d.settings.log_all_failures = on)
        .since("2.0.11")
        .parity(Parity::Stored)
        .doc("off", "Logs every failed check, not only changes."),
    switch("rs_init_notifies", |d: &mut GlobalDraft, on, _| d.settings.rs_init_notifies = on)
        .since("2.0.0")
        .parity(Parity::Stored)
        .doc("off", "Notifies of the state that real servers start in."),
    interface("default_interface", |d: &mut GlobalDraft, name, _| d.settings.interfaces.default = Some(name))
        .since("1.2.24")
        .optional()
        .doc("eth0", "The interface of static addresses without `dev`."),
    flag("disable_local_igmp", |d: &mut GlobalDraft, _| d.settings.interfaces.no_local_igmp = true)
        .since("2.2.0")
        .doc("off", "Keeps the kernel from reporting memberships in link-local groups of IPv4 while the daemon runs; MAC-VLANs need no \
             firewall for that then."),
    text("vmac_prefix", "PREFIX", |d: &mut GlobalDraft, text, _| {
        d.settings.interfaces.vmac_prefix = Some(text.into());
    })
    .since("2.2.0")
    .example("vmac_prefix vr")
    .doc("vrrp", "How the names of MAC-VLANs start."),
    text("vmac_addr_prefix", "PREFIX", |d: &mut GlobalDraft, text, _| {
        d.settings.interfaces.vmac_addr_prefix = Some(text.into());
    })
    .since("2.2.0")
    .example("vmac_addr_prefix va")
    .doc("vmac_prefix", "How the names of MAC-VLANs of single addresses start."),
    own("vrrp_iptables", "[INPUT [OUTPUT]]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        let input = r.arg(1).unwrap_or("INPUT");
        let output = r.arg(2).unwrap_or(if r.count() > 1 { "" } else { "OUTPUT" });
        d.settings.firewall.iptables = Some((input.into(), output.into()));
        d.settings.firewall.nftables.get_or_insert_with(|| NFTABLES.into());
        d.nftables_at.get_or_insert(r.at(0));
        r.report(&code::NFTABLES_INSTEAD, r.at(0), "there is no support for iptables; nftables is used")
            .help("write `nftables` in place of `vrrp_iptables` and `vrrp_ipsets`");
    })
    .since("1.2.20")
    .example("vrrp_iptables KA_IN KA_OUT")
    .parity(Parity::NoEffect("nftables is used in its place"))
    .doc("off", "Filters with iptables, in the given chains. nftables is used in its place."),
    own("vrrp_ipsets", "[NAME ...]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        let names = (1..r.count()).filter_map(|index| r.arg(index).map(Into::into)).collect();
        d.settings.firewall.ipsets = Some(names);
        r.report(&code::NFTABLES_INSTEAD, r.at(0), "there is no support for ipsets; nftables is used");
    })
    .since("1.2.20")
    .example("vrrp_ipsets ka4 ka6")
    .parity(Parity::NoEffect("nftables is used in their place"))
    .doc(
        "used with iptables",
        "The names of the ipsets that go with iptables. nftables is used in their place.",
    ),
    own("nftables", "[TABLE]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        let at = r.at(0);
        let table = r.arg(1).unwrap_or(NFTABLES);
        if let Some(first) = d.nftables_at {
            r.report(&code::GIVEN_TWICE, at, "`nftables` is given twice; this one is ignored")
                .also(first, "first here");
            return;
        }
        d.nftables_at = Some(at);
        d.settings.firewall.nftables = Some(table.into());
    })
    .since("2.0.11")
    .example("nftables lb")
    .doc("keepalived, when needed", "Filters with nftables, in a table of this name."),
    number("nftables_priority", I32_MIN, I32_MAX, |d: &mut GlobalDraft, n, _| {
        d.settings.firewall.priority = Some(fit(n));
    })
    .since("2.0.11")
    .example("nftables_priority -10")
    .doc("-1", "The priority of the chains."),
    flag("nftables_ifindex", |d: &mut GlobalDraft, _| d.settings.firewall.by_ifindex = true)
        .since("2.0.11")
        .parity(Parity::NoEffect("interfaces are always matched by number"))
        .doc("off", "Matches interfaces by number, not by name."),
    flag("nftables_counters", |d: &mut GlobalDraft, _| d.settings.firewall.counters = true)
        .since("2.0.11")
        .doc("off", "Lets the rules count."),
    own("nftables_ipvs", "[TABLE]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.settings.firewall.ipvs = Some(r.arg(1).unwrap_or("keepalived_ipvs").into());
    })
    .since("2.2.2")
    .example("nftables_ipvs lb_ipvs")
    .parity(Parity::Stored)
    .doc("off", "Marks the packets of virtual_server_group entries with nftables."),
    number("nftables_ipvs_priority", I32_MIN, I32_MAX, |d: &mut GlobalDraft, n, _| {
        d.settings.firewall.ipvs_priority = Some(fit(n));
    })
    .since("2.2.2")
    .example("nftables_ipvs_priority -10")
    .parity(Parity::Stored)
    .doc("-1", "The priority of that chain."),
    number("nftables_ipvs_start_fwmark", 1, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.firewall.ipvs_first_mark = Some(fit(n));
    })
    .since("2.2.2")
    .parity(Parity::Stored)
    .doc("1000", "The first mark that is used for that."),
    own("snmp_socket", "ADDRESS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        if !too_many(r) {
            d.settings.snmp.socket = r.required(1, "an address").map(Into::into);
        }
    })
    .since("1.2.20")
    .example("snmp_socket unix:/run/snmp/agentx")
    .optional()
    .parity(Parity::Stored)
    .doc("unix:/var/agentx/master", "Where the SNMP agent listens."),
    flag("enable_traps", |d: &mut GlobalDraft, _| d.settings.snmp.traps = true)
        .since("1.2.5")
        .parity(Parity::Stored)
        .doc("off", "Sends SNMP notifications."),
    flag("enable_snmp_vrrp", |d: &mut GlobalDraft, _| d.settings.snmp.vrrp = true)
        .since("2.0.0")
        .alias(&["enable_snmp_keepalived"])
        .parity(Parity::Stored)
        .doc("off", "Serves the VRRP part of the KEEPALIVED-MIB."),
    flag("enable_snmp_checker", |d: &mut GlobalDraft, _| d.settings.snmp.checker = true)
        .since("1.2.20")
        .parity(Parity::Stored)
        .doc("off", "Serves the part of the health checkers of the KEEPALIVED-MIB."),
    flag("enable_snmp_rfc", |d: &mut GlobalDraft, _| {
        (d.settings.snmp.rfc2787, d.settings.snmp.rfc6527) = (true, true);
    })
    .since("1.2.20")
    .parity(Parity::Stored)
    .doc("off", "Serves the MIBs of RFC 2787 and RFC 6527."),
    flag("enable_snmp_rfcv2", |d: &mut GlobalDraft, _| d.settings.snmp.rfc2787 = true)
        .since("1.2.20")
        .parity(Parity::Stored)
        .doc("off", "Serves the MIB of RFC 2787."),
    flag("enable_snmp_rfcv3", |d: &mut GlobalDraft, _| d.settings.snmp.rfc6527 = true)
        .since("1.2.20")
        .parity(Parity::Stored)
        .doc("off", "Serves the MIB of RFC 6527."),
    seconds("snmp_vs_stats_update_interval", 1000, 30_000_000, |d: &mut GlobalDraft, span, _| {
        d.settings.snmp.service_age = Some(span);
    })
    .since("2.3.0")
    .example("snmp_vs_stats_update_interval 10")
    .parity(Parity::Stored)
    .doc("5", "How old statistics of services may be."),
    seconds("snmp_rs_stats_update_interval", 1000, 30_000_000, |d: &mut GlobalDraft, span, _| {
        d.settings.snmp.server_age = Some(span);
    })
    .since("2.3.0")
    .example("snmp_rs_stats_update_interval 10")
    .parity(Parity::Stored)
    .doc("snmp_vs_stats_update_interval", "How old statistics of servers may be."),
    flag("enable_dbus", |d: &mut GlobalDraft, _| d.settings.dbus.enabled = true)
        .since("1.3.0")
        .parity(Parity::Stored)
        .doc("off", "Offers the D-Bus interface."),
    text("dbus_service_name", "NAME", |d: &mut GlobalDraft, text, _| {
        d.settings.dbus.service_name = Some(text.into());
    })
    .since("1.3.7")
    .example("dbus_service_name net.example.Vrrp")
    .optional()
    .parity(Parity::Stored)
    .doc("org.keepalived.Vrrp1", "Its name on the bus."),
    text("dbus_no_interface_name", "NAME", |d: &mut GlobalDraft, text, _| {
        d.settings.dbus.no_interface_name = Some(text.into());
    })
    .since("2.3.0")
    .example("dbus_no_interface_name nowhere")
    .parity(Parity::Stored)
    .doc("none", "What stands for the interface of an instance without one."),
    number("vrrp_netlink_cmd_rcv_bufs", 0, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.buffers.vrrp_command.size = fit(n);
    })
    .since("2.0.0")
    .optional()
    .doc("that of the system", "Receive buffer of netlink commands."),
    switch("vrrp_netlink_cmd_rcv_bufs_force", |d: &mut GlobalDraft, on, _| {
        d.settings.buffers.vrrp_command.force = on;
    })
    .since("2.0.0")
    .doc("off", "Beyond the limit of the system."),
    number("vrrp_netlink_monitor_rcv_bufs", 0, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.buffers.vrrp_monitor.size = fit(n);
    })
    .since("2.0.0")
    .optional()
    .doc("that of the system", "Receive buffer of netlink events."),
    switch("vrrp_netlink_monitor_rcv_bufs_force", |d: &mut GlobalDraft, on, _| {
        d.settings.buffers.vrrp_monitor.force = on;
    })
    .since("2.0.0")
    .doc("off", "Beyond the limit of the system."),
    number("process_monitor_rcv_bufs", 0, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.buffers.process_monitor.size = fit(n);
    })
    .since("2.0.11")
    .optional()
    .doc("that of the system", "Receive buffer of process events."),
    switch("process_monitor_rcv_bufs_force", |d: &mut GlobalDraft, on, _| {
        d.settings.buffers.process_monitor.force = on;
    })
    .since("2.0.11")
    .doc("off", "Beyond the limit of the system."),
    number("lvs_netlink_cmd_rcv_bufs", 0, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.buffers.lvs_command.size = fit(n);
    })
    .since("2.0.0")
    .optional()
    .parity(Parity::Stored)
    .doc("that of the system", "Receive buffer of netlink commands of the health checkers."),
    switch("lvs_netlink_cmd_rcv_bufs_force", |d: &mut GlobalDraft, on, _| {
        d.settings.buffers.lvs_command.force = on;
    })
    .since("2.0.0")
    .parity(Parity::Stored)
    .doc("off", "Beyond the limit of the system."),
    number("lvs_netlink_monitor_rcv_bufs", 0, MOST, |d: &mut GlobalDraft, n, _| {
        d.settings.buffers.lvs_monitor.size = fit(n);
    })
    .since("2.0.0")
    .optional()
    .parity(Parity::Stored)
    .doc("that of the system", "Receive buffer of netlink events of the health checkers."),
    switch("lvs_netlink_monitor_rcv_bufs_force", |d: &mut GlobalDraft, on, _| {
        d.settings.buffers.lvs_monitor.force = on;
    })
    .since("2.0.0")
    .parity(Parity::Stored)
    .doc("off", "Beyond the limit of the system."),
    own("vrrp_rx_bufs_policy", "MTU|ADVERT|OCTETS", buffer_policy)
        .since("2.0.3")
        .range("0 to 4294967295 octets")
        .example("vrrp_rx_bufs_policy MTU")
        .optional()
        .parity(Parity::NoEffect(super::super::ONE_SOCKET))
        .doc("that of the system", "How receive buffers for VRRP are sized."),
    own("vrrp_rx_bufs_multiplier", "NUMBER", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        if !too_many(r)
            && let Some(number) = r.number(1, 1, MOST)
        {
            d.settings.buffers.multiplier = fit(number);
        }
    })
    .since("2.0.3")
    .range("1 to 4294967295")
    .example("vrrp_rx_bufs_multiplier 4")
    .optional()
    .parity(Parity::NoEffect(super::super::ONE_SOCKET))
    .doc("3", "The multiplier of that policy."),
];

const I32_MIN: i64 = -2_147_483_648;
const I32_MAX: i64 = 2_147_483_647;

fn smtp_server(d: &mut GlobalDraft, r: &mut Reader<'_>) {
    let Some(host) = r.required(1, "a mail server") else { return };
    let port = if r.count() > 2 { r.number(2, 1, 65_535) } else { Some(SMTP) };
    let known = host.parse::<IpAddr>().is_ok()
        || old_ipv4(host).is_some()
        || r.env.resolves(host) != Presence::Absent;
    if !known {
        let message = format!("the mail server `{host}` has no address");
        r.report(&code::UNKNOWN_HOST, r.at(1), message)
            .help("no mail will be sent; check the name, or write an address");
    } else if let Some(port) = port {
        d.settings.mail.server = Some((host.into(), fit(port)));
    }
}

/// An IPv4 address as of old, with fewer parts and numbers of C: `127.1`.
fn old_ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = text.split('.').map(c_number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 255) {
        return None;
    }
    let room = 32 - 8 * u32::try_from(first.len()).ok()?;
    let high = first.iter().fold(0_u64, |all, part| all << 8 | part) << room;
    (*last < 1 << room).then(|| u32::try_from(high | last).ok().map(Ipv4Addr::from))?
}

fn buffer_policy(d: &mut GlobalDraft, r: &mut Reader<'_>) {
    let Some(word) = r.required(1, "a policy") else { return };
    d.settings.buffers.policy = match word {
        word if word.eq_ignore_ascii_case("MTU") => Some(BufferPolicy::Mtu),
        word if word.eq_ignore_ascii_case("ADVERT") => Some(BufferPolicy::Advert),
        _ => r.number(1, 0, MOST).map(|size| BufferPolicy::Octets(fit(size))),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_old() {
        assert_eq!(old_ipv4("127.1"), Some(Ipv4Addr::LOCALHOST));
        assert_eq!(old_ipv4("1"), Some(Ipv4Addr::new(0, 0, 0, 1)));
        assert_eq!(old_ipv4("1.2.0x304"), Some(Ipv4Addr::new(1, 2, 3, 4)));
        for text in ["1.2.3.4.5", "256.1", "x", "", "1.23456789", "99999999999"] {
            assert_eq!(old_ipv4(text), None, "{text}");
        }
    }
}
