//! The data file of the VRRP process.

mod groups;
mod instance;
mod sockets;
mod trackers;

use super::page::Page;
use super::{Scene, address, global, interfaces};

/// The whole file.
#[must_use]
pub fn render(scene: &Scene<'_>) -> String {
    let mut page = Page::default();
    global::write(&mut page, scene.model, &global::Process::Vrrp(scene.interfaces));
    let statics = &scene.model.statics;
    if !statics.addresses.is_empty() {
        page.section("Static Addresses");
        for entry in &statics.addresses {
            page.line(5, format_args!("{}", address::text(&entry.vip, None, false)));
        }
    }
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

#[cfg(test)]
mod tests;
