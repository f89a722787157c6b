//! What outlives the process if that is killed, and says nothing of whose it is: interfaces, tables of nftables, settings.

use std::sync::Arc;

use super::super::made::{self, Thing};
use super::{Effects, Reply};
use crate::base::room;
use crate::base::time::Span;
use crate::sys::Error;
use crate::sys::clock;
use crate::sys::netlink::apply::kernel_error;
use crate::sys::netlink::inventory;
use crate::sys::netlink::ownlink::Linker;
use crate::sys::nft::Firewall;
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

    /// Writes down whether there is a table of ours.
    pub(super) fn note_tables(&mut self, op: &FirewallOp, done: bool) {
        let table = self.firewall.table();
        let noted = match op {
            FirewallOp::Replace(hidden) if hidden.is_empty() => {
                if done {
                    self.made.forget_table(table);
                }
                Ok(())
            }
            FirewallOp::Hide(_) | FirewallOp::Replace(_) => self.made.add(Thing::Table(table.into())),
            FirewallOp::Show(_) => Ok(()),
        };
        if let Err(error) = noted {
            tracing::warn!("{error}: if this process is killed, nobody will know that the table is ours");
        }
    }

    /// What an earlier process has made and left: interfaces, and whether there is a table of ours. Tables of other names are
    /// removed at once.
    pub(in crate::daemon) fn leftovers(&mut self, links: &Inventory) -> Leftovers {
        let ours = self.firewall.table().to_owned();
        let (own, others): (Vec<_>, Vec<_>) =
            self.made.tables().into_iter().partition(|name| **name == *ours);
        for name in others {
            match Firewall::called(&name).apply(&FirewallOp::Replace(Arc::default())) {
                Ok(()) => self.made.forget_table(&name),
                Err(error) => tracing::error!("{error}"),
            }
        }
        self.made.forget_missing(links);
        Leftovers { links: self.made.links(links), firewall: !own.is_empty() }
    }

    /// Puts back what is left of changed settings, also of an earlier process; nothing else is left.
    pub(in crate::daemon) fn restore_settings(&mut self) {
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
