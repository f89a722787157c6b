//! The texts of the dumps, as clients read them.

use std::collections::BTreeMap;

use netns_tests::alone;
use netns_tests::prelude::*;

use crate::{dump, master, python};

const DATA: &str = "/tmp/keepalived.data";
const STATS: &str = "/tmp/keepalived.stats";
const JSON: &str = "/tmp/keepalived.json";

/// Two instances, an excluded address and two scripts.
fn conf() -> Conf {
    let second = "vrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 52\n    priority 90\n    \
        virtual_ipaddress {\n        10.77.0.152\n    }\n}";
    let script = |name: &str, program: &str| {
        format!("vrrp_script {name} {{\n    script {program}\n    interval 1\n    weight 2\n}}")
    };
    Conf::v3(100)
        .global("script_user root")
        .block(&script("good", "/usr/bin/true"))
        .block(&script("bad", "/usr/bin/false"))
        .block(second)
        .line("track_script {\n        good\n        bad\n    }")
        .line("virtual_ipaddress_excluded {\n        10.77.2.1/24\n    }")
}

/// What the exporter for Prometheus that most people use knows of an instance from the data file, by its rules: an
/// instance begins at a line ` VRRP Instance = NAME`, its lines are indented by three blanks, lists by five, and any
/// other line ends it.
#[derive(Debug, Default)]
struct Exported {
    values: BTreeMap<String, String>,
    addresses: Vec<(String, String)>,
    excluded: Vec<(String, String)>,
}

fn exported(text: &str) -> BTreeMap<String, Exported> {
    let mut all: BTreeMap<String, Exported> = BTreeMap::new();
    let (mut name, mut key) = (String::new(), String::new());
    for line in text.lines() {
        if line.starts_with(" VRRP Instance") && line.contains('=') {
            name = line.split('=').nth(1).unwrap_or_default().trim().to_owned();
            all.entry(name.clone()).or_default();
        } else if line.starts_with("   ") && !name.is_empty() {
            let entry = all.entry(name.clone()).or_default();
            if line.starts_with("     ") {
                let words: Vec<&str> = line.trim().split(' ').collect();
                let list = match &*key {
                    key if key.starts_with("Virtual IP (") => Some(&mut entry.addresses),
                    key if key.starts_with("Virtual IP Excluded") => Some(&mut entry.excluded),
                    _ => None,
                };
                if let Some(list) = list {
                    assert!(words.len() >= 3, "too few words: {line}");
                    list.push((words[0].to_owned(), words[2].to_owned()));
                }
                continue;
            }
            let Some((said, value)) = line.trim().split_once(['=', ':']) else { continue };
            key = said.trim().to_owned();
            entry.values.insert(key.clone(), value.trim().to_owned());
        } else if !line.starts_with(" VRRP Version") && !line.starts_with(" VRRP Script") {
            name.clear();
        }
    }
    all
}

/// The exporter's rules for scripts: name, status and state.
fn exported_scripts(text: &str) -> Vec<[String; 3]> {
    let mut all: Vec<[String; 3]> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with(" VRRP Script") && line.contains('=') {
            let name = line.split('=').nth(1).unwrap_or_default().trim();
            all.push([name.to_owned(), String::new(), String::new()]);
            inside = true;
        } else if line.starts_with("   ") && inside {
            let Some((key, value)) = line.trim().split_once('=') else { continue };
            let script = all.last_mut().expect("a script has begun");
            match key.trim() {
                "Status" => value.trim().clone_into(&mut script[1]),
                "State" => value.trim().clone_into(&mut script[2]),
                _ => {}
            }
        } else {
            inside = false;
        }
    }
    all
}

