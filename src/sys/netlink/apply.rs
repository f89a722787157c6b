//! Our own changes of the kernel's configuration: in batches, strictly in order, each with its answer.
//!
//! The kernel carries a batch out before the sending returns. It answers what failed, and the last message, which alone
//! asks for an answer: where that is there and no failure, a message has succeeded. An answer that is not there by then
//! (the receive buffer was full) never comes, and its operations count as failed: nothing waits for it.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;

use netlink_packet_core::{
    ErrorBuffer, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NLMSG_ERROR, NetlinkMessage,
    NlasIterator,
};
use netlink_packet_route::address::{
    AddressAttribute, AddressFlags, AddressHeaderFlags, AddressMessage, AddressScope, CacheInfo,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};

use super::monitor::make_room;
use super::{DATAGRAM, KEEPALIVED, messages, routes, rules};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, Ticket};
use crate::base::room;
use crate::base::time::Span;
use crate::conf::model::Vip;
use crate::conf::model::settings::Buffer;
use crate::sys::{Attempt, Error, clock};
use crate::vrrp::event::{KernelError, KernelOp};

/// The most operations of one batch: should all fail, their answers must fit into the receive buffer.
const LARGEST: usize = 100;
/// The batch to begin with: the first addresses are announced while the others still wait.
const FIRST: usize = 16;
/// What a batch should take at most, so that advertisements leave in time: IPv6 addresses become dearer with each one
/// that an interface has.
const AIM: Span = Span::from_micros(500);
/// `NLMSGERR_ATTR_MSG`, behind the error code and the header of the message that it is about.
const EXPLANATION: u16 = 1;
const BEHIND_HEADER: usize = 16;

/// Carries operations out.
#[derive(Debug)]
pub struct Applier {
    socket: Socket,
    queue: VecDeque<(Ticket, KernelOp)>,
    batch: usize,
    /// The number of the next message.
    sequence: u32,
}

/// What became of an operation.
#[derive(Debug)]
pub struct Outcome {
    /// Its receipt.
    pub ticket: Ticket,
    /// The operation.
    pub op: KernelOp,
    /// Whether it succeeded.
    pub result: Result<(), KernelError>,
    /// What else the kernel has to say about it.
    pub explanation: Option<Box<str>>,
}

impl Applier {
    /// Opens the socket. Changing anything needs CAP_NET_ADMIN.
    ///
    /// # Errors
    /// If the kernel refuses the socket.
    pub fn open(buffer: Buffer) -> Result<Applier, Error> {
        let target = "a netlink socket for changing addresses";
        let mut socket = Socket::new(NETLINK_ROUTE).attempt("open", target)?;
        socket.bind(&SocketAddr::new(0, 0)).attempt("bind", target)?;
        make_room(&socket, buffer).attempt("set up", target)?;
        socket.set_ext_ack(true).attempt("set up", target)?;
        socket.set_cap_ack(true).attempt("set up", target)?;
        Ok(Applier { socket, queue: VecDeque::new(), batch: FIRST, sequence: 1 })
    }

