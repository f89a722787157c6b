//! Removes the addresses that a daemon which was killed left behind (`--release-leftovers`), for the service manager to
//! call after it.

use std::io::Write as _;
use std::path::Path;

use super::configuration::Configuration;
use super::{Exit, Options, Role, child, place};
use crate::base::id::{IfIndex, Ticket};
use crate::conf::model::{Model, Vip};
use crate::report::notes::why;
use crate::sys::Error;
use crate::sys::lockfile::{LockFile, Locked};
use crate::sys::netlink::apply::Applier;
use crate::sys::netlink::inventory;
use crate::vrrp::event::KernelOp;
use crate::vrrp::link::Inventory;

/// Removes every virtual address of the configuration that has our mark, unless a daemon runs.
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
    match remove(model) {
        Ok(true) => Exit::Fine,
        Ok(false) => Exit::Fatal,
        Err(error) => {
            tell(&error.to_string());
            if error.is_permission() { Exit::Permission } else { Exit::Fatal }
        }
    }
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
    let mut applier = Applier::open()?;
    for (number, (interface, vip)) in (0..).zip(leftovers(model, &links)) {
        applier.push(Ticket::new(number), KernelOp::DelAddress(interface, vip));
    }
    let mut outcomes = Vec::new();
    while !applier.is_idle() {
        applier.run(&mut outcomes);
    }
    let mut fine = true;
    for outcome in outcomes {
        let KernelOp::DelAddress(interface, vip) = outcome.op else { continue };
        let name = inventory::name_of(interface).unwrap_or_else(|| format!("interface {interface}"));
        match outcome.result {
            Ok(()) => tell(&format!("removed {} from {name}", vip.net)),
            Err(error) => {
                fine = false;
                tell(&format!("cannot remove {} from {name}: {}", vip.net, why(error)));
            }
        }
    }
    Ok(fine)
}

/// The virtual addresses that are there and have our mark. Without it an address is the host's own.
fn leftovers(model: &Model, links: &Inventory) -> Vec<(IfIndex, Vip)> {
    let mut found = Vec::new();
    for conf in model.instances.values() {
        for vip in conf.addresses() {
            let device = vip.device.or(conf.interface).and_then(|name| links.by_name(name));
            let marked = |index: &IfIndex| links.address(*index, vip.net).is_some_and(|known| known.marked);
            let entry = device.filter(marked).map(|index| (index, *vip));
            found.extend(entry.filter(|entry| !found.contains(entry)));
        }
    }
    found
}

fn tell(text: &str) {
    // Nobody is left to tell that standard error is closed.
    let _ = writeln!(std::io::stderr(), "keepalived: {text}");
}
