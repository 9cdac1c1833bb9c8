//! Verb and path template of a route, and how far a request is from it.

use std::fmt;
use std::str::FromStr;

use http::Method;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::Url;

use super::ReceivedRequest;

/// What the `url` crate encodes in a path (WHATWG, the path percent-encode set).
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// As it was given.
    text: String,
    /// `None` for any.
    pub(super) method: Option<Method>,
    /// As a URL's origin is serialized; `None` for any.
    origin: Option<String>,
    /// Without the query.
    template: String,
    /// Empty where any URL will do: that is what `{url}` stands for.
    path: Vec<Part>,
    /// What the query must have; a name alone, where its value is a placeholder.
    pub(super) query: Vec<(String, Option<String>)>,
}

/// A piece of a path.
#[derive(Clone, Debug)]
enum Part {
    /// Percent-encoded, as it is sent.
    Literal(String),
    /// A segment or part of one: not empty and without slashes.
    Segment,
    /// `{*rest}`: with slashes.
    Rest,
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |problem: &str| format!("`{text}` is no route: {problem}");
        let (method, target) = match text.split_once(' ') {
            Some((verb, target)) => (Some(verb), target.trim()),
            None => (None, text),
        };
        let method = method
            .map(str::parse::<Method>)
            .transpose()
            .map_err(|_| wrong("write it as `GET /todo/{id}`"))?;
        let (target, query) = target.split_once('?').unwrap_or((target, ""));
        let (origin, template) = match target.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
                let origin = Url::parse(&format!("{scheme}://{authority}"));
                let origin = origin
                    .map_err(|_| wrong("what stands before its path is no origin"))?
                    .origin();
                (Some(origin.ascii_serialization()), format!("/{path}"))
            }
            None => (None, target.to_owned()),
        };
        let is_any_url = template.starts_with('{') && template.ends_with('}');
        if !(is_any_url || template.starts_with('/')) {
            return Err(wrong("its path must begin with `/`, as in `GET /todo/{id}`"));
        }
        if let Some(name) = template.split("/:").nth(1).and_then(|rest| rest.split('/').next()) {
            return Err(wrong(&format!("a placeholder is written `{{{name}}}`, not `:{name}`")));
        }
        let path = if is_any_url {
            Vec::new()
        } else {
            parts(&template).ok_or_else(|| wrong("a `{` in it is not closed"))?
        };
        let query: Vec<(String, String)> =
            serde_html_form::from_str(query).map_err(|_| wrong("its query cannot be read"))?;
        let is_placeholder = |value: &String| value.starts_with('{') && value.ends_with('}');
        Ok(Self {
            text: text.to_owned(),
            method,
            origin,
            template,
            path,
            query: query
                .into_iter()
                .map(|(name, value)| (name, Some(value).filter(|value| !is_placeholder(value))))
                .collect(),
        })
    }
}

/// `None` where a placeholder is not closed.
fn parts(template: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        parts.push(literal_part(literal));
        parts.push(if name.starts_with('*') {
            Part::Rest
        } else {
            Part::Segment
        });
        rest = after;
    }
    parts.push(literal_part(rest));
    Some(parts)
}

fn literal_part(literal: &str) -> Part {
    Part::Literal(utf8_percent_encode(literal, PATH).to_string())
}

fn is_match(parts: &[Part], path: &str) -> bool {
    let any_length = |end: usize, rest: &[Part]| {
        let lengths = (1..=end).filter(|length| path.is_char_boundary(*length));
        lengths.into_iter().any(|length| is_match(rest, &path[length..]))
    };
    match parts {
        [] => path.is_empty(),
        [Part::Literal(literal), rest @ ..] => path.strip_prefix(&**literal).is_some_and(|path| is_match(rest, path)),
        [Part::Segment, rest @ ..] => any_length(path.find('/').unwrap_or(path.len()), rest),
        [Part::Rest, rest @ ..] => any_length(path.len(), rest),
    }
}

impl Pattern {
    pub(super) fn is_absolute(&self) -> bool {
        self.origin.is_some()
    }

    pub(super) fn is_method(&self, method: &Method) -> bool {
        self.method.as_ref().is_none_or(|own| own == method)
    }

