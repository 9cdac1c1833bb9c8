//! A *credential*: what authorizes a request, and the cache of the tokens it gets.
//!
//! A credential is a cheap-clone handle that owns its token caches, one for each audience, scope and organization;
//! clones and several clients share them. A client finds its [`TokenCache`](cache::TokenCache) when it is built, so that
//! a call costs one look at it.
//!
//! * [`auth0`] holds the settings and makes the token request that belongs to them; [`source`] takes one of the user's;
//! * [`entries`] finds the cache for what an API asks for;
//! * [`token_request`] sends it and reads the response, a [`token`] or a [`TokenError`];
//! * [`cache`] decides when that is done: once for everybody who waits;
//! * [`token_credential`] is what an operator asks of all that have such a cache.

mod auth0;
mod cache;
mod entries;
mod rate_limit;
mod refusal;
mod secret_form;
mod source;
mod status;
mod token;
mod token_credential;
mod token_request;

use std::pin::Pin;
use std::sync::Arc;

pub use self::auth0::Auth0;
pub(crate) use self::auth0::RawSettings;
use self::cache::TokenCache;
pub use self::source::{Cached, TokenRequest, TokenSource};
pub use self::status::CredentialStatus;
pub use self::token::Token;
pub use self::token_credential::TokenCredential;
use crate::call::Authorizer;
use crate::endpoint::Api;
use crate::error::TokenError;

/// A credential that a client can be built with.
///
/// [`Auth0`] is one, and [`Cached`] makes one of any [`TokenSource`] of yours. The trait itself is sealed for now.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a credential",
    label = "cannot authorize requests",
    note = "`auth` names a type that implements `reauth::Authorize`: write `reauth::Cached<{Self}>`, and implement \
            `reauth::TokenSource` for `{Self}`"
)]
pub trait Authorize: sealed::Authorize + Send + Sync + 'static {}

pub(crate) mod sealed {
    use super::{Api, Arc, Authorizer, Problems, TokenCache};

    /// A credential that has a token cache.
    pub trait TokenCredential {
        /// The cache of the tokens that an API is for; what the API says wins over the credential's own settings.
        #[expect(private_interfaces, reason = "sealed: nobody else calls it")]
        fn token_cache(&self, api: &Api) -> Result<Arc<TokenCache>, Problems>;
    }

    /// What a client asks of its credential, once, when it is built.
    pub trait Authorize {
        /// What authorizes calls to an API; what the API says wins over the credential's own settings.
        #[expect(private_interfaces, reason = "sealed: nobody else calls it")]
        fn authorizer(&self, api: &Api) -> Result<Arc<dyn Authorizer>, Problems>;
    }
}

/// Everything found wrong with some settings, each in a sentence.
pub(crate) type Problems = Vec<String>;

/// Where the cache's tokens come from: one request for one token. The token's life counts from when this is called.
pub(crate) trait Fetch: Send + Sync + 'static {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>>;
}
