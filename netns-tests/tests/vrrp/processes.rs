//! Processes that die alone or stand still, hosts whose interfaces come and go, and many routers at once.

use std::net::{IpAddr, Ipv4Addr};

use netns_tests::matrix;
use netns_tests::prelude::*;
use nix::sys::signal::Signal;

use crate::{LATE, PATIENCE, START, start_both, start_pair};

/// The child that routes is killed. Ours goes on, see `crash`; the C program starts another one, which first removes
/// the address, and then listens for a master down interval like any router that starts.
fn child_is_killed(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    if lab.node("a").program() == Program::Ours {
        let (_, children) = lab.node("a").family();
        children.iter().for_each(|child| child.signal(Signal::SIGKILL));
        return lab.expect_steady(VIP4, secs(2));
    }
    let (_, children) = lab.node("a").family();
    let killed = Stamp::now();
    for child in &children {
        child.signal(Signal::SIGKILL);
    }
    lab.expect_loss("a", VIP4, killed).within(PATIENCE);
    let (first, advert) = lab.expect_advert("a", killed.plus(FAST), "again", |_| true).within(PATIENCE);
    assert!(first.since(killed) >= master_down_v3(150, FAST), "it has not listened");
    assert_eq!(advert.priority, 150, "somebody resigned for the dead");
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert!(!children.iter().any(|child| lab.node("a").processes().contains(child)), "{children:?}");
}

/// The parent is killed: the child gives up in order, and is gone.
fn parent_is_killed(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let a = lab.node("a");
    let (parent, children) = a.family();
    let killed = Stamp::now();
    parent.signal(Signal::SIGKILL);
    lab.expect_loss("a", VIP4, killed).within(PATIENCE);
    lab.expect_advert("a", killed, "with priority 0", |advert| advert.priority == 0).within(PATIENCE);
    lab.expect_gain("b", VIP4, killed).within(PATIENCE);
    let gone =
        poll_until(secs(5), || children.iter().all(netns_tests::netns::Process::is_gone).then_some(()));
    assert!(gone.is_some(), "the child lives on without its parent: {:?}", a.processes());
    let _ = a.expect_exit(secs(1));
    // Nobody was left to remove the pid file of the parent.
    a.remove_file("/run/keepalived.pid");
}

/// A master that stands still for seconds is replaced, and takes over again when it wakes.
fn master_stands_still(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let frozen = lab.node("a").signal_all(Signal::SIGSTOP);
    let taken = lab.expect_gain("b", VIP4, frozen).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(100, FAST), LATE);
    lab.node("a").signal_all(Signal::SIGCONT);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_steady(VIP4, secs(1));
}

/// A backup that stands still for longer than a master down interval hears, when it wakes, the adverts that
/// came meanwhile before it thinks of the master's death.
fn backup_stands_still(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let b = lab.node("b");
    b.expect_listening(PATIENCE);
    let frozen = b.signal_all(Signal::SIGSTOP);
    pause(2 * master_down_v3(100, FAST));
    b.signal_all(Signal::SIGCONT);
    lab.expect_steady(VIP4, secs(1));
    let adverts = lab.adverts("b", frozen, Stamp::now());
    assert!(adverts.is_empty(), "the backup claimed the address of a living master: {adverts:?}");
}

/// Of two backups the better one takes over, and the other one never says a word.
fn the_better_backup_takes_over(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    lab.node("c").start(&Conf::v3(50).text());
    lab.expect_steady(VIP4, START);
    let death = lab.node("a").crash();
    let taken = lab.expect_gain("b", VIP4, death).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(100, FAST), LATE);
    pause(2 * master_down_v3(50, FAST));
    assert!(lab.adverts("c", lab.began(), Stamp::now()).is_empty(), "the worse backup advertised");
}

/// An interface without an address of its own has no source for adverts: that is a fault, until it has one.
fn source_address_goes_and_comes(lab: &Lab) {
    let conf = |priority| Conf::v3(priority).without_addresses().address("10.78.0.100/24");
    let vip = Ipv4Addr::new(10, 78, 0, 100);
    let a = lab.node("a");
    start_both(lab, &conf(150).text(), &conf(100).text());
    lab.expect_owner("a", vip).within(PATIENCE);
    let own = format!("{}/24", a.ipv4());
    let removed = Stamp::now();
    a.ip(&["address", "delete", &own, "dev", "eth0"]);
    lab.expect_loss("a", vip, removed).within(PATIENCE);
    lab.expect_owner("b", vip).within(PATIENCE);
    lab.expect_silence("a", secs(1));
    let added = Stamp::now();
    a.ip(&["address", "add", &own, "dev", "eth0"]);
    let back = lab.expect_gain("a", vip, added).within(PATIENCE);
    expect_elapsed("return", back.since(added), master_down_v3(150, FAST), LATE);
    lab.expect_owner("a", vip).within(PATIENCE);
}

