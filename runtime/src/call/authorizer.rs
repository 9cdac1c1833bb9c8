//! What the loop asks of a credential. It knows no kind of credential, and no credential knows the loop.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue};
use reqwest::{Request, Url};
use tokio::time::Instant;

use crate::error::{Carried, TokenError};

/// What comes of a request that had to wait for what it carries.
pub(crate) type Authorizing<'a> = Pin<Box<dyn Future<Output = Result<Authorized, Arc<TokenError>>> + Send + 'a>>;

/// Authorizes requests, and learns how that went.
pub(crate) trait Authorizer: Send + Sync {
    /// Authorizes an otherwise finished request, where nothing has to be waited for: the hot path, without an
    /// allocation. A request that it leaves alone is as it was. `now` has just been looked up.
    fn authorize_at_once(&self, request: &mut Request, now: Instant) -> Option<Authorized>;

    /// The token whose header is the whole of what a request needs, whatever else the request is: for those who have no
    /// [`Request`] to be authorized. `None` where there is none at hand, or that is not all.
    fn at_hand(&self) -> Option<Arc<Authorization>> {
        None
    }

    /// Authorizes an otherwise finished request, and waits for what that takes. What cannot be had before `deadline` fails
    /// at once.
    fn authorize<'a>(&'a self, request: &'a mut Request, deadline: Instant) -> Authorizing<'a>;

    /// The server at `url` answered a request, whatever it answered.
    fn heard(&self, url: &Url, headers: &HeaderMap) {
        let _ = (url, headers);
    }

    /// A request with this token succeeded; said once for each token.
    fn accepted(&self, token: &Authorization) {
        let _ = token;
    }

    /// The server answered 401, with these headers.
    fn rejected(&self, authorized: &Authorized, headers: &HeaderMap) -> Rejection;

    /// Who is waited for, for errors: an origin.
    fn server(&self) -> &str;
}

/// What one request was authorized with.
#[derive(Debug)]
pub(crate) enum Authorized {
    /// A token of a cache, which is told how that went.
    Token(Arc<Authorization>),
    /// Something that nobody keeps count of.
    Other(Carried),
}

impl Authorized {
    /// What the server's answer is kept without.
    pub(super) fn into_carried(self) -> Carried {
        match self {
            Self::Token(token) => Carried::Authorization(token.header.clone()),
            Self::Other(carried) => carried,
        }
    }
}

/// A token of a cache: a ready-made header, and which token that is.
///
/// Header, generation, standing and end come out of the cache in one piece: a token is never paired with another's facts.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// Counts the tokens of a cache; a rejection names the one it is about.
    pub(crate) generation: u64,
    /// Whether a request has succeeded with this token.
    pub(crate) proven: bool,
    /// The end that the token server named.
    pub(crate) expiry: SystemTime,
}

/// What a 401 leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rejection {
    /// There is a newer token, or the next to ask for one fetches it.
    Newer,
    /// It is kept for so long: it was fresh and never worked, and neither did the one before.
    Held(Duration),
    /// It is kept for so long: it works elsewhere, and too many like it were replaced already.
    TooMany(Duration),
    /// It is kept for so long: it works elsewhere, and the token server asks to be left alone.
    NoOther(Duration),
    /// The next request would carry the same.
    Fixed,
    /// The token is good: the server asked for a proof with its nonce (RFC 9449, section 9), which the next request has.
    #[cfg_attr(
        not(any(feature = "jwt", test)),
        expect(dead_code, reason = "no proof without a key")
    )]
    Nonce,
}
