//! What every error of a call has, whatever went wrong.

use reauth::{Endpoint, Error, Stopped};

/// What is missing from an error of `endpoint`, whose call sent so many requests: its endpoint by name in one line, each
/// attempt, and why there was no other.
pub(crate) fn unclear(error: &Error, endpoint: &'static Endpoint, sends: usize) -> Option<&'static str> {
    let line = error.to_string();
    if error.endpoint() != Some(endpoint) || !line.contains(&endpoint.to_string()) || line.contains('\n') {
        return Some("an error that does not name its endpoint in one line");
    }
    if error.attempts().len() != sends {
        return Some("an error without the history");
    }
    let succeeded = error.status().is_some_and(|status| status.is_success());
    let has_reason = match error.stopped() {
        Some(Stopped::NoToken) => error.is_auth(),
        Some(_) => true,
        None => succeeded || error.is_timeout(),
    };
    (!has_reason).then_some("an error without a reason")
}
