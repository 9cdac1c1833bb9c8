//! Path templates: `/todo/{id}`, `/v{major}/{file}.json`, `/files/{*rest}`, `/search?type=issue`.
//!
//! The literal parts are sent as they are written, so whatever a URL parser would change or read as
//! structure is refused here; the values of placeholders are encoded at run time. What other libraries
//! write for a placeholder (`:id`, `*rest`, `{**rest}`) is answered with what stands for it here.

use proc_macro2::Span;

use crate::diagnostics::Diagnostics;

/// A path, cut at its placeholders.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) pieces: Vec<Piece>,
    /// What follows `?`.
    pub(crate) query: Option<String>,
}

/// One part of a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    /// `{id}`: one segment, or part of one.
    Segment(String),
    /// `{*rest}`: several segments.
    Segments(String),
}

impl Template {
    /// The names between braces, as they stand in the path.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Segment(name) | Piece::Segments(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }
}

/// Reads a template, and says everything that is wrong with it.
pub(crate) fn parse(text: &str, span: Span, mistakes: &mut Diagnostics) -> Option<Template> {
    let before = mistakes.len();
    if let Some(fault) = without_slash(text) {
        mistakes.at(span, fault.0, fault.1);
        return None;
    }
    if let Some(c) = text
        .chars()
        .find(|c| c.is_control() || c.is_whitespace() || "\\#".contains(*c))
    {
        let (what, instead) = match c {
            '#' => ("a path has no `#fragment`".to_owned(), "remove it".to_owned()),
            '\\' => ("`\\` in a path".to_owned(), "write `/`".to_owned()),
            ' ' => (format!("a space in `{text}`"), "remove it, or write `%20`".to_owned()),
            c => (format!("`{}` in a path", c.escape_default()), "remove it".to_owned()),
        };
        mistakes.at(span, what, instead);
        return None;
    }
    let (path, query) = split_query(text);
    if let Some(fault) = foreign(path) {
        mistakes.at(span, fault.0, fault.1);
        return None;
    }
    let pieces = pieces(path, span, mistakes)?;
    for piece in &pieces {
        if let Piece::Literal(literal) = piece {
            characters(literal, span, mistakes);
        }
    }
    segments(path, span, mistakes);
    if let Some(query) = query {
        check_query(query, span, mistakes);
    }
    (mistakes.len() == before).then(|| Template {
        pieces,
        query: query.map(str::to_owned),
    })
}

/// Cuts at the first `?` that is not between braces.
fn split_query(text: &str) -> (&str, Option<&str>) {
    let mut is_inside = false;
    for (index, c) in text.char_indices() {
        match c {
            '{' => is_inside = true,
            '}' => is_inside = false,
            '?' if !is_inside => return (&text[..index], Some(&text[index + 1..])),
            _ => {}
        }
    }
    (text, None)
}

/// What is wrong with the beginning.
fn without_slash(text: &str) -> Option<(String, String)> {
    if text.starts_with('/') {
        None
    } else if text.is_empty() {
        Some(("the path is empty".to_owned(), "write `\"/\"`".to_owned()))
    } else if text.contains("://") {
        Some((
            format!("`{text}` is a URL, not a path"),
            "write what follows its host; the rest is the base URL".to_owned(),
        ))
    } else {
        Some((
            format!("`{text}` does not begin with `/`"),
            format!("write `\"/{text}\"`"),
        ))
    }
}

