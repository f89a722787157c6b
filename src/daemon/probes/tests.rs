use std::net::TcpListener;

use super::*;
use crate::base::addr::{IpNet, MacAddr};
use crate::base::id::IfIndex;
use crate::sys::testing::block_on;
use crate::vrrp::link::{Address, Link};

fn id(position: u16) -> TrackId {
    TrackId::new(position)
}

fn page(host: Host, port: u16) -> Probe {
    Probe::Http(Http { host, port, authority: "web".into(), path: "/".into(), status: None })
}

/// An interface with addresses.
fn link(links: &mut Inventory, index: u32, name: &str, nets: &[&str]) {
    let mac = MacAddr([2, 0, 0, 0, 0, u8::try_from(index).unwrap()]);
    let link = Link::ethernet(IfName::new(name).unwrap(), mac);
    links.put_link(IfIndex::new(index), link);
    for net in nets {
        let (address, prefix) = net.split_once('/').unwrap();
        let net = IpNet::new(address.parse().unwrap(), prefix.parse().unwrap()).unwrap();
        links.put_address(IfIndex::new(index), Address { net, marked: false, tentative: false });
    }
}

#[test]
fn checks_end_side_by_side_and_one_at_a_time() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let bad = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (mut probes, links) = (Probes::default(), Inventory::new());
        assert_eq!(probes.start(id(0), &Probe::Tcp(good), &links), None);
        assert_eq!(probes.start(id(1), &Probe::Tcp(bad), &links), None);
        let mut ended = [probes.next().await, probes.next().await];
        ended.sort_by_key(|(id, _)| *id);
        let refused = Outcome::Failed(Failure::System(libc::ECONNREFUSED));
        assert_eq!(ended, [(id(0), Outcome::Passed), (id(1), refused)]);
        assert!(!probes.stop(id(0)));
    });
}

#[test]
fn a_check_that_was_stopped_says_nothing_any_more() {
    block_on(async {
        // Nobody accepts, so nobody answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = Host::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let probe = page(host, silent.local_addr().unwrap().port());
        let (mut probes, links) = (Probes::default(), Inventory::new());
        probes.start(id(0), &probe, &links);
        assert!(probes.stop(id(0)) && !probes.stop(id(0)));
        let refused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        probes.start(id(0), &Probe::Tcp(refused), &links);
        let failed = Outcome::Failed(Failure::System(libc::ECONNREFUSED));
        assert_eq!(probes.next().await, (id(0), failed));
        assert!(probes.running.is_empty() || probes.runs.is_empty());
    });
}

#[test]
fn a_page_of_a_name_waits_for_the_name_and_fails_if_it_is_nowhere() {
    block_on(async {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let probe = page(Host::Name("web".into()), closed.port());
        let (mut probes, links) = (Probes::default(), Inventory::new());
        assert_eq!(probes.start(id(0), &probe, &links), None);
        assert!(probes.running.is_empty());
        assert_eq!(probes.locate("other", vec![]), []);
        assert_eq!(probes.locate("web", vec![]), [(id(0), Outcome::Failed(Failure::NoAddress))]);
        assert_eq!(probes.start(id(0), &probe, &links), Some(Outcome::Failed(Failure::NoAddress)));
        assert_eq!(probes.locate("web", vec![Ipv4Addr::LOCALHOST.into()]), []);
        assert_eq!(probes.start(id(0), &probe, &links), None);
        assert_eq!(probes.next().await, (id(0), Outcome::Failed(Failure::System(libc::ECONNREFUSED))));
    });
}

#[test]
fn arp_goes_out_where_the_closest_network_is() {
    let mut links = Inventory::new();
    link(&mut links, 2, "eth0", &["10.0.0.1/8", "fe80::1/64"]);
    link(&mut links, 3, "eth1", &["10.1.0.1/16", "10.1.0.9/16"]);
    link(&mut links, 4, "eth2", &[]);
    let found = |to: [u8; 4], name: Option<&str>| {
        let way = way(&links, to.into(), name.map(|name| IfName::new(name).unwrap()));
        way.map(|way| (way.interface.get(), way.source.octets()))
    };
    assert_eq!(found([10, 1, 0, 5], None), Some((3, [10, 1, 0, 1])));
    assert_eq!(found([10, 2, 0, 5], None), Some((2, [10, 0, 0, 1])));
    assert_eq!(found([10, 1, 0, 5], Some("eth0")), Some((2, [10, 0, 0, 1])));
    assert_eq!(found([10, 1, 0, 5], Some("eth2")), Some((4, [0, 0, 0, 0])));
    assert_eq!(found([192, 0, 2, 1], None), None);
    assert_eq!(found([192, 0, 2, 1], Some("eth9")), None);
}
