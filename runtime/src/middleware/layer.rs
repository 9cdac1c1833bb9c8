//! Authorization around any HTTP service of `tower`'s.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::builder::{AuthorizationBuilder, FromGuard};
use super::guard::{Guard, Sends};
use super::replay::{Once, Replay};
use crate::call::Authorized;
use crate::credential::Authorize;
use crate::error::{BoxError, Error, Kind, Result};

/// A `tower` layer that authorizes the requests to one API, and once more those that are answered 401.
///
/// It takes any credential, and goes around any `Service<http::Request<B>, Response = http::Response<_>>` that is
/// `Clone`: a tonic channel, a client of hyper-util's, a stack of layers. How a request is sent twice is for its type of
/// body to say, with [`replay`](Self::replay) or [`replay_with`](Self::replay_with); unless that is said, it is sent once, and a 401 renews the token for the
/// next.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use reauth::Auth0;
/// use reauth::middleware::{AuthorizationLayer, Cloned};
/// use tower_layer::Layer;
/// # #[derive(Clone)] struct Client;
/// # impl tower_service::Service<Request<Bytes>> for Client {
/// #     type Response = Response<Bytes>;
/// #     type Error = std::io::Error;
/// #     type Future = std::future::Ready<Result<Response<Bytes>, std::io::Error>>;
/// #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), std::io::Error>> { todo!() }
/// #     fn call(&mut self, _: Request<Bytes>) -> Self::Future { todo!() }
/// # }
/// # fn is_client(_: impl tower_service::Service<Request<Bytes>>) {}
///
/// # fn main() -> reauth::Result<()> {
/// # let client = Client;
/// let auth0 = Auth0::new("tenant.eu.auth0.com", "client id", "client secret").audience("https://todo.example.com");
/// let layer = AuthorizationLayer::new("https://todo.example.com", auth0)?.replay(Cloned);
/// let client = layer.layer(client);
/// # is_client(client);
/// # Ok(()) }
/// ```
///
/// # Where requests may go
///
/// A URI with an origin must have that of the API, or the request is not sent. One without, as tonic's generated clients
/// make them, goes wherever the service is connected: see to it that this is the API.
///
/// # Errors
///
/// A request that was not sent, or not sent again, since there was no token, fails with a [`reauth::Error`](crate::Error);
/// what the service itself fails with stays as it is. Both come as a [`BoxError`], as from tower's own layers: tell them
/// apart by `downcast_ref`.
///
/// # A reqwest client
///
/// `reqwest::Client` takes requests of its own type, not those of `http`. Around it use `AuthorizationMiddleware`
/// (feature `reqwest-middleware`), or put the tokens on requests yourself
/// ([`TokenCredential::tokens`](crate::TokenCredential::tokens)).
///
/// # Credentials of your own
///
/// An [`Authorize`] of yours sees method, URL and headers here, but not the body, and may change headers and the query. One that
/// signs bodies needs `AuthorizationMiddleware` (feature `reqwest-middleware`), or a generated client.
#[derive(Clone)]
pub struct AuthorizationLayer<R = Once> {
    guard: Arc<Guard>,
    replay: R,
}

impl AuthorizationLayer {
    /// For the requests to the API at this URL, of which only the origin counts here.
    ///
    /// # Errors
    /// Where the URL or the credential's settings are wrong; everything found is in the message.
    pub fn new(url: impl AsRef<str>, credential: impl Authorize) -> Result<Self> {
        Self::builder(url, credential).build()
    }

    /// The same, with what is optional.
    pub fn builder(url: impl AsRef<str>, credential: impl Authorize) -> AuthorizationBuilder<Self> {
        AuthorizationBuilder::new(url, credential)
    }
}

impl<R> AuthorizationLayer<R> {
    /// How a body is had once more: [`Cloned`](super::Cloned), [`IfEmpty`](super::IfEmpty), or a [`Replay`] of yours.
    #[must_use]
    pub fn replay<Q>(self, replay: Q) -> AuthorizationLayer<Q> {
        AuthorizationLayer {
            guard: self.guard,
            replay,
        }
    }

