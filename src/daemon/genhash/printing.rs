//! Octets as people read them.

use std::fmt::Write as _;

/// How many octets are in a line.
const WIDTH: usize = 16;

/// As one number: two digits an octet.
pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// In lines of sixteen: the position, the numbers in two halves, and the letters.
pub(super) fn dump(octets: &[u8]) -> String {
    let mut text = String::new();
    for (line, at) in octets.chunks(WIDTH).zip((0..).step_by(WIDTH)) {
        let (left, right) = line.split_at(line.len().min(WIDTH / 2));
        let half = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x} ")).collect::<String>();
        let letter = |octet: &u8| match *octet {
            octet @ b' '..=b'~' => char::from(octet),
            _ => '.',
        };
        let letters: String = line.iter().map(letter).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{at:04}  {:24}- {:24}  {letters:16}", half(left), half(right));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_c_program() {
        let header = b"HTTP/1.0 200 OK\r\nhello";
        let expected = "0000  48 54 54 50 2f 31 2e 30 - 20 32 30 30 20 4f 4b 0d   HTTP/1.0 200 OK.\n\
                        0016  0a 68 65 6c 6c 6f       -                           .hello          \n";
        assert_eq!(dump(header), expected);
        assert_eq!(hexadecimal(&[0, 255, 16]), "00ff10");
    }
}
