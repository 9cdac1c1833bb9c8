//! Words that mean something to a parser, as libFuzzer reads them: `"word"`, one to a line, with `\x0a` for a byte, `\\`
//! and `\"`; a line that begins with `#` is a comment.

/// The words of a file.
pub(crate) fn words(file: &str) -> Vec<Vec<u8>> {
    let lines = file.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| word(line).unwrap_or_else(|| panic!("`{line}` is not a word of a dictionary")))
        .collect()
}

fn word(line: &str) -> Option<Vec<u8>> {
    let mut bytes = line.strip_prefix('"')?.strip_suffix('"')?.bytes();
    let mut word = Vec::new();
    while let Some(byte) = bytes.next() {
        word.push(match byte {
            b'\\' => match bytes.next()? {
                b'x' => {
                    let digits = [bytes.next()?, bytes.next()?];
                    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
                }
                escaped @ (b'\\' | b'"') => escaped,
                _ => return None,
            },
            byte => byte,
        });
    }
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_libfuzzer_has_them() {
        let file = "# A comment\n\"a\"\n\n  \"\\x0d\\x0A\\\\\\\"ä\"\n";
        assert_eq!(words(file), [b"a".to_vec(), "\r\n\\\"ä".as_bytes().to_vec()]);
        for line in ["a", "\"a", "\"\\n\"", "\"\\x1\"", "\"\\xgg\""] {
            assert_eq!(word(line), None, "{line}");
        }
    }
}
