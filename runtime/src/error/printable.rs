//! What an error tells in the words of a server: little, and nothing that lies to whoever reads a log.

/// So many characters of a text.
pub(crate) const MAX_DESCRIPTION: usize = 256;

/// What of a server's text an error holds.
pub(crate) fn printable(text: &str) -> String {
    shown(text).take(MAX_DESCRIPTION).collect()
}

/// What of a text is to be seen.
pub(crate) fn shown(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_hidden(*c))
}

/// Control characters, line breaks among them, and those that only change how others show.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control() || is_format(c)
}

/// Characters that show nothing, but change how others show: Unicode's category Cf, in which whoever reads a log can be
/// lied to.
fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
