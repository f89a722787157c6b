//! Virtual routers with a MAC address of their own.

use std::net::IpAddr;

use netns_tests::command;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;
use netns_tests::state::State;
use netns_tests::{alone, matrix};

use crate::{LATE, PATIENCE, start_both};

/// Virtual router 51 of IPv4, and of IPv6 (RFC 9568, 7.3).
const VMAC4: Mac = Mac([0, 0, 0x5e, 0, 1, 51]);
const VMAC6: Mac = Mac([0, 0, 0x5e, 0, 2, 51]);

/// Both nodes may send from the address of the virtual router.
fn share(lab: &Lab, mac: Mac) {
    ["a", "b"].iter().for_each(|node| lab.node(node).gets_mac(mac));
}

/// The interfaces of a node, as `ip -brief link` shows them.
fn links(node: &Node) -> String {
    command::run(&["ip", "-brief", "-n", node.netns().name(), "link", "show"])
}

/// Waits until a node has an interface of this name, or has none any more.
fn expect_link(node: &Node, name: &str, there: bool) {
    let is_there = || links(node).lines().any(|line| line.starts_with(name));
    let found = poll_until(PATIENCE, || (is_there() == there).then_some(()));
    assert!(found.is_some(), "{name} on {}: {}", node.name(), links(node));
}

/// Everybody on the LAN is told, and told nothing else than, the address of the virtual router; when the master dies the
/// next one has the same.
fn takeover(lab: &Lab, conf: fn(u8) -> Conf, vip: IpAddr, mac: Mac) {
    share(lab, mac);
    let vmac = |priority| conf(priority).line("use_vmac").text();
    start_both(lab, &vmac(150), &vmac(100));
    lab.expect_owner("a", vip).within(PATIENCE);
    let (a, b) = (lab.node("a"), lab.node("b"));
    expect_link(b, "vrrp.51", true);
    lab.expect_announcements("a", vip, lab.began(), 1).within(PATIENCE);
    assert!(lab.announcers("a", vip, lab.began()).iter().all(|sender| *sender == mac));
    let (_, advert) = lab.last_advert("a", Stamp::now());
    assert_eq!((advert.sender, a.is_at(advert.source)), (mac, true), "{advert:?}");
    // The backup hears what comes from the link-layer address that it has, too.
    lab.expect_steady(vip, secs(2));
    let killed = Stamp::now();
    a.crash();
    let taken = lab.expect_gain("b", vip, killed).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(100, FAST), LATE);
    lab.expect_announcements("b", vip, killed, 1).within(PATIENCE);
    assert!(lab.announcers("b", vip, killed).iter().all(|sender| *sender == mac));
    // What it left is found again, and the better one is master again.
    a.restart();
    lab.expect_owner("a", vip).within(PATIENCE);
    a.stop();
    expect_link(a, "vrrp.51", false);
}

fn takeover_of_ipv4(lab: &Lab) {
    takeover(lab, Conf::v3, VIP4.into(), VMAC4);
}

fn takeover_of_ipv6(lab: &Lab) {
    takeover(lab, Conf::v6, VIP6.into(), VMAC6);
}

/// One of two has no address of its own for the virtual router: it hears the other one, and is heard.
fn only_one_has_a_mac_of_its_own(lab: &Lab) {
    share(lab, VMAC4);
    start_both(lab, &Conf::v3(150).text(), &Conf::v3(100).line("use_vmac").text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, secs(2));
    lab.node("a").stop();
    lab.expect_owner("b", VIP4).within(PATIENCE);
    lab.node("a").restart();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, secs(1));
}

/// Adverts leave by the interface itself, announcements by the MAC-VLAN.
fn adverts_leave_by_the_interface(lab: &Lab) {
    share(lab, VMAC4);
    let conf = |priority| Conf::v3(priority).line("use_vmac vip51").line("vmac_xmit_base").text();
    start_both(lab, &conf(150), &conf(100));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_announcements("a", VIP4, lab.began(), 1).within(PATIENCE);
    assert!(lab.announcers("a", VIP4, lab.began()).iter().all(|sender| *sender == VMAC4));
    assert_eq!(lab.last_advert("a", Stamp::now()).1.sender, lab.node("a").mac());
    lab.expect_steady(VIP4, secs(1));
    lab.node("a").stop();
    lab.expect_owner("b", VIP4).within(PATIENCE);
}

