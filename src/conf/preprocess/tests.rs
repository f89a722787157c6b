use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::conf::env::Pretend;
use crate::conf::expanded::Extent;
use crate::conf::source::{LoadError, Loader, Memory, index_of};

fn read_files(files: &Memory) -> Read {
    read(files, Path::new("/c/main.conf"), &Pretend::default())
}

fn read_text(text: &str) -> Read {
    read_files(&Memory::of("/c/main.conf", text))
}

/// The lines that are left, without empty ones and without blanks around them.
fn lines(text: &str) -> Vec<String> {
    let read = read_text(text);
    read.expanded.text().lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The numbers of the codes that are reported.
fn codes(read: &Read) -> Vec<u16> {
    read.diagnostics.iter().map(|problem| problem.code.number).collect()
}

/// Where `part` of the expanded text was written: line and columns.
fn written(read: &Read, part: &str) -> (u32, std::ops::Range<u32>) {
    let at = position(read.expanded.text().find(part).unwrap());
    let place = read.expanded.locate(Extent::new(at, at + position(part.len())));
    (place.line, place.columns)
}

#[test]
fn ordinary_text_is_copied_line_by_line() {
    let text = "vrrp_instance A {\n\tinterface eth0 # comment\n\n  }\n";
    let read = read_text(text);
    assert_eq!(read.expanded.text(), "vrrp_instance A {\n\tinterface eth0\n\n  }\n\n");
    assert_eq!(written(&read, "eth0"), (2, 11..15));
}

#[test]
fn windows_line_ends_and_a_missing_last_newline_do_no_harm() {
    assert_eq!(lines("a b\r\nc\r\n\r\nd"), ["a b", "c", "d"]);
}

#[test]
fn a_backslash_outside_a_definition_joins_nothing() {
    assert_eq!(lines("priority \\\n  100 \\ # no\n {  \\\nx"), ["priority\\", "100\\", "{\\", "x"]);
    assert_eq!(codes(&read_text("a \\\nb")), [118]);
    assert_eq!(lines("a # comment \\\nb"), ["a", "b"]);
}

#[test]
fn conditions_keep_or_drop_their_line() {
    assert_eq!(lines("@host a\n @host\tb\n@other c\n@^other d\n@^host e\n@host\n@\nf"), ["a", "b", "d", "f"]);
    assert_eq!(lines("@other a \\\n b\nc"), ["b", "c"]);
    let read = read_text("@host interface eth0");
    assert_eq!(written(&read, "eth0"), (1, 16..20));
}

#[test]
fn definitions_are_replaced_where_they_are_used() {
    assert_eq!(lines("$A=eth0 # no\ninterface $A"), ["interface eth0"]);
    assert_eq!(lines("$A=$B\n$B=1\nx ${A}2 $A, $A) $A"), ["x 12 1, 1) 1"]);
    assert_eq!(lines("$A=1\n$A=2\nx $A"), ["x 2"]);
    assert_eq!(lines("$A=1\nx $A/24 \"$A\" $B ${B}"), ["x $A/24 \"$A\" $B ${B}"]);
    assert_eq!(lines("$A=\n$A x"), ["x"]);
    let read = read_text("$V=value\nx ${V} y");
    assert_eq!(written(&read, "value"), (2, 2..6));
    assert_eq!(written(&read, "y"), (2, 7..8));
}

#[test]
fn unknown_names_stay_and_are_named() {
    let read = read_text("auth_pass pa$$word\nx $NONE\n");
    assert_eq!(codes(&read), [113, 113]);
    assert!(read.diagnostics.iter().all(|problem| problem.severity == Severity::Note));
}

#[test]
fn definitions_of_several_lines_stand_for_lines() {
    let text = "$B= \\\n  a $P \\\n@other b \\\n  d { \\\n} # c \\\n$P=7\n x\n$B\ny $B z\ne $B # f";
    assert_eq!(lines(text), ["x", "a 7", "d {", "}", "y $B z", "e   a 7", "d {", "}"]);
    let read = read_text(text);
    assert_eq!(written(&read, "d {"), (8, 0..2));
    let at = position(read.expanded.text().find("d {").unwrap());
    assert_eq!(read.expanded.definition(Extent::new(at, at + 1)).map(|found| found.1), Some(4));
    assert_eq!(codes(&read), [114]);
    assert_eq!(lines("$B=a \\\n # c \\\n d\n$B"), ["d", "a"]);
    assert_eq!(lines("$B=a b \\\n c \n$B"), ["a b", "c"]);
}

#[test]
fn definitions_inside_definitions_work_line_by_line() {
    let text = "$RS= \\\n  server $IP $PORT\n$VS= \\\n a \\\n  $IP=10.0.0.1 \\\n  ~SEQ(PORT,2) $RS\n$VS";
    assert_eq!(lines(text), ["a", "server 10.0.0.1 1", "server 10.0.0.1 2"]);
    assert_eq!(lines("$B= \\\n $A=1 \\\n $A=2 \\\n a $A\n$B"), ["$A=1", "a 2"]);
}

#[test]
fn definitions_that_refer_to_themselves_end() {
    assert_eq!(codes(&read_text("$A=$B\n$B=$A\nx $A")), [111]);
    assert_eq!(codes(&read_text("$A=x${A}\ny $A")), [111]);
    assert_eq!(codes(&read_text("$A= \\\n b \\\n $A\n$A")), [111]);
}

#[test]
fn sequences_repeat_their_line() {
    assert_eq!(lines("~SEQ(x,2) a $x"), ["a 1", "a 2"]);
    assert_eq!(lines("~SEQ(x,2) ~SEQ(y,2) ${x}.${y}"), ["1.1", "1.2", "2.1", "2.2"]);
    assert_eq!(lines("~LST({a,b},{1,2},{3}) ${a}-${b}."), ["1-2.", "3-."]);
    assert_eq!(lines("a ~SEQ(x,2) b"), ["a ~SEQ(x,2) b"]);
    assert_eq!(lines("~SEQ(x,2) a\nb $x"), ["a", "a", "b 2"]);
    assert_eq!(lines("~SEQ(x,0) a$x ${x}"), ["a1 1", "a0 0"]);
    assert_eq!(codes(&read_text("~SEQ(x,) a\nb")), [112]);
}

#[test]
fn names_of_its_own() {
    assert_eq!(lines("${_INSTANCE} $_PWD"), ["host /c"]);
    assert_eq!(lines("\"a${_HASH}b${_BANG}\"\nKA${_HASH}X"), ["\"a#b!\"", "KA"]);
    let mut env = Pretend::default();
    env.variables.insert("V".into(), "7".into());
    let files = Memory::of("/c/main.conf", "a ${_ENV V} b\n${_RANDOM 3 3} ${_RANDOM}\n${_RANDOM 5 3}");
    let read = read(&files, Path::new("/c/main.conf"), &env);
    let lines: Vec<&str> = read.expanded.text().lines().collect();
    assert_eq!(lines[0], "a 7 b");
    let random: u32 = lines[1].strip_prefix("3 ").unwrap().parse().unwrap();
    assert!(random < 32_768);
    assert_eq!(codes(&read), [116]);
}

#[test]
fn includes_are_read_in_place() {
    let files = Memory::of("/c/main.conf", "a\ninclude d/*.conf\n@host include {x,y}.conf\nb")
        .with("/c/d/2.conf", "two\ninclude ../x.conf")
        .with("/c/d/1.conf", "one")
        .with("/c/d/../x.conf", "relative")
        .with("/c/x.conf", "x\n")
        .with("/c/d/.hidden.conf", "hidden");
    let read = read_files(&files);
    let lines: Vec<&str> = read.expanded.text().lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, ["a", "one", "two", "relative", "x", "b"]);
    let at = position(read.expanded.text().find("two").unwrap());
    let place = read.expanded.locate(Extent::new(at, at + 3));
    assert_eq!((read.sources.name(place.file), place.line), ("/c/d/2.conf", 1));
    assert_eq!(codes(&read), [102]);
}

