//! The rules, each a function from a source file to what is wrong with it.

use std::fmt;

use crate::imports::{Import, imports as paths};
use crate::source::{Source, Token};

/// A broken rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.what)
    }
}

/// One row of the table of imports.
struct Layer {
    /// The module.
    name: &'static str,
    /// The modules of this crate that it may name.
    modules: &'static [&'static str],
    /// The crates that it may name.
    crates: Crates,
    /// Whether it is free of effects: no files, sockets, processes, threads and clocks.
    pure: bool,
}

enum Crates {
    Only(&'static [&'static str]),
    Any,
}

const ENCODING: Crates = Crates::Only(&["pnet", "pnet_macros", "pnet_macros_support", "md5", "hmac", "sha2"]);
const READING: Crates = Crates::Only(&["nom", "annotate_snippets", "glob", "zeroize"]);
const SECRETS: Crates = Crates::Only(&["zeroize"]);
const LOGGING: Crates = Crates::Only(&["tracing", "tracing_subscriber"]);
const NONE: Crates = Crates::Only(&[]);

/// Who may import whom. A module may always name itself.
const LAYERS: &[Layer] = &[
    Layer { name: "base", modules: &[], crates: NONE, pure: true },
    Layer { name: "wire", modules: &["base"], crates: ENCODING, pure: true },
    Layer { name: "conf::model", modules: &["base"], crates: SECRETS, pure: true },
    Layer { name: "conf", modules: &["base", "conf::model", "conf::source"], crates: READING, pure: true },
    Layer {
        name: "conf::source",
        modules: &["base", "conf", "conf::model"],
        crates: Crates::Only(&["glob", "nix", "zeroize"]),
        pure: false,
    },
    Layer { name: "probe", modules: &["base", "wire", "conf::model"], crates: NONE, pure: true },
    Layer { name: "track", modules: &["base", "wire", "conf::model", "probe"], crates: NONE, pure: true },
    Layer {
        name: "vrrp",
        modules: &["base", "wire", "conf::model", "probe", "track"],
        crates: NONE,
        pure: true,
    },
    Layer {
        name: "check",
        modules: &["base", "wire", "conf::model", "probe", "track"],
        crates: NONE,
        pure: true,
    },
    Layer {
        name: "bfd",
        modules: &["base", "wire", "conf::model", "probe", "track"],
        crates: NONE,
        pure: true,
    },
    Layer {
        name: "report",
        modules: &["base", "wire", "conf::model", "probe", "track", "vrrp", "check", "bfd"],
        crates: LOGGING,
        pure: false,
    },
    Layer {
        name: "sys",
        modules: &["base", "conf::model", "probe", "track", "vrrp", "check", "bfd"],
        crates: Crates::Any,
        pure: false,
    },
    Layer { name: "genhash", modules: &["base", "wire", "probe"], crates: NONE, pure: false },
    Layer {
        name: "daemon",
        modules: &[
            "base",
            "wire",
            "conf",
            "conf::model",
            "conf::source",
            "probe",
            "track",
            "vrrp",
            "check",
            "bfd",
            "report",
            "sys",
        ],
        crates: Crates::Any,
        pure: false,
    },
    Layer {
        name: "cli",
        modules: &[
            "base",
            "wire",
            "conf",
            "conf::model",
            "conf::source",
            "probe",
            "track",
            "vrrp",
            "check",
            "bfd",
            "report",
            "sys",
            "genhash",
            "daemon",
        ],
        crates: Crates::Any,
        pure: false,
    },
    Layer {
        name: "bin",
        modules: &[
            "base",
            "wire",
            "conf",
            "conf::model",
            "conf::source",
            "probe",
            "track",
            "vrrp",
            "check",
            "bfd",
            "report",
            "sys",
            "genhash",
            "daemon",
            "cli",
        ],
        crates: Crates::Any,
        pure: false,
    },
];

/// What a pure layer may not name, and the one file that may all the same.
const EFFECTS: &[(&str, Option<&str>)] = &[
    ("std::fs", None),
    ("std::process", None),
    ("std::thread", None),
    ("std::os::unix::net", None),
    ("std::net::TcpListener", None),
    ("std::net::TcpStream", None),
    ("std::net::UdpSocket", None),
    ("std::net::*", None),
    ("std::time::Instant", None),
    ("std::time::SystemTime", None),
    ("std::time::*", None),
    ("SystemTime::now", None),
    ("Instant::now", None),
];

/// Non-test lines that a file may have.
const LONGEST: usize = 500;

/// The files of the state machine, in which every state and event is named.
pub(crate) const STATE_FILES: &[&str] = &[
    "vrrp/backup.rs",
    "vrrp/fault.rs",
    "vrrp/group.rs",
    "vrrp/init.rs",
    "vrrp/instance.rs",
    "vrrp/master.rs",
    "vrrp/router/settle.rs",
    "vrrp/state.rs",
];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "mod", "util", "utils"];

/// The row of the table for the module at `path`, which begins at the root of the crate.
fn layer(path: &[String]) -> Option<&'static Layer> {
    let two = path.get(..2).map(|two| two.join("::"));
    let named = |name: &str| LAYERS.iter().find(|layer| layer.name == name);
    two.as_deref().and_then(named).or_else(|| path.first().and_then(|one| named(one)))
}

