//! What goes to OpenTelemetry by the features `metrics` and `trace-context`: what a program's own providers get.
//!
//! A binary of its own, since the features are, and since providers are global: `cargo test -p reauth-tests --features
//! telemetry --test telemetry`.

// Each test says what it expects.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "the promises use the rest")]
#[path = "../promises/fake.rs"]
mod fake;
#[allow(dead_code, reason = "likewise")]
#[path = "../promises/all_output/marks.rs"]
mod marks;
mod metrics;
mod trace_context;

/// Where the fake looks for them.
mod all_output {
    pub(crate) use crate::marks;
}
