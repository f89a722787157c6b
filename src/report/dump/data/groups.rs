//! Sync groups.

use super::super::page::Page;
use super::super::{Scene, extras, word, yes_no};
use super::{instance, trackers};
use crate::conf::model::SyncGroup;
use crate::vrrp::snapshot::{Role, Shown};

const KEY: usize = 3;

pub(super) fn write(page: &mut Page, scene: &Scene<'_>) {
    if scene.model.groups.is_empty() {
        return;
    }
    page.section("VRRP Sync groups");
    for (id, conf) in scene.model.groups.iter() {
        let role = scene.snapshot.groups.get(id).copied().flatten();
        group(page, scene, conf, role.unwrap_or(Role::Init));
    }
}

fn group(page: &mut Page, scene: &Scene<'_>, conf: &SyncGroup, role: Role) {
    page.line(1, format_args!("VRRP Sync Group = {}, {}", conf.name, word(role)));
    let members = || conf.members.iter().filter_map(|id| scene.snapshot.instances.get(*id));
    let count = |fit: fn(&Shown) -> bool| members().filter(|shown| fit(shown)).count();
    let faulty = count(|shown| !shown.faults.is_empty());
    let waiting = count(|shown| shown.faults.is_empty() && shown.unreported > 0);
    page.line(KEY, format_args!("Num member fault {faulty}, num member init {waiting}"));
    let names = conf.members.iter().filter_map(|id| scene.model.instances.get(*id));
    page.list(KEY, "VRRP member instances", names.map(|member| member.name.to_string()));
    page.line(
        KEY,
        format_args!("Using smtp notification = {}", yes_no(extras::mails(scene.model, conf.mail))),
    );
    if conf.hooks.priority_changes {
        page.line(KEY, format_args!("Notify priority changes = yes"));
    }
    let interfaces = conf.trackers.interfaces.iter();
    let interfaces =
        interfaces.map(|entry| format!("{} weight {}", entry.interface, extras::weight(entry.weight)));
    page.list(KEY, "Tracked interfaces", interfaces);
    trackers::tracked(page, scene.model, &conf.trackers);
    instance::commands(page, &conf.hooks);
    instance::script(page, "Generic", conf.hooks.any.as_ref());
}
