//! Any packet, heard by virtual routers of every kind.
//!
//! The octets are an IP packet, version 4 or 6. They are heard by backups and by masters, as they are and with
//! their form mended, so that not every mutation ends at the first check. Whatever they say,
//! nothing panics, every action is sound, and a router that hears nothing more becomes master in the end.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use keepalived::base::addr::{Family, IpNet, MacAddr};
use keepalived::base::id::{IfIndex, IfName, RequestId, Ticket, Version};
use keepalived::base::time::{Instant, Span};
use keepalived::conf::env::Pretend;
use keepalived::conf::model::Model;
use keepalived::conf::source::Memory;
use keepalived::vrrp::Router;
use keepalived::vrrp::event::{Action, Control, Event, Packet};
use keepalived::vrrp::link::{Address, Inventory, Link};
use keepalived::wire::vrrp::{ADVERTISEMENT, AUTH_LEN, Advert, AuthFields, Checksum, View};

const CONF: &str = include_str!("advert.conf");
const ETH0: IfIndex = IfIndex::new(2);
const PROTOCOL_VRRP: u8 = 112;

/// The longest that one advert can hold a backup: three times the longest interval of version 3, and the skew.
const LONGEST_HOLD: Span = Span::from_secs(4 * 41);

/// Feeds `data` to the codec and to the routers.
pub(crate) fn run(data: &[u8]) {
    if let Some((family, message)) = message_of(data) {
        codec(family, message);
    }
    hear(data);
    let mended = mend(data);
    if mended != data {
        hear(&mended);
    }
}

/// A message that is understood is written again with the same octets.
fn codec(family: Family, message: &[u8]) {
    let Ok(view) = View::new(message) else { return };
    let version = match view.version() {
        2 => Version::V2,
        3 => Version::V3,
        _ => return,
    };
    let (Some(vrid), true) = (view.vrid(), view.kind() == ADVERTISEMENT) else { return };
    let reserved = version == Version::V3 && message.get(4).is_some_and(|octet| octet >> 4 != 0);
    if view.expected_len(family) != message.len() || reserved {
        return;
    }
    let data = view.auth_data().unwrap_or([0; AUTH_LEN]);
    let advert = Advert {
        version,
        family,
        vrid,
        priority: view.priority(),
        interval: view.interval(version),
        auth: AuthFields { kind: view.auth_type(), data },
        addresses: view.addresses(family).collect::<Vec<_>>().into_iter(),
    };
    let mut written = Vec::new();
    advert.emit(Checksum::Plain, &mut written);
    assert_eq!(written.len(), advert.octets());
    let without_sum = |octets: &[u8]| {
        let mut octets = octets.to_vec();
        octets.splice(6..8, [0, 0]);
        octets
    };
    assert_eq!(without_sum(&written), without_sum(message), "read, but not written as it was");
}

fn hear(data: &[u8]) {
    let Some(packet) = packet_of(data) else { return };
    let mut bench = Bench::new();
    bench.feed(Event::Control(RequestId(0), Control::Start { uptime: Span::ZERO }));
    bench.feed(Event::Packet(packet));
    bench.run_until_all_are_masters();
    bench.feed(Event::Packet(packet));
    bench.run_until_all_are_masters();
    bench.feed(Event::Control(RequestId(1), Control::Stop));
}

/// The packet as the raw sockets of each family give it.
fn packet_of(data: &[u8]) -> Option<Packet<'_>> {
    if data.first()? >> 4 != 6 {
        return Some(Packet::V4 { arrived_on: ETH0, bytes: data });
    }
    let (header, bytes) = data.split_at_checked(40)?;
    Some(Packet::V6 {
        arrived_on: ETH0,
        source: Ipv6Addr::from(<[u8; 16]>::try_from(header.get(8..24)?).ok()?),
        destination: Ipv6Addr::from(<[u8; 16]>::try_from(header.get(24..40)?).ok()?),
        hop_limit: *header.get(7)?,
        bytes,
    })
}

/// The VRRP message in the packet, if it is not inside anything else.
fn message_of(data: &[u8]) -> Option<(Family, &[u8])> {
    match data.first()? >> 4 {
        6 => Some((Family::V6, data.get(40..)?)),
        _ => Some((Family::V4, data.get(usize::from(data.first()? & 0x0f) * 4..)?)),
    }
}

/// The same packet, made to pass the checks on its form for the virtual router whose number is nearest: lengths,
/// TTL, version, type, count, authentication and checksum. What is left of the input are the addresses, the
/// priority and, in version 3, the interval.
fn mend(data: &[u8]) -> Vec<u8> {
    let Some((family, message)) = message_of(data) else { return data.to_vec() };
    let start = data.len() - message.len();
    if start < family_header(family) || message.len() < 8 {
        return data.to_vec();
    }
    let vrid = if family == Family::V6 { 56 } else { [51, 52, 54, 55, 57][usize::from(message[1]) % 5] };
    let version: u8 = if matches!(vrid, 51 | 52 | 57) { 2 } else { 3 };
    let data_len = if version == 2 { AUTH_LEN } else { 0 };
    let count = message.len().saturating_sub(8 + data_len) / family.octets();
    let mut mended = message[..8].to_vec();
    mended[0] = version << 4 | ADVERTISEMENT;
    mended[1] = vrid;
    mended[3] = u8::try_from(count).unwrap_or(u8::MAX);
    if version == 2 {
        mended[4..6].copy_from_slice(&[u8::from(vrid == 52), 1]);
    }
    mended.extend(message[8..].iter().take(usize::from(mended[3]) * family.octets()));
    if version == 2 {
        mended.extend(if vrid == 52 { b"sesame\0\0" } else { &[0; AUTH_LEN] });
    }
    let mut packet = data[..start].to_vec();
    match family {
        Family::V6 => packet[7] = 255,
        Family::V4 => finish_ipv4(&mut packet, &mut mended, version),
    }
    packet.extend(mended);
    packet
}

