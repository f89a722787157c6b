//! The paths that a source file names: `use` declarations with their groups, and paths in the code.

use crate::source::{Source, Token};

/// A path as it is written, with `crate`, `self` and `super` resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// The names of the path; `crate` first if it begins at the root of this crate.
    pub(crate) path: Vec<String>,
    /// The line of its first name.
    pub(crate) line: usize,
}

/// How a package of Cargo.toml is called in the source.
pub(crate) fn crate_name(package: &str) -> String {
    match package {
        "md-5" => "md5".to_owned(),
        other => other.replace('-', "_"),
    }
}

/// All paths of more than one name, and all names that are used as a whole.
pub(crate) fn imports(source: &Source) -> Vec<Import> {
    let tokens = source.tokens();
    let mut found = Vec::new();
    let mut modules = Nesting { path: source.module(), opened: Vec::new(), depth: 0 };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        modules.step(tokens, at);
        let continued = at > 0 && (tokens[at - 1].is("::") || tokens[at - 1].is("."));
        if token.word() == Some("use") {
            let start = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|token| token.is("::")));
            at = tree(tokens, start, &[], &mut found, &modules.path);
        } else if token.word().is_some() && !continued && next_is_colons(tokens, at) {
            at = tree(tokens, at, &[], &mut found, &modules.path);
        } else {
            at += 1;
        }
    }
    found
}

fn next_is_colons(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|token| token.is("::"))
}

/// Reads the path, or the group of paths, at `at`, and returns where it ends.
fn tree(tokens: &[Token], at: usize, prefix: &[String], found: &mut Vec<Import>, module: &[String]) -> usize {
    let mut path = prefix.to_vec();
    let mut at = at;
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        if let Some(word) = token.word() {
            path.push(word.to_owned());
        } else if token.is("*") {
            path.push("*".to_owned());
        } else if token.is("{") {
            return group(tokens, at, &path, found, module);
        }
        at += 1;
        if !tokens.get(at).is_some_and(|token| token.is("::")) {
            break;
        }
        at += 1;
        // A turbofish ends what can be said about the path.
        if tokens.get(at).is_some_and(|token| token.is("<")) {
            break;
        }
    }
    found.push(Import { path: resolve(&path, module), line });
    at
}

fn group(
    tokens: &[Token],
    open: usize,
    prefix: &[String],
    found: &mut Vec<Import>,
    module: &[String],
) -> usize {
    let mut at = open + 1;
    while let Some(token) = tokens.get(at) {
        if token.is("}") {
            return at + 1;
        }
        let begins = token.word().is_some_and(|word| word != "as") || token.is("*") || token.is("{");
        let renamed = tokens.get(at.wrapping_sub(1)).and_then(Token::word) == Some("as");
        at = if begins && !renamed { tree(tokens, at, prefix, found, module) } else { at + 1 };
    }
    at
}

/// Replaces `self` and `super` at the beginning of `path`, written in `module`.
fn resolve(path: &[String], module: &[String]) -> Vec<String> {
    let Some(first) = path.first() else { return Vec::new() };
    let ups = path.iter().take_while(|name| *name == "super").count();
    let within_self = usize::from(first == "self");
    let mut resolved = match first.as_str() {
        "keepalived" => vec!["crate".to_owned()],
        "self" | "super" => {
            let kept = module.len().saturating_sub(ups);
            [&["crate".to_owned()], &module[..kept]].concat()
        }
        _ => return path.to_vec(),
    };
    let consumed = if first == "keepalived" { 1 } else { ups.max(within_self) };
    resolved.extend_from_slice(&path[consumed..]);
    resolved
}

/// The modules that the code being read is in, inline ones included.
struct Nesting {
    path: Vec<String>,
    opened: Vec<usize>,
    depth: usize,
}

impl Nesting {
    fn step(&mut self, tokens: &[Token], at: usize) {
        let token = &tokens[at];
        if token.is("{") {
            let word = |back: usize| at.checked_sub(back).and_then(|index| tokens[index].word());
            if let (Some("mod"), Some(name)) = (word(2), word(1)) {
                self.path.push(name.to_owned());
                self.opened.push(self.depth);
            }
            self.depth += 1;
        } else if token.is("}") {
            self.depth = self.depth.saturating_sub(1);
            if self.opened.last() == Some(&self.depth) {
                self.opened.pop();
                self.path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(name: &str, text: &str) -> Vec<String> {
        imports(&Source::new(name, text)).iter().map(|import| import.path.join("::")).collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        let text = "use crate::{base::time::{Instant, Span as S}, conf::model::*, wire};";
        let expected =
            ["crate::base::time::Instant", "crate::base::time::Span", "crate::conf::model::*", "crate::wire"];
        assert_eq!(paths("vrrp/x.rs", text), expected);
    }

    #[test]
    fn relative_paths_are_resolved() {
        assert_eq!(paths("vrrp/router/life.rs", "use super::super::note::X;"), ["crate::vrrp::note::X"]);
        assert_eq!(paths("vrrp/router.rs", "use self::life::X;"), ["crate::vrrp::router::life::X"]);
        assert_eq!(paths("vrrp.rs", "fn f() { super::sys::g() }"), ["crate::sys::g"]);
        assert_eq!(paths("vrrp.rs", "mod m { use super::super::sys::g; }"), ["crate::sys::g"]);
        assert_eq!(paths("bin/keepalived.rs", "use keepalived::cli;"), ["crate::cli"]);
    }

    #[test]
    fn paths_in_code_are_found() {
        let text = "fn f() -> crate::sys::Fd { let x = Vec::<crate::daemon::X>::new(); x.y::<u8>(); tokio::spawn(a) }";
        assert_eq!(paths("a.rs", text), ["crate::sys::Fd", "Vec", "crate::daemon::X", "tokio::spawn"]);
    }

    #[test]
    fn a_whole_crate_is_an_import() {
        assert_eq!(paths("a.rs", "use nix;\nuse ::tokio as t;"), ["nix", "tokio"]);
    }
}
