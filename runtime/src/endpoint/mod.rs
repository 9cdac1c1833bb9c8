//! The *description* of an API: what the attribute said, as constant data.
//!
//! The macro resolves every key (the method's wins over the trait's) and emits one [`Endpoint`] per method. Nothing
//! here does any work at run time: the request builder reads the template's name for its errors, the call loop reads
//! the policy. Data flows one way: description → request → call → response.

mod api;
pub(crate) mod backoff;
mod builder;
mod reauth;
mod retry_on;

use std::time::Duration;

pub use self::api::Api;
pub(crate) use self::api::KeyPlace;
pub use self::backoff::{Backoff, Jitter};
pub use self::builder::EndpointBuilder;
pub use self::reauth::Reauth;
pub use self::retry_on::RetryOn;

/// One method of an API: verb, path template and policy.
///
/// A generated client lists its own in `ENDPOINTS`; an [`Error`](crate::Error) names the one that failed.
///
/// ```
/// # use reauth::{api_client, Result};
/// #[api_client(retry = "constant(100ms,3)")]
/// pub trait Clock {
///     #[get("/now/{zone}")]
///     async fn now(&self, zone: &str) -> Result<String>;
/// }
///
/// let endpoint = &ClockClient::ENDPOINTS[0];
/// assert_eq!(endpoint.to_string(), "GET /now/{zone}");
/// assert_eq!(endpoint.max_sends(), 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    name: &'static str,
    verb: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    authorized: bool,
    any_origin: bool,
    idempotent: Option<bool>,
    idempotency_key: Option<&'static str>,
    retry: Backoff,
    retry_on: RetryOn,
    reauth: Reauth,
    timeout: Duration,
    attempt_timeout: Duration,
    idle_timeout: Duration,
}

impl Endpoint {
    /// The time limit of a whole call where the attribute names none.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
    /// The time limit of one attempt, until its response head, where the attribute names none.
    pub const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
    /// How long a stream may be silent where the attribute says nothing of it.
    pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(5 * 60);

    /// The trait and method, as `TodoApi::todo`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The HTTP method, as `GET`.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        self.verb
    }

    /// The path template, as `/todo/{id}`.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The headers that never change, their names in lower case.
    #[must_use]
    pub const fn headers(&self) -> &'static [(&'static str, &'static str)] {
        self.headers
    }

    /// Whether its `#[url]` may lead to another origin than the API's.
    pub(crate) const fn is_any_origin(&self) -> bool {
        self.any_origin
    }

    /// Whether requests carry the client's credential.
    #[must_use]
    pub const fn is_authorized(&self) -> bool {
        self.authorized && !self.any_origin
    }

    /// Whether sending the request twice has the same effect as sending it once: by the verb (RFC 9110, section
    /// 9.2.2), unless the method says `idempotent` or `idempotency_key`.
    #[must_use]
    pub const fn is_idempotent(&self) -> bool {
        match self.idempotent {
            Some(said) => said,
            None => matches!(
                self.verb.as_bytes(),
                b"GET" | b"HEAD" | b"OPTIONS" | b"PUT" | b"DELETE" | b"TRACE"
            ),
        }
    }

    /// The header that carries the idempotency key, where the method has one.
    #[must_use]
    pub const fn idempotency_key(&self) -> Option<&'static str> {
        self.idempotency_key
    }

    /// The schedule of retries.
    #[must_use]
    pub const fn retry(&self) -> Backoff {
        self.retry
    }

    /// Which failures are retried.
    #[must_use]
    pub const fn retry_on(&self) -> RetryOn {
        self.retry_on
    }

    /// What a 401 leads to.
    #[must_use]
    pub const fn reauth(&self) -> Reauth {
        if self.is_authorized() {
            self.reauth
        } else {
            Reauth::NONE
        }
    }

    /// The time limit of the whole call: tokens, waits, every attempt, and reading the body.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The time limit of one attempt, from sending until its response head is there.
    #[must_use]
    pub const fn attempt_timeout(&self) -> Duration {
        self.attempt_timeout
    }

    /// How long a stream that the method returns may be silent, at any time until its end.
    #[must_use]
    pub const fn idle_timeout(&self) -> Duration {
        self.idle_timeout
    }

    /// The most requests that one call can send: 1 + retries + re-authorizations. With tokens bound to a key it is
    /// one more where the API asks for another nonce (RFC 9449, section 9). [`CallOptions`](crate::CallOptions) may say
    /// otherwise of a call.
    #[must_use]
    pub const fn max_sends(&self) -> u32 {
        1u32.saturating_add(self.retry.retries())
            .saturating_add(self.reauth().attempts())
    }
}

/// Verb and template, as `GET /todo/{id}`.
impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn new(verb: &'static str) -> EndpointBuilder {
        EndpointBuilder::new("", verb, "/")
    }

    #[test]
    fn idempotent_by_verb_unless_the_method_says_so() {
        assert!(new("GET").build().is_idempotent());
        assert!(new("DELETE").build().is_idempotent());
        assert!(!new("POST").build().is_idempotent());
        assert!(!new("PATCH").build().is_idempotent());
        assert!(!new("PURGE").build().is_idempotent());
        assert!(new("POST").idempotent().build().is_idempotent());
        assert!(new("POST").idempotency_key("Idempotency-Key").build().is_idempotent());
    }

    #[test]
    fn what_may_go_anywhere_carries_no_credential() {
        let endpoint = new("GET").any_origin().authorized().build();
        assert_eq!((endpoint.is_authorized(), endpoint.max_sends()), (false, 1));
    }

    #[test]
    fn sends_never_exceed_one_plus_retries_plus_reauths() {
        let backoff = Backoff::constant(Duration::from_millis(100), 3);
        let endpoint = new("GET").retry(backoff);
        assert_eq!(
            endpoint.build().max_sends(),
            4,
            "without a credential nothing is re-authorized"
        );
        assert_eq!(endpoint.authorized().build().max_sends(), 5);
        assert_eq!(
            endpoint
                .authorized()
                .reauth(Reauth::schedule(backoff))
                .build()
                .max_sends(),
            7
        );
    }
}
