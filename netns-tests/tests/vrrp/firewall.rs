//! `no_accept`: the addresses of a master can be found but accept no packets. What is in the tables of nftables is compared
//! with the C program by the test `kernel`.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpStream};

use netns_tests::node::CONFIG;
use netns_tests::prelude::*;
use netns_tests::{alone, subject_alone};
use nix::sys::signal::Signal;

use crate::PATIENCE;

/// Whether an address answers to the bystander.
fn answers(lab: &Lab, ip: impl Into<IpAddr>) -> bool {
    let to = SocketAddr::new(ip.into(), 9);
    let refused = lab.node("x").netns().inside(|| TcpStream::connect_timeout(&to, millis(300)));
    // Nobody listens there, and the kernel says so, if it may.
    refused.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn tables(lab: &Lab) -> String {
    let netns = lab.node("a").netns().name();
    netns_tests::command::run(&["ip", "netns", "exec", netns, "/usr/sbin/nft", "list", "ruleset"])
}

/// The address is found by ARP and neighbour discovery, and silent; that of the host answers.
fn addresses_are_silent(lab: &Lab) {
    let a = lab.node("a");
    let second = Conf::v6(150).line("no_accept").text();
    let second = second.split_once("vrrp_instance VI_1").map_or("", |(_, rest)| rest);
    let second =
        format!("vrrp_instance VI_6{}", second.replace("virtual_router_id 51", "virtual_router_id 61"));
    a.start(&Conf::v3(150).line("no_accept").block(&second).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_owner("a", VIP6).within(PATIENCE);
    pause(millis(500));
    for (vip, own) in [(IpAddr::from(VIP4), IpAddr::from(a.ipv4())), (VIP6.into(), a.ipv6().into())] {
        assert!(answers(lab, own), "{own} does not answer");
        assert!(!answers(lab, vip), "{vip} answers");
        let known = lab.node("x").neighbour(vip);
        assert!(known.is_some_and(|mac| mac.contains(&format!("{:?}", a.mac()))), "{vip} is not found");
    }
    a.stop();
    assert_eq!(tables(lab), "");
}

/// Whoever accepts packets answers, and whoever is told by a reload to do so no longer, does no longer.
fn a_reload_changes_who_accepts_packets(lab: &Lab) {
    let a = lab.node("a");
    a.start(&Conf::v3(150).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert!(answers(lab, VIP4));
    assert_eq!(tables(lab), "", "nftables is touched without a reason");
    let reload = |conf: Conf, answered: bool| {
        a.write(CONFIG, &conf.text());
        a.signal(Signal::SIGHUP);
        let turned = poll_until(PATIENCE, || (answers(lab, VIP4) == answered).then_some(()));
        assert!(turned.is_some(), "{}\n{}", tables(lab), a.log());
    };
    reload(Conf::v3(150).line("no_accept"), false);
    reload(Conf::v3(150), true);
}

/// The process that routes dies: its successor hides the addresses as before, and all of it is gone at the end. So it is if
/// all processes die and others are started.
fn the_firewall_outlives_its_process(lab: &Lab) {
    let a = lab.node("a");
    let conf = Conf::v3(150).line("no_accept").text();
    a.start(&conf);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(millis(500));
    let before = tables(lab);
    assert!(before.contains("elements = { 10.77.0.100 }"), "{before}");
    for _ in 0..3 {
        let (_, children) = a.family();
        children.iter().for_each(|child| child.signal(Signal::SIGKILL));
        let from = Stamp::now();
        lab.expect_advert("a", from, "again", |_| true).within(PATIENCE);
        pause(millis(300));
        assert_eq!(tables(lab), before);
    }
    a.crash();
    let from = a.restart();
    lab.expect_advert("a", from, "again", |_| true).within(PATIENCE);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.stop();
    assert_eq!(tables(lab), "");
}

/// Somebody removes the table: the next change makes it anew, and the end is an orderly one.
fn a_removed_table_comes_back(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    a.start(&Conf::v3(100).line("no_accept").text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(millis(300));
    let netns = a.netns().name();
    drop(netns_tests::command::run(&[
        "ip",
        "netns",
        "exec",
        netns,
        "/usr/sbin/nft",
        "delete",
        "table",
        "ip",
        "keepalived",
    ]));
    let sent = x.send(&Forged::v3(200));
    lab.expect_loss("a", VIP4, sent).within(PATIENCE);
    lab.expect_gain("a", VIP4, sent).within(PATIENCE);
    let hidden = poll_until(PATIENCE, || tables(lab).contains("elements = { 10.77.0.100 }").then_some(()));
    assert!(hidden.is_some(), "{}\n{}", tables(lab), a.log());
    a.stop();
    assert_eq!(tables(lab), "");
}

alone!(addresses_are_silent);

subject_alone!(
    a_reload_changes_who_accepts_packets,
    the_firewall_outlives_its_process,
    a_removed_table_comes_back,
);
