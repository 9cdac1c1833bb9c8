//! A request as it was received.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::BodyExt as _;
use reqwest::Url;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::error::BoxError;

/// A request that a [`FakeTransport`](super::FakeTransport) received.
///
/// Its `Debug` has the method and the path: not the query, headers and body, which may hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// Its place among all that were received, from 0.
    pub number: usize,
    /// When it came, since the transport was made and by tokio's clock.
    pub at: Duration,
    /// The verb.
    pub method: Method,
    /// Where it was sent to.
    pub url: Url,
    /// All of its headers, the credential too.
    pub headers: HeaderMap,
    /// All of its body. A stream is read to its end before a route is asked or anything is answered, so nothing is
    /// answered while it is still being sent.
    pub body: Bytes,
}

impl ReceivedRequest {
    pub(in crate::testing) async fn read(mut request: reqwest::Request, started: Instant) -> Result<Self, BoxError> {
        let body = request.body_mut().take();
        let mut received = Self {
            number: 0,
            at: started.elapsed(),
            method: request.method().clone(),
            url: request.url().clone(),
            headers: std::mem::take(request.headers_mut()),
            body: Bytes::new(),
        };
        if let Some(body) = body {
            received.body = body.collect().await?.to_bytes();
        }
        Ok(received)
    }

    /// The path, percent-encoded as it was sent.
    #[must_use]
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// The value of this name in the query; the first, where there are several.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    /// The header of this name, where it is text; the first, where there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    ///
    /// Where it is none, or not a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
}

/// As a server sees it, with `Host` and an absolute URI: for the handler of a [`LoopbackServer`](crate::testing::LoopbackServer).
impl From<ReceivedRequest> for Request<Bytes> {
    fn from(received: ReceivedRequest) -> Self {
        let mut target = received.url.path().to_owned();
        if let Some(query) = received.url.query() {
            target.push('?');
            target.push_str(query);
        }
        let host = received.url.host_str().unwrap_or_default();
        let port = received.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let uri = Uri::builder()
            .scheme(received.url.scheme())
            .authority(format!("{host}{port}"))
            .path_and_query(target);
        let mut request = Self::new(received.body);
        *request.uri_mut() = uri.build().unwrap_or_else(|_| Uri::from_static("/"));
        *request.method_mut() = received.method;
        *request.headers_mut() = received.headers;
        if let Ok(host) = HeaderValue::try_from(received.url.authority()) {
            request.headers_mut().entry(HOST).or_insert(host);
        }
        request
    }
}

impl fmt::Debug for ReceivedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRequest")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("method", &self.method)
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}
