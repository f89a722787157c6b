//! Secrets stay out of messages and logs.

use std::borrow::Cow;

/// `line` with everything that may be a secret replaced by stars, octet by octet.
///
/// A word that speaks of a password or a key hides the rest of its line: also a misspelt one, also a definition.
pub fn masked(line: &str) -> Cow<'_, str> {
    let Some(from) = secret_start(line) else { return Cow::Borrowed(line) };
    let (open, hidden) = line.split_at_checked(from).unwrap_or((line, ""));
    let mut out = String::with_capacity(line.len());
    out.push_str(open);
    for character in hidden.chars() {
        match character {
            ' ' | '\t' | '{' | '}' => out.push(character),
            _ => out.extend(std::iter::repeat_n('*', character.len_utf8())),
        }
    }
    Cow::Owned(out)
}

/// Where the secret of `line` starts.
fn secret_start(line: &str) -> Option<usize> {
    let mut at = 0;
    for word in line.split_inclusive([' ', '\t', '{', '=']) {
        at += word.len();
        let name =
            word.trim_end_matches([' ', '\t', '{', '=']).trim_start_matches(['$', '"']).to_ascii_lowercase();
        if name.contains("pass")
            || name.starts_with("auth_p")
            || name.contains("secret")
            || name == "key"
            || name.ends_with("_key")
        {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_word_for_a_secret_is_hidden() {
        assert_eq!(masked("    auth_pass s3cret # mine"), "    auth_pass ****** * ****");
        assert_eq!(masked("auth_pas \"a b\" }"), "auth_pas ** ** }");
        assert_eq!(
            masked("authentication { auth_type PASS auth_pass x }"),
            "authentication { auth_type PASS ********* * }"
        );
        assert_eq!(masked("$PASSWORD=hunter2"), "$PASSWORD=*******");
        assert_eq!(masked("  key 3 hex:00ff"), "  key * ********");
        assert_eq!(masked("password p\u{e4}\u{df}"), "password *****");
    }

    #[test]
    fn other_lines_are_shown_as_they_are() {
        for line in ["  priority 100", "auth_type AH", "active_key_id", "", "keyword x"] {
            assert_eq!(masked(line), line);
        }
    }
}
