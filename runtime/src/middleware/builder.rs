//! From an API's URL and a credential to what authorizes the requests to it, or to everything that is wrong with them.

use std::marker::PhantomData;
use std::sync::Arc;

use super::guard::Guard;
use crate::base_url::BaseUrl;
use crate::credential::{AnyCredential, Authorize, Problems};
use crate::endpoint::Api;
use crate::error::{Error, Result};

/// Builds an [`AuthorizationLayer`](super::AuthorizationLayer) or an `AuthorizationMiddleware`; everything here is
/// optional.
///
/// ```
/// use reauth::Auth0;
/// use reauth::middleware::AuthorizationLayer;
///
/// # fn main() -> reauth::Result<()> {
/// let auth0 = Auth0::new("tenant.eu.auth0.com", "client id", "client secret");
/// // Inside a mesh, whose sidecars encrypt.
/// let layer = AuthorizationLayer::builder("http://todo.internal:8080", auth0).allow_http().build()?;
/// # Ok(()) }
/// ```
#[must_use = "a builder does nothing until `build()`"]
pub struct AuthorizationBuilder<T> {
    url: String,
    credential: Box<dyn AnyCredential>,
    allow_http: bool,
    built: PhantomData<fn() -> T>,
}

/// What is built around a [`Guard`].
pub trait FromGuard {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "sealed: nobody else calls it")]
    fn from_guard(guard: Arc<Guard>) -> Self;
}

impl<T: FromGuard> AuthorizationBuilder<T> {
    pub(super) fn new(url: impl AsRef<str>, credential: impl Authorize) -> Self {
        Self {
            url: url.as_ref().to_owned(),
            credential: Box::new(Arc::new(credential)),
            allow_http: false,
            built: PhantomData,
        }
    }

    /// Lets the credential travel over plain http to an API that is not on this machine.
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// What was to be built.
    ///
    /// # Errors
    /// Where the URL or the credential's settings are wrong; everything found is in the message.
    pub fn build(self) -> Result<T> {
        let mut problems = Problems::new();
        let url = self.url.parse::<BaseUrl>().map_err(|error| error.to_string());
        let url = url.and_then(|url| url.check_security(self.allow_http, "the base URL").map(|()| url));
        let url = url.map_err(|problem| problems.push(problem)).ok();
        let authorizer = self.credential.authorizer(&Api::new(""));
        let authorizer = authorizer.map_err(|found| problems.extend(found)).ok();
        match (url, authorizer) {
            (Some(url), Some(authorizer)) => Ok(T::from_guard(Arc::new(Guard::new(url, authorizer)))),
            _ => Err(Error::settings(problems)),
        }
    }
}

/// Without the credential.
impl<T> std::fmt::Debug for AuthorizationBuilder<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationBuilder")
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}
