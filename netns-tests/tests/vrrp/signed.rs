//! Signed adverts (`auth_hmac`): the two routers understand each other, and nobody else has a say. The C program here
//! does not know them yet.

use std::net::IpAddr;

use netns_tests::node::CONFIG;
use netns_tests::pairs;
use netns_tests::prelude::*;
use nix::sys::signal::Signal;

use crate::{LATE, PATIENCE, start_both, start_pair};

const KEY: &str = "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const SECOND: &str = "a second key of more than thirty-two octets";

/// The same with signatures, and with these lines about them.
fn signed(conf: Conf, lines: &str) -> Conf {
    conf.line(&format!("auth_hmac {{\n    key 1 {KEY}\n    {lines}\n}}"))
}

fn expect_pair(lab: &Lab, a: Conf, b: Conf, vip: IpAddr) {
    start_both(lab, &signed(a, "active_key 1").text(), &signed(b, "active_key 1").text());
    lab.expect_owner("a", vip).within(PATIENCE);
    lab.expect_steady(vip, secs(4));
    let stop = lab.node("a").stop();
    let taken = lab.expect_gain("b", vip, stop).within(PATIENCE);
    let (resigned, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(resigned), millis(610), LATE + millis(610));
}

fn version_2_is_signed(lab: &Lab) {
    expect_pair(lab, Conf::v2(150), Conf::v2(100), VIP4.into());
}

fn version_3_is_signed(lab: &Lab) {
    expect_pair(lab, Conf::v3(150).line("advert_int 1"), Conf::v3(100).line("advert_int 1"), VIP4.into());
}

fn ipv6_is_signed(lab: &Lab) {
    expect_pair(lab, Conf::v6(150).line("advert_int 1"), Conf::v6(100).line("advert_int 1"), VIP6.into());
}

fn unicast_is_signed(lab: &Lab) {
    let (ip_a, ip_b) = (lab.node("a").ipv4(), lab.node("b").ipv4());
    let conf = |priority| Conf::v3(priority).line("advert_int 1");
    expect_pair(lab, conf(150).unicast(ip_a, ip_b), conf(100).unicast(ip_b, ip_a), VIP4.into());
}

/// With another key nobody is believed.
fn another_key_is_not_believed(lab: &Lab) {
    let other = Conf::v3(100).line(&format!("auth_hmac {{\n    key 1 \"{SECOND}\"\n    active_key 1\n}}"));
    start_both(lab, &signed(Conf::v3(150), "active_key 1").text(), &other.text());
    lab.expect_holders(&["a", "b"], VIP4).within(PATIENCE);
    let b = lab.node("b");
    let said = || b.log().contains("the signature of an advert from").then_some(());
    assert!(poll_until(PATIENCE, said).is_some(), "{}", b.log());
}

fn reload(node: &Node, conf: &Conf) {
    let times = || node.log().matches("Reloaded;").count();
    let before = times();
    node.write(CONFIG, &conf.text());
    node.signal(Signal::SIGHUP);
    assert!(poll_until(PATIENCE, || (times() > before).then_some(())).is_some(), "{}", node.log());
    pause(millis(700));
}

/// A pair that does not sign is taught to, and then its key is exchanged, each time one router after the other: nobody
/// misses an advert.
fn signing_is_introduced_and_keys_are_exchanged(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let from = Stamp::now();
    let both = format!("key 2 \"{SECOND}\"");
    let steps = [
        "active_key 1\n    mode receive-only".to_owned(),
        "active_key 1\n    mode permissive".to_owned(),
        "active_key 1".to_owned(),
        format!("active_key 1\n    {both}"),
        format!("active_key 2\n    {both}"),
    ];
    for lines in steps {
        for (name, priority) in [("b", 100), ("a", 150)] {
            reload(lab.node(name), &signed(Conf::v3(priority), &lines));
        }
    }
    let last = |priority| Conf::v3(priority).line(&format!("auth_hmac {{\n    {both}\n    active_key 2\n}}"));
    for (name, priority) in [("b", 100), ("a", 150)] {
        reload(lab.node(name), &last(priority));
    }
    lab.expect_owner("a", VIP4).within(LATE);
    let (a, b) = (lab.node("a").index(), lab.node("b").index());
    lab.ask(|timeline| {
        assert_eq!(timeline.lost(a, VIP4.into(), from..), None, "{}", timeline.render());
        assert_eq!(timeline.adverts(b, from..).count(), 0, "{}", timeline.render());
    });
    let counted = lab.node("b").json();
    for what in ["unknown_key", "invalid_hmac", "stale", "replay", "malformed"] {
        assert!(counted.contains(&format!("\"auth_ext_{what}\":0")), "{what}: {counted}");
    }
}

