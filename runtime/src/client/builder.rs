//! From what the attribute says and what the user gives to a client, or to everything that is wrong with it.

use std::marker::PhantomData;
use std::sync::Arc;

use tower_service::Service;

use super::{Client, Inner};
use crate::base_url::BaseUrl;
use crate::call::{Authorizer, Transport};
use crate::credential::{Authorize, Problems};
use crate::endpoint::Api;
use crate::error::{BoxError, Error, Result};

/// How large a body may be, unless the builder says otherwise.
const DEFAULT_MAX_BODY: usize = 10 * 1024 * 1024;

/// A generated client, which is made from a [`Client`].
pub trait FromClient {
    /// Wraps the client.
    fn from_client(client: Client) -> Self;
}

/// Builds a generated client `C`; what is needed was an argument already, so everything here is optional.
///
/// ```
/// # use reauth::{api_client, Result};
/// #[api_client]
/// pub trait Clock {
///     #[get("/now")]
///     async fn now(&self) -> Result<String>;
/// }
///
/// # fn main() -> Result<()> {
/// let clock = ClockClient::builder("https://clock.example.com")
///     .max_response_body(64 * 1024)
///     .build()?;
/// # Ok(()) }
/// ```
#[must_use = "a builder does nothing until `build()`"]
pub struct ClientBuilder<C> {
    api: Api,
    base_url: String,
    /// `Some` where the API takes a credential; what the credential found wrong with itself is kept for `build`.
    authorizer: Option<std::result::Result<Arc<dyn Authorizer>, Problems>>,
    transport: Option<Transport>,
    allow_http: bool,
    max_body: usize,
    client: PhantomData<fn() -> C>,
}

impl<C: FromClient> ClientBuilder<C> {
    #[doc(hidden)]
    pub fn new(api: Api, base_url: impl AsRef<str>) -> Self {
        Self {
            api,
            base_url: base_url.as_ref().to_owned(),
            authorizer: None,
            transport: None,
            allow_http: false,
            max_body: DEFAULT_MAX_BODY,
            client: PhantomData,
        }
    }

    #[doc(hidden)]
    #[expect(clippy::needless_pass_by_value, reason = "a handle: given to the client")]
    pub fn credential(mut self, credential: impl Authorize) -> Self {
        self.authorizer = Some(credential.authorizer(&self.api));
        self
    }

    /// Sends requests through a reqwest client of yours, with its own pool, proxies, certificates and redirect policy.
    ///
    /// Ours follows redirects within the API's origin only and never retries by itself; yours should do the same,
    /// `redirect(Policy::none())` and `retry(reqwest::retry::never())`, or a redirect may carry headers elsewhere.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.transport = Some(Transport::Reqwest(client));
        self
    }

    /// Sends requests through any `tower` service: a fake for tests, or layers around a `reqwest::Client`.
    pub fn transport<S>(mut self, service: S) -> Self
    where
        S: Service<reqwest::Request, Response = reqwest::Response> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
    {
        self.transport = Some(Transport::service(service));
        self
    }

    /// Lets the credential travel over plain http to a base URL that is not on this machine.
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// The largest body that is read into memory, in bytes; 10 MiB unless set.
    pub fn max_response_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// Where the base URL or the credential's settings are wrong; everything found is in the message.
    pub fn build(self) -> Result<C> {
        let mut problems = Vec::new();
        let base_url = match self.base_url.parse::<BaseUrl>() {
            Ok(base_url) => Some(base_url),
            Err(error) => {
                problems.push(error.to_string());
                None
            }
        };
        if let (Some(base_url), Some(_)) = (&base_url, &self.authorizer) {
            problems.extend(base_url.check_security(self.allow_http, "the base URL").err());
        }
        let authorizer = self.authorizer.transpose().unwrap_or_else(|found| {
            problems.extend(found);
            None
        });
        let (Some(base_url), true) = (base_url, problems.is_empty()) else {
            return Err(Error::settings(problems));
        };
        let transport = match self.transport {
            Some(transport) => transport,
            None => Transport::for_api(&base_url)
                .map_err(|error| Error::settings(vec![format!("no HTTP client can be made: {error}")]))?,
        };
        let inner = Inner {
            api: self.api,
            base_url,
            transport,
            authorizer,
            max_body: self.max_body,
        };
        Ok(C::from_client(Client(Arc::new(inner))))
    }
}

impl<C> std::fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api", &self.api.name())
            .finish_non_exhaustive()
    }
}
