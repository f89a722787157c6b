//! What stands outside all blocks.

use super::{later, later_block, own};
use crate::conf::draft::{Draft, InstanceDraft, ScriptDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::reader::{Process, Reader};

pub(super) static ROOT: Section<Draft> = Section::new("", ROWS);

const ROWS: &[Keyword<Draft>] = &[
    own("global_defs", "{ ... }", global_defs)
        .doc("", "Settings of the whole daemon and defaults of instances. The block may stand more than once."),
    own("vrrp_script", "NAME { ... }", vrrp_script)
        .doc("", "A command that is run again and again; `track_script` names it. It has to be defined before its use."),
    own("vrrp_instance", "NAME { ... }", vrrp_instance)
        .optional()
        .doc("", "A virtual router: addresses that move between the hosts that have an instance with the same VRID."),
    later("linkbeat_use_polling", "")
        .doc("off", "Ask interfaces for their link state once a second instead of listening to the kernel."),
    later("net_namespace", "NAME")
        .doc("that of the caller", "Run the whole daemon in a named network namespace. It cannot change at a reload."),
    later("net_namespace_ipvs", "[NAME]")
        .doc("as net_namespace", "Keep IPVS services in another network namespace; without a name in that of process 1."),
    later("namespace_with_ipsets", "").doc("off", "Use ipsets inside a network namespace also on old kernels."),
    later("use_pid_dir", "").doc("off", "Keep the PID files in a directory of keepalived's own below /run."),
    later("instance", "NAME")
        .doc("none", "A name for this set of processes, if several run side by side: it goes into file names and log idents."),
    later("child_wait_time", "SECONDS")
        .doc("5", "How long the parent waits for its children to end before it kills them."),
    later_block("track_group", "NAME { ... }")
        .doc("", "Instances that go to FAULT when the interface of a static address, route or rule does."),
    later_block("static_ipaddress", "{ ... }")
        .doc("", "Addresses that are there as long as keepalived runs, whatever the state of instances."),
    later_block("static_routes", "{ ... }").doc("", "Routes that are there as long as keepalived runs."),
    later_block("static_rules", "{ ... }").doc("", "Routing rules that are there as long as keepalived runs."),
    later_block("vrrp_sync_group", "NAME { ... }").doc("", "Instances that change their state together."),
    later_block("garp_group", "{ ... }")
        .doc("", "Limits for gratuitous ARP and neighbour advertisements that several interfaces share."),
    later_block("linkbeat_interfaces", "{ ... }").doc("", "Interfaces whose link state is asked for once a second."),
    later_block("interface_up_down_delays", "{ ... }")
        .doc("", "How long a change of link state has to last before it counts, interface by interface."),
    later_block("vrrp_track_process", "NAME { ... }")
        .doc("", "Watches whether enough processes of a kind run; `track_process` names it."),
    later_block("track_file", "NAME { ... }")
        .old_name(&["vrrp_track_file"])
        .doc("", "Watches the number in a file; `track_file` in instances and FILE_CHECK name it."),
    later_block("bfd_instance", "NAME { ... }")
        .doc("", "A BFD session (RFC 5880); `track_bfd` and BFD_CHECK name it."),
    later_block("SSL", "{ ... }").doc("", "Keys and certificates of SSL_GET checks."),
    later_block("virtual_server_group", "NAME { ... }")
        .doc("", "Addresses and marks that share the servers of one `virtual_server group`."),
    later_block("virtual_server", "ADDRESS [PORT] | fwmark MARK | group NAME { ... }")
        .doc("", "An IPVS service and its real servers."),
];

fn global_defs(draft: &mut Draft, r: &mut Reader<'_>) {
    if r.reads_as(Process::Parent) {
        r.block(&super::global::GLOBAL, &mut draft.global);
    } else {
        r.skip();
    }
}

fn vrrp_script(draft: &mut Draft, r: &mut Reader<'_>) {
    if !r.reads_as(Process::Vrrp) {
        return r.skip();
    }
    let Some(name) = r.block_name(&mut draft.script_names) else { return r.skip() };
    let mut script = ScriptDraft::new(name.value, name.at);
    script.end = r.block(&super::script::SCRIPT, &mut script);
    draft.scripts.push(script);
}

fn vrrp_instance(draft: &mut Draft, r: &mut Reader<'_>) {
    if !r.reads_as(Process::Vrrp) {
        return r.skip();
    }
    let Some(name) = r.block_name(&mut draft.instance_names) else { return r.skip() };
    let mut instance = InstanceDraft::new(name.value, name.at);
    instance.end = r.block(&super::instance::INSTANCE, &mut instance);
    draft.instances.push(instance);
}