/// An interface that is deleted and made anew is used again.
fn interface_goes_and_comes(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let a = lab.node("a");
    a.ip(&["link", "delete", "dev", "eth0"]);
    lab.expect_owner("b", VIP4).within(PATIENCE);
    pause(secs(1));
    let made = Stamp::now();
    lab.rewire("a");
    let back = lab.expect_gain("a", VIP4, made).within(PATIENCE);
    assert!(back.since(made) >= master_down_v3(150, FAST), "it has not listened");
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// Hosts of the LAN learn where the address lives now from the announcements, without asking.
fn neighbours_learn(lab: &Lab) {
    let vip6 = |conf: Conf| conf.line(&format!("virtual_ipaddress_excluded {{\n    {VIP6}/64\n}}"));
    start_pair(lab, &vip6(Conf::v3(150)), &vip6(Conf::v3(100)));
    lab.expect_owner("a", VIP6).within(PATIENCE);
    let (a, b, c) = (lab.node("a"), lab.node("b"), lab.node("c"));
    let knows = |ip: IpAddr, at: &Node| {
        let expected = format!("{:?}", at.mac());
        let found = poll_until(secs(3), || c.neighbour(ip).filter(|mac| *mac == expected));
        assert!(found.is_some(), "c believes that {ip} is at {:?}, not {expected}", c.neighbour(ip));
    };
    for ip in [IpAddr::from(VIP4), IpAddr::from(VIP6)] {
        c.talk_to(ip);
        knows(ip, a);
    }
    let stop = a.stop();
    lab.expect_gain("b", VIP4, stop).within(PATIENCE);
    for ip in [IpAddr::from(VIP4), IpAddr::from(VIP6)] {
        knows(ip, b);
    }
}

/// A hundred virtual routers change hands at once.
fn a_hundred_routers_move(lab: &Lab) {
    let address = |number: u8| Ipv4Addr::new(10, 77, 1, number);
    let conf = |priority: u8| {
        (1..=100_u8).fold(Conf::v3(priority).line("virtual_router_id 200"), |conf, number| {
            conf.block(&format!(
                "vrrp_instance R_{number} {{\n    interface eth0\n    virtual_router_id {number}\n    version 3\n    \
                 priority {priority}\n    advert_int 0.5\n    virtual_ipaddress {{\n        {}/24\n    }}\n}}",
                address(number)
            ))
        })
    };
    start_pair(lab, &conf(150), &conf(100));
    for number in 1..=100 {
        lab.expect_owner("a", address(number)).within(PATIENCE);
    }
    let death = lab.node("a").crash();
    let last = lab.last_advert("a", Stamp::now()).0.max(death);
    let down = master_down_v3(100, millis(500));
    let gained: Vec<Stamp> = (1..=100)
        .map(|number| lab.expect_gain("b", address(number), death).within(down + PATIENCE))
        .collect();
    let slowest = gained.iter().max().copied().expect("a hundred routers");
    assert!(slowest.since(last) < down + LATE, "the last of them took {:?}", slowest.since(last));
}

/// All 200 addresses of one virtual router move, and each is announced.
fn two_hundred_addresses_move(lab: &Lab) {
    let address = |number: u8| Ipv4Addr::new(10, 77, 2, number);
    let conf = |priority| {
        (1..=200_u8).fold(Conf::v3(priority), |conf, n| conf.address(&format!("{}/24", address(n))))
    };
    start_pair(lab, &conf(150), &conf(100));
    lab.expect_owner("a", address(200)).within(PATIENCE);
    let advert = lab.expect_advert("a", lab.began(), "as master", |_| true).within(PATIENCE).1;
    assert_eq!(advert.addresses.len(), 201);
    let stop = lab.node("a").stop();
    for number in 1..=200 {
        lab.expect_gain("b", address(number), stop).within(PATIENCE);
        lab.expect_announcements("b", address(number), stop, 1).within(PATIENCE);
    }
    lab.expect_owner("b", address(200)).within(PATIENCE);
}

matrix!(
    child_is_killed,
    parent_is_killed,
    master_stands_still,
    backup_stands_still,
    the_better_backup_takes_over,
    source_address_goes_and_comes,
    interface_goes_and_comes,
    neighbours_learn,
    a_hundred_routers_move,
    two_hundred_addresses_move,
);