    /// The port of its socket, which the kernel names in reports of what it has changed.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn port(&self) -> Result<u32, Error> {
        let mut address = SocketAddr::new(0, 0);
        self.socket.get_address(&mut address).attempt("find out", "the port of a netlink socket")?;
        Ok(address.port_number())
    }

    /// Queues an operation of netlink's: any but those on settings.
    pub fn push(&mut self, ticket: Ticket, op: KernelOp) {
        self.queue.push_back((ticket, op));
    }

    /// Whether nothing is queued.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// Carries out the next batch and tells what became of each of its operations, in their order.
    pub fn run(&mut self, outcomes: &mut Vec<Outcome>) {
        let taken = self.queue.len().min(self.batch);
        if taken == 0 {
            return;
        }
        let first = self.sequence;
        let mut datagram = Vec::with_capacity(taken * 96);
        for (position, (_, op)) in self.queue.iter().take(taken).enumerate() {
            let flags = if position + 1 == taken { NLM_F_REQUEST | NLM_F_ACK } else { NLM_F_REQUEST };
            serialise(op, flags, self.sequence, &mut datagram);
            self.sequence = self.sequence.wrapping_add(1);
        }
        let began = clock::now();
        let answers = self
            .socket
            .send_to(&datagram, &SocketAddr::new(0, 0), 0)
            .and_then(|_| self.answers(first, taken))
            .unwrap_or_else(|error| Answers::none(taken, &error));
        self.adapt(taken, clock::now().since(began));
        for (answer, (ticket, op)) in answers.0.into_iter().zip(self.queue.drain(..taken)) {
            let Answer { result, explanation } = answer;
            outcomes.push(Outcome { ticket, op, result, explanation });
        }
        if self.queue.is_empty() {
            room::give_back(&mut self.queue);
            self.batch = FIRST;
        }
    }

    /// Makes batches that take too long smaller and others larger.
    fn adapt(&mut self, done: usize, took: Span) {
        if took > AIM {
            self.batch = (self.batch / 2).max(1);
        } else if done == self.batch && took * 2 < AIM {
            self.batch = (self.batch * 2).min(LARGEST);
        }
    }

    /// Reads the answers to `count` messages numbered from `first`.
    fn answers(&self, first: u32, count: usize) -> io::Result<Answers> {
        let mut answers = Answers(Vec::new());
        answers.0.resize_with(count, Answer::default);
        let mut complete = false;
        let mut buffer = Vec::with_capacity(DATAGRAM);
        while !complete {
            buffer.clear();
            match self.socket.recv(&mut buffer, libc::MSG_DONTWAIT) {
                Ok(_) => complete = answers.read(&buffer, first),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(answers)
    }
}

/// The answers to a batch, in the order of its messages.
#[derive(Debug)]
struct Answers(Vec<Answer>);

#[derive(Debug)]
struct Answer {
    result: Result<(), KernelError>,
    explanation: Option<Box<str>>,
}

impl Default for Answer {
    fn default() -> Answer {
        Answer { result: Ok(()), explanation: None }
    }
}

impl Answers {
    /// Nothing is known of any of `count` messages but this.
    fn none(count: usize, error: &io::Error) -> Answers {
        let number = error.raw_os_error().unwrap_or(libc::EIO);
        // Nothing to read means that the answer was lost.
        let number = if number == libc::EAGAIN { libc::ENOBUFS } else { number };
        let answer = || Answer { result: Err(KernelError::Other(number)), explanation: None };
        Answers(std::iter::repeat_with(answer).take(count).collect())
    }

    /// Notes what a datagram says; tells whether the last message has been answered.
    fn read(&mut self, datagram: &[u8], first: u32) -> bool {
        let mut complete = false;
        for message in messages(datagram).flatten().filter(|message| message.kind == NLMSG_ERROR) {
            let position = usize::try_from(message.sequence.wrapping_sub(first)).unwrap_or(usize::MAX);
            let count = self.0.len();
            let (Some(answer), Ok(said)) =
                (self.0.get_mut(position), ErrorBuffer::new_checked(message.payload))
            else {
                continue;
            };
            answer.result = said.code().map_or(Ok(()), |code| Err(kernel_error(code.get())));
            answer.explanation = explanation(said.payload());
            complete |= position + 1 == count;
        }
        complete
    }
}

/// The text behind the header that an answer repeats.
fn explanation(about: &[u8]) -> Option<Box<str>> {
    let mut attributes = NlasIterator::new(about.get(BEHIND_HEADER..)?).flatten();
    let text = attributes.find(|attribute| attribute.kind() == EXPLANATION)?;
    let text = String::from_utf8_lossy(text.value());
    let text = text.trim_end_matches('\0');
    (!text.is_empty()).then(|| text.into())
}

/// The class of an error number, negative or not.
#[must_use]
pub const fn kernel_error(code: i32) -> KernelError {
    match code.saturating_abs() {
        libc::EEXIST => KernelError::Exists,
        libc::ENODEV | libc::EADDRNOTAVAIL | libc::ESRCH | libc::ENXIO | libc::ENOENT => KernelError::Gone,
        libc::EPERM | libc::EACCES => KernelError::Denied,
        other => KernelError::Other(other),
    }
}

/// The request for an operation with the flags that it needs; nothing if it is none of netlink's.
fn request(op: &KernelOp) -> Option<(RouteNetlinkMessage, u16)> {
    Some(match op {
        KernelOp::AddAddress(interface, vip) => (RouteNetlinkMessage::NewAddress(added(*interface, vip)), 0),
        KernelOp::DelAddress(interface, vip) => {
            (RouteNetlinkMessage::DelAddress(removed(*interface, vip)), 0)
        }
        KernelOp::AddRoute(placed) => {
            let (message, flags) = routes::added(placed);
            (RouteNetlinkMessage::NewRoute(message), flags)
        }
        KernelOp::DelRoute(placed) => (RouteNetlinkMessage::DelRoute(routes::removed(placed)), 0),
        KernelOp::AddRule(rule) => {
            (RouteNetlinkMessage::NewRule(rules::described(rule)), NLM_F_CREATE | NLM_F_EXCL)
        }
        KernelOp::DelRule(rule) => (RouteNetlinkMessage::DelRule(rules::described(rule)), 0),
        KernelOp::Set(..) | KernelOp::Restore(_) | KernelOp::Link(_) | KernelOp::Firewall(_) => return None,
    })
}

fn serialise(op: &KernelOp, flags: u16, sequence: u32, datagram: &mut Vec<u8>) {
    let Some((request, further)) = request(op) else { return };
    let mut message = NetlinkMessage::from(request);
    message.header.flags = flags | further;
    message.header.sequence_number = sequence;
    message.finalize();
    let start = datagram.len();
    datagram.resize(start + message.buffer_len().next_multiple_of(4), 0);
    if let Some(room) = datagram.get_mut(start..) {
        message.serialize(room);
    }
}

/// The address as keepalived adds it: an IPv4 address without broadcast unless configured, an IPv6 address without
/// looking for duplicates, and marked as ours.
fn added(interface: IfIndex, vip: &Vip) -> AddressMessage {
    let mut message = identified(interface, vip);
    message.header.scope = AddressScope::from(vip.scope);
    if let Some(peer) = vip.peer {
        message.attributes.push(AddressAttribute::Address(peer.addr()));
    }
    if let Some(broadcast) = vip.broadcast {
        message.attributes.push(AddressAttribute::Broadcast(broadcast));
    }
    if let Some(label) = vip.label {
        message.attributes.push(AddressAttribute::Label(label.to_string()));
    }
    let flags = flags(vip);
    if !flags.is_empty() {
        let low = u8::try_from(flags.bits() & 0xff).unwrap_or_default();
        message.header.flags = AddressHeaderFlags::from_bits_retain(low);
        message.attributes.push(AddressAttribute::Flags(flags));
    }
    if let Some(preferred) = vip.preferred_lft {
        let mut lifetime = CacheInfo::default();
        lifetime.ifa_preferred = preferred;
        lifetime.ifa_valid = u32::MAX;
        message.attributes.push(AddressAttribute::CacheInfo(lifetime));
    }
    message.attributes.push(AddressAttribute::Protocol(KEEPALIVED.into()));
    message
}

/// Exactly this address: without its far end the kernel would not compare the prefix length.
fn removed(interface: IfIndex, vip: &Vip) -> AddressMessage {
    let mut message = identified(interface, vip);
    let far = vip.peer.map_or(vip.net.addr(), |peer| peer.addr());
    message.attributes.push(AddressAttribute::Address(far));
    message
}

fn identified(interface: IfIndex, vip: &Vip) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = match vip.net.family() {
        Family::V4 => AddressFamily::Inet,
        Family::V6 => AddressFamily::Inet6,
    };
    message.header.index = interface.get();
    // The prefix length belongs to the far end where there is one.
    message.header.prefix_len = vip.peer.map_or(vip.net.prefix(), |peer| peer.prefix());
    message.attributes.push(AddressAttribute::Local(vip.net.addr()));
    message
}

