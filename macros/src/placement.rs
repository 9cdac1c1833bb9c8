//! Path and arguments, compared in both directions: every argument has its place in the request, and
//! every placeholder its argument.

use proc_macro2::Span;
use syn::ext::IdentExt;

use crate::ast::{self, Header, PathTemplate, Role};
use crate::diagnostics::{Diagnostics, Mistake, nearest};
use crate::model::{Parameter, Place};

/// An argument with its place, and what put it there.
pub(crate) struct Placed {
    pub(crate) parameter: Parameter,
    /// The attribute, or its argument's name where it has none.
    span: Span,
    is_marked: bool,
}

impl Placed {
    /// As the user knows the argument.
    fn name(&self) -> String {
        self.parameter.name.unraw().to_string()
    }
}

/// Gives every argument its place. What is missing in `verb` and `path` has been reported.
pub(crate) fn places(
    verb: Option<&str>,
    path: Option<&PathTemplate>,
    parameters: Vec<ast::Parameter>,
    mistakes: &mut Diagnostics,
) -> Vec<Placed> {
    let count = parameters.len();
    let placed: Vec<Placed> = parameters.into_iter().filter_map(place).collect();
    let mut urls = placed.iter().filter(|argument| argument.parameter.place == Place::Url);
    match (urls.next(), path) {
        (Some(url), path) => {
            for second in urls {
                mistakes.at(
                    second.span,
                    "a second `#[url]`",
                    "remove one; a request goes to one URL",
                );
            }
            beside_url(url, path, &placed, mistakes);
        }
        (None, Some(path)) => {
            // What could not be read may be the very argument that the path lacks.
            let are_all_known = placed.len() == count;
            path_arguments(verb, path, &placed, are_all_known, mistakes);
        }
        (None, None) => {}
    }
    optional(path, &placed, mistakes);
    bodies(verb, &placed, mistakes);
    queries(path, &placed, mistakes);
    placed
}

fn place(parameter: ast::Parameter) -> Option<Placed> {
    let ast::Parameter { name, ty, cfgs, role } = parameter;
    let name = name?;
    let is_marked = !matches!(role, Role::Unmarked);
    let (place, span) = match role {
        Role::Unreadable => return None,
        Role::Unmarked => (Place::Path(name.unraw().to_string()), name.span()),
        Role::Path { placeholder, span } => (Place::Path(placeholder), span),
        Role::Query { name, span } => (Place::Query(name), span),
        Role::QueryFields => (Place::QueryFields, name.span()),
        Role::Header { name, span } => (Place::Header(name), span),
        Role::Body { span } => (Place::Body, span),
        Role::Url { span } => (Place::Url, span),
    };
    Some(Placed {
        parameter: Parameter { name, ty, cfgs, place },
        span,
        is_marked,
    })
}

/// Where an argument is the whole URL, nothing else is part of it.
fn beside_url(url: &Placed, path: Option<&PathTemplate>, placed: &[Placed], mistakes: &mut Diagnostics) {
    if let Some(path) = path {
        mistakes.at(
            path.span,
            format!("a path beside `#[url] {}`", url.name()),
            "remove the path, or mark the argument `#[path]` and name it in the path",
        );
        return;
    }
    for argument in placed {
        let Place::Path(placeholder) = &argument.parameter.place else {
            continue;
        };
        let (what, instead) = if argument.is_marked {
            (
                format!("`#[path]` beside `#[url] {}`, which is the whole URL", url.name()),
                "mark the argument `#[query]`, or write a path in place of `#[url]`",
            )
        } else {
            (
                format!("`{placeholder}` has no place in the request"),
                "mark it `#[query]`, `#[header(\"…\")]` or `#[body]`",
            )
        };
        mistakes.at(argument.span, what, instead);
    }
}

