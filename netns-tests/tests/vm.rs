//! Virtual routers on kinds of interfaces that the kernel of the host may not have: VLAN, VRF, IPVLAN, bonding, and a LAN
//! that loses and delays packets.
//!
//! `scripts/test vm` runs these tests in a machine of its own (see `netns-tests/vm`). `cargo test` does not, unless it is
//! told `--test vm`.

use std::time::Duration;

use netns_tests::command;
use netns_tests::prelude::*;
use netns_tests::subject::Pair;

/// What has to happen may happen late: the machine has one processor, and starting a program takes it a while.
const PATIENCE: Duration = secs(20);

const VMAC4: Mac = Mac([0, 0, 0x5e, 0, 1, 51]);

/// Plays a scenario with the subject on `a` and the peer on `b`, the other way round, and with the subject on both.
fn play(title: &str, scenario: fn(&Lab)) {
    for pair in [Pair::subject_first(), Pair::peer_first(), Pair::subject_twice()] {
        pair.play(title, scenario);
    }
}

/// Both nodes, with a number of their own.
fn both(lab: &Lab) -> [(&Node, u8); 2] {
    [(lab.node("a"), 1), (lab.node("b"), 2)]
}

/// Runs `ip` with these words on a node.
fn ip(node: &Node, words: &str) {
    node.ip(&words.split(' ').collect::<Vec<_>>());
}

/// What `ip` shows of a node's interfaces, with details.
fn links(node: &Node) -> String {
    command::run(&["ip", "-details", "-oneline", "-n", node.netns().name(), "link", "show"])
}

/// The better one is master; it dies, and the other one takes over; it comes back, and is master again.
fn takeover(lab: &Lab, conf: impl Fn(u8, u8) -> Conf) {
    let (a, b) = (lab.node("a"), lab.node("b"));
    a.start(&conf(150, 1).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    b.start(&conf(100, 2).text());
    lab.expect_steady(VIP4, secs(2));
    a.crash();
    lab.expect_gain("b", VIP4, Stamp::now().minus(secs(1))).within(PATIENCE);
    a.restart();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, secs(1));
    a.stop();
    lab.expect_owner("b", VIP4).within(PATIENCE);
    b.stop();
}

/// On a VLAN, with a MAC-VLAN on top of it.
fn on_a_vlan(lab: &Lab) {
    for (node, number) in both(lab) {
        ip(node, "link add link eth0 name eth0.7 type vlan id 7");
        ip(node, "link set dev eth0.7 up");
        ip(node, &format!("address add 10.78.0.{number}/24 dev eth0.7"));
        node.gets_mac(VMAC4);
        node.gets_address([10, 78, 0, number].into());
    }
    takeover(lab, |priority, _| Conf::v3(priority).line("interface eth0.7"));
    takeover(lab, |priority, _| Conf::v3(priority).line("interface eth0.7").line("use_vmac"));
    for (node, _) in both(lab) {
        assert!(!links(node).contains("vrrp.51"), "{}", links(node));
        ip(node, "link delete dev eth0.7");
    }
}

/// On a bond of one cable.
fn on_a_bond(lab: &Lab) {
    for (node, _) in both(lab) {
        let (own4, own6) = (node.ipv4(), node.ipv6());
        ip(node, "link add name bond0 type bond mode active-backup miimon 100");
        ip(node, "link set dev eth0 down");
        ip(node, "link set dev eth0 master bond0");
        ip(node, "link set dev bond0 up");
        ip(node, &format!("address flush dev eth0 to {own4}"));
        ip(node, &format!("address add {own4}/24 dev bond0"));
        ip(node, &format!("address add {own6}/64 dev bond0 nodad"));
    }
    takeover(lab, |priority, _| Conf::v3(priority).line("interface bond0"));
}

/// On an IP-VLAN, which has an address of its own, and is gone afterwards.
fn on_an_ipvlan(lab: &Lab) {
    for (node, number) in both(lab) {
        node.gets_address([10, 77, 0, 10 + number].into());
    }
    takeover(lab, |priority, number| {
        Conf::v3(priority).line(&format!("use_ipvlan ipv51 10.77.0.{}/24", 10 + number))
    });
    let a = lab.node("a");
    a.restart();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let shown = links(a);
    let line = shown.lines().find(|line| line.contains("ipv51@eth0"));
    assert!(line.is_some_and(|line| line.contains("ipvlan") && line.contains("mode l2")), "{shown}");
    a.stop();
    assert!(!links(a).contains("ipv51"), "{}", links(a));
}

/// Puts eth0 of a node into a VRF. It loses its IPv6 addresses by that, so they are given back.
fn joins_blue(node: &Node) {
    let own6 = node.ipv6();
    ip(node, "link add name blue type vrf table 10");
    ip(node, "link set dev blue up");
    ip(node, "link set dev eth0 master blue");
    ip(node, &format!("address add {own6}/64 dev eth0 nodad"));
}