fn exporter_reads_the_data_file(lab: &Lab) {
    let a = master(lab, &conf());
    pause(secs(2));
    let text = dump(a, "USR1", DATA);
    let all = exported(&text);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["VI_1", "VI_2"], "{text}");
    let first = &all["VI_1"];
    assert_eq!(first.values["State"], "MASTER");
    assert_eq!(first.values["Wantstate"], "MASTER");
    let interface = ["Interface", "Listening device"].iter().find_map(|key| first.values.get(*key));
    assert_eq!(interface.map(String::as_str), Some("eth0"));
    assert_eq!(first.values["Gratuitous ARP delay"].parse(), Ok(5));
    assert_eq!(first.values["Virtual Router ID"].parse(), Ok(51));
    assert_eq!(first.addresses, [("10.77.0.100/24".to_owned(), "eth0".to_owned())], "{text}");
    assert_eq!(first.excluded, [("10.77.2.1/24".to_owned(), "eth0".to_owned())]);
    assert_eq!(all["VI_2"].addresses, [("10.77.0.152".to_owned(), "eth0".to_owned())]);
    let scripts = exported_scripts(&text);
    let told: Vec<[&str; 2]> = scripts.iter().map(|[name, status, _]| [&**name, &**status]).collect();
    assert_eq!(told, [["good", "GOOD"], ["bad", "BAD"]], "{text}");
    let states = ["idle", "running", "requested termination", "forcing termination"];
    assert!(scripts.iter().all(|[_, _, state]| states.contains(&&**state)), "{scripts:?}");
    // Instances of both files have to be the same ones.
    let stats = dump(a, "USR2", STATS);
    let names: Vec<&str> = stats.lines().filter_map(|line| line.strip_prefix("VRRP Instance: ")).collect();
    assert_eq!(names, ["VI_2", "VI_1"], "{stats}");
}

/// The exporter's rules for statistics: a line that ends with a colon begins a part, a line with four blanks is a number
/// of it, one with two a number of the instance; every number is one.
fn exporter_reads_the_statistics(lab: &Lab) {
    let a = master(lab, &conf());
    let stats = dump(a, "USR2", STATS);
    let mut found: BTreeMap<String, i64> = BTreeMap::new();
    let (mut instance, mut part) = (String::new(), String::new());
    for line in stats.lines() {
        if let Some(name) = line.strip_prefix("VRRP Instance").and_then(|rest| rest.strip_prefix(':')) {
            name.trim().clone_into(&mut instance);
        } else if line.starts_with("  ") && line.ends_with(':') {
            line.trim().trim_end_matches(':').clone_into(&mut part);
        } else if line.starts_with("  ") {
            if !line.starts_with("    ") {
                part.clear();
            }
            let (key, value) = line.trim().split_once(':').expect("a key and a number");
            let value = value.trim().parse().unwrap_or_else(|_| panic!("{line} is no number"));
            found.insert(format!("{instance}/{part}/{}", key.trim()), value);
        }
    }
    for key in [
        "Advertisements/Received",
        "Advertisements/Sent",
        "/Became master",
        "/Released master",
        "Packet Errors/Length",
        "Packet Errors/TTL",
        "Packet Errors/Invalid Type",
        "Packet Errors/Advertisement Interval",
        "Packet Errors/Address List",
        "Authentication Errors/Invalid Type",
        "Authentication Errors/Type Mismatch",
        "Authentication Errors/Failure",
        "Priority Zero/Received",
        "Priority Zero/Sent",
    ] {
        for name in ["VI_1", "VI_2"] {
            assert!(found.contains_key(&format!("{name}/{key}")), "{name}: no {key} in\n{stats}");
        }
    }
    assert_eq!(found["VI_1//Became master"], 1);
    assert!(found["VI_1/Advertisements/Sent"] >= 1);
}

/// A test of switches (forch) skips the first line and reads the rest as YAML.
fn statistics_are_yaml(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    let _ = dump(a, "USR2", STATS);
    let client = "import sys, yaml, json\n\
        lines = open(sys.argv[1]).readlines()[1:]\n\
        print(json.dumps(yaml.safe_load(''.join(lines)), sort_keys=True))";
    let read = python(client, &a.host_path(STATS));
    for part in
        ["\"Advertisements\": {\"Received\": 0, \"Sent\": ", "\"Became master\": 1", "\"Priority Zero\": {"]
    {
        assert!(read.contains(part), "{read}");
    }
}

