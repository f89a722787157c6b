//! How long the reload of a thousand virtual routers takes when one of them has changed, and what of it can be seen:
//! on the wire, in the kernel's addresses, and in the punctuality of the adverts.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "this is a program whose purpose is to print")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use netns_tests::node::CONFIG;
use netns_tests::packet::Packet;
use netns_tests::prelude::*;
use netns_tests::timeline::Seen;
use nix::sys::signal::Signal;

/// How many virtual routers there are: 200 on each of five multicast groups.
const ROUTERS: u16 = 1000;
/// How many reloads are measured.
const TRIALS: u32 = 20;
/// The goal for the time from SIGHUP to `READY=1`.
const GOAL: Duration = millis(100);
const PATIENCE: Duration = secs(30);

fn main() -> ExitCode {
    let mut good = true;
    println!("Reload of {ROUTERS} instances, one of them changed; {TRIALS} reloads");
    for interval in [secs(1), millis(100)] {
        good &= measure(interval);
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All instances are master; the first one has one address more on every other file.
fn conf(interval: Duration, more: bool) -> String {
    let mut text = String::from("global_defs {\n    router_id many\n    vrrp_garp_master_repeat 1\n}\n");
    for number in 0..ROUTERS {
        let (vrid, group) = (number % 200 + 1, number / 200 + 18);
        let extra = if more && number == 0 { format!("\n        {}/32", extra()) } else { String::new() };
        // Writing to a String cannot fail.
        write!(
            text,
            "vrrp_instance R_{number} {{\n    interface eth0\n    virtual_router_id {vrid}\n    version 3\n    priority 100\n    \
             advert_int {}\n    mcast_src_ip 10.77.0.1\n    mcast_dst_ip 224.0.0.{group}\n    virtual_ipaddress {{\n        \
             {}/32{extra}\n    }}\n}}\n",
            interval.as_secs_f64(),
            address(number)
        )
        .ok();
    }
    text
}

fn address(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(10, 79, high, low)
}

const fn extra() -> Ipv4Addr {
    Ipv4Addr::new(10, 80, 0, 1)
}

fn measure(interval: Duration) -> bool {
    let lab = Lab::new("measure reload", &[("a", Program::Ours), ("x", Program::Ours)]);
    let a = lab.node("a");
    let manager = a.manage_service();
    a.start(&conf(interval, false));
    let all = format!("STATUS=Running; {ROUTERS} instances: {ROUTERS} master");
    manager.expect(&all, PATIENCE);
    pause(secs(8));
    lab.observer().hurry();
    let mut spans = Vec::new();
    let (mut foreign, mut late) = (0, Duration::ZERO);
    let quiet = lateness(&lab, interval, Stamp::now().minus(secs(3)));
    for trial in 0..TRIALS {
        lab.observer().timeline().forget_before(Stamp::now().minus(2 * interval));
        a.write(CONFIG, &conf(interval, trial % 2 == 0));
        let before = Stamp::now().minus(2 * interval);
        drop(manager.heard());
        let asked = a.signal(Signal::SIGHUP);
        spans.push(ready(&manager, asked));
        pause(2 * interval + millis(300));
        foreign += strangers(&lab, asked);
        late = late.max(lateness(&lab, interval, before));
    }
    spans.sort_unstable();
    let ms = |span: Duration| span.as_secs_f64() * 1e3;
    let at = |index: usize| spans.get(index).copied().map_or(f64::NAN, ms);
    println!(
        "advert_int {:>4} ms: SIGHUP -> READY=1 median {:.1} ms, max {:.1} ms; {foreign} address changes or announcements of \
         other instances; adverts at most {:.1} ms late, {:.1} ms without reloads",
        interval.as_millis(),
        at(spans.len() / 2),
        at(spans.len() - 1),
        ms(late),
        ms(quiet)
    );
    spans.iter().all(|span| *span < GOAL) && foreign == 0
}

fn ready(manager: &netns_tests::node::ServiceManager, asked: Stamp) -> Duration {
    let mut heard = Vec::new();
    loop {
        heard.extend(manager.heard());
        if heard.iter().any(|line| line == "READY=1") || Stamp::now().since(asked) > PATIENCE {
            return Stamp::now().since(asked);
        }
        pause(Duration::from_micros(200));
    }
}

/// What happened to addresses that the reload had nothing to do with.
fn strangers(lab: &Lab, from: Stamp) -> usize {
    let a = lab.node("a").index();
    lab.ask(|timeline| {
        let here = timeline.between(from..).filter(|entry| entry.node == a);
        here.filter(|entry| match &entry.seen {
            Seen::Added(address) | Seen::Removed(address) => address.ip != extra(),
            Seen::Frame { packet: Packet::Arp(arp), .. } => arp.is_gratuitous() && arp.sender_ip != extra(),
            Seen::Frame { packet: Packet::Neighbour(_), .. } => true,
            Seen::Frame { .. } | Seen::Link { .. } | Seen::Mark(_) => false,
        })
        .count()
    })
}

/// By how much the latest advert since `from` came later than the one before it demands.
fn lateness(lab: &Lab, interval: Duration, from: Stamp) -> Duration {
    let mut last: BTreeMap<_, Stamp> = BTreeMap::new();
    let mut most = Duration::ZERO;
    for (at, advert) in lab.adverts("a", from, Stamp::now()) {
        if let Some(before) = last.insert((advert.vrid, advert.destination), at) {
            most = most.max(at.since(before).saturating_sub(interval));
        }
    }
    most
}
