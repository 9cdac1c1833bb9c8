//! A *credential*: what authorizes a request, and the cache of the tokens it gets.
//!
//! A credential is a cheap-clone handle that owns its token caches, one for each audience, scope and organization;
//! clones and several clients share them. A client finds its [`TokenCache`] when it is built, so that a call costs one
//! look at it.
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

use http::HeaderValue;

pub use self::auth0::Auth0;
pub(crate) use self::auth0::RawSettings;
pub(crate) use self::cache::{Rejection, TokenCache};
pub(crate) use self::token::Token;
use crate::base_url::BaseUrl;
use crate::error::TokenError;

/// A credential that a client can be built with.
///
/// [`Auth0`] is one. The trait is sealed for now: which methods a provider of your own needs is still open.
pub trait Authorize: sealed::Authorize {}

pub(crate) mod sealed {
    use super::{Arc, Problems, TokenCache};
    use crate::endpoint::Api;

    /// What a client asks of its credential, once, when it is built.
    pub trait Authorize {
        /// The cache of the tokens for an API; what the API says wins over the credential's own settings.
        #[expect(private_interfaces, reason = "sealed: nobody else calls it")]
        fn tokens(&self, api: &Api) -> Result<Arc<TokenCache>, Problems>;
    }
}

/// Everything found wrong with some settings, each in a sentence.
pub(crate) type Problems = Vec<String>;

/// Where tokens come from: one request for one token.
pub(crate) trait TokenSource: Send + Sync + 'static {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>>;
}

/// What one request carries: a ready-made header, and which token that is.
///
/// Header, generation and standing come out of the cache in one piece: a token is never paired with another's facts.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    header: HeaderValue,
    /// Counts the tokens of a cache; a rejection names the one it is about.
    generation: u64,
    /// Whether a request has succeeded with this token.
    proven: bool,
}

impl Authorization {
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    pub(crate) fn into_header(self) -> HeaderValue {
        self.header
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.proven
    }
}

/// S1: credentials travel over https only; plain http is for loopback, or where the user said so.
pub(crate) fn check_transport_security(url: &BaseUrl, allow_http: bool, what: &str) -> Result<(), String> {
    if url.is_https() || url.is_loopback() || allow_http {
        return Ok(());
    }
    Err(format!(
        "{what} `{url}` would carry credentials over plain http: write `https://`, or call `allow_http()` if the \
         network between is yours"
    ))
}
