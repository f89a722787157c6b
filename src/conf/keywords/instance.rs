//! `vrrp_instance`.

use std::net::IpAddr;

use super::{
    LONGEST, MOST, MOST_SIGNED, fit, flag, interface, number, own, repetitions, seconds, switch, whole,
    whole_seconds,
};
use crate::base::addr::Family;
use crate::base::id::{Priority, Version, Vrid};
use crate::conf::diag::code::instance as instance_code;
use crate::conf::diag::code::words as code;
use crate::conf::draft::{At, AuthDraft, AuthType, HmacDraft, HookKind, InstanceDraft};
use crate::conf::keyword::{Keyword, Parity, Section};
use crate::conf::model::further::OldChecksum;
use crate::conf::model::secret::Password;
use crate::conf::reader::{CommandLine, Reader};

pub(super) static INSTANCE: Section<InstanceDraft> = Section::new("vrrp_instance", &[ROWS]);
pub(super) static AUTHENTICATION: Section<AuthDraft> = Section::new("authentication", &[AUTH_ROWS]);

/// The longest delay that is counted in 32 bits of microseconds, in whole seconds.
const LONGEST_WHOLE: i64 = 4294;

const ROWS: &[Keyword<InstanceDraft>] = &[
    own("state", "MASTER|BACKUP", state).since("0.5.3").example("state MASTER").doc(
        "BACKUP, or MASTER with priority 255",
        "The state to start in. MASTER only matters for the owner of the addresses; all others start as BACKUP and take over \
         when nobody better is heard. MASTER without `priority` means priority 255, and switches `nopreempt` and \
         `preempt_delay` off.",
    ),
    interface("interface", |d: &mut InstanceDraft, name, at| d.interface = Some(At::new(name, at))).since("0.5.3").example("[interface eth0]").doc(
        "",
        "The interface of the virtual router. Only a unicast instance with a source address can do without.",
    ),
    number("virtual_router_id", 1, 255, |d: &mut InstanceDraft, n, at| {
        d.vrid = Vrid::new(fit(n)).map(|vrid| At::new(vrid, at));
    }).since("0.5.3").example("[virtual_router_id 51]")
    .doc("", "The VRID: the same on all routers of one virtual router, and of no other on the same network."),
    own("version", "2|3", version).since("1.2.17").example("version 3").doc("vrrp_version of global_defs; 3 for IPv6", "The version of VRRP."),
    flag("native_ipv6", |d: &mut InstanceDraft, at| {
        d.native_ipv6 = true;
        d.family.get_or_insert(At::new(Family::V6, at));
    }).since("1.2.1").example("[native_ipv6]")
    .doc("off", "The instance is one of IPv6, whatever its addresses."),
    number("priority", 1, 255, |d: &mut InstanceDraft, n, at| {
        d.priority = Some(At::new(Priority::new(fit(n)), at));
    }).since("0.5.3").example("priority 150")
    .doc(
        "100; 255 with `state MASTER`",
        "Who has the highest becomes master. 255 is for the router whose own addresses these are.",
    ),
    seconds("advert_int", 10_000, 255_000_000, |d: &mut InstanceDraft, span, at| {
        d.advert_int = Some(At::new(span, at));
    }).since("0.5.3").example("advert_int 2")
    .doc(
        "1",
        "The time between advertisements. Version 2 counts whole seconds, version 3 hundredths up to 40.95 s; other values are \
         rounded.",
    ),
    number("down_timer_adverts", 1, 100, |d: &mut InstanceDraft, n, at| {
        d.down_timer_adverts = Some(At::new(fit(n), at));
    }).since("2.2.3").example("down_timer_adverts 4")
    .doc("vrrp_down_timer_adverts of global_defs", "How many intervals without an advertisement end a master."),
    flag("preempt", |d: &mut InstanceDraft, _| d.nopreempt = None).since("0.5.3").example("nopreempt\n[preempt]").doc("on", "The opposite of `nopreempt`."),
    flag("nopreempt", |d: &mut InstanceDraft, at| d.nopreempt = Some(at)).since("1.1.8").doc(
        "off",
        "Does not take over from a master of lower priority that is alive. It has no effect with `state MASTER` or \
         priority 255.",
    ),
    seconds("preempt_delay", 0, 1_000_000_000, |d: &mut InstanceDraft, span, at| {
        d.preempt_delay = Some(At::new(span, at));
    }).since("1.1.8").example("preempt_delay 60")
    .doc("0", "How long a master of lower priority has to be heard before it is taken over from."),
    own("authentication", "{ ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        let at = r.at(0);
        let auth = d.auth.get_or_insert(At::new(AuthDraft::default(), at));
        r.block(&AUTHENTICATION, &mut auth.value);
    }).since("0.5.3").example("authentication {\n    auth_type PASS\n    auth_pass k7c2p9xd\n}")
    .doc("none", "The authentication of VRRP version 2, which protects against mistakes but not against attackers."),
    own("auth_hmac", "{ ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        let at = r.at(0);
        let hmac = d.further().hmac.get_or_insert_with(|| At::new(HmacDraft::default(), at));
        r.block(&super::auth_hmac::HMAC, &mut hmac.value);
    }).since("2.4.0").example("auth_hmac {\n    key 1 0123456789abcdef0123456789abcdef\n    active_key 1\n}")
    .doc("none", "Signed advertisements, for both versions and both families: nobody without a key can take the addresses over, and nothing \
         that was sent counts twice. All routers need the same keys, and keepalived 2.4.2 or later. Introduce it with `mode \
         permissive` on one router after the other, then take the line away. Exchange a key by adding the new one on all \
         routers, then making it active on all, then removing the old one; each time `systemctl reload`."),
    own("mcast_src_ip", "ADDRESS", source).since("0.6.1").example("mcast_src_ip 192.0.2.1").doc(
        "an address of the interface",
        "The source of multicast advertisements. The same as `unicast_src_ip`.",
    ),
    own("unicast_src_ip", "ADDRESS", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        d.unicast_word.get_or_insert(r.at(0));
        source(d, r);
    }).since("1.2.10").example("unicast_src_ip 192.0.2.1")
    .doc("an address of the interface", "The source of unicast advertisements."),
    own("mcast_dst_ip", "ADDRESS", group).since("2.2.5").example("mcast_dst_ip 224.0.0.118")
        .doc("the group of global_defs", "The group that advertisements go to: IPv4, or IPv6 link-local."),
    flag("track_src_ip", |d: &mut InstanceDraft, at| d.track_source = Some(at)).since("2.0.0").example("mcast_src_ip 192.0.2.1\n[track_src_ip]")
        .doc("off", "FAULT while the configured source address is not on this host."),
    own("unicast_peer", "{ ADDRESS [min_ttl N] [max_ttl N] ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        d.unicast_word.get_or_insert(r.at(0));
        super::unicast::list(d, r);
    }).since("1.2.8").range("TTLs 0 to 255").example("unicast_peer {\n    192.0.2.2\n}")
    .doc("none", "Routers that get a copy of each advertisement; nothing goes to the multicast group then."),
    number("unicast_ttl", 0, 255, |d: &mut InstanceDraft, n, at| {
        d.unicast_word.get_or_insert(at);
        d.unicast_ttl = Some(At::new(fit(n), at));
    }).since("2.1.0").example("unicast_peer {\n    192.0.2.2\n}\n[unicast_ttl 2]")
    .doc("255", "The TTL or hop limit of unicast advertisements."),
    flag("check_unicast_src", |d: &mut InstanceDraft, at| {
        d.unicast_word.get_or_insert(at);
        d.check_unicast_src = true;
    }).since("2.1.0").example("unicast_peer {\n    192.0.2.2\n}\n[check_unicast_src]")
    .doc("vrrp_check_unicast_src of global_defs", "Believes only advertisements of the peers."),
    flag("unicast_fault_no_peer", |d: &mut InstanceDraft, _| d.further().fault_without_peer = true).since("2.2.5").example("unicast_peer {\n    192.0.2.2\n}\n[unicast_fault_no_peer]")
        .doc("off", "FAULT, not multicast, if there is no unicast peer."),
    own("old_unicast_checksum", "[never]", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        d.unicast_word.get_or_insert(r.at(0));
        d.further().old_checksum = match r.arg(1) {
            None => Some(OldChecksum::Use),
            Some("never") => Some(OldChecksum::Never),
            Some(word) => {
                let message = format!("`{word}` is no option of `old_unicast_checksum`");
                r.report(&code::UNKNOWN_OPTION, r.at(1), message).label("expected never");
                None
            }
        };
    }).since("1.3.7").example("unicast_peer {\n    192.0.2.2\n}\n[old_unicast_checksum never]")
    .doc("detected", "The wrong checksum that keepalived before 1.3.6 used for unicast in version 3."),
    own("virtual_ipaddress", "{ ADDRESS[/LENGTH] [options] ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        r.entries(|r| {
            let Some(vip) = super::address::entry(r) else { return };
            super::statics::no_track_group(vip.track_group.as_ref().map(|group| group.at), r);
            if same_family(d, At::new(vip.net.family(), vip.at), "address", r) {
                d.vips.push(vip);
            }
        });
    }).since("0.5.3").example("virtual_ipaddress {\n    192.0.2.9/24 dev eth1\n}")
    .doc("", "The addresses of the virtual router. The first one decides whether it is one of IPv4 or of IPv6."),
    own("virtual_ipaddress_excluded", "{ ADDRESS[/LENGTH] [options] ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        r.entries(|r| {
            let Some(vip) = super::address::entry(r) else { return };
            super::statics::no_track_group(vip.track_group.as_ref().map(|group| group.at), r);
            d.excluded.push(vip);
        });
    }).since("0.5.9").example("virtual_ipaddress_excluded {\n    2001:db8::9/64\n}")
    .doc("", "Further addresses that move with the others but are not in advertisements. Both families may be mixed."),
    flag("no_virtual_ipaddress", |d: &mut InstanceDraft, _| d.no_vips_wanted = true).since("2.2.8").example("no_virtual_ipaddress")
        .doc("off", "The instance has no address on purpose."),
    flag("promote_secondaries", |d: &mut InstanceDraft, at| d.further().promote_secondaries = Some(at)).since("1.3.0")
        .doc("off", "Lets other addresses of the interface stay when a primary one goes."),
    own("virtual_routes", "{ ROUTE ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        let routes = &mut d.further().routes;
        r.entries(|r| routes.extend(super::statics::virtual_route(r)));
    }).since("1.0.1").example("virtual_routes {\n    198.51.100.0/24 via 192.0.2.254\n}")
    .doc("", "Routes that are there while the instance is master."),
    own("virtual_rules", "{ RULE ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        let rules = &mut d.further().rules;
        r.entries(|r| rules.extend(super::statics::virtual_rule(r)));
    }).since("1.2.20").example("virtual_rules {\n    from 192.0.2.0/24 table 100 preference 100\n}")
    .doc("", "Routing rules that are there while the instance is master."),
    flag("accept", |d: &mut InstanceDraft, _| d.further().accept = Some(true)).since("1.2.17")
        .doc("on; off in strict mode", "Accepts packets for the addresses also if it is not their owner (priority 255)."),
    flag("no_accept", |d: &mut InstanceDraft, _| d.further().accept = Some(false)).since("1.3.0")
        .doc("", "Drops packets for and from the addresses unless it is their owner: they can be found by ARP and neighbour discovery and do \
             not answer. nftables does it."),
    own("use_vmac", "[[name] INTERFACE] [MAC] [netlink_notify_msg] [group GROUP]", super::link::use_vmac).since("1.2.3").example("use_vmac vrrp51")
        .doc("off", "Puts the addresses on a MAC-VLAN with the MAC address of the virtual router."),
    flag("use_vmac_addr", |d: &mut InstanceDraft, _| d.further().vmac_for_addresses = true).since("2.2.0").example("use_vmac_addr")
        .doc("off", "Makes MAC-VLANs also for addresses on other interfaces."),
    flag("vmac_xmit_base", |d: &mut InstanceDraft, at| d.further().xmit_base = Some(at)).since("1.2.10").example("use_vmac vrrp51\n[vmac_xmit_base]")
        .doc("off", "Sends advertisements from the interface, not from the MAC-VLAN."),
    own("use_ipvlan", "[[name] INTERFACE] [ADDRESS] [bridge|private|vepa] [group GROUP]", super::link::use_ipvlan).since("2.0.17").example("use_ipvlan ipv51")
        .doc("off", "Puts the addresses on an IPVLAN interface."),
    own("vrf", "NAME", super::link::vrf).since("2.2.5")
        .doc("none", "The VRF of a unicast instance without interface."),
    own("track_interface", "{ INTERFACE [weight N] [reverse] ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        super::track::interfaces(&mut d.tracks.interfaces, r);
    }).since("1.0.1").example("track_interface {\n    eth1 weight -20\n}")
    .doc("", "Interfaces that have to be up, or that change the priority."),
    own("track_script", "{ NAME [weight N] [reverse|noreverse] ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        super::track::list(&mut d.tracks.scripts, &super::track::SCRIPT, r);
    }).since("1.1.13").example("track_script {\n    check weight -20\n}")
    .doc("", "Scripts that have to succeed, or that change the priority. They have to be defined before."),
    own("track_file", "{ NAME [weight N] [reverse|noreverse] ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        super::track::list(&mut d.tracks.files, &super::track::FILE, r);
    }).since("2.0.0").example("track_file {\n    drain weight 2\n}")
    .doc("", "Files whose number changes the priority. They have to be defined before."),
    own("track_process", "{ NAME [weight N] [reverse|noreverse] ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        super::track::list(&mut d.tracks.processes, &super::track::PROCESS, r);
    }).since("2.0.11").example("track_process {\n    haproxy weight -20\n}")
    .doc("", "Processes that have to run, or that change the priority. They have to be defined before."),
    own("track_bfd", "{ NAME [weight N] [reverse|noreverse] ... }", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        super::track::list(&mut d.tracks.bfd, &super::track::BFD, r);
    }).since("2.0.0").example("track_bfd {\n    router weight -20\n}")
    .parity(Parity::Stored)
    .doc("", "BFD sessions that have to be up, or that change the priority. They have to be defined before."),
    flag("dont_track_primary", |d: &mut InstanceDraft, _| d.tracks.ignore_primary = true).since("1.1.8")
        .doc("off", "The link state of the interface does not matter."),
    switch("strict_mode", |d: &mut InstanceDraft, on, _| d.strict = Some(on)).since("1.2.20")
        .doc("vrrp_strict of global_defs", "Follows the RFC to the letter."),
    switch("skip_check_adv_addr", |d: &mut InstanceDraft, on, _| d.skip_check_adv_addr = Some(on)).since("1.2.20").doc(
        "vrrp_skip_check_adv_addr of global_defs",
        "Compares the addresses of an advertisement only if it does not come from the last master.",
    ),
    switch("v3_checksum_as_v2", |d: &mut InstanceDraft, on, _| d.v3_checksum_as_v2 = Some(on)).since("2.2.8")
        .doc("v3_checksum_as_v2 of global_defs", "Leaves the pseudo-header out of the checksum of version 3 for IPv4."),
    switch("lower_prio_no_advert", |d: &mut InstanceDraft, on, at| d.lower_prio_no_advert = Some(At::new(on, at))).since("1.2.20")
        .doc("vrrp_lower_prio_no_advert of global_defs", "Does not answer a master of lower priority."),
    switch("higher_prio_send_advert", |d: &mut InstanceDraft, on, at| {
        d.higher_prio_send_advert = Some(At::new(on, at));
    }).since("1.3.5")
    .doc("vrrp_higher_prio_send_advert of global_defs", "Sends one more advertisement before it yields to a better master."),
    switch("owner_ignore_adverts", |d: &mut InstanceDraft, on, at| d.owner_ignore_adverts = Some(At::new(on, at))).since("2.3.3")
        .doc("vrrp_owner_ignore_adverts of global_defs", "An owner of the addresses drops all advertisements."),
    own("timer_expired_backup", "[PRIORITY]", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        let at = r.at(0);
        let priority = if r.count() > 1 { r.number(1, 1, 254) } else { Some(254) };
        d.further().timer_expired_backup = priority.map(|n| At::new(Priority::new(fit(n)), at));
    }).since("2.2.8").range("1 to 254").example("nopreempt\n[timer_expired_backup 100]")
    .alias(&["thread_timer_expired"])
    .doc("off", "Steps back if this host was so late that another one, of at most this priority, must have taken over."),
    whole_seconds("garp_master_delay", 0, LONGEST_WHOLE, |d: &mut InstanceDraft, n, _| d.garp.delay = Some(whole(n))).since("0.7.1").example("garp_master_delay 10")
        .doc("vrrp_garp_master_delay of global_defs", "Seconds after which a new master announces its addresses again; 0: it does not."),
    own("garp_master_repeat", "NUMBER", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        d.garp.repeat = repetitions(r).or(d.garp.repeat);
    }).since("1.2.14").range("1 to 4294967295").example("garp_master_repeat 3")
        .doc("vrrp_garp_master_repeat of global_defs", "How often each address is announced in a row."),
    whole_seconds("garp_master_refresh", 0, MOST, |d: &mut InstanceDraft, n, _| d.garp.refresh = Some(whole(n))).since("1.2.10")
        .doc("vrrp_garp_master_refresh of global_defs", "Seconds between announcements while master; 0: none."),
    own("garp_master_refresh_repeat", "NUMBER", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        d.garp.refresh_repeat = repetitions(r).or(d.garp.refresh_repeat);
    }).since("1.2.14").range("1 to 4294967295").example("garp_master_refresh_repeat 2")
        .doc("vrrp_garp_master_refresh_repeat of global_defs", "How often each address is announced then."),
    whole_seconds("garp_lower_prio_delay", 0, LONGEST_WHOLE, |d: &mut InstanceDraft, n, at| {
        d.garp.lower_prio_delay = Some(At::new(whole(n), at));
    }).since("1.2.20")
    .doc("vrrp_garp_lower_prio_delay of global_defs", "As garp_master_delay, after a master of lower priority was heard."),
    number("garp_lower_prio_repeat", 0, MOST_SIGNED, |d: &mut InstanceDraft, n, at| {
        d.garp.lower_prio_repeat = Some(At::new(fit(n), at));
    }).since("1.2.20")
    .doc("vrrp_garp_lower_prio_repeat of global_defs", "As garp_master_repeat, after a master of lower priority was heard; 0: not at all."),
    own("garp_extra_if", "[all] [SECONDS]", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        d.further().extra_announcements = super::global::extra_announcements(0, r);
    }).since("2.2.3").range("0 to 86400 s").example("garp_extra_if all 60")
    .deprecated_name(&["vmac_garp_intvl"])
    .doc("vrrp_garp_extra_if of global_defs", "Every so often announces one address on each MAC-VLAN, or with `all` on each interface, that has addresses and that no \
        advertisement leaves by."),
    own("notify_master", COMMAND, |d: &mut InstanceDraft, r: &mut Reader<'_>| hook(&mut d.hooks, HookKind::Master, r)).since("0.5.9")
        .doc("none", "A command that is run when the instance becomes master."),
    own("notify_backup", COMMAND, |d: &mut InstanceDraft, r: &mut Reader<'_>| hook(&mut d.hooks, HookKind::Backup, r)).since("0.5.9")
        .doc("none", "A command that is run when the instance becomes backup."),
    own("notify_fault", COMMAND, |d: &mut InstanceDraft, r: &mut Reader<'_>| hook(&mut d.hooks, HookKind::Fault, r)).since("0.5.9")
        .doc("none", "A command that is run when the instance goes to FAULT."),
    own("notify_stop", COMMAND, |d: &mut InstanceDraft, r: &mut Reader<'_>| hook(&mut d.hooks, HookKind::Stop, r)).since("1.1.13")
        .doc("none", "A command that is run when keepalived stops."),
    own("notify", COMMAND, |d: &mut InstanceDraft, r: &mut Reader<'_>| hook(&mut d.hooks, HookKind::Any, r)).since("0.5.3").doc(
        "none",
        "A command that is run on every change, with four further arguments: `INSTANCE`, the name, the state and the \
         priority. As an addition of keepalived-rs it and the other `notify_...` commands find in their environment: \
         `NOTIFY_TYPE`, `NOTIFY_NAME`, `NOTIFY_STATE`, `NOTIFY_PREVIOUS_STATE`, `NOTIFY_PRIORITY`, `NOTIFY_TIME` and \
         `NOTIFY_REASON`. Commands of one instance run one after the other; of the calls that pile up behind one that \
         takes long, only the newest of each kind is made.",
    ),
    own("notify_master_rx_lower_pri", COMMAND, |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        hook(&mut d.hooks, HookKind::MasterRxLowerPri, r);
    }).since("2.0.6")
    .doc("none", "A command that is run when a master hears a router of lower priority."),
    own("notify_deleted", "[COMMAND [USER [[:]GROUP]]]", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        let command = if r.count() > 1 { r.command() } else { None };
        d.further().notify_deleted = Some(command);
    }).since("2.1.0").example("notify_deleted /usr/bin/true")
    .doc("off", "Tells of an instance that a reload takes away as DELETED, not as FAULT."),
    switch("notify_priority_changes", |d: &mut InstanceDraft, on, _| d.notify_priority_changes = Some(on)).since("2.0.16")
        .doc("vrrp_notify_priority_changes of global_defs", "Also tells of changes of the effective priority."),
    switch("smtp_alert", |d: &mut InstanceDraft, on, _| d.further().mail = Some(on)).since("0.5.7")
        .doc("smtp_alert of global_defs, else off", "Sends mail on changes."),
    own("kernel_rx_buf_size", "OCTETS", |d: &mut InstanceDraft, r: &mut Reader<'_>| {
        if !super::global::too_many(r) {
            d.further().receive_buffer = r.number(1, 0, MOST).map(fit);
        }
    }).since("2.0.3").range("0 to 4294967295 octets").example("kernel_rx_buf_size 65536")
    .optional()
    .parity(Parity::NoEffect(super::ONE_SOCKET))
    .doc("vrrp_rx_bufs_policy of global_defs", "The receive buffer for this instance."),
    own("debug", "LEVEL", |_, r: &mut Reader<'_>| {
        r.number(1, 0, 4);
    }).since("0.5.3").range("0 to 4").example("debug 1")
    .parity(Parity::NoEffect("it has not done anything for a long time"))
    .doc("", "Once made the log louder."),
    own("linkbeat_use_polling", "", |_, r: &mut Reader<'_>| {
        let message = "`linkbeat_use_polling` does not belong in an instance any more";
        r.report(&code::DEPRECATED, r.at(0), message).help("list the interface in `linkbeat_interfaces`");
        r.use_all();
    }).since("2.0.0").example("linkbeat_use_polling")
    .doc("", "Now `linkbeat_interfaces`."),
    own("lvs_sync_daemon_interface", "INTERFACE", |_, r: &mut Reader<'_>| {
        let message = "`lvs_sync_daemon_interface` does not belong in an instance any more";
        r.report(&code::DEPRECATED, r.at(0), message)
            .help("write `lvs_sync_daemon INTERFACE INSTANCE` in global_defs");
        r.interface(1);
    }).since("0.5.5")
    .doc("", "Now `lvs_sync_daemon` of global_defs."),
];

