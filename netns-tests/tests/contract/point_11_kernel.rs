//! What the kernel shows: addresses in the order of the configuration, with the same length, scope and label.

use netns_tests::alone;
use netns_tests::command;
use netns_tests::prelude::*;

use crate::{PATIENCE, master};

/// The addresses of eth0 as `ip` shows them, without times.
fn shown(node: &Node) -> Vec<String> {
    let text = command::run(&["ip", "-n", node.netns().name(), "-o", "address", "show", "dev", "eth0"]);
    text.lines().map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect()
}

fn conf() -> Conf {
    Conf::v3(100)
        .without_addresses()
        .address("10.77.0.100")
        .address("10.77.0.103/24")
        .address("10.77.0.101/24 dev eth0 label eth0:web")
        .address("10.77.0.102/32 scope link")
        .address("10.77.9.1/28 brd 10.77.9.15")
        .line("virtual_ipaddress_excluded {\n        10.77.8.1/24\n        fd77:8::1/64\n        fd77:8::2\n    }")
}

/// Both programs leave the same addresses in the same order.
#[test]
fn addresses_are_the_same() {
    let [ours, theirs] = [Program::subject(), Program::peer()].map(|program| {
        let lab = Lab::new("addresses are the same", &[("a", program), ("x", program)]);
        let a = master(&lab, &conf());
        pause(millis(300));
        let shown = shown(a);
        lab.finish();
        shown
    });
    // Since 2.3.0 the C program says whose addresses these are.
    let plain: Vec<String> =
        ours.iter().map(|line| line.replace(" proto 18", "").replace(" proto keepalived", "")).collect();
    assert_eq!(plain, theirs);
    assert!(plain.len() >= 11, "{plain:#?}");
}

/// Kubernetes' probe for the health of a daemon: the address with `/32` among those that `ip` lists.
fn kubernetes_looks_for_the_address(lab: &Lab) {
    let a = master(lab, &Conf::v3(100).without_addresses().address("10.77.0.100"));
    let listed = a.shell("ip -brief addr");
    assert!(listed.split_whitespace().any(|word| word == "10.77.0.100/32"), "{listed}");
}

/// An address without a length that is of the network of the interface is not its first address: the host keeps its own.
fn own_address_stays_first(lab: &Lab) {
    let a = master(lab, &Conf::v3(100));
    let listed = shown(a);
    assert!(listed.first().is_some_and(|line| line.contains(&a.ipv4().to_string())), "{listed:?}");
    assert!(listed[1].contains("10.77.0.100/24") && listed[1].contains(" secondary "), "{listed:?}");
    a.stop();
    lab.expect_nobody(VIP4).within(PATIENCE);
}

alone!(kubernetes_looks_for_the_address, own_address_stays_first);
