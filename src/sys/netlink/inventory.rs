//! Every interface and address at one moment.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use futures_util::{Stream, StreamExt, pin_mut};
use netlink_packet_core::{NLM_F_REQUEST, NetlinkMessage};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{
    AfSpecInet6, AfSpecUnspec, InfoData, InfoMacVlan, InfoVrf, LinkAttribute, LinkInfo, LinkMessage,
};
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};
use rtnetlink::Handle;

use super::parse::{self, described, described_address};
use super::{DATAGRAM, RTM_NEWLINK, messages};
use crate::base::addr::{IpNet, MacAddr};
use crate::base::id::{IfIndex, IfName};
use crate::sys::{Attempt, Error};
use crate::vrrp::link::{Address, Inventory, Kind, Link, Stack};

/// How long the kernel may take for a whole list. A reply that the library cannot read never comes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lists every interface and address of the network namespace. Needs a runtime with timers.
///
/// # Errors
/// If the kernel does not answer, or not to the end.
pub async fn list() -> Result<Inventory, Error> {
    let (connection, handle, _) = rtnetlink::new_connection().attempt("open", "a netlink socket")?;
    let connection = tokio::spawn(connection);
    let listed = tokio::time::timeout(PATIENCE, dump(&handle)).await;
    connection.abort();
    listed.unwrap_or_else(|_| {
        Err(Error::new("list", "interfaces and addresses", io::ErrorKind::TimedOut.into()))
    })
}

async fn dump(handle: &Handle) -> Result<Inventory, Error> {
    let mut inventory = Inventory::new();
    let mut missing: BTreeSet<u32> = BTreeSet::new();
    for known in &nix::net::if_::if_nameindex().attempt("list", "the names of interfaces")? {
        missing.insert(known.index());
    }
    collect(handle.link().get().execute(), "interfaces", |message| {
        if let Some((index, link)) = link(&message) {
            missing.remove(&index.get());
            inventory.put_link(index, link);
        }
    })
    .await?;
    // The library leaves out what it cannot read.
    for index in missing {
        if let Some(link) = ask(IfIndex::new(index))? {
            inventory.put_link(IfIndex::new(index), link);
        }
    }
    collect(handle.address().get().execute(), "addresses", |message| {
        if let Some((index, address)) = address(&message) {
            inventory.put_address(index, address);
        }
    })
    .await?;
    Ok(inventory)
}

async fn collect<T>(
    list: impl Stream<Item = Result<T, rtnetlink::Error>>,
    what: &'static str,
    mut take: impl FnMut(T),
) -> Result<(), Error> {
    pin_mut!(list);
    while let Some(entry) = list.next().await {
        match entry {
            Ok(entry) => take(entry),
            Err(rtnetlink::Error::NetlinkError(error)) => {
                return Err(Error::new("list", what, error.to_io()));
            }
            Err(error) => return Err(Error::new("list", what, io::Error::other(error))),
        }
    }
    Ok(())
}

fn link(message: &LinkMessage) -> Option<(IfIndex, Link)> {
    let (mut name, mut mac, mut mtu, mut forwards_v6) = (None, None, None, false);
    let mut stack = Stack::default();
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::Link(below) => stack.on = Some(IfIndex::new(*below)),
            LinkAttribute::Controller(above) => stack.controller = Some(IfIndex::new(*above)),
            LinkAttribute::Group(group) => stack.group = *group,
            LinkAttribute::LinkInfo(infos) => stack.kind = made_of(infos),
            LinkAttribute::IfName(text) => name = IfName::new(text),
            LinkAttribute::Address(octets) => mac = <[u8; 6]>::try_from(&**octets).ok().map(MacAddr),
            LinkAttribute::Mtu(octets) => mtu = Some(*octets),
            LinkAttribute::AfSpecUnspec(families) => forwards_v6 = families.iter().any(forwards),
            _ => {}
        }
    }
    let link = described(name?, mac, mtu?, message.header.flags.bits(), forwards_v6, stack);
    Some((IfIndex::new(message.header.index), link))
}