/// The exporter and VyOS decode this, with these types; the exporter takes a delay for a whole number only.
fn json_has_the_members_that_clients_decode(lab: &Lab) {
    let a = master(lab, &conf());
    let _ = dump(a, "36", JSON);
    let client = "import json, sys\n\
        text = open(sys.argv[1]).read()\n\
        assert text.count('\\n') <= 1, 'it has several lines'\n\
        vrrps = json.loads(text)\n\
        assert [v['data']['iname'] for v in vrrps] == ['VI_2', 'VI_1'], vrrps\n\
        for v in vrrps:\n\
        \x20   d, s = v['data'], v['stats']\n\
        \x20   for key in ('state wantstate garp_delay vrid effective_priority').split():\n\
        \x20       assert type(d[key]) is int, (key, d[key])\n\
        \x20   assert type(d['last_transition']) is float and d['last_transition'] > 1.6e9, d\n\
        \x20   assert type(d['ifp_ifname']) is str\n\
        \x20   for key in ('advert_rcvd advert_sent become_master release_master packet_len_err advert_interval_err '\n\
        \x20               'ip_ttl_err invalid_type_rcvd addr_list_err invalid_authtype authtype_mismatch auth_failure '\n\
        \x20               'pri_zero_rcvd pri_zero_sent').split():\n\
        \x20       assert type(s[key]) is int, (key, s[key])\n\
        second, first = (v['data'] for v in vrrps)\n\
        assert first['state'] == 2 and first['vrid'] == 51 and first['garp_delay'] == 5, first\n\
        assert [vip.split(' ')[0:3:2] for vip in first['vips']] == [['10.77.0.100/24', 'eth0']], first\n\
        assert [vip.split(' ')[0:3:2] for vip in first['evips']] == [['10.77.2.1/24', 'eth0']], first\n\
        assert 'evips' not in second, second\n\
        assert len(first['track_script']) == 2, first";
    let _ = python(client, &a.host_path(JSON));
}

/// Zabbix reads version 2, where the list has a name.
fn json_of_version_2(lab: &Lab) {
    if lab.node("a").program() == Program::Theirs {
        // 2.2.8 is the first that knows it.
        return;
    }
    let process = "vrrp_track_process sleeper {\n    process nobody-runs-this\n}";
    let conf = conf().global("json_version 2").block(process);
    let a = master(lab, &conf);
    let _ = dump(a, "36", JSON);
    let client = "import json, sys\n\
        read = json.load(open(sys.argv[1]))\n\
        assert list(read) == ['vrrp', 'track_process'], read\n\
        assert [v['data']['iname'] for v in read['vrrp']] == ['VI_2', 'VI_1'], read\n\
        (process,) = read['track_process']\n\
        assert process['process'] == 'sleeper' and process['param_match'] == 'none', process\n\
        assert process['current_processes'] == 0 and process['have_quorum'] is False, process\n\
        for key in 'min_processes weight terminate_delay fork_delay'.split():\n\
        \x20   assert type(process[key]) in (int, float), process\n\
        for key in 'fork_delay_timer_running terminate_delay_timer_running full_command'.split():\n\
        \x20   assert type(process[key]) is bool, process";
    let _ = python(client, &a.host_path(JSON));
}

/// Passwords are in no dump of ours.
fn passwords_are_masked(lab: &Lab) {
    let conf = Conf::v2(100).password("geheim1");
    let a = master(lab, &conf);
    let (data, json) = (dump(a, "USR1", DATA), dump(a, "36", JSON));
    let hidden =
        !data.contains("geheim1") && !json.contains("geheim1") && json.contains("\"auth_data\":\"********\"");
    // 2.4.0 is the first that hides them.
    assert_eq!(hidden, a.program() == Program::Ours, "{data}{json}");
    // Version 1 of the protocol for orchestration tools: everybody greps for this.
    assert!(data.lines().any(|line| line.trim() == "State = MASTER"), "{data}");
}

alone!(
    exporter_reads_the_data_file,
    exporter_reads_the_statistics,
    statistics_are_yaml,
    json_has_the_members_that_clients_decode,
    json_of_version_2,
    passwords_are_masked,
);
