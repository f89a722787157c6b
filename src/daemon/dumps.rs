//! Dumps on request: which file each is, and writing it while the daemon goes on.

mod place;
mod writing;

use std::path::PathBuf;

use crate::conf::model::Model;
use crate::report::dump::parent;
use crate::sys::replace::replace;
use crate::sys::signal::Asked;

use super::Options;

pub(super) use writing::{Dumps, Particulars};

/// Permissions of a dump before the umask.
const MODE: u32 = 0o666;

/// A dump of the VRRP process, in the order in which they are written if several are wanted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `keepalived.stats`.
    Stats,
    /// `keepalived.stats`, and counting begins anew.
    StatsClear,
    /// `keepalived.data`.
    Data,
    /// `keepalived.json`.
    Json,
}

impl Kind {
    /// The dump that a signal asks for.
    pub(super) const fn asked_for(asked: Asked) -> Option<Kind> {
        match asked {
            Asked::Data => Some(Kind::Data),
            Asked::Stats => Some(Kind::Stats),
            Asked::StatsClear => Some(Kind::StatsClear),
            Asked::Json => Some(Kind::Json),
            Asked::Stop
            | Asked::Interrupt
            | Asked::Reload
            | Asked::Upgrade
            | Asked::Child
            | Asked::Nothing(_) => None,
        }
    }
}

/// The permissions that dumps have.
fn mode(options: &Options, model: &Model) -> u32 {
    MODE & !super::place::umask(options, &model.global.settings)
}

/// The data file of the parent process, ready to be written.
#[derive(Debug)]
pub(super) struct ParentData {
    path: PathBuf,
    text: String,
    mode: u32,
}

impl ParentData {
    /// The file as the configuration wants it; nothing if there is none that can be run.
    pub(super) fn of(options: &Options, model: Option<&Model>) -> Option<ParentData> {
        let model = model?;
        let path = place::data(&model.global.settings, Some("_parent"));
        Some(ParentData { path, text: parent::render(model), mode: mode(options, model) })
    }

    pub(super) fn write(&self) {
        tracing::info!("Printing parent data for process({}) on signal", std::process::id());
        if let Err(error) = replace(&self.path, self.text.as_bytes(), self.mode) {
            tracing::error!("{error}");
        }
    }
}
