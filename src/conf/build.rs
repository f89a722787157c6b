//! From drafts to the model: defaults filled in, everything judged that needs more than its own line.

mod commands;
mod further;
mod global;
mod group;
mod hooks;
mod instance;
mod registry;
mod script;
mod service;
mod statics;
mod strict;
mod tracked;
mod trackers;
mod vips;

use std::collections::HashMap;

use self::commands::Commands;
use self::group::Memberships;
use self::trackers::Trackables;
use super::check;
use super::diag::{Class, Diagnostics};
use super::draft::Draft;
use super::env::Env;
use super::expanded::Extent;
use super::model::Model;
use super::reader::nearest_of;
use crate::base::id::IfName;

/// What every step needs.
pub(super) struct Cx<'a> {
    pub(super) env: &'a dyn Env,
    pub(super) diagnostics: Diagnostics,
    pub(super) commands: Commands,
    /// The names of interfaces that instances make for themselves.
    pub(super) own_links: HashMap<IfName, Extent>,
    /// How many more names are looked for among those that are known; many unknown names are no misspellings.
    suggestions: u32,
    /// What to do about an interface that does not exist.
    interface_help: Option<String>,
}

/// Completes a draft. There is a model whatever is wrong, but only one without fatal problems can be run.
pub(super) fn model(mut draft: Draft, env: &dyn Env) -> (Model, Diagnostics) {
    let commands = Commands::new(&draft.global);
    let mut cx = Cx {
        env,
        diagnostics: Diagnostics::default(),
        commands,
        own_links: HashMap::new(),
        suggestions: 20,
        interface_help: None,
    };
    cx.commands.resolve_default_user(&draft.global, env, &mut cx.diagnostics);
    cx.commands.reads_globals = true;
    let mut model = Model { global: global::complete(&draft.global, &mut cx), ..Model::default() };
    cx.commands.reads_globals = false;
    let mut trackables = Trackables::complete(&mut draft, &mut cx);
    let instances = std::mem::take(&mut draft.instances);
    let has_instances = !instances.is_empty();
    let memberships = Memberships::resolve(&draft.groups, &instances, &mut cx);
    let mut places = Vec::with_capacity(instances.len());
    let mut ids = HashMap::with_capacity(instances.len());
    for mut instance in instances {
        // The copy is what stays: the name that was read lies between drafts, whose memory goes back as whole pages.
        let (copy, at) = (instance.name.clone(), instance.at);
        let name = std::mem::replace(&mut instance.name, copy);
        let wish = instance.notify_priority_changes;
        instance.notify_priority_changes = wish.or_else(|| memberships.priority_changes(&name));
        let tracks = memberships.of(&name);
        if let Some(instance) = instance::complete(instance, &draft.global, tracks, &mut trackables, &mut cx)
            && let Ok(id) = model.instances.push(instance)
        {
            places.push(at);
            ids.insert(name, id);
        }
    }
    model.groups = memberships.complete(&ids, &mut trackables, &draft.global, &mut cx);
    model.statics = statics::complete(&draft, &ids, &mut cx);
    model.links = statics::links(&draft, &mut cx);
    check::instances(&model, &places, &mut cx.diagnostics);
    check::delays(&draft, &mut model, &mut cx.diagnostics);
    let vrrp = if has_instances { Class::Security } else { Class::Silent };
    cx.commands.report_insecurity(vrrp, &mut cx.diagnostics);
    let mut diagnostics = std::mem::take(&mut cx.diagnostics);
    model.checks = service::complete(&draft, &mut trackables, &mut cx);
    trackables.report_unused(&mut cx);
    let Trackables { scripts, files, processes, bfd } = trackables;
    (model.scripts, model.files) = (scripts.into_table(), files.into_table());
    (model.processes, model.bfd) = (processes.into_table(), bfd.into_table());
    cx.commands.report_insecurity(Class::Security, &mut cx.diagnostics);
    diagnostics.append(cx.diagnostics);
    (model, diagnostics)
}

impl Cx<'_> {
    /// The name among `known` that may have been meant by `name`, as help.
    pub(super) fn did_you_mean<'k>(
        &mut self,
        name: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> Option<String> {
        self.suggestions = self.suggestions.checked_sub(1)?;
        nearest_of(name, known).map(|near| format!("did you mean `{near}`?"))
    }

    /// Names the end of its block as well for the problem that was reported last.
    pub(super) fn at_end_of_block(&mut self, end: Extent) {
        if let Some(problem) = self.diagnostics.last_mut() {
            problem.also(end, "the block ends here");
        }
    }
}

/// Remembers what a look-up said.
pub(super) type Memo<T> = HashMap<Box<str>, T>;
