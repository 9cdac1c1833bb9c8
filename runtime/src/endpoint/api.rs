//! What holds for every endpoint of an API.

use http::HeaderName;

use super::{CircuitBreaker, RateLimit};

/// What the attribute says of the API as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    name: &'static str,
    audience: Option<&'static str>,
    scope: Option<&'static str>,
    base_url: Option<&'static str>,
    key_place: Option<KeyPlace>,
    circuit_breaker: Option<CircuitBreaker>,
    concurrency: Option<u32>,
    rate: Option<RateLimit>,
}

/// Where an API key goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyPlace {
    Header(&'static str),
    Query(&'static str),
}

impl Api {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn own_audience(&self) -> Option<&'static str> {
        self.audience
    }

    pub(crate) fn own_base_url(&self) -> Option<&'static str> {
        self.base_url
    }

    pub(crate) fn key_place(&self) -> Option<KeyPlace> {
        self.key_place
    }

    pub(crate) fn own_circuit_breaker(&self) -> Option<CircuitBreaker> {
        self.circuit_breaker
    }

    pub(crate) fn own_concurrency(&self) -> Option<u32> {
        self.concurrency
    }

    pub(crate) fn own_rate(&self) -> Option<RateLimit> {
        self.rate
    }

    pub(crate) fn own_scope(&self) -> Option<&'static str> {
        self.scope
    }
}

/// What the macro emits.
#[doc(hidden)]
impl Api {
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            audience: None,
            scope: None,
            base_url: None,
            key_place: None,
            circuit_breaker: None,
            concurrency: None,
            rate: None,
        }
    }

    /// # Panics
    /// Where the name is not in lower case, or is none: when compiling, as this stands in a constant.
    #[must_use]
    pub const fn api_key_header(mut self, name: &'static str) -> Self {
        // Forgotten, since a constant cannot run what drops it.
        std::mem::forget(HeaderName::from_static(name));
        self.key_place = Some(KeyPlace::Header(name));
        self
    }

    #[must_use]
    pub const fn api_key_query(mut self, name: &'static str) -> Self {
        self.key_place = Some(KeyPlace::Query(name));
        self
    }

    #[must_use]
    pub const fn audience(mut self, audience: &'static str) -> Self {
        self.audience = Some(audience);
        self
    }

    #[must_use]
    pub const fn base_url(mut self, base_url: &'static str) -> Self {
        self.base_url = Some(base_url);
        self
    }

    #[must_use]
    pub const fn circuit_breaker(mut self, rule: CircuitBreaker) -> Self {
        self.circuit_breaker = Some(rule);
        self
    }

    #[must_use]
    pub const fn concurrency(mut self, calls: u32) -> Self {
        self.concurrency = Some(calls);
        self
    }

    #[must_use]
    pub const fn rate(mut self, limit: RateLimit) -> Self {
        self.rate = Some(limit);
        self
    }

    #[must_use]
    pub const fn scope(mut self, scope: &'static str) -> Self {
        self.scope = Some(scope);
        self
    }
}
