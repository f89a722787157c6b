use super::*;
use crate::conf::env::Pretend;
use crate::conf::keyword::Keyword;

/// What a test configuration says.
#[derive(Debug, Default)]
struct Notes {
    names: NameMap,
    said: Vec<String>,
}

static OUTER: Section<Notes> = Section::new("", &[OUTER_ROWS]);
static INNER: Section<Notes> = Section::new("block", &[INNER_ROWS]);
static OPTIONS: Section<Notes> = Section::new("an entry", &[OPTION_ROWS]);

const OUTER_ROWS: &[Keyword<Notes>] = &[
    Keyword::new(
        "block",
        "NAME { ... }",
        Read::Own(|notes: &mut Notes, r| {
            if r.reads_as(Process::Bfd) {
                return r.skip();
            }
            let Some(name) = r.block_name(&mut notes.names, Again::Refused) else { return r.skip() };
            notes.said.push(format!("block {}", name.value));
            r.block(&INNER, notes);
            assert_eq!(r.keyword(), "block", "the line at hand is another one");
            notes.said.push("end".into());
        }),
    ),
    Keyword::new("flag", "", Read::Flag(|notes: &mut Notes, _| notes.said.push("flag".into()))),
];

const INNER_ROWS: &[Keyword<Notes>] = &[
    Keyword::new(
        "number",
        "N",
        Read::Number(1, 9, |notes: &mut Notes, number, _| notes.said.push(number.to_string())),
    )
    .old_name(&["digit"]),
    Keyword::new(
        "switch",
        "[on|off]",
        Read::Switch(|notes: &mut Notes, on, _| notes.said.push(on.to_string())),
    ),
    Keyword::new(
        "list",
        "{ ... }",
        Read::Own(|notes: &mut Notes, r| {
            r.entries(|r| {
                notes.said.push(r.keyword().to_owned());
                r.options(&OPTIONS, notes, 1);
            });
        }),
    ),
];

const OPTION_ROWS: &[Keyword<Notes>] = &[
    Keyword::new(
        "size",
        "N",
        Read::Number(0, 99, |notes: &mut Notes, n, _| notes.said.push(format!("size {n}"))),
    )
    .optional(),
    Keyword::new("new", "", Read::Flag(|notes: &mut Notes, _| notes.said.push("new".into()))),
];

/// What is said, and the codes of the problems; those that follow from others are negative.
fn read_as(process: Process, text: &str) -> (Vec<String>, Vec<i32>) {
    let mut expanded = Expanded::default();
    expanded.add_file("f");
    for (number, line) in (1..).zip(text.lines()) {
        expanded.push_copy(line, crate::conf::source::FileId::default(), number);
    }
    let pieces = Pieces::of(expanded.text());
    let env = Pretend::default();
    let mut reader = Reader::new(&expanded, &pieces, &env, process);
    let mut notes = Notes::default();
    reader.everything(&OUTER, &mut notes);
    let code = |problem: &Diagnostic| i32::from(problem.code.number) * if problem.follows { -1 } else { 1 };
    (notes.said, reader.diagnostics.iter().map(code).collect())
}

fn said(text: &str) -> String {
    read_as(Process::Vrrp, text).0.join(" ")
}

fn codes(text: &str) -> Vec<i32> {
    read_as(Process::Vrrp, text).1
}

#[test]
fn lines_and_braces_may_stand_anywhere() {
    for text in [
        "block A {\n number 3\n list {\n x\n y\n }\n}\nflag",
        "block A { number 3\n list { x\n y } } flag",
        "block A\n{\nnumber 3\nlist\n\n{ x\ny\n}}\nflag",
        "block \"A\"{number 3\nlist{x\ny}}flag",
    ] {
        assert_eq!(said(text), "block A 3 x y end flag", "{text}");
        assert_eq!(codes(text), [0; 0], "{text}");
    }
}