fn family_header(family: Family) -> usize {
    match family {
        Family::V4 => 20,
        Family::V6 => 40,
    }
}

/// Sets the lengths, TTL, protocol and destination of the header, and the checksum of the message.
fn finish_ipv4(header: &mut [u8], message: &mut [u8], version: u8) {
    let total = u16::try_from(header.len() + message.len()).unwrap_or(u16::MAX);
    header[2..4].copy_from_slice(&total.to_be_bytes());
    header[8..10].copy_from_slice(&[255, PROTOCOL_VRRP]);
    let to_one = message[1] == 55;
    header[16..20].copy_from_slice(if to_one { &[10, 77, 0, 1] } else { &[224, 0, 0, 18] });
    message[6..8].copy_from_slice(&[0, 0]);
    let mut summed = Vec::new();
    if version == 3 {
        let length = u16::try_from(message.len()).unwrap_or(u16::MAX).to_be_bytes();
        summed.extend_from_slice(&header[12..20]);
        summed.extend([0, PROTOCOL_VRRP, length[0], length[1]]);
    }
    summed.extend_from_slice(message);
    message[6..8].copy_from_slice(&internet_checksum(&summed).to_be_bytes());
}

/// RFC 1071, written for this test alone.
fn internet_checksum(octets: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for (position, octet) in octets.iter().enumerate() {
        sum += if position % 2 == 0 { u32::from(*octet) << 8 } else { u32::from(*octet) };
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

/// A router in a world where everything that it asks for is done at once.
struct Bench {
    router: Router,
    now: Instant,
    advertised: BTreeSet<(u8, bool)>,
}

impl Bench {
    fn new() -> Self {
        static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| Arc::new(model()));
        let router = Router::new(Arc::clone(&MODEL), &inventory());
        Self { router, now: Instant::from_micros(1_000_000), advertised: BTreeSet::new() }
    }

    fn feed(&mut self, event: Event<'_>) {
        let mut tickets = self.handle(event);
        while let Some(ticket) = tickets.pop() {
            tickets.extend(self.handle(Event::Done(ticket, Ok(()))));
        }
    }

    /// Lets the router handle `event`, looks at what it asks for, and returns what it waits for.
    fn handle(&mut self, event: Event<'_>) -> Vec<Ticket> {
        let (actions, arena) = self.router.handle(self.now, event).split();
        let mut tickets = Vec::new();
        for action in actions {
            match action {
                Action::Send { route, bytes } => {
                    let octets = arena.get(bytes).expect("octets within the arena");
                    let skipped = match route.destination {
                        IpAddr::V4(_) => {
                            usize::from(octets[0] & 0x0f) * 4 + 24 * usize::from(octets[9] == 51)
                        }
                        IpAddr::V6(_) => 0,
                    };
                    let view = View::new(octets.get(skipped..).unwrap_or_default()).expect("a VRRP message");
                    if view.priority().get() > 0 {
                        let vrid = view.vrid().expect("a virtual router").get();
                        self.advertised.insert((vrid, route.destination.is_ipv6()));
                    }
                }
                Action::Frame { bytes, .. } => {
                    assert!(arena.get(bytes).is_some_and(|frame| frame.len() >= 42));
                }
                Action::Kernel(ticket, _) | Action::Socket(ticket, _) => tickets.push(ticket),
                Action::Script(..)
                | Action::Adopt(_)
                | Action::Record(..)
                | Action::RecordSequence(..)
                | Action::RecordStatics(_)
                | Action::Notify(_)
                | Action::Repeat(_)
                | Action::Note(_)
                | Action::Answer(..) => {}
            }
        }
        tickets
    }

    /// Silence from now on: every router has to be master after the longest time that an advert can ask for.
    fn run_until_all_are_masters(&mut self) {
        let end = self.now + LONGEST_HOLD;
        let wanted = self.router.model().instances.len();
        self.advertised.clear();
        while self.advertised.len() < wanted {
            let due = self.router.next_deadline().expect("a router that waits for something");
            assert!(due <= end, "only {:?} advertise after the longest silence", self.advertised);
            self.now = self.now.max(due);
            self.feed(Event::Timeout { heard_until: self.now });
        }
    }
}

fn model() -> Model {
    let interfaces = Some(["eth0".to_owned()].into());
    let env = Pretend { interfaces, ..Pretend::default() };
    let path = Path::new("/etc/keepalived/keepalived.conf");
    let loaded = keepalived::conf::load(&Memory::of(path, CONF), path, &env);
    let problems: Vec<String> = loaded.plain_lines().collect();
    assert!(problems.is_empty(), "{problems:?}");
    loaded.model.expect("a model")
}

fn inventory() -> Inventory {
    let link = Link::ethernet(IfName::new("eth0").expect("a name"), MacAddr([2, 0, 0, 0, 0, 1]));
    let mut inventory = Inventory::new();
    inventory.put_link(ETH0, link);
    let own = [
        (IpAddr::from(Ipv4Addr::new(10, 77, 0, 1)), 24),
        (IpAddr::from(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1)), 64),
        (IpAddr::from(Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, 1)), 64),
    ];
    for (addr, prefix) in own {
        let net = IpNet::new(addr, prefix).expect("a prefix length");
        inventory.put_address(ETH0, Address { net, marked: false, tentative: false });
    }
    inventory
}
