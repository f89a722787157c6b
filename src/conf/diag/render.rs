//! Problems for people: the line, a caret, the reason and what to do.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use super::secret::masked;
use super::{Context, Diagnostic, Diagnostics, Place, Severity};
use crate::conf::source::{FileId, index_of};

/// How problems are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// ASCII without colours.
    Plain,
    /// Colours and lines for a terminal.
    Terminal,
}

/// Lines of one file that are further apart than this are shown apart.
const NEAR: u32 = 200;

/// The same problem is shown so often; if there are more, once for all.
const FEW: usize = 10;

impl Diagnostics {
    /// Every problem with the text it concerns. Consequences of a problem are only counted.
    #[must_use]
    pub fn render(&self, context: Context<'_>, style: Style) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Terminal => Renderer::styled().decor_style(DecorStyle::Unicode),
        };
        let line = |problem: &Diagnostic| {
            problem.place.locate(context.expanded).map(|place| (place.file, place.line))
        };
        let tells = |problem: &&Diagnostic| !problem.follows && problem.severity >= Severity::Warning;
        let shown: HashSet<_> = if self.iter().any(|problem| problem.follows) {
            self.iter().filter(tells).filter_map(line).collect()
        } else {
            HashSet::new()
        };
        let mut repeated = self.repeated(context);
        let mut out = String::new();
        let mut followers = Vec::new();
        for problem in self.iter() {
            if problem.follows {
                followers.extend(line(problem).filter(|line| !shown.contains(line)));
                continue;
            }
            let again = match repeated.get_mut(&same(problem)).filter(|_| problem.related.is_empty()) {
                None => Vec::new(),
                Some(again) if again.is_told => continue,
                Some(again) => {
                    again.is_told = true;
                    std::mem::take(&mut again.places)
                }
            };
            push_followers(&mut out, &renderer, &mut followers);
            push_problem(&mut out, &renderer, problem, &again, context);
        }
        push_followers(&mut out, &renderer, &mut followers);
        out
    }
}

/// What makes problems the same for a reader.
fn same(problem: &Diagnostic) -> (u16, &str) {
    (problem.code.number, problem.message.as_str())
}

/// Where a problem is found again and again.
#[derive(Default)]
struct Again {
    places: Vec<(FileId, u32)>,
    is_told: bool,
}

impl Diagnostics {
    /// The problems that are so often the same that one of them with the numbers of all lines says it better.
    fn repeated(&self, context: Context<'_>) -> HashMap<(u16, &str), Again> {
        let mut found: HashMap<(u16, &str), Again> = HashMap::new();
        if self.len() <= FEW {
            return found;
        }
        for problem in self.iter().filter(|problem| !problem.follows && problem.related.is_empty()) {
            let Some(place) = problem.place.locate(context.expanded) else { continue };
            found.entry(same(problem)).or_default().places.push((place.file, place.line));
        }
        found.retain(|_, again| again.places.len() > FEW);
        found
    }
}

/// `the same on lines 3 and 9, and on lines 4 and 5 of FILE`: every line but the first.
fn again_on(places: &[(FileId, u32)], context: Context<'_>) -> Option<String> {
    let (first, rest) = places.split_first()?;
    let texts = rest.chunk_by(|a, b| a.0 == b.0).map(|of_one_file| {
        let numbers: Vec<u32> = of_one_file.iter().map(|place| place.1).collect();
        let file = of_one_file.first().map_or(first.0, |place| place.0);
        let of = if file == first.0 { String::new() } else { format!(" of {}", context.file_name(file)) };
        format!("on {}{of}", line_list(&numbers))
    });
    Some(format!("the same {}", texts.collect::<Vec<_>>().join(", and ")))
}

