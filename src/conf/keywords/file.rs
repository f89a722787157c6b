//! `track_file`.

use super::own;
use crate::conf::diag::code::track as code;
use crate::conf::diag::code::words as word_code;
use crate::conf::draft::{At, FileDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::model::track::InitFile;
use crate::conf::reader::Reader;

pub(super) static FILE: Section<FileDraft> = Section::new("track_file", &[ROWS]);

/// What a file can usefully hold: with a weight of 1 anything beyond changes nothing.
const SENSIBLE: std::ops::RangeInclusive<i64> = -254..=254;

const ROWS: &[Keyword<FileDraft>] = &[
    own("file", "PATH", |d: &mut FileDraft, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(path) = r.required(1, "a path") else { return };
        if let Some(first) = &d.path {
            let first = first.at;
            let message = format!("{} has a file already; this one is ignored", d.name);
            r.report(&word_code::GIVEN_TWICE, at, message).also(first, "the first one is here");
            return;
        }
        d.path = Some(At::new(path.into(), at));
    }).since("2.1.0").example("file /run/keepalived/drain")
    .optional()
    .doc("", "The file. Its directory has to exist. A file that is missing, or that does not start with a number, counts as 0."),
    own("weight", "-254..254 [reverse]", |d: &mut FileDraft, r: &mut Reader<'_>| {
        super::track::first_definition(&mut d.weight, 1, 254, r);
    }).since("2.1.0").example("weight 2")
    .optional()
    .doc(
        "1",
        "What the number in the file is multiplied with before it is added to the priority. With 0 any other number than 0 puts \
         instances into FAULT.",
    ),
    own("init_file", "[NUMBER] [overwrite]", init_file).since("2.1.0").range("-2147483648 to 2147483647").example("init_file 0 overwrite")
        .doc("", "Makes the file at the start, with 0 or the number in it; with `overwrite` also if it is there already."),
];

fn init_file(d: &mut FileDraft, r: &mut Reader<'_>) {
    let mut init = InitFile { value: 0, overwrite: false };
    let mut index = 1;
    if r.peek_arg(1)
        .is_some_and(|word| word.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first)))
    {
        let Some(number) = r.number(1, i64::from(i32::MIN), i64::from(i32::MAX)) else { return r.use_all() };
        if !SENSIBLE.contains(&number) {
            let message = format!("{number} is more than any priority can change by");
            r.report(&code::INIT_VALUE, r.at(1), message).label("expected a number from -254 to 254");
        }
        init.value = super::fit(number);
        index = 2;
    }
    match r.arg(index) {
        None => {}
        Some("overwrite") => init.overwrite = true,
        Some(word) => {
            let message = format!("`{word}` is no option of `init_file`");
            r.report(&word_code::UNKNOWN_OPTION, r.at(index), message)
                .label("expected a number or overwrite");
        }
    }
    d.init = Some(init);
}
