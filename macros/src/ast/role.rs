//! The attribute on an argument, which says where it is sent.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Meta, PatType};

use super::take;
use crate::attr::{self, Argument, Text};
use crate::diagnostics::{Diagnostics, Mistake, ends, nearest, one_of};
use crate::grammar::http;

pub(super) const ROLES: [&str; 5] = ["path", "query", "header", "body", "url"];

/// Where an argument is to be sent.
pub(crate) enum Role {
    /// No attribute: the path says.
    Unmarked,
    Path {
        placeholder: String,
        span: Span,
    },
    Query {
        name: String,
        span: Span,
    },
    /// `#[query(flatten)]`
    QueryFields,
    Header {
        name: String,
        span: Span,
    },
    Body {
        span: Span,
    },
    Url {
        span: Span,
    },
    /// A wrong one, which has been reported.
    Unreadable,
}

impl Role {
    /// Where the attribute gives no name, the argument's stands.
    pub(super) fn named_after(mut self, argument: Option<&Ident>) -> Self {
        if let (Self::Path { placeholder: name, .. } | Self::Query { name, .. }, Some(argument)) = (&mut self, argument)
            && name.is_empty()
        {
            *name = argument.unraw().to_string();
        }
        self
    }
}

/// Takes our attributes off an argument and reads the first.
pub(super) fn read(argument: &mut PatType, mistakes: &mut Diagnostics) -> Option<Role> {
    let mut attributes = take(&mut argument.attrs, &ROLES).into_iter();
    let Some(first) = attributes.next() else {
        return misspelt(argument, mistakes);
    };
    for second in attributes {
        mistakes.push(Mistake::over(
            second.path(),
            format!(
                "the argument is marked `#[{}]` and `#[{}]`",
                first.path().to_token_stream(),
                second.path().to_token_stream()
            ),
            "remove one; an argument is sent once",
        ));
    }
    Some(role(&first, mistakes).unwrap_or(Role::Unreadable))
}

/// An attribute on an argument that only we could have meant, were it spelt right.
fn misspelt(argument: &mut PatType, mistakes: &mut Diagnostics) -> Option<Role> {
    const BUILT_IN: [&str; 8] = ["allow", "cfg", "cfg_attr", "deny", "doc", "expect", "forbid", "warn"];
    let position = argument.attrs.iter().position(|attr| {
        attr.path()
            .get_ident()
            .is_some_and(|name| !BUILT_IN.iter().any(|built_in| name == built_in))
    })?;
    let attribute = argument.attrs.remove(position);
    let written = attribute.path().to_token_stream().to_string();
    mistakes.push(Mistake::over(
        attribute.path(),
        format!("unknown `#[{written}]` on an argument"),
        match meant(&written) {
            Some(instead) => instead.to_owned(),
            None => one_of(&written, &ROLES),
        },
    ));
    Some(Role::Unreadable)
}

/// What to write for the attributes of other libraries.
fn meant(attribute: &str) -> Option<&'static str> {
    let instead = match attribute.to_ascii_lowercase().as_str() {
        "json" => "write `#[body]`, which sends JSON",
        "form" | "field" | "fields" | "field_map" | "urlencoded" => "write `#[body]`, with a type `Form<…>`",
        "part" | "parts" | "part_map" | "multipart" | "file" => "write `#[body]`, with the type `Multipart`",
        "query_map" | "queries" | "params" | "query_params" | "flatten" => "write `#[query(flatten)]`",
        "param" => "write `#[query]`",
        "headers" | "header_map" => "write `#[header(\"X-Name\")]`, one for each header",
        "link" | "uri" | "href" => "write `#[url]`",
        "alias" | "alias_as" | "rename" | "name" | "serde" => {
            "write the name behind the place, as `#[query(\"name\")]` or `#[path(\"id\")]`"
        }
        "auth" | "authorize" | "authorization" | "bearer" | "token" | "basic_auth" => {
            "write `auth = \"auth0\"` on the trait; the client sends the credential"
        }
        _ => return None,
    };
    Some(instead)
}

