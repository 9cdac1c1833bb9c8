//! Failures on demand: what a server answers in place of what it should.

use std::collections::VecDeque;
use std::future;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use parking_lot::Mutex;

use super::body::{Body, Disconnect, Reply};
use super::oauth_error::OAuthError;

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
/// let garbage = Failure::respond(Response::new(Body::from("<html>Bad gateway</html>")));
/// let truncated = Failure::respond(Response::new(Body::cut_after(r#"{"access_"#)));
/// # let _ = (busy, refused, garbage, truncated);
/// ```
#[derive(Clone, Debug)]
pub struct Failure(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Respond(Response<Body>),
    Disconnect,
    Hang,
}

impl Failure {
    /// This status with a line of text, as a gateway sends it.
    #[must_use]
    pub fn status(status: StatusCode) -> Self {
        let mut response = Response::new(Body::from(status.canonical_reason().unwrap_or("Failure")));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        Self(Kind::Respond(response))
    }

    /// An OAuth error body (RFC 6749, section 5.2) with this status.
    #[must_use]
    pub fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        Self(Kind::Respond(
            OAuthError::new(status, error, description).into_response(),
        ))
    }

    /// This very response: HTML from a gateway, a quota header, a body that is no JSON or is cut
    /// short.
    #[must_use]
    pub fn respond(response: Response<Body>) -> Self {
        Self(Kind::Respond(response))
    }

    /// The connection is closed without an answer.
    #[must_use]
    pub fn disconnect() -> Self {
        Self(Kind::Disconnect)
    }

    /// No answer ever comes; the connection stays open until the client gives up or the server is
    /// dropped.
    #[must_use]
    pub fn hang() -> Self {
        Self(Kind::Hang)
    }

    /// The same with `Retry-After`, in whole seconds. Nothing to add it to where no response is
    /// sent.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        if let Kind::Respond(response) = &mut self.0 {
            response.headers_mut().insert(RETRY_AFTER, wait.as_secs().into());
        }
        self
    }

    /// Fails in this way.
    ///
    /// # Errors
    ///
    /// [`Disconnect`] where the connection is to be closed.
    pub async fn reply(self) -> Reply {
        match self.0 {
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
