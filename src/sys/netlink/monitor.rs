//! Every change of interfaces and addresses, as it happens.
//!
//! The socket is ours: a library would drop what it cannot decode, and with it a link that went down. When the kernel
//! has dropped something itself, everything is listed anew; what happens meanwhile is held back until then, because a
//! list must not undo what came after it.

use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd;

use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};
use nix::sys::socket::{setsockopt, sockopt};
use tokio::task::JoinHandle;

use super::parse::{self, LinkMessage};
use super::{
    DATAGRAM, Message, RTM_DELADDR, RTM_DELLINK, RTM_DELROUTE, RTM_DELRULE, RTM_NEWADDR, RTM_NEWLINK,
    RTM_NEWNETCONF, inventory, messages, routes, rules,
};
use crate::base::room;
use crate::conf::model::settings::Buffer;
use crate::sys::watch::Watched;
use crate::sys::{Attempt, Error};
use crate::vrrp::link::{Culprit, Inventory, LinkEvent};

// linux/rtnetlink.h
const RTNLGRP_LINK: u32 = 1;
const RTNLGRP_IPV4_IFADDR: u32 = 5;
const RTNLGRP_IPV4_ROUTE: u32 = 7;
const RTNLGRP_IPV4_RULE: u32 = 8;
const RTNLGRP_IPV6_IFADDR: u32 = 9;
const RTNLGRP_IPV6_ROUTE: u32 = 11;
const RTNLGRP_IPV6_RULE: u32 = 19;
const RTNLGRP_IPV6_NETCONF: u32 = 25;

/// Changes that may wait to be read, in octets as the kernel counts them.
const RECEIVE_BUFFER: usize = 2 << 20;
/// Datagrams that are read before others have their turn.
const DATAGRAMS: usize = 64;

/// Hears of changes.
#[derive(Debug)]
pub struct Monitor {
    fd: Watched<Socket>,
    buffer: Vec<u8>,
    /// What happened and has not been taken yet.
    events: VecDeque<LinkEvent>,
    relisting: Relisting,
    /// The port of the socket that we change things with.
    own: u32,
    hears_of_routes: bool,
}

#[derive(Debug)]
enum Relisting {
    No,
    Under(JoinHandle<Result<Inventory, Error>>),
    Finished(Result<Inventory, Error>),
}

impl Monitor {
    /// Begins to listen; to miss nothing, list the inventory afterwards. Needs a runtime.
    ///
    /// # Errors
    /// If the kernel refuses the socket.
    pub fn open(buffer: Buffer) -> Result<Monitor, Error> {
        let target = "the kernel's messages about interfaces and addresses";
        let mut socket = Socket::new(NETLINK_ROUTE).attempt("open a socket for", target)?;
        socket.set_non_blocking(true).attempt("set up the socket for", target)?;
        make_room(&socket, buffer).attempt("set up the socket for", target)?;
        socket.bind(&SocketAddr::new(0, 0)).attempt("bind the socket for", target)?;
        for group in [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_NETCONF] {
            socket.add_membership(group).attempt("subscribe to", target)?;
        }
        let fd = Watched::new(socket).attempt("watch the socket for", target)?;
        let buffer = Vec::with_capacity(DATAGRAM);
        Ok(Monitor {
            fd,
            buffer,
            events: VecDeque::new(),
            relisting: Relisting::No,
            own: 0,
            hears_of_routes: false,
        })
    }

    /// What a socket of ours with this port changes is known: it is not told of.
    pub fn pass_over(&mut self, own: u32) {
        self.own = own;
    }

