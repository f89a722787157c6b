//! Interfaces that come and go, and change while a router uses them.

use netns_tests::prelude::*;
use netns_tests::{alone, matrix};

use crate::{LATE, PATIENCE, start_both, start_pair};

/// The MAC address that an interface is given by hand.
const OTHER_MAC: Mac = Mac([2, 0, 0, 0, 0x77, 1]);

/// The instance is on eth1, which is there later if at all.
fn on_eth1() -> Conf {
    Conf::v3(100).line("interface eth1")
}

/// Gives node `a` an eth1 with an address, waits until it is master there, and takes it away again.
fn be_master_on_eth1(lab: &Lab) {
    let _cable = lab.second_link("a");
    let a = lab.node("a");
    a.ip(&["address", "add", "10.77.9.1/24", "dev", "eth1"]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.ip(&["link", "delete", "dev", "eth1"]);
    lab.expect_nobody(VIP4).within(PATIENCE);
}

/// An interface that is missing is said to be missing, and used when it appears. The C program does not start without.
fn a_missing_interface_is_waited_for(lab: &Lab) {
    let a = lab.node("a");
    a.start(&on_eth1().text());
    match a.program() {
        Program::Theirs => assert_eq!(a.expect_exit(secs(5)), Some(2), "{}", a.log()),
        Program::Ours => {
            a.expect_in_log("there is no interface eth1 here; whoever needs it waits for it", PATIENCE);
            a.expect_in_log("(VI_1) Entering FAULT STATE", PATIENCE);
            be_master_on_eth1(lab);
        }
    }
}

/// With `dynamic_interfaces` both wait, and nothing is said of what is missing.
fn an_interface_may_appear_later(lab: &Lab) {
    let a = lab.node("a");
    a.start(&on_eth1().global("dynamic_interfaces").text());
    a.expect_in_log("Startup complete", PATIENCE);
    assert!(!a.log().contains("there is no interface"), "{}", a.log());
    be_master_on_eth1(lab);
}

/// Nobody becomes master before the start is over.
fn the_start_is_delayed(lab: &Lab) {
    let started = lab.node("a").start(&Conf::v3(100).global("vrrp_startup_delay 1.5").text());
    let gained = lab.expect_gain("a", VIP4, started).within(PATIENCE);
    let theory = secs(1) + millis(500) + master_down_v3(100, FAST);
    expect_elapsed("the first mastership", gained.since(started), theory, LATE + LATE);
}

/// Adverts that come before the start is over are not heard: a better master that falls silent meanwhile is not waited for
/// any longer than anybody else, and one that does not is obeyed.
fn a_master_is_obeyed_after_a_delayed_start(lab: &Lab) {
    lab.node("a").start(&Conf::v3(150).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.node("b").start(&Conf::v3(100).global("vrrp_startup_delay 1").text());
    lab.expect_steady(VIP4, secs(3));
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A link that is lost for a moment is not lost, and one that is lost for longer is.
fn bounces_do_not_count(lab: &Lab) {
    let a = lab.node("a");
    let conf = Conf::v3(150).line("advert_int 0.5").block("interface_up_down_delays {\n    eth0 0.8 0.4\n}");
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let cable = lab.link("a");
    let bounced = Stamp::now();
    cable.pull();
    pause(millis(300));
    cable.plug();
    lab.expect_steady(VIP4, secs(1) + millis(200));
    let pulled = Stamp::now();
    cable.pull();
    let lost = lab.expect_loss("a", VIP4, bounced).within(PATIENCE);
    expect_elapsed("the loss", lost.since(pulled), millis(800), LATE);
    let plugged = Stamp::now();
    cable.plug();
    let back = lab.expect_gain("a", VIP4, plugged).within(PATIENCE);
    let theory = millis(400) + master_down_v3(150, millis(500));
    expect_elapsed("the return", back.since(plugged), theory, LATE);
}

/// The interface gets another name: the address goes, another router takes over, and the first one comes back with the
/// name.
fn an_interface_is_renamed(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let a = lab.node("a");
    let renamed = Stamp::now();
    a.ip(&["link", "set", "dev", "eth0", "name", "wan"]);
    lab.expect_loss("a", VIP4, renamed).within(PATIENCE);
    lab.expect_owner("b", VIP4).within(PATIENCE);
    lab.expect_silence("a", millis(600));
    a.expect_in_log("Interface name has changed from eth0 to wan", PATIENCE);
    let named_again = Stamp::now();
    a.ip(&["link", "set", "dev", "wan", "name", "eth0"]);
    let back = lab.expect_gain("a", VIP4, named_again).within(PATIENCE);
    assert!(back.since(named_again) >= master_down_v3(150, FAST), "it has not listened");
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A new MAC address is in the next announcement. Ours comes at once; the C program's when there is another reason.
fn a_new_mac_is_announced(lab: &Lab) {
    let a = lab.node("a");
    a.gets_mac(OTHER_MAC);
    a.start(&Conf::v3(100).line("garp_master_delay 2").text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_announcements("a", VIP4, lab.began(), 5).within(PATIENCE);
    let changed = Stamp::now();
    a.ip(&["link", "set", "dev", "eth0", "address", &format!("{OTHER_MAC:?}")]);
    let announced = lab.expect_announcements("a", VIP4, changed, 5).within(PATIENCE);
    let (first, senders) = (announced.first().copied(), lab.announcers("a", VIP4, changed));
    assert!(senders.iter().all(|mac| *mac == OTHER_MAC), "{senders:?}");
    if a.program() == Program::Ours {
        assert!(first.is_some_and(|first| first.since(changed) < LATE), "{announced:?}");
    }
    a.expect_in_log("MAC Address changed from", PATIENCE);
}

/// The packets of an interface become too small for IPv6 and large enough again: the kernel forgets what the interface
/// was a member of, and a backup that does not join again hears nobody. The C program's has two masters then.
fn a_backup_hears_after_its_interface_was_too_small(lab: &Lab) {
    let b = lab.node("b");
    start_both(lab, &Conf::v6(150).text(), &Conf::v6(100).text());
    lab.expect_owner("a", VIP6).within(PATIENCE);
    b.expect_in_log("(VI_1) Entering BACKUP STATE", PATIENCE);
    let own = format!("{}/64", b.ipv6());
    b.ip(&["link", "set", "dev", "eth0", "mtu", "1200"]);
    b.expect_in_log("(VI_1) Entering FAULT STATE", PATIENCE);
    b.ip(&["link", "set", "dev", "eth0", "mtu", "1500"]);
    b.ip(&["address", "add", &own, "dev", "eth0"]);
    match b.program() {
        Program::Ours => {
            lab.expect_steady(VIP6, secs(3));
            lab.expect_owner("a", VIP6).within(PATIENCE);
        }
        Program::Theirs => {
            lab.expect_holders(&["a", "b"], VIP6).within(PATIENCE);
        }
    }
}

/// A backup whose interface was down hears the master again.
fn a_backup_hears_after_its_interface_was_down(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let b = lab.node("b");
    b.expect_in_log("(VI_1) Entering BACKUP STATE", PATIENCE);
    for _ in 0..3 {
        b.ip(&["link", "set", "dev", "eth0", "down"]);
        pause(millis(300));
        b.ip(&["link", "set", "dev", "eth0", "up"]);
    }
    // The kernel has removed it.
    b.ip(&["address", "add", &format!("{}/64", b.ipv6()), "dev", "eth0"]);
    lab.expect_steady(VIP4, secs(2));
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A link whose driver is asked every second.
fn a_polled_link(lab: &Lab) {
    let a = lab.node("a");
    a.start(&Conf::v3(100).block("linkbeat_interfaces {\n    eth0 ETHTOOL\n}").text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let cable = lab.link("a");
    let pulled = Stamp::now();
    cable.pull();
    let lost = lab.expect_loss("a", VIP4, pulled).within(PATIENCE);
    assert!(lost.since(pulled) < secs(1) + LATE, "{:?}", lost.since(pulled));
    a.expect_in_log("Linkbeat reports eth0 down", PATIENCE);
    cable.plug();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.expect_in_log("Linkbeat reports eth0 up", PATIENCE);
}

/// The first addresses of an interface are too late for the start; IPv6 ones have to be ready, too.
fn addresses_arrive_late(lab: &Lab) {
    let a = lab.node("a");
    let _cable = lab.second_link("a");
    let conf = Conf::v6(100).line("interface eth1");
    a.start(&conf.text());
    a.expect_in_log("Startup complete", PATIENCE);
    lab.expect_nobody(VIP6).within(PATIENCE);
    let added = Stamp::now();
    a.ip(&["address", "add", "fe80::9/64", "dev", "eth1", "nodad"]);
    let gained = lab.expect_gain("a", VIP6, added).within(PATIENCE);
    assert!(gained.since(added) >= master_down_v3(100, FAST), "it has not listened");
    a.ip(&["address", "del", "fe80::9/64", "dev", "eth1"]);
}

alone!(
    a_missing_interface_is_waited_for,
    an_interface_may_appear_later,
    the_start_is_delayed,
    bounces_do_not_count,
    a_new_mac_is_announced,
    a_polled_link,
    addresses_arrive_late,
);

matrix!(
    a_master_is_obeyed_after_a_delayed_start,
    an_interface_is_renamed,
    a_backup_hears_after_its_interface_was_too_small,
    a_backup_hears_after_its_interface_was_down,
);