#[test]
fn missing_includes_matter_as_much_as_their_keyword_says() {
    let class = |text: &str| read_text(text).diagnostics.exit_class().status();
    assert_eq!(class("include none.conf"), 0);
    assert_eq!(class("includer none.conf"), 0);
    assert_eq!(class("includem none.conf"), 4);
    assert_eq!(class("includew *.none"), 4);
    assert_eq!(class("includem *.none"), 0);
    assert_eq!(class("include_check match\ninclude none.conf"), 4);
    assert_eq!(class("include_check +match -match\ninclude none.conf"), 0);
    assert_eq!(class("include"), 0);
    assert_eq!(codes(&read_text("include \"a b.conf\"")), [102]);
}

#[test]
fn every_kind_of_include_asks_for_what_it_is_named_after() {
    let files =
        |line: &str| Memory::of("/c/main.conf", line).with("/c/d/directory.conf", "").with("/c/a.conf", "x");
    let status = |line: &str| {
        let read = read(&Odd(files(line)), Path::new("/c/main.conf"), &Pretend::default());
        read.diagnostics.exit_class().status()
    };
    for (keyword, expected) in [
        // That a file can be read, a name is found, a pattern finds something, every alternative does.
        ("include", [0, 0, 0, 0]),
        ("includer", [4, 0, 0, 0]),
        ("includem", [4, 4, 0, 0]),
        ("includew", [4, 4, 4, 0]),
        ("includeb", [4, 0, 0, 4]),
        ("includea", [4, 4, 4, 4]),
    ] {
        let tried = ["d/directory.conf", "none.conf", "none*.conf", "{a,b}.conf"];
        let found = tried.map(|pattern| status(&format!("{keyword} {pattern}")));
        assert_eq!(found, expected, "{keyword}");
    }
}

