//! A circuit breaker around a store: whatever it does, it is no reason for a call to fail, nor to wait for long.
//!
//! Each step is cut off after a second; after a failure the store is not asked for half a second to a minute, and tokens are fetched as if
//! there were none.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

use super::token_store::Step;
use crate::credential::cache::backoff;
use crate::endpoint::backoff::share;
use crate::error::{BoxError, printable};
use crate::telemetry::{StoreFailure, store_failed};

/// How long one step may take.
pub(super) const STEP_LIMIT: Duration = Duration::from_secs(1);

/// What is known of a store's health.
#[derive(Debug)]
pub(super) struct Breaker {
    /// What logs call the store.
    name: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            state: Mutex::default(),
        }
    }

    /// One step, unless the store is left alone; `None` also where it fails.
    pub(super) async fn ask<T: Send + 'static>(&self, step: impl FnOnce() -> Step<T>) -> Option<T> {
        if self.is_open() {
            return None;
        }
        self.tell(step()).await
    }

    /// One step, in any case: for what others wait for, and nobody here does.
    pub(super) async fn tell<T: Send + 'static>(&self, step: Step<T>) -> Option<T> {
        // A task of its own: what panics there is the store's failure, and not the fetch's.
        let mut task = JoinSet::new();
        task.spawn(step.in_current_span());
        let (failure, error): (_, BoxError) = match timeout(STEP_LIMIT, task.join_next()).await {
            Ok(Some(Ok(Ok(answer)))) => return Some(answer),
            Ok(Some(Ok(Err(error)))) => (StoreFailure::Failed, error),
            Ok(Some(Err(error))) => (StoreFailure::Failed, error.into()),
            Ok(None) | Err(_) => {
                let error = format!("it took more than {STEP_LIMIT:?}");
                (StoreFailure::Timeout, error.into())
            }
        };
        self.failed(failure, &*error);
        None
    }

    /// A token came of it, or was left there: an answer alone says little of a store's health.
    pub(super) fn helped(&self) {
        self.state.lock().failures = 0;
    }

    /// Leaves it alone for a while.
    pub(super) fn failed(&self, failure: StoreFailure, error: &dyn std::fmt::Display) {
        let now = Instant::now();
        let mut state = self.state.lock();
        if state.is_open(now) {
            return;
        }
        let most = backoff(state.failures);
        let wait = most / 2 + share(most / 2, fastrand::f64());
        *state = State {
            failures: state.failures.saturating_add(1),
            open_until: Some(now + wait),
        };
        drop(state);
        store_failed(&self.name, failure, &printable(&error.to_string()), wait);
    }

    /// Whether the store is left alone.
    pub(super) fn is_open(&self) -> bool {
        self.state.lock().is_open(Instant::now())
    }
}

impl State {
    fn is_open(&self, now: Instant) -> bool {
        self.open_until.is_some_and(|until| now < until)
    }
}
