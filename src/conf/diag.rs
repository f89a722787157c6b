//! What is wrong with a configuration, and how it is said.
//!
//! Nothing here stops anything: a reader reports, repairs what it can and goes on, so that one run names every problem.

pub mod code;
mod exit;
mod json;
mod plain;
mod render;
mod secret;

pub use code::{Class, Code};
pub use exit::ExitClass;
pub(super) use json::document;
pub use render::Style;
pub use secret::masked;

use super::expanded::{Expanded, Extent};
use super::source::{FileId, Location, Sources};

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Advice.
    Note,
    /// It probably does not mean what its author thinks.
    Warning,
    /// It was ignored or replaced by something else.
    Error,
    /// The daemon cannot run with this.
    Fatal,
}

impl Severity {
    /// The word for it; what is fatal is an error, too.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error | Severity::Fatal => "error",
        }
    }
}

/// A place in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It concerns no line in particular.
    Everywhere,
    /// As written.
    Written(Location),
    /// In the expanded text.
    Expanded(Extent),
}

impl From<Extent> for Place {
    fn from(extent: Extent) -> Place {
        Place::Expanded(extent)
    }
}

impl From<Location> for Place {
    fn from(location: Location) -> Place {
        Place::Written(location)
    }
}

impl Place {
    /// Where it was written.
    #[must_use]
    pub fn locate(&self, expanded: &Expanded) -> Option<Location> {
        match self {
            Place::Everywhere => None,
            Place::Written(location) => Some(location.clone()),
            Place::Expanded(extent) => Some(expanded.locate(*extent)),
        }
    }
}

/// One problem.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What kind of problem.
    pub code: &'static Code,
    /// How bad.
    pub severity: Severity,
    /// What it does to the exit status.
    pub class: Class,
    /// What is wrong, with the names at hand; one line without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// A few words at the place itself.
    pub label: String,
    /// Other places that matter, each with a few words.
    pub related: Vec<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
    /// It only follows from another problem.
    pub follows: bool,
}

impl Diagnostic {
    /// Says a few words at the place itself.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Diagnostic {
        self.label = label.into();
        self
    }

    /// Names another place that matters.
    pub fn also(&mut self, place: impl Into<Place>, label: impl Into<String>) -> &mut Diagnostic {
        self.related.push((place.into(), label.into()));
        self
    }

    /// Says what to do.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Makes it as bad as this.
    pub fn severity(&mut self, severity: Severity) -> &mut Diagnostic {
        self.severity = severity;
        self
    }

    /// Gives it another say in the exit status.
    pub fn class(&mut self, class: Class) -> &mut Diagnostic {
        self.class = class;
        self
    }

    /// Marks it as a consequence of another problem.
    pub fn follows(&mut self) -> &mut Diagnostic {
        self.follows = true;
        self
    }
}

/// The problems of one configuration, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a problem.
    pub fn report(
        &mut self,
        code: &'static Code,
        place: impl Into<Place>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let at = self.list.len();
        self.list.push(Diagnostic {
            code,
            severity: code.severity,
            class: code.class,
            message: message.into(),
            place: place.into(),
            label: String::new(),
            related: Vec::new(),
            help: None,
            follows: false,
        });
        #[expect(clippy::indexing_slicing, reason = "it was pushed two lines above")]
        &mut self.list[at]
    }

    /// The problem that was reported last.
    pub(super) fn last_mut(&mut self) -> Option<&mut Diagnostic> {
        self.list.last_mut()
    }

    /// The problems that were reported after the first `count`.
    pub(super) fn since(&mut self, count: usize) -> impl Iterator<Item = &mut Diagnostic> {
        self.list.iter_mut().skip(count)
    }

    /// The C program ends a configuration test, with status 0, behind the first `count` problems: only a parameter that is
    /// missing before that keeps its say, and nothing else is worse than a warning.
    pub(super) fn not_judged_behind(&mut self, count: usize) {
        for (index, problem) in self.list.iter_mut().enumerate() {
            if index >= count || problem.class != Class::MissingParameter {
                problem.class = Class::Silent;
                problem.severity = problem.severity.min(Severity::Warning);
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Every problem.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Diagnostic> + DoubleEndedIterator {
        self.list.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are of at least this severity.
    #[must_use]
    pub fn count(&self, least: Severity) -> usize {
        self.list.iter().filter(|problem| problem.severity >= least).count()
    }

    /// The worst of them.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.list.iter().map(|problem| problem.severity).max()
    }

    /// Sorts them as the files run, keeps each once, and those without a place at the end.
    pub(super) fn settle(&mut self, expanded: &Expanded) {
        let key = |problem: &Diagnostic| {
            let place = problem.place.locate(expanded);
            (
                place.is_none(),
                place.map(|place| (place.file, place.line, problem.follows, place.columns.start)),
            )
        };
        // A place is looked up once: there may be as many problems as lines.
        let mut keyed: Vec<_> =
            std::mem::take(&mut self.list).into_iter().map(|one| (key(&one), one)).collect();
        keyed.sort_by_key(|(place, _)| *place);
        keyed.dedup_by(|(later_key, later), (earlier_key, earlier)| {
            later.code == earlier.code
                && later_key == earlier_key
                && later.message == earlier.message
                && later.place != Place::Everywhere
        });
        self.list = keyed.into_iter().map(|(_, problem)| problem).collect();
    }

    /// Moves the problems of `other` here.
    pub(super) fn append(&mut self, mut other: Diagnostics) {
        self.list.append(&mut other.list);
    }
}

/// Everything that is needed to show the problems of a configuration.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The files as they were read; none in a process that only has the expanded text.
    pub sources: &'a Sources,
    /// The expanded text.
    pub expanded: &'a Expanded,
}

impl<'a> Context<'a> {
    /// What messages call a file.
    fn file_name(&self, file: FileId) -> &'a str {
        self.expanded.files().nth(usize::from(file.0)).unwrap_or_else(|| self.sources.name(file))
    }

    /// The line at `location` as written, if the files are at hand.
    fn written_line(&self, location: &Location) -> Option<&'a str> {
        Some(self.sources.get(location.file)?.line(location.line).trim_end())
    }
}
