//! What stands outside all blocks.

use super::{flag, own, whole};
use crate::conf::diag::code::track as track_code;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{BfdDraft, Draft, FileDraft, InstanceDraft, ProcessDraft, ScriptDraft};
use crate::conf::keyword::{Keyword, Parity, Section};
use crate::conf::reader::{Again, Process, Reader};

pub(super) static ROOT: Section<Draft> = Section::new("", &[DAEMON, INSTANCES, STATICS, TRACKED, SERVERS]);

const DAEMON: &[Keyword<Draft>] = &[
    own("global_defs", "{ ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Parent, d, r, |d, r| {
            r.block(&super::global::GLOBAL, &mut d.global);
        });
    })
    .since("0.5.3")
    .example("global_defs {\n    router_id lb1\n}")
    .doc("", "Settings of the whole daemon and defaults of instances. The block may stand more than once."),
    own("net_namespace", "NAME", |d: &mut Draft, r: &mut Reader<'_>| {
        if let Some(name) = r.required(1, "the name of a namespace") {
            d.global.settings.place.namespace = Some(name.into());
            d.global.namespace_at = Some(r.at(1));
        }
    })
    .since("1.2.24")
    .example("net_namespace lb")
    .optional()
    .doc(
        "that of the caller",
        "Runs the whole daemon in a named network namespace. A reload cannot change it.",
    ),
    own("net_namespace_ipvs", "[NAME]", |d: &mut Draft, r: &mut Reader<'_>| {
        d.global.settings.place.ipvs_namespace = Some(r.arg(1).map(Into::into));
    })
    .since("2.1.0")
    .example("net_namespace_ipvs lb")
    .parity(Parity::Stored)
    .doc(
        "as net_namespace",
        "Keeps IPVS services in another network namespace; without a name in that of process 1.",
    ),
    flag("namespace_with_ipsets", |d: &mut Draft, _| d.global.settings.place.with_ipsets = true)
        .since("1.3.0")
        .parity(Parity::NoEffect("nftables needs no ipsets, and old kernels are not supported"))
        .doc("off", "Uses ipsets inside a network namespace also on old kernels."),
    flag("use_pid_dir", |d: &mut Draft, _| d.global.settings.place.pid_dir = true)
        .since("1.2.24")
        .doc("off", "Keeps the PID files in a directory of keepalived's own below /run."),
    own("instance", "NAME", instance_name).since("1.2.24").example("instance lb").optional().doc(
        "none",
        "A name for this daemon if several run side by side: it goes into file names and log idents.",
    ),
    own("child_wait_time", "SECONDS", |d: &mut Draft, r: &mut Reader<'_>| {
        d.global.settings.place.child_wait =
            r.number(1, 0, super::MOST).map_or(d.global.settings.place.child_wait, whole);
    })
    .since("2.0.0")
    .range("0 to 4294967295 s")
    .example("child_wait_time 10")
    .doc("5", "How long the parent waits for its children to end before it kills them."),
    flag("linkbeat_use_polling", |d: &mut Draft, _| d.global.settings.interfaces.poll_all = true)
        .since("1.1.18")
        .doc(
            "off",
            "Asks all interfaces for their link state once a second, besides listening to the kernel.",
        ),
];

