//! `vrrp_sync_group`: who is in which group, and what the groups are.

use std::collections::{HashMap, HashSet};

use super::trackers::{GroupTracks, Trackables, Who};
use super::{Cx, hooks, trackers};
use crate::base::id::{GroupId, InstanceId, Priority};
use crate::base::table::Table;
use crate::conf::diag::code::group as code;
use crate::conf::draft::{GlobalDraft, GroupDraft, InstanceDraft};
use crate::conf::expanded::Extent;
use crate::conf::model::SyncGroup;

/// A group whose members are known.
pub(super) struct Membership<'d> {
    draft: &'d GroupDraft,
    members: Vec<&'d str>,
    tracks: GroupTracks<'d>,
}

/// Who is in which group.
pub(super) struct Memberships<'d> {
    groups: Vec<Membership<'d>>,
    of: HashMap<&'d str, usize>,
}

impl<'d> Memberships<'d> {
    /// Finds out who is in which group.
    pub(super) fn resolve(
        groups: &'d [GroupDraft],
        instances: &[InstanceDraft],
        cx: &mut Cx<'_>,
    ) -> Memberships<'d> {
        let names: HashSet<&str> = instances.iter().map(|instance| &*instance.name).collect();
        let mut taken: HashMap<&'d str, (usize, Extent)> = HashMap::new();
        let mut known: Vec<Membership<'d>> = Vec::with_capacity(groups.len());
        for draft in groups {
            let members = members(draft, known.len(), &names, &mut taken, cx);
            if members.is_empty() {
                continue;
            }
            if let [only] = members.as_slice() {
                let message = format!("the group {} has one member only, {only}", draft.name);
                cx.diagnostics.report(&code::ONE_MEMBER, draft.at, message);
            }
            let tracks = GroupTracks::new(&draft.name, &draft.tracks, draft.weights);
            known.push(Membership { draft, members, tracks });
        }
        let of = taken.into_iter().map(|(name, (group, _))| (name, group)).collect();
        Memberships { groups: known, of }
    }

    /// What the group of the instance `name` tracks, if it is in one.
    pub(super) fn of(&self, name: &str) -> Option<&GroupTracks<'d>> {
        let group = self.of.get(name)?;
        self.groups.get(*group).map(|group| &group.tracks)
    }

    /// What the group of the instance `name` says about `notify_priority_changes`, if it is in one that does.
    pub(super) fn priority_changes(&self, name: &str) -> Option<bool> {
        self.groups.get(*self.of.get(name)?)?.draft.priority_changes
    }

    /// Completes the groups; `ids` are the instances that have become something.
    pub(super) fn complete(
        &self,
        ids: &HashMap<Box<str>, InstanceId>,
        trackables: &mut Trackables,
        global: &GlobalDraft,
        cx: &mut Cx<'_>,
    ) -> Table<GroupId, SyncGroup> {
        let mut groups = Table::new();
        for group in &self.groups {
            let draft = group.draft;
            let members = group.members.iter().filter_map(|name| ids.get(*name).copied()).collect();
            let who = Who { name: &draft.name, interface: None, priority: Priority::DEFAULT, group: None };
            let completed = SyncGroup {
                name: draft.name.clone(),
                members,
                trackers: trackers::complete(&draft.tracks, who, [].into_iter(), trackables, global, cx),
                weights: draft.weights,
                hooks: hooks::complete(
                    &draft.hooks,
                    draft.priority_changes.unwrap_or(global.notify_priority_changes),
                    cx,
                ),
                mail: draft.mail,
            };
            // A configuration that has more groups than can be numbered has too many instances as well.
            if groups.push(completed).is_err() {
                break;
            }
        }
        groups
    }
}

/// The members of a group that are instances of no other group.
fn members<'d>(
    draft: &'d GroupDraft,
    index: usize,
    names: &HashSet<&str>,
    taken: &mut HashMap<&'d str, (usize, Extent)>,
    cx: &mut Cx<'_>,
) -> Vec<&'d str> {
    let name = &draft.name;
    let listed = draft.members.as_ref().filter(|list| !list.value.is_empty());
    let Some(list) = listed else {
        let message = format!("the group {name} has no members; it is removed");
        cx.diagnostics
            .report(&code::NO_MEMBERS, draft.at, message)
            .also(draft.end, "the block ends here")
            .help("list the instances in `group`, one a line");
        return Vec::new();
    };
    let mut members = Vec::with_capacity(list.value.len());
    for member in &list.value {
        if !names.contains(&*member.value) {
            let message = format!("there is no `vrrp_instance {}`", member.value);
            let help = cx.did_you_mean(&member.value, names.iter().copied());
            cx.diagnostics.report(&code::UNKNOWN_MEMBER, member.at, message).label("ignored").help = help;
        } else if let Some((_, first)) = taken.get(&*member.value) {
            let message = format!("{} is in a group already", member.value);
            cx.diagnostics
                .report(&code::IN_TWO_GROUPS, member.at, message)
                .label("ignored")
                .also(*first, "here");
        } else {
            taken.insert(&member.value, (index, member.at));
            members.push(&*member.value);
        }
    }
    if members.is_empty() {
        let message = format!("no member of the group {name} is left; it is removed");
        cx.diagnostics.report(&code::NO_MEMBERS, draft.at, message);
    }
    members
}
