//! What went wrong, for which endpoint, after which attempts, and what to do.
//!
//! An [`Error`] keeps everything the call knew when it ended. It never holds a secret, a query string or a token
//! response: endpoints are named by their templates, failures of the transport are stripped of their URL, and where
//! a server repeats the token in its answer, the copy kept here has it removed.
//!
//! Every other part of the crate hands its failure to this one, and this one knows none of them: an argument that
//! cannot be sent, a token that cannot be had, a request without a response, a body that does not fit.

mod api_error;
mod argument;
mod attempt;
mod body;
mod credential;
mod decode;
mod display;
mod oauth;
mod printable;
mod problem_details;
mod send;
mod stopped;
mod token;
mod trail;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

pub use self::api_error::ApiError;
pub use self::argument::ArgumentError;
pub use self::attempt::{Attempt, Outcome};
pub use self::body::BodyError;
pub(crate) use self::credential::{Carried, Credential, after_scheme};
pub use self::decode::DecodeError;
pub use self::oauth::OAuthErrorCode;
#[cfg(test)]
pub(crate) use self::printable::MAX_DESCRIPTION;
pub(crate) use self::printable::{printable, shown};
pub use self::problem_details::ProblemDetails;
pub(crate) use self::send::SendError;
pub use self::stopped::Stopped;
pub use self::token::TokenError;
pub(crate) use self::trail::Trail;
use crate::endpoint::Endpoint;

/// Any error, as tower has it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a generated method returns, unless the trait names another error.
///
/// `Result<T, E>` works for any `E: From<reauth::Error>`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a client could not be built, or a call failed.
///
/// `Display` fits one line: what failed, where, after how many attempts, and why there was no further one; of what the
/// server says, title and detail of an `application/problem+json`, up to 256 characters. `{:?}` tells the whole history, as `fn main() -> reauth::Result<()>` prints it.
///
/// ```text
/// Error: GET /todo/{id}: 503 Service Unavailable after 3 attempts; not sent again: all 2 retries are spent
///   method: TodoApi::todo
///   attempt 1 at 0ms: 401 Unauthorized
///   attempt 2 at 12ms, re-authorized: 503 Service Unavailable
///   attempt 3 at 113ms, after a wait of 100ms: 503 Service Unavailable
///   the server said: {"code":"maintenance"}
/// ```
///
/// The history is in the chain of sources too, so `anyhow` prints it with `{:#}` and `{:?}`, and `miette` (as
/// `IntoDiagnostic` takes any error) below its message. No source says again what the line before it has said. The error
/// itself is found by `anyhow`'s `downcast_ref::<reauth::Error>()`; it is one pointer wide.
///
/// ```
/// # use reauth::{api_client, Result};
/// #[api_client]
/// pub trait Clock {
///     #[get("/now/{zone}")]
///     async fn now(&self, zone: &str) -> Result<String>;
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let error = ClockClient::new("clock.example.com").unwrap_err();
/// assert!(error.to_string().contains("is not an absolute URL"));
///
/// let clock = ClockClient::new("https://clock.example.com").unwrap();
/// let error = clock.now("..").await.unwrap_err();
/// assert_eq!(error.endpoint().unwrap().path(), "/now/{zone}");
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    endpoint: Option<&'static Endpoint>,
    history: History,
    response: Option<Received>,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Settings from which no client can be built: every problem found.
    Settings(Vec<String>),
    /// An argument cannot be sent.
    Argument(ArgumentError),
    /// There was no token to send the request with.
    Token(Arc<TokenError>),
    /// There is no response from there.
    Send { server: String, error: SendError },
    /// A request that is not to be sent as it is, and why.
    Unsendable(String),
    /// The client was put together without the credential that its trait asks for.
    NoCredential,
    /// Nothing can be sent, or waited for.
    NoRuntime,
    /// A guard kept the call, or its next attempt, from being sent; the history says which.
    NotSent,
    /// The time limit of the whole call passed, perhaps while it waited for a token from there.
    Deadline {
        limit: Duration,
        waiting_for: Option<String>,
    },
    /// The server answered, and its status is not a success.
    Status(StatusCode),
    /// The body could not be read to its end.
    Body(BodyError),
    /// The body is not what the method returns.
    Decode(DecodeError),
}

/// How the call went before it ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) stopped: Option<Stopped>,
    /// When the server asked to be called again.
    pub(crate) retry_at: Option<SystemTime>,
}

