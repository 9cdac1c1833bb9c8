//! The tokens of a cache by themselves, for requests that no client of ours sends.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use secrecy::ExposeSecret;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::cache::{LOAD_TIMEOUT, TokenCache};
use crate::call::{Authorization, Rejection};
use crate::error::{Error, Kind, Result, TokenError, after_scheme};

/// The tokens of one audience and scope, as [`TokenCredential::tokens`](super::TokenCredential::tokens) finds them once:
/// a cheap-clone handle for whoever sends many requests. Each look takes one uncontended lock and no allocation.
///
/// ```no_run
/// use reauth::http::header::AUTHORIZATION;
/// use reauth::{Auth0, TokenCredential, reqwest};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = Auth0::from_env()?.tokens()?;
/// let http = reqwest::Client::new();
/// loop {
///     let token = tokens.token().await?;
///     let request = http.get("https://todo.example.com/todo").header(AUTHORIZATION, token.header());
///     let response = request.send().await?;
///     if response.status() == 401 && tokens.rejected(&token).is_replaced() {
///         continue; // with the newer one; your own code counts how often
///     }
///     tokens.accepted(&token);
///     break;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Tokens(Arc<TokenCache>);

impl Tokens {
    pub(super) fn new(cache: Arc<TokenCache>) -> Self {
        Self(cache)
    }

    /// The token to send now: the one that is cached; where there is none, waits for one fetch together with everybody
    /// else who does. Ask for each request: it is renewed before it expires, and replaced after a rejection.
    ///
    /// # Errors
    /// Where no token can be had within the load timeout of 10 s, or at once where the token server named a later time
    /// ([`Error::retry_at`]). Send nothing then.
    pub async fn token(&self) -> Result<AccessToken> {
        if let Some(token) = self.0.at_hand() {
            return Ok(self.given_out(token));
        }
        if Handle::try_current().is_err() {
            return Err(Error::outside(Kind::Token(Arc::new(TokenError::NoRuntime))));
        }
        let token = self.0.authorization(Instant::now() + LOAD_TIMEOUT).await;
        let token = token.map_err(|error| Error::outside(Kind::Token(error)))?;
        Ok(self.given_out(token))
    }

    /// An API answered 401 to a request with this token, for another reason than too little scope. What is remembered is
    /// *which* token that was: said late, when there is a newer one already, it refreshes nothing.
    pub fn rejected(&self, token: &AccessToken) -> Rejected {
        token.rejected()
    }

    /// A request with this token succeeded. It is how a token that the API has come to reject is told from one that it
    /// never took: the first is replaced at once, the second ever more rarely, for as long as nothing succeeds.
    pub fn accepted(&self, token: &AccessToken) {
        token.accepted();
    }

    fn given_out(&self, authorization: Authorization) -> AccessToken {
        AccessToken {
            authorization,
            cache: Arc::downgrade(&self.0),
        }
    }
}

/// A token to put on a request: a ready-made `Authorization`, and which token that is. Never printed.
#[derive(Clone)]
pub struct AccessToken {
    authorization: Authorization,
    /// Which tokens it is one of: that it is the third, say, means nothing to others. Weak, so that a token that
    /// somebody keeps does not keep the cache.
    cache: Weak<TokenCache>,
}

impl AccessToken {
    /// `Authorization: Bearer …`, ready-made: a clone costs no allocation. It is [sensitive](HeaderValue::is_sensitive).
    ///
    /// Set it, rather than add to what is there, and only on a request to the API that the token is for: over https, or
    /// to this machine.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.authorization.header.clone()
    }

    /// When it expires: the end that the token server named. [`Tokens::token`] stops giving it out 30 s before, or a
    /// tenth of its life where that is shorter; so whoever keeps a token should ask again then.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.authorization.expiry
    }

    pub(super) fn rejected(&self) -> Rejected {
        // A cache that is gone holds no token: the next to ask for one fetches it.
        match self.cache.upgrade().map(|cache| cache.rejected(&self.authorization)) {
            Some(Rejection::Held(replaced_in)) => Rejected::Kept { replaced_in },
            Some(Rejection::Newer | Rejection::Fixed | Rejection::Nonce) | None => Rejected::Replaced,
        }
    }

    pub(super) fn accepted(&self) {
        if let Some(cache) = self.cache.upgrade().filter(|_| !self.authorization.proven) {
            cache.accepted(&self.authorization);
        }
    }
}

/// The bare token, for those who want it in another place than a header.
impl ExposeSecret<str> for AccessToken {
    fn expose_secret(&self) -> &str {
        // What makes a token is ASCII (RFC 6750, section 2.1).
        std::str::from_utf8(after_scheme(self.authorization.header.as_bytes())).unwrap_or_default()
    }
}

/// Without the token.
impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// What comes of a token that an API rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejected {
    /// It is not given out again: there is a newer one, or the next to ask for a token fetches it. Send once more.
    Replaced,
    /// It was fresh and has never worked, and nor did the one before: the token is not the reason (check audience and
    /// issuer), so it stays for so long. Sending once more would send the same.
    Kept {
        /// How long until it may be replaced.
        replaced_in: Duration,
    },
}

impl Rejected {
    /// Whether the next token is another one.
    #[must_use]
    pub fn is_replaced(self) -> bool {
        matches!(self, Self::Replaced)
    }
}

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests {
    use std::pin::Pin;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::credential::{Fetch, Token};

    struct Source;

    impl Fetch for Source {
        fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
            Box::pin(async { Token::bearer("t1") })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r05_a_cached_token_and_its_header_cost_no_allocation() {
        let tokens = Tokens::new(Arc::new(TokenCache::new(Source, String::new(), None)));
        tokens.accepted(&tokens.token().await.unwrap());
        let asks = || {
            for _ in 0..1_000 {
                let token = tokens.token().now_or_never().unwrap().unwrap();
                assert!(token.header().is_sensitive());
                tokens.accepted(&token);
            }
        };
        assert_eq!(allocation_counter::measure(asks).count_total, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn r09_a_token_that_is_issued_again_has_its_new_end() {
        let tokens = Tokens::new(Arc::new(TokenCache::new(Source, String::new(), None)));
        let first = tokens.token().await.unwrap();
        let later = Duration::from_secs(250);
        tokio::time::advance(later).await;
        let early = tokens.token().await.unwrap();
        assert_eq!(early.expires_at(), first.expires_at(), "the next is fetched meanwhile");
        tokio::time::sleep(Duration::from_millis(1)).await;
        let second = tokens.token().await.unwrap();
        assert_eq!(second.expires_at(), first.expires_at() + later);
    }

    #[tokio::test(start_paused = true)]
    async fn r13_a_token_whose_cache_is_gone_rejects_nobodys() {
        let tokens = Tokens::new(Arc::new(TokenCache::new(Source, String::new(), None)));
        let token = tokens.token().await.unwrap();
        drop(tokens);
        assert!(token.rejected().is_replaced());
        token.accepted();
    }
}
