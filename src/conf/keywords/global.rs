//! `global_defs`.

use std::net::IpAddr;

use super::{
    LONGEST, MOST, MOST_SIGNED, fit, flag, later, later_block, number, own, repetitions, switch, text,
};
use crate::base::addr::Family;
use crate::base::id::Version;
use crate::base::time::Span;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, FifoDraft, GlobalDraft};
use crate::conf::keyword::{Keyword, Parity, Section};
use crate::conf::reader::Reader;

pub(super) static GLOBAL: Section<GlobalDraft> = Section::new("global_defs", ROWS);

const ROWS: &[Keyword<GlobalDraft>] = &[
    text("router_id", "TEXT", |d: &mut GlobalDraft, text, _| d.router_id = Some(text.into()))
        .optional()
        .doc("the host name", "What this host is called in mails and by SNMP."),
    own("vrrp_mcast_group4", "ADDRESS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        if let Some(IpAddr::V4(group)) = group(Family::V4, r) {
            d.group4 = Some(group);
        }
    })
    .doc("224.0.0.18", "The IPv4 group that advertisements go to."),
    own("vrrp_mcast_group6", "ADDRESS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        if let Some(IpAddr::V6(group)) = group(Family::V6, r) {
            d.group6 = Some(group);
        }
    })
    .doc("ff02::12", "The IPv6 group that advertisements go to."),
    own("vrrp_version", "2|3", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.version = r.choice(1, &[("2", Version::V2), ("3", Version::V3)]).or(d.version);
    })
    .doc("2", "The version of VRRP for IPv4 where an instance does not say."),
    switch("vrrp_strict", |d: &mut GlobalDraft, on, _| d.strict = on).doc(
        "off",
        "Default of `strict_mode`. Strict mode also drops traffic to the addresses, and refuses unicast.",
    ),
    number("vrrp_garp_master_delay", 0, 4294, |d: &mut GlobalDraft, n, _| d.garp.delay = Some(whole(n)))
        .doc("5", "Default of `garp_master_delay`."),
    own("vrrp_garp_master_repeat", "NUMBER", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.garp.repeat = repetitions(r).or(d.garp.repeat);
    })
    .doc("5", "Default of `garp_master_repeat`."),
    number("vrrp_garp_master_refresh", 0, MOST, |d: &mut GlobalDraft, n, _| d.garp.refresh = Some(whole(n)))
        .doc("0", "Default of `garp_master_refresh`."),
    own("vrrp_garp_master_refresh_repeat", "NUMBER", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.garp.refresh_repeat = repetitions(r).or(d.garp.refresh_repeat);
    })
    .doc("1", "Default of `garp_master_refresh_repeat`."),
    number("vrrp_garp_lower_prio_delay", 0, 4294, |d: &mut GlobalDraft, n, at| {
        d.garp.lower_prio_delay = Some(At::new(whole(n), at));
    })
    .doc("vrrp_garp_master_delay", "Default of `garp_lower_prio_delay`."),
    number("vrrp_garp_lower_prio_repeat", 0, MOST_SIGNED, |d: &mut GlobalDraft, n, at| {
        d.garp.lower_prio_repeat = Some(At::new(fit(n), at));
    })
    .doc("vrrp_garp_master_repeat", "Default of `garp_lower_prio_repeat`."),
    switch("vrrp_min_garp", |d: &mut GlobalDraft, on, _| {
        if on {
            minimal_garp(d);
        }
    })
    .doc(
        "off",
        "Announces each address once and never again. Only changes what has not been set on a line above.",
    ),
    own("vrrp_garp_interval", "SECONDS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.garp_interval = pause(r).unwrap_or(d.garp_interval);
    })
    .doc("0", "The least time between two gratuitous ARPs on one interface."),
    own("vrrp_gna_interval", "SECONDS", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.gna_interval = pause(r).unwrap_or(d.gna_interval);
    })
    .doc("0", "The least time between two unsolicited neighbour advertisements on one interface."),
    number("vrrp_down_timer_adverts", 1, 100, |d: &mut GlobalDraft, n, _| {
        d.down_timer_adverts = Some(fit(n));
    })
    .doc("3", "Default of `down_timer_adverts`."),
    switch("vrrp_lower_prio_no_advert", |d: &mut GlobalDraft, on, _| d.lower_prio_no_advert = on)
        .doc("off", "Default of `lower_prio_no_advert`."),
    switch("vrrp_higher_prio_send_advert", |d: &mut GlobalDraft, on, _| d.higher_prio_send_advert = on)
        .doc("off", "Default of `higher_prio_send_advert`."),
    switch("vrrp_skip_check_adv_addr", |d: &mut GlobalDraft, on, _| d.skip_check_adv_addr = on)
        .doc("off", "Default of `skip_check_adv_addr`."),
    switch("vrrp_owner_ignore_adverts", |d: &mut GlobalDraft, on, _| d.owner_ignore_adverts = on)
        .doc("off", "Default of `owner_ignore_adverts`."),
    switch("v3_checksum_as_v2", |d: &mut GlobalDraft, on, _| d.v3_checksum_as_v2 = on)
        .doc("off", "Default of `v3_checksum_as_v2` of instances."),
    flag("vrrp_check_unicast_src", |d: &mut GlobalDraft, _| d.check_unicast_src = true)
        .doc("off", "Default of `check_unicast_src`."),
    switch("vrrp_notify_priority_changes", |d: &mut GlobalDraft, on, _| d.notify_priority_changes = on)
        .doc("off", "Default of `notify_priority_changes`."),
    flag("log_unknown_vrids", |d: &mut GlobalDraft, _| d.log_unknown_vrids = true)
        .doc("off", "Says so when an advertisement for no instance of ours arrives."),
    own("dynamic_interfaces", "[allow_if_changes]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        match r.arg(1) {
            None | Some("allow_if_changes") => d.dynamic_interfaces = true,
            Some(word) => {
                let message = format!("`{word}` is no option of `dynamic_interfaces`");
                r.report(&code::UNKNOWN_OPTION, r.at(1), message).label("expected allow_if_changes");
                d.dynamic_interfaces = true;
            }
        }
    })
    .doc("off", "Interfaces may appear later; instances wait for them in FAULT."),
    own("notify_fifo", FIFO, |d: &mut GlobalDraft, r: &mut Reader<'_>| fifo(&mut d.notify_fifo, r))
        .optional()
        .doc(
            "none",
            "A named pipe that gets a line for every change of state. It is made if it is not there.",
        ),
    own("vrrp_notify_fifo", FIFO, |d: &mut GlobalDraft, r: &mut Reader<'_>| fifo(&mut d.vrrp_notify_fifo, r))
        .optional()
        .doc("none", "The same for instances and groups only."),
    own("script_user", "USER [[:]GROUP]", |d: &mut GlobalDraft, r: &mut Reader<'_>| {
        d.script_user = r.run_by(1).or(d.script_user.take());
    })
    .optional()
    .doc(
        "keepalived_script if there is such a user, else the user of the daemon",
        "Who runs commands that name nobody.",
    ),
    flag("enable_script_security", |d: &mut GlobalDraft, _| d.script_security = true)
        .doc("off", "Does not run a command as root if anybody else could change it."),
    later("lvs_notify_fifo", FIFO).optional().doc("none", "The same for IPVS services and servers only."),
    later("notify_fifo_script", COMMAND)
        .optional()
        .doc("none", "A command that reads `notify_fifo`; keepalived starts it."),
    later("vrrp_notify_fifo_script", COMMAND)
        .optional()
        .doc("none", "A command that reads `vrrp_notify_fifo`; keepalived starts it."),
    later("lvs_notify_fifo_script", COMMAND)
        .optional()
        .doc("none", "A command that reads `lvs_notify_fifo`; keepalived starts it."),
    later("fifo_write_vrrp_states_on_reload", "")
        .doc("off", "Repeats all states on the pipes after a reload."),
    later("use_symlink_paths", "[on|off]")
        .doc("off", "Runs commands by the path as written, not by the resolved one."),
    later("set_supplementary_groups", "[on|off]")
        .doc("off", "Gives commands the supplementary groups of their user."),
    later_block("notification_email", "{ ADDRESS ... }").doc("none", "Who gets mail."),
    later("notification_email_from", "ADDRESS").optional().doc("USER@HOST", "Who mail comes from."),
    later("smtp_server", "ADDRESS|NAME [PORT]")
        .doc("none", "The mail server; without one no mail is sent. Its port is 25."),
    later("smtp_helo_name", "NAME").doc("the host name", "The name in the HELO of mails."),
    later("smtp_connect_timeout", "SECONDS").doc("30", "How long the mail server may take."),
    later("smtp_alert", "[on|off]").doc("off", "Whether changes are told by mail."),
    later("smtp_alert_vrrp", "[on|off]")
        .doc("smtp_alert", "Whether changes of instances and groups are told by mail."),
    later("smtp_alert_checker", "[on|off]")
        .doc("smtp_alert", "Whether changes of services and servers are told by mail."),
    later("no_email_faults", "").doc("off", "Sends no mail for FAULT."),
    later("no_checker_emails", "[on|off]").doc("off", "Sends mail for services only, not for each check."),
    later("checker_log_all_failures", "[on|off]").doc("off", "Logs every failed check, not only changes."),
    later("startup_script", COMMAND).optional().doc("none", "Run before anything else is started."),
    later("startup_script_timeout", "SECONDS").optional().doc("10", "How long `startup_script` may take."),
    later("shutdown_script", COMMAND).optional().doc("none", "Run when everything has stopped."),
    later("shutdown_script_timeout", "SECONDS").optional().doc("10", "How long `shutdown_script` may take."),
    later("process_names", "").doc("off", "Gives the processes names of their own."),
    later("process_name", "NAME").doc("keepalived", "The name of the parent process."),
    later("vrrp_process_name", "NAME").doc("as process_name", "The name of the VRRP process."),
    later("checker_process_name", "NAME")
        .old_name(&["lvs_process_name"])
        .doc("as process_name", "The name of the process of the health checkers."),
    later("bfd_process_name", "NAME").doc("as process_name", "The name of the BFD process."),
    later("max_auto_priority", "[NUMBER]").doc(
        "0",
        "The highest real-time priority that a process may give itself when its timers are late; -1: none.",
    ),
    later("min_auto_priority_delay", "MICROSECONDS")
        .optional()
        .doc("1000000", "How late a timer has to be for that."),
    later("vrrp_priority", "NUMBER").optional().doc("0", "The nice value of the VRRP process."),
    later("checker_priority", "NUMBER")
        .optional()
        .doc("0", "The nice value of the process of the health checkers."),
    later("bfd_priority", "NUMBER").optional().doc("0", "The nice value of the BFD process."),
    later("vrrp_no_swap", "").doc("off", "Keeps the VRRP process in memory."),
    later("checker_no_swap", "").doc("off", "Keeps the process of the health checkers in memory."),
    later("bfd_no_swap", "").doc("off", "Keeps the BFD process in memory."),
    later("vrrp_rt_priority", "NUMBER").optional().doc("none", "The real-time priority of the VRRP process."),
    later("checker_rt_priority", "NUMBER")
        .optional()
        .doc("none", "The real-time priority of the process of the health checkers."),
    later("bfd_rt_priority", "NUMBER").optional().doc("none", "The real-time priority of the BFD process."),
    later("vrrp_cpu_affinity", "CPU ...").optional().doc("all", "The CPUs of the VRRP process."),
    later("checker_cpu_affinity", "CPU ...")
        .optional()
        .doc("all", "The CPUs of the process of the health checkers."),
    later("bfd_cpu_affinity", "CPU ...").optional().doc("all", "The CPUs of the BFD process."),
    later("vrrp_rlimit_rttime", "MICROSECONDS")
        .old_name(&["vrrp_rlimit_rtime"])
        .doc("10000", "How long the VRRP process may run without a pause at real-time priority."),
    later("checker_rlimit_rttime", "MICROSECONDS").old_name(&["checker_rlimit_rtime"]).doc(
        "10000",
        "How long the process of the health checkers may run without a pause at real-time priority.",
    ),
    later("bfd_rlimit_rttime", "MICROSECONDS")
        .old_name(&["bfd_rlimit_rtime"])
        .doc("10000", "How long the BFD process may run without a pause at real-time priority."),
    later("default_interface", "INTERFACE")
        .optional()
        .doc("eth0", "The interface of static addresses without `dev`."),
    later("disable_local_igmp", "")
        .doc("off", "Keeps the kernel from reporting memberships in link-local groups."),
    later("vrrp_garp_extra_if", "[all] [SECONDS]")
        .old_name(&["vrrp_vmac_garp_intvl"])
        .doc("0", "Default of `garp_extra_if`."),
    later("vrrp_iptables", "[INPUT [OUTPUT]]").doc("off", "Filters with iptables, in the given chains."),
    later("vrrp_ipsets", "[NAME ...]")
        .doc("used with iptables", "The names of the ipsets that go with iptables."),
    later("nftables", "[TABLE]")
        .doc("keepalived, when needed", "Filters with nftables, in a table of this name."),
    later("nftables_priority", "NUMBER").doc("-1", "The priority of the chains."),
    later("nftables_ifindex", "").doc("off", "Matches interfaces by number, not by name."),
    later("nftables_counters", "").doc("off", "Lets the rules count."),
    later("nftables_ipvs", "[TABLE]")
        .doc("off", "Marks the packets of virtual_server_group entries with nftables."),
    later("nftables_ipvs_priority", "NUMBER").doc("-1", "The priority of that chain."),
    later("nftables_ipvs_start_fwmark", "NUMBER").doc("1000", "The first mark that is used for that."),
    later("lvs_timeouts", "[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]")
        .optional()
        .doc("those of the kernel", "The time-outs of IPVS connections."),
    later("lvs_flush", "").doc("off", "Empties the IPVS table at start."),
    later("lvs_flush_on_stop", "[VS]")
        .old_name(&["lvs_flush_onstop"])
        .doc("off", "Empties the IPVS table at once when keepalived stops; with VS its own services only."),
    later(
        "lvs_sync_daemon",
        "INTERFACE [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]",
    )
    .optional()
    .doc("none", "Synchronises IPVS connections; the state of the instance decides in which direction."),
    later("snmp_socket", "ADDRESS")
        .optional()
        .doc("unix:/var/agentx/master", "Where the SNMP agent listens."),
    later("enable_traps", "").doc("off", "Sends SNMP notifications."),
    later("enable_snmp_vrrp", "")
        .old_name(&["enable_snmp_keepalived"])
        .doc("off", "Serves the VRRP part of the KEEPALIVED-MIB."),
    later("enable_snmp_checker", "")
        .doc("off", "Serves the part of the health checkers of the KEEPALIVED-MIB."),
    later("enable_snmp_rfc", "").doc("off", "Serves the MIBs of RFC 2787 and RFC 6527."),
    later("enable_snmp_rfcv2", "").doc("off", "Serves the MIB of RFC 2787."),
    later("enable_snmp_rfcv3", "").doc("off", "Serves the MIB of RFC 6527."),
    later("snmp_vs_stats_update_interval", "SECONDS").doc("5", "How old statistics of services may be."),
    later("snmp_rs_stats_update_interval", "SECONDS")
        .doc("snmp_vs_stats_update_interval", "How old statistics of servers may be."),
    later("enable_dbus", "").doc("off", "Offers the D-Bus interface."),
    later("dbus_service_name", "NAME").optional().doc("org.keepalived.Vrrp1", "Its name on the bus."),
    later("dbus_no_interface_name", "NAME")
        .doc("none", "What stands for the interface of an instance without one."),
    later("vrrp_netlink_cmd_rcv_bufs", "OCTETS")
        .optional()
        .doc("that of the system", "Receive buffer of netlink commands."),
    later("vrrp_netlink_cmd_rcv_bufs_force", "[on|off]").doc("off", "Beyond the limit of the system."),
    later("vrrp_netlink_monitor_rcv_bufs", "OCTETS")
        .optional()
        .doc("that of the system", "Receive buffer of netlink events."),
    later("vrrp_netlink_monitor_rcv_bufs_force", "[on|off]").doc("off", "Beyond the limit of the system."),
    later("process_monitor_rcv_bufs", "OCTETS")
        .optional()
        .doc("that of the system", "Receive buffer of process events."),
    later("process_monitor_rcv_bufs_force", "[on|off]").doc("off", "Beyond the limit of the system."),
    later("lvs_netlink_cmd_rcv_bufs", "OCTETS")
        .optional()
        .doc("that of the system", "Receive buffer of netlink commands of the health checkers."),
    later("lvs_netlink_cmd_rcv_bufs_force", "[on|off]").doc("off", "Beyond the limit of the system."),
    later("lvs_netlink_monitor_rcv_bufs", "OCTETS")
        .optional()
        .doc("that of the system", "Receive buffer of netlink events of the health checkers."),
    later("lvs_netlink_monitor_rcv_bufs_force", "[on|off]").doc("off", "Beyond the limit of the system."),
    later("rs_init_notifies", "[on|off]").doc("off", "Notifies of the state that real servers start in."),
    later("vrrp_rx_bufs_policy", "MTU|ADVERT|OCTETS")
        .optional()
        .doc("that of the system", "How receive buffers for VRRP are sized."),
    later("vrrp_rx_bufs_multiplier", "NUMBER").optional().doc("3", "The multiplier of that policy."),
    later("vrrp_startup_delay", "SECONDS").doc("0", "How long instances wait after the start."),
    later("vrrp_delay_after_boot", "SECONDS")
        .doc("0", "How long instances wait after the system was booted."),
    later("vmac_prefix", "PREFIX").doc("vrrp", "How the names of MAC-VLANs start."),
    later("vmac_addr_prefix", "PREFIX")
        .doc("vmac_prefix", "How the names of MAC-VLANs of single addresses start."),
    later("umask", "NUMBER|BIT[|BIT ...]").doc("0177", "The mask of files that are made."),
    later("random_seed", "NUMBER").doc("the time", "Where `${_RANDOM}` starts."),
    later("reload_check_config", "[FILE]")
        .doc("off", "Tests a new configuration before a reload, and keeps the old one if it is wrong."),
    later("reload_time_file", "FILE").optional().doc("none", "A file with the time of the next reload."),
    later("reload_repeat", "").doc("off", "Keeps looking at that file."),
    later("reload_file", "[FILE]").doc("none", "A file that exists while the configuration is read."),
    own("include_check", "[[+|-]read|match|wildcard_match|brace_match ...]", include_check)
        .doc("none", "What has to be right about `include`; without words everything."),
    later("config_save_dir", "DIRECTORY").doc("none", "Where configurations are kept at each reload."),
    own("tmp_config_directory", "DIRECTORY", |_, r: &mut Reader<'_>| {
        r.required(1, "a directory");
    })
    .optional()
    .parity(Parity::NoEffect("the configuration is passed on in memory"))
    .doc("memory", "Where the configuration was kept for the processes."),
    later("data_use_instance", "[on|off]")
        .doc("off", "Puts the name of the instance into the names of dumps."),
    later("json_version", "1|2").doc("1", "The layout of the JSON dump."),
    later("iproute_usr_dir", "DIRECTORY")
        .doc("/usr/share/iproute2", "Where the name tables of iproute2 are."),
    later("iproute_etc_dir", "DIRECTORY")
        .doc("/etc/iproute2", "Where the administrator's name tables of iproute2 are."),
    later("state_dump_file", "FILE").doc("keepalived.data", "The file of the state dump."),
    later("stats_dump_file", "FILE").doc("keepalived.stats", "The file of the statistics."),
    later("json_dump_file", "FILE").doc("keepalived.json", "The file of the JSON dump."),
];