/// A unicast instance without an interface, in a VRF. 2.2.7 does not run without an interface, so it has one.
fn in_a_vrf(lab: &Lab) {
    for (node, _) in both(lab) {
        joins_blue(node);
    }
    let addresses = [lab.node("a").ipv4(), lab.node("b").ipv4()];
    let address = |number: u8| addresses.get(usize::from(number) - 1).copied().unwrap_or(VIP4);
    let place = |conf: Conf, number: u8| {
        let node = lab.node(if number == 1 { "a" } else { "b" });
        match node.program() {
            Program::Ours => conf.without("interface").line("vrf blue"),
            Program::Theirs => conf,
        }
    };
    takeover(lab, |priority, number| {
        place(Conf::v3(priority), number)
            .unicast(address(number), address(3 - number))
            .without_addresses()
            .address(&format!("{VIP4}/24 dev eth0"))
    });
}

/// Routes in the table of a VRF: both programs put them there, ours puts them back, and neither leaves one behind.
fn routes_in_a_vrf(lab: &Lab) {
    let routes = |node: &Node| {
        let of = |family| {
            let words =
                ["-n", node.netns().name(), family, "route", "show", "table", "all", "proto", "keepalived"];
            command::run(&[&["ip"], &words[..]].concat())
        };
        [of("-4"), of("-6")].concat()
    };
    for (node, number) in both(lab) {
        let _ = lab.second_link(if number == 1 { "a" } else { "b" });
        ip(node, "link add name blue type vrf table 10");
        ip(node, "link set dev blue up");
        ip(node, "link set dev eth1 master blue");
        ip(node, &format!("address add 10.78.0.{number}/24 dev eth1"));
        ip(node, &format!("address add fd78::{number}/64 dev eth1 nodad"));
    }
    let block = "virtual_routes {
        198.51.100.0/24 via 10.78.0.9 dev eth1 vrf blue
        198.51.101.0/24 via 10.78.0.9 dev eth1 table 20 vrf blue
        198.51.102.0/24 via 10.78.0.9 dev eth1 vrf blue table 20
        2001:db8:1::/48 via fd78::9 dev eth1 vrf blue
    }";
    let shown = both(lab).map(|(node, number)| {
        node.start(&Conf::v3(100 + number).line(block).text());
        lab.expect_owner(if number == 1 { "a" } else { "b" }, VIP4).within(PATIENCE);
        pause(secs(1));
        let shown = routes(node);
        if node.program() == Program::Ours {
            ip(node, "route delete 198.51.100.0/24 table 10");
            pause(millis(500));
            assert_eq!(routes(node), shown, "put back");
        }
        node.stop();
        pause(secs(1));
        assert_eq!(routes(node), "", "nothing is left");
        ip(node, "link delete dev eth1");
        shown
    });
    let [one, other] = shown;
    let of_table = |table: &str| one.lines().filter(|line| line.contains(table)).count();
    assert_eq!((of_table(" table 10 "), of_table(" table 20 ")), (3, 1), "{one}");
    assert_eq!(one, other);
}

/// A MAC-VLAN on an interface of a VRF is in that VRF, too.
fn a_macvlan_is_in_the_vrf_of_its_interface(lab: &Lab) {
    for (node, _) in both(lab) {
        joins_blue(node);
        node.gets_mac(VMAC4);
    }
    takeover(lab, |priority, _| Conf::v3(priority).line("use_vmac"));
    let a = lab.node("a");
    a.restart();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let shown = links(a);
    let line = shown.lines().find(|line| line.contains("vrrp.51@eth0"));
    assert!(line.is_some_and(|line| line.contains("master blue")), "{shown}");
    a.stop();
}

/// The LAN delays packets, more or less, and loses one of twenty: nobody but the master takes that for its end.
fn on_a_bad_lan(lab: &Lab) {
    for (node, _) in both(lab) {
        let netns = node.netns().name();
        let words = ["tc", "-n", netns, "qdisc", "add", "dev", "eth0", "root", "netem"];
        let _ = command::run(&[&words[..], &["delay", "60ms", "20ms", "loss", "5%"]].concat());
    }
    lab.node("a").start(&Conf::v3(150).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.node("b").start(&Conf::v3(100).text());
    lab.expect_steady(VIP4, secs(6));
    lab.node("a").stop();
    lab.expect_owner("b", VIP4).within(PATIENCE);
}

/// Makes a test of each scenario.
macro_rules! in_a_machine {
    ($($scenario:ident),+ $(,)?) => { $(
        mod $scenario {
            #[test]
            fn in_a_machine() {
                super::play(stringify!($scenario), super::$scenario);
            }
        }
    )+ };
}

in_a_machine!(
    on_a_vlan,
    on_a_bond,
    on_an_ipvlan,
    in_a_vrf,
    routes_in_a_vrf,
    a_macvlan_is_in_the_vrf_of_its_interface,
    on_a_bad_lan,
);