    /// Hears of routes and rules that are removed, too. There may be very many, so only who has some should listen.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn hear_of_routes(&mut self) -> Result<(), Error> {
        let target = "the kernel's messages about routes and rules";
        let groups = [RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE];
        for group in groups.into_iter().filter(|_| !self.hears_of_routes) {
            self.fd.get_mut().add_membership(group).attempt("subscribe to", target)?;
        }
        self.hears_of_routes = true;
        Ok(())
    }

    /// Waits until there is something to [`take`](Self::take). Losing the future loses nothing.
    ///
    /// # Errors
    /// If the runtime stops.
    pub async fn changed(&mut self) -> Result<(), Error> {
        let readable = async { self.fd.readable().await.attempt("wait for", "netlink messages") };
        match &mut self.relisting {
            Relisting::No => readable.await,
            Relisting::Finished(_) => Ok(()),
            Relisting::Under(task) => tokio::select! {
                ready = readable => ready,
                listed = task => {
                    let stopped = |error| Err(Error::new("list", "interfaces and addresses", io::Error::other(error)));
                    self.relisting = Relisting::Finished(listed.unwrap_or_else(stopped));
                    Ok(())
                }
            },
        }
    }

    /// Takes what has happened, in order and without waiting.
    ///
    /// # Errors
    /// If listing everything anew has failed; ask for it again with [`relist`](Self::relist).
    pub fn take(&mut self, events: &mut VecDeque<LinkEvent>) -> Result<(), Error> {
        self.read();
        match std::mem::replace(&mut self.relisting, Relisting::No) {
            Relisting::No => events.append(&mut self.events),
            Relisting::Under(task) => self.relisting = Relisting::Under(task),
            Relisting::Finished(Ok(inventory)) => {
                events.push_back(LinkEvent::Relisted(inventory));
                events.append(&mut self.events);
            }
            Relisting::Finished(Err(error)) => {
                events.append(&mut self.events);
                return Err(error);
            }
        }
        room::give_back(&mut self.events);
        Ok(())
    }

    /// Begins to list everything anew.
    pub fn relist(&mut self) {
        if let Relisting::Under(task) = &self.relisting {
            task.abort();
        }
        self.relisting = Relisting::Under(tokio::spawn(inventory::list()));
    }

    fn read(&mut self) {
        for _ in 0..DATAGRAMS {
            self.buffer.clear();
            let socket = self.fd.get();
            let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
            match recv_from_kernel(socket, &mut self.buffer, flags) {
                Ok(length) if length > self.buffer.len() => self.relist(),
                Ok(_) => self.read_datagram(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.fd.exhausted();
                    return;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The kernel had to drop messages (ENOBUFS), or something worse: either way only a list helps.
                Err(_) => self.relist(),
            }
        }
    }

    fn read_datagram(&mut self) {
        let datagram = std::mem::take(&mut self.buffer);
        for message in messages(&datagram) {
            let understood = message.ok_or(()).and_then(|message| event(message, self.own));
            match understood {
                Ok(Some(event)) => self.events.push_back(event),
                Ok(None) => {}
                Err(()) => self.relist(),
            }
        }
        self.buffer = datagram;
    }
}

/// What a message says, if it concerns us; an error if it cannot be understood.
fn event(message: Message<'_>, own: u32) -> Result<Option<LinkEvent>, ()> {
    match message.kind {
        RTM_NEWLINK => match parse::link(message.payload) {
            LinkMessage::Whole(index, link) => Ok(Some(LinkEvent::Changed(index, link))),
            LinkMessage::Foreign => Ok(None),
            LinkMessage::Partial(index) => match inventory::ask(index) {
                Ok(Some(link)) => Ok(Some(LinkEvent::Changed(index, link))),
                Ok(None) => Ok(Some(LinkEvent::Removed(index))),
                Err(_) => Err(()),
            },
        },
        RTM_DELLINK => Ok(parse::link_gone(message.payload).map(LinkEvent::Removed)),
        RTM_NEWADDR => {
            let (index, address) = parse::address(message.payload).ok_or(())?;
            if parse::is_duplicate(message.payload) {
                return Ok(Some(LinkEvent::Duplicate(index, address.net)));
            }
            Ok(Some(LinkEvent::AddressAdded(index, address)))
        }
        RTM_DELADDR => {
            let (index, address) = parse::address(message.payload).ok_or(())?;
            Ok(Some(LinkEvent::AddressRemoved(index, address.net, culprit(message.port, own))))
        }
        RTM_DELROUTE | RTM_DELRULE if message.port == own => Ok(None),
        RTM_DELROUTE => {
            let gone = routes::gone(message.payload);
            Ok(gone.map(|key| LinkEvent::RouteRemoved(key, culprit(message.port, own))))
        }
        RTM_DELRULE => {
            let gone = rules::gone(message.payload);
            Ok(gone.map(|key| LinkEvent::RuleRemoved(key, culprit(message.port, own))))
        }
        RTM_NEWNETCONF => {
            Ok(parse::forwarding(message.payload).map(|(index, on)| LinkEvent::Forwarding(index, on)))
        }
        _ => Ok(None),
    }
}

/// Who is behind a port, unless that is the kernel or we are. Most processes have one netlink socket, whose port is their
/// number; many of them are gone a moment later.
fn culprit(port: u32, own: u32) -> Option<Culprit> {
    let name = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    (port != 0 && port != own).then(|| Culprit { port, name: name(port).map(|name| name.trim_end().into()) })
}

/// Receives a datagram of the kernel, skipping what other processes send, and tells how long it was.
fn recv_from_kernel(socket: &Socket, buffer: &mut Vec<u8>, flags: libc::c_int) -> io::Result<usize> {
    loop {
        let (length, from) = socket.recv_from(buffer, flags)?;
        if from.port_number() == 0 {
            return Ok(length);
        }
        buffer.clear();
    }
}

/// Gives the socket the room that is configured; else enough for a burst of changes, beyond `net.core.rmem_max` if that is
/// permitted.
pub(super) fn make_room(socket: &Socket, buffer: Buffer) -> io::Result<()> {
    let fd = socket.as_fd();
    let configured = usize::try_from(buffer.size).ok().filter(|size| *size > 0);
    let octets = configured.unwrap_or(RECEIVE_BUFFER);
    let force = buffer.force || configured.is_none();
    if force && setsockopt(&fd, sockopt::RcvBufForce, &octets).is_ok() {
        return Ok(());
    }
    Ok(setsockopt(&fd, sockopt::RcvBuf, &octets)?)
}
