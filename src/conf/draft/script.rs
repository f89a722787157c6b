//! `vrrp_script`.

use crate::base::time::Span;
use crate::conf::draft::At;
use crate::conf::expanded::Extent;
use crate::conf::model::{Probe, Weight};
use crate::conf::reader::{CommandLine, RunBy};

/// A check as it has been read.
#[derive(Clone, Debug)]
pub(in crate::conf) struct ScriptDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) command: Option<CommandLine>,
    /// `check`; nothing in it if it cannot be understood, which has been said.
    pub(in crate::conf) check: Option<At<Option<Probe>>>,
    pub(in crate::conf) user: Option<RunBy>,
    pub(in crate::conf) interval: Option<Span>,
    pub(in crate::conf) timeout: Option<Span>,
    pub(in crate::conf) rise: u32,
    pub(in crate::conf) fall: u32,
    pub(in crate::conf) weight: Weight,
    /// The brace that closes the block.
    pub(in crate::conf) end: Extent,
}

impl ScriptDraft {
    pub(in crate::conf) fn new(name: &str, at: Extent) -> ScriptDraft {
        ScriptDraft {
            name: name.into(),
            at,
            command: None,
            check: None,
            user: None,
            interval: None,
            timeout: None,
            rise: 1,
            fall: 1,
            weight: Weight::default(),
            end: at,
        }
    }
}