/// What the server said.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Error {
    pub(crate) fn settings(problems: Vec<String>) -> Self {
        Self::outside(Kind::Settings(problems))
    }

    /// What is wrong with no call.
    pub(crate) fn outside(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            endpoint: None,
            history: History::default(),
            response: None,
        }))
    }

    /// An answer that no call got, for fakes in tests.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn answered(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self(Box::new(Inner {
            kind: Kind::Status(status),
            endpoint: None,
            history: History::default(),
            response: Some(Received { status, headers, body }),
        }))
    }

    pub(crate) fn argument(endpoint: &'static Endpoint, problem: ArgumentError) -> Self {
        Self::call(endpoint, Kind::Argument(problem), History::default(), None)
    }

    pub(crate) fn call(
        endpoint: &'static Endpoint,
        kind: Kind,
        mut history: History,
        response: Option<Received>,
    ) -> Self {
        // Of two that were under way together, the first may have been answered last.
        history.attempts.sort_by_key(Attempt::started);
        Self(Box::new(Inner {
            kind,
            endpoint: Some(endpoint),
            history,
            response,
        }))
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The endpoint that was called; `None` where the client could not be built.
    #[must_use]
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.0.endpoint
    }

    /// Every request that was sent, in order, with its outcome.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.history.attempts
    }

    /// Why no further attempt was made.
    #[must_use]
    pub fn stopped(&self) -> Option<&Stopped> {
        self.0.history.stopped.as_ref()
    }

    /// The status of the last response, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.response.as_ref().map(|response| response.status)
    }

    /// The headers of the last response.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.response.as_ref().map(|response| &response.headers)
    }

    /// The body of the last response, as far as it came; the request's own token is blotted out.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.0.response.as_ref().map(|response| &*response.body)
    }

    /// The body of the last response as JSON, for APIs whose errors have a shape of their own.
    ///
    /// # Errors
    /// Where there is no body, or it is not a `P`.
    pub fn json<P: DeserializeOwned>(&self) -> serde_json::Result<P> {
        serde_json::from_slice(self.body().unwrap_or_default())
    }

    /// What the transport failed with, where there is no response; a layer's own error among it.
    #[must_use]
    pub fn transport_error(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            Kind::Send { error, .. } => error.cause(),
            _ => None,
        }
    }

    /// Why there was no token, where that is what went wrong.
    #[must_use]
    pub fn token_error(&self) -> Option<&TokenError> {
        match &self.0.kind {
            Kind::Token(error) => Some(error),
            _ => None,
        }
    }

    /// Which argument could not be sent, where that is what went wrong.
    #[must_use]
    pub fn argument_error(&self) -> Option<&ArgumentError> {
        match &self.0.kind {
            Kind::Argument(error) => Some(error),
            _ => None,
        }
    }

    /// Why the body was not read or sent to its end, where that is what went wrong.
    #[must_use]
    pub fn body_error(&self) -> Option<&BodyError> {
        match &self.0.kind {
            Kind::Body(error) => Some(error),
            _ => None,
        }
    }

    /// When the server asked to be called again (`Retry-After`, RFC 9110, section 10.2.3; `Retry-After-Ms`; the reset of a
    /// rate limit that is spent), or the token server, where there is no token before, or when this client's own
    /// `circuit_breaker` or `rate` lets a call through again.
    #[must_use]
    pub fn retry_at(&self) -> Option<SystemTime> {
        match &self.0.kind {
            Kind::Token(error) => error.retry_at(),
            _ => self.0.history.retry_at,
        }
    }

    /// Whether a time limit passed: of the call, of its last attempt, of fetching the token, or of a stream's silence.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &self.0.kind {
            Kind::Deadline { .. } | Kind::Body(BodyError::Idle { .. }) => true,
            Kind::NotSent => matches!(self.stopped(), Some(Stopped::ConcurrencyLimit { .. })),
            Kind::Send { error, .. } => error.is_timeout(),
            Kind::Token(error) => error.is_timeout(),
            _ => false,
        }
    }

    /// Whether no connection could be made, to the API or to the token server.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        match &self.0.kind {
            Kind::Send { error, .. } => error.is_connect(),
            Kind::Token(error) => error.is_connect(),
            _ => false,
        }
    }

    /// Whether it is about credentials: no token could be fetched, or the API answered 401 or 403.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        match &self.0.kind {
            Kind::Token(_)
            | Kind::NoCredential
            | Kind::Deadline {
                waiting_for: Some(_), ..
            } => true,
            Kind::Status(status) => matches!(*status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN),
            _ => false,
        }
    }

    /// Whether the same call may succeed later without a change on this side.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match &self.0.kind {
            Kind::Send { error, .. } => !matches!(error, SendError::Unsent(_)),
            Kind::Deadline { .. } | Kind::NotSent | Kind::Body(BodyError::Broken { .. } | BodyError::Idle { .. }) => {
                true
            }
            Kind::Token(error) => error.is_transient(),
            Kind::Status(status) => crate::endpoint::RetryOn::TRANSIENT.contains_status(status.as_u16()),
            Kind::Settings(_)
            | Kind::Argument(_)
            | Kind::Unsendable(_)
            | Kind::NoCredential
            | Kind::NoRuntime
            | Kind::Body(_)
            | Kind::Decode(_) => false,
        }
    }

    /// Whether the trait's `circuit_breaker` is open, so that nothing was sent, or nothing more.
    #[must_use]
    pub fn is_circuit_open(&self) -> bool {
        matches!(self.stopped(), Some(Stopped::CircuitOpen { .. }))
    }

    /// Whether nothing was sent because of the trait's own `concurrency` or `rate`: too many calls wait already. What a
    /// server says of its limits is a status, 429.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        matches!(
            self.stopped(),
            Some(Stopped::ConcurrencyLimit { .. } | Stopped::RateLimit { .. })
        )
    }

    /// Whether it lies with this side's settings: a base URL that is none, a missing variable. Every problem found is
    /// in the message.
    #[must_use]
    pub fn is_settings(&self) -> bool {
        matches!(self.0.kind, Kind::Settings(_))
    }

    /// Whether the response came but is not what the method returns.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode(_))
    }
}

/// `Display` tells the whole of what happened; the sources are what it leaves out: what came of each attempt, where there
/// was more than one, and then what a library below said, or an error of yours.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if self.attempts().len() > 1 {
            return Some(&*self.0);
        }
        self.0.source()
    }
}

impl std::error::Error for Inner {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Body(error) => error.source(),
            Kind::Decode(error) => error.source(),
            Kind::Token(error) => error.source(),
            _ => None,
        }
    }
}

/// For code that reads a [`ByteStream`](crate::ByteStream) through `AsyncRead`.
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

const _: () = {
    const fn send_sync<T: Send + Sync + 'static>() {}
    send_sync::<Error>();
    assert!(size_of::<Error>() <= 16);
};
