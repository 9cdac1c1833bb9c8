//! The attribute that makes a method a request: `#[get("/path", keys…)]`, `#[request("VERB", "/path", keys…)]`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Meta};

use super::PathTemplate;
use crate::attr::{Argument, Text};
use crate::diagnostics::{Diagnostics, Mistake};
use crate::grammar::{http, template};
use crate::keys::{self, Keys, Level};

/// Reads the attribute; where an argument is the URL, no path is missing.
pub(super) fn read(
    attribute: &Attribute,
    has_url: bool,
    mistakes: &mut Diagnostics,
) -> (Option<String>, Option<PathTemplate>, Keys) {
    let name = attribute.path().to_token_stream().to_string();
    let mut arguments = match &attribute.meta {
        Meta::Path(_) => Vec::new(),
        Meta::List(list) => keys::arguments(list.tokens.clone(), mistakes),
        Meta::NameValue(pair) => {
            mistakes.at(pair.eq_token.span, format!("`=` after `{name}`"), example(&name));
            return (None, None, Keys::default());
        }
    };
    let count = arguments
        .iter()
        .take_while(|argument| !keys::is_key(argument))
        .take(if name == "request" { 2 } else { 1 })
        .count();
    let mut line: Vec<Argument> = arguments.drain(..count).collect();
    if count == 0 {
        line.extend(named_path(&name, &mut arguments, mistakes));
    }
    let keys = keys::read(arguments, Level::Method, mistakes);
    let (verb, path) = request_line(attribute, &name, &line, has_url, mistakes);
    let verb = match verb {
        Some(verb) => http::verb(&verb.value, verb.span(), mistakes),
        None if name == "request" => None,
        None => Some(name.to_uppercase()),
    };
    let path = path.and_then(|path| {
        Some(PathTemplate {
            span: path.span(),
            template: template::parse(&path.value, path.span(), mistakes)?,
            written: path.value,
        })
    });
    (verb, path, keys)
}

fn example(name: &str) -> String {
    match name {
        "request" => "write `#[request(\"PURGE\", \"/…\")]`".to_owned(),
        _ => format!("write `#[{name}(\"/…\")]`"),
    }
}

/// `path = "/…"`: takes it off the keys, and makes it what it should have been.
fn named_path(name: &str, arguments: &mut Vec<Argument>, mistakes: &mut Diagnostics) -> Option<Argument> {
    let (index, path) = arguments
        .iter()
        .enumerate()
        .find_map(|(index, argument)| match argument.as_slice() {
            [TokenTree::Ident(key), _, path @ TokenTree::Literal(_)]
                if ["path", "url", "uri", "route"].iter().any(|known| key == known) =>
            {
                Some((index, path.clone()))
            }
            _ => None,
        })?;
    let argument = arguments.remove(index);
    let key = argument.first()?;
    mistakes.at(
        key.span(),
        format!("`{key}` is not a key"),
        format!("write the path alone, as `#[{name}({path})]`"),
    );
    Some(vec![path])
}

/// The strings in front of the keys: the verb of `#[request]`, and the path.
fn request_line(
    attribute: &Attribute,
    name: &str,
    line: &[Argument],
    has_url: bool,
    mistakes: &mut Diagnostics,
) -> (Option<Text>, Option<Text>) {
    let mut texts = Vec::new();
    for argument in line {
        let Some(text) = Text::read(argument) else {
            let tokens: TokenStream = argument.iter().cloned().collect();
            mistakes.push(Mistake::over(
                &tokens,
                format!("`{tokens}` is not a string"),
                example(name),
            ));
            return (None, None);
        };
        texts.push(text);
    }
    let mut texts = texts.into_iter();
    match (name == "request", texts.next(), texts.next()) {
        (true, Some(verb), Some(path)) => return (Some(verb), Some(path)),
        (false, Some(path), _) => return (None, Some(path)),
        (true, Some(verb), None) if !verb.value.starts_with('/') => {
            if !has_url {
                mistakes.at(verb.span(), "no path follows the verb", example(name));
            }
            return (Some(verb), None);
        }
        (true, ..) => mistakes.push(Mistake::over(
            attribute.path(),
            "`#[request]` has no verb",
            example(name),
        )),
        (false, None, _) if has_url => {}
        (false, None, _) => mistakes.push(Mistake::over(
            attribute.path(),
            format!("`#[{name}]` has no path"),
            example(name),
        )),
    }
    (None, None)
}
