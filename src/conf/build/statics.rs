//! Addresses, routes and rules that do not depend on instances, and what is said of interfaces.

use std::collections::HashMap;

use super::Cx;
use crate::base::id::{IfName, InstanceId};
use crate::conf::diag::Class;
use crate::conf::diag::code::group as group_code;
use crate::conf::diag::code::route as code;
use crate::conf::draft::{At, Draft, GlobalDraft, NameMap, RouteDraft, RuleDraft, VipDraft};
use crate::conf::env::Presence;
use crate::conf::expanded::Extent;
use crate::conf::model::route::{Route, Rule};
use crate::conf::model::statics::{GarpGroup, StaticAddress, TrackGroup};
use crate::conf::model::{LinkSettings, Statics};

/// The interface of static addresses if nobody says.
const DEFAULT_INTERFACE: &str = "eth0";

/// A route; its interfaces have to exist.
pub(super) fn route(draft: &RouteDraft, global: &GlobalDraft, cx: &mut Cx<'_>) -> Route {
    for device in &draft.devices {
        cx.interface_exists(device.value, device.at, global);
    }
    draft.route.clone()
}

/// A rule; its interfaces have to exist.
pub(super) fn rule(draft: &RuleDraft, global: &GlobalDraft, cx: &mut Cx<'_>) -> Rule {
    for device in &draft.devices {
        cx.interface_exists(device.value, device.at, global);
    }
    draft.rule.clone()
}

/// Completes static entries; `ids` are the instances.
pub(super) fn complete(draft: &Draft, ids: &HashMap<Box<str>, InstanceId>, cx: &mut Cx<'_>) -> Statics {
    let (statics, known) = (&draft.statics, &draft.names.track_groups);
    Statics {
        addresses: statics
            .addresses
            .iter()
            .filter_map(|vip| address(vip, &draft.global, known, cx))
            .collect(),
        routes: statics
            .routes
            .iter()
            .map(|entry| {
                track_group(entry.route.track_group.as_deref(), entry.group_at, known, cx);
                route(entry, &draft.global, cx)
            })
            .collect(),
        rules: statics
            .rules
            .iter()
            .map(|entry| {
                track_group(entry.rule.track_group.as_deref(), entry.group_at, known, cx);
                rule(entry, &draft.global, cx)
            })
            .collect(),
        groups: statics
            .groups
            .iter()
            .map(|group| TrackGroup { name: group.name.clone(), members: members(&group.members, ids, cx) })
            .collect(),
    }
}

fn members(
    names: &[At<Box<str>>],
    ids: &HashMap<Box<str>, InstanceId>,
    cx: &mut Cx<'_>,
) -> Box<[InstanceId]> {
    let mut members = Vec::with_capacity(names.len());
    for name in names {
        match ids.get(&name.value) {
            Some(id) => members.push(*id),
            None => {
                let message = format!("there is no `vrrp_instance {}`", name.value);
                let problem = cx.diagnostics.report(&group_code::UNKNOWN_MEMBER, name.at, message);
                problem.label("ignored").class(Class::Silent);
            }
        }
    }
    members.into()
}

fn address(vip: &VipDraft, global: &GlobalDraft, known: &NameMap, cx: &mut Cx<'_>) -> Option<StaticAddress> {
    let group = vip.track_group.as_ref();
    track_group(group.map(|group| &*group.value), group.map(|group| group.at), known, cx);
    let device = match vip.device {
        Some(device) => {
            cx.interface_exists(device.value, device.at, global);
            device.value
        }
        None => default_interface(vip, global, cx)?,
    };
    let group = vip.track_group.as_ref().map(|group| group.value.clone());
    Some(StaticAddress { vip: super::vips::finish(vip, Some(device)), track_group: group })
}

fn default_interface(vip: &VipDraft, global: &GlobalDraft, cx: &mut Cx<'_>) -> Option<IfName> {
    let name = global.settings.interfaces.default.or_else(|| IfName::new(DEFAULT_INTERFACE))?;
    if cx.env.interface(name.as_str()) == Presence::Absent {
        let message = format!("{} names no interface, and there is no {name} here", vip.net);
        cx.diagnostics
            .report(&code::STATIC_WITHOUT_INTERFACE, vip.at, message)
            .help("write `dev INTERFACE` behind the address, or `default_interface` into global_defs");
        return None;
    }
    Some(name)
}

fn track_group(name: Option<&str>, at: Option<Extent>, known: &NameMap, cx: &mut Cx<'_>) {
    let (Some(name), Some(at)) = (name, at) else { return };
    if known.get(name).is_none_or(|definition| *definition > at) {
        let message = format!("there is no `track_group {name}` above");
        cx.diagnostics.report(&code::UNKNOWN_TRACK_GROUP, at, message);
    }
}

/// Completes what is said of single interfaces.
pub(super) fn links(draft: &Draft, cx: &mut Cx<'_>) -> LinkSettings {
    let mut taken: HashMap<IfName, Extent> = HashMap::new();
    let mut garp_groups = Vec::new();
    for group in &draft.statics.garp_groups {
        let At { value: group, at } = group;
        for interface in &group.interfaces {
            let before = cx.diagnostics.len();
            cx.interface_exists(interface.value, interface.at, &draft.global);
            for problem in cx.diagnostics.since(before) {
                problem.related.extend(group.listed_to.map(|end| (end.into(), "the list ends here".into())));
            }
        }
        if group.garp_interval.is_none() && group.gna_interval.is_none() {
            cx.diagnostics
                .report(
                    &group_code::GARP_GROUP_WITHOUT_DELAY,
                    *at,
                    "this group limits nothing; it is removed",
                )
                .also(group.end, "the block ends here")
                .help("write `garp_interval` or `gna_interval` with the least seconds between announcements");
            continue;
        }
        let mut interfaces = Vec::new();
        for interface in &group.interfaces {
            if let Some(first) = taken.get(&interface.value) {
                let message = format!("{} is in a `garp_group` already", interface.value);
                cx.diagnostics
                    .report(&group_code::IN_TWO_GARP_GROUPS, interface.at, message)
                    .label("ignored")
                    .also(*first, "here");
                continue;
            }
            taken.insert(interface.value, interface.at);
            interfaces.push(interface.value);
        }
        garp_groups.push(GarpGroup {
            garp_interval: group.garp_interval,
            gna_interval: group.gna_interval,
            interfaces: interfaces.into(),
        });
    }
    for (name, _) in &draft.statics.polled {
        cx.interface_exists(name.value, name.at, &draft.global);
    }
    for (name, _, _) in &draft.statics.delays {
        let before = cx.diagnostics.len();
        cx.interface_exists(name.value, name.at, &draft.global);
        // Unlike any other missing interface this one ends a configuration test of the C program with status 4.
        for problem in cx.diagnostics.since(before) {
            problem.class(Class::Unusable);
        }
    }
    LinkSettings {
        polled: draft.statics.polled.iter().map(|(name, beat)| (name.value, *beat)).collect(),
        delays: draft.statics.delays.iter().map(|(name, down, up)| (name.value, *down, *up)).collect(),
        garp_groups,
    }
}
