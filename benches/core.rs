//! How long single steps of the core take: `cargo bench`, or `cargo bench --bench core -- NAME` for some of them.
//!
//! `scripts/bench` measures whole programs; this is for finding out where their time goes.
#![expect(clippy::expect_used, reason = "a measurement that cannot be set up ends")]

#[path = "../tests/memory/world.rs"]
mod world;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use keepalived::base::addr::Family;
use keepalived::base::deadlines::Deadlines;
use keepalived::base::id::{IfIndex, InstanceId, Priority, RequestId, Version, Vrid};
use keepalived::base::table::Key as _;
use keepalived::base::time::{Instant, Span};
use keepalived::vrrp::Router;
use keepalived::vrrp::event::{Action, Control, Event, Packet};
use keepalived::wire::vrrp::{Advert, AuthFields, Checksum, View};

const INSTANCES: u32 = 1000;
const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 66, 2, 1));
const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18));

fn main() {
    divan::main();
}

/// From the text of a configuration to its model.
#[divan::bench(args = [100, 1000])]
fn parse(bencher: Bencher, instances: u32) {
    let text = world::conf(instances);
    bencher
        .counter(BytesCount::of_str(&text))
        .counter(ItemsCount::new(instances))
        .bench(|| world::model(black_box(&text), instances));
}

fn advert(version: Version, addresses: u8) -> Advert<impl Iterator<Item = IpAddr> + Clone> {
    Advert {
        version,
        family: Family::V4,
        vrid: Vrid::new(51).expect("a number of a virtual router"),
        priority: Priority::new(100),
        interval: Span::from_secs(1),
        auth: AuthFields::NONE,
        addresses: (0..addresses).map(|number| IpAddr::from(Ipv4Addr::new(10, 128, 0, number))),
    }
}

const CHECKSUM: Checksum = Checksum::PseudoHeader { source: SOURCE, destination: GROUP };

/// Writes an advertisement of version 3 with so many addresses.
#[divan::bench(args = [1, 20, 255])]
fn encode(bencher: Bencher, addresses: u8) {
    let advert = advert(Version::V3, addresses);
    let mut out = Vec::with_capacity(2048);
    bencher.bench_local(|| {
        out.clear();
        black_box(&advert).emit(CHECKSUM, &mut out);
        black_box(out.len())
    });
}

/// Looks at every field of an advertisement, and at its checksum.
#[divan::bench(args = [1, 20, 255])]
fn decode(bencher: Bencher, addresses: u8) {
    let mut message = Vec::new();
    advert(Version::V3, addresses).emit(CHECKSUM, &mut message);
    bencher.bench_local(|| {
        let view = View::new(black_box(&message)).expect("a whole message");
        let form = view.checksum_form(SOURCE, GROUP, None);
        (view.vrid(), view.priority(), view.interval(Version::V3), form, view.addresses(Family::V4).count())
    });
}

/// A thousand instances that are master, and when they are due next.
fn masters() -> (Router, Instant) {
    let model = Arc::new(world::model(&world::conf(INSTANCES), INSTANCES));
    world::masters(&model, INSTANCES)
}

/// The advertisements that a master sends in one interval: the interface and the octets of each.
fn adverts(router: &mut Router, now: &mut Instant) -> Vec<(IfIndex, Vec<u8>)> {
    let mut sent = Vec::new();
    let wanted = usize::try_from(INSTANCES).expect("a number");
    while sent.len() < wanted {
        *now = router.next_deadline().expect("a master that advertises").max(*now);
        let (actions, arena) = router.handle(*now, Event::Timeout { heard_until: *now }).split();
        for action in actions {
            if let Action::Send { route, bytes } = action {
                let octets = arena.get(bytes).expect("octets within the arena").to_vec();
                sent.push((route.interface.expect("an interface"), octets));
            }
        }
    }
    sent
}

/// A master has to advertise: all that the core does for one advertisement.
#[divan::bench]
fn advertise(bencher: Bencher) {
    let (mut router, mut now) = masters();
    bencher.counter(ItemsCount::new(INSTANCES)).bench_local(|| {
        let mut sent = 0;
        while sent < INSTANCES {
            now = router.next_deadline().expect("a master that advertises").max(now);
            let actions = router.handle(now, Event::Timeout { heard_until: now }).split().0;
            let adverts = actions.filter(|action| matches!(action, Action::Send { .. })).count();
            sent += u32::try_from(adverts).expect("a number");
        }
    });
}

/// A backup hears the advertisements of a better master, one of each instance.
#[divan::bench]
fn hear(bencher: Bencher) {
    let (mut master, mut now) = masters();
    let heard = adverts(&mut master, &mut now);
    let text = world::conf(INSTANCES).replace("priority 100", "priority 90");
    let model = Arc::new(world::model(&text, INSTANCES));
    let mut router = Router::new(model, &world::links(INSTANCES, 9));
    let start = Event::Control(RequestId(0), Control::Start { uptime: Span::from_secs(60) });
    world::settle(&mut router, now, start);
    bencher.counter(ItemsCount::new(INSTANCES)).bench_local(|| {
        now += Span::from_millis(10);
        for (arrived_on, bytes) in &heard {
            let packet = Packet::V4 { arrived_on: *arrived_on, bytes };
            let actions = router.handle(now, Event::Packet(packet)).split().0;
            black_box(actions.count());
        }
    });
}

/// Deadlines of backups: each is moved later, and none is due.
#[divan::bench(args = [1000, 4000])]
fn deadlines_move(bencher: Bencher, keys: usize) {
    let mut queue = Deadlines::new();
    let keys: Vec<InstanceId> = (0..keys).filter_map(InstanceId::from_position).collect();
    let mut now = Instant::ZERO;
    bencher.counter(ItemsCount::new(keys.len())).bench_local(|| {
        now += Span::from_millis(10);
        for key in &keys {
            queue.set(*key, Some(now + Span::from_secs(3)));
        }
        queue.earliest()
    });
}

/// Deadlines of masters: each becomes due and is set again.
#[divan::bench(args = [1000, 4000])]
fn deadlines_turn(bencher: Bencher, keys: usize) {
    let mut queue = Deadlines::new();
    let mut now = Instant::ZERO;
    for key in (0..keys).filter_map(InstanceId::from_position) {
        queue.set(key, Some(now + Span::from_secs(1)));
    }
    bencher.counter(ItemsCount::new(keys)).bench_local(|| {
        now += Span::from_secs(1);
        while let Some((due, key)) = queue.pop(now) {
            queue.set(key, Some(due + Span::from_secs(1)));
        }
    });
}
