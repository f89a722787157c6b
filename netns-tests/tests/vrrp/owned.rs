//! What a master owns in the kernel: somebody takes it away by hand.

use std::net::IpAddr;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::Duration;

use netns_tests::prelude::*;
use netns_tests::subject::Pair;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, setsockopt, socket,
    sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike as _};

use crate::{PATIENCE, start_both};

/// How soon what was taken away is back on a host that is not overloaded.
const SOON: Duration = millis(5);
/// How late it may be on one that is.
const LATE: Duration = millis(100);
/// How often each thing is taken away.
const TIMES: usize = 10;

const CONF: &str = "virtual_routes {
        198.51.100.0/24 via 10.77.0.9 dev eth0
        2001:db8:1::/48 via fd77::9
    }
    virtual_rules {
        from 198.51.100.0/24 table 100 preference 500
        from 2001:db8:1::/48 table 100 preference 501
    }
    virtual_ipaddress_excluded {
        fd77:9::1/64
    }";

/// What is taken away: the words of ip(8), the bit of its multicast group, and the kinds of the messages that tell of its
/// end and its return (rtnetlink(7)).
const THEFTS: [(&str, u32, u16, u16); 6] = [
    ("address del 10.77.0.100/24 dev eth0", 0x10, 21, 20),
    ("address del fd77:9::1/64 dev eth0", 0x100, 21, 20),
    ("route del 198.51.100.0/24", 0x40, 25, 24),
    ("-6 route del 2001:db8:1::/48", 0x400, 25, 24),
    ("rule del preference 500", 0x80, 33, 32),
    ("-6 rule del preference 501", 1 << 18, 33, 32),
];

/// A socket that hears of changes of one kind in the namespace of `node`.
fn listener(node: &Node, group: u32) -> OwnedFd {
    node.netns().inside(|| {
        let kind = SockProtocol::NetlinkRoute;
        let fd = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, kind)
            .expect("opening a netlink socket");
        setsockopt(&fd, sockopt::ReceiveTimeout, &TimeVal::seconds(3)).expect("a limit for receiving");
        bind(fd.as_raw_fd(), &NetlinkAddr::new(0, group)).expect("joining a group");
        fd
    })
}

/// When the message of the first kind came, and then that of the second.
fn hear(fd: &OwnedFd, kinds: (u16, u16)) -> Option<(Stamp, Stamp)> {
    let mut gone = None;
    let mut space = [0; 8192];
    loop {
        let length = recv(fd.as_raw_fd(), &mut space, MsgFlags::empty()).ok()?;
        let now = Stamp::now();
        let kind = space.get(4..length)?.first_chunk().map(|octets| u16::from_ne_bytes(*octets))?;
        match gone {
            None if kind == kinds.0 => gone = Some(now),
            Some(gone) if kind == kinds.1 => return Some((gone, now)),
            None | Some(_) => {}
        }
    }
}

/// Takes something away from `node` and tells how long it was away.
fn steal(node: &Node, theft: (&str, u32, u16, u16)) -> Duration {
    let (words, group, del, new) = theft;
    let fd = listener(node, group);
    let heard = std::thread::scope(|scope| {
        let hearing = scope.spawn(|| hear(&fd, (del, new)));
        node.ip(&words.split(' ').collect::<Vec<_>>());
        hearing.join().expect("hearing does not panic")
    });
    let (gone, back) = heard.unwrap_or_else(|| panic!("{words}: it does not come back: {}", node.log()));
    back.since(gone)
}

/// Addresses, routes and rules that somebody removes are back at once, and the peer does not notice.
#[expect(clippy::print_stdout, reason = "how long it took is worth knowing also when it was not too long")]
fn what_is_taken_away_comes_back(lab: &Lab) {
    let conf = |priority| Conf::v3(priority).line(CONF).text();
    start_both(lab, &conf(150), &conf(100));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let (a, b) = (lab.node("a"), lab.node("b"));
    b.expect_listening(PATIENCE);
    pause(secs(1));
    let began = Stamp::now();
    for theft in THEFTS {
        let mut gaps = Vec::new();
        for _ in 0..TIMES {
            gaps.push(steal(a, theft));
            // Sooner it would be a race, which is not run.
            pause(millis(150));
        }
        gaps.sort();
        let (median, worst) = (gaps[TIMES / 2], gaps[TIMES - 1]);
        println!("ip {}: back after {median:?} (median), {worst:?} (worst)", theft.0);
        assert!(median < SOON, "{}: back after {median:?}", theft.0);
        assert!(worst < LATE, "{}: back after {worst:?}", theft.0);
    }
    let (a_index, b_index) = (a.index(), b.index());
    lab.ask(|timeline| {
        let took = timeline.gained(b_index, IpAddr::from(VIP4), began..);
        assert_eq!(took, None, "the backup took the address:\n{}", timeline.render());
        assert_eq!(timeline.adverts(b_index, began..).count(), 0, "the backup spoke");
        let resigned = timeline.adverts(a_index, began..).filter(|(_, advert)| advert.priority == 0).count();
        assert_eq!(resigned, 0, "the master resigned");
    });
    let log = a.log();
    assert!(log.contains("10.77.0.100/24 on eth0 was removed by ip (process "), "nobody is named: {log}");
}

