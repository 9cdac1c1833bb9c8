//! What requests go out through: reqwest, or any `tower::Service` in its place.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::HeaderValue;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Request, Response, StatusCode, Url};
use tower_layer::Layer;
use tower_service::Service;

use crate::base_url::BaseUrl;
use crate::error::{BoxError, SendError};

/// How long a connection may take to be made, unless the builder says otherwise; the attempt's own limit may be shorter.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_REDIRECTS: usize = 10;
const USER_AGENT: &str = concat!("reauth/", env!("CARGO_PKG_VERSION"));

tokio::task_local! {
    /// Whether a redirect that was followed for the request under way put another one in its place; `None` where none was
    /// followed, as far as our own policy knows.
    static ANSWERED: Cell<Option<bool>>;
}

/// Sends one request and gives back the response's head, its body unread.
#[derive(Clone)]
pub(crate) enum Transport {
    Reqwest(reqwest::Client),
    Service(Arc<dyn SendRequest>),
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What is put around a transport.
pub(crate) type Layered = Box<dyn Fn(Transport) -> Transport + Send + Sync>;

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
        let client = Self::settings(server, redirects, connect_timeout);
        client.build().map(Self::Reqwest)
    }

    fn settings(server: &BaseUrl, redirects: Policy, connect_timeout: Option<Duration>) -> reqwest::ClientBuilder {
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
            // Attempts are counted here, where `Retry-After` and the token are known. Of none at all, unlike of some that
            // are never due, no copy of the request is kept.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .connect_timeout(connect_timeout.unwrap_or(CONNECT_TIMEOUT))
            .user_agent(HeaderValue::from_static(USER_AGENT))
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

    /// Puts a layer around any transport.
    pub(crate) fn layered<L>(layer: L) -> Layered
    where
        L: Layer<HttpService> + Send + Sync + 'static,
        L::Service: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Error: Into<BoxError>,
        <L::Service as Service<Request>>::Future: Send,
    {
        Box::new(move |transport| Self::service(layer.layer(HttpService(transport))))
    }

    /// Sends a request. No `async fn`: its future would have room for the request, which reqwest keeps in a box anyway.
    pub(super) fn send(&self, request: Request) -> Answering {
        match self {
            Self::Reqwest(client) if request.method().is_idempotent() => {
                let mut client = client;
                Answering::Reqwest(client.call(request))
            }
            Self::Reqwest(client) => Answering::Boxed(watched(client, request)),
            Self::Service(service) => Answering::Boxed(service.send(request)),
        }
    }
}

/// A request that is on its way.
pub(super) enum Answering {
    Reqwest(<reqwest::Client as Service<Request>>::Future),
    Boxed(BoxFuture<Result<Response, BoxError>>),
}

impl Future for Answering {
    type Output = Result<Response, SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = match &mut *self {
            Self::Reqwest(response) => Pin::new(response).poll(context).map_err(Into::into),
            Self::Boxed(response) => response.as_mut().poll(context),
        };
        answer.map_err(classify)
    }
}

/// What a layer given to [`ClientBuilder::layer`](crate::ClientBuilder::layer) is put around: it sends one request, and
/// answers with the response's head.
///
/// It is always ready. Where there is a layer inside that is not, the request waits for it.
#[derive(Clone, Debug)]
pub struct HttpService(Transport);

impl Service<Request> for HttpService {
    type Response = Response;
    type Error = BoxError;
    type Future = BoxFuture<Result<Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match &self.0 {
            Transport::Reqwest(client) if request.method().is_idempotent() => {
                let response = client.execute(request);
                Box::pin(async { response.await.map_err(Into::into) })
            }
            Transport::Reqwest(client) => watched(client, request),
            Transport::Service(service) => service.send(request),
        }
    }
}

/// In the extensions of a response: it answers the request that a redirect led to. The one that was sent first has been
/// processed.
#[derive(Clone, Copy)]
pub(super) struct Redirected;

/// The same of a request that has no response.
#[derive(Debug, thiserror::Error)]
#[error("a redirect led to a request that failed")]
struct FailedRedirected(#[source] reqwest::Error);

/// Sends a request that may not be sent twice, and marks what comes of another one that a redirect put in its place: to
/// whoever asks whether the server has done its work, a `303 See Other` said so, whatever comes after it.
///
/// In a box of its own: no other request needs its room.
fn watched(client: &reqwest::Client, request: Request) -> BoxFuture<Result<Response, BoxError>> {
    let sent_to = without_fragment(request.url());
    let response = client.execute(request);
    Box::pin(ANSWERED.scope(Cell::new(None), async move {
        let result = response.await;
        let answered = ANSWERED.with(Cell::get);
        match result {
            Ok(mut response) => {
                // A client of the user's follows by a policy of its own, which tells nothing.
                if answered.unwrap_or_else(|| without_fragment(response.url()) != sent_to) {
                    response.extensions_mut().insert(Redirected);
                }
                Ok(response)
            }
            // Its URL would show the query, and inside another error nobody can be rid of it.
            Err(error) if answered == Some(true) => Err(FailedRedirected(error.without_url()).into()),
            Err(error) => Err(error.into()),
        }
    }))
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

/// Sorts what a transport failed with. What a redirect led to may not have been reached, but the request itself was.
fn classify(error: BoxError) -> SendError {
    let first: &(dyn std::error::Error + 'static) = &*error;
    let redirected =
        std::iter::successors(Some(first), |error| error.source()).any(<dyn std::error::Error>::is::<FailedRedirected>);
    match SendError::classify(error) {
        SendError::Connect(error) | SendError::Refused(error) if redirected => SendError::Network(error),
        error => error,
    }
}

/// Follows a redirect that stays where the credential belongs; any other is the response.
fn within_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first();
    let same_origin = first.is_some_and(|first| first.origin() == attempt.url().origin());
    if same_origin && attempt.previous().len() <= MAX_REDIRECTS {
        // These two hand the request on as it is; the others may ask for a GET, once it has done its work.
        let hands_on = [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT].contains(&attempt.status());
        // Nobody looks where the request may be sent twice.
        let _ = ANSWERED.try_with(|answered| answered.set(Some(!hands_on || answered.get() == Some(true))));
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

#[cfg(test)]
mod tests;
