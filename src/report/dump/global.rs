//! `global_defs`: the first part of every data file.

use super::page::Page;
use super::quoted;
use crate::base::id::IfName;
use crate::base::interface::Interface;
use crate::conf::model::notify::Fifo;
use crate::conf::model::settings::{Buffer, BufferPolicy, Dynamic, FlushOnStop};
use crate::conf::model::{Command, Global, Instance, Model, Settings};

/// Which process a file is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Process<'a> {
    /// The parent, which leaves defaults of instances to the VRRP process.
    Parent,
    /// The VRRP process, with the interfaces of the host.
    Vrrp(&'a [Interface]),
}

/// What a number is that nobody has set.
const UNSET: u64 = 0xffff_ffff;
/// What tables of nftables are called if nobody says.
const TABLE: &str = "keepalived";
/// The umask that files are made with if nobody says.
const UMASK: u16 = 0o177;
/// How long the statistics of virtual servers are kept for SNMP, in seconds.
const SNMP_AGE: f64 = 5.0;

pub(super) fn write(page: &mut Page, model: &Model, process: &Process<'_>) {
    let (global, settings) = (&model.global, &model.global.settings);
    page.section("Global definitions");
    place(page, settings);
    mail(page, global);
    reloading(page, settings);
    interfaces(page, settings, process);
    let plain = global.defaults.quirks.v3_checksum_as_v2;
    say(page, "Use VRRPv2 checksum for VRRPv3 IPv4", yes(plain));
    lvs(page, settings);
    pipes(page, global);
    defaults(page, global, process);
    firewall(page, model, process);
    rules(page, global);
    processes(page, settings);
    snmp(page, settings);
    commands(page, global);
    buffers(page, settings);
    files(page, settings);
}

fn say(page: &mut Page, name: &str, value: impl std::fmt::Display) {
    page.line(1, format_args!("{name} = {value}"));
}

const fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn place(page: &mut Page, settings: &Settings) {
    let place = &settings.place;
    say(page, "Network namespace", place.namespace.as_deref().unwrap_or("(default)"));
    let ipvs = match &place.ipvs_namespace {
        None => "(main namespace)",
        Some(None) => "(default)",
        Some(Some(name)) => name,
    };
    say(page, "Network namespace ipvs", ipvs);
    if let Some(instance) = &place.instance {
        say(page, "Instance name", instance);
    }
    let replace = if settings.commands.by_written_path { "Don't replace" } else { "Replace" };
    page.line(1, format_args!("{replace} symlinks in script paths"));
    let set = if settings.commands.supplementary_groups { "Set" } else { "Don't set" };
    page.line(1, format_args!("{set} supplementary groups for all scripts"));
}

fn mail(page: &mut Page, global: &Global) {
    let mail = &global.settings.mail;
    say(page, "Router ID", &global.router_id);
    if let Some((host, port)) = &mail.server {
        say(page, "Smtp server", host);
        say(page, "Smtp server port", port);
        if let Some(name) = &mail.helo {
            say(page, "Smtp HELO name", name);
        }
        say(page, "Smtp server connection timeout", mail.timeout.as_secs());
        if let Some(from) = &mail.from {
            say(page, "Email notification from", from);
        }
        if !mail.to.is_empty() {
            page.line(1, format_args!("Email notification to:"));
            mail.to.iter().for_each(|to| page.line(3, format_args!("{to}")));
        }
    }
    let switch = |value: Option<bool>| match value {
        None => "unset",
        Some(true) => "on",
        Some(false) => "off",
    };
    say(page, "Default smtp_alert", switch(mail.alert));
    say(page, "Default smtp_alert_vrrp", switch(mail.alert_vrrp));
    say(page, "Default smtp_alert_checker", switch(mail.alert_checker));
    if mail.without_faults {
        page.line(1, format_args!("Send emails for fault transitions = off"));
    }
    say(page, "Checkers log all failures", global.settings.log_all_failures);
}