#[test]
fn taken_away_from_ours() {
    Pair::subject_twice().play("what_is_taken_away_comes_back", what_is_taken_away_comes_back);
}

/// The C program gives up its role when somebody removes an address, a route or a rule; ours puts it back. An entry with
/// `no_track` is left alone by both.
fn removal_and_role(lab: &Lab) {
    let conf = Conf::v3(150).line(
        "virtual_routes {
        198.51.100.0/24 via 10.77.0.9 dev eth0
        198.51.101.0/24 via 10.77.0.9 dev eth0 no_track
    }
    virtual_rules {
        from 198.51.100.0/24 table 100 preference 500
    }",
    );
    let a = lab.node("a");
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let routes = |word: &str| {
        let shown = netns_tests::command::run(&["ip", "-n", a.netns().name(), word]);
        shown.contains("198.51.101.0/24")
    };
    pause(secs(1));
    for theft in ["route del 198.51.101.0/24", "route del 198.51.100.0/24", "rule del preference 500"] {
        let began = Stamp::now();
        a.ip(&theft.split(' ').collect::<Vec<_>>());
        pause(secs(2));
        let index = a.index();
        let resigned =
            lab.ask(|timeline| timeline.adverts(index, began..).any(|(_, advert)| advert.priority == 0));
        let untracked = theft.contains("101");
        assert_eq!(resigned, a.program() == Program::Theirs && !untracked, "{theft}: {}", a.log());
        if untracked {
            assert!(!routes("route"), "an entry with no_track was put back");
        }
        lab.expect_owner("a", VIP4).within(PATIENCE);
    }
}

netns_tests::alone!(removal_and_role);

/// An IPv6 address that the kernel looks for duplicates of (`-nodad`) is announced when it can be used. One that another
/// host has is named, and taken when that host has given it up.
fn duplicates_are_looked_for(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    for setting in ["accept_dad", "dad_transmits"] {
        a.netns().sysctl(&format!("net/ipv6/conf/eth0/{setting}"), "1");
    }
    let (unique, double): (IpAddr, IpAddr) =
        ("fd77:9::1".parse().expect("an address"), "fd77:9::2".parse().expect("an address"));
    x.ip(&["address", "add", "fd77:9::2/64", "dev", "eth0", "nodad"]);
    let conf = Conf::v3(150).line(
        "virtual_ipaddress_excluded {
        fd77:9::1/64 -nodad
        fd77:9::2/64 -nodad
    }",
    );
    let began = a.start(&conf.text());
    let usable = lab.expect_gain("a", unique, began).within(PATIENCE);
    let announced = lab.expect_announcements("a", unique, began, 5).within(PATIENCE);
    let master = lab.expect_gain("a", VIP4, began).within(PATIENCE);
    assert!(announced[0] >= usable, "announced {announced:?} before it was usable at {usable}");
    assert!(usable > master, "nobody has looked for duplicates: {usable}");
    let said = poll_until(PATIENCE, || a.log().contains("another host has fd77:9::2/64").then_some(()));
    assert!(said.is_some(), "nothing is said of the duplicate: {}", a.log());
    let early = lab.ask(|timeline| timeline.announcements(a.index(), double, began..).count());
    assert_eq!(early, 0, "an address that another host has was announced");
    let free = Stamp::now();
    x.ip(&["address", "del", "fd77:9::2/64", "dev", "eth0"]);
    lab.expect_gain("a", double, free).within(secs(20));
    lab.expect_announcements("a", double, free, 5).within(PATIENCE);
}

#[test]
fn duplicates_of_ours() {
    netns_tests::subject::play_alone(Program::Ours, "duplicates_are_looked_for", duplicates_are_looked_for);
}

