//! A *credential*: what authorizes a request, and the cache of the tokens it gets.
//!
//! A credential is a cheap-clone handle that owns its token caches, one for each audience, scope and organization;
//! clones and several clients share them. A client finds its [`TokenCache`](cache::TokenCache) when it is built, so that
//! a call costs one look at it.
//!
//! * [`auth0`] holds the settings and makes the token request that belongs to them; [`source`] takes one of the user's;
//! * [`entries`] finds the cache for what an API asks for;
//! * [`token_request`] sends it and reads the response, a [`token`] or a [`TokenError`];
//! * [`cache`] decides when that is done: once for everybody who waits.

mod api_key;
mod auth0;
mod authorize;
mod basic;
mod bearer;
mod cache;
#[cfg(feature = "jwt")]
mod dpop;
mod entries;
mod exchange;
mod fixed;
mod form;
#[cfg(not(feature = "jwt"))]
mod no_jwt;
mod oauth2;
mod secret_header;
mod settings;
#[cfg(feature = "jwt")]
mod signing;
mod source;
mod token;
mod token_file;
mod token_header;

use std::pin::Pin;

pub use self::api_key::ApiKey;
pub use self::auth0::Auth0;
pub(crate) use self::auth0::Settings;
pub(crate) use self::authorize::AnyCredential;
pub use self::authorize::Authorize;
pub use self::basic::Basic;
pub use self::bearer::Bearer;
pub use self::exchange::ClientAuthentication;
#[cfg(not(feature = "jwt"))]
use self::no_jwt::{dpop, signing};
pub use self::oauth2::OAuth2;
#[cfg(feature = "jwt")]
pub use self::signing::PrivateKey;
#[cfg(feature = "testing")]
pub(crate) use self::signing::compact;
#[cfg(all(test, feature = "testing"))]
pub(crate) use self::signing::encode;
pub use self::source::{Cached, TokenRequest, TokenSource};
pub(crate) use self::token::Issued;
pub use self::token::Token;
pub use self::token_file::TokenFile;
use crate::error::TokenError;

/// Everything found wrong with some settings, each in a sentence.
pub(crate) type Problems = Vec<String>;

/// Where the cache's tokens come from: one request for one token.
pub(crate) trait Fetch: Send + Sync + 'static {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Issued, TokenError>> + Send + '_>>;
}