fn reloading(page: &mut Page, settings: &Settings) {
    let files = &settings.files;
    match &files.reload_check {
        None => page.line(1, format_args!("No test config before reload")),
        Some(None) => page.line(1, format_args!("Test config before reload")),
        Some(Some(log)) => page.line(1, format_args!("Test config before reload, log to {}", log.display())),
    }
    if let Some(path) = &files.reload_time {
        say(page, "Reload time file", path.display());
        if files.reload_repeat {
            page.line(1, format_args!("Reload repeat"));
        }
        page.line(1, format_args!("No reload scheduled"));
    }
    if let Some(path) = &files.save {
        say(page, "Config save dir", path.display());
    }
}

fn interfaces(page: &mut Page, settings: &Settings, process: &Process<'_>) {
    let conf = &settings.interfaces;
    let dynamic = match conf.dynamic {
        Dynamic::No => "false",
        Dynamic::Yes | Dynamic::AndChange => "true",
    };
    say(page, "Dynamic interfaces", dynamic);
    if conf.dynamic == Dynamic::AndChange {
        say(page, "Allow interface changes", true);
    }
    if let Process::Vrrp(known) = process {
        let usual = IfName::new("eth0").filter(|name| known.iter().any(|interface| interface.name == *name));
        if let Some(name) = conf.default.or(usual) {
            say(page, "Default interface", name);
        }
    }
    say(page, "Disable local IGMP", yes(conf.no_local_igmp));
}

fn lvs(page: &mut Page, settings: &Settings) {
    let lvs = &settings.lvs;
    for (name, seconds) in
        [("TCP", lvs.tcp_timeout), ("TCPFIN", lvs.tcpfin_timeout), ("UDP", lvs.udp_timeout)]
    {
        if let Some(seconds) = seconds {
            page.line(1, format_args!("LVS {name} timeout = {seconds}"));
        }
    }
    say(page, "LVS flush", lvs.flush);
    let on_stop = match lvs.flush_on_stop {
        FlushOnStop::No => "disabled",
        FlushOnStop::All => "full",
        FlushOnStop::OwnServices => "VS",
    };
    say(page, "LVS flush on stop", on_stop);
}

fn pipes(page: &mut Page, global: &Global) {
    let commands = &global.settings.commands;
    let all: [(&str, &Option<Fifo>, &Option<Command>); 3] = [
        ("Global notify fifo", &global.notify_fifo, &commands.fifo_reader),
        ("VRRP notify fifo", &global.vrrp_notify_fifo, &commands.vrrp_fifo_reader),
        ("LVS notify fifo", &commands.lvs_fifo, &commands.lvs_fifo_reader),
    ];
    for (name, fifo, reader) in all {
        if let Some(Fifo { path, owner }) = fifo {
            say(page, name, format_args!("{}, uid:gid {}:{}", path.display(), owner.uid, owner.gid));
        }
        if let (Some(reader), Some(fifo)) = (reader, fifo) {
            let (words, path, run_as) = (quoted(reader), fifo.path.display(), reader.run_as());
            let (uid, gid) = (run_as.uid, run_as.gid);
            say(page, &format!("{name} script"), format_args!("{words} '{path}', uid:gid {uid}:{gid}"));
        }
    }
    say(page, "FIFO write vrrp states on reload", commands.repeat_states);
}

