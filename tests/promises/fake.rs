//! The kit's transport without a socket, for tests in virtual time: a function from what was seen of a request to its
//! response. It sees to it that secrets are marked, and takes the mark off again.

use std::sync::Mutex;
use std::task::{Context, Poll};

use http::StatusCode;
use http::header::AUTHORIZATION;
use reauth::testing::{Answer, Body, FakeTransport, ReceivedRequest};
use reauth::{Auth0, BoxError};
use tokio::time::Duration;
use tower_service::Service;

use crate::all_output::marks::{CANARY, assert_marked};

/// Answers each request by a function of what was seen of it, and keeps that.
#[derive(Clone)]
pub(crate) struct Fake(FakeTransport);

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    /// Its place among all requests, from 0.
    pub(crate) number: usize,
    pub(crate) at: Duration,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) authorization: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    fn of(request: ReceivedRequest) -> Self {
        let header = |name| request.header(name).map(ToOwned::to_owned);
        for secret in [AUTHORIZATION.as_str(), "x-api-key"].into_iter().filter_map(header) {
            assert_marked(&secret);
        }
        Self {
            number: request.number,
            at: request.at,
            method: request.method.to_string(),
            url: request.url.to_string(),
            authorization: header(AUTHORIZATION.as_str()).map(|value| value.replace(MARK, "")),
            idempotency_key: header("idempotency-key"),
            headers: request.headers,
            body: request.body.into(),
        }
    }
}

impl Fake {
    pub(crate) fn new<F: Future<Output = Result<reqwest::Response, BoxError>> + Send + 'static>(
        handler: impl Fn(Seen) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(FakeTransport::from_fn(move |request| {
            let answer = handler(Seen::of(request));
            async move { answer.await.map_or_else(failing, Answer::from) }
        }))
    }

    /// Answers at once, by the request's number.
    pub(crate) fn statuses(statuses: &'static [u16]) -> Self {
        Self::new(move |seen| {
            let status = statuses[seen.number.min(statuses.len() - 1)];
            async move { Ok(respond(status, &[], r#"{"id":1}"#)) }
        })
    }

    pub(crate) fn log(&self) -> Vec<Seen> {
        self.0.requests().into_iter().map(Seen::of).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.requests().len()
    }

    /// When each request came, in milliseconds.
    pub(crate) fn times(&self) -> Vec<u128> {
        self.0.requests().iter().map(|request| request.at.as_millis()).collect()
    }

    /// The `Authorization` of each request.
    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.log()
            .into_iter()
            .map(|seen| seen.authorization.unwrap_or_default())
            .collect()
    }
}

impl Service<reqwest::Request> for Fake {
    type Response = reqwest::Response;
    type Error = BoxError;
    type Future = <FakeTransport as Service<reqwest::Request>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    /// Without a body that is a stream: it may have no end, and who answers early does not read it.
    fn call(&mut self, mut request: reqwest::Request) -> Self::Future {
        request.body_mut().take_if(|body| body.as_bytes().is_none());
        self.0.call(request)
    }
}

/// This error, for the one request that it answers.
fn failing(error: BoxError) -> Answer {
    let error = Mutex::new(Some(error));
    Answer::error(move || error.lock().unwrap().take().unwrap())
}

pub(crate) fn respond(status: u16, headers: &[(&str, &str)], body: &str) -> reqwest::Response {
    let mut response = http::Response::builder().status(StatusCode::from_u16(status).unwrap());
    for &(name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.to_owned()).unwrap().into()
}

/// Status 200 and one of the bodies below.
pub(crate) fn streamed(body: Body) -> reqwest::Response {
    http::Response::new(body).into()
}

/// A body that never comes.
pub(crate) fn hanging() -> Body {
    Body::hang_after("")
}

/// A body that breaks off at once.
pub(crate) fn broken() -> Body {
    Body::cut_after("")
}

/// A body that comes by one byte a second.
pub(crate) fn dripping() -> Body {
    Body::drip(vec![b' '; 1000], Duration::from_secs(1))
}

/// Stands before a token on its way and shows in no log, nor in what a test reads of a request: there `t1` is `t1`.
pub(crate) const MARK: &str = "canary~";

/// A token server that issues `t1`, `t2`, …, each good for an hour.
pub(crate) fn token_server() -> Fake {
    Fake::new(|seen| async move { Ok(token(&format!("t{}", seen.number + 1))) })
}

pub(crate) fn token(token: &str) -> reqwest::Response {
    let marked = if token.contains(CANARY) {
        token.to_owned()
    } else {
        format!("{MARK}{token}")
    };
    let body = serde_json::json!({"access_token": marked, "token_type": "Bearer", "expires_in": 3600});
    respond(200, &[], &body.to_string())
}

/// A credential whose tokens come from there.
pub(crate) fn credential(token_server: &Fake) -> Auth0 {
    Auth0::new("tenant.example.com", "client id", "canary-secret").transport(token_server.clone())
}

pub(crate) fn refused() -> BoxError {
    std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into()
}
