//! Entries of `track_interface` and `track_script`.

use super::{flag, own};
use crate::base::id::IfName;
use crate::conf::diag::code::words as code;
use crate::conf::draft::TrackDraft;
use crate::conf::keyword::{Keyword, Section};
use crate::conf::reader::Reader;

/// An entry whose options are being read.
pub(super) struct Entry {
    track: TrackDraft,
    most: i64,
}

pub(super) static INTERFACE: Section<Entry> = Section::new("track_interface", &[WEIGHT, REVERSE]);
pub(super) static SCRIPT: Section<Entry> = Section::new("track_script", &[WEIGHT, REVERSE, NOREVERSE]);

const WEIGHT: Keyword<Entry> = own("weight", "-253..253", |entry: &mut Entry, r: &mut Reader<'_>| {
    let most = entry.most;
    if let Some(weight) = weight(r, 1, most) {
        entry.track.weight = Some(weight);
    }
})
.optional()
.doc(
    "as defined",
    "Added to the priority while all is well if positive, while it is not if negative. With 0 trouble means FAULT.",
);

const REVERSE: Keyword<Entry> = flag("reverse", |entry: &mut Entry, _| entry.track.reverse = Some(true))
    .doc("", "Swaps well and not well.");

const NOREVERSE: Keyword<Entry> = flag("noreverse", |entry: &mut Entry, _| entry.track.reverse = Some(false))
    .doc("", "Takes back the `reverse` of the definition.");

/// Reads a list of things that are tracked. `most` is the largest weight.
pub(super) fn list(
    entries: &mut Vec<TrackDraft>,
    section: &'static Section<Entry>,
    most: i64,
    r: &mut Reader<'_>,
) {
    r.entries(|r| {
        let name = r.keyword();
        let track = TrackDraft { name: name.into(), at: r.at(0), weight: None, reverse: None };
        let mut entry = Entry { track, most };
        let all_known = r.options(section, &mut entry, 1);
        if let Some(first) = entries.iter().find(|other| *other.name == *name) {
            let first = first.at;
            let message = format!("`{name}` is tracked already");
            r.report(&code::DUPLICATE_ENTRY, r.at(0), message).label("ignored").also(first, "first here");
        } else if all_known {
            entries.push(entry.track);
        }
    });
}

/// Reads a list of interfaces that are tracked.
pub(super) fn interfaces(entries: &mut Vec<TrackDraft>, r: &mut Reader<'_>) {
    list(entries, &INTERFACE, 253, r);
    entries.retain(|entry| {
        let fine = IfName::new(&entry.name).is_some();
        if !fine {
            let message = format!("`{}` cannot be the name of an interface", entry.name);
            r.report(&code::BAD_INTERFACE_NAME, entry.at, message);
        }
        fine
    });
}

/// The weight at `index`: from -`most` to `most`.
pub(super) fn weight(r: &mut Reader<'_>, index: usize, most: i64) -> Option<i16> {
    r.number(index, -most, most).and_then(|weight| i16::try_from(weight).ok())
}