fn defaults(page: &mut Page, global: &Global, process: &Process<'_>) {
    let defaults = &global.defaults;
    let garp = &defaults.garp;
    say(page, "VRRP notify priority changes", defaults.notify_priority_changes);
    say(page, "VRRP IPv4 mcast group", global.group4);
    say(page, "VRRP IPv6 mcast group", global.group6);
    say(page, "Gratuitous ARP delay", garp.delay.as_secs());
    say(page, "Gratuitous ARP repeat", garp.repeat);
    say(page, "Gratuitous ARP refresh timer", garp.refresh.as_secs());
    say(page, "Gratuitous ARP refresh repeat", garp.refresh_repeat);
    let (delay, repeat) = match process {
        Process::Parent => (
            defaults.lower_prio_delay.map_or(UNSET, |span| span.as_secs()),
            defaults.lower_prio_repeat.map_or(UNSET, u64::from),
        ),
        Process::Vrrp(_) => (garp.lower_prio_delay.as_secs(), u64::from(garp.lower_prio_repeat)),
    };
    say(page, "Gratuitous ARP lower priority delay", delay);
    say(page, "Gratuitous ARP lower priority repeat", repeat);
    say(page, "Num adverts before down", defaults.down_timer_adverts);
    let extra = global.settings.interfaces.extra_announcements;
    let extra = extra.map_or(0, |extra| extra.interval.as_secs());
    say(page, "Gratuitous ARP for each secondary VMAC", format_args!("{extra}s"));
    let lower = !defaults.quirks.lower_prio_no_advert;
    say(page, "Send advert after receive lower priority advert", lower);
    let higher = defaults.quirks.higher_prio_send_advert;
    say(page, "Send advert after receive higher priority advert", higher);
    say(page, "Gratuitous ARP interval", format_args!("{:.6}", global.garp_interval.as_secs_f64()));
    say(page, "Gratuitous NA interval", format_args!("{:.6}", global.gna_interval.as_secs_f64()));
    say(page, "VRRP default protocol version", defaults.version);
}

fn firewall(page: &mut Page, model: &Model, process: &Process<'_>) {
    let firewall = &model.global.settings.firewall;
    // nftables is what there is if somebody needs a firewall and the configuration names none; the parent does not know.
    let needed = match process {
        Process::Parent => false,
        Process::Vrrp(_) => model.instances.values().any(Instance::needs_firewall),
    };
    let unsaid = (needed && firewall.iptables.is_none()).then_some(TABLE);
    if let Some((input, output)) = &firewall.iptables {
        say(page, "Iptables input chain", input);
        say(page, "Iptables output chain", output);
    }
    if let Some(table) = firewall.nftables.as_deref().or(unsaid) {
        say(page, "nftables table name", table);
        say(page, "nftables base chain priority", firewall.priority.unwrap_or(-1));
        let forced = if firewall.by_ifindex { "" } else { "don't " };
        page.line(1, format_args!("nftables {forced}force use ifindex for link local IPv6"));
    }
    let counters = if firewall.counters { "with" } else { "without" };
    page.line(1, format_args!("nftables {counters} counters"));
}

fn rules(page: &mut Page, global: &Global) {
    let (defaults, settings) = (&global.defaults, &global.settings);
    say(page, "VRRP check unicast_src", defaults.check_unicast_src);
    say(page, "VRRP skip check advert addresses", defaults.quirks.skip_check_adv_addr);
    say(page, "VRRP strict mode", defaults.quirks.strict);
    if global.log_unknown_vrids {
        say(page, "VRRP log unknown VRIDs", true);
    }
    let most = settings.processes.max_auto_priority.map_or_else(|| "99".into(), |most| most.to_string());
    say(page, "Max auto priority", most);
    let delay = settings.processes.min_auto_priority_delay.as_micros();
    say(page, "Min auto priority delay", format_args!("{delay} usecs"));
}

fn processes(page: &mut Page, settings: &Settings) {
    let all = &settings.processes;
    for (name, process) in [("VRRP", &all.vrrp), ("Checker", &all.checker), ("BFD", &all.bfd)] {
        say(page, &format!("{name} process priority"), process.nice);
        say(page, &format!("{name} don't swap"), process.no_swap);
        say(page, &format!("{name} realtime priority"), process.rt_priority.unwrap_or(0));
        if !process.cpus.is_empty() {
            let cpus: Vec<String> = process.cpus.iter().map(ToString::to_string).collect();
            say(page, &format!("{name} CPU Affinity"), cpus.join(" "));
        }
        say(page, &format!("{name} realtime limit"), process.rttime.as_micros());
    }
}

