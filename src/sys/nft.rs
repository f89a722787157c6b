//! The tables of nftables that keep packets away from addresses which a master holds but does not accept packets for
//! (`no_accept`, RFC 9568 section 6.1), and membership reports off MAC-VLANs: one for each family, made when it is needed
//! first, each change of one family in one transaction.
//!
//! The messages are made here (nfnetlink, linux/netfilter/nf_tables.h): the crates that could make them need libraries of
//! C or generate code for all of netlink, and what is needed are ten kinds of message.

mod message;
mod rule;
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
    v4: Parts,
    v6: Parts,
}

/// What is there of a table.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is made when it is needed first")]
struct Parts {
    /// The table itself, with the chain of what leaves.
    table: bool,
    /// What hides addresses.
    vips: bool,
    /// What hides link-local addresses, besides.
    link_local: bool,
    /// What sends membership reports another way.
    reports: bool,
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

    /// One whose tables have this name.
    #[must_use]
    pub fn called(name: &str) -> Firewall {
        Firewall::new(&settings::Firewall { nftables: Some(name.into()), ..settings::Firewall::default() })
    }

    /// The name of its tables.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.style.table
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

    fn parts(&mut self, family: Family) -> &mut Parts {
        match family {
            Family::V4 => &mut self.made.v4,
            Family::V6 => &mut self.made.v6,
        }
    }

    /// Adds to the table of a family, which is made if need be.
    fn add(&mut self, batch: &mut Batch, family: Family, hidden: &[Hidden]) {
        let style = self.style.clone();
        let parts = self.parts(family);
        let Sorted { reports, local, global } = Sorted::of(hidden);
        if !std::mem::replace(&mut parts.table, true) {
            tables::make(batch, &style, family);
        }
        if !reports.is_empty() && !std::mem::replace(&mut parts.reports, true) {
            tables::make_reports(batch, &style, family);
        }
        let addresses = !(local.is_empty() && global.is_empty());
        if addresses && !std::mem::replace(&mut parts.vips, true) {
            tables::make_vips(batch, &style, family);
        }
        if !local.is_empty() && !std::mem::replace(&mut parts.link_local, true) {
            tables::make_link_local(batch, &style);
        }
        for those in [&reports, &global, &local] {
            tables::add_elements(batch, &style, family, those);
        }
    }

    fn show(&mut self, family: Family, hidden: &[Hidden]) -> io::Result<()> {
        if !self.parts(family).table {
            return Ok(());
        }
        let mut batch = Batch::begin();
        let Sorted { reports, local, global } = Sorted::of(hidden);
        for those in [&reports, &global, &local] {
            tables::remove_elements(&mut batch, &self.style, family, those);
        }
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
    hidden.iter().copied().filter(|hidden| hidden.family() == family).collect()
}

/// What belongs into different sets.
#[derive(Debug, Default)]
struct Sorted {
    reports: Vec<Hidden>,
    /// Addresses that are told apart by their interface.
    local: Vec<Hidden>,
    /// The others.
    global: Vec<Hidden>,
}

impl Sorted {
    fn of(hidden: &[Hidden]) -> Sorted {
        let mut sorted = Sorted::default();
        for one in hidden {
            let place = match one {
                Hidden::Reports { .. } => &mut sorted.reports,
                Hidden::Address { addr: IpAddr::V6(addr), .. } if is_link_local(*addr) => &mut sorted.local,
                Hidden::Address { .. } => &mut sorted.global,
            };
            place.push(*one);
        }
        sorted
    }
}

#[cfg(test)]
mod tests;
