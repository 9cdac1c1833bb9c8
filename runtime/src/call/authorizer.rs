//! What the loop asks of a credential. It knows no kind of credential, and no credential knows the loop.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;

use crate::error::TokenError;

/// Authorizes requests, and learns how that went.
pub(crate) trait Authorizer: Send + Sync {
    /// What to send, where it is at hand: the hot path, without an allocation.
    fn at_hand(&self) -> Option<Authorization>;

    /// What to send; waits for it where it is not at hand. What cannot be had before `deadline` fails at once.
    fn authorization(
        &self,
        deadline: Instant,
    ) -> Pin<Box<dyn Future<Output = Result<Authorization, Arc<TokenError>>> + Send + '_>>;

    /// A request with it succeeded; said once for each.
    fn accepted(&self, authorization: &Authorization);

    /// The API answered 401 to it.
    fn rejected(&self, authorization: &Authorization) -> Rejection;

    /// Where it comes from, for errors: an origin.
    fn server(&self) -> &str;
}

/// What one request carries: a ready-made header, and which token that is.
///
/// Header, generation and standing come out of the cache in one piece: a token is never paired with another's facts.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// Counts the tokens of a cache; a rejection names the one it is about.
    pub(crate) generation: u64,
    /// Whether a request has succeeded with this token.
    pub(crate) proven: bool,
}

/// What a rejected token leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rejection {
    /// There is a newer token, or the next to ask for one fetches it.
    Newer,
    /// It was fresh and never worked, and neither did the one before: it is kept for so long.
    Held(Duration),
}