fn push_problem(
    out: &mut String,
    renderer: &Renderer,
    problem: &Diagnostic,
    again: &[(FileId, u32)],
    context: Context<'_>,
) {
    let title = level(problem.severity).primary_title(problem.message.as_str()).id(problem.code.to_string());
    let mut elements: Vec<Element<'_>> = snippets(problem, context).into_iter().map(Element::from).collect();
    elements.extend(remarks(problem, context).into_iter().map(|text| Level::NOTE.message(text).into()));
    elements.extend(again_on(again, context).map(|text| Level::NOTE.message(text).into()));
    if let Some(help) = &problem.help {
        elements.push(Level::HELP.message(help.as_str()).into());
    }
    let group = if elements.is_empty() { Group::with_title(title) } else { title.elements(elements) };
    out.push_str(&renderer.render(&[group]));
    out.push_str("\n\n");
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error | Severity::Fatal => Level::ERROR,
    }
}

/// One line for everything that only follows from the problem before it.
fn push_followers(out: &mut String, renderer: &Renderer, followers: &mut Vec<(FileId, u32)>) {
    let mut lines = std::mem::take(followers);
    lines.dedup();
    let Some(&(file, _)) = lines.first() else { return };
    let numbers: Vec<u32> = lines.iter().filter(|line| line.0 == file).map(|line| line.1).collect();
    let text = format!("{} cannot be read because of that either", line_list(&numbers));
    out.push_str(&renderer.render(&[Group::with_title(Level::NOTE.primary_title(text))]));
    out.push_str("\n\n");
}

/// How many stretches of lines are listed before the rest is only counted.
const LISTED: usize = 12;

/// `line 3`, `lines 3 to 5 and 9`, `lines 1, 3, 5 and 90 more`.
fn line_list(numbers: &[u32]) -> String {
    let mut ranges: Vec<Range<u32>> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some(last) if last.end == number => last.end = number + 1,
            Some(last) if last.contains(&number) => {}
            _ => ranges.push(number..number + 1),
        }
    }
    let one = |range: &Range<u32>| match range.end - range.start {
        1 => range.start.to_string(),
        _ => format!("{} to {}", range.start, range.end - 1),
    };
    let kept = if ranges.len() > LISTED + 1 { LISTED } else { ranges.len() };
    let (listed, rest) = ranges.split_at(kept);
    let mut texts: Vec<String> = listed.iter().map(one).collect();
    if !rest.is_empty() {
        texts.push(format!("{} more", rest.iter().map(ExactSizeIterator::len).sum::<usize>()));
    }
    match texts.as_slice() {
        [] => String::new(),
        [only] if numbers.len() == 1 => format!("line {only}"),
        [only] => format!("lines {only}"),
        [first @ .., last] => format!("lines {} and {last}", first.join(", ")),
    }
}

/// What is shown of one file: the lines and what is marked in them.
struct Excerpt {
    file: FileId,
    lines: Range<u32>,
    marks: Vec<Mark>,
}

struct Mark {
    line: u32,
    columns: Range<u32>,
    label: String,
    primary: bool,
}

fn snippets<'a>(
    problem: &'a Diagnostic,
    context: Context<'a>,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let mut excerpts: Vec<Excerpt> = Vec::new();
    let first = problem.place.locate(context.expanded);
    let marks = std::iter::once((&problem.place, problem.label.clone(), true))
        .chain(problem.related.iter().map(|(place, label)| (place, label.clone(), false)));
    for (place, label, primary) in marks {
        let Some(location) = place.locate(context.expanded) else { continue };
        if !primary && first.as_ref() == Some(&location) {
            continue;
        }
        let mark = Mark { line: location.line, columns: shown_columns(place, context), label, primary };
        let near = excerpts.iter_mut().find(|excerpt| {
            excerpt.file == location.file
                && location.line.abs_diff(excerpt.lines.start) < NEAR
                && location.line.abs_diff(excerpt.lines.end) < NEAR
        });
        match near {
            Some(excerpt) => {
                excerpt.lines =
                    excerpt.lines.start.min(location.line)..excerpt.lines.end.max(location.line + 1);
                excerpt.marks.push(mark);
            }
            None => excerpts.push(Excerpt {
                file: location.file,
                lines: location.line..location.line + 1,
                marks: vec![mark],
            }),
        }
    }
    excerpts.into_iter().map(|excerpt| snippet(excerpt, problem, context)).collect()
}