/// Imports that go up the table, crates that the layer may not know, and effects in a pure layer.
pub(crate) fn imports(source: &Source, dependencies: &[String]) -> Vec<Violation> {
    let module = source.module();
    if module.is_empty() {
        return Vec::new();
    }
    let violation = |line, what| Violation { file: source.name().to_owned(), line, what };
    let Some(own) = layer(&module) else {
        return vec![violation(1, format!("module {} has no row in the table of imports", module[0]))];
    };
    let wrong = |import: &Import| wrong_import(own, import, source.name(), dependencies);
    paths(source).iter().filter_map(|import| Some(violation(import.line, wrong(import)?))).collect()
}

fn wrong_import(own: &Layer, import: &Import, file: &str, dependencies: &[String]) -> Option<String> {
    let path = &import.path;
    let written = path.join("::");
    let first = path.first()?;
    if first == "crate" {
        let Some(other) = layer(&path[1..]) else {
            return Some(format!("{written} has no row in the table of imports"));
        };
        let allowed = other.name == own.name || own.modules.contains(&other.name);
        return (!allowed).then(|| format!("{} may not import {written}", own.name));
    }
    if dependencies.contains(first) {
        let allowed = match own.crates {
            Crates::Any => true,
            Crates::Only(crates) => crates.contains(&first.as_str()),
        };
        return (!allowed).then(|| format!("{} may not use the crate {first}: {written}", own.name));
    }
    let effect = EFFECTS.iter().find(|(effect, exempt)| {
        let within = written == *effect || written.starts_with(&format!("{effect}::"));
        within && *exempt != Some(file)
    });
    (own.pure && effect.is_some()).then(|| format!("{} may have no effects: {written}", own.name))
}

/// A file that is too long.
pub(crate) fn length(source: &Source) -> Vec<Violation> {
    let lines = source.lines();
    let what = format!("{lines} lines without tests, {LONGEST} are the most: is it still one idea?");
    let file = source.name().to_owned();
    if lines > LONGEST { vec![Violation { file, line: lines, what }] } else { Vec::new() }
}

/// `unsafe` outside `sys`, and a top module outside `sys` that does not forbid it.
pub(crate) fn unsafe_code(source: &Source) -> Vec<Violation> {
    let module = source.module();
    let in_sys = module.first().is_some_and(|first| first == "sys");
    if in_sys {
        return Vec::new();
    }
    let violation =
        |line, what: &str| Violation { file: source.name().to_owned(), line, what: what.to_owned() };
    let words = source.tokens().iter().filter(|token| token.word() == Some("unsafe"));
    let mut found: Vec<Violation> =
        words.map(|token| violation(token.line, "unsafe code outside sys")).collect();
    let level = inner_unsafe_level(source.tokens());
    let wanted: &[&str] = match module.len() {
        0 => &["deny", "forbid"],
        1 => &["forbid"],
        _ => return found,
    };
    if !level.is_some_and(|level| wanted.contains(&level)) {
        found.push(violation(1, &format!("#![{}(unsafe_code)] is missing", wanted[0])));
    }
    found
}

/// The level in `#![level(unsafe_code)]`.
fn inner_unsafe_level(tokens: &[Token]) -> Option<&str> {
    tokens.windows(8).find_map(|window| {
        let [hash, bang, open, level, paren, lint, ..] = window else { return None };
        let shape = hash.is("#") && bang.is("!") && open.is("[") && paren.is("(");
        (shape && lint.word() == Some("unsafe_code")).then(|| level.word()).flatten()
    })
}

/// A wildcard arm in a file of the state machine: a new state or event must be thought of there.
pub(crate) fn wildcards(source: &Source) -> Vec<Violation> {
    if !STATE_FILES.contains(&source.name()) {
        return Vec::new();
    }
    let arms = source.tokens().windows(2).filter(|pair| pair[0].word() == Some("_") && pair[1].is("=>"));
    arms.map(|pair| Violation {
        file: source.name().to_owned(),
        line: pair[0].line,
        what: "`_ =>` in a state file: name the variants".to_owned(),
    })
    .collect()
}

