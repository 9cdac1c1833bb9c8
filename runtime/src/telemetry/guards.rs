//! What keeps calls from being sent: the retry budget and the circuit breaker tell of it here.

use tracing::{debug, info, warn};

use super::metrics;
use crate::endpoint::Endpoint;

/// Where a circuit breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "the breaker is on its way")]
pub(crate) enum Circuit {
    Closed,
    /// One call may try.
    HalfOpen,
    Open,
}

/// A retry that the policy allows was not made: the budget that all calls of a client share is spent.
#[allow(dead_code, reason = "the budget is on its way")]
pub(crate) fn retry_refused(endpoint: &Endpoint) {
    warn!(target: "reauth", endpoint = endpoint.name(), "retry budget spent");
    metrics::retry_refused(endpoint);
}

/// The breaker of an API changed; `api` is the trait's name, `server` an origin.
#[allow(dead_code, reason = "the breaker is on its way")]
pub(crate) fn circuit_changed(api: &'static str, server: &str, circuit: Circuit) {
    match circuit {
        Circuit::Open => warn!(target: "reauth", api, server, "circuit opened"),
        Circuit::HalfOpen => debug!(target: "reauth", api, server, "circuit half-open"),
        Circuit::Closed => info!(target: "reauth", api, server, "circuit closed"),
    }
    metrics::circuit_changed(api, server, circuit);
}
