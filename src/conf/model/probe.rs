//! `check` in a `vrrp_script`: what is asked of whom, without a program that asks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::base::id::IfName;

/// A check that needs no program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `tcp`: good if a connection can be made.
    Tcp(SocketAddr),
    /// `http`: good if a page has the status that it should have.
    Http(Http),
    /// `ping`: good if an ICMP echo request is answered.
    Ping {
        /// Who is asked.
        to: IpAddr,
        /// `dev`: by which interface; without it the kernel's routes decide.
        interface: Option<IfName>,
    },
    /// `arp`: good if an ARP request is answered.
    Arp {
        /// Who is asked.
        to: Ipv4Addr,
        /// `dev`: by which interface; without it the one with an address of the same network.
        interface: Option<IfName>,
    },
}

/// A page, and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Where the server is.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// Host and port as the URL has them, for the server to know which of its names is meant.
    pub authority: Box<str>,
    /// Path and query; begins with `/`.
    pub path: Box<str>,
    /// The status that is good; without it every one from 200 to 299 is.
    pub status: Option<u16>,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// At an address.
    Address(IpAddr),
    /// At the addresses of a name.
    Name(Box<str>),
}

impl Probe {
    /// The name whose addresses have to be known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Probe::Http(Http { host: Host::Name(name), .. }) => Some(name),
            Probe::Http(_) | Probe::Tcp(_) | Probe::Ping { .. } | Probe::Arp { .. } => None,
        }
    }
}