fn role(attribute: &Attribute, mistakes: &mut Diagnostics) -> Option<Role> {
    let kind = attribute.path().to_token_stream().to_string();
    let span = ends(attribute.path().to_token_stream()).0;
    let example = match kind.as_str() {
        "path" => "write `#[path]` or `#[path(\"id\")]`",
        "query" => "write `#[query]`, `#[query(\"name\")]` or `#[query(flatten)]`",
        "header" => "write `#[header(\"X-Name\")]`",
        "url" => "write `#[url]` alone",
        _ => "write `#[body]` alone",
    };
    let arguments: Vec<Argument> = match &attribute.meta {
        Meta::Path(_) => Vec::new(),
        Meta::List(list) => attr::arguments(list.tokens.clone()),
        Meta::NameValue(pair) => {
            mistakes.at(pair.eq_token.span, format!("`=` after `{kind}`"), example);
            return None;
        }
    };
    let text = match arguments.as_slice() {
        [] => None,
        [argument] if kind == "query" && is_word(argument, "flatten") => return Some(Role::QueryFields),
        [argument] if has_name(&kind) && Text::read(argument).is_some() => Text::read(argument),
        all => {
            mistakes.push(unknown(&kind, all, example));
            return None;
        }
    };
    let span_of_name = text.as_ref().map_or(span, Text::span);
    match (kind.as_str(), text) {
        ("header", Some(text)) => {
            let name = http::header_name(&text.value, span_of_name, mistakes)?;
            Some(Role::Header {
                name,
                span: span_of_name,
            })
        }
        ("header", None) => {
            mistakes.at(span, "`#[header]` has no name", example);
            None
        }
        ("body", _) => Some(Role::Body { span }),
        ("url", _) => Some(Role::Url { span }),
        (_, Some(text)) if text.value.is_empty() => {
            mistakes.at(span_of_name, "the name is empty", example);
            None
        }
        ("path", text) => Some(Role::Path {
            placeholder: text.map(|text| text.value).unwrap_or_default(),
            span: span_of_name,
        }),
        (_, text) => Some(Role::Query {
            name: text.map(|text| text.value).unwrap_or_default(),
            span: span_of_name,
        }),
    }
}

fn has_name(kind: &str) -> bool {
    ["path", "query", "header"].contains(&kind)
}

fn is_word(argument: &[TokenTree], expected: &str) -> bool {
    matches!(argument, [TokenTree::Ident(word)] if word == expected)
}

/// What stands between the parentheses and means nothing there.
fn unknown(kind: &str, arguments: &[Argument], example: &str) -> Mistake {
    let extra: TokenStream = match arguments {
        [first, second, ..] if Text::read(first).is_some() => second.iter().cloned().collect(),
        [first, ..] => first.iter().cloned().collect(),
        [] => TokenStream::new(),
    };
    // The name without its quotes, or with a word in front of it.
    let name = match arguments {
        [argument] if has_name(kind) => match argument.as_slice() {
            [TokenTree::Ident(_), TokenTree::Punct(punct), value @ ..] if punct.as_char() == '=' => {
                Text::read(value).map(|text| text.value)
            }
            [TokenTree::Literal(_)] => None,
            words => Some(words.iter().map(ToString::to_string).collect::<String>()),
        },
        _ => None,
    };
    let is_flatten = |word: &str| kind == "query" && nearest(word, &["flatten"]).is_some();
    let instead = match name {
        Some(word) if is_flatten(&word) => "write `#[query(flatten)]`".to_owned(),
        Some(name) => format!("write `#[{kind}(\"{name}\")]`"),
        None if kind == "body" => match extra.to_string().as_str() {
            "form" | "urlencoded" => "write `#[body]` alone, with a type `Form<…>`".to_owned(),
            "multipart" => "write `#[body]` alone, with the type `Multipart`".to_owned(),
            "json" => "write `#[body]` alone, which sends JSON".to_owned(),
            _ => example.to_owned(),
        },
        None => example.to_owned(),
    };
    Mistake::over(&extra, format!("unknown `{extra}` in `#[{kind}]`"), instead)
}
