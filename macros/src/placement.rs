//! Path and arguments, compared in both directions: every argument has its place in the request, and
//! every placeholder its argument.

use proc_macro2::Span;
use syn::ext::IdentExt;

use crate::ast::{self, PathTemplate, Role};
use crate::diagnostics::{Diagnostics, nearest};
use crate::model::{Parameter, Place};

/// An argument with its place, and what put it there.
pub(crate) struct Placed {
    pub(crate) parameter: Parameter,
    /// The attribute, or its argument's name where it has none.
    span: Span,
    is_marked: bool,
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
    if let Some(path) = path {
        // What could not be read may be the very argument that the path lacks.
        let are_all_known = placed.len() == count;
        path_arguments(path, &placed, are_all_known, mistakes);
    }
    bodies(verb, &placed, mistakes);
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
        Role::Header { name, span } => (Place::Header(name), span),
        Role::Body { span } => (Place::Body, span),
    };
    Some(Placed {
        parameter: Parameter { name, ty, cfgs, place },
        span,
        is_marked,
    })
}

fn path_arguments(path: &PathTemplate, placed: &[Placed], are_all_known: bool, mistakes: &mut Diagnostics) {
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
    for (argument, placeholder) in strangers {
        // Argument and placeholder that are spelt differently are one mistake, not two.
        let near = nearest(placeholder, &open);
        open.retain(|open| Some(*open) != near);
        without_place(argument, placeholder, near, &path.written, mistakes);
    }
    if are_all_known {
        for placeholder in open {
            without_argument(placeholder, path.span, placed, mistakes);
        }
    }
}

/// An argument that the path does not name.
fn without_place(argument: &Placed, placeholder: &str, near: Option<&str>, path: &str, mistakes: &mut Diagnostics) {
    let (what, instead) = match (argument.is_marked, near) {
        (true, Some(near)) => (
            format!("the path has no `{{{placeholder}}}`"),
            format!("write `#[path(\"{near}\")]`"),
        ),
        (true, None) => (
            format!("the path has no `{{{placeholder}}}`"),
            format!("write `{{{placeholder}}}` in `{path}`"),
        ),
        (false, Some(near)) => (
            format!("`{placeholder}` has no place in the request"),
            format!("write `{near}`, as in the path, or `#[path(\"{near}\")] {placeholder}`"),
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
    let namesake = placed.iter().find(|other| other.parameter.name.unraw() == placeholder);
    let instead = match namesake.map(|other| &other.parameter.place) {
        Some(Place::Query(_)) => format!("remove `#[query]` from `{placeholder}`"),
        Some(Place::Header(_)) => format!("remove `#[header]` from `{placeholder}`"),
        Some(Place::Body) => format!("remove `#[body]` from `{placeholder}`"),
        _ if syn::parse_str::<syn::Ident>(placeholder).is_ok() => {
            format!("write an argument `{placeholder}: …`, or `#[path(\"{placeholder}\")]` on another")
        }
        _ => format!("write `#[path(\"{placeholder}\")]` on an argument"),
    };
    mistakes.at(span, format!("`{{{placeholder}}}` has no argument"), instead);
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

/// No header is set twice.
pub(crate) fn headers(placed: &[Placed], idempotency_key: Option<&str>, mistakes: &mut Diagnostics) {
    let mut seen: Vec<String> = idempotency_key.iter().map(|name| name.to_ascii_lowercase()).collect();
    for argument in placed {
        let Place::Header(name) = &argument.parameter.place else {
            continue;
        };
        let lower = name.to_ascii_lowercase();
        if seen.contains(&lower) {
            mistakes.at(argument.span, format!("the header `{name}` is set twice"), "remove one");
        }
        seen.push(lower);
    }
}
