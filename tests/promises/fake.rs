//! A transport without a socket: a function from request to response, for tests in virtual time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::StatusCode;
use http::header::AUTHORIZATION;
use parking_lot::Mutex;
use reauth::{Auth0, BoxError};
use tokio::time::{Duration, Instant};
use tower_service::Service;

use crate::all_output::marks::{CANARY, assert_marked};

type Answer = Pin<Box<dyn Future<Output = Result<reqwest::Response, BoxError>> + Send>>;
type Handler = dyn Fn(Seen) -> Answer + Send + Sync;

/// Answers each request by a function of what was seen of it, and keeps that.
#[derive(Clone)]
pub(crate) struct Fake {
    start: Instant,
    handler: Arc<Handler>,
    log: Arc<Mutex<Vec<Seen>>>,
}

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

impl Fake {
    pub(crate) fn new<F: Future<Output = Result<reqwest::Response, BoxError>> + Send + 'static>(
        handler: impl Fn(Seen) -> F + Send + Sync + 'static,
    ) -> Self {
        Self {
            start: Instant::now(),
            handler: Arc::new(move |seen| Box::pin(handler(seen))),
            log: Arc::default(),
        }
    }

    /// Answers at once, by the request's number.
    pub(crate) fn statuses(statuses: &'static [u16]) -> Self {
        Self::new(move |seen| {
            let status = statuses[seen.number.min(statuses.len() - 1)];
            async move { Ok(respond(status, &[], r#"{"id":1}"#)) }
        })
    }

    pub(crate) fn log(&self) -> Vec<Seen> {
        self.log.lock().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.log.lock().len()
    }

    /// When each request came, in milliseconds.
    pub(crate) fn times(&self) -> Vec<u128> {
        self.log().iter().map(|seen| seen.at.as_millis()).collect()
    }

    /// The `Authorization` of each request.
    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.log()
            .iter()
            .map(|seen| seen.authorization.clone().unwrap_or_default())
            .collect()
    }
}

impl Service<reqwest::Request> for Fake {
    type Response = reqwest::Response;
    type Error = BoxError;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: reqwest::Request) -> Answer {
        let header = |name| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        for secret in [AUTHORIZATION.as_str(), "x-api-key"].into_iter().filter_map(header) {
            assert_marked(&secret);
        }
        let mut log = self.log.lock();
        let seen = Seen {
            number: log.len(),
            at: Instant::now() - self.start,
            method: request.method().to_string(),
            url: request.url().to_string(),
            authorization: header(AUTHORIZATION.as_str()).map(|value| value.replace(MARK, "")),
            idempotency_key: header("idempotency-key"),
            headers: request.headers().clone(),
            body: request
                .body()
                .and_then(reqwest::Body::as_bytes)
                .unwrap_or_default()
                .to_vec(),
        };
        log.push(seen.clone());
        (self.handler)(seen)
    }
}

pub(crate) fn respond(status: u16, headers: &[(&str, &str)], body: &str) -> reqwest::Response {
    let mut response = http::Response::builder().status(StatusCode::from_u16(status).unwrap());
    for &(name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.to_owned()).unwrap().into()
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

/// A body that never comes, breaks off at once, or comes by one byte a second.
pub(crate) enum BadBody {
    Hangs,
    Breaks,
    Drips(Pin<Box<tokio::time::Sleep>>),
}

impl BadBody {
    pub(crate) fn drips() -> Self {
        Self::Drips(Box::pin(tokio::time::sleep(Duration::from_secs(1))))
    }
}

impl http_body::Body for BadBody {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
        match &mut *self {
            Self::Hangs => Poll::Pending,
            Self::Breaks => Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into()))),
            Self::Drips(second) => {
                std::task::ready!(second.as_mut().poll(context));
                second.as_mut().reset(Instant::now() + Duration::from_secs(1));
                let byte = http_body::Frame::data(bytes::Bytes::from_static(b" "));
                Poll::Ready(Some(Ok(byte)))
            }
        }
    }
}
