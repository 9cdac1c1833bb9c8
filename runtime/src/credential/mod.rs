//! A *credential*: what authorizes a request, and the cache of the tokens it gets.
//!
//! A credential is a cheap-clone handle. A client asks it once, when it is built, for the [`Authorizer`](crate::call) of
//! its API: so a call costs one look at it. There are three kinds:
//!
//! * what never changes is [`fixed`]: [`api_key`], [`basic`], and a [`bearer`] token that is not fetched;
//! * what has tokens that expire owns a token cache for each audience, scope and whatever else tokens are asked for with:
//!   [`auth0`] and [`oauth2`] hold the settings, and [`exchange`] is the token request that belongs to them; [`source`]
//!   takes one of the user's, such as a [`token_file`]. [`handle`] has what they all hold, [`entries`] finds the cache, [`cache`] decides when a [`token`]
//!   is fetched: once for everybody who waits; [`token_header`] sends it, and [`dpop`] with a proof;
//!   [`tokens`] is that cache, found once, for a client, for an operator, and for those who send requests of their own,
//!   with an [`access_token`]; [`token_credential`] finds it; [`store`] shares them with other processes, and [`startup`]
//!   spreads the first requests of processes that do not;
//! * [`authorize`] is the trait that all of them implement, and what the user's own have.

mod access_token;
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
mod handle;
#[cfg(not(feature = "jwt"))]
mod no_jwt;
#[cfg(not(feature = "store"))]
mod no_store;
mod oauth2;
#[cfg(all(test, not(reauth_loom)))]
mod one_token;
mod rate_limit;
mod secret_header;
mod settings;
#[cfg(feature = "jwt")]
mod signing;
mod source;
mod startup;
mod status;
#[cfg(feature = "store")]
pub(crate) mod store;
mod token;
mod token_credential;
mod token_file;
mod token_header;
mod tokens;
#[cfg(all(test, target_os = "linux"))]
mod wiped;

use std::pin::Pin;
use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;

pub use self::access_token::{AccessToken, Rejected};
pub use self::api_key::ApiKey;
pub use self::auth0::Auth0;
pub(crate) use self::auth0::Settings;
pub(crate) use self::authorize::AnyCredential;
pub use self::authorize::Authorize;
pub use self::basic::Basic;
pub use self::bearer::Bearer;
pub(crate) use self::cache::LOAD_TIMEOUT;
pub use self::exchange::ClientAuthentication;
#[cfg(not(feature = "jwt"))]
use self::no_jwt::{dpop, signing};
#[cfg(not(feature = "store"))]
use self::no_store as store;
pub use self::oauth2::OAuth2;
#[cfg(feature = "jwt")]
pub use self::signing::PrivateKey;
#[cfg(feature = "testing")]
pub(crate) use self::signing::compact;
#[cfg(all(test, feature = "testing"))]
pub(crate) use self::signing::encode;
pub use self::source::{Cached, TokenRequest, TokenSource};
pub use self::status::CredentialStatus;
use self::store::Identity;
pub use self::token::Token;
pub use self::token_credential::TokenCredential;
pub use self::token_file::TokenFile;
pub use self::tokens::Tokens;
use crate::error::TokenError;

/// Everything found wrong with some settings, each in a sentence.
pub(crate) type Problems = Vec<String>;

/// One token, and when it is too late for it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    #[cfg_attr(not(feature = "store"), allow(dead_code, reason = "a token server is not told"))]
    pub(crate) reason: Reason,
    /// When the fetch is given up, whatever it is doing then.
    pub(crate) until: Instant,
}

/// What a token is fetched for. A token server is asked the same for each; but one that another process has
/// [shared](store) may do for one and not for the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is none, or it is about to end.
    Needed,
    /// The API rejected the newest, which was this.
    Rejected(HeaderValue),
    /// The user wants none of those that were asked for before.
    Invalidated,
}

/// Where the cache's tokens come from: one request for one token. The token's life counts from when this is called.
pub(crate) trait Fetch: Send + Sync + 'static {
    fn fetch(&self, wanted: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>>;

    /// What makes its tokens these and no others, for those who share them with other processes; `None` of tokens that are
    /// this process's alone.
    fn identity(&self) -> Option<Identity> {
        None
    }

    /// When it is given up. No caller waits longer than the load timeout for it; where this is longer, the fetch goes on
    /// for those who come later.
    fn limit(&self) -> Duration {
        LOAD_TIMEOUT
    }

    /// Whether something that came with a token has yet to be stored outside of this process.
    fn is_unstored(&self) -> bool {
        false
    }
}
