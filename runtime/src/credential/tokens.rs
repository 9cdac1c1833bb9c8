//! The tokens that one API is called with, found once: how they are sent, and what everybody else asks of them. That is
//! whoever sends requests that no client of ours sends, and whoever operates the service.

use std::sync::Arc;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::access_token::{AccessToken, Rejected, token_of};
use super::cache::{LOAD_TIMEOUT, TokenCache};
use super::dpop::Dpop;
use super::fixed::Fixed;
use super::{CredentialStatus, Token};
use crate::call::Authorizer;
use crate::error::{self, Error, Result, TokenError};

/// The tokens for one audience and scope, which
/// [`TokenCredential::tokens_for`](crate::TokenCredential::tokens_for) finds for a generated client, and
/// [`TokenCredential::tokens`](crate::TokenCredential::tokens) for a credential's own settings: a cheap-clone handle, for
/// those who operate a service and for those who send requests of their own.
///
/// # In a health check
///
/// It is of the same type for every credential, so a page over all of them needs no more than a list:
///
/// ```no_run
/// # use reauth::api_client;
/// use reauth::{Auth0, OAuth2, TokenCredential, Tokens};
///
/// # #[api_client(auth = "auth0", audience = "https://todo.example.com")]
/// # pub trait TodoApi {
/// #     #[delete("/todo/{id}")]
/// #     async fn remove(&self, id: &str) -> reauth::Result<()>;
/// # }
/// # #[api_client(auth = "oauth2", scope = "orders:read")]
/// # pub trait Orders {
/// #     #[get("/order/{id}")]
/// #     async fn order(&self, id: u64) -> reauth::Result<Option<String>>;
/// # }
/// fn watched(auth0: &Auth0, oauth2: &OAuth2) -> reauth::Result<Vec<(&'static str, Tokens)>> {
///     Ok(vec![
///         ("todos", auth0.tokens_for::<TodoApiClient>()?),
///         ("orders", oauth2.tokens_for::<OrdersClient>()?),
///     ])
/// }
///
/// /// One line for each.
/// fn page(watched: &[(&'static str, Tokens)]) -> String {
///     let line = |(name, tokens): &(&str, Tokens)| {
///         let status = tokens.status();
///         let state = if status.has_token() { "ready" } else { "no token" };
///         let error = status.last_error().map(|error| format!(", {error}")).unwrap_or_default();
///         format!("{name}: {state}{error}\n")
///     };
///     watched.iter().map(line).collect()
/// }
/// ```
///
/// # For requests of your own
///
/// Each look takes one uncontended lock and no allocation.
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
#[derive(Clone)]
pub struct Tokens(Kind);

#[derive(Clone)]
enum Kind {
    Cached(Arc<TokenCache>),
    /// To a key: each is sent with a proof.
    Bound(Arc<TokenCache>, Arc<Dpop>),
    /// One for ever, as its header.
    Fixed(HeaderValue),
}

impl Tokens {
    pub(super) fn cached(cache: Arc<TokenCache>) -> Self {
        Self(Kind::Cached(cache))
    }

    pub(super) fn bound(cache: Arc<TokenCache>, dpop: Arc<Dpop>) -> Self {
        Self(Kind::Bound(cache, dpop))
    }

    pub(super) fn fixed(token: Token) -> Self {
        Self(Kind::Fixed(token.header))
    }

    /// What sends them, for a client of ours.
    pub(super) fn into_authorizer(self) -> Arc<dyn Authorizer> {
        match self.0 {
            Kind::Cached(cache) => cache,
            Kind::Bound(cache, dpop) => dpop.bind(cache),
            Kind::Fixed(header) => {
                let fixed = Fixed::header(AUTHORIZATION, header.clone(), &[token_of(&header)]);
                Arc::new(fixed)
            }
        }
    }

    /// None of a fixed token.
    fn cache(&self) -> Option<&Arc<TokenCache>> {
        match &self.0 {
            Kind::Cached(cache) | Kind::Bound(cache, _) => Some(cache),
            Kind::Fixed(_) => None,
        }
    }

