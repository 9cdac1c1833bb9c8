//! `#[headers("Name: value", …)]`: headers that never change.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{Attribute, Meta};

use super::HEADERS;
use crate::attr::{self, Argument, Text};
use crate::diagnostics::{Diagnostics, Mistake};
use crate::grammar::http;

const EXAMPLE: &str = "write `#[headers(\"Name: value\")]`";

/// One header.
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) span: Span,
}

/// Takes the attributes off a trait or a method and reads them.
pub(super) fn take(attrs: &mut Vec<Attribute>, mistakes: &mut Diagnostics) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::new();
    for attribute in super::take(attrs, &[HEADERS]) {
        for text in texts(&attribute, mistakes) {
            let span = text.span();
            let Some((name, value)) = http::header(&text.value, span, mistakes) else {
                continue;
            };
            if headers.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
                mistakes.at(span, format!("the header `{name}` is set twice"), "remove one");
                continue;
            }
            headers.push(Header { name, value, span });
        }
    }
    headers
}

/// The strings in one attribute.
fn texts(attribute: &Attribute, mistakes: &mut Diagnostics) -> Vec<Text> {
    let arguments = match &attribute.meta {
        Meta::List(list) => attr::arguments(list.tokens.clone()),
        Meta::Path(_) => Vec::new(),
        Meta::NameValue(pair) => {
            mistakes.at(pair.eq_token.span, "`=` after `headers`", EXAMPLE);
            return Vec::new();
        }
    };
    if arguments.is_empty() {
        mistakes.push(Mistake::over(attribute.path(), "`#[headers]` has none", EXAMPLE));
    }
    if let Some(pair) = name_and_value(&arguments) {
        mistakes.push(pair);
        return Vec::new();
    }
    let mut texts = Vec::new();
    for argument in arguments {
        match Text::read(&argument) {
            Some(text) => texts.push(text),
            None => mistakes.push(no_text(&argument)),
        }
    }
    texts
}

/// `("Accept", "application/json")`: one header in two strings.
fn name_and_value(arguments: &[Argument]) -> Option<Mistake> {
    let [name, value] = arguments else { return None };
    let (name, value) = (Text::read(name)?, Text::read(value)?);
    let is_pair = !name.value.contains(':') && !value.value.contains(": ");
    is_pair.then(|| {
        Mistake::at(
            value.span(),
            format!("`{}` apart from its name", value.literal),
            format!("write both in one string, as `\"{}: {}\"`", name.value, value.value),
        )
    })
}

/// `Accept = "application/json"`, `ACCEPT`.
fn no_text(argument: &[TokenTree]) -> Mistake {
    let tokens: TokenStream = argument.iter().cloned().collect();
    let equals = argument
        .iter()
        .position(|token| matches!(token, TokenTree::Punct(punct) if "=:".contains(punct.as_char())));
    let value = equals.and_then(|equals| Text::read(&argument[equals + 1..]));
    match (equals, value) {
        (Some(equals), Some(value)) => {
            let name = argument[..equals].iter().map(ToString::to_string).collect::<String>();
            let name = name.trim_matches('"').replace('_', "-");
            Mistake::over(
                &tokens,
                format!("`{tokens}` is not a string"),
                format!("write `\"{name}: {}\"`", value.value),
            )
        }
        _ => Mistake::over(&tokens, format!("`{tokens}` is not a string"), EXAMPLE),
    }
}