/// A placeholder as others write it: `:id`, `*rest`, `<id>`, `[id]`, `${id}`.
fn foreign(path: &str) -> Option<(String, String)> {
    let is_name = |text: &str| {
        text.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    for segment in path.split('/') {
        if let Some(name) = segment.strip_prefix(':').filter(|name| is_name(name)) {
            return Some((
                format!("`:{name}` is sent as it is"),
                format!("write `{{{name}}}` for an argument, or `%3A{name}` for a colon"),
            ));
        }
        if let Some(name) = segment.strip_prefix('*').filter(|name| is_name(name)) {
            return Some((
                format!("`*{name}` is sent as it is"),
                format!("write `{{*{name}}}` for several segments, or `%2A{name}` for an asterisk"),
            ));
        }
        for (open, close) in [('<', '>'), ('[', ']')] {
            let inner = segment
                .split_once(open)
                .and_then(|(_, rest)| rest.split_once(close))
                .map(|(inner, _)| inner);
            // `<int:id>` has a type in front.
            let name = inner.map(|inner| inner.rsplit(':').next().unwrap_or(inner));
            if let (Some(inner), Some(name)) = (inner, name.filter(|name| is_name(name))) {
                return Some((
                    format!("`{open}{inner}{close}` is no placeholder"),
                    format!("write `{{{name}}}`"),
                ));
            }
        }
        if let Some((_, rest)) = segment.split_once("${") {
            let name = rest.split('}').next().filter(|name| is_name(name)).unwrap_or("id");
            return Some((
                format!("the `$` of `${{{name}}}` is sent as it is"),
                format!("write `{{{name}}}` for an argument, or `%24{{{name}}}` for a dollar sign"),
            ));
        }
    }
    None
}

/// Cuts a path at its braces.
fn pieces(path: &str, span: Span, mistakes: &mut Diagnostics) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let mut rest = path;
    let before = mistakes.len();
    while let Some(brace) = rest.find(['{', '}']) {
        let (literal, braced) = rest.split_at(brace);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.to_owned()));
        }
        let Some(inner) = braced.strip_prefix('{') else {
            mistakes.at(
                span,
                format!("`}}` without `{{` in `{path}`"),
                "write a placeholder as `{id}`",
            );
            return None;
        };
        let end = inner.find(['{', '}', '/']).unwrap_or(inner.len());
        let (written, after) = inner.split_at(end);
        let Some(after) = after.strip_prefix('}') else {
            let instead = if written.is_empty() { "id" } else { written };
            mistakes.at(
                span,
                format!("`{{{written}` has no end"),
                format!("write `{{{instead}}}`"),
            );
            return None;
        };
        let (name, is_rest) = match written.strip_prefix('*') {
            Some(name) => (name, true),
            None => (written, false),
        };
        let fault =
            bad_name(written, name).or_else(|| is_rest.then(|| part_of_a_segment(written, path, after)).flatten());
        if let Some(fault) = fault {
            mistakes.at(span, fault.0, fault.1);
        } else if seen.contains(&name) {
            mistakes.at(
                span,
                format!("`{{{written}}}` is in the path twice"),
                "give the second another name",
            );
        }
        seen.push(name);
        pieces.push(if is_rest {
            Piece::Segments(name.to_owned())
        } else {
            Piece::Segment(name.to_owned())
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    (mistakes.len() == before).then_some(pieces)
}

/// What is wrong with what stands between braces; `name` is without its `*`.
fn bad_name(written: &str, name: &str) -> Option<(String, String)> {
    let is_part = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let bare = name.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let bare = if bare.is_empty() { "rest" } else { bare };
    if written.is_empty() {
        Some(("`{}` names no argument".to_owned(), "write `{id}`".to_owned()))
    } else if name.is_empty() {
        Some(("`{*}` names no argument".to_owned(), "write `{*rest}`".to_owned()))
    } else if name.chars().all(|c| c.is_ascii_digit()) {
        Some((
            format!("`{{{written}}}` is a position, not a name"),
            "write the name of an argument, as `{id}`".to_owned(),
        ))
    } else if name.starts_with(['*', '+']) || name.ends_with('*') || name.contains("..") {
        Some((
            format!("unknown placeholder `{{{written}}}`"),
            format!("write `{{*{bare}}}` for several segments, or `{{{bare}}}` for one"),
        ))
    } else if name.starts_with(['?', '&']) {
        Some((
            format!("a placeholder in the query: `{{{written}}}`"),
            format!("remove it, and mark an argument `#[query] {bare}`"),
        ))
    } else if name.ends_with('?') {
        Some((
            format!("`{{{written}}}` cannot be left out"),
            format!("write `{{{bare}}}`, and a second method for the path without it"),
        ))
    } else if let Some((before, _)) = name.split_once(':') {
        Some((
            format!("`{{{written}}}` has a format"),
            format!("write `{{{before}}}`; its argument's `Display` says how it is sent"),
        ))
    } else if !name.chars().all(is_part) {
        Some((
            format!("`{{{written}}}` is not the name of an argument"),
            "write a name as `{id}`".to_owned(),
        ))
    } else {
        None
    }
}

/// Several segments cannot share one with something else. `after` is what follows the placeholder in `path`.
fn part_of_a_segment(written: &str, path: &str, after: &str) -> Option<(String, String)> {
    let braced = format!("{{{written}}}");
    let before = &path[..path.len() - after.len() - braced.len()];
    let start = before.rfind('/').map_or(0, |slash| slash + 1);
    let end = path.len() - after.len() + after.find('/').unwrap_or(after.len());
    let segment = &path[start..end];
    let name = written.trim_start_matches('*');
    (segment != braced).then(|| {
        (
            format!("`{braced}` is part of the segment `{segment}`"),
            format!("write `/{braced}` between slashes, or `{{{name}}}`, which is part of one segment"),
        )
    })
}

/// Refuses what no path may hold as it is, RFC 3986 section 3.3.
fn characters(literal: &str, span: Span, mistakes: &mut Diagnostics) {
    let mut bytes = literal.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            continue;
        }
        let mut ahead = bytes.clone();
        let digits = [ahead.next(), ahead.next()];
        if !digits
            .iter()
            .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit()))
        {
            mistakes.at(span, format!("`%` in `{literal}` is no escape"), "write `%25`");
            return;
        }
    }
    if let Some(c) = literal.chars().find(|&c| !is_path_character(c)) {
        mistakes.at(
            span,
            format!("`{c}` in a path"),
            format!("write it encoded, as `{}`", encoded(c)),
        );
    }
}

