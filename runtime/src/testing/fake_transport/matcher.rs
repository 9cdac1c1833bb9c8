//! What a request must have beside verb and path.
//!
//! A matcher says what keeps it from taking a request. It names what the test has written, and never a value that came: that
//! may be a secret.

use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde_json::Value;

use super::ReceivedRequest;

#[derive(Clone)]
pub(super) enum Matcher {
    Query { name: String, value: Option<String> },
    NoQuery(String),
    Header { name: HeaderName, value: HeaderValue },
    NoHeader(HeaderName),
    Bearer(String),
    Form { name: String, value: String },
    Json { value: Value, extent: Extent },
    Predicate { what: String, test: Arc<Predicate> },
}

pub(super) type Predicate = dyn Fn(&ReceivedRequest) -> bool + Send + Sync;

/// How much of a request's JSON is compared.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Extent {
    Whole,
    /// Objects may have more members.
    Part,
}

impl Matcher {
    /// Whether it is the test's own function.
    pub(super) fn is_predicate(&self) -> bool {
        matches!(self, Self::Predicate { .. })
    }

    /// Why the request is not taken; `None` where it is.
    pub(super) fn complaint(&self, request: &ReceivedRequest) -> Option<String> {
        match self {
            Self::Query { name, value } => {
                let is_value = |other: &str| value.as_ref().is_none_or(|value| value == other);
                let mut pairs = request.url.query_pairs();
                match pairs.any(|(key, other)| key == **name && is_value(&other)) {
                    true => None,
                    false if request.query(name).is_none() => Some(format!("its query has no `{name}`")),
                    false => Some(format!("`{name}` in its query is another")),
                }
            }
            Self::NoQuery(name) => request.query(name).map(|_| format!("its query has `{name}`")),
            Self::Header { name, .. } if !request.headers.contains_key(name) => {
                Some(format!("it has no header `{name}`"))
            }
            Self::Header { name, value } => {
                let is_there = request.headers.get_all(name).iter().any(|other| other == value);
                (!is_there).then(|| format!("its header `{name}` is another"))
            }
            Self::NoHeader(name) => {
                let is_there = request.headers.contains_key(name);
                is_there.then(|| format!("it has the header `{name}`"))
            }
            Self::Bearer(token) => {
                let mut sent = request.headers.get_all(AUTHORIZATION).iter();
                match (sent.next(), sent.next()) {
                    (None, _) => Some("it has no `authorization`".to_owned()),
                    (Some(_), Some(_)) => Some("it has more than one `authorization`".to_owned()),
                    (Some(value), None) if bearer(value) == Some(token) => None,
                    (Some(_), None) => Some("its `authorization` is another".to_owned()),
                }
            }
            Self::Form { name, value } => {
                let Ok(form) = serde_html_form::from_bytes::<Vec<(String, String)>>(&request.body) else {
                    return Some("its body is no form".to_owned());
                };
                let values: Vec<_> = form.iter().filter(|(key, _)| key == name).collect();
                match values.iter().any(|(_, other)| other == value) {
                    true => None,
                    false if values.is_empty() => Some(format!("its form has no `{name}`")),
                    false => Some(format!("`{name}` in its form is another")),
                }
            }
            Self::Json { value, extent } => match request.json::<Value>() {
                Ok(came) => {
                    let place = difference(value, &came, *extent, "$".to_owned())?;
                    Some(format!("the JSON of its body is another at `{place}`"))
                }
                Err(_) if request.body.is_empty() => Some("it has no body".to_owned()),
                Err(_) => Some("its body is no JSON".to_owned()),
            },
            Self::Predicate { what, test } => (!test(request)).then(|| format!("it is not {what}")),
        }
    }
}

fn bearer(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// The first place where the JSON that came is not as expected, as `$.items[0].id`. It has only names that are expected.
fn difference(expected: &Value, came: &Value, extent: Extent, place: String) -> Option<String> {
    match (expected, came) {
        (Value::Object(expected), Value::Object(came)) => {
            let first = expected.iter().find_map(|(name, value)| {
                let place = format!("{place}.{name}");
                match came.get(name) {
                    Some(came) => difference(value, came, extent, place),
                    None => Some(place),
                }
            });
            first.or_else(|| (extent == Extent::Whole && came.len() > expected.len()).then_some(place))
        }
        (Value::Array(expected), Value::Array(came)) if expected.len() == came.len() => {
            let mut pairs = expected.iter().zip(came).enumerate();
            pairs.find_map(|(index, (expected, came))| difference(expected, came, extent, format!("{place}[{index}]")))
        }
        _ => (expected != came).then_some(place),
    }
}

/// As it is said of a route.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query { name, .. } => write!(f, "with `{name}` in its query"),
            Self::NoQuery(name) => write!(f, "without `{name}` in its query"),
            Self::Header { name, .. } => write!(f, "with the header `{name}`"),
            Self::NoHeader(name) => write!(f, "without the header `{name}`"),
            Self::Bearer(_) => f.write_str("with its bearer token"),
            Self::Form { name, .. } => write!(f, "with `{name}` in its form"),
            Self::Json { .. } => f.write_str("with its JSON"),
            Self::Predicate { what, .. } => write!(f, "that is {what}"),
        }
    }
}