    /// How a body is had once more: what a function makes of it, if anything.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use reauth::Bearer;
    /// use reauth::middleware::AuthorizationLayer;
    /// use reauth::reqwest::Body;
    ///
    /// # fn main() -> reauth::Result<()> {
    /// let layer = AuthorizationLayer::new("https://todo.example.com", Bearer::new("ghp_0123"))?
    ///     .replay_with(|body: &Body| Some(Bytes::copy_from_slice(body.as_bytes()?).into()));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn replay_with<B, F: Fn(&B) -> Option<B>>(self, replay: F) -> AuthorizationLayer<F> {
        self.replay(replay)
    }
}

impl FromGuard for AuthorizationLayer {
    #[expect(private_interfaces, reason = "sealed: nobody else calls it")]
    fn from_guard(guard: Arc<Guard>) -> Self {
        Self { guard, replay: Once }
    }
}

impl<S, R: Clone> Layer<S> for AuthorizationLayer<R> {
    type Service = AuthorizationService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthorizationService {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service whose requests an [`AuthorizationLayer`] authorizes.
#[derive(Clone)]
pub struct AuthorizationService<S, R = Once> {
    inner: S,
    layer: AuthorizationLayer<R>,
}

impl<S, R, B, A> Service<Request<B>> for AuthorizationService<S, R>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    R: Replay<B> + Clone + Send + 'static,
    B: Send + 'static,
    A: Send + 'static,
{
    type Response = Response<A>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<A>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled is the one that is ready; a clone of it may not be.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        Box::pin(self.layer.clone().send(ready, request))
    }
}

impl<R> AuthorizationLayer<R> {
    /// Sends a request through a service that is ready, as often as the answers say and its body allows.
    async fn send<S, B, A>(self, mut service: S, mut request: Request<B>) -> Result<Response<A>, BoxError>
    where
        S: Service<Request<B>, Response = Response<A>>,
        S::Error: Into<BoxError>,
        R: Replay<B>,
    {
        let mut sends = Sends::new();
        loop {
            let (mut head, body) = request.into_parts();
            let once_more = self.replay.replay(&body).map(|body| (head.clone(), body));
            let authorized = self.guard.authorize_head(&mut head).await?;
            let answer = service
                .call(Request::from_parts(head, body))
                .await
                .map_err(Into::into)?;
            let again = self
                .guard
                .answered(&authorized, answer.status(), answer.headers(), &mut sends);
            let (true, Some((head, body))) = (again, once_more) else {
                return Ok(answer);
            };
            drop(answer);
            poll_fn(|context| service.poll_ready(context))
                .await
                .map_err(Into::into)?;
            request = Request::from_parts(head, body);
        }
    }
}

impl Guard {
    /// Authorizes a request of which only the head is known.
    async fn authorize_head(&self, head: &mut Parts) -> Result<Authorized> {
        self.check(&head.uri)?;
        if let Some(token) = self.at_hand() {
            head.headers.insert(AUTHORIZATION, token.header.clone());
            return Ok(Authorized::Token(token));
        }
        let mut request = reqwest::Request::new(head.method.clone(), self.url_of(&head.uri)?);
        let query = request.url().query().map(str::to_owned);
        mem::swap(request.headers_mut(), &mut head.headers);
        let authorized = self.authorize(&mut request).await?;
        mem::swap(request.headers_mut(), &mut head.headers);
        if request.url().query() != query.as_deref() {
            let query = request.url().query().unwrap_or_default();
            let path = PathAndQuery::try_from(format!("{}?{query}", head.uri.path()));
            let mut uri = mem::take(&mut head.uri).into_parts();
            uri.path_and_query = Some(path.map_err(unsendable)?);
            head.uri = uri.try_into().map_err(unsendable)?;
        }
        Ok(authorized)
    }
}

/// What makes no URI; its text may be a key.
fn unsendable<E>(_: E) -> Error {
    Error::outside(Kind::Unsendable(
        "the credential made its URI one that cannot be sent".to_owned(),
    ))
}

/// Without the credential.
impl<R> std::fmt::Debug for AuthorizationLayer<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationLayer")
            .field("api", &self.guard.api())
            .finish_non_exhaustive()
    }
}

/// Without the credential.
impl<S: std::fmt::Debug, R> std::fmt::Debug for AuthorizationService<S, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationService")
            .field("inner", &self.inner)
            .field("layer", &self.layer)
            .finish()
    }
}
