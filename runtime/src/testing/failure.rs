//! Failures on demand: what a server answers in place of what it should.

use std::collections::VecDeque;
use std::fmt;
use std::future;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use parking_lot::Mutex;

use super::body::{Body, Disconnect, Reply};
use super::oauth_error::OAuthError;
use super::quota::rounded_up;

/// One way to fail.
///
/// ```
/// use std::time::Duration;
///
/// use reauth::http::{Response, StatusCode};
/// use reauth::testing::{Body, Failure};
///
/// let busy = Failure::status(StatusCode::SERVICE_UNAVAILABLE).retry_after(Duration::from_secs(2));
/// let refused = Failure::oauth(StatusCode::UNAUTHORIZED, "invalid_client", "Unknown client");
/// let spent = Failure::status(StatusCode::TOO_MANY_REQUESTS)
///     .header("x-ratelimit-remaining", "0")
///     .header("x-ratelimit-reset", "30");
/// let truncated = Failure::respond(Response::new(Body::cut_after(r#"{"access_"#)));
/// let slow = Failure::slow_body(Duration::from_secs(1)).delay(Duration::from_secs(3));
/// # let _ = (busy, refused, spent, truncated, slow);
/// ```
#[derive(Clone, Debug)]
pub struct Failure {
    kind: Kind,
    delay: Duration,
}

#[derive(Clone)]
enum Kind {
    Respond(Response<Body>),
    Disconnect,
    Hang,
}

/// Without headers and body, which may hold tokens.
impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Respond(response) => f
                .debug_struct("Respond")
                .field("status", &response.status())
                .field("body", response.body())
                .finish_non_exhaustive(),
            Self::Disconnect => f.write_str("Disconnect"),
            Self::Hang => f.write_str("Hang"),
        }
    }
}

impl Failure {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            delay: Duration::ZERO,
        }
    }

    /// This status with a line of text, as a gateway sends it.
    #[must_use]
    pub fn status(status: StatusCode) -> Self {
        let mut response = Response::new(Body::from(status.canonical_reason().unwrap_or("Failure")));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        Self::new(Kind::Respond(response))
    }

    /// An OAuth error body (RFC 6749, section 5.2) with this status.
    #[must_use]
    pub fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        Self::new(Kind::Respond(
            OAuthError::new(status, error, description).into_response(),
        ))
    }

    /// This very response: HTML from a gateway, a quota header, a body that is no JSON or is cut
    /// short.
    #[must_use]
    pub fn respond(response: Response<Body>) -> Self {
        Self::new(Kind::Respond(response))
    }

    /// A page of HTML with status 200, as a proxy or a login portal sends it.
    #[must_use]
    pub fn garbage() -> Self {
        let mut response = Response::new(Body::from("<!doctype html><title>Please sign in</title>"));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, html);
        Self::respond(response)
    }

    /// Status 200 and a JSON body that comes by one byte after each pause, and takes more than a thousand of them.
    #[must_use]
    pub fn slow_body(pause: Duration) -> Self {
        // White space is JSON still: only the time says that something is wrong.
        let mut response = Response::new(Body::drip(vec![b' '; 1024], pause));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        Self::respond(response)
    }

    /// The connection is closed without an answer.
    #[must_use]
    pub fn disconnect() -> Self {
        Self::new(Kind::Disconnect)
    }

    /// No answer ever comes; the connection stays open until the client gives up or the server is
    /// dropped.
    #[must_use]
    pub fn hang() -> Self {
        Self::new(Kind::Hang)
    }

    /// The same with `Retry-After`, in whole seconds, rounded up. Nothing to add it to where no response is
    /// sent.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        if let Kind::Respond(response) = &mut self.kind {
            response.headers_mut().insert(RETRY_AFTER, rounded_up(wait).into());
        }
        self
    }

    /// The same with a header, as those of a quota. Nothing to add it to where no response is sent.
    ///
    /// # Panics
    ///
    /// Where this cannot be a header.
    #[must_use]
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("the name of a header");
        let value = HeaderValue::from_str(value).expect("the value of a header");
        if let Kind::Respond(response) = &mut self.kind {
            response.headers_mut().append(name, value);
        }
        self
    }

    /// The same, so much later, by tokio's clock.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Fails in this way.
    ///
    /// # Errors
    ///
    /// [`Disconnect`] where the connection is to be closed.
    pub async fn reply(self) -> Reply {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match self.kind {
            Kind::Respond(response) => Ok(response),
            Kind::Disconnect => Err(Disconnect),
            Kind::Hang => future::pending().await,
        }
    }
}

/// The failures that a server's next requests meet, in order.
#[derive(Debug, Default)]
pub struct Failures(Mutex<VecDeque<Failure>>);

impl Failures {
    /// Adds the same failure `count` times.
    pub fn add(&self, count: usize, failure: &Failure) {
        self.0.lock().extend((0..count).map(|_| failure.clone()));
    }

    /// The failure that the request at hand should meet, if any.
    pub fn take(&self) -> Option<Failure> {
        self.0.lock().pop_front()
    }
}
