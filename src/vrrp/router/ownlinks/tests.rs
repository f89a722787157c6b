use std::sync::Arc;

use super::*;
use crate::base::addr::MacAddr;
use crate::base::id::{Priority, RequestId};
use crate::base::table::Table;
use crate::base::time::Span;
use crate::base::wall::WallClock;
use crate::conf::model::further::OwnLink;
use crate::conf::model::{Further, Model};
use crate::vrrp::advert;
use crate::vrrp::event::{Control, Event, Packet};
use crate::vrrp::garp::Announcer;
use crate::vrrp::instance::Instance;
use crate::vrrp::link::{Kind, Link, Stack};
use crate::vrrp::output::Output;
use crate::vrrp::ownlinks::Home;
use crate::vrrp::reason::Reason;
use crate::vrrp::state::Cx;
use crate::vrrp::testing::{ETH0, PEER, host, instance, ip, link};

const VLAN: IfIndex = IfIndex::new(9);
const VI_1: InstanceId = InstanceId::new(0);

/// A backup with a MAC-VLAN that was there before.
fn backup() -> Router {
    let link = Link {
        name: IfName::new("vrrp.51").unwrap(),
        mac: Some(MacAddr([0, 0, 0x5e, 0, 1, 51])),
        stack: Stack { kind: Kind::PrivateMacVlan, on: Some(ETH0), ..Stack::default() },
        ..link(true)
    };
    let mut links = host();
    links.put_link(VLAN, link);
    let own = OwnLink { name: None, group: None, kind: LinkKind::MacVlan { mac: None, notify: false } };
    let further = Some(Box::new(Further { link: Some(own), ..Further::default() }));
    let instances: Table<InstanceId, Conf> = [Conf { further, ..instance() }].into_iter().collect();
    let mut router = Router::new(Arc::new(Model { instances, ..Model::default() }), &links);
    let start = Control::Start { uptime: Span::from_secs(60) };
    drop(router.handle(Instant::ZERO, Event::Control(RequestId(0), start)));
    router
}

/// An advert of the peer.
fn advert(priority: u8) -> Vec<u8> {
    let (conf, links, mut out, mut announcer) = (instance(), host(), Output::default(), Announcer::default());
    let mut peer = Instance::new(VI_1, &conf, Reason::Start);
    peer.own.source = Some(ip(PEER));
    peer.own.home = Home::on(Some(ETH0));
    let mut cx = Cx {
        now: Instant::ZERO,
        silent_from: Instant::ZERO,
        wall: WallClock::default(),
        conf: &conf,
        links: &links,
        out: &mut out,
        announcer: &mut announcer,
        turned: None,
    };
    advert::send(&mut peer.own, Priority::new(priority), &mut cx);
    out.end().split().1.to_vec()
}

#[test]
fn an_advert_that_is_heard_on_both_interfaces_counts_once() {
    let mut router = backup();
    let mut hear = |millis: u64, arrived_on, bytes: &[u8]| {
        let now = Instant::ZERO + Span::from_millis(millis);
        drop(router.handle(now, Event::Packet(Packet::V4 { arrived_on, bytes })));
        router.instances.at(VI_1).own.stats.received
    };
    let (good, other) = (advert(200), advert(201));
    assert_eq!(hear(100, ETH0, &good), 1);
    assert_eq!(hear(100, VLAN, &good), 1, "the same packet");
    assert_eq!(hear(1100, VLAN, &good), 2, "the next one");
    assert_eq!(hear(1101, ETH0, &good), 2, "the same packet, a moment later");
    assert_eq!(hear(1101, VLAN, &other), 3, "another packet at the same time");
    assert_eq!(hear(1102, VLAN, &other), 4, "on the same interface nothing is heard twice");
    assert_eq!(hear(1106, ETH0, &other), 5, "not the same packet after so long");
}