fn path_arguments(
    verb: Option<&str>,
    path: &PathTemplate,
    placed: &[Placed],
    are_all_known: bool,
    mistakes: &mut Diagnostics,
) {
    let mut open: Vec<&str> = path.template.placeholders().collect();
    let mut strangers = Vec::new();
    for argument in placed {
        let Place::Path(placeholder) = &argument.parameter.place else {
            continue;
        };
        if let Some(index) = open.iter().position(|open| open == placeholder) {
            open.remove(index);
        } else if path.template.placeholders().any(|known| known == placeholder) {
            mistakes.at(
                argument.span,
                format!("`{{{placeholder}}}` has an argument already"),
                "remove one",
            );
        } else {
            strangers.push((argument, placeholder));
        }
    }
    let has_body = placed.iter().any(|argument| argument.parameter.place == Place::Body);
    let wants_body = !has_body && matches!(verb, Some("POST" | "PUT" | "PATCH"));
    for (argument, placeholder) in strangers {
        // Argument and placeholder that are spelt differently are one mistake, not two.
        let near = meant(placeholder, &open);
        open.retain(|open| Some(*open) != near);
        without_place(argument, placeholder, near, wants_body, &path.written, mistakes);
    }
    if are_all_known {
        for placeholder in open {
            without_argument(placeholder, path.span, placed, mistakes);
        }
    }
}

/// The placeholder that an argument was most likely meant for: `{id}` for `todo_id` and for `#[path("{id}")]`.
fn meant<'a>(argument: &str, open: &[&'a str]) -> Option<&'a str> {
    let bare = argument.trim_matches(|c: char| "{}*:<>".contains(c));
    let is_part = |whole: &str, part: &str| {
        let rest = whole.strip_suffix(part).filter(|rest| rest.ends_with(['_', '-']));
        rest.is_some()
    };
    let found = open.iter().copied().find(|open| *open == bare);
    found.or_else(|| nearest(argument, open)).or_else(|| match open {
        [open] if is_part(argument, open) || is_part(open, argument) => Some(open),
        _ => None,
    })
}

/// An argument that the path does not name.
fn without_place(
    argument: &Placed,
    placeholder: &str,
    near: Option<&str>,
    wants_body: bool,
    path: &str,
    mistakes: &mut Diagnostics,
) {
    let (what, instead) = match (argument.is_marked, near) {
        (true, Some(near)) => (
            format!("no placeholder is called `{placeholder}`"),
            format!("write `#[path(\"{near}\")]`"),
        ),
        (true, None) => (
            format!("no placeholder is called `{placeholder}`"),
            format!("write `{{{placeholder}}}` in `{path}`"),
        ),
        (false, Some(near)) => (
            format!("`{placeholder}` has no place in the request"),
            format!("write `{near}`, as in the path, or `#[path(\"{near}\")] {placeholder}`"),
        ),
        (false, None) if wants_body => (
            format!("`{placeholder}` has no place in the request"),
            format!("mark it `#[body]`, `#[query]` or `#[header(\"…\")]`, or write `{{{placeholder}}}` in the path"),
        ),
        (false, None) => (
            format!("`{placeholder}` has no place in the request"),
            format!("write `{{{placeholder}}}` in the path, or mark it `#[query]`, `#[header(\"…\")]` or `#[body]`"),
        ),
    };
    mistakes.at(argument.span, what, instead);
}

/// A placeholder that nothing fills.
fn without_argument(placeholder: &str, span: Span, placed: &[Placed], mistakes: &mut Diagnostics) {
    let namesake = placed.iter().find(|other| other.name() == placeholder);
    let instead = match namesake.map(|other| &other.parameter.place) {
        Some(Place::Query(_) | Place::QueryFields) => format!("remove `#[query]` from `{placeholder}`"),
        Some(Place::Header(_)) => format!("remove `#[header]` from `{placeholder}`"),
        Some(Place::Body) => format!("remove `#[body]` from `{placeholder}`"),
        _ if syn::parse_str::<syn::Ident>(placeholder).is_ok() => {
            format!("write an argument `{placeholder}: …`, or `#[path(\"{placeholder}\")]` on another")
        }
        _ => format!("write `#[path(\"{placeholder}\")]` on an argument"),
    };
    mistakes.at(span, format!("`{{{placeholder}}}` has no argument"), instead);
}