/// A file whose name does not say what is inside.
pub(crate) fn names(source: &Source) -> Vec<Violation> {
    let module = source.module();
    let empty = module.iter().find(|name| EMPTY_NAMES.contains(&name.as_str()));
    let violation = |name: &String| Violation {
        file: source.name().to_owned(),
        line: 1,
        what: format!("\"{name}\" does not say what is inside"),
    };
    empty.map(violation).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> Vec<String> {
        let dependencies = ["tokio", "nix", "nom", "pnet", "tracing"].map(str::to_owned);
        let source = Source::new(name, text);
        imports(&source, &dependencies).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_import_up_the_table_is_found() {
        assert_eq!(
            found("vrrp/router.rs", "use crate::base::time::Instant;\n\nuse crate::sys::clock;\n"),
            ["src/vrrp/router.rs:3: vrrp may not import crate::sys::clock"]
        );
        assert_eq!(found("base/id.rs", "fn f() { crate::wire::vrrp::parse() }").len(), 1);
        assert_eq!(found("wire.rs", "use super::conf::model::Model;").len(), 1);
        assert_eq!(found("track/script.rs", "use crate::{base::id, vrrp::event::Event};").len(), 1);
        assert_eq!(found("report/log.rs", "use crate::sys::signal;").len(), 1);
        assert_eq!(found("daemon/child.rs", "use crate::cli::Flags;").len(), 1);
    }

    #[test]
    fn the_model_is_not_the_text() {
        assert!(found("vrrp/router.rs", "use crate::conf::model::Model;").is_empty());
        assert_eq!(found("vrrp/router.rs", "use crate::conf::load;").len(), 1);
        assert_eq!(found("conf/model/vip.rs", "use crate::conf::lex::Word;").len(), 1);
        assert!(found("conf/build.rs", "use crate::conf::model::Model; use crate::conf::lex;").is_empty());
    }

    #[test]
    fn an_import_down_the_table_is_none() {
        let text = "use crate::{base::time::Span, wire, conf::model::Model, track::script};";
        assert!(found("vrrp/router.rs", text).is_empty());
        assert!(
            found("daemon/apply.rs", "use crate::{sys, vrrp, report, conf}; use tokio::select;").is_empty()
        );
    }

    #[test]
    fn a_crate_in_the_wrong_layer_is_found() {
        assert_eq!(found("vrrp/router.rs", "use tokio::time;").len(), 1);
        assert_eq!(found("vrrp/router.rs", "fn f() { tracing::info!(\"x\") }").len(), 1);
        assert_eq!(found("conf/lex.rs", "use pnet::packet;").len(), 1);
        assert!(found("conf/lex.rs", "use nom::Parser;").is_empty());
        assert!(found("sys/raw.rs", "use nix::sys::socket;").is_empty());
    }

    #[test]
    fn an_effect_in_a_pure_layer_is_found() {
        for text in [
            "use std::fs;",
            "use std::{fs::File, io};",
            "use std::net::{IpAddr, UdpSocket};",
            "fn f() { std::thread::yield_now() }",
            "use std::time::Instant;",
            "fn f() { let now = Instant::now(); }",
            "use std::process::Command;",
        ] {
            assert_eq!(found("track/script.rs", text).len(), 1, "{text}");
        }
        assert!(found("vrrp/link.rs", "use std::net::IpAddr;").is_empty());
        assert!(found("conf/source.rs", "use std::fs;").is_empty());
        assert_eq!(found("conf/lex.rs", "use std::fs;").len(), 1);
    }

    #[test]
    fn a_test_may_do_more() {
        assert!(found("vrrp/router.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}").is_empty());
    }

    #[test]
    fn a_module_without_a_row_is_found() {
        assert_eq!(found("surprise.rs", "").len(), 1);
        assert_eq!(found("daemon.rs", "use crate::surprise::X;").len(), 1);
    }

    #[test]
    fn a_long_file_is_found() {
        let body = "fn f() {}\n".repeat(LONGEST);
        assert!(length(&Source::new("a.rs", &body)).is_empty());
        assert_eq!(length(&Source::new("a.rs", &format!("{body}fn g() {{}}\n"))).len(), 1);
        let tests = format!("{body}#[cfg(test)]\nmod tests {{\n    fn g() {{}}\n}}\n");
        assert!(length(&Source::new("a.rs", &tests)).is_empty());
    }

    #[test]
    fn unsafe_code_is_found() {
        let forbids = "//! Doc.\n#![forbid(unsafe_code)]\n";
        assert!(unsafe_code(&Source::new("vrrp.rs", forbids)).is_empty());
        assert_eq!(unsafe_code(&Source::new("vrrp.rs", "//! Doc.\n")).len(), 1);
        assert_eq!(unsafe_code(&Source::new("lib.rs", "")).len(), 1);
        assert_eq!(unsafe_code(&Source::new("vrrp/x.rs", "fn f() { unsafe { g() } }")).len(), 1);
        assert!(unsafe_code(&Source::new("vrrp/x.rs", "// unsafe\nfn f() {}")).is_empty());
        assert!(unsafe_code(&Source::new("sys/x.rs", "fn f() { unsafe { g() } }")).is_empty());
    }

    #[test]
    fn a_wildcard_in_a_state_file_is_found() {
        let text = "fn f() { match x { A => 1, _ => 2 } }";
        assert_eq!(wildcards(&Source::new("vrrp/master.rs", text)).len(), 1);
        assert!(wildcards(&Source::new("vrrp/receive.rs", text)).is_empty());
        assert!(wildcards(&Source::new("vrrp/master.rs", "let _ = 1; match x { A(_) => 1 }")).is_empty());
    }

    #[test]
    fn an_empty_name_is_found() {
        assert_eq!(names(&Source::new("vrrp/utils.rs", "")).len(), 1);
        assert_eq!(names(&Source::new("vrrp/mod.rs", "")).len(), 1);
        assert!(names(&Source::new("vrrp/router.rs", "")).is_empty());
    }
}
