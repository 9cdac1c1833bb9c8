//! Authorization in a stack of reqwest-middleware.

use std::sync::Arc;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};
use tokio::time::Instant;

use super::builder::{AuthorizationBuilder, FromGuard};
use super::guard::{Guard, Sends};
use crate::credential::Authorize;
use crate::error::Result;
use crate::response::{DRAIN_TIME, Incoming};

/// A middleware of reqwest-middleware that authorizes the requests to one API, and once more those that are answered
/// 401.
///
/// It takes any credential, also one of yours that signs requests. A body that is a stream is sent once, and not
/// refused; a 401 then renews the token for the next request.
///
/// ```
/// use reauth::Auth0;
/// use reauth::middleware::AuthorizationMiddleware;
/// use reauth::reqwest::redirect::Policy;
/// use reauth::reqwest_middleware::ClientBuilder;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth0 = Auth0::new("tenant.eu.auth0.com", "client id", "client secret").audience("https://todo.example.com");
/// let client = reauth::reqwest::Client::builder().redirect(Policy::none()).build()?;
/// let client = ClientBuilder::new(client)
///     .with(AuthorizationMiddleware::new("https://todo.example.com", auth0)?)
///     .build();
/// # Ok(()) }
/// ```
///
/// # Where requests may go
///
/// To the API's origin; one to another origin is not sent. Redirects are reqwest's to follow: it leaves `Authorization` out where
/// one leads to another origin, but no other header, so switch them off where the credential is an API key. A key in the
/// query is in the [URL](Response::url) of the response.
///
/// # Errors
///
/// A request that was not sent, or not sent again, since there was no token, fails with an
/// [`Error::Middleware`](reqwest_middleware::Error::Middleware), in which `downcast_ref` finds a [`reauth::Error`](crate::Error).
#[derive(Clone)]
pub struct AuthorizationMiddleware(Arc<Guard>);

impl AuthorizationMiddleware {
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

impl FromGuard for AuthorizationMiddleware {
    #[expect(private_interfaces, reason = "sealed: nobody else calls it")]
    fn from_guard(guard: Arc<Guard>) -> Self {
        Self(guard)
    }
}

#[async_trait]
impl Middleware for AuthorizationMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let guard = &*self.0;
        let mut sends = Sends::new();
        loop {
            let once_more = request.try_clone();
            let query = request.url().query().map(str::to_owned);
            let authorized = guard.authorize(&mut request).await.map_err(Error::middleware)?;
            let is_in_query = request.url().query() != query.as_deref();
            let answer = next.clone().run(request, extensions).await;
            // An error of reqwest's shows its URL.
            let answer = answer.map_err(|error| if is_in_query { error.without_url() } else { error })?;
            let again =
                is_from(guard, &answer) && guard.answered(&authorized, answer.status(), answer.headers(), &mut sends);
            let (true, Some(same)) = (again, once_more) else {
                return Ok(answer);
            };
            // So that its connection can be used again.
            Incoming::new(answer, 0).drain(Instant::now() + DRAIN_TIME).await;
            request = same;
        }
    }
}

/// Whether it is the API's answer: one from where a redirect led to is not about our token, which reqwest did not take
/// there.
fn is_from(api: &Guard, answer: &Response) -> bool {
    /// What reqwest says of a response that was made by hand, as a fake's or a cache's.
    const NO_URL: &str = "no.url.provided.local";
    api.is_at(answer.url()) || answer.url().host_str() == Some(NO_URL)
}

/// Without the credential.
impl std::fmt::Debug for AuthorizationMiddleware {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationMiddleware")
            .field("api", &self.0.api())
            .finish_non_exhaustive()
    }
}