/// What `ip -n NODE arguments` shows.
fn shown(node: &Node, arguments: &[&str]) -> String {
    netns_tests::command::run(&[&["ip", "-n", node.netns().name()], arguments].concat())
}

/// The kernel says nothing of the IPv4 routes that it removes with an interface that goes down, or with the address that
/// they prefer: they are back when these are. The C program puts back what has an interface.
fn routes_come_back_with_what_they_need(lab: &Lab) {
    let a = lab.node("a");
    let _cable = lab.second_link("a");
    a.ip(&["address", "add", "10.78.0.1/24", "dev", "eth1"]);
    let statics = "static_ipaddress {\n 10.78.9.1/24 dev eth1\n}\n\
                   static_routes {\n 192.0.2.0/24 via 10.78.9.9 dev eth1\n}\n";
    let routes = "virtual_routes {\n 198.51.100.0/24 via 10.78.0.9\n\
                  198.51.101.0/24 via 10.77.0.9 dev eth0 src 10.77.0.100\n}";
    a.start(&format!("{statics}{}", Conf::v3(150).line(routes).text()));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let expect = |when: &str, routes: &[&str]| {
        let there = poll_until(secs(3), || {
            let table = shown(a, &["route"]);
            routes.iter().all(|route| table.contains(route)).then_some(())
        });
        assert!(there.is_some(), "{when}: {}\n{}", shown(a, &["route"]), a.log());
    };
    let all = ["192.0.2.0/24", "198.51.101.0/24", "198.51.100.0/24"];
    let is_ours = a.program() == Program::Ours;
    expect("as master", &all);
    let began = Stamp::now();
    a.ip(&["link", "set", "dev", "eth1", "down"]);
    pause(millis(300));
    assert!(!shown(a, &["route"]).contains("198.51.100.0"), "the kernel keeps routes over what is down");
    a.ip(&["link", "set", "dev", "eth1", "up"]);
    expect("after eth1 was down", if is_ours { &all } else { &all[..2] });
    pause(millis(500));
    assert_eq!(shown(a, &["route"]).contains("198.51.100.0"), is_ours, "{}", a.log());
    a.ip(&["address", "del", "10.78.9.1/24", "dev", "eth1"]);
    expect("after a static address was away", &all[..2]);
    assert!(shown(a, &["address"]).contains("10.78.9.1/24"), "the static address is not back");
    if is_ours {
        a.ip(&["address", "del", "10.77.0.100/24", "dev", "eth0"]);
        expect("after the preferred source was away", &all);
    }
    let resigned =
        lab.ask(|timeline| timeline.adverts(a.index(), began..).any(|(_, advert)| advert.priority == 0));
    assert!(!resigned, "the master resigned");
    a.ip(&["address", "del", "10.78.0.1/24", "dev", "eth1"]);
}

/// An instance faults with the interface of an address, a route or a rule, unless that has `no_track`.
fn interfaces_of_belongings_are_tracked(lab: &Lab) {
    let a = lab.node("a");
    let cable = lab.second_link("a");
    a.ip(&["address", "add", "10.78.0.1/24", "dev", "eth1"]);
    let lines = [
        ("virtual_ipaddress_excluded {\n 10.78.0.100/24 dev eth1\n}", true),
        ("virtual_routes {\n 198.51.100.0/24 via 10.78.0.9 dev eth1\n}", true),
        ("virtual_rules {\n iif eth1 table 100 preference 500\n}", true),
        ("virtual_routes {\n 198.51.100.0/24 via 10.78.0.9 dev eth1 no_track\n}", false),
    ];
    for (line, tracked) in lines {
        a.start(&Conf::v3(150).line(line).text());
        let began = Stamp::now();
        lab.expect_owner("a", VIP4).within(PATIENCE);
        pause(millis(500));
        cable.link().pull();
        if tracked {
            lab.expect_loss("a", VIP4, began).within(PATIENCE);
        } else {
            lab.expect_steady(VIP4, secs(1));
        }
        cable.link().plug();
        lab.expect_owner("a", VIP4).within(PATIENCE);
        a.stop();
        lab.expect_nobody(VIP4).within(PATIENCE);
    }
    a.ip(&["address", "del", "10.78.0.1/24", "dev", "eth1"]);
}

netns_tests::alone!(routes_come_back_with_what_they_need, interfaces_of_belongings_are_tracked);

