//! From the text of `keepalived.conf` to a validated [`model`].
//!
//! ```text
//! files --preprocess--> expanded text --lex--> pieces --reader + keywords--> drafts --build, check--> model
//! ```
//! [`load`] does all of it. Nothing on the way stops at the first problem; [`diag`] collects them with their places.
//! The [`expanded`] text is what a child process gets ([`load_expanded`]): includes, environment and random numbers were
//! evaluated once, and every process understands exactly what was checked.
#![forbid(unsafe_code)]

mod advice;
mod build;
mod check;
pub mod diag;
mod draft;
pub mod env;
pub mod expanded;
pub mod keyword;
pub mod keywords;
mod lex;
pub mod model;
mod preprocess;
mod reader;
pub mod source;

use std::collections::BTreeSet;
use std::path::Path;

use self::diag::code::words::{ACCEPTED_ONLY, NO_NAMESPACE};
use self::diag::{Context, Diagnostics, ExitClass, Place, Severity, Style};
use self::draft::Draft;
use self::env::{Env, Presence};
use self::expanded::{Expanded, NotExpanded};
use self::lex::Pieces;
use self::model::Model;
use self::reader::{Process, Reader};
use self::source::{Loader, Sources};

/// A configuration that has been read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it means; `None` if something is so wrong that it cannot be run.
    pub model: Option<Model>,
    /// The text that was understood.
    pub expanded: Expanded,
    /// Everything that is wrong with it, in the order of the files.
    pub diagnostics: Diagnostics,
    /// The keywords in use that nothing acts on yet.
    pub not_acted_on: Vec<&'static str>,
    /// The files as they were read; none if only the expanded text was at hand.
    pub sources: Sources,
}

impl Loaded {
    /// The problems for people.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        self.diagnostics.render(self.context(), style)
    }

    /// The problems one a line, for logs.
    pub fn plain_lines(&self) -> impl Iterator<Item = String> {
        self.diagnostics.plain_lines(self.context())
    }

    /// What a configuration test says in its exit status.
    #[must_use]
    pub fn exit_class(&self) -> ExitClass {
        self.diagnostics.exit_class()
    }

    /// One JSON document for programs, which keepalived(8) describes; `exit` is what the test ends with.
    #[must_use]
    pub fn json(&self, exit: ExitClass) -> String {
        diag::document(self, exit)
    }

    /// What is needed to show single problems.
    #[must_use]
    pub const fn context(&self) -> Context<'_> {
        Context { sources: &self.sources, expanded: &self.expanded }
    }
}

/// Reads the configuration in the file `root`.
#[must_use]
pub fn load(loader: &dyn Loader, root: &Path, env: &dyn Env) -> Loaded {
    let read = preprocess::read(loader, root, env);
    understand(read.expanded, read.sources, read.diagnostics, env, Advice::None)
}

/// As [`load`], with advice: notes on what is right but hardly meant.
#[must_use]
pub fn load_with_advice(loader: &dyn Loader, root: &Path, env: &dyn Env) -> Loaded {
    let read = preprocess::read(loader, root, env);
    understand(read.expanded, read.sources, read.diagnostics, env, Advice::Wanted)
}

/// Reads the expanded text that [`Expanded::to_text`] wrote.
///
/// # Errors
/// The line that cannot come from there.
pub fn load_expanded(text: &str, env: &dyn Env) -> Result<Loaded, NotExpanded> {
    let expanded = Expanded::from_text(text)?;
    Ok(understand(expanded, Sources::default(), Diagnostics::default(), env, Advice::None))
}

/// Whether the daemon is to run in a network namespace that does not exist; says so.
fn without_namespace(draft: &Draft, env: &dyn Env, diagnostics: &mut Diagnostics) -> bool {
    let Some((name, at)) = draft.global.settings.place.namespace.as_deref().zip(draft.global.namespace_at)
    else {
        return false;
    };
    let missing = env.namespace(name) == Presence::Absent;
    if missing {
        let message = format!("there is no network namespace {name} here, so the daemon cannot start");
        diagnostics.report(&NO_NAMESPACE, at, message).help(format!("run `ip netns add {name}`"));
    }
    missing
}

/// One line for everything that is kept but does nothing yet, so that nobody is deceived.
fn report_stored(names: &[&str], diagnostics: &mut Diagnostics) {
    if names.is_empty() {
        return;
    }
    let message = format!("accepted, not yet acted on: {}", names.join(", "));
    diagnostics.report(&ACCEPTED_ONLY, Place::Everywhere, message);
}

/// Whether somebody wants advice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Advice {
    None,
    Wanted,
}

fn understand(
    expanded: Expanded,
    sources: Sources,
    mut diagnostics: Diagnostics,
    env: &dyn Env,
    advice: Advice,
) -> Loaded {
    let pieces = Pieces::of(expanded.text());
    let mut draft = Draft::default();
    let mut stored = BTreeSet::new();
    let mut stopped_at = None;
    for process in Process::ALL {
        let mut reader = Reader::new(&expanded, &pieces, env, process);
        reader.everything(keywords::root(), &mut draft);
        stored.extend(reader.stored());
        diagnostics.append(reader.diagnostics);
        if process == Process::Parent && without_namespace(&draft, env, &mut diagnostics) {
            stopped_at = Some(diagnostics.len());
        }
    }
    let not_acted_on: Vec<&'static str> = stored.into_iter().collect();
    report_stored(&not_acted_on, &mut diagnostics);
    if advice == Advice::Wanted {
        advice::give(&draft, env, &mut diagnostics);
    }
    let (model, problems) = build::model(draft, env);
    diagnostics.append(problems);
    let usable = stopped_at.is_none() && diagnostics.worst() != Some(Severity::Fatal);
    if let Some(count) = stopped_at {
        diagnostics.not_judged_behind(count);
    }
    diagnostics.settle(&expanded);
    Loaded { model: usable.then_some(model), expanded, diagnostics, not_acted_on, sources }
}

#[cfg(test)]
mod tests;