const COMMAND: &str = "COMMAND [USER [[:]GROUP]]";
const FIFO: &str = "PATH [USER [[:]GROUP]]";

/// One announcement, nothing later; only where nothing else was said so far.
fn minimal_garp(d: &mut GlobalDraft) {
    d.garp.repeat.get_or_insert(1);
    d.garp.delay.get_or_insert(Span::ZERO);
    d.garp.refresh.get_or_insert(Span::ZERO);
    d.garp.refresh_repeat.get_or_insert(1);
}

/// The group for `family`.
fn group(family: Family, r: &mut Reader<'_>) -> Option<IpAddr> {
    let at = r.at(1);
    let address = r.address(1)?;
    if Family::of(address) == family && address.is_multicast() {
        return Some(address);
    }
    let message = format!("{address} is no {family} group");
    r.report(&code::BAD_ADDRESS, at, message).label(format!("expected a multicast address of {family}"));
    None
}

/// A pause between announcements. The 0 that everybody copies is no valid number for the C program, but means no pause.
fn pause(r: &mut Reader<'_>) -> Option<Span> {
    if let Some("0" | "0.0") = r.arg(1) {
        let message =
            format!("`{} 0` is refused by keepalived; it means no pause, as without the line", r.keyword());
        r.report(&code::SEVERAL_DEFAULTED, r.at(1), message).help("remove the line");
        return Some(Span::ZERO);
    }
    r.seconds(1, Span::from_micros(1), Span::from_micros(LONGEST))
}