const INSTANCES: &[Keyword<Draft>] = &[
    own("vrrp_instance", "NAME { ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, |d, r| {
            let Some(name) = r.block_name(&mut d.names.instances, Again::Refused) else { return r.skip() };
            let mut instance = InstanceDraft::new(name.value, name.at);
            instance.end = r.block(&super::instance::INSTANCE, &mut instance);
            d.instances.push(instance);
        });
    }).since("0.5.3").example("vrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 52\n    virtual_ipaddress {\n        192.0.2.12/24\n    }\n}")
    .optional()
    .doc(
        "",
        "A virtual router: addresses that move between the hosts that have an instance with the same VRID.",
    ),
    own("vrrp_sync_group", "NAME { ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, super::statics::sync_group);
    }).since("0.6.1").example("vrrp_sync_group VG_2 {\n    group {\n        VI_1\n    }\n}")
    .optional()
    .doc("", "Instances that change their state together."),
    own("garp_group", "{ ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, super::statics::garp_group);
    }).since("1.2.21").example("garp_group {\n    garp_interval 0.01\n    interfaces {\n        eth0\n        eth1\n    }\n}")
    .doc("", "Limits for gratuitous ARP and neighbour advertisements that several interfaces share."),
    own(
        "linkbeat_interfaces",
        "{ INTERFACE [MII|ETHTOOL|IOCTL] ... }",
        |d: &mut Draft, r: &mut Reader<'_>| {
            of(Process::Vrrp, d, r, super::statics::linkbeat);
        },
    ).since("2.0.13").example("linkbeat_interfaces {\n    eth0 ETHTOOL\n}")
    .doc("", "Interfaces whose link state is asked for once a second."),
    own(
        "interface_up_down_delays",
        "{ INTERFACE [DOWN_SECONDS [UP_SECONDS]] ... }",
        |d: &mut Draft, r: &mut Reader<'_>| {
            of(Process::Vrrp, d, r, super::statics::delays);
        },
    ).since("2.2.3").range("0 to 255 s").example("interface_up_down_delays {\n    eth0 2 5\n}")
    .doc("", "How long a change of link state has to last before it counts."),
];

const STATICS: &[Keyword<Draft>] = &[
    own("track_group", "NAME { ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, super::statics::track_group);
    })
    .since("2.0.3")
    .example("track_group both2 {\n    group {\n        VI_1\n    }\n}")
    .optional()
    .doc("", "Instances that go to FAULT when the interface of a static address, route or rule does."),
    own("static_ipaddress", "{ ADDRESS[/LENGTH] ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, super::statics::addresses);
    })
    .since("1.1.0")
    .example("static_ipaddress {\n    192.0.2.20/24 dev eth1\n}")
    .doc("", "Addresses that are there as long as keepalived runs, whatever the state of instances."),
    own("static_routes", "{ NETWORK ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, super::statics::routes);
    })
    .since("1.0.1")
    .example("static_routes {\n    198.51.100.0/24 via 192.0.2.254 dev eth1\n}")
    .doc("", "Routes that are there as long as keepalived runs."),
    own("static_rules", "{ RULE ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, super::statics::rules);
    })
    .since("1.2.20")
    .example("static_rules {\n    from 192.0.2.0/24 table 100 preference 100\n}")
    .doc("", "Routing rules that are there as long as keepalived runs."),
];

const TRACKED: &[Keyword<Draft>] = &[
    own("vrrp_script", "NAME { ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, |d, r| {
            let Some(name) = r.block_name(&mut d.names.scripts, Again::Unnoticed) else { return r.skip() };
            let mut script = ScriptDraft::new(name.value, name.at);
            script.end = r.block(&super::script::SCRIPT, &mut script);
            d.scripts.push(script);
        });
    }).since("1.1.13").example("vrrp_script check2 {\n    script /usr/bin/true\n}")
    .doc("", "A command that is run again and again; `track_script` names it. It has to be defined before its use."),
    own("vrrp_track_process", "NAME { ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Vrrp, d, r, |d, r| {
            let Some(name) = r.block_name(&mut d.names.processes, Again::Unnoticed) else { return r.skip() };
            let mut process = ProcessDraft::new(name.value, name.at);
            process.end = r.block(&super::process::PROCESS, &mut process);
            d.processes.push(process);
        });
    }).since("2.0.11").example("vrrp_track_process nginx {\n    process nginx\n}")
    .doc("", "Watches whether enough processes of a kind run; `track_process` names it."),
    own("track_file", "NAME { ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of_several(Process::Vrrp, &[Process::Checker], d, r, file);
    }).since("2.1.0").example("track_file drain2 {\n    file /run/keepalived/drain2\n}")
    .old_name(&["vrrp_track_file"])
    .doc("", "Watches the number in a file; `track_file` in instances and FILE_CHECK name it."),
    own("bfd_instance", "NAME { ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of_several(Process::Bfd, &[Process::Vrrp, Process::Checker], d, r, bfd);
    }).since("2.0.0").range("names of 1 to 31 octets").example("bfd_instance router2 {\n    neighbor_ip 192.0.2.253\n}")
        .parity(Parity::Stored)
        .doc("", "A BFD session (RFC 5880); `track_bfd` and BFD_CHECK name it."),
];

