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

use tokio::sync::{Mutex, MutexGuard};

/// Waits until no other test runs. A place in the code that is met for the first time on one thread, while a subscriber is
/// set on another, may stay without one (`tracing` keeps for each place whether anybody listens).
async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

/// Where the fake looks for them.
mod all_output {
    pub(crate) use crate::marks;
}
