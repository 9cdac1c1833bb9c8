//! Tokens from anywhere: the user says how one is fetched, the cache does the rest.

use std::pin::Pin;
use std::sync::Arc;

use super::authorize::{built_in, sealed};
use super::cache::TokenCache;
use super::entries::{Entries, Key};
use super::{Fetch, Problems, Token};
use crate::endpoint::Api;
use crate::error::{BoxError, TokenError};

/// Where tokens come from, if none of the credentials here fits: one method, which fetches one token.
///
/// [`Cached`] makes a credential of it, with all that the others have: one shared fetch for everybody who waits, renewal
/// before the token's end, one refresh when an API answers 401. So the method neither caches nor waits for others; it
/// has 10 seconds.
///
/// ```
/// use std::time::Duration;
/// use reauth::{BoxError, Cached, Token, TokenRequest, TokenSource, api_client};
///
/// /// A service account's token, which Kubernetes writes to a file and replaces there.
/// pub struct ServiceAccount;
///
/// impl TokenSource for ServiceAccount {
///     async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
///         let token = tokio::fs::read_to_string("/var/run/secrets/tokens/api").await?;
///         Ok(Token::bearer(token.trim())?.expires_in(Duration::from_secs(600)))
///     }
/// }
///
/// #[api_client(auth = "Cached<ServiceAccount>")]
/// pub trait Orders {
///     #[get("/order/{id}")]
///     async fn order(&self, id: u64) -> reauth::Result<Option<String>>;
/// }
///
/// # fn main() -> reauth::Result<()> {
/// let orders = OrdersClient::new("https://orders.example.com", Cached::new(ServiceAccount))?;
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of tokens",
    label = "does not implement `reauth::TokenSource`",
    note = "write `impl reauth::TokenSource for {Self}` with `async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError>`"
)]
pub trait TokenSource: Send + Sync + 'static {
    /// Fetches one token.
    ///
    /// # Errors
    /// Any; all who waited for this fetch get it, inside a [`TokenError::Source`]. The fetch is not tried again by
    /// itself within a call; the next call after it has passed is.
    fn fetch(&self, request: &TokenRequest) -> impl Future<Output = Result<Token, BoxError>> + Send;

    /// What errors and logs call it, as an origin or a path; never a secret.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

/// What a token is wanted for: the `audience` and `scope` of the attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequest {
    pub(super) audience: Option<String>,
    pub(super) scope: Option<String>,
}

impl TokenRequest {
    /// What a token for `api` is wanted for: what its attribute says, over these, which are a credential's settings.
    pub(super) fn of(&self, api: &Api) -> Self {
        Self {
            audience: api.own_audience().or(self.audience()).map(str::to_owned),
            scope: api.own_scope().or(self.scope()).map(str::to_owned),
        }
    }

    /// The API that the token is for, where the attribute names it.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// The scopes, separated by spaces, where the attribute names them.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

/// A credential made of a [`TokenSource`]: a cheap-clone handle that owns the token cache, one entry for each
/// audience and scope.
pub struct Cached<S> {
    source: Arc<S>,
    wanted: TokenRequest,
    entries: Arc<Entries>,
}

impl<S: TokenSource> Cached<S> {
    /// A credential whose tokens come from `source`.
    pub fn new(source: S) -> Self {
        Self {
            source: Arc::new(source),
            wanted: TokenRequest::default(),
            entries: Arc::default(),
        }
    }

    /// The API that tokens are for, where the attribute names none.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.wanted.audience = Some(audience.into());
        self
    }

    /// The scopes to ask for, separated by spaces, where the attribute names none.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.wanted.scope = Some(scope.into());
        self
    }
}

built_in!(Cached<S> where S: TokenSource);

#[expect(private_interfaces, reason = "sealed: nobody else calls it")]
impl<S: TokenSource> sealed::TokenCredential for Cached<S> {
    fn token_cache(&self, api: &Api) -> Result<Arc<TokenCache>, Problems> {
        let request = self.wanted.of(api);
        let key = Key::new(&request, None, None);
        Ok(self.entries.find(key, |_| {
            let name = self.source.name();
            let asking = Asking {
                source: self.source.clone(),
                request,
            };
            TokenCache::new(asking, name, None)
        }))
    }
}

/// A source and what one entry asks it for.
struct Asking<S> {
    source: Arc<S>,
    request: TokenRequest,
}

impl<S: TokenSource> Fetch for Asking<S> {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async move {
            let fetched = self.source.fetch(&self.request).await;
            fetched.map_err(|error| match error.downcast::<TokenError>() {
                Ok(error) => *error,
                Err(error) => TokenError::Source {
                    name: self.source.name(),
                    error,
                },
            })
        })
    }
}

impl<S> Clone for Cached<S> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            wanted: self.wanted.clone(),
            entries: self.entries.clone(),
        }
    }
}

impl<S: TokenSource> std::fmt::Debug for Cached<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Cached").field(&self.source.name()).finish()
    }
}
