//! What a request must have beside verb and path.

use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde_json::Value;

use super::ReceivedRequest;

#[derive(Clone)]
pub(super) enum Matcher {
    Query { name: String, value: Option<String> },
    Header { name: HeaderName, value: HeaderValue },
    Bearer(String),
    Json(Value),
    Predicate { what: String, test: Arc<Predicate> },
}

pub(super) type Predicate = dyn Fn(&ReceivedRequest) -> bool + Send + Sync;

impl Matcher {
    pub(super) fn takes(&self, request: &ReceivedRequest) -> bool {
        match self {
            Self::Query { name, value } => {
                let mut pairs = request.url.query_pairs();
                pairs.any(|(key, other)| key == **name && value.as_ref().is_none_or(|value| *value == *other))
            }
            Self::Header { name, value } => request.headers.get_all(name).iter().any(|other| other == value),
            Self::Bearer(token) => bearer(request) == Some(token),
            Self::Json(value) => request.json::<Value>().is_ok_and(|other| other == *value),
            Self::Predicate { test, .. } => test(request),
        }
    }

    /// Why the request is not taken. No value shows: it may be a secret.
    pub(super) fn complaint(&self, request: &ReceivedRequest) -> String {
        match self {
            Self::Query { name, .. } if request.query(name).is_some() => format!("`{name}` in its query is another"),
            Self::Query { name, .. } => format!("its query has no `{name}`"),
            Self::Header { name, .. } if request.headers.contains_key(name) => {
                format!("its header `{name}` is another")
            }
            Self::Header { name, .. } => format!("it has no header `{name}`"),
            Self::Bearer(_) if request.headers.contains_key(AUTHORIZATION) => {
                "its `authorization` is another".to_owned()
            }
            Self::Bearer(_) => "it has no `authorization`".to_owned(),
            Self::Json(_) => match request.json::<Value>() {
                Ok(_) => "the JSON of its body is another".to_owned(),
                Err(_) if request.body.is_empty() => "it has no body".to_owned(),
                Err(_) => "its body is no JSON".to_owned(),
            },
            Self::Predicate { what, .. } => format!("it is not {what}"),
        }
    }
}

fn bearer(request: &ReceivedRequest) -> Option<&str> {
    let (scheme, token) = request.header(AUTHORIZATION.as_str())?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// As it is said of a route.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query { name, .. } => write!(f, "with `{name}` in its query"),
            Self::Header { name, .. } => write!(f, "with the header `{name}`"),
            Self::Bearer(_) => f.write_str("with its bearer token"),
            Self::Json(_) => f.write_str("with its JSON"),
            Self::Predicate { what, .. } => write!(f, "that is {what}"),
        }
    }
}
