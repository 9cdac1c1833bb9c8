//! How the macro writes an endpoint down: each method sets one thing, in a constant.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::{Backoff, Endpoint, Reauth, RetryOn};

/// An [`Endpoint`] in the making.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct EndpointBuilder(Endpoint);

#[doc(hidden)]
impl EndpointBuilder {
    #[must_use]
    pub const fn new(name: &'static str, verb: &'static str, path: &'static str) -> Self {
        Self(Endpoint {
            name,
            verb,
            path,
            headers: &[],
            authorized: false,
            any_origin: false,
            idempotent: None,
            idempotency_key: None,
            retry: Backoff::NONE,
            retry_on: RetryOn::TRANSIENT,
            reauth: Reauth::ONCE,
            timeout: Endpoint::DEFAULT_TIMEOUT,
            attempt_timeout: Endpoint::DEFAULT_ATTEMPT_TIMEOUT,
            idle_timeout: Endpoint::DEFAULT_IDLE_TIMEOUT,
        })
    }

    /// # Panics
    /// Where a name is not in lower case, or one of them cannot be sent: when compiling, as this stands in a constant.
    #[must_use]
    pub const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        let mut index = 0;
        while index < headers.len() {
            let (name, value) = headers[index];
            // Forgotten, since a constant cannot run what drops them.
            std::mem::forget(HeaderName::from_static(name));
            std::mem::forget(HeaderValue::from_static(value));
            index += 1;
        }
        self.0.headers = headers;
        self
    }

    /// Its `#[url]` may lead to another origin than the API's; requests carry no credential.
    #[must_use]
    pub const fn any_origin(mut self) -> Self {
        self.0.any_origin = true;
        self
    }

    #[must_use]
    pub const fn authorized(mut self) -> Self {
        self.0.authorized = true;
        self
    }

    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.0.idempotent = Some(true);
        self
    }

    #[must_use]
    pub const fn idempotency_key(mut self, header: &'static str) -> Self {
        self.0.idempotency_key = Some(header);
        self.idempotent()
    }

    #[must_use]
    pub const fn retry(mut self, backoff: Backoff) -> Self {
        self.0.retry = backoff;
        self
    }

    #[must_use]
    pub const fn retry_on(mut self, failures: RetryOn) -> Self {
        self.0.retry_on = failures;
        self
    }

    #[must_use]
    pub const fn reauth(mut self, reauth: Reauth) -> Self {
        self.0.reauth = reauth;
        self
    }

    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }

    #[must_use]
    pub const fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.0.attempt_timeout = timeout;
        self
    }

    #[must_use]
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.0.idle_timeout = timeout;
        self
    }

    #[must_use]
    pub const fn build(self) -> Endpoint {
        self.0
    }
}