fn flags(vip: &Vip) -> AddressFlags {
    let mut flags = AddressFlags::empty();
    let v6 = matches!(vip.net.addr(), IpAddr::V6(_));
    flags.set(AddressFlags::Nodad, v6 && !vip.flags.duplicate_detection);
    flags.set(AddressFlags::Homeaddress, vip.flags.home);
    flags.set(AddressFlags::Managetempaddr, vip.flags.mngtmpaddr);
    flags.set(AddressFlags::Noprefixroute, vip.flags.noprefixroute);
    flags.set(AddressFlags::Mcautojoin, vip.flags.autojoin);
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::IpNet;
    use crate::sys::netlink::parse;

    /// The kernel doubles what it is asked for.
    #[test]
    fn sockets_have_the_room_that_is_configured() {
        let room = |size, force| {
            let applier = Applier::open(Buffer { size, force }).unwrap();
            nix::sys::socket::getsockopt(&applier.socket, nix::sys::socket::sockopt::RcvBuf).unwrap()
        };
        assert_eq!(room(70_000, false), 140_000);
        if crate::sys::privilege::missing().is_ok_and(|missing| missing.is_empty()) {
            assert_eq!(room(9_000_000, true), 18_000_000);
            assert!(room(0, false) > 2_000_000);
        }
    }

    fn vip(addr: &str, prefix: u8) -> Vip {
        Vip::plain(IpNet::new(addr.parse().unwrap(), prefix).unwrap())
    }

    fn attributes(message: &AddressMessage) -> Vec<AddressAttribute> {
        message.attributes.clone()
    }

    #[test]
    fn a_plain_ipv4_address_has_no_far_end_and_no_broadcast() {
        let message = added(IfIndex::new(4), &vip("10.0.0.1", 24));
        let expected =
            [AddressAttribute::Local([10, 0, 0, 1].into()), AddressAttribute::Protocol(KEEPALIVED.into())];
        assert_eq!(attributes(&message), expected);
        assert_eq!((message.header.index, message.header.prefix_len), (4, 24));
    }

    #[test]
    fn a_deprecated_ipv6_address_is_added_without_duplicate_detection() {
        let vip = Vip { preferred_lft: Some(0), ..vip("2001:db8::77", 128) };
        let message = added(IfIndex::new(4), &vip);
        assert!(message.attributes.contains(&AddressAttribute::Flags(AddressFlags::Nodad)));
        assert_eq!(message.header.flags, AddressHeaderFlags::Nodad);
        let lifetime = message.attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::CacheInfo(lifetime) => Some((lifetime.ifa_preferred, lifetime.ifa_valid)),
            _ => None,
        });
        assert_eq!(lifetime, Some((0, u32::MAX)));
    }

    #[test]
    fn removal_names_the_prefix_length_so_that_another_one_stays() {
        let message = removed(IfIndex::new(4), &vip("10.0.0.1", 32));
        let both =
            [AddressAttribute::Local([10, 0, 0, 1].into()), AddressAttribute::Address([10, 0, 0, 1].into())];
        assert_eq!(attributes(&message), both);
    }

    #[test]
    fn what_is_added_reads_back_as_ours() {
        let mut datagram = Vec::new();
        let op = KernelOp::AddAddress(IfIndex::new(3), vip("2001:db8::1", 64));
        serialise(&op, NLM_F_REQUEST, 1, &mut datagram);
        let message = messages(&datagram).next().flatten().unwrap();
        let (index, address) = parse::address(message.payload).unwrap();
        assert_eq!((index, address.net.to_string().as_str()), (IfIndex::new(3), "2001:db8::1/64"));
        assert!(address.marked);
    }

    /// The answers of the kernel, by number: error code and explanation.
    fn datagram(answers: &[(u32, i32, &str)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (sequence, code, text) in answers {
            let mut payload = (-code).to_ne_bytes().to_vec();
            payload.extend([0; 16]);
            if !text.is_empty() {
                payload.extend(u16::try_from(text.len() + 5).unwrap().to_ne_bytes());
                payload.extend(EXPLANATION.to_ne_bytes());
                payload.extend(text.as_bytes());
                payload.push(0);
            }
            payload.resize(payload.len().next_multiple_of(4), 0);
            bytes.extend(u32::try_from(16 + payload.len()).unwrap().to_ne_bytes());
            bytes.extend(NLMSG_ERROR.to_ne_bytes());
            bytes.extend([0; 2]);
            bytes.extend(sequence.to_ne_bytes());
            bytes.extend([0; 4]);
            bytes.extend(payload);
        }
        bytes
    }

    #[test]
    fn silence_is_success_once_the_last_message_is_answered() {
        let mut answers = Answers(std::iter::repeat_with(Answer::default).take(3).collect());
        assert!(!answers.read(&datagram(&[(8, libc::EEXIST, "ipv4: Address already assigned")]), 7));
        assert!(answers.read(&datagram(&[(9, 0, ""), (6, libc::EPERM, ""), (10, libc::EPERM, "")]), 7));
        let results: Vec<_> = answers.0.iter().map(|answer| answer.result).collect();
        assert_eq!(results, [Ok(()), Err(KernelError::Exists), Ok(())]);
        assert_eq!(answers.0[1].explanation.as_deref(), Some("ipv4: Address already assigned"));
    }

    #[test]
    fn a_lost_answer_is_a_failure_of_the_whole_batch() {
        let answers = Answers::none(2, &io::ErrorKind::WouldBlock.into());
        assert_eq!(answers.0.len(), 2);
        let lost = Answers::none(1, &io::Error::from_raw_os_error(libc::EAGAIN));
        assert_eq!(lost.0[0].result, Err(KernelError::Other(libc::ENOBUFS)));
    }

    #[test]
    fn error_numbers_fall_into_the_classes_that_policy_needs() {
        assert_eq!(kernel_error(-libc::EADDRNOTAVAIL), KernelError::Gone);
        assert_eq!(kernel_error(-libc::ENODEV), KernelError::Gone);
        assert_eq!(kernel_error(-libc::EPERM), KernelError::Denied);
        assert_eq!(kernel_error(-libc::EINVAL), KernelError::Other(libc::EINVAL));
        assert_eq!(kernel_error(i32::MIN), KernelError::Other(i32::MAX));
    }
}