/// The columns of a place in the line that is shown for it.
fn shown_columns(place: &Place, context: Context<'_>) -> Range<u32> {
    let Some(location) = place.locate(context.expanded) else { return 0..0 };
    if context.written_line(&location).is_some() {
        return location.columns;
    }
    let Place::Expanded(extent) = place else { return location.columns };
    let (_, range) = context.expanded.line_around(*extent);
    crate::conf::source::position(range.start)..crate::conf::source::position(range.end)
}

fn snippet<'a>(
    excerpt: Excerpt,
    problem: &'a Diagnostic,
    context: Context<'a>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let mut text = String::new();
    let mut starts = Vec::new();
    for number in excerpt.lines.clone() {
        starts.push(text.len());
        text.push_str(&shown_line(excerpt.file, number, problem, context));
        text.push('\n');
    }
    let mut annotations = Vec::new();
    for mark in excerpt.marks {
        let index = index_of(mark.line - excerpt.lines.start);
        let start = starts.get(index).copied().unwrap_or_default();
        let end = starts.get(index + 1).map_or(text.len(), |&next| next) - 1;
        let at = |column: u32| floor_boundary(&text, (start + index_of(column)).min(end));
        let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let range = at(mark.columns.start)..at(mark.columns.end).max(at(mark.columns.start));
        let annotation = kind.span(range);
        annotations.push(if mark.label.is_empty() { annotation } else { annotation.label(mark.label) });
    }
    Snippet::source(text)
        .path(context.file_name(excerpt.file))
        .line_start(index_of(excerpt.lines.start))
        .annotations(annotations)
}

/// The start of the character at `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

fn shown_line<'a>(file: FileId, number: u32, problem: &Diagnostic, context: Context<'a>) -> Cow<'a, str> {
    if let Some(file) = context.sources.get(file) {
        return masked(file.line(number).trim_end());
    }
    let places = std::iter::once(&problem.place).chain(problem.related.iter().map(|(place, _)| place));
    for place in places {
        if let Place::Expanded(extent) = place
            && context.expanded.locate(*extent).line == number
        {
            return masked(context.expanded.line_around(*extent).0);
        }
    }
    Cow::Borrowed("")
}

/// What the expansion did to the line.
fn remarks(problem: &Diagnostic, context: Context<'_>) -> Vec<String> {
    let Place::Expanded(extent) = problem.place else { return Vec::new() };
    let mut remarks = Vec::new();
    if let Some((line, _)) = context.expanded.rewritten_line(extent) {
        remarks.push(format!("the line is read as `{}`", masked(line.trim())));
    }
    if let Some((file, line)) = context.expanded.definition(extent) {
        remarks.push(format!("it comes from the definition at {}:{line}", context.file_name(file)));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_lines_are_short() {
        assert_eq!(line_list(&[3]), "line 3");
        assert_eq!(line_list(&[3, 4, 4, 5]), "lines 3 to 5");
        assert_eq!(line_list(&[3, 4, 5, 9]), "lines 3 to 5 and 9");
        assert_eq!(line_list(&[1, 3, 5]), "lines 1, 3 and 5");
        let odd = |count: u32| line_list(&(0..count).map(|n| 2 * n + 1).collect::<Vec<_>>());
        assert_eq!(odd(13), "lines 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 25");
        assert_eq!(odd(14), "lines 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 2 more");
        assert_eq!(odd(90), "lines 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 78 more");
    }

    #[test]
    fn what_is_wrong_again_and_again_is_shown_once() {
        let render = |times: usize| {
            let text = "nonsense\n".repeat(times);
            let files = crate::conf::source::Memory::of("/k", text);
            let loaded =
                crate::conf::load(&files, std::path::Path::new("/k"), &crate::conf::env::Pretend::default());
            loaded.render(Style::Plain)
        };
        let (few, many) = (render(FEW), render(FEW + 5));
        assert_eq!(few.matches("error[K0201]").count(), FEW, "{few}");
        assert_eq!(many.matches("error[K0201]").count(), 1, "{many}");
        assert!(many.contains("the same on lines 2 to 15"), "{many}");
    }

    #[test]
    fn offsets_inside_a_character_move_to_its_start() {
        assert_eq!(floor_boundary("a\u{e4}b", 2), 1);
        assert_eq!(floor_boundary("a\u{e4}b", 3), 3);
    }
}
