//! Dumps of the two programs for the same configuration, field by field.
//!
//! Each configuration runs on a host of its own, once with each program. Times, process and descriptor numbers and
//! the count of adverts sent so far differ by nature; what 2.2.7, the C program here, tells otherwise than 2.4.3 is in
//! the tables below. Everything else has to be the same.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it finds a fault")]

use std::os::unix::fs::PermissionsExt as _;

use netns_tests::command;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

/// What only 2.4.3 tells.
const NEW: &[&str] = &[
    " Replace symlinks in script paths",
    " Don't set supplementary groups for all scripts",
    " Use VRRPv2 checksum for VRRPv3 IPv4 = ",
    " SNMP VS stats update interval = ",
    " SNMP RS stats update interval = ",
    " DBus no interface name = ",
    " json_version ",
    " iproute usr directory ",
    " iproute etc directory ",
    "   Flags of interface faults - ",
    "   Last advert sent = ",
    "   Highest other priority = ",
    "   VRRPv3 uses VRRPv2 checksum = ",
    "   Group = ",
];

/// What only 2.2.7 tells, or tells in other words; and a sysctl that it tells only after interfaces have changed. What
/// settings were it reads when it has changed them already (`dumps::vmac_originals` looks at ours).
const OLD: &[&str] =
    &[" libnftnl version ", "   Master advert int = ", "   Master advert interval = ", "   rp_filter "];

/// What 2.2.7 reads when it has changed it already.
const REREAD: &[&str] =
    &["   Original arp_ignore ", "   Original arp_filter ", "   Original promote_secondaries "];

/// What differs by nature.
const FLEETING: &[&str] =
    &["   Last transition = ", "   Read timeout = ", "   fd_in ", " fd_in ", "   index = "];

/// What 2.2.7 shows and 2.4.3 hides.
const SECRET: &str = "   Password = ";

/// The virtual router of instances here.
const VMAC: Mac = Mac([0, 0, 0x5e, 0, 1, 51]);

/// The three dumps of one program.
struct Dumped {
    data: String,
    stats: String,
    json: String,
    parent: String,
}

const SIGNALS: [(&str, &str); 3] = [("USR1", "data"), ("USR2", "stats"), ("36", "json")];

fn dump(program: Program, name: &str, conf: &str) -> Dumped {
    let lab = Lab::new(&format!("dumps {name}"), &[("a", program), ("x", program)]);
    let a = lab.node("a");
    if conf.contains("use_vmac") {
        a.gets_mac(VMAC);
    }
    a.write("/tmp/number", "3\n");
    a.write(CONFIG, conf);
    a.restart();
    a.expect_listening(secs(8));
    // Elections, delays of scripts and the second burst of announcements are over.
    pause(secs(6));
    let (parent, _) = a.family();
    let pid = parent.pid.to_string();
    let mut texts = Vec::new();
    for (signal, extension) in SIGNALS {
        let path = a.host_path(&format!("/tmp/keepalived.{extension}"));
        let said = command::run(&["kill", "-s", signal, &pid]);
        assert_eq!(said, "", "{name}: kill says");
        let read = || std::fs::read_to_string(&path).ok().filter(|text| text.len() > 10);
        let Some(_) = poll_until(secs(5), read) else { panic!("{name}: no {extension} of {program}") };
        // The C program names the file before it has written it.
        pause(millis(200));
        let mode = std::fs::metadata(&path).expect("it has been read").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{name}: permissions of {extension} of {program}");
        texts.push(std::fs::read_to_string(&path).expect("it has been read"));
    }
    let parent = std::fs::read_to_string(a.host_path("/tmp/keepalived_parent.data"));
    a.stop();
    lab.finish();
    let [data, stats, json] = texts.try_into().expect("there are three");
    Dumped { data, stats, json, parent: parent.expect("the parent writes with the others") }
}

/// The lines of a data file that have to agree.
fn data_lines(text: &str) -> Vec<String> {
    let left_out = |line: &&str| {
        let prefixes = NEW.iter().chain(OLD).chain(REREAD).chain(FLEETING);
        line.starts_with(SECRET) || prefixes.into_iter().any(|prefix| line.starts_with(prefix))
    };
    let kept = text.lines().filter(|line| !left_out(line));
    let kept = kept.map(|line| {
        let line = line.replace("interface and track script faults", "tracker faults");
        // Whether a script runs at this very moment.
        let line = line.replace("   State = running", "   State = idle");
        // 2.2.7 forgets where routes without an interface are, and says that it does not watch them.
        let line = line.replace(" [installed ifindex 0]", "");
        let line = line.trim_end_matches(" no_track");
        let line = line.split(", ifindex ").next().unwrap_or_default().to_owned();
        line.split(" Last checked ").next().unwrap_or_default().to_owned()
    });
    kept.collect()
}