    /// The token to send now: the one that is cached; where there is none, waits for one fetch together with everybody
    /// else who does. Ask for each request: it is renewed before it expires, and replaced after a rejection.
    ///
    /// # Errors
    /// Where no token can be had within the load timeout of 10 s, or at once where the token server named a later time
    /// ([`Error::retry_at`]). Send nothing then. A refusal is remembered for 1 to 5 s, and whoever asks meanwhile gets it
    /// again: [`CredentialStatus::next_attempt_at`] tells when the token server is asked next.
    ///
    /// Where tokens are bound to a key (`DPoP`), always: a request needs a proof of its own beside such a token. Use one of
    /// [`middleware`](crate::middleware), or [`Authorize::authorize`](crate::Authorize::authorize), which puts both on a
    /// request.
    pub async fn token(&self) -> Result<AccessToken> {
        let cache = match &self.0 {
            Kind::Cached(cache) => cache,
            Kind::Bound(..) => {
                let problem = "these tokens are bound to a key (DPoP), and a request needs a proof beside its token: use \
                               `reauth::middleware`, or `Authorize::authorize`, which puts both on a request";
                return Err(Error::settings(vec![problem.to_owned()]));
            }
            Kind::Fixed(header) => return Ok(AccessToken::fixed(header.clone())),
        };
        if let Some(token) = cache.at_hand() {
            return Ok(AccessToken::cached(token, cache));
        }
        in_a_runtime()?;
        let token = cache.authorization(Instant::now() + LOAD_TIMEOUT).await;
        let token = token.map_err(no_token)?;
        Ok(AccessToken::cached(token, cache))
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

    /// Fetches a token where there is none that calls are sent with: as a readiness check, so that the first call finds
    /// one. A fixed token is there.
    ///
    /// # Errors
    /// Where no token can be had within the load timeout of 10 s, or at once where the token server named a later time
    /// ([`Error::retry_at`]). A refusal is remembered for 1 to 5 s, and is the answer until then:
    /// [`CredentialStatus::next_attempt_at`] tells when the token server is asked next.
    pub async fn warm_up(&self) -> Result<()> {
        let Some(cache) = self.cache() else {
            return Ok(());
        };
        in_a_runtime()?;
        cache.warm_up().await.map_err(no_token)
    }

    /// How they are doing: whether there is a token and until when, what went wrong last, when the token server is asked
    /// next. Asks nobody. Of a fixed token there is nothing to tell but that it is there.
    #[must_use]
    pub fn status(&self) -> CredentialStatus {
        self.cache()
            .map_or_else(CredentialStatus::fixed, |cache| cache.status())
    }

    /// Drops the token, for when you know that it is no longer good, as after its permissions have changed: no call that
    /// starts after this is sent with a token that was asked for before. What has failed is forgotten too, but not the
    /// time before which the token server asked to be left alone.
    ///
    /// Nothing needs it after a 401: a token that an API rejects is replaced by itself. To a fixed token it does nothing.
    pub fn invalidate(&self) {
        if let Some(cache) = self.cache() {
            cache.invalidate();
        }
    }
}

/// To wait for a token takes tokio's timer.
fn in_a_runtime() -> Result<()> {
    match Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(no_token(Arc::new(TokenError::NoRuntime))),
    }
}

fn no_token(error: Arc<TokenError>) -> Error {
    Error::outside(error::Kind::Token(error))
}

/// Where they come from.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let server = self.cache().map_or("none: a fixed token", |cache| cache.server());
        f.debug_struct("Tokens")
            .field("server", &server)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, SystemTime};

    use futures_util::FutureExt as _;

    use super::*;
    use crate::credential::one_token::OneToken;
    use crate::credential::{Fetch, Token, Wanted};

    #[tokio::test(start_paused = true)]
    async fn r05_a_cached_token_and_its_header_cost_no_allocation() {
        let tokens = Tokens::cached(Arc::new(TokenCache::new(OneToken, String::new(), None)));
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

    /// Asks to be left alone for five seconds, and issues a token after that.
    struct Busy(AtomicBool);

    impl Fetch for Busy {
        fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
            Box::pin(async {
                if self.0.swap(true, Ordering::SeqCst) {
                    return Token::bearer("t1");
                }
                // Where the wall clock of tests begins.
                let retry_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_005);
                Err(TokenError::rate_limited("", retry_at))
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r20_who_asks_for_a_token_waits_for_a_time_within_the_load_timeout() {
        let busy = Busy(AtomicBool::default());
        let tokens = Tokens::cached(Arc::new(TokenCache::new(busy, String::new(), None)));
        let start = Instant::now();
        tokens.token().await.unwrap();
        assert!(start.elapsed() >= Duration::from_secs(4), "{:?}", start.elapsed());
    }

    /// Whose timer could not be used, while somebody else's fetch is under way.
    #[test]
    fn r04_outside_of_a_runtime_nobody_waits_for_a_token_and_there_is_no_panic() {
        struct Hangs;

        impl Fetch for Hangs {
            fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
                Box::pin(std::future::pending())
            }
        }

        let tokens = Tokens::cached(Arc::new(TokenCache::new(Hangs, String::new(), None)));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let under_way = runtime.block_on(async { tokens.token().now_or_never() });
        assert!(under_way.is_none());
        assert!(tokens.token().now_or_never().unwrap().is_err());
        assert!(tokens.warm_up().now_or_never().unwrap().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_status_tells_of_no_refresh_token_where_there_is_none() {
        let tokens = Tokens::cached(Arc::new(TokenCache::new(OneToken, String::new(), None)));
        tokens.warm_up().await.unwrap();
        assert!(!tokens.status().has_unstored_refresh_token());
    }

    #[tokio::test(start_paused = true)]
    async fn r09_a_token_that_is_issued_again_has_its_new_end() {
        let tokens = Tokens::cached(Arc::new(TokenCache::new(OneToken, String::new(), None)));
        let first = tokens.token().await.unwrap();
        let later = Duration::from_secs(250);
        tokio::time::advance(later).await;
        let early = tokens.token().await.unwrap();
        assert_eq!(early.expires_at(), first.expires_at(), "the next is fetched meanwhile");
        tokio::time::sleep(Duration::from_millis(1)).await;
        let second = tokens.token().await.unwrap();
        assert_eq!(second.expires_at(), first.expires_at().map(|end| end + later));
    }

    #[tokio::test(start_paused = true)]
    async fn r13_a_token_whose_cache_is_gone_rejects_nobodys() {
        let tokens = Tokens::cached(Arc::new(TokenCache::new(OneToken, String::new(), None)));
        let token = tokens.token().await.unwrap();
        drop(tokens);
        assert!(token.rejected().is_replaced());
        token.accepted();
    }
}
