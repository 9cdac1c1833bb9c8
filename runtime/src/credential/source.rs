//! Tokens from anywhere: the user says how one is fetched, the cache does the rest.

use std::pin::Pin;
use std::sync::Arc;

use super::authorize::{built_in, sealed};
use super::handle::{Handle, cache_setters};
use super::store::Identity;
use super::{Fetch, Problems, Token, Tokens, Wanted};
use crate::endpoint::Api;
use crate::error::{BoxError, TokenError};

/// Where tokens come from, if none of the credentials here fits: one method, which fetches one token.
///
/// [`Cached`] makes a credential of it, with all that the others have: one shared fetch for everybody who waits, renewal
/// before the token's end, one refresh when an API answers 401. So the method neither caches nor waits for others; it
/// has 10 seconds.
///
/// Here it is an API's own login, which is no OAuth. [`TokenFile`](crate::TokenFile) is a source that is there already; for
/// a closure there is [`Bearer::fetched`](crate::Bearer::fetched).
///
/// ```
/// use reauth::{BoxError, Cached, Token, TokenRequest, TokenSource, api_client};
///
/// /// Answers `{"access_token": "…", "token_type": "Bearer", "expires_in": 3600}`, as a `Token` is read from.
/// #[api_client]
/// pub trait Sessions {
///     #[post("/session", idempotent, retry = "constant(100ms,3)")]
///     async fn log_in(&self, #[body] password: &str) -> reauth::Result<Token>;
/// }
///
/// pub struct Shopkeeper { sessions: SessionsClient, password: String }
///
/// impl TokenSource for Shopkeeper {
///     async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
///         Ok(self.sessions.log_in(&self.password).await?)
///     }
/// }
///
/// #[api_client(auth = "Cached<Shopkeeper>")]
/// pub trait Orders {
///     #[get("/order/{id}")]
///     async fn order(&self, id: u64) -> reauth::Result<Option<String>>;
/// }
///
/// # fn main() -> reauth::Result<()> {
/// let sessions = SessionsClient::new("https://shop.example.com")?;
/// let shopkeeper = Cached::new(Shopkeeper { sessions, password: "…".to_owned() });
/// let orders = OrdersClient::new("https://shop.example.com", shopkeeper)?;
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
    /// Any; all who waited for this fetch get it, inside a [`TokenError::Source`], or as it is where it is a
    /// [`TokenError`]. Within a call, a fetch that failed is not tried again. A later call tries it; after several
    /// failures, with up to a second between them.
    fn fetch(&self, request: &TokenRequest) -> impl Future<Output = Result<Token, BoxError>> + Send;

    /// What errors and logs call it, as an origin or a path; never a secret.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

/// What a token is wanted for: the `audience` and `scope` of the attribute, or of [`Cached`] where it names none.
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

    /// The API that the token is for, where it is named.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// The scopes, separated by spaces, where they are named.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

/// A credential made of a [`TokenSource`], which has an example: a cheap-clone handle that owns its token cache.
///
/// Clones, and all clients built with them, share the tokens: one for each audience and scope.
/// [`TokenCredential`](crate::TokenCredential) has `warm_up`, `status`, `invalidate`, and the tokens alone.
pub struct Cached<S> {
    source: Arc<S>,
    /// What its tokens are called where they are shared.
    shared_as: Option<Arc<str>>,
    handle: Handle,
}

impl<S: TokenSource> Cached<S> {
    /// A credential whose tokens come from `source`.
    pub fn new(source: S) -> Self {
        Self {
            source: Arc::new(source),
            shared_as: None,
            handle: Handle::default(),
        }
    }
}

#[cfg(feature = "store")]
impl<S: TokenSource> Cached<S> {
    /// Shares tokens with all processes that have a store with the same key, and give the same name here: one of them asks
    /// the source, and the others get what it got. Starts a token cache of its own.
    ///
    /// The name stands for everything that makes the tokens of this source what they are, beside audience and scope: whose
    /// they are, and where they come from. Sources that would not do for one another need names of their own.
    /// [`reauth::store`](crate::store) says what else that takes, and what it costs.
    #[must_use]
    pub fn store(mut self, store: crate::store::EncryptedStore, name: impl AsRef<str>) -> Self {
        self.shared_as = Some(name.as_ref().into());
        self.handle.store = Some(store);
        self.handle.start_anew();
        self
    }
}

built_in!(Cached<S> where S: TokenSource);
cache_setters!(Cached<S>, "where the attribute names none.", where S: TokenSource);

impl<S: TokenSource> sealed::TokenCredential for Cached<S> {
    fn tokens_of(&self, api: &Api) -> Result<Tokens, Problems> {
        let (request, key) = self.handle.entry(api)?;
        let asking = Asking {
            source: self.source.clone(),
            shared_as: self.shared_as.clone(),
            request,
        };
        Ok(Tokens::cached(self.handle.cache(key, self.source.name(), asking)))
    }
}

/// A source and what one entry asks it for.
struct Asking<S> {
    source: Arc<S>,
    shared_as: Option<Arc<str>>,
    request: TokenRequest,
}

impl<S: TokenSource> Fetch for Asking<S> {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
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

    fn identity(&self) -> Option<Identity> {
        let identity = Identity::new("source").with("name", self.shared_as.as_deref()?);
        let identity = identity.with("audience", self.request.audience().unwrap_or_default());
        Some(identity.with_scopes(self.request.scope().unwrap_or_default()))
    }
}

impl<S> Clone for Cached<S> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            shared_as: self.shared_as.clone(),
            handle: self.handle.clone(),
        }
    }
}

impl<S: TokenSource> std::fmt::Debug for Cached<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Cached").field(&self.source.name()).finish()
    }
}
