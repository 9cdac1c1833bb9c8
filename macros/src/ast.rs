//! What is written: the trait's members with our attributes taken off them and read.
//!
//! The trait itself stays as it is and where it is; nothing is compared with anything else yet.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, ItemTrait, Meta, Pat, PatType, PatWild, TraitItem, TraitItemFn};

use crate::attr::{self, Argument, Text};
use crate::diagnostics::{Diagnostics, Mistake, ends, list, nearest, one_of};
use crate::grammar::http;
use crate::grammar::template::{self, Template};
use crate::keys::{self, Keys, Level};

const VERBS: [&str; 8] = ["get", "head", "post", "put", "patch", "delete", "options", "request"];
const ROLES: [&str; 4] = ["path", "query", "header", "body"];

/// One item of the trait.
pub(crate) enum Member {
    /// Has a verb.
    Method(Box<Method>),
    /// Has neither a verb nor a body, which has been reported.
    Unsent,
    /// Has a body and no verb.
    Provided,
    /// Not a method.
    Other,
}

/// A method that makes a request.
pub(crate) struct Method {
    /// As it is sent: `GET`; `None` where it is wrong.
    pub(crate) verb: Option<String>,
    /// `None` where it is missing or wrong.
    pub(crate) path: Option<PathTemplate>,
    pub(crate) keys: Keys,
    pub(crate) parameters: Vec<Parameter>,
    /// Whether a mistake was found so far.
    pub(crate) is_sound: bool,
}

/// The path of a method.
pub(crate) struct PathTemplate {
    pub(crate) span: Span,
    pub(crate) written: String,
    pub(crate) template: Template,
}

/// An argument with the attributes that say where it is sent.
pub(crate) struct Parameter {
    /// `None` for a pattern that is no name, which has been reported.
    pub(crate) name: Option<Ident>,
    pub(crate) ty: TokenStream,
    pub(crate) cfgs: TokenStream,
    pub(crate) role: Role,
}

/// The attribute on an argument.
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
    Header {
        name: String,
        span: Span,
    },
    Body {
        span: Span,
    },
    /// A wrong one, which has been reported.
    Unreadable,
}

/// Reads every member and takes our attributes off it.
pub(crate) fn members(item: &mut ItemTrait, mistakes: &mut Diagnostics) -> Vec<Member> {
    without_namesakes(item, mistakes);
    item.items
        .iter_mut()
        .map(|item| match item {
            TraitItem::Fn(method) => member(method, mistakes),
            _ => Member::Other,
        })
        .collect()
}

/// Keeps the first of several methods with one name, unless a `#[cfg]` may choose between them.
fn without_namesakes(item: &mut ItemTrait, mistakes: &mut Diagnostics) {
    let mut seen: Vec<Ident> = Vec::new();
    item.items.retain(|item| {
        let TraitItem::Fn(method) = item else { return true };
        let name = &method.sig.ident;
        if method.attrs.iter().any(|attr| attr.path().is_ident("cfg")) {
            return true;
        }
        if seen.contains(name) {
            mistakes.at(name.span(), format!("a second method `{name}`"), "give it another name");
            return false;
        }
        seen.push(name.clone());
        true
    });
}

fn member(method: &mut TraitItemFn, mistakes: &mut Diagnostics) -> Member {
    let before = mistakes.len();
    let mut verbs = take(&mut method.attrs, &VERBS).into_iter();
    let Some(first) = verbs.next() else {
        if method.default.is_some() {
            return Member::Provided;
        }
        no_verb(method, mistakes);
        // Whatever stands on the arguments belongs to the verb that is missing.
        parameters(method, &mut Diagnostics::default());
        return Member::Unsent;
    };
    let (verb, path, keys) = verb(&first, mistakes);
    for second in verbs {
        mistakes.push(Mistake::over(
            second.path(),
            format!("a second verb on `{}`", method.sig.ident.unraw()),
            "write a method for each",
        ));
    }
    if let Some(body) = &method.default {
        mistakes.at(
            body.brace_token.span.open(),
            format!("`{}` has both a verb and a body", method.sig.ident.unraw()),
            "remove the body, which the client writes, or the verb",
        );
    }
    let parameters = parameters(method, mistakes);
    Member::Method(Box::new(Method {
        verb,
        path,
        keys,
        parameters,
        is_sound: mistakes.len() == before,
    }))
}