/// Nobody without a key has a say: not with the highest priority, not by repeating what was sent, not by giving the role
/// up in somebody's name. Each is counted, and said once.
fn only_who_has_a_key_has_a_say(lab: &Lab) {
    let conf = |priority| signed(Conf::v3(priority), "active_key 1");
    start_pair(lab, &conf(150), &conf(100));
    let (a, x) = (lab.node("a"), lab.node("c"));
    let from = Stamp::now();
    let spoofed = [Forged::v3(255), Forged::v3(0), Forged { ttl: 254, ..Forged::v3(255) }];
    for forged in &spoofed {
        for _ in 0..5 {
            x.send(forged);
            x.send_from(a.ipv4(), forged);
            x.send_from(lab.node("b").ipv4(), forged);
            pause(millis(20));
        }
    }
    for packet in captured(lab, "a") {
        x.send_packet(&packet);
    }
    pause(secs(2));
    lab.expect_owner("a", VIP4).within(LATE);
    let (a_index, b_index) = (a.index(), lab.node("b").index());
    lab.ask(|timeline| {
        assert_eq!(timeline.lost(a_index, VIP4.into(), from..), None, "{}", timeline.render());
        assert_eq!(timeline.gained(b_index, VIP4.into(), from..), None, "{}", timeline.render());
    });
    let b = lab.node("b");
    let counted = b.json();
    // What bears our own address never comes through the kernel.
    assert!(counted.contains("\"auth_ext_missing\":20,"), "{counted}");
    assert!(!counted.contains("\"auth_ext_replay\":0"), "{counted}");
    assert!(counted.contains("\"ip_ttl_err\":10,"), "{counted}");
    assert!(!counted.contains("\"pri_zero_rcvd\":1"), "{counted}");
    let log = b.log();
    for said in ["is not signed; does it have", "somebody repeats it", "invalid TTL/HL"] {
        assert_eq!(log.matches(said).count(), 1, "{said}: {log}");
    }
    assert!(!log.contains("0001020304"), "a key in the log: {log}");
    drop(netns_tests::command::run(&["kill", "-s", "USR1", &b.family().0.pid.to_string()]));
    let data = poll_until(PATIENCE, || Some(b.read("/tmp/keepalived.data")).filter(|it| it.contains("HMAC")));
    let data = data.expect("a dump");
    assert!(!data.contains("000102") && data.contains("Keys = 1, active key id = 1"), "{data}");
}

/// The IP packets of the adverts that a node has sent.
fn captured(lab: &Lab, name: &str) -> Vec<Vec<u8>> {
    const ETHERNET: usize = 14;
    let senders = [lab.node(name).index()];
    lab.ask(|timeline| {
        let frames = timeline.frames(&senders).map(|(_, frame)| frame.to_vec());
        let adverts =
            frames.filter(|frame| frame.get(12..14) == Some(&[8, 0]) && frame.get(23) == Some(&112));
        adverts.map(|frame| frame[ETHERNET..].to_vec()).collect()
    })
}

pairs!(
    [subject_twice]
    version_2_is_signed,
    version_3_is_signed,
    ipv6_is_signed,
    unicast_is_signed,
    another_key_is_not_believed,
    signing_is_introduced_and_keys_are_exchanged,
    only_who_has_a_key_has_a_say,
);
