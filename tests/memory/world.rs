//! Thousands of virtual routers in a process without an operating system.

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

/// How many instances share an interface.
const PER_INTERFACE: u32 = 250;

/// The text of a configuration with `count` instances that have an address each.
pub(crate) fn conf(count: u32) -> String {
    (0..count).fold(String::new(), |mut text, number| {
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

fn interfaces(count: u32) -> impl Iterator<Item = (IfIndex, String)> {
    (0..count.div_ceil(PER_INTERFACE)).map(|number| (IfIndex::new(number + 2), format!("w{number}")))
}

/// What `text` means on a host with the interfaces of `count` instances; nothing is wrong with it.
pub(crate) fn model(text: &str, count: u32) -> Model {
    let names = interfaces(count).map(|(_, name)| name).collect();
    let env = Pretend { interfaces: Some(names), ..Pretend::default() };
    let path = Path::new("/etc/keepalived/keepalived.conf");
    let loaded = keepalived::conf::load(&Memory::of(path, text), path, &env);
    assert_eq!(loaded.plain_lines().count(), 0);
    loaded.model.expect("a model of a fine file")
}

/// The interfaces of `count` instances, with an address each whose last octet is `host`.
pub(crate) fn links(count: u32, host: u8) -> Inventory {
    let mut links = Inventory::new();
    for (index, name) in interfaces(count) {
        let link = Link::ethernet(IfName::new(&name).expect("a name"), MacAddr([2, 0, 0, 0, 0, 1]));
        links.put_link(index, link);
        let addr = Ipv4Addr::from_bits(Ipv4Addr::new(10, 66, 0, host).to_bits() + (index.get() << 8));
        let net = IpNet::new(addr.into(), 24).expect("a prefix length");
        links.put_address(index, Address { net, marked: false, tentative: false });
    }
    links
}

/// Lets the kernel do whatever the router asks for, and tells it so.
pub(crate) fn settle(router: &mut Router, now: Instant, event: Event<'_>) {
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

/// Lets time pass until `end`.
pub(crate) fn pass(router: &mut Router, now: &mut Instant, end: Instant) {
    while let Some(due) = router.next_deadline().filter(|due| *due < end) {
        *now = due.max(*now);
        settle(router, *now, Event::Timeout { heard_until: *now });
    }
}

/// A router of `model` with `count` instances, all of which are master, and the time there.
pub(crate) fn masters(model: &Arc<Model>, count: u32) -> (Router, Instant) {
    let mut now = Instant::ZERO + Span::from_secs(5);
    let mut router = Router::new(Arc::clone(model), &links(count, 1));
    let start = Event::Control(RequestId(0), Control::Start { uptime: Span::from_secs(60) });
    settle(&mut router, now, start);
    let end = now + Span::from_secs(15);
    pass(&mut router, &mut now, end);
    (router, now)
}