/// Takes the attributes of these names off an item.
fn take(attrs: &mut Vec<Attribute>, names: &[&str]) -> Vec<Attribute> {
    attrs
        .extract_if(.., |attr| names.iter().any(|name| attr.path().is_ident(name)))
        .collect()
}

/// A method that the client cannot write; perhaps its verb is misspelt.
fn no_verb(method: &mut TraitItemFn, mistakes: &mut Diagnostics) {
    let misspelt = method.attrs.iter().position(|attr| {
        attr.path().get_ident().is_some_and(|name| {
            let is_like_a_verb = nearest(&name.to_string(), &VERBS).is_some();
            let has_a_path = matches!(&attr.meta, Meta::List(list) if {
                let arguments = attr::arguments(list.tokens.clone());
                arguments.first().and_then(|first| Text::read(first)).is_some_and(|text| text.value.starts_with('/'))
            });
            is_like_a_verb || has_a_path
        })
    });
    if let Some(misspelt) = misspelt {
        let attribute = method.attrs.remove(misspelt);
        let written = attribute.path().to_token_stream().to_string();
        let instead = match nearest(&written, &VERBS) {
            Some(verb) => format!("write `#[{verb}(\"/…\")]`"),
            None => format!(
                "write one of {}, or `#[request(\"{}\", \"/…\")]`",
                list(VERBS),
                written.to_uppercase()
            ),
        };
        mistakes.push(Mistake::over(
            attribute.path(),
            format!("`#[{written}]` is not a verb"),
            instead,
        ));
        return;
    }
    mistakes.at(
        method.sig.ident.span(),
        format!("`{}` has neither a verb nor a body", method.sig.ident.unraw()),
        "write `#[get(\"/…\")]` above it, or give it a body",
    );
}

/// Reads `#[get("/path", keys…)]` or `#[request("VERB", "/path", keys…)]`.
fn verb(attribute: &Attribute, mistakes: &mut Diagnostics) -> (Option<String>, Option<PathTemplate>, Keys) {
    let name = attribute.path().to_token_stream().to_string();
    let tokens = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let mut arguments = attr::arguments(tokens).into_iter().peekable();
    let expected = if name == "request" { 2 } else { 1 };
    let line: Vec<Argument> = std::iter::from_fn(|| arguments.next_if(|argument| !keys::is_key(argument)))
        .take(expected)
        .collect();
    let keys = keys::read(arguments, Level::Method, mistakes);
    let (verb, path) = request_line(attribute, &name, &line, mistakes);
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

/// The strings in front of the keys: the verb of `#[request]`, and the path.
fn request_line(
    attribute: &Attribute,
    name: &str,
    line: &[Argument],
    mistakes: &mut Diagnostics,
) -> (Option<Text>, Option<Text>) {
    let is_request = name == "request";
    let example = if is_request {
        "write `#[request(\"PURGE\", \"/…\")]`".to_owned()
    } else {
        format!("write `#[{name}(\"/…\")]`")
    };
    let mut texts = Vec::new();
    for argument in line {
        let Some(text) = Text::read(argument) else {
            let tokens: TokenStream = argument.iter().cloned().collect();
            mistakes.push(Mistake::over(&tokens, format!("`{tokens}` is not a string"), example));
            return (None, None);
        };
        texts.push(text);
    }
    let mut texts = texts.into_iter();
    match (is_request, texts.next(), texts.next()) {
        (true, Some(verb), Some(path)) => return (Some(verb), Some(path)),
        (false, Some(path), _) => return (None, Some(path)),
        (true, Some(verb), None) if !verb.value.starts_with('/') => {
            mistakes.at(verb.span(), "no path follows the verb", example);
        }
        (true, ..) => mistakes.push(Mistake::over(attribute.path(), "`#[request]` has no verb", example)),
        (false, None, _) => {
            mistakes.push(Mistake::over(
                attribute.path(),
                format!("`#[{name}]` has no path"),
                example,
            ));
        }
    }
    (None, None)
}

/// Reads the arguments after the receiver.
fn parameters(method: &mut TraitItemFn, mistakes: &mut Diagnostics) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for input in &mut method.sig.inputs {
        let FnArg::Typed(argument) = input else { continue };
        let role = role(argument, mistakes);
        let name = argument_name(argument, mistakes);
        let cfgs = argument.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
        parameters.push(Parameter {
            role: role.unwrap_or(Role::Unmarked).named_after(name.as_ref()),
            ty: argument.ty.to_token_stream(),
            cfgs: cfgs.map(ToTokens::to_token_stream).collect(),
            name,
        });
    }
    parameters
}

