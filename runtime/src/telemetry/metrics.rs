//! Metrics, through the API of OpenTelemetry alone: what becomes of them is the provider's to say, which a program sets.
//!
//! The instruments are made when something is first measured, by the meter provider that is set then.

use std::sync::LazyLock;
use std::time;

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};
use opentelemetry::{InstrumentationScope, KeyValue, global};
use reqwest::Url;
use tokio::time::Instant;

use super::{Circuit, error_type, template};
use crate::endpoint::Endpoint;
use crate::error::Outcome;

/// As the conventions advise.
const REQUEST_SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
/// A second to a day.
const TOKEN_SECONDS: [f64; 11] = [
    1.0, 10.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 43_200.0, 86_400.0,
];

static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(|| {
    let scope = InstrumentationScope::builder("reauth").with_version(env!("CARGO_PKG_VERSION"));
    Instruments::new(&global::meter_with_scope(scope.build()))
});

struct Instruments {
    request_duration: Histogram<f64>,
    retries: Counter<u64>,
    token_refreshes: Counter<u64>,
    token_age: Histogram<f64>,
    store_failures: Counter<u64>,
    hedges: Counter<u64>,
    refused_retries: Counter<u64>,
    circuit: Gauge<u64>,
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        Self {
            request_duration: meter
                .f64_histogram("http.client.request.duration")
                .with_unit("s")
                .with_description("Duration of HTTP client requests.")
                .with_boundaries(REQUEST_SECONDS.into())
                .build(),
            retries: meter
                .u64_counter("reauth.retries")
                .with_unit("{request}")
                .with_description("Requests that were sent again.")
                .build(),
            token_refreshes: meter
                .u64_counter("reauth.token.refreshes")
                .with_unit("{refresh}")
                .with_description("Token fetches, the first of a cache among them.")
                .build(),
            token_age: meter
                .f64_histogram("reauth.token.age")
                .with_unit("s")
                .with_description("How old a token was when another took its place.")
                .with_boundaries(TOKEN_SECONDS.into())
                .build(),
            store_failures: meter
                .u64_counter("reauth.token_store.failures")
                .with_unit("{failure}")
                .with_description("Times that the store of shared tokens was unavailable, or an entry unreadable.")
                .build(),
            hedges: meter
                .u64_counter("reauth.hedges")
                .with_unit("{request}")
                .with_description("Requests that were sent beside one that had no answer yet.")
                .build(),
            refused_retries: meter
                .u64_counter("reauth.retry_budget.refusals")
                .with_unit("{retry}")
                .with_description("Retries that were not made since the budget was spent.")
                .build(),
            circuit: meter
                .u64_gauge("reauth.circuit_breaker.state")
                .with_description("0: closed, 1: half-open, 2: open.")
                .build(),
        }
    }
}

/// How long one request takes.
pub(super) struct Duration {
    start: Instant,
    attributes: Vec<KeyValue>,
}

impl Duration {
    pub(super) fn start(endpoint: &'static Endpoint, url: &Url) -> Self {
        Self {
            start: Instant::now(),
            attributes: request(endpoint, url),
        }
    }

    pub(super) fn record(&mut self, status: Option<u16>, error_type: Option<&str>) {
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.extend(status.map(|status| KeyValue::new("http.response.status_code", i64::from(status))));
        attributes.extend(error_type.map(failed));
        let seconds = self.start.elapsed().as_secs_f64();
        INSTRUMENTS.request_duration.record(seconds, &attributes);
    }
}

pub(super) fn sent_again(endpoint: &Endpoint, url: &Url, outcome: Outcome) {
    let mut attributes = request(endpoint, url);
    attributes.extend(error_type::of_attempt(&outcome).map(failed));
    INSTRUMENTS.retries.add(1, &attributes);
}

/// `replaced` is the age of the token in whose place it came.
pub(super) fn token_fetched(
    source: &str,
    error_type: Option<String>,
    replaced: Option<time::Duration>,
    is_shared: bool,
) {
    let mut attributes = vec![KeyValue::new("reauth.token.source", source.to_owned())];
    if let Some(age) = replaced.filter(|_| error_type.is_none()) {
        INSTRUMENTS.token_age.record(age.as_secs_f64(), &attributes);
    }
    attributes.extend(error_type.map(|error_type| KeyValue::new("error.type", error_type)));
    attributes.extend(is_shared.then(|| KeyValue::new("reauth.token.shared", true)));
    INSTRUMENTS.token_refreshes.add(1, &attributes);
}

#[cfg_attr(not(feature = "store"), expect(dead_code, reason = "no store without the feature"))]
pub(super) fn store_failed(error_type: &'static str) {
    INSTRUMENTS.store_failures.add(1, &[failed(error_type)]);
}

pub(super) fn hedged(endpoint: &Endpoint) {
    INSTRUMENTS.hedges.add(1, &method(endpoint));
}

pub(super) fn retry_refused(endpoint: &Endpoint) {
    INSTRUMENTS.refused_retries.add(1, &method(endpoint));
}

pub(super) fn circuit_changed(api: &'static str, circuit: Circuit) {
    let state = match circuit {
        Circuit::Closed => 0,
        Circuit::HalfOpen => 1,
        Circuit::Open => 2,
    };
    INSTRUMENTS.circuit.record(state, &[KeyValue::new("reauth.api", api)]);
}

/// What all that is about a request has.
fn request(endpoint: &Endpoint, url: &Url) -> Vec<KeyValue> {
    let mut attributes = method(endpoint);
    attributes.extend(
        url.host_str()
            .map(|host| KeyValue::new("server.address", host.to_owned())),
    );
    let port = url.port_or_known_default();
    attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
    attributes
}

fn method(endpoint: &Endpoint) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new("http.request.method", endpoint.verb())];
    attributes.extend(template(endpoint).map(|template| KeyValue::new("url.template", template)));
    attributes
}

fn failed(error_type: &str) -> KeyValue {
    KeyValue::new("error.type", error_type.to_owned())
}
