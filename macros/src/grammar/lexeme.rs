//! A value as a flat list of lexemes, whichever way it was written.
//!
//! `retry = constant(100ms, 3)` reaches the macro as tokens, each with a span of its own;
//! `retry = "constant(100ms,3)"` as one literal, which is cut up here, every lexeme at the literal's
//! span. The grammars see no difference.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// What a lexeme is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Begins with a letter: `constant`.
    Word,
    /// Begins with a digit: `3`, `100ms`, `5xx`, `1.5s`.
    Number,
    /// Anything else: one character of punctuation, or a literal that has no meaning here.
    Symbol,
}

/// The smallest part of a value that has a meaning.
#[derive(Clone, Debug)]
pub(crate) struct Lexeme {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Lexeme {
    fn new(text: impl Into<String>, span: Span) -> Self {
        let text = text.into();
        let kind = match text.chars().next() {
            Some(first) if first.is_ascii_digit() => Kind::Number,
            Some(first) if is_letter(first) => Kind::Word,
            _ => Kind::Symbol,
        };
        Self { kind, text, span }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// Lexemes read from the front.
#[derive(Clone)]
pub(crate) struct Lexemes {
    rest: std::vec::IntoIter<Lexeme>,
    last: Span,
}

impl Lexemes {
    /// Of an unquoted value.
    pub(crate) fn of_tokens(tokens: TokenStream, span: Span) -> Self {
        let mut lexemes = Vec::new();
        flatten(tokens, &mut lexemes);
        Self {
            rest: lexemes.into_iter(),
            last: span,
        }
    }

    /// Of a quoted value.
    pub(crate) fn of_text(text: &str, span: Span) -> Self {
        let mut lexemes = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if first.is_ascii_digit() {
                number_length(rest)
            } else if is_letter(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let (lexeme, after) = rest.split_at(length);
            lexemes.push(Lexeme::new(lexeme, span));
            rest = after.trim_start();
        }
        Self {
            rest: lexemes.into_iter(),
            last: span,
        }
    }

    pub(crate) fn peek(&self) -> Option<&Lexeme> {
        self.rest.as_slice().first()
    }

    /// The one after the next.
    pub(crate) fn peek_second(&self) -> Option<&Lexeme> {
        self.rest.as_slice().get(1)
    }

    pub(crate) fn is_next(&self, text: &str) -> bool {
        self.peek().is_some_and(|lexeme| lexeme.is(text))
    }

    /// Takes the next one if it is `text`.
    pub(crate) fn eat(&mut self, text: &str) -> bool {
        self.is_next(text) && self.next().is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.as_slice().is_empty()
    }

    /// Where the lexeme stands that was read last: the place to blame for one that is missing.
    pub(crate) fn last_span(&self) -> Span {
        self.last
    }
}

impl Iterator for Lexemes {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        let lexeme = self.rest.next()?;
        self.last = lexeme.span;
        Some(lexeme)
    }
}

/// Splices groups into the list: a group's delimiters become lexemes of their own.
fn flatten(tokens: TokenStream, lexemes: &mut Vec<Lexeme>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => {
                        flatten(group.stream(), lexemes);
                        continue;
                    }
                };
                lexemes.push(Lexeme::new(open, group.span_open()));
                flatten(group.stream(), lexemes);
                lexemes.push(Lexeme::new(close, group.span_close()));
            }
            token => lexemes.push(Lexeme::new(token.to_string(), token.span())),
        }
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Digits and their unit, with at most one point between digits.
fn number_length(text: &str) -> usize {
    let word_length = |text: &str| text.find(|c| !is_word(c)).unwrap_or(text.len());
    let whole = word_length(text);
    match text[whole..].strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => whole + 1 + word_length(fraction),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lexemes: Lexemes) -> Vec<String> {
        lexemes.map(|lexeme| lexeme.text).collect()
    }

    #[test]
    fn quoted_and_unquoted_values_have_the_same_lexemes() {
        for value in [
            "constant(100ms, 3)",
            "exponential(1s, 5, max = 10s, jitter = none)",
            "[transient, 5xx, 404]",
            "1.5s",
            "none",
            "",
        ] {
            let tokens: TokenStream = value.parse().expect("tokens");
            let span = Span::call_site();
            assert_eq!(
                texts(Lexemes::of_text(value, span)),
                texts(Lexemes::of_tokens(tokens, span)),
                "{value}"
            );
        }
    }

    #[test]
    fn text_that_is_not_rust_is_cut_up_all_the_same() {
        for (value, expected) in [
            ("  constant ( 100ms,3 ", vec!["constant", "(", "100ms", ",", "3"]),
            ("1.", vec!["1", "."]),
            ("é“x”", vec!["é", "“", "x", "”"]),
            ("'a", vec!["'", "a"]),
            (" ", vec![]),
        ] {
            assert_eq!(texts(Lexemes::of_text(value, Span::call_site())), expected, "{value}");
        }
    }
}