fn snmp(page: &mut Page, settings: &Settings) {
    let (snmp, dbus) = (&settings.snmp, &settings.dbus);
    let switch = |value: bool| if value { "enabled" } else { "disabled" };
    page.line(1, format_args!("SNMP vrrp {}", switch(snmp.vrrp)));
    page.line(1, format_args!("SNMP checker {}", switch(snmp.checker)));
    page.line(1, format_args!("SNMP RFCv2 {}", switch(snmp.rfc2787)));
    page.line(1, format_args!("SNMP RFCv3 {}", switch(snmp.rfc6527)));
    page.line(1, format_args!("SNMP traps {}", switch(snmp.traps)));
    say(page, "SNMP socket", snmp.socket.as_deref().unwrap_or("default (unix:/var/agentx/master)"));
    for (name, age) in [("VS", snmp.service_age), ("RS", snmp.server_age)] {
        let seconds = age.map_or(SNMP_AGE, |age| age.as_secs_f64());
        page.line(1, format_args!("SNMP {name} stats update interval = {seconds:.6}"));
    }
    page.line(1, format_args!("DBus {}", switch(dbus.enabled)));
    say(page, "DBus service name", dbus.service_name.as_deref().unwrap_or_default());
    say(page, "DBus no interface name", dbus.no_interface_name.as_deref().unwrap_or("none"));
}

fn commands(page: &mut Page, global: &Global) {
    let switch = if global.defaults.script_security { "enabled" } else { "disabled" };
    page.line(1, format_args!("Script security {switch}"));
    if let Some(run_as) = global.defaults.script_user {
        page.line(1, format_args!("Default script uid:gid {}:{}", run_as.uid, run_as.gid));
    }
}

fn buffers(page: &mut Page, settings: &Settings) {
    let buffers = &settings.buffers;
    let all: [(&str, Buffer); 5] = [
        ("vrrp_netlink_cmd_rcv_bufs", buffers.vrrp_command),
        ("vrrp_netlink_monitor_rcv_bufs", buffers.vrrp_monitor),
        ("process_monitor_rcv_bufs", buffers.process_monitor),
        ("lvs_netlink_cmd_rcv_bufs", buffers.lvs_command),
        ("lvs_netlink_monitor_rcv_bufs", buffers.lvs_monitor),
    ];
    for (name, buffer) in all {
        say(page, name, buffer.size);
        say(page, &format!("{name}_force"), u8::from(buffer.force));
    }
    say(page, "rs_init_notifies", u8::from(settings.rs_init_notifies));
    say(page, "no_checker_emails", u8::from(settings.mail.without_checkers));
    match buffers.policy {
        None => {}
        Some(BufferPolicy::Mtu) => page.line(1, format_args!("rx_bufs_policy = MTU")),
        Some(BufferPolicy::Advert) => page.line(1, format_args!("rx_bufs_policy = ADVERT")),
        Some(BufferPolicy::Octets(size)) => page.line(1, format_args!("rx_bufs_size = {size}")),
    }
    say(page, "rx_bufs_multiples", buffers.multiplier);
}

fn files(page: &mut Page, settings: &Settings) {
    let files = &settings.files;
    say(page, "umask", format_args!("0{:o}", files.umask.unwrap_or(UMASK)));
    if !settings.life.startup_delay.is_zero() {
        say(page, "vrrp_startup_delay", settings.life.startup_delay.as_secs_f64());
    }
    page.line(1, format_args!("json_version {}", files.json_version.unwrap_or(1)));
    let directory = |path: &Option<Box<std::path::Path>>, usual: &str| {
        path.as_deref().map_or_else(|| usual.to_owned(), |path| path.display().to_string())
    };
    page.line(1, format_args!("iproute usr directory {}", directory(&files.iproute_usr, "/etc/iproute2")));
    page.line(1, format_args!("iproute etc directory {}", directory(&files.iproute_etc, "/etc/iproute2")));
}
