//! Comments: `!` and `#` to the end of the line, anywhere outside double quotes, unless a backslash stands before.

use super::patchwork::Patchwork;

/// Where the comment of `line` starts; its length if there is none. Escapes before it are counted.
pub(super) fn comment_start(line: &str) -> (usize, bool) {
    let (mut quoted, mut escaped, mut has_escapes) = (false, false, false);
    for (at, octet) in line.bytes().enumerate() {
        match octet {
            b'"' => quoted = !quoted,
            b'!' | b'#' if !quoted && escaped => has_escapes = true,
            b'!' | b'#' if !quoted => return (at, has_escapes),
            _ => {}
        }
        escaped = octet == b'\\' && !quoted;
    }
    (line.len(), has_escapes)
}

/// Drops the comment, and the backslashes that kept other `!` and `#` from being one.
pub(super) fn strip(line: &mut Patchwork) {
    let (start, has_escapes) = comment_start(line.text());
    line.truncate(start);
    if has_escapes {
        *line = unescaped(line);
    }
    line.trim_end();
}

fn unescaped(line: &Patchwork) -> Patchwork {
    let mut made = Patchwork::default();
    let (mut quoted, mut from) = (false, 0);
    let octets = line.text().as_bytes();
    for (at, pair) in octets.windows(2).enumerate() {
        match pair {
            [b'"', _] => quoted = !quoted,
            [b'\\', b'!' | b'#'] if !quoted => {
                made.push_slice(line, from..at);
                from = at + 1;
            }
            _ => {}
        }
    }
    made.push_slice(line, from..octets.len());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> String {
        let mut line = Patchwork::copy(text, 1, 0);
        strip(&mut line);
        line.text().to_owned()
    }

    #[test]
    fn comments_go_and_quotes_protect() {
        assert_eq!(stripped("  a b # c"), "  a b");
        assert_eq!(stripped("a!b"), "a");
        assert_eq!(stripped("a \"b#c\" d!"), "a \"b#c\" d");
        assert_eq!(stripped("'a#b'"), "'a");
        assert_eq!(stripped("# all"), "");
    }

    #[test]
    fn a_backslash_keeps_the_sign() {
        assert_eq!(stripped("a\\#b \\! c # d"), "a#b ! c");
        assert_eq!(stripped("\"a\\#b\" # c"), "\"a\\#b\"");
    }

    #[test]
    fn columns_behind_an_escape_stay_right() {
        let mut line = Patchwork::copy("a\\#bc", 1, 0);
        strip(&mut line);
        assert_eq!((line.text(), line.written(1..2), line.written(2..4)), ("a#bc", (1, 2..3), (1, 3..5)));
    }
}
