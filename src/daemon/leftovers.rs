//! Removes the addresses, routes, rules, interfaces and tables of nftables that a daemon which was killed left behind, and
//! puts back the settings that it changed (`--release-leftovers`), for the service manager to call after it.

use std::cell::Cell;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::configuration::Configuration;
use super::made::Made;
use super::{Exit, Options, Role, child, place};
use crate::base::id::{IfIndex, IfName, Ticket};
use crate::conf::model::route::{Route, Rule};
use crate::conf::model::settings::Buffer;
use crate::conf::model::{Model, Vip};
use crate::report::notes::{thing, why};
use crate::sys::Error;
use crate::sys::lockfile::{LockFile, Locked};
use crate::sys::netlink::apply::Applier;
use crate::sys::netlink::inventory;
use crate::sys::netlink::ownlink::Linker;
use crate::sys::sysctl::Sysctls;
use crate::vrrp::event::{KernelError, KernelOp, PlacedRoute};
use crate::vrrp::link::Inventory;

/// Removes everything of the configuration that has our mark, unless a daemon runs.
#[must_use]
pub fn release(options: &Options) -> Exit {
    if options.keep_addresses {
        tell("--dont-release-vrrp: addresses stay");
        return Exit::Fine;
    }
    let configuration = Configuration::read(options);
    let settings = configuration.settings();
    for process in [None, Some(Role::Vrrp)] {
        if let Some(who) = holder(&place::pid_file(process, options, &settings)) {
            tell(&format!("a daemon runs{who}: its addresses stay"));
            return Exit::Fatal;
        }
    }
    let Some(model) = configuration.model() else {
        configuration.complaints().for_each(|line| tell(&line));
        let file = options.config.display();
        tell(&format!("{file} does not say which addresses are virtual: none is removed"));
        return configuration.refusal().unwrap_or(Exit::Configuration);
    };
    let complete = Cell::new(true);
    let complain = |error: &Error| {
        tell(&error.to_string());
        complete.set(false);
    };
    let changed = place::changed_settings(options, &settings);
    let mut sysctls = Sysctls::open(&changed, complain);
    sysctls.restore_all().iter().for_each(complain);
    let mut made = Made::open(&place::made(options, &settings), complain);
    let removed = remove(model).and_then(|fine| Ok(remove_made(&mut made)? && fine));
    match removed {
        Ok(true) if complete.get() => Exit::Fine,
        Ok(_) => Exit::Fatal,
        Err(error) => {
            tell(&error.to_string());
            if error.is_permission() { Exit::Permission } else { Exit::Fatal }
        }
    }
}

/// Removes interfaces and tables, also those that are no longer configured.
fn remove_made(made: &mut Made) -> Result<bool, Error> {
    let links = child::runtime()?.block_on(inventory::list())?;
    let mut fine = true;
    for index in made.links(&links) {
        let Some(name) = links.link(index).map(|link| link.name) else { continue };
        match Linker::open()?.remove(index) {
            Ok(()) => {
                tell(&format!("removed interface {name}"));
                made.forget_link(name.as_str());
            }
            Err(error) => {
                fine = false;
                tell(&error.to_string());
            }
        }
    }
    for table in made.tables() {
        match made.remove_table(&table) {
            Ok(()) => tell(&format!("removed the table {table} of nftables")),
            Err(error) => {
                fine = false;
                tell(&error.to_string());
            }
        }
    }
    made.forget_missing(&links);
    made.tidy()?;
    Ok(fine)
}

/// Whose process holds the lock, if somebody's does.
fn holder(pid_file: &Path) -> Option<String> {
    // Without the directory nobody can hold it.
    match pid_file.exists().then(|| LockFile::lock(pid_file))? {
        Ok(Locked::Taken(pid)) => Some(pid.map_or_else(String::new, |pid| format!(" as process {pid}"))),
        Ok(Locked::Ours(_)) | Err(_) => None,
    }
}

fn remove(model: &Model) -> Result<bool, Error> {
    let links = child::runtime()?.block_on(inventory::list())?;
    let mut applier = Applier::open(Buffer::default())?;
    for (number, removal) in (0..).zip(leftovers(model, &links)) {
        applier.push(Ticket::new(number), removal);
    }
    let mut outcomes = Vec::new();
    while !applier.is_idle() {
        applier.run(&mut outcomes);
    }
    let mut fine = true;
    for outcome in outcomes {
        let what = thing(&outcome.op, &inventory::name_of);
        match outcome.result {
            Ok(()) => tell(&format!("removed {what}")),
            Err(KernelError::Gone) => {}
            Err(error) => {
                fine = false;
                tell(&format!("cannot remove {what}: {}", why(error)));
            }
        }
    }
    Ok(fine)
}

/// The removals of what a daemon may have left: rules and routes, which the kernel knows by who made them, and those
/// addresses that are there and have our mark. Without it an address is the host's own.
fn leftovers(model: &Model, links: &Inventory) -> Vec<KernelOp> {
    let (mut rules, mut routes, mut addresses): (Vec<KernelOp>, Vec<KernelOp>, Vec<KernelOp>) =
        Default::default();
    let mut add_others = |some: &[Route], others: &[Rule]| {
        rules.extend(others.iter().map(|rule| KernelOp::DelRule(Arc::new(rule.clone()))));
        let placed = some.iter().filter_map(|route| PlacedRoute::find(route, links));
        routes.extend(placed.map(|placed| KernelOp::DelRoute(Arc::new(placed))));
    };
    let mut add_address = |vip: &Vip, own: Option<IfName>| {
        let device = vip.device.or(own).and_then(|name| links.by_name(name));
        let marked = |index: &IfIndex| links.address(*index, vip.reported()).is_some_and(|it| it.marked);
        let removal = device.filter(marked).map(|index| KernelOp::DelAddress(index, *vip));
        addresses.extend(removal.filter(|removal| !addresses.contains(removal)));
    };
    for conf in model.instances.values() {
        let (routes, rules) = conf.routes_and_rules();
        add_others(routes, rules);
        conf.addresses().for_each(|vip| add_address(vip, conf.interface));
    }
    add_others(&model.statics.routes, &model.statics.rules);
    model.statics.addresses.iter().for_each(|entry| add_address(&entry.vip, None));
    rules.into_iter().chain(routes).chain(addresses).collect()
}

fn tell(text: &str) {
    // Nobody is left to tell that standard error is closed.
    let _ = writeln!(std::io::stderr(), "keepalived: {text}");
}
