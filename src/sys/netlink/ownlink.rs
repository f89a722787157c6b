//! Interfaces of our own: made, set up, brought up, removed.

use std::fs;
use std::io;

use netlink_packet_core::{
    ErrorBuffer, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NLMSG_ERROR, NetlinkMessage,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{
    InfoData, InfoIpVlan, InfoKind, InfoMacVlan, IpVlanFlags, IpVlanMode, LinkAttribute, LinkFlags, LinkInfo,
    LinkMessage, MacVlanMode,
};
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};

use super::{DATAGRAM, messages};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, IfName};
use crate::conf::model::further::IpVlanMode as Neighbourhood;
use crate::sys::{Attempt, Error};
use crate::vrrp::ownlink::{Made, NewLink, Setting};

/// The kernel's names for the ways in which an IP-VLAN treats its like: not at all, or through a switch.
const IPVLAN_F_PRIVATE: u16 = 1;
const IPVLAN_F_VEPA: u16 = 2;

/// Makes and removes interfaces.
#[derive(Debug)]
pub struct Linker {
    socket: Socket,
    sequence: u32,
}

impl Linker {
    /// Opens the socket. Changing anything needs CAP_NET_ADMIN.
    ///
    /// # Errors
    /// If the kernel refuses the socket.
    pub fn open() -> Result<Linker, Error> {
        let target = "a netlink socket for making interfaces";
        let mut socket = Socket::new(NETLINK_ROUTE).attempt("open", target)?;
        socket.bind(&SocketAddr::new(0, 0)).attempt("bind", target)?;
        socket.set_cap_ack(true).attempt("set up", target)?;
        Ok(Linker { socket, sequence: 0 })
    }

    /// Makes an interface and brings it up. Settings that cannot be changed are no reason to do without it; `complain` is
    /// told of them.
    ///
    /// # Errors
    /// If the kernel does not make it, or it cannot be brought up; then there is none.
    pub fn make(&mut self, link: &NewLink, complain: impl FnMut(&Error)) -> Result<(), Error> {
        let target = format_args!("interface {}", link.name);
        let request = RouteNetlinkMessage::NewLink(description(link));
        self.ask(request, NLM_F_CREATE | NLM_F_EXCL).attempt("make", target)?;
        let up = self.finish(link, complain);
        if up.is_err() {
            let _ = self.ask(RouteNetlinkMessage::DelLink(named(link.name)), 0);
        }
        up.attempt("bring up", target)
    }

    /// Sets up an interface that is there already, and brings it up.
    ///
    /// # Errors
    /// If it cannot be brought up.
    pub fn adopt(&mut self, link: &NewLink, complain: impl FnMut(&Error)) -> Result<(), Error> {
        self.finish(link, complain).attempt("bring up", format_args!("interface {}", link.name))
    }

    fn finish(&mut self, link: &NewLink, complain: impl FnMut(&Error)) -> io::Result<()> {
        let failed = link.settings().filter_map(|setting| set(link.name, setting).err()).collect::<Vec<_>>();
        failed.iter().for_each(complain);
        let mut up = named(link.name);
        if let Some(vrf) = link.vrf {
            up.attributes.push(LinkAttribute::Controller(vrf.get()));
        }
        up.header.flags = LinkFlags::Up;
        up.header.change_mask = LinkFlags::Up;
        self.ask(RouteNetlinkMessage::SetLink(up), 0)
    }

