//! The sockets that VRRP travels through: for each family and protocol one that hears everything and one that sends.
//!
//! The receiver is bound to nothing and hears unicast and every group that the host is a member of, from every
//! interface; packet info says which. It keeps `IP_MULTICAST_ALL`, because memberships live on sockets of their own
//! ([`groups`](super::groups)). The sender hears nothing, and its multicast does not come back to this host.

use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll};

use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use nix::{setsockopt_impl, sockopt_impl};
use socket2::{Domain, SockFilter, Socket, Type};

use super::batch::{self, BATCH, Control, Inbox, Name, Outgoing, Received};
use super::watch::Watched;
use super::{Attempt, Error, clock};
use crate::base::addr::Family;
use crate::base::id::IfIndex;
use crate::base::time::Instant;
use crate::vrrp::event::{Packet, Protocol, Route};

/// What the receive queue may hold, in octets as the kernel counts them: some thousands of advertisements.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Network control (RFC 9568, 5.1.1.1 recommends no value; this is CS6 as everybody sends it).
const TRAFFIC_CLASS: u32 = 0xc0;
/// Before everything else in the queues of the interface; above 6 needs CAP_NET_ADMIN.
const QUEUE_PRIORITY: u32 = 7;
/// Where the checksum is in a VRRP header: the kernel computes it for IPv6.
const CHECKSUM_OFFSET: libc::c_int = 6;

sockopt_impl!(
    /// Where the kernel finds and checks the checksum of an IPv6 protocol.
    Ipv6Checksum,
    SetOnly,
    libc::IPPROTO_IPV6,
    libc::IPV6_CHECKSUM,
    libc::c_int
);

/// Hears a protocol of a family on every interface.
pub struct Receiver {
    fd: Watched<Socket>,
    family: Family,
    protocol: Protocol,
    inbox: Inbox,
    /// The kernel's count of packets dropped so far.
    dropped: u32,
}

/// What a [`Receiver`] hands out.
#[derive(Debug)]
pub enum Arrival<'a> {
    /// A packet.
    Packet(Packet<'a>),
    /// The queue was full: this many packets were dropped before the next one.
    Lost(u32),
    /// A datagram longer than any advertisement can be was skipped.
    Oversized,
}

/// How far the receive queue has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many packets were read.
    pub packets: usize,
    /// Everything that arrived before this moment has been read; `None` if that cannot be told.
    pub heard_until: Option<Instant>,
    /// Whether the queue was found empty.
    pub drained: bool,
}

impl Receiver {
    /// Opens the socket. Needs CAP_NET_RAW and a runtime.
    ///
    /// # Errors
    /// If the kernel refuses the socket or an option of it.
    pub fn open(family: Family, protocol: Protocol) -> Result<Receiver, Error> {
        let target = format!("{family} protocol {}", protocol.number());
        let socket = socket(family, protocol)?;
        let set_up = || -> io::Result<()> {
            match family {
                Family::V4 => setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?,
                Family::V6 => {
                    setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
                    setsockopt(&socket, sockopt::Ipv6RecvHopLimit, &true)?;
                    checksum(&socket, protocol)?;
                }
            }
            setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
            setsockopt(&socket, sockopt::RxqOvfl, &1)?;
            // The forced size ignores net.core.rmem_max; without the permission the ordinary one has to do.
            if setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
                setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BUFFER)?;
            }
            Ok(())
        };
        set_up().attempt("set up the receiving socket of", &target)?;
        let fd = Watched::new(socket).attempt("watch the socket of", &target)?;
        Ok(Receiver { fd, family, protocol, inbox: Inbox::new(), dropped: 0 })
    }

    /// What this hears.
    #[must_use]
    pub const fn kind(&self) -> (Family, Protocol) {
        (self.family, self.protocol)
    }

    /// The number of its descriptor, for people to see.
    #[must_use]
    pub fn number(&self) -> i32 {
        self.fd.get().as_raw_fd()
    }

    /// Whether this hears `protocol` of `family`.
    #[must_use]
    pub fn hears(&self, family: Family, protocol: Protocol) -> bool {
        self.family == family && self.protocol == protocol
    }

    /// Ready when there may be something to read.
    ///
    /// # Errors
    /// If the runtime stops.
    pub fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.fd.poll_readable(cx).map(|ready| ready.attempt("wait for", "packets"))
    }

    /// Reads at most `limit` packets, rounded up to whole batches, and hands them to `deliver` in their order, with the
    /// moment at which they were looked for.
    ///
    /// Reads the socket itself whatever the runtime knows of it, so that nothing that has arrived is missed.
    ///
    /// # Errors
    /// If the socket reports an error; it stays usable.
    pub fn receive(
        &mut self,
        limit: usize,
        mut deliver: impl FnMut(Instant, Arrival<'_>),
    ) -> Result<Progress, Error> {
        let mut progress = Progress { packets: 0, heard_until: None, drained: false };
        while !progress.drained && progress.packets < limit {
            let before = clock::now();
            let count = match self.inbox.receive(self.fd.as_fd()) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::new("receive", "VRRP packets", error)),
            };
            let mut last = None;
            for position in 0..count {
                last = self.hand_out(position, |arrival| deliver(before, arrival)).or(last);
            }
            progress.packets += count;
            progress.drained = count < BATCH;
            progress.heard_until = if progress.drained {
                Some(before)
            } else {
                last.map(|stamp| clock::monotonic(stamp, before)).or(progress.heard_until)
            };
        }
        if progress.drained {
            self.fd.exhausted();
        }
        Ok(progress)
    }

    /// Delivers the packet at `position` and what its control messages say; tells when it arrived.
    fn hand_out(&mut self, position: usize, mut deliver: impl FnMut(Arrival<'_>)) -> Option<TimeSpec> {
        let received = self.inbox.get(position)?;
        let about = Ancillary::read(received.control);
        if let Some(total) = about.dropped {
            let lost = total.wrapping_sub(self.dropped);
            self.dropped = total;
            if lost > 0 {
                deliver(Arrival::Lost(lost));
            }
        }
        if received.truncated {
            deliver(Arrival::Oversized);
        } else if let Some(packet) = packet(self.family, &received, &about) {
            deliver(Arrival::Packet(packet));
        }
        about.stamp
    }
}