/// Somebody deletes the MAC-VLAN of a master. It is made anew, and the instance begins again.
fn the_macvlan_is_deleted(lab: &Lab) {
    share(lab, VMAC4);
    let vmac = |priority| Conf::v3(priority).line("use_vmac").text();
    start_both(lab, &vmac(150), &vmac(100));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    expect_link(lab.node("b"), "vrrp.51", true);
    let deleted = Stamp::now();
    lab.node("a").ip(&["link", "delete", "dev", "vrrp.51"]);
    let back = lab.expect_gain("a", VIP4, deleted).within(PATIENCE);
    lab.expect_announcements("a", VIP4, back, 1).within(PATIENCE);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    expect_link(lab.node("a"), "vrrp.51", true);
}

/// The interface below the MAC-VLAN is deleted and made anew.
fn the_interface_below_is_made_anew(lab: &Lab) {
    share(lab, VMAC4);
    let vmac = |priority| Conf::v3(priority).line("use_vmac").text();
    start_both(lab, &vmac(150), &vmac(100));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.node("a").ip(&["link", "delete", "dev", "eth0"]);
    lab.expect_owner("b", VIP4).within(PATIENCE);
    lab.rewire("a");
    lab.expect_owner("a", VIP4).within(PATIENCE);
    expect_link(lab.node("a"), "vrrp.51", true);
}

/// A reload takes the MAC-VLAN away, brings it back, and gives it another name.
fn reloads(lab: &Lab) {
    let a = lab.node("a");
    a.gets_mac(VMAC4);
    a.start(&Conf::v3(100).line("use_vmac").text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    // 2.2.7 has no address any more after that.
    let names = [("use_vmac vip51", "vip51"), ("use_vmac", "vrrp.51")];
    for (line, name) in names.into_iter().filter(|_| a.program() == Program::Ours) {
        let reloaded = Stamp::now();
        a.write(netns_tests::node::CONFIG, &Conf::v3(100).line(line).text());
        a.signal(nix::sys::signal::Signal::SIGHUP);
        expect_link(a, name, true);
        lab.expect_gain("a", VIP4, reloaded).within(PATIENCE);
    }
    a.write(netns_tests::node::CONFIG, &Conf::v3(100).text());
    a.signal(nix::sys::signal::Signal::SIGHUP);
    expect_link(a, "vrrp.51", false);
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

matrix!(
    takeover_of_ipv4,
    takeover_of_ipv6,
    only_one_has_a_mac_of_its_own,
    adverts_leave_by_the_interface,
    the_macvlan_is_deleted,
    the_interface_below_is_made_anew,
);

/// Interfaces, tables of nftables and settings that a killed daemon has left go at a word and at the next start, also if
/// they are not configured any more; what looks like ours and is not stays.
fn made_things_are_removed(lab: &Lab) {
    let a = lab.node("a");
    [VMAC4, VMAC6].iter().for_each(|mac| a.gets_mac(*mac));
    let foreign = "link add link eth0 name vrrp.99 address 00:00:5e:00:01:63 type macvlan mode private";
    a.ip(&foreign.split(' ').collect::<Vec<_>>());
    let before = State::of(a);
    let left = |when: &str| assert_eq!(before.difference(&State::of(a)), Vec::<String>::new(), "{when}");
    let own = Conf::v3(150).line("use_vmac").line("no_accept").global("disable_local_igmp");
    let own_v6 = Conf::v6(150).line("use_vmac");
    let next = std::net::Ipv4Addr::new(10, 77, 0, 108);
    let other = Conf::v3(150).without_addresses().address(&format!("{next}/24"));
    for (conf, vip) in [(&own, VIP4.into()), (&own_v6, IpAddr::from(VIP6))] {
        a.start(&conf.text());
        lab.expect_owner("a", vip).within(PATIENCE);
        a.crash();
        expect_link(a, "vrrp.51", true);
        a.write(CONFIG, &other.text());
        let release = || a.run(&["--release-leftovers", "-f", CONFIG]);
        let (status, said) = release();
        let told =
            said.contains("removed interface vrrp.51") && said.contains("removed the table keepalived");
        assert!(status == Some(0) && told, "{status:?} {said}");
        left("released");
        assert_eq!(release(), (Some(0), String::new()));
        a.start(&conf.text());
        lab.expect_owner("a", vip).within(PATIENCE);
        let killed = a.crash();
        a.start(&other.text());
        lab.expect_gain("a", next, killed).within(PATIENCE);
        expect_link(a, "vrrp.51", false);
        a.stop();
        left("killed, started and its end");
    }
}

alone!(reloads);

mod made_things_are_removed {
    use netns_tests::subject::{Program, play_alone};

    #[test]
    fn subject() {
        play_alone(Program::subject(), "made_things_are_removed", super::made_things_are_removed);
    }
}
