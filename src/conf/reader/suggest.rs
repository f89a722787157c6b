//! What somebody may have meant by a word that is no keyword.

use crate::conf::keyword::Keywords;
use crate::conf::keywords;

/// `of vrrp_instance`, `at this level`.
pub(super) fn inside(section: &dyn Keywords) -> String {
    match section.title() {
        "" => "outside all blocks".to_owned(),
        title => format!("of {title}"),
    }
}

/// What to do about the unknown word `name` in `section`.
pub(super) fn help(name: &str, section: &dyn Keywords) -> Option<String> {
    if let Some(invisible) = name.chars().find(|character| is_invisible(*character)) {
        let number = u32::from(invisible);
        return Some(format!(
            "it contains the invisible character U+{number:04X}; replace it by an ordinary blank"
        ));
    }
    if name.contains('=') {
        return Some("parameters are parted from keywords by blanks, not by `=`".to_owned());
    }
    if let Some(near) = nearest(name, section) {
        return Some(format!("did you mean `{near}`?"));
    }
    let mut homes: Vec<&str> = Vec::new();
    for block in keywords::blocks() {
        let title = block.keywords.title();
        if title != section.title() && block.keywords.meta(name).is_some() && !homes.contains(&title) {
            homes.push(title);
        }
    }
    homes.truncate(3);
    match homes.as_slice() {
        [] => None,
        [""] => Some(format!("`{name}` stands outside all blocks; is a `}}` missing above?")),
        homes => {
            let homes =
                homes.iter().filter(|home| !home.is_empty()).copied().collect::<Vec<_>>().join(" or ");
            Some(format!("`{name}` belongs in {homes}; does a `}}` above close a block too early?"))
        }
    }
}

/// The keyword of `section` that is most like `name`, if one is like it.
fn nearest(name: &str, section: &dyn Keywords) -> Option<&'static str> {
    let known = section.metas().into_iter().flat_map(|meta| std::iter::once(&meta.name).chain(meta.aliases));
    nearest_of(name, known.copied())
}

/// The one of `known` that is most like `name`, if one is like it.
pub(in crate::conf) fn nearest_of<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = match name.len() {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let lower = name.to_ascii_lowercase();
    known
        .filter_map(|known| Some((distance(&lower, &known.to_ascii_lowercase(), allowed)?, known)))
        .min()
        .map(|(_, known)| known)
}

/// How many letters have to be changed, added, taken away or swapped with their neighbour; `None` if more than `most`.
pub(super) fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&last, j) + usize::from(letter != other);
            let mut best = changed.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0
                && j > 0
                && a.get(i - 1) == Some(other)
                && b.get(j - 1) == Some(letter)
                && letter != other;
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|&distance| distance <= most)
}

/// Blanks that keepalived takes for letters, and what cannot be seen at all.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{2064}' | '\u{3000}' | '\u{feff}')
        || (character.is_control() && character != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_changes() {
        assert_eq!(distance("priority", "priority", 2), Some(0));
        assert_eq!(distance("prioirty", "priority", 2), Some(1));
        assert_eq!(distance("notify_backap", "notify_backup", 3), Some(1));
        assert_eq!(distance("stat", "state", 1), Some(1));
        assert_eq!(distance("state", "interface", 3), None);
    }

    #[test]
    fn invisible_characters_are_seen() {
        assert!(is_invisible('\u{a0}') && is_invisible('\u{3000}') && is_invisible('\u{1}'));
        assert!(!is_invisible('a') && !is_invisible('\u{e4}'));
    }
}
