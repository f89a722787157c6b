//! An instance that cannot take part: it sends nothing and ignores what it hears until no fault is left.

use super::event::Told;
use super::instance::Own;
use super::note::InstanceNote;
use super::reason::Why;
use super::state::Cx;

/// The state of one that cannot take part; the reasons are part of its standing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faulty;

impl Faulty {
    pub(super) fn enter(own: &mut Own, first: bool, why: Why, cx: &mut Cx<'_>) -> Faulty {
        cx.out.note(own.id, InstanceNote::Entered { state: Told::Fault, first });
        own.tell(Told::Fault, why, cx);
        Faulty
    }
}
