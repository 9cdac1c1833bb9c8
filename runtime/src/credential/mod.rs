//! A *credential*: what authorizes a request, and the cache of the tokens it gets.
//!
//! A credential is a cheap-clone handle that owns its token caches, one for each audience, scope and organization;
//! clones and several clients share them. A client finds its [`TokenCache`](cache::TokenCache) when it is built, so that
//! a call costs one look at it.
//!
//! * [`auth0`] holds the settings and makes the token request that belongs to them;
//! * [`token_request`] sends it and reads the response, a [`token`] or a [`TokenError`];
//! * [`cache`] decides when that is done: once for everybody who waits.

mod auth0;
mod cache;
mod refusal;
mod secret_form;
mod token;
mod token_request;

use std::pin::Pin;
use std::sync::Arc;

pub use self::auth0::Auth0;
pub(crate) use self::auth0::RawSettings;
pub(crate) use self::token::Token;
use crate::call::Authorizer;
use crate::endpoint::Api;
use crate::error::TokenError;

/// A credential that a client can be built with.
///
/// [`Auth0`] is one. The trait is sealed for now: which methods a provider of your own needs is still open.
pub trait Authorize: sealed::Authorize {}

pub(crate) mod sealed {
    use super::{Api, Arc, Authorizer, Problems};

    /// What a client asks of its credential, once, when it is built.
    pub trait Authorize {
        /// What authorizes calls to an API; what the API says wins over the credential's own settings.
        #[expect(private_interfaces, reason = "sealed: nobody else calls it")]
        fn authorizer(&self, api: &Api) -> Result<Arc<dyn Authorizer>, Problems>;
    }
}

/// Everything found wrong with some settings, each in a sentence.
pub(crate) type Problems = Vec<String>;

/// Where tokens come from: one request for one token.
pub(crate) trait TokenSource: Send + Sync + 'static {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>>;
}
