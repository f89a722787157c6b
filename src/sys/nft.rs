//! The tables of nftables that keep packets away from addresses which a master holds but does not accept packets for
//! (`no_accept`, RFC 9568 section 6.1): one for each family, made with the first such address, each change of one family
//! in one transaction.
//!
//! The messages are made here (nfnetlink, linux/netfilter/nf_tables.h): the crates that could make them need libraries of
//! C or generate code for all of netlink, and what is needed are ten kinds of message.

mod message;
mod tables;

use std::io;
use std::net::IpAddr;

use netlink_sys::protocols::NETLINK_NETFILTER;
use netlink_sys::{Socket, SocketAddr};

use self::message::{Batch, errors};
use super::{Attempt, Error};
use crate::base::addr::{Family, is_link_local};
use crate::conf::model::settings;
use crate::vrrp::event::{FirewallOp, Hidden};

/// Hides addresses.
#[derive(Debug)]
pub struct Firewall {
    /// Opened when it is needed: whoever hides nothing needs no nftables.
    socket: Option<Socket>,
    style: Style,
    /// The tables that we have made.
    made: Made,
}

/// How tables are made (`nftables` and its like).
#[derive(Clone, Debug)]
struct Style {
    table: Box<str>,
    priority: i32,
    counters: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Made {
    v4: bool,
    v6: bool,
    /// What a table of IPv6 has besides for link-local addresses.
    link_local: bool,
}

/// What the C program calls its table.
const TABLE: &str = "keepalived";
/// Before the filters of others.
const PRIORITY: i32 = -1;
/// Room for the answers to a batch.
const ANSWERS: usize = 64 << 10;

impl Firewall {
    /// A firewall that hides nothing yet, and touches nothing.
    #[must_use]
    pub fn new(conf: &settings::Firewall) -> Firewall {
        let style = Style {
            table: conf.nftables.clone().unwrap_or_else(|| TABLE.into()),
            priority: conf.priority.unwrap_or(PRIORITY),
            counters: conf.counters,
        };
        Firewall { socket: None, style, made: Made::default() }
    }

    /// Carries an operation out. Needs CAP_NET_ADMIN. After a failure the tables are made anew with the next addresses that
    /// are hidden.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn apply(&mut self, op: &FirewallOp) -> Result<(), Error> {
        let table = self.style.table.clone();
        let target = || format!("the table {table} of nftables");
        let done = match op {
            FirewallOp::Hide(hidden) => self.each_family(hidden, Firewall::hide).attempt("change", target()),
            FirewallOp::Show(hidden) => self.each_family(hidden, Firewall::show).attempt("change", target()),
            FirewallOp::Replace(hidden) => self.replace(hidden).attempt("replace", target()),
        };
        if done.is_err() {
            self.made = Made::default();
        }
        done
    }

    fn each_family(
        &mut self,
        hidden: &[Hidden],
        act: fn(&mut Firewall, Family, &[Hidden]) -> io::Result<()>,
    ) -> io::Result<()> {
        for family in [Family::V4, Family::V6] {
            let those = of_family(hidden, family);
            if !those.is_empty() {
                act(self, family, &those)?;
            }
        }
        Ok(())
    }

    fn hide(&mut self, family: Family, hidden: &[Hidden]) -> io::Result<()> {
        let mut batch = Batch::begin();
        self.add(&mut batch, family, hidden);
        self.send(batch)
    }

    /// Adds addresses to the table of their family, which is made if need be.
    fn add(&mut self, batch: &mut Batch, family: Family, hidden: &[Hidden]) {
        let style = &self.style;
        let made = match family {
            Family::V4 => &mut self.made.v4,
            Family::V6 => &mut self.made.v6,
        };
        if !std::mem::replace(made, true) {
            tables::make(batch, style, family);
            self.made.link_local &= family == Family::V4;
        }
        let (local, global) = split(hidden);
        if !local.is_empty() && !std::mem::replace(&mut self.made.link_local, true) {
            tables::make_link_local(batch, style);
        }
        tables::add_elements(batch, style, family, &global);
        tables::add_elements(batch, style, family, &local);
    }

    fn show(&mut self, family: Family, hidden: &[Hidden]) -> io::Result<()> {
        let made = match family {
            Family::V4 => self.made.v4,
            Family::V6 => self.made.v6,
        };
        if !made {
            return Ok(());
        }
        let mut batch = Batch::begin();
        let (local, global) = split(hidden);
        tables::remove_elements(&mut batch, &self.style, family, &global);
        tables::remove_elements(&mut batch, &self.style, family, &local);
        self.send(batch)
    }

    /// Puts these addresses in the place of everything that was there, also what an earlier process has left.
    fn replace(&mut self, hidden: &[Hidden]) -> io::Result<()> {
        let mut batch = Batch::begin();
        self.made = Made::default();
        for family in [Family::V4, Family::V6] {
            let those = of_family(hidden, family);
            if those.is_empty() {
                tables::remove(&mut batch, &self.style, family);
            } else {
                self.add(&mut batch, family, &those);
            }
        }
        self.send(batch)
    }

    /// Sends a batch, which the kernel carries out as a whole or not at all before the sending returns.
    fn send(&mut self, batch: Batch) -> io::Result<()> {
        let Some(datagram) = batch.end() else { return Ok(()) };
        let socket = match &mut self.socket {
            Some(socket) => socket,
            closed @ None => {
                let mut socket = Socket::new(NETLINK_NETFILTER)?;
                socket.bind(&SocketAddr::new(0, 0))?;
                socket.set_non_blocking(true)?;
                closed.insert(socket)
            }
        };
        socket.send_to(&datagram, &SocketAddr::new(0, 0), 0)?;
        let mut outcome = Ok(());
        loop {
            let mut answers = Vec::with_capacity(ANSWERS);
            match socket.recv_from(&mut answers, 0) {
                Ok(_) => {
                    if let Some(errno) = errors(&answers).next() {
                        outcome = outcome.and(Err(io::Error::from_raw_os_error(errno)));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return outcome,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn of_family(hidden: &[Hidden], family: Family) -> Vec<Hidden> {
    hidden.iter().copied().filter(|hidden| Family::of(hidden.addr) == family).collect()
}

/// Those that are told apart by their interface, and the others.
fn split(hidden: &[Hidden]) -> (Vec<Hidden>, Vec<Hidden>) {
    hidden.iter().partition(|hidden| match hidden.addr {
        IpAddr::V4(_) => false,
        IpAddr::V6(addr) => is_link_local(addr),
    })
}

#[cfg(test)]
mod tests;
