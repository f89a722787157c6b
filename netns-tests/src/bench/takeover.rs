//! A thousand addresses of one instance, and a thousand instances with an address each, taken over at once.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::figures::{Goal, Report};
use super::many::Many;
use super::{Plan, ms};
use crate::clock::Stamp;
use crate::conf::Conf;
use crate::lab::Lab;
use crate::packet::Packet;
use crate::subject::Program;
use crate::timeline::{Seen, announces};
use crate::wait::{millis, pause, poll_until, secs};

/// How many addresses, or instances.
const MANY: u16 = 1000;
/// How many of them fit into an advert (RFC 9568 section 5.2.5).
const ADVERTISED: u16 = 255;
/// Between two adverts of the instance with many addresses: no figure depends on it.
const INTERVAL: Duration = millis(100);
const PATIENCE: Duration = secs(30);

/// Measures both.
pub fn run(plan: &Plan, report: &mut Report) {
    for (family, v4) in [("IPv4", true), ("IPv6", false)] {
        let rounds = plan.number(10, 1);
        let [first, installed, announced] = plan.rounds(rounds, |program| addresses(program, v4)).figures();
        let (goal_first, goal_all) =
            if v4 { (Goal::Median(1.0), Goal::Median(25.0)) } else { (Goal::None, Goal::None) };
        report.add(
            format!("{MANY} {family} addresses: decision -> first announced"),
            "ms",
            first,
            goal_first,
        );
        report.add(
            format!("{MANY} {family} addresses: decision -> all installed"),
            "ms",
            installed,
            goal_all,
        );
        report.add(
            format!("{MANY} {family} addresses: decision -> each announced"),
            "ms",
            announced,
            goal_all,
        );
    }
    let many = Many { count: MANY.into(), interval: millis(10) };
    let [last] = plan.rounds(plan.number(6, 1), |program| [instances(program, many)]).figures();
    report.add(format!("{MANY} instances at 10 ms: kill -> last address"), "ms", last, Goal::Median(120.0));
}

fn address(number: u16, v4: bool) -> IpAddr {
    let [high, low] = number.to_be_bytes();
    if v4 {
        Ipv4Addr::new(10, 90, high, low).into()
    } else {
        Ipv6Addr::new(0xfd77, 0, 0, 1, 0, 0, 0, number).into()
    }
}

/// One instance with all the addresses.
fn conf(priority: u8, v4: bool) -> String {
    let list = |from: u16, to: u16| -> String {
        (from..to).map(|number| format!("    {}\n", address(number, v4))).collect()
    };
    let conf = Conf::v3(priority).without_addresses().line(&format!("advert_int {}", INTERVAL.as_secs_f64()));
    // The first IPv6 address has to be link-local (RFC 9568 section 5.2.9).
    let conf = if v4 { conf } else { conf.address("fe80::77:100") };
    let first = if v4 { 0 } else { 1 };
    let conf =
        (0..ADVERTISED - first).fold(conf, |conf, number| conf.address(&address(number, v4).to_string()));
    conf.line(&format!("virtual_ipaddress_excluded {{\n{}}}", list(ADVERTISED - first, MANY))).text()
}

/// From the first advert of the new master: to the first announcement, to the last address, to the last announcement of
/// an address that was not announced before.
fn addresses(program: Program, v4: bool) -> [Vec<f64>; 3] {
    let lab = Lab::new("many addresses", &[("a", program), ("b", program)]);
    lab.observer().hurry();
    lab.node("a").start(&conf(150, v4));
    lab.node("b").start(&conf(100, v4));
    let (first, last) = (address(0, v4), address(MANY - 1, v4));
    lab.expect_owner("a", first).within(PATIENCE);
    lab.expect_owner("a", last).within(PATIENCE);
    // The second round of announcements is over by then.
    pause(secs(8));
    lab.observer().timeline().forget_before(Stamp::now());
    let death = lab.node("a").crash();
    let b = lab.node("b").index();
    let done = poll_until(PATIENCE, || {
        let taken = taken(&lab, b, death, v4);
        (taken.installed.len() == usize::from(MANY) && taken.announced.len() == usize::from(MANY))
            .then_some(taken)
    });
    let Some(done) = done else { return Default::default() };
    let since = |at: Option<&Stamp>| at.map(|at| ms(at.since(done.decided))).into_iter().collect();
    [
        since(done.announced.values().min()),
        since(done.installed.values().max()),
        since(done.announced.values().max()),
    ]
}

/// When each address was installed and first announced.
struct Taken {
    decided: Stamp,
    installed: BTreeMap<IpAddr, Stamp>,
    announced: BTreeMap<IpAddr, Stamp>,
}

fn taken(lab: &Lab, node: usize, from: Stamp, v4: bool) -> Taken {
    lab.ask(|timeline| {
        let decided = timeline.adverts(node, from..).next().map_or(from, |(at, _)| at);
        let mut taken = Taken { decided, installed: BTreeMap::new(), announced: BTreeMap::new() };
        for entry in timeline.between(from..).filter(|entry| entry.node == node) {
            match &entry.seen {
                Seen::Added(address) if is_ours(address.ip, v4) => {
                    taken.installed.entry(address.ip).or_insert(entry.at);
                }
                Seen::Frame { packet, .. } => {
                    if let Some(ip) = announced(packet).filter(|ip| is_ours(*ip, v4)) {
                        taken.announced.entry(ip).or_insert(entry.at);
                    }
                }
                Seen::Added(_) | Seen::Removed(_) | Seen::Link { .. } | Seen::Mark(_) => {}
            }
        }
        taken
    })
}

fn announced(packet: &Packet) -> Option<IpAddr> {
    let ip = match packet {
        Packet::Arp(arp) => arp.sender_ip.into(),
        Packet::Neighbour(neighbour) => neighbour.target.into(),
        Packet::Advert(_) | Packet::Other => return None,
    };
    announces(packet, ip).then_some(ip)
}

fn is_ours(ip: IpAddr, v4: bool) -> bool {
    (address(0, v4)..address(MANY, v4)).contains(&ip)
}

/// From the death of the master of all instances to the last address on its backup.
fn instances(program: Program, many: Many) -> Vec<f64> {
    let lab = Lab::new("many instances", &[("a", program), ("b", program)]);
    many.wire(&lab);
    lab.observer().hurry();
    lab.node("a").start(&many.conf(150, &[]));
    if many.all_at(&lab, lab.node("a"), PATIENCE).is_none() {
        return Vec::new();
    }
    lab.node("b").start(&many.conf(100, &[]));
    pause(secs(8));
    lab.observer().timeline().forget_before(Stamp::now());
    let death = lab.node("a").crash();
    let last = many.all_at(&lab, lab.node("b"), PATIENCE);
    last.map(|last| ms(last.since(death))).into_iter().collect()
}
