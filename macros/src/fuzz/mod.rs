//! Fuzz targets: what holds for whatever somebody writes into an attribute.
//!
//! None of it panics, and what is not taken is told about. `reauth_fuzz` says how they are run.

mod http;
mod template;
mod traits;
mod values;

use proc_macro2::{Span, TokenStream};

use crate::diagnostics::Diagnostics;
use crate::grammar::lexeme::Lexemes;

/// Reads a value; something is told exactly where it is not taken.
fn told<T>(read: impl FnOnce(&mut Diagnostics) -> Option<T>) -> Option<T> {
    let mut mistakes = Diagnostics::default();
    let value = read(&mut mistakes);
    for message in mistakes.messages() {
        let (what, instead) = message
            .split_once('\n')
            .expect("what is wrong, and what to write instead");
        assert!(!what.is_empty() && !instead.is_empty(), "{message:?}");
    }
    assert_eq!(value.is_none(), mistakes.len() > 0, "{:?}", mistakes.messages());
    value
}

fn quoted(text: &str) -> Lexemes {
    Lexemes::of_text(text, Span::call_site())
}

/// The value without its quotes, where that is Rust.
fn unquoted(text: &str) -> Option<Lexemes> {
    // A byte order mark is none of Rust's tokens, but where a file begins.
    let tokens: TokenStream = Some(text).filter(|text| !text.starts_with('\u{feff}'))?.parse().ok()?;
    Some(Lexemes::of_tokens(tokens, Span::call_site()))
}