/// What the control messages of a packet say.
#[derive(Default)]
struct Ancillary {
    arrived_on: Option<IfIndex>,
    destination: Option<Ipv6Addr>,
    hop_limit: Option<u8>,
    stamp: Option<TimeSpec>,
    dropped: Option<u32>,
}

impl Ancillary {
    fn read(control: &[u8]) -> Ancillary {
        let mut about = Ancillary::default();
        for (level, kind, value) in batch::controls(control) {
            match (level, kind) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => about.arrived_on = index(value, 0),
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    about.destination = value.first_chunk::<16>().map(|octets| Ipv6Addr::from(*octets));
                    about.arrived_on = index(value, 16);
                }
                (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT) => {
                    about.hop_limit = int(value, 0).and_then(|limit| u8::try_from(limit).ok());
                }
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => about.stamp = time_spec(value),
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                    about.dropped = value.first_chunk().map(|octets| u32::from_ne_bytes(*octets));
                }
                _ => {}
            }
        }
        about
    }
}

fn int(value: &[u8], at: usize) -> Option<i32> {
    value.get(at..)?.first_chunk().map(|octets| i32::from_ne_bytes(*octets))
}

fn index(value: &[u8], at: usize) -> Option<IfIndex> {
    int(value, at).and_then(|index| u32::try_from(index).ok()).map(IfIndex::new)
}

fn time_spec(value: &[u8]) -> Option<TimeSpec> {
    let half = value.len() / 2;
    let number = |octets: &[u8]| match octets.len() {
        4 => octets.first_chunk().map(|octets| i64::from(i32::from_ne_bytes(*octets))),
        8 => octets.first_chunk().map(|octets| i64::from_ne_bytes(*octets)),
        _ => None,
    };
    Some(TimeSpec::new(number(value.get(..half)?)?, number(value.get(half..)?)?))
}

fn packet<'a>(family: Family, received: &Received<'a>, about: &Ancillary) -> Option<Packet<'a>> {
    let arrived_on = about.arrived_on?;
    match family {
        Family::V4 => Some(Packet::V4 { arrived_on, bytes: received.bytes }),
        Family::V6 => Some(Packet::V6 {
            arrived_on,
            // Behind family, port and flow label of the address.
            source: received.name.get(8..)?.first_chunk::<16>().map(|octets| Ipv6Addr::from(*octets))?,
            destination: about.destination?,
            hop_limit: about.hop_limit?,
            bytes: received.bytes,
        }),
    }
}

/// Sends the advertisements of every interface.
#[derive(Debug, Default)]
pub struct Sender {
    sockets: Vec<(Family, Protocol, Socket)>,
}

impl Sender {
    /// A sender that can send nothing yet.
    #[must_use]
    pub const fn new() -> Sender {
        Sender { sockets: Vec::new() }
    }

    /// Makes it possible to send `protocol` of `family`. Needs CAP_NET_RAW.
    ///
    /// # Errors
    /// If the kernel refuses the socket or an option of it.
    pub fn open(&mut self, family: Family, protocol: Protocol) -> Result<(), Error> {
        if self.socket(family, protocol).is_some() {
            return Ok(());
        }
        let socket = socket(family, protocol)?;
        silence(&socket, family, protocol).and_then(|()| dress(&socket, family)).attempt(
            "set up the sending socket of",
            format_args!("{family} protocol {}", protocol.number()),
        )?;
        self.sockets.push((family, protocol, socket));
        Ok(())
    }

