//! Checks that look at this host alone: `MISC_CHECK`, `FILE_CHECK` and `BFD_CHECK`.

use super::{Rows, Timings};
use crate::conf::diag::code::server as code;
use crate::conf::diag::code::track as track_code;
use crate::conf::diag::code::words as word_code;
use crate::conf::draft::{At, CheckDraft, FileCheckDraft, KindDraft, MiscDraft, ServerDraft};
use crate::conf::keyword::{Keyword, Section};
use crate::conf::keywords::{MOST_SIGNED, fit, flag, own, whole, whole_seconds};
use crate::conf::reader::Reader;

type Misc = CheckDraft<MiscDraft>;
type File = CheckDraft<FileCheckDraft>;
type Bfd = CheckDraft<Option<At<Box<str>>>>;

pub(in crate::conf::keywords) static MISC: Section<Misc> =
    Section::new("MISC_CHECK", &[MISC_ROWS, Timings::<Misc>::TIMES, Rows::<MiscDraft>::REPORT]).stored();
pub(in crate::conf::keywords) static FILE: Section<File> = Section::new("FILE_CHECK", &[FILE_ROWS]).stored();
pub(in crate::conf::keywords) static BFD: Section<Bfd> =
    Section::new("BFD_CHECK", &[BFD_ROWS, &[Timings::<Bfd>::ALPHA]]).stored();

/// The longest run of a command, in seconds.
const LONGEST_RUN: i64 = 4294;
/// The longest name of a BFD session, in octets.
pub(in crate::conf::keywords) const LONGEST_BFD_NAME: usize = 31;

const MISC_ROWS: &[Keyword<Misc>] = &[
    own("misc_path", "COMMAND", |d: &mut Misc, r: &mut Reader<'_>| {
        if r.count() > 1
            && let Some(mut command) = r.command()
        {
            super::super::script::ignore_user(&mut command, r);
            d.kind.command = Some(command);
        }
    })
    .since("0.6.6")
    .example("[misc_path /usr/bin/check_web]")
    .doc("", "The command. Exit status 0 is good, anything else is bad."),
    whole_seconds("misc_timeout", 0, LONGEST_RUN, |d: &mut Misc, n, _| d.kind.timeout = Some(whole(n)))
        .since("1.1.0")
        .example("misc_timeout 3")
        .doc("delay_loop", "How many seconds a run may take. Then it is ended and counts as bad."),
    flag("misc_dynamic", |d: &mut Misc, _| d.kind.dynamic = true)
        .since("1.1.8")
        .doc("off", "An exit status from 2 on is good, and sets the weight of the server to that minus 2."),
    own("user", "USER [[:]GROUP]", |d: &mut Misc, r: &mut Reader<'_>| {
        d.kind.user = r.run_by(1).or(d.kind.user.take());
    })
    .since("1.3.0")
    .example("user nobody")
    .optional()
    .doc("script_user of global_defs", "Who runs the command."),
];

const FILE_ROWS: &[Keyword<File>] = &[
    own("track_file", "NAME", |d: &mut File, r: &mut Reader<'_>| {
        let at = r.at(1);
        let Some(name) = r.required(1, "a track_file") else { return };
        if let Some(first) = &d.kind.name {
            let first = first.at;
            r.report(&word_code::GIVEN_TWICE, at, "the check has a file already; this one is ignored")
                .also(first, "the first one is here");
            return;
        }
        d.kind.name = Some(At::new(name.into(), at));
    }).since("2.1.0").example("[track_file drain]")
    .doc("", "The `track_file`, which has to be defined before."),
    own("weight", "NUMBER [reverse|noreverse]", |d: &mut File, r: &mut Reader<'_>| {
        let Some(weight) = r.number(1, -MOST_SIGNED, MOST_SIGNED) else { return r.use_all() };
        d.kind.weight = Some(fit(weight));
        d.kind.reverse = match r.arg(2) {
            None => None,
            Some("reverse") => Some(true),
            Some("noreverse") => Some(false),
            Some(word) => {
                let message = format!("`{word}` is no option of a weight");
                r.report(&word_code::UNKNOWN_OPTION, r.at(2), message).label("expected reverse or noreverse");
                None
            }
        };
    }).since("2.1.0").range("-2147483647 to 2147483647").example("weight 2")
    .optional()
    .doc(
        "as defined",
        "What the number in the file is multiplied with before it is added to the weight of the server. With 0 any other number \
         than 0 means that the server is down.",
    ),
];

const BFD_ROWS: &[Keyword<Bfd>] = &[own("name", "NAME", |d: &mut Bfd, r: &mut Reader<'_>| {
    let at = r.at(1);
    let Some(name) = r.required(1, "a bfd_instance") else { return };
    if name.len() > LONGEST_BFD_NAME {
        let message = format!("the name of a BFD session has at most {LONGEST_BFD_NAME} octets");
        r.report(&track_code::BFD_NAME, at, message);
    } else if let Some(first) = &d.kind {
        let first = first.at;
        r.report(&word_code::GIVEN_TWICE, at, "the check has a session already; this one is ignored")
            .also(first, "the first one is here");
    } else {
        d.kind = Some(At::new(name.into(), at));
    }
})
.since("2.0.0")
.range("1 to 31 octets")
.example("[name router]")
.optional()
.doc("", "The `bfd_instance`.")];

/// Reads a `MISC_CHECK`.
pub(in crate::conf::keywords) fn command(d: &mut ServerDraft, r: &mut Reader<'_>) {
    let check = super::block(d, MiscDraft::default(), &MISC, r);
    if check.kind.command.is_none() {
        r.report(&code::NO_COMMAND, check.at, "this `MISC_CHECK` has no `misc_path`; it is ignored")
            .also(check.end, "the block ends here");
        return;
    }
    d.add(check.map(|misc| KindDraft::Misc(Box::new(misc))));
}

/// Reads a `FILE_CHECK`.
pub(in crate::conf::keywords) fn file(d: &mut ServerDraft, r: &mut Reader<'_>) {
    super::read(d, FileCheckDraft::default(), &FILE, KindDraft::File, r);
}

/// Reads a `BFD_CHECK`.
pub(in crate::conf::keywords) fn bfd(d: &mut ServerDraft, r: &mut Reader<'_>) {
    super::read(d, None, &BFD, KindDraft::Bfd, r);
}