fn made_of(infos: &[LinkInfo]) -> Kind {
    let name = infos.iter().find_map(|info| match info {
        LinkInfo::Kind(kind) => Some(kind.to_string()),
        _ => None,
    });
    let mode = || {
        infos.iter().find_map(|info| match info {
            LinkInfo::Data(InfoData::MacVlan(data)) => data.iter().find_map(|entry| match entry {
                InfoMacVlan::Mode(mode) => Some(u32::from(*mode)),
                _ => None,
            }),
            _ => None,
        })
    };
    let table = || {
        infos.iter().find_map(|info| match info {
            LinkInfo::Data(InfoData::Vrf(data)) => data.iter().find_map(|entry| match entry {
                InfoVrf::TableId(table) => Some(*table),
                _ => None,
            }),
            _ => None,
        })
    };
    parse::kind(name.as_deref().unwrap_or_default(), mode, table)
}

fn forwards(family: &AfSpecUnspec) -> bool {
    let AfSpecUnspec::Inet6(settings) = family else { return false };
    settings.iter().any(|setting| matches!(setting, AfSpecInet6::DevConf(conf) if conf.forwarding != 0))
}

fn address(message: &AddressMessage) -> Option<(IfIndex, Address)> {
    let (mut local, mut far, mut protocol) = (None, None, 0);
    let mut flags = u32::from(message.header.flags.bits());
    for attribute in &message.attributes {
        match attribute {
            AddressAttribute::Local(addr) => local = Some(*addr),
            AddressAttribute::Address(addr) => far = Some(*addr),
            AddressAttribute::Flags(bits) => flags = bits.bits(),
            AddressAttribute::Protocol(origin) => protocol = u8::from(*origin),
            _ => {}
        }
    }
    let net = IpNet::new(local.or(far)?, message.header.prefix_len)?;
    Some((IfIndex::new(message.header.index), described_address(net, flags, protocol)))
}

/// The name of an interface, if it still exists.
#[must_use]
pub fn name_of(interface: IfIndex) -> Option<String> {
    let name = nix::net::if_::if_indextoname(interface.get()).ok()?;
    Some(name.to_string_lossy().into_owned())
}

/// Asks for one interface and reads only what is needed of the answer; `None` if it is not there.
///
/// # Errors
/// If the kernel does not answer.
pub(super) fn ask(index: IfIndex) -> Result<Option<Link>, Error> {
    let target = format_args!("interface {index}");
    let socket = Socket::new(NETLINK_ROUTE).attempt("ask about", target)?;
    let mut question = LinkMessage::default();
    question.header.index = index.get();
    let mut request = NetlinkMessage::from(RouteNetlinkMessage::GetLink(question));
    request.header.flags = NLM_F_REQUEST;
    request.finalize();
    let mut bytes = vec![0; request.buffer_len()];
    request.serialize(&mut bytes);
    socket.send_to(&bytes, &SocketAddr::new(0, 0), 0).attempt("ask about", target)?;
    // The kernel has answered before the sending returns.
    let mut answer = Vec::with_capacity(DATAGRAM);
    socket.recv(&mut answer, libc::MSG_DONTWAIT).attempt("ask about", target)?;
    let mut about_links = messages(&answer).flatten().filter(|message| message.kind == RTM_NEWLINK);
    let link = about_links.find_map(|message| match parse::link(message.payload) {
        parse::LinkMessage::Whole(found, link) if found == index => Some(link),
        parse::LinkMessage::Whole(..) | parse::LinkMessage::Partial(_) | parse::LinkMessage::Foreign => None,
    });
    Ok(link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::block_on;

    #[test]
    fn the_loopback_is_listed_as_the_kernel_has_it() {
        let inventory = block_on(list()).unwrap();
        let index = inventory.by_name(IfName::new("lo").unwrap()).unwrap();
        let link = inventory.link(index).unwrap();
        let mtu = std::fs::read_to_string("/sys/class/net/lo/mtu").unwrap();
        assert_eq!(link.mtu.to_string(), mtu.trim());
        let asked = ask(index).unwrap().unwrap();
        assert_eq!(&asked, link, "the short way and the library agree");
    }

    #[test]
    fn an_interface_that_is_not_there_is_no_error() {
        assert_eq!(ask(IfIndex::new(999_999)).unwrap(), None);
    }
}
