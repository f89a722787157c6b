//! From drafts to the model: defaults filled in, everything judged that needs more than its own line.

mod commands;
mod global;
mod instance;
mod script;
mod strict;
mod vips;

use std::collections::HashMap;

use self::commands::Commands;
use self::script::Scripts;
use super::check;
use super::diag::Diagnostics;
use super::draft::Draft;
use super::env::Env;
use super::expanded::Extent;
use super::model::Model;

/// What every step needs.
pub(super) struct Cx<'a> {
    pub(super) env: &'a dyn Env,
    pub(super) diagnostics: Diagnostics,
    pub(super) commands: Commands,
}

/// Completes a draft. There is a model whatever is wrong, but only one without fatal problems can be run.
pub(super) fn model(draft: Draft, env: &dyn Env) -> (Model, Diagnostics) {
    let mut cx = Cx { env, diagnostics: Diagnostics::default(), commands: Commands::new(&draft.global) };
    cx.commands.resolve_default_user(&draft.global, env, &mut cx.diagnostics);
    let global = global::complete(&draft.global, &mut cx);
    let mut scripts = Scripts::complete(draft.scripts, &mut cx);
    let mut model = Model { global, ..Model::default() };
    let mut places = Vec::with_capacity(draft.instances.len());
    for instance in draft.instances {
        let at = instance.at;
        if let Some(instance) = instance::complete(instance, &draft.global, &mut scripts, &mut cx)
            && model.instances.push(instance).is_ok()
        {
            places.push(at);
        }
    }
    scripts.report_unused(&mut cx);
    model.scripts = scripts.into_table();
    check::instances(&model, &places, &mut cx.diagnostics);
    cx.commands.report_insecurity(&mut cx.diagnostics);
    (model, cx.diagnostics)
}

impl Cx<'_> {
    /// Names the end of its block as well for the problem that was reported last.
    pub(super) fn at_end_of_block(&mut self, end: Extent) {
        if let Some(problem) = self.diagnostics.last_mut() {
            problem.also(end, "the block ends here");
        }
    }
}

/// Remembers what a look-up said.
pub(super) type Memo<T> = HashMap<Box<str>, T>;
