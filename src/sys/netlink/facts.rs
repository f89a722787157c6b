//! What people want to know of interfaces, and decisions do not need.

use std::io;
use std::time::Duration;

use futures_util::{StreamExt, pin_mut};
use netlink_packet_route::link::{LinkAttribute, LinkMessage};

use crate::base::addr::MacAddr;
use crate::base::id::{IfIndex, IfName};
use crate::base::interface::Interface;
use crate::sys::{Attempt, Error};

/// How long the kernel may take for the list.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lists every interface of the network namespace by number. Needs a runtime with timers.
///
/// # Errors
/// If the kernel does not answer, or not to the end.
pub async fn facts() -> Result<Vec<Interface>, Error> {
    let (connection, handle, _) = rtnetlink::new_connection().attempt("open", "a netlink socket")?;
    let connection = tokio::spawn(connection);
    let collect = async {
        let list = handle.link().get().execute();
        pin_mut!(list);
        let mut all = Vec::new();
        while let Some(message) = list.next().await {
            let message =
                message.map_err(|error| Error::new("list", "interfaces", io::Error::other(error)))?;
            all.extend(of(&message));
        }
        all.sort_by_key(|facts| facts.index);
        Ok(all)
    };
    let listed = tokio::time::timeout(PATIENCE, collect).await;
    connection.abort();
    listed.unwrap_or_else(|_| Err(Error::new("list", "interfaces", io::ErrorKind::TimedOut.into())))
}

fn of(message: &LinkMessage) -> Option<Interface> {
    let (mut name, mut mtu, mut group) = (None, 0, 0);
    let (mut mac, mut broadcast) = (None, None);
    let address = |octets: &[u8]| <[u8; 6]>::try_from(octets).ok().map(MacAddr);
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(text) => name = IfName::new(text),
            LinkAttribute::Mtu(octets) => mtu = *octets,
            LinkAttribute::Group(number) => group = *number,
            LinkAttribute::Address(octets) => mac = address(octets),
            LinkAttribute::Broadcast(octets) => broadcast = address(octets),
            _ => {}
        }
    }
    Some(Interface {
        index: IfIndex::new(message.header.index),
        name: name?,
        flags: message.header.flags.bits(),
        group,
        hardware: u16::from(message.header.link_layer_type),
        mtu,
        mac,
        broadcast,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::block_on;

    #[test]
    fn the_loopback_is_a_loopback() {
        let all = block_on(facts()).unwrap();
        let loopback = all.iter().find(|facts| facts.name.as_str() == "lo").unwrap();
        assert_eq!(loopback.hardware, libc::ARPHRD_LOOPBACK);
        assert_ne!(loopback.flags & libc::IFF_LOOPBACK.unsigned_abs(), 0);
        assert!(all.is_sorted_by_key(|facts| facts.index));
    }
}
