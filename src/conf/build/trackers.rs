//! What instances and groups track.

use std::collections::HashSet;

use super::Cx;
use super::registry::Registry;
use crate::base::id::{BfdId, IfName, Priority, TrackFileId, TrackId, TrackProcessId};
use crate::base::table::Key;
use crate::conf::diag::Class;
use crate::conf::diag::code::group as group_code;
use crate::conf::diag::code::instance as code;
use crate::conf::draft::{At, Draft, GlobalDraft, TrackDraft, TracksDraft};
use crate::conf::model::track::{TrackedBfd, TrackedFile, TrackedInterface, TrackedProcess, TrackedScript};
use crate::conf::model::{BfdSession, Script, TrackFile, TrackProcess, Trackers, Vip, Weight};

/// Everything that can be tracked.
pub(super) struct Trackables {
    pub(super) scripts: Registry<TrackId, Script>,
    pub(super) files: Registry<TrackFileId, TrackFile>,
    pub(super) processes: Registry<TrackProcessId, TrackProcess>,
    pub(super) bfd: Registry<BfdId, BfdSession>,
}

impl Trackables {
    /// Completes all definitions.
    pub(super) fn complete(draft: &mut Draft, cx: &mut Cx<'_>) -> Trackables {
        Trackables {
            scripts: super::script::complete(std::mem::take(&mut draft.scripts), cx),
            files: super::tracked::files(std::mem::take(&mut draft.files), cx),
            processes: super::tracked::processes(std::mem::take(&mut draft.processes), cx),
            bfd: super::tracked::sessions(std::mem::take(&mut draft.bfd), cx),
        }
    }

    /// Names what nobody refers to.
    pub(super) fn report_unused(&self, cx: &mut Cx<'_>) {
        self.scripts.report_unused(cx);
        self.files.report_unused(cx);
        self.processes.report_unused(cx);
        self.bfd.report_unused(cx);
    }
}

/// What a group tracks, for its members.
#[derive(Debug)]
pub(super) struct GroupTracks<'d> {
    pub(super) name: &'d str,
    tracks: &'d TracksDraft,
    interfaces: HashSet<&'d str>,
    /// Weights of members count.
    weights: bool,
}

impl<'d> GroupTracks<'d> {
    pub(super) fn new(name: &'d str, tracks: &'d TracksDraft, weights: bool) -> GroupTracks<'d> {
        let interfaces = tracks.interfaces.iter().map(|entry| &*entry.name).collect();
        GroupTracks { name, tracks, interfaces, weights }
    }

    /// Whether the group tracks the interface `name`.
    pub(super) fn tracks_interface(&self, name: &str) -> bool {
        self.interfaces.contains(name)
    }
}

/// Who tracks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'d> {
    pub(super) name: &'d str,
    /// Its own interface, which it tracks anyway.
    pub(super) interface: Option<IfName>,
    /// Its priority; that of an owner never changes.
    pub(super) priority: Priority,
    /// Its group.
    pub(super) group: Option<&'d GroupTracks<'d>>,
}

/// What becomes of a weight that does not count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InGroup {
    Dropped,
    Zero,
    Kept,
}

impl Who<'_> {
    /// The weight of an entry, unless it has to be dropped because of it.
    fn weight(
        &self,
        entry: &TrackDraft,
        weight: Weight,
        in_group: InGroup,
        cx: &mut Cx<'_>,
    ) -> Option<Weight> {
        if weight.value == 0 {
            return Some(weight);
        }
        if self.priority.is_owner() && in_group != InGroup::Kept {
            let message =
                format!("`{}` has a weight, but the priority of an owner never changes", entry.name);
            cx.diagnostics.report(&code::WEIGHT_OF_OWNER, entry.at, message).label("ignored");
            return None;
        }
        let Some(group) = self.group.filter(|group| !group.weights) else {
            self.note_limits(entry, weight, cx);
            return Some(weight);
        };
        let (label, left) = match in_group {
            InGroup::Kept => return Some(weight),
            InGroup::Dropped => ("ignored", None),
            InGroup::Zero => ("0 is taken", Some(Weight { value: 0, ..weight })),
        };
        let message =
            format!("`{}` has a weight, but {} follows the group {}", entry.name, self.name, group.name);
        cx.diagnostics
            .report(&group_code::WEIGHT_IN_GROUP, entry.at, message)
            .label(label)
            .help("let the group track it, or write `sync_group_tracking_weight` into the group");
        left
    }

    /// Says so if the priority is at the end of its range that the weight points to.
    fn note_limits(&self, entry: &TrackDraft, weight: Weight, cx: &mut Cx<'_>) {
        let priority = self.priority.get();
        let (at_end, end) = if weight.value > 0 { (priority >= 254, 254) } else { (priority <= 1, 1) };
        if at_end && !weight.reverse && !self.priority.is_owner() {
            let message = format!(
                "the weight of `{}` never matters: the priority of {} is {priority}, and no priority {} {end}",
                entry.name,
                self.name,
                if weight.value > 0 { "rises above" } else { "falls below" }
            );
            cx.diagnostics
                .report(&code::WEIGHT_WITHOUT_ROOM, entry.at, message)
                .help("choose a `priority` that leaves room for the weight");
        }
    }

    /// Whether the group tracks the same; says so.
    fn tracked_by_group(
        &self,
        entry: &TrackDraft,
        list: impl Fn(&TracksDraft) -> &[TrackDraft],
        cx: &mut Cx<'_>,
    ) -> bool {
        let Some(group) = self.group else { return false };
        let Some(other) = list(group.tracks).iter().find(|other| other.name == entry.name) else {
            return false;
        };
        let message = format!("{} and its group {} both track `{}`", self.name, group.name, entry.name);
        cx.diagnostics
            .report(&group_code::TRACKED_BY_BOTH, entry.at, message)
            .class(Class::Silent)
            .label("ignored")
            .also(other.at, "the group tracks it here");
        true
    }
}

