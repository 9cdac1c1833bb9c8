//! A token that is given out, for a request that no client of ours sends; it knows which one it is, so that a rejection
//! is about no other.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use secrecy::ExposeSecret;

use super::cache::TokenCache;
use crate::call::{Authorization, Rejection};
use crate::error::after_scheme;

/// A token to put on a request: a ready-made `Authorization`, and which token that is. Never printed.
#[derive(Clone)]
pub struct AccessToken(Given);

#[derive(Clone)]
enum Given {
    /// Out of which cache: that it is the third, say, means nothing to others. Weak, so that a token that somebody keeps
    /// does not keep the cache.
    Cached(Arc<Authorization>, Weak<TokenCache>),
    Fixed(HeaderValue),
}

impl AccessToken {
    pub(super) fn cached(authorization: Arc<Authorization>, cache: &Arc<TokenCache>) -> Self {
        Self(Given::Cached(authorization, Arc::downgrade(cache)))
    }

    pub(super) fn fixed(header: HeaderValue) -> Self {
        Self(Given::Fixed(header))
    }

    fn shared_header(&self) -> &HeaderValue {
        match &self.0 {
            Given::Cached(authorization, _) => &authorization.header,
            Given::Fixed(header) => header,
        }
    }

    /// `Authorization: Bearer …`, ready-made: a clone costs no allocation. It is [sensitive](HeaderValue::is_sensitive).
    ///
    /// Set it, rather than add to what is there, and only on a request to the API that the token is for: over https, or
    /// to this machine.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.shared_header().clone()
    }

    /// When it expires: the end that the token server named; `None` of a fixed token. [`Tokens::token`](super::Tokens::token) stops giving it
    /// out 30 s before, or a tenth of its life where that is shorter; so whoever keeps a token should ask again then.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        match &self.0 {
            Given::Cached(authorization, _) => Some(authorization.expiry),
            Given::Fixed(_) => None,
        }
    }

    pub(super) fn rejected(&self) -> Rejected {
        let Given::Cached(authorization, cache) = &self.0 else {
            return Rejected::Fixed;
        };
        // A cache that is gone holds no token: the next to ask for one fetches it.
        match cache.upgrade().map(|cache| cache.rejected(authorization)) {
            Some(Rejection::Held(replaced_in) | Rejection::TooMany(replaced_in) | Rejection::NoOther(replaced_in)) => {
                Rejected::Kept { replaced_in }
            }
            Some(Rejection::Newer | Rejection::Fixed | Rejection::Nonce) | None => Rejected::Replaced,
        }
    }

    pub(super) fn accepted(&self) {
        if let Given::Cached(authorization, cache) = &self.0
            && !authorization.proven
            && let Some(cache) = cache.upgrade()
        {
            cache.accepted(authorization);
        }
    }
}

/// The bare token, for those who want it in another place than a header.
impl ExposeSecret<str> for AccessToken {
    fn expose_secret(&self) -> &str {
        token_of(self.shared_header())
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
    /// It stays for so long, and sending once more would send the same: it was fresh and has never worked, and nor did
    /// the one before, so the token is not the reason (check audience and issuer). Or it works elsewhere, where five like
    /// it were replaced already or the token server asks to be left alone.
    Kept {
        /// How long until it may be replaced.
        replaced_in: Duration,
    },
    /// It is fixed: there is no other.
    Fixed,
}

impl Rejected {
    /// Whether the next token is another one.
    #[must_use]
    pub fn is_replaced(self) -> bool {
        matches!(self, Self::Replaced)
    }
}

/// The bare token of a header: what makes a token is ASCII (RFC 6750, section 2.1).
pub(super) fn token_of(header: &HeaderValue) -> &str {
    std::str::from_utf8(after_scheme(header.as_bytes())).unwrap_or_default()
}
