//! Addresses and links of a node, from the multicast groups of rtnetlink(7).
//!
//! Decoded by hand: what the daemon uses to talk to the kernel is not what it is judged with.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::os::fd::{AsRawFd as _, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, setsockopt, socket,
    sockopt,
};

use super::Source;
use crate::clock::Stamp;
use crate::netns::Netns;
use crate::timeline::{Address, Entry, NodeIndex, Seen};

/// `RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR`
const GROUPS: u32 = 0x1 | 0x10 | 0x100;
const BUFFER: usize = 8 << 20;

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;

const IFLA_IFNAME: u16 = 3;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_LABEL: u16 = 3;
const IFA_FLAGS: u16 = 8;

const IFA_F_DEPRECATED: u32 = 0x20;
const IFA_F_TENTATIVE: u32 = 0x40;
const IFF_UP_AND_RUNNING: u32 = 0x1 | 0x40;

pub(crate) struct Monitor {
    fd: OwnedFd,
    node: NodeIndex,
    links: BTreeMap<u32, Link>,
    space: Vec<u8>,
}

struct Link {
    name: String,
    running: bool,
    /// What its addresses are said to be on: the first name that it had, so that an address stays the same one when its
    /// interface gets another name.
    first_name: String,
}

impl Monitor {
    #[expect(clippy::expect_used, reason = "without a monitor no test can go on")]
    pub(crate) fn open(netns: &Netns, node: NodeIndex) -> Self {
        let fd = netns.inside(|| {
            let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
            let fd = socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkRoute)
                .expect("opening a netlink socket");
            setsockopt(&fd, sockopt::RcvBufForce, &BUFFER).expect("receive buffer of the monitor");
            bind(fd.as_raw_fd(), &NetlinkAddr::new(0, GROUPS)).expect("joining the rtnetlink groups");
            fd
        });
        Self { fd, node, links: BTreeMap::new(), space: vec![0; 1 << 16] }
    }

    fn decode(&mut self, message: &Message<'_>) -> Option<Seen> {
        match message.kind {
            RTM_NEWLINK | RTM_DELLINK => self.link(message),
            RTM_NEWADDR => self.address(message.body).map(Seen::Added),
            RTM_DELADDR => self.address(message.body).map(Seen::Removed),
            _ => None,
        }
    }

    fn link(&mut self, message: &Message<'_>) -> Option<Seen> {
        let (header, attributes) = message.body.split_at_checked(16)?;
        let index = u32_at(header, 4)?;
        let name = Attributes(attributes).find_map(|(kind, value)| {
            (kind == IFLA_IFNAME).then(|| String::from_utf8_lossy(until_nul(value)).into_owned())
        })?;
        let up = u32_at(header, 8)? & IFF_UP_AND_RUNNING == IFF_UP_AND_RUNNING;
        let running = up && message.kind == RTM_NEWLINK;
        let known = self.links.get(&index);
        let changed = known.is_none_or(|link| link.running != running || link.name != name);
        let first_name = known.map_or_else(|| name.clone(), |link| link.first_name.clone());
        if message.kind == RTM_DELLINK {
            self.links.remove(&index);
        } else {
            self.links.insert(index, Link { name: name.clone(), running, first_name });
        }
        changed.then_some(Seen::Link { interface: name, running })
    }

    fn address(&self, body: &[u8]) -> Option<Address> {
        let (header, attributes) = body.split_at_checked(8)?;
        let [_, prefix, flags, scope] = *header.first_chunk()?;
        let index = u32_at(header, 4)?;
        let (mut address, mut local, mut label, mut flags) = (None, None, None, u32::from(flags));
        for (kind, value) in Attributes(attributes) {
            match kind {
                IFA_ADDRESS => address = ip(value),
                IFA_LOCAL => local = ip(value),
                IFA_LABEL => label = Some(String::from_utf8_lossy(until_nul(value)).into_owned()),
                IFA_FLAGS => flags = u32_at(value, 0)?,
                _ => {}
            }
        }
        let interface = self.links.get(&index).map_or_else(|| format!("#{index}"), |l| l.first_name.clone());
        Some(Address {
            ip: local.or(address)?,
            prefix,
            interface,
            label,
            scope,
            tentative: flags & IFA_F_TENTATIVE != 0,
            deprecated: flags & IFA_F_DEPRECATED != 0,
        })
    }
}

impl Source for Monitor {
    fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    fn read(&mut self, into: &mut Vec<Entry>) -> Result<(), String> {
        loop {
            let length = match recv(self.fd.as_raw_fd(), &mut self.space, MsgFlags::empty()) {
                Ok(length) => length,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(format!("reading the netlink monitor: {error}")),
            };
            let at = Stamp::now();
            let bytes = self.space.get(..length).unwrap_or_default().to_vec();
            for message in Messages(&bytes) {
                if let Some(seen) = self.decode(&message) {
                    into.push(Entry { at, node: self.node, seen });
                }
            }
        }
    }
}

/// A netlink message (`struct nlmsghdr` of netlink(7) without the sequence and port).
struct Message<'a> {
    kind: u16,
    body: &'a [u8],
}

struct Messages<'a>(&'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let length = usize::try_from(u32_at(self.0, 0)?).ok()?;
        let kind = u16_at(self.0, 4)?;
        let body = self.0.get(16..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Message { kind, body })
    }
}

/// Attributes (`struct rtattr` of rtnetlink(7)): type and value.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let length = usize::from(u16_at(self.0, 0)?);
        let kind = u16_at(self.0, 2)?;
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    }
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..)?.first_chunk().copied().map(u16::from_ne_bytes)
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

fn ip(value: &[u8]) -> Option<IpAddr> {
    match value.len() {
        4 => <[u8; 4]>::try_from(value).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(value).ok().map(IpAddr::from),
        _ => None,
    }
}

fn until_nul(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == 0).next().unwrap_or_default()
}
