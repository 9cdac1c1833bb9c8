//! What came in and what went out, in the order of arrival: enough to say "each call was sent at
//! most twice, never with the same token" without holding a token.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use parking_lot::Mutex;
use reauth::testing::token_id;

/// One request as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The request's method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The `jti` that its bearer token claims; not the token, and not checked.
    pub token_id: Option<String>,
    /// Its `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// What was answered; `None` while it is in the works, and for ever where no answer was sent.
    pub status: Option<StatusCode>,
}

#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Vec<Seen>>);

/// A line that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line(usize);

impl Log {
    pub(crate) fn arrived(&self, request: &Request<Bytes>) -> Line {
        let seen = Seen {
            method: request.method().clone(),
            target: request.uri().to_string(),
            token_id: token_id(request.headers()),
            idempotency_key: idempotency_key(request),
            status: None,
        };
        let mut lines = self.0.lock();
        lines.push(seen);
        Line(lines.len() - 1)
    }

    pub(crate) fn answered(&self, Line(index): Line, status: StatusCode) {
        if let Some(seen) = self.0.lock().get_mut(index) {
            seen.status = Some(status);
        }
    }

    pub(crate) fn lines(&self) -> Vec<Seen> {
        self.0.lock().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().len()
    }

    pub(crate) fn count(&self, status: StatusCode) -> usize {
        self.0.lock().iter().filter(|seen| seen.status == Some(status)).count()
    }
}

/// A key with anything but visible ASCII counts as none.
pub(crate) fn idempotency_key(request: &Request<Bytes>) -> Option<String> {
    let key = request.headers().get("Idempotency-Key")?.to_str().ok()?;
    Some(key.to_owned())
}
