//! The data file of the VRRP process.

mod groups;
mod instance;
mod sockets;
mod trackers;

use super::page::Page;
use super::{Scene, address, global, interfaces, routes};

/// The depth of a static entry.
const ENTRY: usize = 5;

/// The whole file.
#[must_use]
pub fn render(scene: &Scene<'_>) -> String {
    let mut page = Page::default();
    global::write(&mut page, scene.model, &global::Process::Vrrp(scene.interfaces));
    statics(&mut page, scene);
    if !scene.model.instances.is_empty() {
        page.section("VRRP Topology");
        for (id, conf, shown) in scene.instances() {
            instance::write(&mut page, scene, (id, conf, shown));
        }
        sockets::write(&mut page, scene);
    }
    groups::write(&mut page, scene);
    trackers::write(&mut page, scene);
    interfaces::write(&mut page, scene);
    page.finish()
}

/// What does not depend on instances.
fn statics(page: &mut Page, scene: &Scene<'_>) {
    let statics = &scene.model.statics;
    if !statics.addresses.is_empty() {
        page.section("Static Addresses");
    }
    for vip in statics.addresses.iter().map(|entry| &entry.vip) {
        let device = vip.device.and_then(|name| scene.snapshot.links.by_name(name));
        let set = device.is_some_and(|on| scene.snapshot.links.address(on, vip.reported()).is_some());
        page.line(
            ENTRY,
            format_args!("{}", address::text(vip, vip.device.map(|name| name.to_string()), set)),
        );
    }
    if !statics.routes.is_empty() {
        page.section("Static Routes");
    }
    statics.routes.iter().for_each(|route| page.line(ENTRY, format_args!("{}", routes::route(route))));
    if !statics.rules.is_empty() {
        page.section("Static Rules");
    }
    statics.rules.iter().for_each(|rule| page.line(ENTRY, format_args!("{}", routes::rule(rule))));
    if !statics.groups.is_empty() {
        page.section("Static Track groups");
    }
    for group in &statics.groups {
        page.line(1, format_args!("Static Track Group = {}", group.name));
        let members = group.members.iter().filter_map(|id| scene.model.instances.get(*id));
        page.list(3, "VRRP member instances", members.map(|conf| conf.name.to_string()));
    }
}

#[cfg(test)]
mod tests;