const COMMAND: &str = "COMMAND [USER [[:]GROUP]]";

const AUTH_ROWS: &[Keyword<AuthDraft>] = &[
    own("auth_type", "PASS|AH", |d: &mut AuthDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        if let Some(kind) = r.choice(1, &[("PASS", AuthType::Pass), ("AH", AuthType::Ah)]) {
            d.kind = Some(At::new(kind, at));
        }
    })
    .since("0.5.3")
    .example("[auth_type PASS]")
    .doc("none", "PASS sends the password in clear; AH signs with it (IPsec authentication header)."),
    own("auth_pass", "PASSWORD", auth_pass)
        .since("0.5.3")
        .example("[auth_pass k7c2p9xd]")
        .doc("", "The password: the first eight octets count. It has to be the same on all routers."),
];

fn auth_pass(d: &mut AuthDraft, r: &mut Reader<'_>) {
    let Some(text) = r.required(1, "a password") else { return };
    let mut password = [0; 8];
    for (octet, given) in password.iter_mut().zip(text.bytes()) {
        *octet = given;
    }
    if text.len() > password.len() {
        let message = format!("only the first 8 of the {} octets of this password count", text.len());
        r.report(&instance_code::LONG_PASSWORD, r.at(1), message)
            .help("shorten it to 8 octets on all routers at once");
    }
    d.password = Some(Password::new(password));
}

