#![doc = include_str!("telemetry.md")]

// For those who work on it, not for those who read the documentation of the crate:
//
// Everything that this crate says of itself while it runs goes through here, so that names, fields and what may be in
// them are decided in one place. The call loop, the token cache and the guards tell what happened; they know no
// convention. Nothing here takes a request or a path, and of a URL only host and port are told (S8).
//
// A span is opened by what it is about (`CallSpan`, `AttemptSpan`, `FetchSpan`), which is told how it ended; dropped
// before, it was cancelled. Spans are entered while their future is polled, never over an await.
//
// Where nobody listens this costs no allocation, and under 1 % of a call (500 of 65,000 instructions, as callgrind counts
// them): `tracing` evaluates no field of a disabled span, and without its feature a measurement is a type without a size.

mod attempt;
mod call;
mod error_type;
mod guards;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(not(feature = "metrics"))]
mod no_metrics;
#[cfg(not(feature = "trace-context"))]
mod no_trace_context;
#[cfg(feature = "store")]
mod store;
mod token;
#[cfg(feature = "trace-context")]
mod trace_context;

pub(crate) use self::attempt::{AttemptSpan, sent_again};
pub(crate) use self::call::CallSpan;
use self::guards::Circuit;
pub(crate) use self::guards::{
    circuit_closed, circuit_not_probed, circuit_opened, circuit_probed, circuit_stays_open, hedged, retry_refused,
    waited_for_its_turn,
};
#[cfg(not(feature = "metrics"))]
use self::no_metrics as metrics;
#[cfg(not(feature = "trace-context"))]
pub(crate) use self::no_trace_context::propagate;
#[cfg(feature = "store")]
pub(crate) use self::store::{StoreFailure, entry_unreadable, shared_pause, store_failed, waiting_for_another};
pub(crate) use self::token::FetchSpan;
#[cfg(feature = "trace-context")]
pub(crate) use self::trace_context::propagate;
use crate::endpoint::Endpoint;

/// What `url.template` says. Requests of our own, for tokens, go to a URL that somebody else chose, and have none.
fn template(endpoint: &Endpoint) -> Option<&'static str> {
    Some(endpoint.path()).filter(|path| path.starts_with(['/', '{']))
}

#[cfg(test)]
#[cfg(not(any(feature = "metrics", feature = "trace-context")))]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use http::{HeaderMap, StatusCode};
    use reqwest::Url;
    use tokio::time::Instant;

    use super::*;
    use crate::endpoint::EndpointBuilder;
    use crate::error::Outcome;

    #[test]
    fn p03_what_nobody_listens_to_allocates_nothing() {
        static GET: Endpoint = EndpointBuilder::new("Api::get", "GET", "/item/{id}").build();
        let url = Url::parse("https://api.example.com").unwrap();
        let limit = Instant::now() + Duration::from_secs(1);
        let mut context = Context::from_waker(Waker::noop());
        let allocated = allocation_counter::measure(|| {
            let call = CallSpan::new(&GET, &url);
            let attempt = AttemptSpan::new(&GET, &url, 1, limit);
            let sent = pin!(async { Ok(()) });
            let attempt = pin!(attempt.watch(sent, |_| Outcome::Status(StatusCode::SERVICE_UNAVAILABLE)));
            let call = pin!(call.watch(attempt));
            assert!(matches!(call.poll(&mut context), Poll::Ready(Ok(()))));
            propagate(&GET, &mut HeaderMap::new());
            sent_again(&GET, &url, Outcome::Connect, Duration::ZERO, false);
            drop(AttemptSpan::new(&GET, &url, 0, limit));
        });
        assert_eq!(allocated.count_total, 0);
    }
}
