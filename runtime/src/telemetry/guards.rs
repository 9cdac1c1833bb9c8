//! What limits all calls of a client together, and hedges.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::metrics;
use crate::endpoint::Endpoint;

/// Where a circuit breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Circuit {
    Closed,
    /// One request finds out whether the API is back.
    HalfOpen,
    Open,
}

/// A call had to wait for `concurrency` or `rate`. Less than a millisecond is no wait.
pub(crate) fn waited_for_its_turn(endpoint: &Endpoint, waited: Duration) {
    if waited >= Duration::from_millis(1) {
        debug!(target: "reauth", endpoint = endpoint.name(), ?waited, "waited for its turn");
    }
}

/// A request goes out beside the one that has no answer yet.
pub(crate) fn hedged(endpoint: &Endpoint) {
    debug!(target: "reauth", endpoint = endpoint.name(), "hedging");
    metrics::hedged(endpoint);
}

/// A retry that the endpoint's policy allows was not made: the budget that all calls of a client share is spent.
/// `is_first` of the last ten seconds.
pub(crate) fn retry_refused(endpoint: &Endpoint, is_first: bool) {
    let name = endpoint.name();
    if is_first {
        warn!(target: "reauth", endpoint = name, "the retry budget is spent: calls fail without their retries");
    } else {
        debug!(target: "reauth", endpoint = name, "the retry budget is spent");
    }
    metrics::retry_refused(endpoint);
}

/// Too many attempts failed; `api` is the trait's name.
pub(crate) fn circuit_opened(api: &'static str, failures: u64, requests: u64, open_for: Duration) {
    warn!(target: "reauth", api, failures, requests, ?open_for, "circuit breaker opened");
    metrics::circuit_changed(api, Circuit::Open);
}

/// One attempt finds out whether the API is back.
pub(crate) fn circuit_probed(api: &'static str) {
    debug!(target: "reauth", api, "circuit breaker lets one attempt through");
    metrics::circuit_changed(api, Circuit::HalfOpen);
}

/// That attempt was dropped before its end: the next one finds out.
pub(crate) fn circuit_not_probed(api: &'static str) {
    debug!(target: "reauth", api, "the attempt that the circuit breaker let through was dropped");
    metrics::circuit_changed(api, Circuit::Open);
}

/// It is not.
pub(crate) fn circuit_stays_open(api: &'static str, open_for: Duration) {
    debug!(target: "reauth", api, ?open_for, "circuit breaker stays open");
    metrics::circuit_changed(api, Circuit::Open);
}

/// It is.
pub(crate) fn circuit_closed(api: &'static str) {
    info!(target: "reauth", api, "circuit breaker closed");
    metrics::circuit_changed(api, Circuit::Closed);
}
