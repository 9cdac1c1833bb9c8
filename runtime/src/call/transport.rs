//! What requests go out through: reqwest, or any `tower::Service` in its place.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Request, Response};
use tower_service::Service;

use crate::base_url::BaseUrl;
use crate::error::{BoxError, SendError};

/// How long a connection may take to be made, unless the builder says otherwise; the attempt's own limit may be shorter.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_REDIRECTS: usize = 10;
const USER_AGENT: &str = concat!("reauth/", env!("CARGO_PKG_VERSION"));

/// Sends one request and gives back the response's head, its body unread.
#[derive(Clone)]
pub(crate) enum Transport {
    Reqwest(reqwest::Client),
    Service(Arc<dyn SendRequest>),
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A [`Service`] behind a pointer.
pub(crate) trait SendRequest: Send + Sync {
    fn send(&self, request: Request) -> BoxFuture<Result<Response, BoxError>>;
}

impl Transport {
    /// For calls to an API: redirects are followed within the origin only, and nothing says where we came from.
    pub(crate) fn for_api(base_url: &BaseUrl, connect_timeout: Option<Duration>) -> reqwest::Result<Self> {
        Self::reqwest(base_url, Policy::custom(within_origin), connect_timeout)
    }

    /// For token requests: a redirect would carry the client's secret to wherever it points.
    pub(crate) fn for_tokens(issuer: &BaseUrl) -> reqwest::Result<Self> {
        Self::reqwest(issuer, Policy::none(), None)
    }

    fn reqwest(server: &BaseUrl, redirects: Policy, connect_timeout: Option<Duration>) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder();
        // What is meant for this machine does not leave it: a proxy of the environment's would see it in clear.
        let client = if server.is_loopback() {
            client.no_proxy()
        } else {
            client
        };
        client
            .redirect(redirects)
            .referer(false)
            // Attempts are counted here, where `Retry-After` and the token are known.
            .retry(reqwest::retry::never())
            .connect_timeout(connect_timeout.unwrap_or(CONNECT_TIMEOUT))
            .user_agent(USER_AGENT)
            .build()
            .map(Self::Reqwest)
    }

    /// Any service, one clone of it for each request.
    pub(crate) fn service<S>(service: S) -> Self
    where
        S: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
    {
        struct Cloned<S>(S);

        impl<S> SendRequest for Cloned<S>
        where
            S: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
            S::Error: Into<BoxError>,
            S::Future: Send,
        {
            fn send(&self, request: Request) -> BoxFuture<Result<Response, BoxError>> {
                let mut service = self.0.clone();
                Box::pin(async move {
                    poll_fn(|context| service.poll_ready(context))
                        .await
                        .map_err(Into::into)?;
                    service.call(request).await.map_err(Into::into)
                })
            }
        }

        Self::Service(Arc::new(Cloned(service)))
    }

    pub(super) async fn send(&self, request: Request) -> Result<Response, SendError> {
        let result = match self {
            Self::Reqwest(client) => client.execute(request).await.map_err(Into::into),
            Self::Service(service) => service.send(request).await,
        };
        result.map_err(SendError::classify)
    }
}

/// Follows a redirect that stays where the credential belongs; any other is the response.
fn within_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first();
    let same_origin = first.is_some_and(|first| first.origin() == attempt.url().origin());
    if same_origin && attempt.previous().len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Reqwest(_) => "reqwest",
            Self::Service(_) => "service",
        })
    }
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::error::BodyError;
    use crate::response::Incoming;

    /// 100,000 zeros, by `gzip -9`.
    const ZEROS: &[u8] = b"\
        \x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xf5\x4f\x6d\x0d\x0f\
        \xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x80\x57\x03\x7d\x95\x11\xd4\xa0\x86\x01\x00";

    #[tokio::test]
    async fn s10_the_limit_counts_what_a_body_unpacks_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    ZEROS.len()
                );
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(ZEROS).await.unwrap();
            }
        });
        let transport = Transport::for_api(&url.parse().unwrap(), None).unwrap();
        for (limit, fits) in [(100_000, true), (99_999, false), (ZEROS.len(), false)] {
            let request = Request::new(reqwest::Method::GET, url.parse().unwrap());
            let mut response = Incoming::new(transport.send(request).await.unwrap(), limit);
            match response.buffer().await {
                Ok(()) => assert!(fits, "{limit}"),
                Err(error) => assert!(matches!(error, BodyError::TooLarge { .. }) && !fits, "{limit}: {error}"),
            }
        }
    }
}
