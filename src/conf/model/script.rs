//! `vrrp_script`: a command whose exit status says whether something is well, or a check that needs no command.

use super::notify::Command;
use super::probe::Probe;
use super::track::Weight;
use crate::base::time::Span;

/// What is run.
#[derive(Clone, Debug)]
pub enum Run {
    /// `script`: a command.
    Command(Command),
    /// `check`: something that needs none.
    Probe(Probe),
}

/// A check that runs again and again.
#[derive(Clone, Debug)]
pub struct Script {
    /// The name that `track_script` refers to.
    pub name: Box<str>,
    /// What is run.
    pub run: Run,
    /// `interval`: from the start of a run to the start of the next.
    pub interval: Span,
    /// `timeout`: how long a run may take before it is stopped and counts as failed.
    pub timeout: Span,
    /// `rise`: successes in a row that make a bad check good; at least 1.
    pub rise: u32,
    /// `fall`: failures in a row that make a good check bad; at least 1.
    pub fall: u32,
    /// `weight`: what it does to the priority where the reference does not say.
    pub weight: Weight,
}