#[test]
fn what_a_file_asks_of_its_includes_ends_with_it() {
    let strict = Memory::of("/c/main.conf", "include a.conf\ninclude none.conf")
        .with("/c/a.conf", "include_check match");
    assert_eq!(read_files(&strict).diagnostics.exit_class().status(), 0);
    let inherited = Memory::of("/c/main.conf", "include_check match\ninclude a.conf")
        .with("/c/a.conf", "include none.conf");
    assert_eq!(read_files(&inherited).diagnostics.exit_class().status(), 4);
}

#[test]
fn a_file_that_includes_itself_is_refused() {
    let read = read_text("a\ninclude main.conf\nb");
    assert_eq!(codes(&read), [105]);
}

/// Files of which some are no ordinary ones.
struct Odd(Memory);

impl Loader for Odd {
    fn read(&self, path: &Path) -> Result<Vec<u8>, LoadError> {
        match path.to_str() {
            Some("/c/d/directory.conf") => Err(LoadError::Directory),
            Some("/c/d/program.conf") => Err(LoadError::NotPlain),
            _ => self.0.read(path),
        }
    }

    fn matches(&self, pattern: &str) -> Vec<PathBuf> {
        self.0.matches(pattern)
    }
}

#[test]
fn directories_and_programs_are_not_included() {
    let files = Memory::of("/c/main.conf", "include d/*.conf\nx")
        .with("/c/d/directory.conf", "")
        .with("/c/d/plain.conf", "plain")
        .with("/c/d/program.conf", "");
    let read = read(&Odd(files), Path::new("/c/main.conf"), &Pretend::default());
    let lines: Vec<&str> = read.expanded.text().lines().filter(|line| !line.is_empty()).collect();
    assert_eq!((lines, codes(&read)), (vec!["plain", "x"], vec![103, 103]));
}

#[test]
fn octets_that_are_not_utf_8_are_named_where_they_mean_something() {
    let read = read_files(&Memory::of("/c/main.conf", *b"# Gr\xfc\xdfe\nname M\xfcnchen # \xe4\n"));
    assert_eq!(codes(&read), [108]);
    assert_eq!(read.expanded.text().lines().nth(1), Some("name M\u{fffd}nchen"));
}

#[test]
fn a_condition_without_text_is_named() {
    assert_eq!(codes(&read_text("@host\n@^other \n@host a\n")), [117, 117]);
}

#[test]
fn a_missing_main_file_is_fatal_but_a_test_of_it_is_not_always() {
    let mut env = Pretend::default();
    let missing = |env: &Pretend| read(&Memory::default(), Path::new("/none"), env).diagnostics;
    assert_eq!(missing(&env).worst(), Some(Severity::Fatal));
    assert_eq!(missing(&env).iter().map(|problem| problem.code.number).collect::<Vec<_>>(), [101]);
    assert_eq!(missing(&env).exit_class().status(), 0);
    env.all_config = true;
    assert_eq!(missing(&env).exit_class().status(), 4);
}

#[test]
fn long_lines_and_octets_that_are_no_text_are_dropped() {
    let long = format!("a\n{}\nb\n", "x ".repeat(600));
    assert_eq!(lines(&long), ["a", "b"]);
    assert_eq!(codes(&read_text(&long)), [106]);
    assert_eq!(codes(&read_text("a\nb\0c\n")), [107]);
    let comment = format!("a\n# {}\nb\n", "x".repeat(2000));
    assert_eq!(codes(&read_text(&comment)), [106]);
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let read = read_text("\u{feff}! comment\na");
    assert_eq!(codes(&read), [109]);
    assert_eq!(read.expanded.text(), "\na\n");
}

#[test]
fn what_would_never_end_is_stopped() {
    let read = read_text("~SEQ(x,1,2000000000) a $x");
    assert_eq!(codes(&read), [110]);
    let mut text = String::from("$A0=xxxxxxxxxx\n");
    for level in 1..40 {
        text.push_str(&format!("$A{level}=${{A{0}}}${{A{0}}}\n", level - 1));
    }
    text.push_str("a ${A39}\nb");
    assert_eq!(codes(&read_text(&text)), [106]);
}

proptest! {
    #[test]
    fn any_octets_end_in_text_with_places(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        let read = read_files(&Memory::of("/c/main.conf", octets));
        let end = position(read.expanded.text().len());
        for lo in 0..=end {
            let place = read.expanded.locate(Extent::new(lo, end));
            prop_assert!(place.columns.start <= place.columns.end);
        }
    }

    #[test]
    fn anything_made_of_signs_survives_storing(text in "[ab {}\"$@~()=,\\\\#!\n]{0,200}") {
        let read = read_text(&text);
        let stored = read.expanded.to_text();
        let again = Expanded::from_text(&stored).unwrap();
        prop_assert_eq!(again.text(), read.expanded.text());
        for lo in 0..index_of(position(again.text().len())) {
            let extent = Extent::new(position(lo), position(lo + 1));
            prop_assert_eq!(again.locate(extent), read.expanded.locate(extent));
        }
    }
}
