//! Why no further attempt was made.

use std::time::{Duration, SystemTime};

/// Why a call that failed was not sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// The endpoint's `retry_on` does not name this failure.
    NotRetryable,
    /// The endpoint has no `retry`.
    NoRetry,
    /// All of the schedule's retries were spent.
    RetriesSpent(u32),
    /// The server may have processed the request, and sending it twice may do its work twice. Where it does not, the
    /// method says `idempotent` or `idempotency_key`.
    NotIdempotent,
    /// The next wait would have crossed the call's deadline.
    Deadline {
        /// The wait that the schedule or the server asked for.
        wait: Duration,
    },
    /// The server asked to be left alone for longer than a call waits for it, which is 60 s: it is not called again
    /// before the time that [`Error::retry_at`](crate::Error::retry_at) gives.
    AskedToWait {
        /// How long the server asked for.
        wait: Duration,
    },
    /// Too many of the client's calls were retries already: see [`RetryBudget`](crate::RetryBudget).
    BudgetSpent,
    /// Answered 401, and `reauth` allows no further attempt.
    ReauthSpent(u32),
    /// Answered 401 with a fresh token that no request has succeeded with, and nor with the one before: the token is hardly
    /// the reason, so it is not replaced again before the time given.
    FreshTokenRejected {
        /// How long until the token may be replaced again.
        replaced_in: Duration,
    },
    /// Answered 401 with a token that works elsewhere, after five like it were replaced for the same reason: each costs a
    /// token request, so there is one a minute from then on.
    ReplacedTooOften {
        /// How long until the token may be replaced again.
        replaced_in: Duration,
    },
    /// Answered 401 with a token that works elsewhere, while the token server asks to be left alone.
    NoOtherToken {
        /// How long until the token may be replaced.
        replaced_in: Duration,
    },
    /// Answered 401, and the next request would carry the same: a key or a password does not change by itself.
    FixedCredential,
    /// Answered 401 for the nonce of a `DPoP` proof, and again for the one that it gave (RFC 9449, section 9).
    NonceRefused,
    /// Its body is a stream, of which something was sent: there is nothing to send it from again.
    BodySent,
    /// There was no token to send.
    NoToken,
    /// `circuit_breaker` has opened, since too many requests to this API failed: nothing is sent to it for a while.
    CircuitOpen {
        /// How long until it lets one through. Where another call finds out right now whether the API is back, it may be
        /// sooner.
        retry_in: Duration,
    },
    /// As many calls as `concurrency` allows were under way until this one's time was over.
    ConcurrencyLimit {
        /// How many that are.
        limit: u32,
    },
    /// So many calls wait already that, by `rate`, this one would begin too late for its deadline.
    RateLimit {
        /// How long it would have waited.
        retry_in: Duration,
    },
}

impl Stopped {
    /// When what kept the call from being sent is over, where that is known.
    pub(crate) fn retry_at(&self) -> Option<SystemTime> {
        match *self {
            Self::CircuitOpen { retry_in } | Self::RateLimit { retry_in } => SystemTime::now().checked_add(retry_in),
            _ => None,
        }
    }

    /// Whether a line about the error is as clear without it.
    pub(super) fn goes_without_saying(&self) -> bool {
        matches!(self, Self::NotRetryable | Self::NoRetry | Self::NoToken)
    }
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotRetryable => f.write_str("`retry_on` does not name this failure"),
            Self::NoRetry => f.write_str("the endpoint has no `retry`"),
            Self::RetriesSpent(1) => f.write_str("its one retry is spent"),
            Self::RetriesSpent(retries) => write!(f, "all {retries} retries are spent"),
            Self::NotIdempotent => f.write_str(
                "the server may have processed it; say `idempotent` or `idempotency_key` if it may be sent twice",
            ),
            Self::Deadline { wait } => {
                write!(
                    f,
                    "the next wait of {:?} would cross the call's deadline",
                    super::attempt::round(*wait)
                )
            }
            Self::AskedToWait { wait } => write!(
                f,
                "the server asks to be left alone for {:?}, and a call waits 60s at most",
                super::attempt::round(*wait)
            ),
            Self::BudgetSpent => f.write_str("the client's retry budget is spent: too many of its calls are retries"),
            Self::ReauthSpent(0) => f.write_str("the endpoint does not re-authorize"),
            Self::ReauthSpent(1) => {
                f.write_str("a new token was rejected too; check that `audience` is what the API expects")
            }
            Self::ReauthSpent(times) => write!(f, "rejected {times} more times after re-authorizing"),
            Self::FreshTokenRejected { replaced_in } => write!(
                f,
                "the API rejects fresh tokens (check audience and issuer); the token is replaced again in {:?} at the \
                 earliest",
                super::attempt::round(*replaced_in)
            ),
            Self::ReplacedTooOften { replaced_in } => write!(
                f,
                "tokens that work for other requests were replaced too often (check which endpoint rejects them); the \
                 next one is fetched in {:?} at the earliest",
                super::attempt::round(*replaced_in)
            ),
            Self::NoOtherToken { replaced_in } => write!(
                f,
                "the token works for other requests, and the token server asks to be left alone; the token is replaced in \
                 {:?} at the earliest",
                super::attempt::round(*replaced_in)
            ),
            Self::FixedCredential => {
                f.write_str("the credential does not change by itself; check that it is what the API expects")
            }
            Self::NonceRefused => f.write_str("the server refused the DPoP nonce that it had given"),
            Self::BodySent => f.write_str("its body is a stream, which can be sent only once"),
            Self::NoToken => f.write_str("nothing is sent without its token"),
            Self::CircuitOpen { retry_in } => write!(
                f,
                "the circuit breaker is open, as too many requests failed; it lets one through in {:?}",
                super::attempt::round(*retry_in)
            ),
            Self::ConcurrencyLimit { limit } => write!(
                f,
                "`concurrency` allows {limit} calls at once, and none of them ended in time"
            ),
            Self::RateLimit { retry_in } => write!(
                f,
                "by `rate` its turn comes in {:?}, after the call's deadline",
                super::attempt::round(*retry_in)
            ),
        }
    }
}
