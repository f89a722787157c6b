//! Memberships in multicast groups, by interface.
//!
//! The kernel limits the memberships of one socket (`net.ipv4.igmp_max_memberships`, `net.core.optmem_max`), not those
//! of a host. They live on UDP sockets without a port, which receive nothing and so cost arriving packets nothing; when
//! one is full the next is opened. The receiving socket hears every group that any socket has joined.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use socket2::{Domain, InterfaceIndexOrAddress, Socket, Type};

use super::{Attempt, Error};
use crate::base::addr::Family;
use crate::base::id::IfIndex;

/// The memberships of this process.
#[derive(Debug, Default)]
pub struct Groups {
    sockets: Vec<(Family, Socket)>,
    /// Which socket holds which membership.
    held_by: BTreeMap<(IfIndex, IpAddr), usize>,
}

impl Groups {
    /// No memberships.
    #[must_use]
    pub const fn new() -> Groups {
        Groups { sockets: Vec::new(), held_by: BTreeMap::new() }
    }

    /// Makes this host a member of `group` on `interface`.
    ///
    /// A membership asked for again is renewed: the interface may have lost it by having been away.
    ///
    /// # Errors
    /// If the interface is not there or cannot multicast.
    pub fn join(&mut self, interface: IfIndex, group: IpAddr) -> Result<(), Error> {
        self.leave(interface, group);
        let target = format_args!("{group} on interface {interface}");
        let family = Family::of(group);
        for (position, (_, socket)) in self.sockets.iter().enumerate().rev().filter(|(_, of)| of.0 == family)
        {
            match change(socket, interface, group, Change::Join) {
                Ok(()) => {
                    self.held_by.insert((interface, group), position);
                    return Ok(());
                }
                Err(error) if is_full(&error) => {}
                Err(error) => return Err(Error::new("join group", target, error)),
            }
        }
        let socket = open(family)?;
        change(&socket, interface, group, Change::Join).attempt("join group", target)?;
        self.held_by.insert((interface, group), self.sockets.len());
        self.sockets.push((family, socket));
        Ok(())
    }

    /// Ends a membership; one that is not held, or whose interface is gone, is ended already.
    pub fn leave(&mut self, interface: IfIndex, group: IpAddr) {
        let Some(position) = self.held_by.remove(&(interface, group)) else { return };
        if let Some((_, socket)) = self.sockets.get(position) {
            // It can only fail because the interface has gone and has taken the membership with it.
            let _ = change(socket, interface, group, Change::Leave);
        }
    }
}

#[derive(Clone, Copy)]
enum Change {
    Join,
    Leave,
}

fn change(socket: &Socket, interface: IfIndex, group: IpAddr, change: Change) -> io::Result<()> {
    let by_index = InterfaceIndexOrAddress::Index(interface.get());
    match (group, change) {
        (IpAddr::V4(group), Change::Join) => socket.join_multicast_v4_n(&group, &by_index),
        (IpAddr::V4(group), Change::Leave) => socket.leave_multicast_v4_n(&group, &by_index),
        (IpAddr::V6(group), Change::Join) => socket.join_multicast_v6(&group, interface.get()),
        (IpAddr::V6(group), Change::Leave) => socket.leave_multicast_v6(&group, interface.get()),
    }
}

/// Whether the socket, not the host, has no room for another membership.
fn is_full(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOBUFS | libc::ENOMEM))
}

fn open(family: Family) -> Result<Socket, Error> {
    let domain = match family {
        Family::V4 => Domain::IPV4,
        Family::V6 => Domain::IPV6,
    };
    Socket::new(domain, Type::DGRAM.cloexec(), None)
        .attempt("open a socket for", format_args!("memberships in {family} groups"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IfIndex = IfIndex::new(1);

    #[test]
    fn memberships_beyond_the_limit_of_a_socket_go_to_the_next() {
        let mut groups = Groups::new();
        // igmp_max_memberships is 20 by default.
        for last in 1..=100u8 {
            groups.join(LOOPBACK, IpAddr::from([239, 255, 90, last])).unwrap();
        }
        assert_eq!(groups.held_by.len(), 100);
        assert!(groups.sockets.len() >= 2, "one socket of {}", groups.sockets.len());
        for last in 1..=100u8 {
            groups.leave(LOOPBACK, IpAddr::from([239, 255, 90, last]));
        }
        // What has been left makes room again.
        let sockets = groups.sockets.len();
        for last in 101..=120u8 {
            groups.join(LOOPBACK, IpAddr::from([239, 255, 90, last])).unwrap();
        }
        assert_eq!(groups.sockets.len(), sockets);
    }

    #[test]
    fn an_interface_that_is_not_there_is_an_error_that_names_it() {
        let error = Groups::new().join(IfIndex::new(999_999), IpAddr::from([224, 0, 0, 18])).unwrap_err();
        assert_eq!(error.to_string(), "cannot join group 224.0.0.18 on interface 999999: No such device");
    }

    #[test]
    fn joining_again_renews() {
        let mut groups = Groups::new();
        for _ in 0..50 {
            groups.join(LOOPBACK, IpAddr::from([239, 255, 91, 1])).unwrap();
        }
        assert_eq!(groups.sockets.len(), 1);
    }
}