fn is_path_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(c)
}

fn encoded(c: char) -> String {
    let escapes: Vec<String> = c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    escapes.concat()
}

/// Refuses segments that a URL parser takes for structure.
fn segments(path: &str, span: Span, mistakes: &mut Diagnostics) {
    if path.contains("//") {
        mistakes.at(
            span,
            format!("`{path}` has an empty segment"),
            format!("write `\"{}\"`", squeezed(path)),
        );
        return;
    }
    for segment in path.split('/') {
        let dots = segment.replace("%2e", ".").replace("%2E", ".");
        if dots == "." || dots == ".." {
            mistakes.at(
                span,
                format!("the segment `{segment}` would be resolved away"),
                "write the path that is meant",
            );
        }
    }
}

/// Without repeated slashes.
fn squeezed(path: &str) -> String {
    let mut squeezed = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !squeezed.ends_with('/') {
            squeezed.push(c);
        }
    }
    squeezed
}

fn check_query(query: &str, span: Span, mistakes: &mut Diagnostics) {
    if query.is_empty() {
        mistakes.at(span, "nothing follows `?`", "remove it");
    } else if query.contains(['{', '}']) {
        let pair = query.split('&').find(|pair| pair.contains(['{', '}'])).unwrap_or(query);
        let name = pair.split('=').next().unwrap_or_default();
        mistakes.at(
            span,
            format!("a placeholder in the query: `{pair}`"),
            format!("remove it, and mark an argument `#[query(\"{name}\")]`"),
        );
    } else if let Some(c) = query.chars().find(|&c| !is_path_character(c) && c != '?') {
        mistakes.at(
            span,
            format!("`{c}` in a query"),
            format!("write it encoded, as `{}`", encoded(c)),
        );
    }
}

#[cfg(test)]
mod tests;