fn state(d: &mut InstanceDraft, r: &mut Reader<'_>) {
    let at = r.at(1);
    let Some(text) = r.required(1, "MASTER or BACKUP") else { return };
    let master = text == "MASTER";
    if !master && text != "BACKUP" {
        let message = format!("`{text}` is no state to start in; BACKUP is taken");
        let help = text.eq_ignore_ascii_case("MASTER").then_some("case matters: write `MASTER`");
        let problem = r.report(&code::BAD_CHOICE, at, message).label("expected MASTER or BACKUP");
        if let Some(help) = help {
            problem.help(help);
        }
    }
    if let Some(former) = d.state
        && former.value
        && !master
    {
        r.report(&code::GIVEN_TWICE, at, "the state is MASTER already; this line is ignored")
            .also(former.at, "given here");
        return;
    }
    d.state = Some(At::new(master, at));
}

fn version(d: &mut InstanceDraft, r: &mut Reader<'_>) {
    let at = r.at(1);
    let Some(version) = r.choice(1, &[("2", Version::V2), ("3", Version::V3)]) else { return };
    let family = d.family.filter(|family| family.value == Family::V6 && version == Version::V2);
    if let Some(family) = family {
        let message =
            "version 2 has no effect here: the instance is one of IPv6 already and speaks version 3";
        r.report(&instance_code::VERSION_CONFLICT, at, message)
            .also(family.at, "this makes it one of IPv6")
            .help("VRRPv2 has no IPv6; remove the line");
        return;
    }
    d.version = Some(At::new(version, at));
}

