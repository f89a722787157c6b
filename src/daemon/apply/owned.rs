//! What outlives the process if that is killed, and says nothing of whose it is: interfaces, tables of nftables, settings.

use super::super::made::{self, Thing};
use super::{Effects, Reply};
use crate::base::room;
use crate::base::time::Span;
use crate::sys::Error;
use crate::sys::clock;
use crate::sys::netlink::apply::kernel_error;
use crate::sys::netlink::inventory;
use crate::sys::netlink::ownlink::Linker;
use crate::vrrp::event::{FirewallOp, KernelError, LinkOp};
use crate::vrrp::handover::Leftovers;
use crate::vrrp::link::Inventory;

/// How long interfaces are changed without looking at anything else.
const MOMENT: Span = Span::from_millis(1);

impl Effects {
    /// Makes or removes interfaces that wait for it, as many as can be in a moment: adverts do not wait for all of them.
    pub(super) fn change_some_links(&mut self) {
        let began = clock::now();
        while let Some((ticket, op)) = self.links.pop_front() {
            let done = self.change_link(&op);
            self.replies.push_back(Reply::Done(ticket, done));
            if clock::now().since(began) > MOMENT {
                return;
            }
        }
        room::give_back(&mut self.links);
    }

    /// Makes or removes an interface; what is made is written down before.
    fn change_link(&mut self, op: &LinkOp) -> Result<(), KernelError> {
        let complain = |error: &Error| tracing::warn!("{error}");
        made::before(&mut self.made, op);
        let going = match op {
            LinkOp::Remove(index) => inventory::name_of(*index),
            LinkOp::Make(_) | LinkOp::Adopt(_) => None,
        };
        let changed = Linker::open().and_then(|mut linker| match op {
            LinkOp::Make(link) => linker.make(link, complain),
            LinkOp::Adopt(link) => linker.adopt(link, complain),
            LinkOp::Remove(index) => linker.remove(*index),
        });
        if changed.is_ok() {
            going.iter().for_each(|name| self.made.forget_link(name));
        }
        changed.map_err(|error| {
            tracing::error!("{error}");
            kernel_error(error.errno())
        })
    }

    /// Changes the firewall; a table that comes to be is written down before.
    pub(super) fn change_firewall(&mut self, op: &FirewallOp) -> Result<(), KernelError> {
        let ends = matches!(op, FirewallOp::Replace(hidden) if hidden.is_empty());
        if !ends && let Err(error) = self.made.add(Thing::Table(self.firewall.table().into())) {
            tracing::warn!("{error}: if this process is killed, nobody will know that the table is ours");
        }
        let changed = self.firewall.apply(op);
        if ends && changed.is_ok() {
            self.made.forget_table(self.firewall.table());
        }
        changed.map_err(|error| {
            tracing::error!("{error}");
            kernel_error(error.errno())
        })
    }

    /// What an earlier process has made and left: interfaces, and whether there is a table of ours. Tables of other names are
    /// removed at once.
    pub(in crate::daemon) fn leftovers(&mut self, links: &Inventory) -> Leftovers {
        let ours = self.firewall.table().to_owned();
        let (own, others): (Vec<_>, Vec<_>) =
            self.made.tables().into_iter().partition(|name| **name == *ours);
        for name in others {
            if let Err(error) = self.made.remove_table(&name) {
                tracing::error!("{error}");
            }
        }
        self.made.forget_missing(links);
        Leftovers { links: self.made.links(links), firewall: !own.is_empty() }
    }

    /// Removes interfaces that wait for it, and puts back what is left of changed settings, also of an earlier process.
    pub(in crate::daemon) fn leave_nothing(&mut self) {
        while !self.links.is_empty() {
            self.change_some_links();
        }
        if let Err(error) = self.made.tidy() {
            tracing::error!("{error}");
        }
        for error in self.sysctls.restore_all() {
            tracing::error!("{error}");
        }
    }
}