/// A path has as many segments as it has.
fn optional(path: Option<&PathTemplate>, placed: &[Placed], mistakes: &mut Diagnostics) {
    let is_known = |name: &str| path.is_some_and(|path| path.template.placeholders().any(|known| known == name));
    for argument in placed {
        let what = match &argument.parameter.place {
            Place::Path(name) if is_known(name) => "a path has no part that can be left out",
            Place::Url => "a request needs its URL",
            _ => continue,
        };
        let mut words = argument.parameter.ty.clone().into_iter();
        // `std::option::Option<…>` as well.
        let option = words.find(|token| !matches!(token.to_string().as_str(), "std" | "core" | "option" | ":"));
        let Some(option) = option.filter(|word| word.to_string() == "Option") else {
            continue;
        };
        let instead = match argument.parameter.place {
            Place::Url => "write the type inside, and call the method where there is one",
            _ => "write a second method for the path without it, or mark the argument `#[query]`",
        };
        mistakes.push(Mistake::over(option, what, instead));
    }
}

/// At most one body, and none where nobody reads it.
fn bodies(verb: Option<&str>, placed: &[Placed], mistakes: &mut Diagnostics) {
    let mut bodies = placed.iter().filter(|argument| argument.parameter.place == Place::Body);
    let first = bodies.next();
    if let (Some(verb @ ("GET" | "HEAD" | "TRACE")), Some(body)) = (verb, first) {
        mistakes.at(
            body.span,
            format!("a `{verb}` has no body"),
            "mark the argument `#[query]`, or write `#[post(…)]`",
        );
    }
    for second in bodies {
        mistakes.at(
            second.span,
            "a second body",
            "put both in one struct, or mark one `#[query]`",
        );
    }
}

/// No two arguments are sent under one name, nor one that the path sends already.
fn queries(path: Option<&PathTemplate>, placed: &[Placed], mistakes: &mut Diagnostics) {
    let written = path.and_then(|path| path.template.query.as_deref()).unwrap_or_default();
    let of_path: Vec<&str> = written
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty())
        .collect();
    let mut seen: Vec<&str> = Vec::new();
    for argument in placed {
        let Place::Query(name) = &argument.parameter.place else {
            continue;
        };
        // Where `#[cfg]` chooses, one of them is sent.
        if !argument.parameter.cfgs.is_empty() {
            continue;
        }
        let instead = if of_path.contains(&name.as_str()) {
            Some("remove it from the path, or write another name, as `#[query(\"name\")]`")
        } else if seen.contains(&name.as_str()) {
            Some("write another name, as `#[query(\"name\")]`, or hand over both as one slice")
        } else {
            None
        };
        if let Some(instead) = instead {
            mistakes.at(argument.span, format!("the query `{name}` is sent twice"), instead);
        }
        seen.push(name);
    }
}

/// The headers that never change, under lower-case names: the trait's and the method's. No header is set twice by one
/// method; what the method sets in any way replaces the trait's.
pub(crate) fn headers(
    of_trait: &[Header],
    own: &[Header],
    placed: &[Placed],
    idempotency_key: Option<&str>,
    mistakes: &mut Diagnostics,
) -> Vec<(String, String)> {
    let mut seen: Vec<String> = Vec::new();
    let key = idempotency_key.map(|name| (name, None));
    let constants = own.iter().map(|header| (header.name.as_str(), Some(header.span)));
    let arguments = placed.iter().filter_map(|argument| match &argument.parameter.place {
        Place::Header(name) => Some((name.as_str(), Some(argument.span))),
        _ => None,
    });
    for (name, span) in key.into_iter().chain(constants).chain(arguments) {
        let lower = name.to_ascii_lowercase();
        if let Some(span) = span.filter(|_| seen.contains(&lower)) {
            mistakes.at(span, format!("the header `{name}` is set twice"), "remove one");
        }
        seen.push(lower);
    }
    let kept = of_trait
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), header.value.clone()))
        .filter(|(name, _)| !seen.contains(name));
    let own = own
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), header.value.clone()));
    kept.chain(own).collect()
}