fn source(d: &mut InstanceDraft, r: &mut Reader<'_>) {
    let at = r.at(1);
    let Some(address) = r.address(1) else { return };
    if same_family(d, At::new(Family::of(address), at), "source address", r) {
        d.source = Some(At::new(address, at));
    }
}

fn group(d: &mut InstanceDraft, r: &mut Reader<'_>) {
    let at = r.at(1);
    let Some(address) = r.address(1) else { return };
    let fits = match address {
        IpAddr::V4(address) => address.is_multicast(),
        IpAddr::V6(address) => {
            address.is_multicast() && address.segments().first().is_some_and(|word| word & 0xf == 2)
        }
    };
    if !fits {
        let message = format!("{address} is no group for advertisements");
        r.report(&code::BAD_ADDRESS, at, message)
            .label("expected an IPv4 group, or an IPv6 group of link-local scope");
    } else if same_family(d, At::new(Family::of(address), at), "group", r) {
        d.group = Some(At::new(address, at));
    }
}

/// A command for `kind`, of which only the first counts.
pub(super) fn hook(hooks: &mut Vec<(HookKind, CommandLine)>, kind: HookKind, r: &mut Reader<'_>) {
    let keyword = r.keyword();
    let Some(command) = r.command() else { return };
    if let Some((_, first)) = hooks.iter().find(|(other, _)| *other == kind) {
        let first = first.at;
        let message = format!("there is a `{keyword}` already; this one is ignored");
        r.report(&code::GIVEN_TWICE, command.at, message).also(first, "the first one is here");
        return;
    }
    hooks.push((kind, command));
}

/// Whether `what` is of the family of the instance, which the first address of any kind decides.
pub(super) fn same_family(d: &mut InstanceDraft, found: At<Family>, what: &str, r: &mut Reader<'_>) -> bool {
    let family = *d.family.get_or_insert(found);
    if family.value == found.value {
        return true;
    }
    let message = format!("this {what} is {}, but the instance is one of {}", found.value, family.value);
    let problem = r
        .report(&instance_code::OTHER_FAMILY, found.at, message)
        .label("ignored")
        .also(family.at, format!("this makes it one of {}", family.value));
    if what == "address" {
        problem.help("put it into `virtual_ipaddress_excluded`, or into an instance of its own");
    }
    false
}

const _: () = assert!(LONGEST / 1_000_000 == 4294, "LONGEST_WHOLE is LONGEST in seconds");