    /// The number of the descriptor that `protocol` of `family` is sent with, for people to see.
    #[must_use]
    pub fn number(&self, family: Family, protocol: Protocol) -> Option<i32> {
        self.socket(family, protocol).map(AsRawFd::as_raw_fd)
    }

    /// Ends being able to send `protocol` of `family`.
    pub fn close(&mut self, family: Family, protocol: Protocol) {
        self.sockets.retain(|(of, kind, _)| (*of, *kind) != (family, protocol));
    }

    /// Sends advertisements whose bytes are in `arena`, in as few system calls as possible; those that could not leave
    /// are given to `failed`, one by one.
    pub fn send(
        &self,
        queue: &[(Route, Range<usize>)],
        arena: &[u8],
        mut failed: impl FnMut(&Route, io::Error),
    ) {
        let kind = |route: &Route| (route.family(), route.protocol, is_multicast(route.destination));
        for run in queue.chunk_by(|(one, _), (next, _)| kind(one) == kind(next)) {
            let Some((family, protocol, multicast)) = run.first().map(|(route, _)| kind(route)) else {
                continue;
            };
            let Some(socket) = self.socket(family, protocol) else {
                for (route, _) in run {
                    failed(route, io::ErrorKind::NotConnected.into());
                }
                continue;
            };
            let flags = if multicast { libc::MSG_DONTROUTE } else { 0 };
            for part in run.chunks(BATCH) {
                send_part(socket, part, arena, flags, &mut failed);
            }
        }
    }

    fn socket(&self, family: Family, protocol: Protocol) -> Option<&Socket> {
        let mut sockets = self.sockets.iter();
        sockets.find(|open| open.0 == family && open.1 == protocol).map(|open| &open.2)
    }
}

fn send_part(
    socket: &Socket,
    part: &[(Route, Range<usize>)],
    arena: &[u8],
    flags: libc::c_int,
    failed: &mut impl FnMut(&Route, io::Error),
) {
    let mut names = [Name::EMPTY; BATCH];
    let mut controls = [Control::EMPTY; BATCH];
    for ((name, control), (route, _)) in names.iter_mut().zip(&mut controls).zip(part) {
        address(route, name);
        packet_info(route, control);
    }
    let mut messages = [Outgoing { name: &Name::EMPTY, control: &Control::EMPTY, bytes: &[] }; BATCH];
    let headers = names.iter().zip(&controls);
    for ((message, (name, control)), (_, bytes)) in messages.iter_mut().zip(headers).zip(part) {
        *message = Outgoing { name, control, bytes: arena.get(bytes.clone()).unwrap_or_default() };
    }
    let messages = messages.get(..part.len()).unwrap_or_default();
    batch::send_all(socket.as_fd(), messages, flags, |position, error| {
        if let Some((route, _)) = part.get(position) {
            failed(route, error);
        }
    });
}

const fn is_multicast(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => addr.is_multicast(),
        IpAddr::V6(addr) => addr.is_multicast(),
    }
}

/// The destination as a socket address.
fn address(route: &Route, name: &mut Name) {
    match route.destination {
        IpAddr::V4(to) => {
            name.push(&family_number(libc::AF_INET));
            name.push(&[0; 2]);
            name.push(&to.octets());
            name.push(&[0; 8]);
        }
        IpAddr::V6(to) => {
            let scoped = to.is_multicast() || to.is_unicast_link_local();
            let scope = route.interface.filter(|_| scoped).map_or(0, IfIndex::get);
            name.push(&family_number(libc::AF_INET6));
            name.push(&[0; 6]);
            name.push(&to.octets());
            name.push(&scope.to_ne_bytes());
        }
    }
}

fn family_number(family: libc::c_int) -> [u8; 2] {
    u16::try_from(family).unwrap_or_default().to_ne_bytes()
}

/// Interface, source and hop limit as control messages.
fn packet_info(route: &Route, control: &mut Control) {
    let index = route.interface.map_or(0, IfIndex::get);
    match route.source {
        IpAddr::V4(source) => {
            let mut info = [0; 12];
            let (first, rest) = info.split_at_mut(4);
            first.copy_from_slice(&index.to_ne_bytes());
            rest.iter_mut().zip(source.octets()).for_each(|(room, octet)| *room = octet);
            control.push_control(libc::IPPROTO_IP, libc::IP_PKTINFO, &info);
        }
        IpAddr::V6(source) => {
            let mut info = [0; 20];
            let (first, rest) = info.split_at_mut(16);
            first.copy_from_slice(&source.octets());
            rest.copy_from_slice(&index.to_ne_bytes());
            control.push_control(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &info);
        }
    }
    if let (IpAddr::V6(_), Some(limit)) = (route.source, route.hop_limit) {
        control.push_control(libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT, &i32::from(limit).to_ne_bytes());
    }
}