/// The lines of a statistics file that have to agree.
fn stats_lines(text: &str) -> Vec<String> {
    let new =
        ["Missing", "Malformed", "Unknown Key", "Invalid HMAC", "Stale", "Replay", "Authentication Ext"];
    let mut kept = Vec::new();
    let mut in_adverts = false;
    for line in text.lines() {
        let key = line.trim_start();
        in_adverts = key == "Advertisements:" || in_adverts && line.starts_with("    ");
        let is_new = new.iter().any(|word| key.starts_with(word));
        let is_fleeting = in_adverts && key.starts_with("Sent");
        if !is_new && !is_fleeting {
            kept.push(line.to_owned());
        }
    }
    kept
}

/// The members of a JSON file that have to agree.
fn json_members(text: &str) -> Vec<String> {
    let fleeting = ["\"last_transition\"", "\"advert_sent\"", "\"auth_data\"", "\"auth_ext_"];
    let members = text.split(',').map(|member| member.trim_start_matches("\"stats\":{"));
    let members = members.filter(|member| !fleeting.iter().any(|name| member.contains(name)));
    members.map(|member| member.replace(" [installed ifindex 0]", "").replace(" no_track\"", "\"")).collect()
}

/// Says how `ours` differs from `theirs`, if it does.
fn differences(what: &str, theirs: &[String], ours: &[String]) -> Option<String> {
    if theirs == ours {
        return None;
    }
    let missing = theirs.iter().filter(|line| !ours.contains(line)).map(|line| format!("- {line}"));
    let added = ours.iter().filter(|line| !theirs.contains(line)).map(|line| format!("+ {line}"));
    let all: Vec<String> = missing.chain(added).collect();
    let order = if all.is_empty() { "the same lines in another order or number" } else { "" };
    Some(format!("{what}: {order}\n{}\n", all.join("\n")))
}