/// The entries of a list that can be tracked.
fn entries<K: Key, T, E>(
    list: impl Fn(&TracksDraft) -> &[TrackDraft],
    tracks: &TracksDraft,
    who: Who<'_>,
    in_group: InGroup,
    registry: &mut Registry<K, T>,
    make: impl Fn(K, Weight) -> E,
    cx: &mut Cx<'_>,
) -> Box<[E]> {
    let mut found = Vec::new();
    for entry in list(tracks) {
        let Some((id, weight)) = registry.find(At::new(&entry.name, entry.at), who.name, cx) else {
            continue;
        };
        if who.tracked_by_group(entry, &list, cx) {
            continue;
        }
        let weight = who.weight(entry, entry.weight_over(weight), in_group, cx);
        found.extend(weight.map(|weight| make(id, weight)));
    }
    found.into()
}

/// Completes what `who` tracks; `vips` are addresses that may lie on other interfaces.
pub(super) fn complete<'v>(
    tracks: &TracksDraft,
    who: Who<'_>,
    vips: impl Iterator<Item = &'v Vip>,
    trackables: &mut Trackables,
    global: &GlobalDraft,
    cx: &mut Cx<'_>,
) -> Trackers {
    let Trackables { scripts, files, processes, bfd } = trackables;
    Trackers {
        interfaces: interfaces(tracks, who, vips, global, cx),
        scripts: entries(
            |tracks| &tracks.scripts,
            tracks,
            who,
            InGroup::Dropped,
            scripts,
            |script, weight| TrackedScript { script, weight },
            cx,
        ),
        files: entries(
            |tracks| &tracks.files,
            tracks,
            who,
            InGroup::Zero,
            files,
            |file, weight| TrackedFile { file, weight },
            cx,
        ),
        processes: entries(
            |tracks| &tracks.processes,
            tracks,
            who,
            InGroup::Kept,
            processes,
            |process, weight| TrackedProcess { process, weight },
            cx,
        ),
        bfd: entries(
            |tracks| &tracks.bfd,
            tracks,
            who,
            InGroup::Dropped,
            bfd,
            |session, weight| TrackedBfd { session, weight },
            cx,
        ),
        ignore_primary: tracks.ignore_primary,
    }
}

fn interfaces<'v>(
    tracks: &TracksDraft,
    who: Who<'_>,
    vips: impl Iterator<Item = &'v Vip>,
    global: &GlobalDraft,
    cx: &mut Cx<'_>,
) -> Box<[TrackedInterface]> {
    let mut interfaces: Vec<TrackedInterface> = Vec::new();
    for entry in &tracks.interfaces {
        let Some(interface) = IfName::new(&entry.name) else { continue };
        if who.interface == Some(interface) {
            let message = format!("{} tracks its own interface {interface} anyway", who.name);
            cx.diagnostics.report(&code::OWN_INTERFACE, entry.at, message).label("ignored");
            continue;
        }
        cx.interface_exists(interface, entry.at, global);
        if let Some(group) = who.group.filter(|group| group.tracks_interface(&entry.name)) {
            let message = format!("{} and its group {} both track {interface}", who.name, group.name);
            cx.diagnostics.report(&group_code::TRACKED_BY_BOTH, entry.at, message).label("ignored");
            continue;
        }
        let weight = who.weight(entry, entry.weight_over(Weight::default()), InGroup::Zero, cx);
        interfaces.extend(weight.map(|weight| TrackedInterface { interface, weight }));
    }
    for interface in vips.filter(|vip| !vip.flags.no_track).filter_map(|vip| vip.device) {
        if who.interface != Some(interface)
            && !interfaces.iter().any(|tracked| tracked.interface == interface)
        {
            interfaces.push(TrackedInterface { interface, weight: Weight::default() });
        }
    }
    interfaces.into()
}
