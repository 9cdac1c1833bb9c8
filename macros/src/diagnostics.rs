//! What the compiler tells the user: all the mistakes of one trait, each at its token.
//!
//! Every phase pushes [`Mistake`]s here and goes on; the entry prints them beside the expansion.

use std::fmt::Display;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// One thing that is wrong, where it stands, and what to write instead.
pub(crate) struct Mistake {
    start: Span,
    end: Span,
    message: String,
}

impl Mistake {
    /// A mistake at one token.
    pub(crate) fn at(span: Span, what: impl Display, instead: impl Display) -> Self {
        Self {
            start: span,
            end: span,
            message: format!("{what}\n{instead}"),
        }
    }

    /// A mistake that several tokens make together.
    pub(crate) fn over(tokens: impl ToTokens, what: impl Display, instead: impl Display) -> Self {
        let (start, end) = ends(tokens.to_token_stream());
        Self {
            start,
            end,
            message: format!("{what}\n{instead}"),
        }
    }

    /// `::core::compile_error! { "…" }`, which rustc underlines from the span of its first token to
    /// that of its last.
    fn to_compile_error(&self) -> TokenStream {
        let colon = |spacing| {
            let mut punct = Punct::new(':', spacing);
            punct.set_span(self.start);
            TokenTree::from(punct)
        };
        let mut bang = Punct::new('!', Spacing::Alone);
        bang.set_span(self.start);
        let mut message = Literal::string(&self.message);
        message.set_span(self.end);
        let mut braces = Group::new(Delimiter::Brace, TokenTree::from(message).into());
        braces.set_span(self.end);
        TokenStream::from_iter([
            colon(Spacing::Joint),
            colon(Spacing::Alone),
            Ident::new("core", self.start).into(),
            colon(Spacing::Joint),
            colon(Spacing::Alone),
            Ident::new("compile_error", self.start).into(),
            bang.into(),
            braces.into(),
        ])
    }
}

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Diagnostics {
    mistakes: Vec<Mistake>,
}

impl Diagnostics {
    pub(crate) fn push(&mut self, mistake: Mistake) {
        self.mistakes.push(mistake);
    }

    /// Shorthand for a mistake at one token.
    pub(crate) fn at(&mut self, span: Span, what: impl Display, instead: impl Display) {
        self.push(Mistake::at(span, what, instead));
    }

    /// How many there are, for a phase that asks whether its own part was free of them.
    pub(crate) fn len(&self) -> usize {
        self.mistakes.len()
    }

    /// As a reader meets them: phases find theirs one after the other.
    pub(crate) fn in_source_order(mut self) -> Self {
        if proc_macro::is_available() {
            self.mistakes.sort_by_key(|mistake| {
                let start = mistake.start.unwrap();
                (start.line(), start.column())
            });
        }
        self
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.mistakes.iter().map(|mistake| mistake.message.as_str()).collect()
    }
}

impl ToTokens for Diagnostics {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.mistakes.iter().map(Mistake::to_compile_error));
    }
}

/// The spans of the first and the last token.
pub(crate) fn ends(tokens: TokenStream) -> (Span, Span) {
    let mut tokens = tokens.into_iter();
    let start = tokens.next().map_or_else(Span::call_site, |token| token.span());
    let end = tokens.last().map_or(start, |token| token.span());
    (start, end)
}

/// `` `a`, `b`, `c` ``
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// What to write in place of `word`: the known word that is spelt almost like it, and all that are known.
pub(crate) fn one_of(word: &str, known: &[&str]) -> String {
    let all = list(known.iter().copied());
    match nearest(word, known) {
        Some(near) => format!("write `{near}` (known: {all})"),
        None => format!("write one of {all}"),
    }
}

/// The word of `known` that `word` is most likely a misspelling of.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let tolerated = (word.chars().count() / 3).max(1);
    known
        .iter()
        .map(|&candidate| (edits(&word.to_lowercase(), candidate), candidate))
        .filter(|&(distance, _)| distance <= tolerated)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Damerau–Levenshtein distance: letters added, dropped, replaced, or swapped with their neighbour.
fn edits(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut two_up: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (i, &a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in to.iter().enumerate() {
            let mut distance = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == to[j - 1] && from[i - 1] == b {
                distance = distance.min(two_up[j - 1] + 1);
            }
            row.push(distance);
        }
        two_up = std::mem::replace(&mut above, row);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_finds_its_word() {
        let known = ["retry", "retry_on", "reauth", "timeout", "auth"];
        for (word, expected) in [
            ("retrys", Some("retry")),
            ("rtery", Some("retry")),
            ("Retry", Some("retry")),
            ("retryon", Some("retry_on")),
            ("time_out", Some("timeout")),
            ("ath", Some("auth")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
    }
}
