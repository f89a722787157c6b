//! How much memory an instance takes in the process that does VRRP: counted, so that it is the same on every machine.
#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use keepalived::base::addr::{IpNet, MacAddr};
use keepalived::base::id::{IfIndex, IfName, RequestId};
use keepalived::base::time::{Instant, Span};
use keepalived::conf::env::Pretend;
use keepalived::conf::model::Model;
use keepalived::conf::source::Memory;
use keepalived::vrrp::Router;
use keepalived::vrrp::event::{Action, Control, Event};
use keepalived::vrrp::link::{Address, Inventory, Link};

#[global_allocator]
static COUNTS: dhat::Alloc = dhat::Alloc;

const INSTANCES: u32 = 4000;
const PER_INTERFACE: u32 = 250;

/// What an instance with one address may take, its configuration included, once it is master and nothing happens.
const LIMIT: usize = 1950;
/// How far reading a configuration may go beyond that for a moment.
const PEAK: usize = 3500;

fn conf() -> String {
    (0..INSTANCES).fold(String::new(), |mut text, number| {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "vrrp_instance I_{number} {{\n    interface w{}\n    virtual_router_id {}\n    version 3\n    priority 100\n    \
             advert_int 1\n    virtual_ipaddress {{\n        {}/32\n    }}\n}}\n",
            number / PER_INTERFACE,
            number % PER_INTERFACE + 1,
            Ipv4Addr::from_bits(Ipv4Addr::new(10, 128, 0, 0).to_bits() + number),
        );
        text
    })
}

fn interfaces() -> impl Iterator<Item = (IfIndex, String)> {
    (0..INSTANCES.div_ceil(PER_INTERFACE)).map(|number| (IfIndex::new(number + 2), format!("w{number}")))
}

fn model() -> Model {
    let env =
        Pretend { interfaces: Some(interfaces().map(|(_, name)| name).collect()), ..Pretend::default() };
    let path = Path::new("/etc/keepalived/keepalived.conf");
    let loaded = keepalived::conf::load(&Memory::of(path, conf().as_str()), path, &env);
    assert_eq!(loaded.plain_lines().count(), 0);
    loaded.model.expect("a model of a fine file")
}

fn links() -> Inventory {
    let mut links = Inventory::new();
    for (index, name) in interfaces() {
        let link = Link::ethernet(IfName::new(&name).expect("a name"), MacAddr([2, 0, 0, 0, 0, 1]));
        links.put_link(index, link);
        let addr = Ipv4Addr::from_bits(Ipv4Addr::new(10, 66, 0, 1).to_bits() + (index.get() << 8));
        let net = IpNet::new(addr.into(), 24).expect("a prefix length");
        links.put_address(index, Address { net, marked: false, tentative: false });
    }
    links
}

/// Lets the kernel do whatever the router asks for, and tells it so.
fn settle(router: &mut Router, now: Instant, event: Event<'_>) {
    let mut asked: Vec<Action> = router.handle(now, event).split().0.collect();
    while !asked.is_empty() {
        let mut further = Vec::new();
        for action in asked {
            if let Action::Kernel(ticket, _) | Action::Socket(ticket, _) = action {
                further.extend(router.handle(now, Event::Done(ticket, Ok(()))).split().0);
            }
        }
        asked = further;
    }
}

fn taken() -> usize {
    dhat::HeapStats::get().curr_bytes / usize::try_from(INSTANCES).expect("a number")
}

#[test]
fn an_instance_is_small() {
    let _counting = dhat::Profiler::builder().testing().build();
    let model = Arc::new(model());
    let (configured, peak) =
        (taken(), dhat::HeapStats::get().max_bytes / usize::try_from(INSTANCES).expect("a number"));
    let mut now = Instant::ZERO + Span::from_secs(5);
    let mut router = Router::new(Arc::clone(&model), &links());
    settle(&mut router, now, Event::Control(RequestId(0), Control::Start { uptime: Span::from_secs(60) }));
    let end = now + Span::from_secs(15);
    while let Some(due) = router.next_deadline().filter(|due| *due < end) {
        now = now.max(due);
        settle(&mut router, now, Event::Timeout { heard_until: now });
    }
    let told = format!("{configured} octets for its configuration, {} in all, {peak} while reading", taken());
    assert!(taken() <= LIMIT && peak <= PEAK, "an instance takes {told}");
    eprintln!("{told}");
}