fn socket(family: Family, protocol: Protocol) -> Result<Socket, Error> {
    let domain = match family {
        Family::V4 => Domain::IPV4,
        Family::V6 => Domain::IPV6,
    };
    let number = i32::from(protocol.number());
    let kind = Type::RAW.nonblocking().cloexec();
    Socket::new_raw(domain, kind, Some(number.into()))
        .attempt("open a raw socket for", format_args!("{family} protocol {number}"))
}

fn checksum(socket: &Socket, protocol: Protocol) -> io::Result<()> {
    match protocol {
        Protocol::Vrrp => Ok(setsockopt(socket, Ipv6Checksum, &CHECKSUM_OFFSET)?),
        // Inside the authentication header the checksum is not where the kernel would look.
        Protocol::Ah => Ok(()),
    }
}

/// Makes a socket hear nothing.
fn silence(socket: &Socket, family: Family, protocol: Protocol) -> io::Result<()> {
    const RETURN: u16 = 0x06;
    socket.attach_filter(&[SockFilter::new(RETURN, 0, 0, 0)])?;
    socket.set_recv_buffer_size(0)?;
    match family {
        Family::V4 => {
            socket.set_multicast_all_v4(false)?;
            socket.set_header_included_v4(true)
        }
        Family::V6 => {
            socket.set_multicast_all_v6(false)?;
            checksum(socket, protocol)
        }
    }
}

/// How what is sent looks to the network and to the interface's queues.
fn dress(socket: &Socket, family: Family) -> io::Result<()> {
    match family {
        Family::V4 => {
            socket.set_multicast_loop_v4(false)?;
            socket.set_tos_v4(TRAFFIC_CLASS)?;
        }
        Family::V6 => {
            socket.set_multicast_loop_v6(false)?;
            socket.set_multicast_hops_v6(255)?;
            socket.set_tclass_v6(TRAFFIC_CLASS)?;
            // A configured source need not be an address of this host.
            socket.set_freebind_v6(true)?;
        }
    }
    // After the traffic class, which sets a priority of its own.
    socket.set_priority(QUEUE_PRIORITY).or_else(|_| socket.set_priority(QUEUE_PRIORITY - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(source: &str, destination: &str) -> Route {
        Route {
            protocol: Protocol::Vrrp,
            interface: Some(IfIndex::new(0x0102_0304)),
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            hop_limit: Some(255),
        }
    }

    #[test]
    fn control_messages_of_a_packet_are_understood() {
        let mut control = Control::EMPTY;
        packet_info(&route("fe80::1", "ff02::12"), &mut control);
        let about = Ancillary::read(control.as_slice());
        assert_eq!(about.arrived_on, Some(IfIndex::new(0x0102_0304)));
        assert_eq!(about.destination, "fe80::1".parse().ok());
        assert_eq!(about.hop_limit, Some(255));

        let mut control = Control::EMPTY;
        control.push_control(libc::SOL_SOCKET, libc::SO_RXQ_OVFL, &7u32.to_ne_bytes());
        let stamp: Vec<u8> = [5i64.to_ne_bytes(), 6i64.to_ne_bytes()].concat();
        control.push_control(libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS, &stamp);
        let about = Ancillary::read(control.as_slice());
        assert_eq!(about.dropped, Some(7));
        assert_eq!(about.stamp, Some(TimeSpec::new(5, 6)));
    }

    #[test]
    fn a_multicast_destination_is_scoped_to_its_interface() {
        let mut name = Name::EMPTY;
        address(&route("fe80::1", "ff02::12"), &mut name);
        assert_eq!(name.as_slice().len(), 28);
        assert_eq!(name.as_slice()[24..], 0x0102_0304u32.to_ne_bytes());
        let mut name = Name::EMPTY;
        address(&route("2001:db8::1", "2001:db8::2"), &mut name);
        assert_eq!(name.as_slice()[24..], [0; 4]);
    }

    #[test]
    fn what_cannot_be_sent_is_said_for_each_message() {
        let queue = [(route("10.0.0.1", "224.0.0.18"), 0..0), (route("10.0.0.1", "10.0.0.2"), 0..0)];
        let mut refused = Vec::new();
        Sender::new().send(&queue, &[], |route, error| refused.push((route.destination, error.kind())));
        assert_eq!(refused.len(), 2);
        assert!(refused.iter().all(|(_, kind)| *kind == io::ErrorKind::NotConnected));
    }
}
