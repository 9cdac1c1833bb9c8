//! Takes the trace along with a request (W3C Trace Context), by the propagator that a program sets.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::global;
use opentelemetry::propagation::Injector;

use super::template;
use crate::endpoint::Endpoint;

/// Puts the current context on a request, where that goes to the API: a token server, or whoever a link leads to, is
/// somebody else, whom neither a trace nor its baggage concerns.
///
/// Called inside of the attempt's span. A request that has one of the propagator's headers keeps what the user gave it.
pub(crate) fn propagate(endpoint: &Endpoint, headers: &mut HeaderMap) {
    if endpoint.is_any_origin() || template(endpoint).is_none() {
        return;
    }
    global::get_text_map_propagator(|propagator| {
        if !propagator.fields().any(|field| headers.contains_key(field)) {
            propagator.inject(&mut Headers(headers));
        }
    });
}

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    /// Takes the place of nothing: whatever a propagator is, it does not set an `Authorization`.
    fn set(&mut self, name: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.0.entry(name).or_insert(value);
        }
    }
}