    pub(super) fn is_origin(&self, request: &ReceivedRequest) -> bool {
        let origin = request.url.origin().ascii_serialization();
        self.origin.as_ref().is_none_or(|own| *own == origin)
    }

    /// Whether this path, without the base path, is one that the template makes.
    pub(super) fn is_path(&self, path: &str) -> bool {
        self.path.is_empty() || is_match(&self.path, path)
    }

    /// The path of a request as the template has it: without the base path, unless the pattern has an origin.
    pub(super) fn relative<'a>(&self, path: &'a str, base_path: &str) -> Option<&'a str> {
        if self.is_absolute() {
            return Some(path);
        }
        path.strip_prefix(base_path).filter(|rest| rest.starts_with('/'))
    }

    /// Whether the other template stands for the same paths.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.method == other.method && self.template == other.template
    }

    /// Whether this is a path that the other's template makes.
    pub(super) fn is_one_of(&self, other: &Self) -> bool {
        other.method == self.method.clone().or_else(|| other.method.clone()) && other.is_path(&self.template)
    }

    /// How unlike a path the template is: 0 where they match, about 8 for each segment that is another.
    pub(super) fn path_distance(&self, path: &str) -> usize {
        if self.is_path(path) {
            return 0;
        }
        let (own, theirs): (Vec<_>, Vec<_>) = (self.template.split('/').collect(), path.split('/').collect());
        let different = own
            .iter()
            .zip(&theirs)
            .map(|(own, theirs)| segment_distance(own, theirs));
        1 + different.sum::<usize>() + 8 * own.len().abs_diff(theirs.len())
    }

    /// How unlike another route it is.
    pub(super) fn distance(&self, other: &Self) -> usize {
        other.path_distance(&self.template) + 4 * usize::from(self.method != other.method)
    }
}

fn segment_distance(template: &str, segment: &str) -> usize {
    if template == segment || template.contains('{') {
        return 0;
    }
    let common = template
        .chars()
        .zip(segment.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let longest = template.chars().count().max(segment.chars().count());
    if 2 * common >= longest { 2 } else { 8 }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_path(template: &str, path: &str) -> bool {
        template.parse::<Pattern>().expect("a route").is_path(path)
    }

    #[test]
    fn a_template_stands_for_what_a_client_makes_of_it() {
        for (template, path) in [
            ("/todo", "/todo"),
            ("/todo/{id}", "/todo/42"),
            ("/todo/{id}", "/todo/a%2Fb"),
            ("/v{major}/{file}.json", "/v2/a.json.json"),
            ("/files/{*rest}", "/files/a/b/c"),
            ("/{*rest}/raw", "/a/raw/b/raw"),
            ("GET /größe/a b", "/gr%C3%B6%C3%9Fe/a%20b"),
            ("{url}", "/anything/at/all"),
        ] {
            assert!(is_path(template, path), "{template} {path}");
        }
        for (template, path) in [
            ("/todo", "/todo/"),
            ("/todo", "/v1/todo"),
            ("/todo/{id}", "/todo/"),
            ("/todo/{id}", "/todo/1/2"),
            ("/v{major}/{file}.json", "/v/a.json"),
            ("/files/{*rest}", "/files/"),
        ] {
            assert!(!is_path(template, path), "{template} {path}");
        }
    }

    #[test]
    fn what_is_no_route_says_how_one_is_written() {
        for (text, problem) in [
            (
                "todo",
                "`todo` is no route: its path must begin with `/`, as in `GET /todo/{id}`",
            ),
            (
                "GET todo",
                "`GET todo` is no route: its path must begin with `/`, as in `GET /todo/{id}`",
            ),
            ("G(T /todo", "`G(T /todo` is no route: write it as `GET /todo/{id}`"),
            (
                "GET /todo/:id/x",
                "`GET /todo/:id/x` is no route: a placeholder is written `{id}`, not `:id`",
            ),
            (
                "GET https://a b/todo",
                "`GET https://a b/todo` is no route: what stands before its path is no origin",
            ),
            (
                "GET /todo/{id",
                "`GET /todo/{id` is no route: a `{` in it is not closed",
            ),
        ] {
            assert_eq!(text.parse::<Pattern>().unwrap_err(), problem);
        }
    }
}