    /// Removes an interface. One that is not there is removed already.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn remove(&mut self, index: IfIndex) -> Result<(), Error> {
        let mut message = LinkMessage::default();
        message.header.index = index.get();
        match self.ask(RouteNetlinkMessage::DelLink(message), 0) {
            Err(error) if error.raw_os_error() != Some(libc::ENODEV) => {
                Err(Error::new("remove", format_args!("interface {index}"), error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn ask(&mut self, request: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut message = NetlinkMessage::from(request);
        message.header.flags = NLM_F_REQUEST | NLM_F_ACK | flags;
        message.header.sequence_number = self.sequence;
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        self.socket.send_to(&bytes, &SocketAddr::new(0, 0), 0)?;
        // The kernel has answered before the sending returns.
        let mut buffer = Vec::with_capacity(DATAGRAM);
        loop {
            buffer.clear();
            self.socket.recv(&mut buffer, libc::MSG_DONTWAIT)?;
            let mut answers = messages(&buffer)
                .flatten()
                .filter(|message| message.kind == NLMSG_ERROR && message.sequence == self.sequence);
            if let Some(answer) = answers.next() {
                let answer = ErrorBuffer::new_checked(answer.payload).map_err(io::Error::other)?;
                return answer
                    .code()
                    .map_or(Ok(()), |code| Err(io::Error::from_raw_os_error(code.get().saturating_abs())));
            }
        }
    }
}

fn named(name: IfName) -> LinkMessage {
    let mut message = LinkMessage::default();
    message.attributes.push(LinkAttribute::IfName(name.to_string()));
    message
}

fn description(link: &NewLink) -> LinkMessage {
    let mut message = named(link.name);
    message.attributes.push(LinkAttribute::Link(link.base.get()));
    message.attributes.push(LinkAttribute::Group(link.group));
    let info = match link.made {
        Made::MacVlan(mac) => {
            message.attributes.push(LinkAttribute::Address(mac.0.to_vec()));
            let data = vec![InfoMacVlan::Mode(MacVlanMode::Private)];
            vec![LinkInfo::Kind(InfoKind::MacVlan), LinkInfo::Data(InfoData::MacVlan(data))]
        }
        Made::IpVlan(mode) => {
            let flags = match mode {
                Neighbourhood::Bridge => 0,
                Neighbourhood::Private => IPVLAN_F_PRIVATE,
                Neighbourhood::Vepa => IPVLAN_F_VEPA,
            };
            let flags = InfoIpVlan::Flags(IpVlanFlags::from_bits_retain(flags));
            let data = vec![InfoIpVlan::Mode(IpVlanMode::L2), flags];
            vec![LinkInfo::Kind(InfoKind::IpVlan), LinkInfo::Data(InfoData::IpVlan(data))]
        }
    };
    message.attributes.push(LinkAttribute::LinkInfo(info));
    message
}

fn set(interface: IfName, (family, name, value): Setting) -> Result<(), Error> {
    let family = match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    };
    let path = format!("/proc/sys/net/{family}/conf/{interface}/{name}");
    match fs::write(&path, value) {
        // A kernel without IPv6, or a value that is there already on a file system that is read-only.
        Err(_) if fs::read_to_string(&path).is_ok_and(|there| there.trim() == value) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && family == "ipv6" => Ok(()),
        result => result.attempt("change the setting", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::addr::MacAddr;

    /// In a network namespace that only this thread has; without the permission the namespace tests have to do.
    fn alone(test: impl FnOnce(&mut Linker) + Send + 'static) {
        let thread = std::thread::spawn(|| {
            if nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET).is_ok() {
                test(&mut Linker::open().unwrap());
            }
        });
        thread.join().unwrap();
    }

    fn vmac(base: u32) -> NewLink {
        NewLink {
            name: IfName::new("vrrp.51").unwrap(),
            base: IfIndex::new(base),
            made: Made::MacVlan(MacAddr([0, 0, 0x5e, 0, 1, 51])),
            group: 0,
            vrf: None,
            family: Family::V4,
            v6: false,
        }
    }

    #[test]
    fn what_cannot_be_made_is_an_error_that_names_it() {
        alone(|linker| {
            let error = linker.make(&vmac(77), |_| {}).unwrap_err();
            assert!(error.to_string().starts_with("cannot make interface vrrp.51: "), "{error}");
        });
    }

    #[test]
    fn what_is_not_there_is_removed() {
        alone(|linker| linker.remove(IfIndex::new(4711)).unwrap());
    }
}
