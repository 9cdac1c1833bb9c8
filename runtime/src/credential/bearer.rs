//! A bearer token (RFC 6750) that does not come from a token server: one that is fixed, or what a closure fetches.

use std::pin::Pin;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::authorize::{built_in, sealed};
use super::settings::secret_from_env;
use super::source::{Cached, TokenRequest, TokenSource};
use super::{Problems, Token, Tokens};
use crate::endpoint::Api;
use crate::error::{BoxError, Error};

/// A bearer token: a fixed one, or one that a closure of yours fetches and says when it expires.
///
/// A fixed token is sent as it is until the API refuses it; nothing renews it. What a closure fetches is cached as every
/// token here is: fetched once for everybody who waits, renewed before it expires and after a 401.
///
/// ```
/// use reauth::{Bearer, api_client, reqwest};
///
/// #[api_client(auth = "bearer")]
/// pub trait Issues {
///     #[get("/issues")]
///     async fn issues(&self) -> reauth::Result<Vec<String>>;
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issues = IssuesClient::new("https://issues.example.com", Bearer::new("ghp_0123"))?;
///
/// // What a machine in Google's cloud asks for its own token, which says when it expires.
/// let url = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token";
/// let http = reqwest::Client::new();
/// let fetched = Bearer::fetched(move || {
///     let request = http.get(url).header("Metadata-Flavor", "Google");
///     async move {
///         let response = request.send().await?.error_for_status()?;
///         Ok(serde_json::from_slice(&response.bytes().await?)?)
///     }
/// });
/// let issues = IssuesClient::new("https://issues.example.com", fetched)?;
/// # Ok(()) }
/// ```
///
/// [`TokenCredential`](crate::TokenCredential) has `warm_up`, `status` and `token` of either. A fixed token is ready from
/// the first, and to invalidate it does nothing.
///
/// Through serde it is a fixed token, a text.
#[derive(Clone)]
pub struct Bearer(Kind);

#[derive(Clone)]
enum Kind {
    Fixed(Arc<SecretString>),
    Fetched(Cached<Closure>),
}

type Fetch = dyn Fn() -> Pin<Box<dyn Future<Output = Result<Token, BoxError>> + Send>> + Send + Sync;

/// A closure as a source of tokens.
#[derive(Clone)]
struct Closure(Arc<Fetch>);

impl TokenSource for Closure {
    async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
        (self.0)().await
    }

    fn name(&self) -> String {
        "the closure of `Bearer`".to_owned()
    }
}

impl Bearer {
    /// A fixed token; a mistake in it shows when a client is built. It is zeroized with the last handle, and never
    /// printed.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(Kind::Fixed(Arc::new(token.into())))
    }

    /// Tokens that `fetch` fetches; it has 10 seconds. Clones share the token. One that comes as a text is made by
    /// [`Token::bearer`], and says by [`expires_in`](Token::expires_in) how long it is good for.
    ///
    /// For tokens that depend on the `audience` or `scope` of the attribute, write a [`TokenSource`].
    pub fn fetched<F, Fut>(fetch: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Token, BoxError>> + Send + 'static,
    {
        Self(Kind::Fetched(Cached::new(Closure(Arc::new(move || Box::pin(fetch()))))))
    }

    /// A fixed token from the environment variable of this name.
    ///
    /// # Errors
    /// Where it is missing, empty or not UTF-8.
    pub fn from_env(variable: &str) -> crate::Result<Self> {
        secret_from_env(variable).map(Self::new).map_err(Error::settings)
    }
}

built_in!(Bearer);

impl sealed::TokenCredential for Bearer {
    /// The same for every API: a closure does not know which one it is for.
    fn tokens_of(&self, _: &Api) -> Result<Tokens, Problems> {
        match &self.0 {
            Kind::Fixed(token) => Token::bearer(token.expose_secret()).map(Tokens::fixed).map_err(|_| {
                let problem =
                    "the fixed bearer token is empty, too long, or has characters that RFC 6750 does not allow";
                vec![problem.to_owned()]
            }),
            Kind::Fetched(cached) => cached.tokens_of(&Api::new("")),
        }
    }
}

/// Without the token.
impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::Fixed(_) => "Bearer(fixed)",
            Kind::Fetched(_) => "Bearer(fetched)",
        })
    }
}

impl<'de> Deserialize<'de> for Bearer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SecretString::deserialize(deserializer).map(Self::new)
    }
}