const SERVERS: &[Keyword<Draft>] = &[
    own("SSL", "{ ... }", |d: &mut Draft, r: &mut Reader<'_>| of(Process::Checker, d, r, super::tls::tls)).since("0.5.3").example("SSL {\n    ca /etc/keepalived/ca.pem\n}")
        .parity(Parity::Stored)
        .doc("", "Keys and certificates of SSL_GET checks."),
    own("virtual_server_group", "NAME { ... }", |d: &mut Draft, r: &mut Reader<'_>| {
        of(Process::Checker, d, r, super::server::group::group);
    }).since("1.0.2").example("virtual_server_group web {\n    192.0.2.9-12 80\n}")
    .parity(Parity::Stored)
    .doc("", "Addresses and marks that share the servers of one `virtual_server group`."),
    own(
        "virtual_server",
        "ADDRESS [PORT] | fwmark MARK | group NAME { ... }",
        |d: &mut Draft, r: &mut Reader<'_>| {
            of(Process::Checker, d, r, super::server::service);
        },
    ).since("0.5.3").example("virtual_server 192.0.2.9 80 {\n    protocol TCP\n    real_server 198.51.100.1 80 {\n        TCP_CHECK {\n        }\n    }\n}")
    .parity(Parity::Stored)
    .doc("", "An IPVS service and its real servers."),
];

/// Reads a block that is for `process`; another one passes over it.
fn of(
    process: Process,
    draft: &mut Draft,
    r: &mut Reader<'_>,
    read: impl FnOnce(&mut Draft, &mut Reader<'_>),
) {
    if r.reads_as(process) {
        read(draft, r);
    } else {
        r.skip();
    }
}

/// Reads a block that is for `process` but is understood, not passed over, by `others` as well.
fn of_several(
    process: Process,
    others: &[Process],
    draft: &mut Draft,
    r: &mut Reader<'_>,
    read: impl FnOnce(&mut Draft, &mut Reader<'_>),
) {
    if others.iter().any(|other| r.reads_as(*other)) {
        read(&mut Draft::default(), r);
    } else {
        of(process, draft, r, read);
    }
}

fn file(d: &mut Draft, r: &mut Reader<'_>) {
    let Some(name) = r.block_name(&mut d.names.files, Again::Unnoticed) else { return r.skip() };
    let mut file = FileDraft::new(name.value, name.at);
    file.end = r.block(&super::file::FILE, &mut file);
    d.files.push(file);
}

fn instance_name(d: &mut Draft, r: &mut Reader<'_>) {
    let at = r.at(1);
    let Some(name) = r.required(1, "a name") else { return };
    if !r.reads_as(Process::Parent) {
        return;
    }
    if let Some(first) = d.global.instance_at {
        r.report(&code::GIVEN_TWICE, at, "this daemon has a name already; this one is ignored")
            .also(first, "the first one is here");
        return;
    }
    d.global.instance_at = Some(at);
    d.global.settings.place.instance = Some(name.into());
}

fn bfd(d: &mut Draft, r: &mut Reader<'_>) {
    const LONGEST: usize = super::check::local::LONGEST_BFD_NAME;
    let Some(name) = r.block_name(&mut d.names.bfd, Again::Refused) else { return r.skip() };
    if name.value.len() > LONGEST {
        let message = format!("the name of a BFD session has at most {LONGEST} octets");
        r.report(&track_code::BFD_NAME, name.at, message).label("the block is passed over");
        return r.skip();
    }
    let mut session = BfdDraft::new(name.value, name.at);
    session.end = r.block(&super::bfd::BFD, &mut session);
    d.bfd.push(session);
}
