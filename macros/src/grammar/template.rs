//! Path templates: `/todo/{id}`, `/v{major}/{file}.json`, `/search?type=issue`.
//!
//! The literal parts are sent as they are written, so whatever a URL parser would change or read as
//! structure is refused here; the values of placeholders are encoded at run time.

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
    Placeholder(String),
}

impl Template {
    /// The names between braces, as they stand in the path.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name.as_str()),
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
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
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
        let (name, after) = inner.split_at(end);
        let Some(after) = after.strip_prefix('}') else {
            let instead = if name.is_empty() { "id" } else { name };
            mistakes.at(span, format!("`{{{name}` has no end"), format!("write `{{{instead}}}`"));
            return None;
        };
        if let Some(fault) = bad_name(name) {
            mistakes.at(span, fault.0, fault.1);
        } else if seen.contains(&name) {
            mistakes.at(
                span,
                format!("`{{{name}}}` is in the path twice"),
                "give the second another name",
            );
        }
        seen.push(name);
        pieces.push(Piece::Placeholder(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    (mistakes.len() == before).then_some(pieces)
}

fn bad_name(name: &str) -> Option<(String, String)> {
    if name.is_empty() {
        Some(("`{}` names no argument".to_owned(), "write `{id}`".to_owned()))
    } else if let Some(rest) = name.strip_prefix('*') {
        Some((
            format!("unknown placeholder `{{{name}}}`"),
            format!(
                "write `{{{}}}`, which is one segment",
                if rest.is_empty() { "rest" } else { rest }
            ),
        ))
    } else if let Some((before, _)) = name.split_once(':') {
        Some((
            format!("`{{{name}}}` has a format"),
            format!("write `{{{before}}}`; its argument's `Display` says how it is sent"),
        ))
    } else if name.contains(|c: char| !c.is_alphanumeric() && !"_-.".contains(c)) {
        Some((
            format!("`{{{name}}}` is not the name of an argument"),
            "write a name as `{id}`".to_owned(),
        ))
    } else {
        None
    }
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
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Template, String> {
        let mut mistakes = Diagnostics::default();
        let template = parse(text, Span::call_site(), &mut mistakes);
        let messages = mistakes.messages().join("\n\n");
        assert_eq!(template.is_none(), !messages.is_empty(), "{text}");
        template.ok_or(messages)
    }

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    fn placeholder(name: &str) -> Piece {
        Piece::Placeholder(name.to_owned())
    }

    #[test]
    fn templates() {
        for (text, pieces, query) in [
            ("/", vec![literal("/")], None),
            ("/todo/", vec![literal("/todo/")], None),
            ("/todo/{id}", vec![literal("/todo/"), placeholder("id")], None),
            ("/{id}", vec![literal("/"), placeholder("id")], None),
            (
                "/v{major}/{file}.json",
                vec![
                    literal("/v"),
                    placeholder("major"),
                    literal("/"),
                    placeholder("file"),
                    literal(".json"),
                ],
                None,
            ),
            (
                "/a/{b}{c}",
                vec![literal("/a/"), placeholder("b"), placeholder("c")],
                None,
            ),
            ("/{page-id}", vec![literal("/"), placeholder("page-id")], None),
            (
                "/search?type=issue&q=a%20b",
                vec![literal("/search")],
                Some("type=issue&q=a%20b"),
            ),
            (
                "/a%2Fb/c:d@e/.{x}",
                vec![literal("/a%2Fb/c:d@e/."), placeholder("x")],
                None,
            ),
        ] {
            let query = query.map(str::to_owned);
            assert_eq!(read(text), Ok(Template { pieces, query }), "{text}");
        }
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            ("", "the path is empty\nwrite `\"/\"`"),
            ("todo", "`todo` does not begin with `/`\nwrite `\"/todo\"`"),
            (
                "https://x/todo",
                "`https://x/todo` is a URL, not a path\nwrite what follows its host; the rest is the base URL",
            ),
            ("/todo/{id", "`{id` has no end\nwrite `{id}`"),
            ("/todo/{", "`{` has no end\nwrite `{id}`"),
            ("/{a/b}", "`{a` has no end\nwrite `{a}`"),
            ("/{{id}}", "`{` has no end\nwrite `{id}`"),
            (
                "/todo/id}",
                "`}` without `{` in `/todo/id}`\nwrite a placeholder as `{id}`",
            ),
            ("/todo/{}", "`{}` names no argument\nwrite `{id}`"),
            (
                "/{*rest}",
                "unknown placeholder `{*rest}`\nwrite `{rest}`, which is one segment",
            ),
            (
                "/{id:03}",
                "`{id:03}` has a format\nwrite `{id}`; its argument's `Display` says how it is sent",
            ),
            (
                "/{a+b}",
                "`{a+b}` is not the name of an argument\nwrite a name as `{id}`",
            ),
            (
                "/{id}/{id}",
                "`{id}` is in the path twice\ngive the second another name",
            ),
            ("/a b", "a space in `/a b`\nremove it, or write `%20`"),
            ("/a\nb", "`\\n` in a path\nremove it"),
            ("/a\u{7f}", "`\\u{7f}` in a path\nremove it"),
            ("/a#b", "a path has no `#fragment`\nremove it"),
            ("/a\\b", "`\\` in a path\nwrite `/`"),
            ("/a//b", "`/a//b` has an empty segment\nwrite `\"/a/b\"`"),
            ("//host/a", "`//host/a` has an empty segment\nwrite `\"/host/a\"`"),
            (
                "/a/../b",
                "the segment `..` would be resolved away\nwrite the path that is meant",
            ),
            (
                "/a/%2E%2e",
                "the segment `%2E%2e` would be resolved away\nwrite the path that is meant",
            ),
            (
                "/./b",
                "the segment `.` would be resolved away\nwrite the path that is meant",
            ),
            ("/100%", "`%` in `/100%` is no escape\nwrite `%25`"),
            ("/café", "`é` in a path\nwrite it encoded, as `%C3%A9`"),
            ("/a|b", "`|` in a path\nwrite it encoded, as `%7C`"),
            ("/a?", "nothing follows `?`\nremove it"),
            (
                "/a?page={page}",
                "a placeholder in the query: `page={page}`\nremove it, and mark an argument `#[query(\"page\")]`",
            ),
            ("/a?b=\"", "`\"` in a query\nwrite it encoded, as `%22`"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn several_mistakes_are_all_reported() {
        let messages = read("/{}/{id}/{id}").expect_err("two mistakes");
        assert_eq!(messages.matches("\n\n").count(), 1);
    }
}