#[test]
fn parameters_are_judged() {
    assert_eq!(codes("block A {\nnumber\n}"), [202]);
    assert_eq!(codes("block A {\nnumber x\nnumber 1x\nnumber 1.5\n}"), [203, 203, 203]);
    assert_eq!(codes("block A {\nnumber 0\nnumber 99999999999999999999\n}"), [204, 204]);
    assert_eq!(codes("block A {\nnumber 3 4\n}"), [207]);
    assert_eq!(codes("block A {\ndigit 3\n}"), [231]);
    assert_eq!(
        said("block A {\nswitch\nswitch off\nswitch yes\nswitch ON\n}"),
        "block A true false true end"
    );
    assert_eq!(codes("block A {\nswitch ON\n}"), [205]);
}

#[test]
fn options_follow_their_entry() {
    assert_eq!(said("block A { list { x size 3 new\ny new\n} }"), "block A x size 3 new y new end");
    assert_eq!(codes("block A { list { x y\nz size\nw size 3 4 } }"), [219, 223, 219]);
    assert_eq!(codes("block A { list z {\nx } }"), [211]);
}

#[test]
fn blocks_need_a_name_of_their_own() {
    assert_eq!(said("block A {\nnumber 1\n}\nblock A {\nnumber 2\nfoo {\n}\n}\nflag"), "block A 1 end flag");
    assert_eq!(codes("block A {\n}\nblock A {\nfoo {\n}\n}"), [213]);
    assert_eq!(codes("block A B {\nfoo\n}\nflag"), [212]);
    assert_eq!(codes("block {\nfoo\n}\nflag"), [202]);
}

#[test]
fn an_unknown_keyword_opens_no_block() {
    let text = "block A {\nfoo {\nnumber 1\nbar\n}\nnumber 2\n}\nflag";
    assert_eq!(said(text), "block A 1 end flag");
    assert_eq!(codes(text), [201, -124, -201, -201, -121]);
}

#[test]
fn what_follows_from_a_mistake_is_marked_until_the_braces_match_again() {
    let text = "foo {\nbar {\nx\n}\n}\nblock A {\nfoo\n}";
    assert_eq!(codes(text), [201, -124, -201, -124, -201, -121, -121, 201]);
}

#[test]
fn braces_too_many_and_too_few() {
    assert_eq!(codes("flag\n}\nflag"), [121, 121]);
    assert_eq!(codes("block A {{\nnumber 1\n}}"), [124, -121]);
    assert_eq!(codes("block A {\nnumber 1"), [122]);
    assert_eq!(codes("block A\nnumber 1\n}"), [123, -121]);
    assert_eq!(codes("{\n}"), [124, -121]);
    assert_eq!(codes("flag {\nnumber\n}"), [124, -201, -121]);
}

#[test]
fn a_list_reads_on_to_its_brace() {
    assert_eq!(said("block A {\nlist\nx\n}\nnumber 1\n}"), "block A x 1 end");
    assert_eq!(codes("block A {\nlist {\nx\ny {\nz\n}\nw\n}\n}"), [126, -201, -121]);
}

#[test]
fn blocks_of_others_are_passed_over_by_counting() {
    assert_eq!(read_as(Process::Bfd, "block A {\nfoo { }\n}\nflag"), (vec!["flag".into()], vec![]));
    let (said, codes) = read_as(Process::Bfd, "block A\nnumber 1\n}\nflag");
    assert_eq!((said.join(" "), codes), ("flag".into(), vec![-201, -121, -121]));
}

#[test]
fn an_open_quote_drops_the_rest_of_its_line() {
    assert_eq!(said("block A {\nnumber \"3\nnumber 4\n}"), "block A 4 end");
    assert_eq!(codes("block A {\nnumber \"3\n}"), [125, 202]);
}

#[test]
fn misspellings_are_recognised() {
    let mut expanded = Expanded::default();
    expanded.push_copy("block A { numbr 3 }", crate::conf::source::FileId::default(), 1);
    let pieces = Pieces::of(expanded.text());
    let env = Pretend::default();
    let mut reader = Reader::new(&expanded, &pieces, &env, Process::Vrrp);
    reader.everything(&OUTER, &mut Notes::default());
    let help = reader.diagnostics.iter().next().unwrap().help.clone();
    assert_eq!(help.as_deref(), Some("did you mean `number`?"));
}
