//! What a route answers with.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};
use parking_lot::Mutex;
use reqwest::{ResponseBuilderExt as _, Url};
use serde_json::json;

use super::super::body::{self, Body, Disconnect, Reply};
use super::super::failure::Failure;
use super::ReceivedRequest;
use crate::error::BoxError;

/// What a [`Route`](super::Route) answers with: a status, a response (as [`json`](crate::testing::json) makes one), or a
/// [`Failure`]; a status with a body; and what only a transport can do.
///
/// ```
/// use std::time::Duration;
///
/// use reauth::http::StatusCode;
/// use reauth::testing::{Answer, FakeTransport, Failure, json};
///
/// let api = FakeTransport::new();
/// api.route("GET /todo")
///     .always(json(StatusCode::OK, &["milk"]));
/// api.route("GET /todo/{id}")
///     .always(Answer::from_fn(|request| json(StatusCode::OK, request.path())));
/// api.route("POST /todo")
///     .always(Answer::from(StatusCode::CREATED).delay(Duration::from_secs(2)));
/// api.route("PUT /todo/{id}").always((StatusCode::CONFLICT, "somebody else was faster"));
/// api.route("DELETE /todo/{id}").always(Failure::hang());
/// api.route("GET /health").always(Answer::refused());
/// api.route("POST /oauth/token").always(Answer::token("t1", Duration::from_secs(3600)));
/// ```
#[derive(Clone)]
pub struct Answer {
    delay: Duration,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Server(Failure),
    /// For one request, and gone when it was given.
    Once(Arc<Mutex<Option<reqwest::Response>>>),
    Error(Arc<dyn Fn() -> BoxError + Send + Sync>),
    Computed(Arc<dyn Fn(ReceivedRequest) -> Answer + Send + Sync>),
}

impl Answer {
    fn new(kind: Kind) -> Self {
        Self {
            delay: Duration::ZERO,
            kind,
        }
    }

    /// What a token server answers (RFC 6749, section 5.1): this bearer token, good for so long.
    #[must_use]
    pub fn token(token: &str, expires_in: Duration) -> Self {
        let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in.as_secs() });
        body::json(StatusCode::OK, &answer).into()
    }

    /// No connection can be made: the server has seen nothing, and any request may be sent again.
    #[must_use]
    pub fn refused() -> Self {
        Self::error(|| io::Error::from(io::ErrorKind::ConnectionRefused))
    }

    /// The transport fails with this error.
    pub fn error<E: Into<BoxError>>(error: impl Fn() -> E + Send + Sync + 'static) -> Self {
        Self::new(Kind::Error(Arc::new(move || error().into())))
    }

    /// What a function makes of the request.
    pub fn from_fn<A: Into<Self>>(answer: impl Fn(ReceivedRequest) -> A + Send + Sync + 'static) -> Self {
        Self::new(Kind::Computed(Arc::new(move |request| answer(request).into())))
    }

    /// The same, so much later, by tokio's clock.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(super) async fn give(self, request: ReceivedRequest, url: Url) -> Result<reqwest::Response, BoxError> {
        let mut answer = self;
        loop {
            if !answer.delay.is_zero() {
                tokio::time::sleep(answer.delay).await;
            }
            match answer.kind {
                Kind::Server(failure) => return Ok(respond(failure.reply().await?, url)),
                Kind::Once(response) => {
                    let response = response
                        .lock()
                        .take()
                        .ok_or("a `reqwest::Response` answers one request alone")?;
                    return Ok(respond(response.into(), url));
                }
                Kind::Error(error) => return Err(error()),
                Kind::Computed(compute) => answer = compute(request.clone()),
            }
        }
    }
}

/// The response to a request for this URL.
fn respond<B: Into<reqwest::Body>>(response: Response<B>, url: Url) -> reqwest::Response {
    let (head, body) = response.into_parts();
    let mut response = Response::new(body);
    if let Ok(with_url) = Response::builder().url(url).body(()) {
        *response.extensions_mut() = with_url.into_parts().0.extensions;
    }
    response.extensions_mut().extend(head.extensions);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response.into()
}

impl From<StatusCode> for Answer {
    /// With an empty body.
    fn from(status: StatusCode) -> Self {
        (status, Body::default()).into()
    }
}

impl From<Response<Body>> for Answer {
    fn from(response: Response<Body>) -> Self {
        Failure::respond(response).into()
    }
}

/// This status and body, as in `(StatusCode::CONFLICT, "taken")`.
impl<B: Into<Body>> From<(StatusCode, B)> for Answer {
    fn from((status, body): (StatusCode, B)) -> Self {
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        response.into()
    }
}

/// As the handler of a [`LoopbackServer`](crate::testing::LoopbackServer) has it.
impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        match reply {
            Ok(response) => response.into(),
            Err(Disconnect) => Failure::disconnect().into(),
        }
    }
}

/// For one request alone, with a body of any kind.
impl From<reqwest::Response> for Answer {
    fn from(response: reqwest::Response) -> Self {
        Self::new(Kind::Once(Arc::new(Mutex::new(Some(response)))))
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Self::new(Kind::Server(failure))
    }
}

/// Without what is answered, which may be a token.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