fn fifo(draft: &mut Option<FifoDraft>, r: &mut Reader<'_>) {
    let keyword = r.keyword();
    let Some(path) = r.required(1, "a path") else { return };
    let at = r.at(1);
    let by = if r.count() > 2 { r.run_by(2) } else { None };
    if let Some(first) = draft {
        let first = first.at;
        let message = format!("there is a `{keyword}` already; this one is ignored");
        r.report(&code::GIVEN_TWICE, at, message).also(first, "the first one is here");
        return;
    }
    *draft = Some(FifoDraft { path: path.into(), by, at });
}

fn include_check(_: &mut GlobalDraft, r: &mut Reader<'_>) {
    for index in 1..r.count() {
        let Some(word) = r.arg(index) else { return };
        let name = word.trim_start_matches(['+', '-']);
        if !matches!(name, "read" | "match" | "wildcard_match" | "brace_match") {
            let message = format!("`{name}` is no check of `include`");
            let problem = r.report(&code::BAD_CHOICE, r.at(index), message);
            problem.label("expected read, match, wildcard_match or brace_match");
            if name == "readable" {
                problem.help("the manual page says `readable`, but keepalived wants `read`");
            }
        }
    }
}

fn whole(seconds: i64) -> Span {
    Span::from_secs(fit(seconds))
}