/// The argument's name; what is no name becomes `_`, so that rustc does not complain as well.
fn argument_name(argument: &mut PatType, mistakes: &mut Diagnostics) -> Option<Ident> {
    let span = match &mut *argument.pat {
        Pat::Ident(pattern) => match (&pattern.by_ref, &pattern.mutability, &pattern.subpat) {
            (None, None, None) => return Some(pattern.ident.clone()),
            _ => pattern.ident.span(),
        },
        Pat::Wild(_) => {
            mistakes.push(Mistake::over(
                &argument.pat,
                "`_` cannot be sent",
                "give the argument a name",
            ));
            return None;
        }
        pattern => ends(pattern.to_token_stream()).0,
    };
    let written = argument.pat.to_token_stream();
    mistakes.push(Mistake::over(
        &written,
        format!("the pattern `{written}` cannot be sent"),
        "write a name, as `todo: …`",
    ));
    *argument.pat = Pat::Wild(PatWild {
        attrs: Vec::new(),
        underscore_token: syn::Token![_](span),
    });
    None
}

/// Takes our attributes off an argument and reads the first.
fn role(argument: &mut PatType, mistakes: &mut Diagnostics) -> Option<Role> {
    let mut attributes = take(&mut argument.attrs, &ROLES).into_iter();
    let Some(first) = attributes.next() else {
        return misspelt_role(argument, mistakes);
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
    Some(read_role(&first, mistakes).unwrap_or(Role::Unreadable))
}

/// An attribute on an argument that only we could have meant, were it spelt right.
fn misspelt_role(argument: &mut PatType, mistakes: &mut Diagnostics) -> Option<Role> {
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
        one_of(&written, &ROLES),
    ));
    Some(Role::Unreadable)
}

fn read_role(attribute: &Attribute, mistakes: &mut Diagnostics) -> Option<Role> {
    let kind = attribute.path().to_token_stream().to_string();
    let span = ends(attribute.path().to_token_stream()).0;
    let example = match kind.as_str() {
        "path" => "write `#[path]` or `#[path(\"id\")]`",
        "query" => "write `#[query]` or `#[query(\"name\")]`",
        "header" => "write `#[header(\"X-Name\")]`",
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
        [argument] if kind != "body" && Text::read(argument).is_some() => Text::read(argument),
        all => {
            let extra: TokenStream = match all {
                [first, second, ..] if Text::read(first).is_some() => second.iter().cloned().collect(),
                [first, ..] => first.iter().cloned().collect(),
                [] => TokenStream::new(),
            };
            mistakes.push(Mistake::over(
                &extra,
                format!("unknown `{extra}` in `#[{kind}]`"),
                example,
            ));
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

impl Role {
    /// Where the attribute gives no name, the argument's stands.
    fn named_after(mut self, argument: Option<&Ident>) -> Self {
        if let (Self::Path { placeholder: name, .. } | Self::Query { name, .. }, Some(argument)) = (&mut self, argument)
            && name.is_empty()
        {
            *name = argument.unraw().to_string();
        }
        self
    }
}
