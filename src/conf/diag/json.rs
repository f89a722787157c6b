//! Problems for programs: one JSON document (RFC 8259). keepalived(8) describes its members.

use super::{Context, Diagnostic, ExitClass, Place, Severity};
use crate::conf::Loaded;

/// The layout.
const VERSION: i64 = 1;

/// A value of JSON.
enum Json {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    fn count(count: usize) -> Json {
        Json::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    /// The text, or nothing if there is none.
    fn text_or_null(text: &str) -> Json {
        if text.is_empty() { Json::Null } else { Json::text(text) }
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(number) => out.push_str(&number.to_string()),
            Json::Text(text) => quote(text, out),
            Json::List(values) => {
                out.push('[');
                separated(values, out, |value, out| value.write(out));
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                separated(members, out, |(name, value), out| {
                    quote(name, out);
                    out.push(':');
                    value.write(out);
                });
                out.push('}');
            }
        }
    }
}

fn separated<T>(values: &[T], out: &mut String, mut write: impl FnMut(&T, &mut String)) {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(value, out);
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// The document on a configuration whose test ends with `exit`, with a line break at its end.
pub(in crate::conf) fn document(loaded: &Loaded, exit: ExitClass) -> String {
    let context = loaded.context();
    let all = &loaded.diagnostics;
    let errors = all.count(Severity::Error);
    let warnings = all.count(Severity::Warning) - errors;
    let counts = vec![
        ("errors", Json::count(errors)),
        ("warnings", Json::count(warnings)),
        ("notes", Json::count(all.len() - errors - warnings)),
    ];
    let names = loaded.not_acted_on.iter().map(|name| Json::text(*name)).collect();
    let problems = all.iter().map(|problem| diagnostic(problem, context)).collect();
    let document = Json::Object(vec![
        ("version", Json::Number(VERSION)),
        ("file", loaded.sources.iter().next().map_or(Json::Null, |file| Json::text(file.name.as_str()))),
        ("usable", Json::Bool(loaded.model.is_some())),
        ("exit_status", Json::Number(exit.status().into())),
        ("counts", Json::Object(counts)),
        ("not_acted_on", Json::List(names)),
        ("diagnostics", Json::List(problems)),
    ]);
    let mut out = String::new();
    document.write(&mut out);
    out.push('\n');
    out
}

fn diagnostic(problem: &Diagnostic, context: Context<'_>) -> Json {
    let related = problem.related.iter().map(|(other, label)| {
        Json::Object(vec![("place", place(other, context)), ("label", Json::text_or_null(label))])
    });
    Json::Object(vec![
        ("code", Json::text(problem.code.to_string())),
        ("severity", Json::text(problem.severity.word())),
        ("fatal", Json::Bool(problem.severity == Severity::Fatal)),
        ("message", Json::text(problem.message.as_str())),
        ("label", Json::text_or_null(&problem.label)),
        ("help", problem.help.as_deref().map_or(Json::Null, Json::text)),
        ("consequence", Json::Bool(problem.follows)),
        ("place", place(&problem.place, context)),
        ("related", Json::List(related.collect())),
    ])
}

fn place(place: &Place, context: Context<'_>) -> Json {
    let Some(location) = place.locate(context.expanded) else { return Json::Null };
    let (start, end) = (i64::from(location.columns.start) + 1, i64::from(location.columns.end) + 1);
    Json::Object(vec![
        ("file", Json::text(context.file_name(location.file))),
        ("line", Json::Number(location.line.into())),
        ("column", Json::Number(start)),
        ("span", Json::Object(vec![("start", Json::Number(start)), ("end", Json::Number(end))])),
    ])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::conf::diag::ExitClass;
    use crate::conf::env::Pretend;
    use crate::conf::source::Memory;

    #[test]
    fn a_document_names_place_code_and_status() {
        let text = "vrrp_instance A {\n\tpriorty 7\n}\nglobal_defs {\n lvs_flush\n}\n";
        let loaded = crate::conf::load(&Memory::of("/k\"c", text), Path::new("/k\"c"), &Pretend::default());
        let json = loaded.json(loaded.exit_class());
        assert!(
            json.starts_with("{\"version\":1,\"file\":\"/k\\\"c\",\"usable\":false,\"exit_status\":5,"),
            "{json}"
        );
        assert!(json.contains("\"not_acted_on\":[\"lvs_flush\"]"), "{json}");
        let place =
            "\"place\":{\"file\":\"/k\\\"c\",\"line\":2,\"column\":2,\"span\":{\"start\":2,\"end\":9}}";
        assert!(json.contains(place), "{json}");
        assert!(json.contains("\"code\":\"K0201\",\"severity\":\"error\",\"fatal\":false,"), "{json}");
        assert!(json.contains("did you mean `priority`?"), "{json}");
        assert!(json.ends_with("]}\n") && json.lines().count() == 1);
    }

    #[test]
    fn control_characters_are_escaped() {
        let mut out = String::new();
        super::quote("a\u{1}\t\"\\\u{e9}", &mut out);
        assert_eq!(out, "\"a\\u0001\\t\\\"\\\\\u{e9}\"");
    }

    #[test]
    fn a_configuration_that_is_not_there_has_a_document_too() {
        let loaded = crate::conf::load(&Memory::default(), Path::new("/none"), &Pretend::default());
        let json = loaded.json(ExitClass::Fine);
        assert!(json.contains("\"code\":\"K0101\"") && json.contains("\"place\":null"), "{json}");
    }
}
