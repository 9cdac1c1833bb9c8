//! What the loop asks of an endpoint: what the attribute says, or the one call in its place.
//!
//! It knows the description and the options, and decides nothing but which of them speaks.

use std::time::Duration;

use crate::call_options::CallOptions;
use crate::endpoint::{Backoff, Endpoint, Reauth, RetryOn};

/// An endpoint's settings, with what one call says otherwise.
#[derive(Clone, Copy)]
pub(super) struct Policy<'a> {
    endpoint: &'static Endpoint,
    options: Option<&'a CallOptions>,
}

impl<'a> Policy<'a> {
    pub(super) fn new(endpoint: &'static Endpoint, options: Option<&'a CallOptions>) -> Self {
        Self { endpoint, options }
    }

    pub(super) fn endpoint(self) -> &'static Endpoint {
        self.endpoint
    }

    pub(super) fn timeout(self) -> Duration {
        self.said(|options| options.timeout).unwrap_or(self.endpoint.timeout())
    }

    pub(super) fn attempt_timeout(self) -> Duration {
        let limit = self.said(|options| options.attempt_timeout);
        limit.unwrap_or(self.endpoint.attempt_timeout())
    }

    pub(super) fn idle_timeout(self) -> Duration {
        let limit = self.said(|options| options.idle_timeout);
        limit.unwrap_or(self.endpoint.idle_timeout())
    }

    pub(super) fn hedge(self) -> Option<Duration> {
        self.endpoint.hedge()
    }

    pub(super) fn retry(self) -> Backoff {
        self.said(|options| options.retry).unwrap_or(self.endpoint.retry())
    }

    pub(super) fn retry_on(self) -> RetryOn {
        self.endpoint.retry_on()
    }

    pub(super) fn reauth(self) -> Reauth {
        self.endpoint.reauth()
    }

    /// Also where the caller gave the key by which a server knows the request again.
    pub(super) fn is_idempotent(self) -> bool {
        self.endpoint.is_idempotent() || self.options.is_some_and(CallOptions::has_idempotency_key)
    }

    fn said<T>(self, of: impl FnOnce(&CallOptions) -> Option<T>) -> Option<T> {
        self.options.and_then(of)
    }
}
