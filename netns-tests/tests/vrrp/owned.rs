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
        2001:db8:1::/48 via fd77::9 dev eth0
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
