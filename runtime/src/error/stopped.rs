//! Why no further attempt was made.

use std::time::Duration;

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
    /// Answered 401, and `reauth` allows no further attempt.
    ReauthSpent(u32),
    /// Answered 401 with a fresh token: the token is hardly the reason, so it is not replaced again before the time given.
    ///
    /// That is a token which no request has succeeded with, or one that works elsewhere, where five in a row were
    /// replaced already or the token server asks to be left alone.
    FreshTokenRejected {
        /// How long until the token may be replaced again.
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
}

impl Stopped {
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
            Self::FixedCredential => {
                f.write_str("the credential does not change by itself; check that it is what the API expects")
            }
            Self::NonceRefused => f.write_str("the server refused the DPoP nonce that it had given"),
            Self::BodySent => f.write_str("its body is a stream, which can be sent only once"),
            Self::NoToken => f.write_str("nothing is sent without its token"),
        }
    }
}
