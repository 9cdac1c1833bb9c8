//! What some calls do otherwise than their endpoint says.
//!
//! It knows neither requests nor the loop: a request takes its headers and its key from here, the loop its time limits and
//! its schedule. A client without options has none of it, and its calls ask nothing of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::endpoint::Backoff;
use crate::error::ArgumentError;
use crate::request::is_reserved;

/// What one call, or some calls, do otherwise than the attribute says: for a client's method `with`.
///
/// ```
/// # use std::time::Duration;
/// # use reauth::{api_client, Result};
/// use reauth::{Backoff, CallOptions};
///
/// #[api_client(retry = "exponential(100ms,3)")]
/// pub trait Reports {
///     #[get("/report/{id}")]
///     async fn report(&self, id: u64) -> Result<String>;
/// }
///
/// # async fn example(api: ReportsClient) -> Result<()> {
/// let patient = CallOptions::new().timeout(Duration::from_secs(300)).header("X-Priority", "low");
/// let report = api.with(patient).report(7).await?;
///
/// // A clone whose calls are never retried; it shares connections, tokens and the retry budget.
/// let impatient = api.with(CallOptions::new().retry(Backoff::NONE));
/// # Ok(()) }
/// ```
///
/// What it does not say stays as it is, also from a `with` before it. An option that cannot be sent fails the calls that
/// have it, before anything is sent.
#[derive(Clone, Default)]
#[must_use = "options do nothing until a client is made `with` them"]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) retry: Option<Backoff>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    idempotency_key: Option<Arc<OneCallsKey>>,
    refused: Option<Refused>,
}

/// The key of one call.
struct OneCallsKey {
    value: HeaderValue,
    /// Whether there has been that call.
    is_spent: AtomicBool,
}

impl OneCallsKey {
    fn new(value: HeaderValue) -> Arc<Self> {
        Arc::new(Self {
            value,
            is_spent: AtomicBool::new(false),
        })
    }
}

/// An option that cannot be sent, and why.
#[derive(Clone)]
struct Refused {
    option: &'static str,
    problem: String,
}

impl CallOptions {
    /// Nothing is done otherwise.
    pub fn new() -> Self {
        Self::default()
    }

    /// The time limit of the whole call: its token, every attempt, the waits, the body. As the key `timeout`.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The time limit of one attempt, until its response head. As the key `attempt_timeout`.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// How long a stream that the call returns may be silent. As the key `idle_timeout`.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = Some(limit);
        self
    }

    /// The schedule of retries; [`Backoff::NONE`] for none. As the key `retry`; which failures are retried stays as the
    /// endpoint has it.
    pub fn retry(mut self, schedule: Backoff) -> Self {
        self.retry = Some(schedule);
        self
    }

    /// A header, in place of any of that name that the method sends.
    ///
    /// The header of a method's `idempotency_key` is none of these: [`idempotency_key`](Self::idempotency_key) sets it.
    ///
    /// It is sent wherever the call goes, also where a `#[url]` leads to another origin. A credential's own header wins, and
    /// `Authorization`, `Host`, `Content-Length`, `Transfer-Encoding` and those of the connection are the client's own.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        match (name.try_into(), value.try_into()) {
            (Ok(name), _) if is_reserved(&name) => {
                self.refuse("header", format!("cannot set `{name}`, which is the client's own"));
            }
            (Ok(name), Ok(value)) => self.headers.push((name, value)),
            (Ok(name), Err(_)) => {
                let problem = format!("cannot set `{name}`: its value has a line break or another control character");
                self.refuse("header", problem);
            }
            (Err(_), _) => self.refuse("header", "has a name that no header can have".to_owned()),
        }
        self
    }

    /// The key by which the server knows a request that is sent again, for **one** call: a server does the work of two
    /// calls with the same key once. So a second call of the client that `with` made fails before it is sent. Who means the
    /// same work once more, as after a crash, calls `with` once more.
    ///
    /// It is sent in the header that the method's `idempotency_key` names, or else as `Idempotency-Key`; the call may then
    /// be sent twice, whatever its verb.
    pub fn idempotency_key(mut self, key: impl TryInto<HeaderValue>) -> Self {
        match key.try_into() {
            Ok(key) if !key.is_empty() => self.idempotency_key = Some(OneCallsKey::new(key)),
            Ok(_) => self.refuse("idempotency_key", "is empty".to_owned()),
            Err(_) => {
                let problem = "has a line break or another control character";
                self.refuse("idempotency_key", problem.to_owned());
            }
        }
        self
    }

    pub(crate) fn has_idempotency_key(&self) -> bool {
        self.idempotency_key.is_some()
    }

    /// The key, for the first that asks.
    pub(crate) fn take_idempotency_key(&self) -> Result<Option<&HeaderValue>, ArgumentError> {
        let Some(key) = &self.idempotency_key else {
            return Ok(None);
        };
        if key.is_spent.swap(true, Ordering::Relaxed) {
            let problem = "was sent with another call already, whose work the server would take this one for: call `with` \
                           for each call";
            return Err(ArgumentError::new("idempotency_key", problem.to_owned()));
        }
        Ok(Some(&key.value))
    }

    /// What keeps calls with these options from being sent.
    pub(crate) fn problem(&self) -> Option<ArgumentError> {
        let Refused { option, problem } = self.refused.as_ref()?;
        Some(ArgumentError::new(option, problem.clone()))
    }

    /// These, and where they say nothing, those. A key of these is for a call that has not been; one of those may be spent.
    pub(crate) fn or(self, before: Option<&Self>) -> Self {
        let anew = self.idempotency_key.map(|key| OneCallsKey::new(key.value.clone()));
        let Some(before) = before else {
            return Self {
                idempotency_key: anew,
                ..self
            };
        };
        Self {
            timeout: self.timeout.or(before.timeout),
            attempt_timeout: self.attempt_timeout.or(before.attempt_timeout),
            idle_timeout: self.idle_timeout.or(before.idle_timeout),
            retry: self.retry.or(before.retry),
            // Of one name, the last is sent.
            headers: before.headers.iter().cloned().chain(self.headers).collect(),
            idempotency_key: anew.or_else(|| before.idempotency_key.clone()),
            refused: before.refused.clone().or(self.refused),
        }
    }

    fn refuse(&mut self, option: &'static str, problem: String) {
        self.refused.get_or_insert(Refused { option, problem });
    }
}

/// Names only: values may be anybody's data.
impl std::fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("retry", &self.retry)
            .field("headers", &headers)
            .field("has_idempotency_key", &self.has_idempotency_key())
            .finish_non_exhaustive()
    }
}