/// A reload takes away what is gone and adds what is new; what is the same stays, and is never away.
fn reload_changes_routes_and_rules(lab: &Lab) {
    let a = lab.node("a");
    let conf = |routes: &str, rules: &str, statics: &str| {
        let lines = format!("virtual_routes {{\n{routes}\n}}\nvirtual_rules {{\n{rules}\n}}");
        format!("static_routes {{\n{statics}\n}}\n{}", Conf::v3(150).line(&lines).text())
    };
    a.start(&conf(
        "198.51.100.0/24 via 10.77.0.9\n198.51.101.0/24 via 10.77.0.9",
        "from 198.51.100.0/24 table 100 preference 500\nfrom 198.51.101.0/24 table 100 preference 501",
        "192.0.2.0/24 via 10.77.0.9\n192.0.3.0/24 via 10.77.0.9",
    ));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(secs(1));
    let fd = listener(a, 0x40 | 0x80);
    a.write(
        netns_tests::node::CONFIG,
        &conf(
            "198.51.102.0/24 via 10.77.0.9\n198.51.101.0/24 via 10.77.0.9",
            "from 198.51.102.0/24 table 100 preference 502\nfrom 198.51.101.0/24 table 100 preference 501",
            "192.0.4.0/24 via 10.77.0.9\n192.0.3.0/24 via 10.77.0.9",
        ),
    );
    a.signal(nix::sys::signal::Signal::SIGHUP);
    let changed = poll_until(PATIENCE, || {
        let (routes, rules) = (shown(a, &["route"]), shown(a, &["rule"]));
        let new = routes.contains("198.51.102.0") && routes.contains("192.0.4.0") && rules.contains("502:");
        let old = routes.contains("198.51.100.0") || routes.contains("192.0.2.0") || rules.contains("500:");
        let kept = routes.contains("198.51.101.0") && routes.contains("192.0.3.0") && rules.contains("501:");
        (new && kept && !old).then_some(())
    });
    assert!(changed.is_some(), "{}\n{}\n{}", shown(a, &["route"]), shown(a, &["rule"]), a.log());
    // Two routes and a rule went, two routes and a rule came: nothing else was told of.
    setsockopt(&fd, sockopt::ReceiveTimeout, &TimeVal::milliseconds(300)).expect("a limit for receiving");
    let mut told = 0;
    while recv(fd.as_raw_fd(), &mut [0; 8192], MsgFlags::empty()).is_ok() {
        told += 1;
    }
    assert_eq!(told, 6, "what is the same was touched");
}

#[test]
fn routes_of_ours_are_reloaded() {
    let title = "reload_changes_routes_and_rules";
    netns_tests::subject::play_alone(Program::Ours, title, reload_changes_routes_and_rules);
}

/// The VRRP process dies while it is master: routes and rules are never away, and nothing is left at the end. With all
/// processes killed, `--release-leftovers` removes them.
fn crashes_leave_no_routes(lab: &Lab) {
    let a = lab.node("a");
    let lines = "virtual_routes {\n 198.51.100.0/24 via 10.77.0.9\n 2001:db8:1::/48 via fd77::9\n}\n\
                 virtual_rules {\n from 198.51.100.0/24 table 100 preference 500\n}";
    let statics = "static_rules {\n from 192.0.2.0/24 table 99 preference 700\n}\n";
    let before = netns_tests::state::State::of(a);
    a.start(&format!("{statics}{}", Conf::v3(150).line(lines).text()));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(secs(1));
    let master = netns_tests::state::State::of(a);
    assert_eq!(master.made(), 4);
    for _ in 0..3 {
        let (_, children) = a.family();
        children.iter().for_each(|child| child.signal(nix::sys::signal::Signal::SIGKILL));
        for _ in 0..10 {
            assert_eq!(netns_tests::state::State::of(a).made(), 4, "something was away");
        }
    }
    a.crash();
    assert_eq!(netns_tests::state::State::of(a).made(), 4, "who was killed has removed something");
    let (status, said) = a.run(&["--release-leftovers", "-f", netns_tests::node::CONFIG]);
    assert_eq!(status, Some(0), "{said}");
    for what in
        ["10.77.0.100/24 on eth0", "route 198.51.100.0/24", "route 2001:db8:1::/48", "rule from 192.0.2.0/24"]
    {
        assert!(said.contains(&format!("removed {what}")), "{what}: {said}");
    }
    let left = before.difference(&netns_tests::state::State::of(a));
    assert!(left.is_empty(), "left: {left:?}");
}

#[test]
fn crashes_of_ours_leave_no_routes() {
    netns_tests::subject::play_alone(Program::Ours, "crashes_leave_no_routes", crashes_leave_no_routes);
}
