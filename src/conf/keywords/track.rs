//! Entries of `track_interface`, `track_script`, `track_file`, `track_process` and `track_bfd`.

use super::{flag, own};
use crate::base::id::IfName;
use crate::conf::diag::code::words as code;
use crate::conf::draft::TrackDraft;
use crate::conf::keyword::{Keyword, Meta, Section};
use crate::conf::model::Weight;
use crate::conf::reader::Reader;

type Row = Keyword<TrackDraft>;

pub(super) static INTERFACE: Section<TrackDraft> = Section::new("track_interface", &[&[WEIGHT, REVERSE]])
    .positional(&[Meta::word("IF", "", "The interface.").since("1.0.1").example("[eth1]")]);
pub(super) static SCRIPT: Section<TrackDraft> = Section::new(
    "track_script",
    &[&[WEIGHT, REVERSE, NOREVERSE]],
)
.positional(&[Meta::word("NAME", "", "The `vrrp_script`.").since("1.1.13").example("[check]")]);
pub(super) static FILE: Section<TrackDraft> = Section::new(
    "track_file (list)",
    &[&[WIDE_WEIGHT, REVERSE, NOREVERSE]],
)
.positional(&[Meta::word("NAME", "", "The `track_file`.").since("2.0.0").example("[drain]")]);
pub(super) static PROCESS: Section<TrackDraft> = Section::new(
    "track_process",
    &[&[WIDE_WEIGHT, REVERSE, NOREVERSE]],
)
.positional(&[Meta::word("NAME", "", "The `vrrp_track_process`.").since("2.0.11").example("[haproxy]")]);
pub(super) static BFD: Section<TrackDraft> = Section::new("track_bfd", &[&[WEIGHT, REVERSE, NOREVERSE]])
    .positional(&[Meta::word("NAME", "", "The `bfd_instance`.").since("2.0.0").example("[router]")]);

const WEIGHT: Row = own("weight", "-253..253", |entry: &mut TrackDraft, r: &mut Reader<'_>| {
    entry.weight = number(r, 253).or(entry.weight);
}).since("1.1.13").example("weight -20")
.optional()
.doc(
    "as defined",
    "Added to the priority while all is well if positive, while it is not if negative. With 0 trouble means FAULT.",
);

const WIDE_WEIGHT: Row = own("weight", "-254..254", |entry: &mut TrackDraft, r: &mut Reader<'_>| {
    entry.weight = number(r, 254).or(entry.weight);
}).since("1.1.13").example("weight -20")
.optional()
.doc(
    "as defined",
    "Added to the priority while all is well if positive, while it is not if negative; for a file, times the number in it. \
     With 0 trouble means FAULT.",
);

const REVERSE: Row = flag("reverse", |entry: &mut TrackDraft, _| entry.reverse = Some(true))
    .since("2.0.18")
    .doc("", "Swaps well and not well.");

const NOREVERSE: Row = flag("noreverse", |entry: &mut TrackDraft, _| entry.reverse = Some(false))
    .since("2.0.18")
    .doc("", "Takes back the `reverse` of the definition.");

/// Reads a list of things that are tracked.
pub(super) fn list(entries: &mut Vec<TrackDraft>, section: &'static Section<TrackDraft>, r: &mut Reader<'_>) {
    r.entries(|r| {
        let name = r.keyword();
        let mut entry = TrackDraft { name: name.into(), at: r.at(0), weight: None, reverse: None };
        let all_known = r.options(section, &mut entry, 1);
        if let Some(first) = entries.iter().find(|other| *other.name == *name) {
            let first = first.at;
            let message = format!("`{name}` is tracked already");
            r.report(&code::DUPLICATE_ENTRY, r.at(0), message).label("ignored").also(first, "first here");
        } else if all_known {
            entries.push(entry);
        }
    });
}

/// Reads a list of interfaces that are tracked.
pub(super) fn interfaces(entries: &mut Vec<TrackDraft>, r: &mut Reader<'_>) {
    list(entries, &INTERFACE, r);
    entries.retain(|entry| {
        let fine = IfName::new(&entry.name).is_some();
        if !fine {
            let message = format!("`{}` cannot be the name of an interface", entry.name);
            r.report(&code::BAD_INTERFACE_NAME, entry.at, message);
        }
        fine
    });
}

/// The number behind `weight`: from -`most` to `most`.
fn number(r: &mut Reader<'_>, most: i64) -> Option<i16> {
    r.number(1, -most, most).and_then(|weight| i16::try_from(weight).ok())
}

/// As [`definition`], where the first weight counts that is not the default.
pub(super) fn first_definition(weight: &mut Weight, default: i16, most: i64, r: &mut Reader<'_>) {
    let mut later = *weight;
    definition(&mut later, most, r);
    if weight.value == default {
        *weight = later;
        return;
    }
    let message = format!("the weight is {} already; this one is ignored", weight.value);
    r.report(&code::GIVEN_TWICE, r.line(), message);
}

/// `weight NUMBER [reverse]` of a definition: from -`most` to `most`.
pub(super) fn definition(weight: &mut Weight, most: i64, r: &mut Reader<'_>) {
    let Some(value) = number(r, most) else { return };
    weight.value = value;
    weight.reverse = match r.arg(2) {
        None => false,
        Some("reverse") => true,
        Some(word) => {
            let message = format!("`{word}` is no option of a weight");
            r.report(&code::UNKNOWN_OPTION, r.at(2), message).label("expected `reverse`");
            false
        }
    };
}
