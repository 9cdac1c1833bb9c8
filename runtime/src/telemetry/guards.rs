//! What keeps requests from being sent, as metrics; the events are the guards' own.

use super::metrics;
use crate::endpoint::Endpoint;

/// Where a circuit breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "the breaker is on its way")]
pub(crate) enum Circuit {
    Closed,
    /// One request finds out whether the API is back.
    HalfOpen,
    Open,
}

/// A retry that the endpoint's policy allows was not made: the budget that all calls of a client share is spent.
pub(crate) fn retry_refused(endpoint: &Endpoint) {
    metrics::retry_refused(endpoint);
}

/// The circuit breaker of an API changed; `api` is the trait's name.
#[allow(dead_code, reason = "the breaker is on its way")]
pub(crate) fn circuit_changed(api: &'static str, circuit: Circuit) {
    metrics::circuit_changed(api, circuit);
}