fn compare(name: &str, conf: &str) {
    let conf =
        format!("global_defs {{\n router_id lab\n script_user root\n enable_script_security\n}}\n{conf}");
    let (theirs, ours) = (dump(Program::Theirs, name, &conf), dump(Program::Ours, name, &conf));
    let found: Vec<String> = [
        differences("data", &data_lines(&theirs.data), &data_lines(&ours.data)),
        differences("parent data", &data_lines(&theirs.parent), &data_lines(&ours.parent)),
        differences("stats", &stats_lines(&theirs.stats), &stats_lines(&ours.stats)),
        differences("json", &json_members(&theirs.json), &json_members(&ours.json)),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(found.is_empty(), "{name}: the C program says -, we say +\n{}", found.join("\n"));
}

/// An instance on eth0 with an address and the lines `more`.
fn instance(name: &str, vrid: u8, more: &str) -> String {
    format!(
        "vrrp_instance {name} {{\n interface eth0\n virtual_router_id {vrid}\n virtual_ipaddress {{\n \
         10.77.1.{vrid}\n }}\n {more}\n}}\n"
    )
}

/// Settings that are changed for MAC-VLANs are told as they were before.
#[test]
fn vmac_originals() {
    let lab = Lab::new("dumps vmac_originals", &[("a", Program::Ours), ("x", Program::Ours)]);
    let a = lab.node("a");
    a.gets_mac(VMAC);
    let set = "echo 2 >/proc/sys/net/ipv4/conf/eth0/arp_ignore";
    let _ = command::run(&["ip", "netns", "exec", a.netns().name(), "sh", "-ec", set]);
    a.write(CONFIG, &instance("VI_1", 51, "use_vmac"));
    a.restart();
    a.expect_listening(secs(8));
    pause(secs(1));
    let (parent, _) = a.family();
    let _ = command::run(&["kill", "-s", "USR1", &parent.pid.to_string()]);
    let path = a.host_path("/tmp/keepalived.data");
    let text = poll_until(secs(5), || std::fs::read_to_string(&path).ok()).expect("a dump");
    let of_eth0 = text.split(" Name = eth0\n").nth(1).and_then(|rest| rest.split(" Name = ").next());
    let lines: Vec<&str> = of_eth0.unwrap_or_default().lines().filter(|line| line.contains("arp_")).collect();
    assert_eq!(lines, ["   Original arp_ignore 2", "   Original arp_filter 0"], "{text}");
    a.stop();
    lab.finish();
}

macro_rules! same {
    ($($name:ident: $conf:expr;)+) => { $(
        #[test]
        fn $name() {
            compare(stringify!($name), &$conf);
        }
    )+ };
}

same! {
    plain: instance("VI_1", 51, "");
    version_3: instance("VI_1", 51, "version 3\n advert_int 0.5\n priority 120");
    version_3_over_ipv6: "vrrp_instance V6 {\n interface eth0\n virtual_router_id 53\n virtual_ipaddress {\n \
        fe80::53\n fd77::153/64\n fd77::154/64 preferred_lft 30\n }\n}\n";
    password: instance("VI_1", 51, "authentication {\n auth_type PASS\n auth_pass abcd\n }");
    authentication_header: instance("VI_1", 51, "authentication {\n auth_type AH\n auth_pass abcd\n }");
    unicast: instance("VI_1", 51, "unicast_src_ip 10.77.0.1\n unicast_peer {\n 10.77.0.8\n 10.77.0.9 min_ttl 3\n \
        }\n check_unicast_src\n unicast_ttl 100");
    vmac: instance("VI_1", 51, "use_vmac");
    vmac_xmit_base: instance("VI_1", 51, "use_vmac\n vmac_xmit_base");
    promote_secondaries: instance("VI_1", 51, "promote_secondaries");
    nopreempt: instance("VI_1", 51, "nopreempt");
    preempt_delay: instance("VI_1", 51, "preempt_delay 2.5");
    garp: instance("VI_1", 51, "garp_master_delay 3\n garp_master_refresh 20\n garp_master_refresh_repeat 2\n \
        garp_lower_prio_repeat 2\n garp_lower_prio_delay 4");
    own_flags: instance("VI_1", 51, "dont_track_primary\n skip_check_adv_addr\n lower_prio_no_advert\n \
        higher_prio_send_advert\n down_timer_adverts 5");
    addresses: instance("VI_1", 51, "virtual_ipaddress_excluded {\n 10.77.2.1/24 brd 10.77.2.255 label eth0:x\n \
        10.77.2.2 no_track\n }");
    routes: instance("VI_1", 51, "virtual_routes {\n 198.51.100.0/24 via 10.77.0.9 dev eth0 metric 5\n blackhole 198.51.101.0/24\n \
        198.51.102.0/24 dev eth0 src 10.77.1.51 table 100 scope link\n 2001:db8:1::/48 via fd77::9 dev eth0 pref high\n \
        198.51.103.0/24 nexthop via 10.77.0.8 weight 3 nexthop via 10.77.0.9 dev eth0 onlink\n \
        198.51.104.0/24 via 10.77.0.9 dev eth0 mtu lock 1400 advmss 1300 quickack 1 features ecn append\n \
        198.51.105.0/24 via 10.77.0.9 tos 0x10 no_track\n }");
    rules: instance("VI_1", 51, "virtual_rules {\n from 198.51.100.0/24 table 100 preference 500\n \
        not to 198.51.101.0/24 fwmark 3/7 iif eth0 table 4000 preference 501\n from 198.51.102.0/24 unreachable preference 502\n \
        from 198.51.103.0/24 goto 600 preference 503\n ipproto 6 sport 10-20 dport 30-40 table 100 preference 504\n \
        uidrange 10-20 suppress_prefixlength 0 table 100 preference 505 no_track\n from 2001:db8:1::/48 table 100 preference 506\n }");
    statics: format!("static_ipaddress {{\n 10.77.8.1/24 dev eth0\n fd77:8::1/64 dev eth0\n}}\nstatic_routes {{\n 192.0.2.0/24 via \
        10.77.8.9 dev eth0\n}}\nstatic_rules {{\n from 192.0.2.0/24 table 99 preference 700\n}}\ntrack_group G {{\n group {{\n VI_1\n \
        }}\n}}\n{}", instance("VI_1", 51, ""));
    hooks: instance("VI_1", 51, "notify_master \"/usr/bin/true 'a b' c\"\n notify_backup /usr/bin/true\n notify_fault \
        /usr/bin/true\n notify_stop /usr/bin/true\n notify /usr/bin/true\n notify_priority_changes");
    mail: format!("{}{}", instance("VI_1", 51, "smtp_alert"), instance("VI_2", 52, ""));
    source: instance("VI_1", 51, "mcast_src_ip 10.77.0.1");
    fault: format!("vrrp_script chk {{\n script /usr/bin/false\n interval 1\n}}\n{}",
        instance("VI_1", 51, "track_script {\n chk\n }"));
    group: format!("vrrp_sync_group G {{\n group {{\n VI_1\n VI_2\n }}\n notify /usr/bin/true\n}}\n{}{}",
        instance("VI_1", 51, ""), instance("VI_2", 52, ""));
    file: format!("track_file tf {{\n file /tmp/number\n weight 2\n}}\n{}",
        instance("VI_1", 51, "track_file {\n tf weight 3\n }"));
    script: format!("vrrp_script chk {{\n script /usr/bin/true\n interval 1\n rise 2\n fall 2\n weight 5\n}}\n{}",
        instance("VI_1", 51, "track_script {\n chk\n }"));
    json_of_several: format!("{}{}{}", instance("VI_1", 51, ""), instance("VI_2", 52, "priority 200"),
        instance("VI_3", 53, "version 3"));
}
