//! What `error.type` says: a few words that a dashboard can group by. The page of this module lists them.

use crate::error::{Error, Kind, OAuthErrorCode, Outcome, Stopped, TokenError};

/// Nobody waited for the end.
pub(super) const CANCELLED: &str = "cancelled";
/// Its time was up.
pub(super) const TIMEOUT: &str = "timeout";

/// Of one attempt; `None` where it is no error, as the conventions have it for a client.
pub(super) fn of_attempt(outcome: &Outcome) -> Option<&str> {
    Some(match outcome {
        Outcome::Status(status) if status.is_client_error() || status.is_server_error() => status.as_str(),
        Outcome::Status(_) => return None,
        Outcome::Connect => "connect",
        Outcome::Refused => "refused",
        Outcome::Timeout => TIMEOUT,
        Outcome::Network => "network",
        Outcome::Body => "body",
        Outcome::Unsent => "unsent",
        Outcome::Overtaken => CANCELLED,
    })
}

/// Of a call.
pub(super) fn of_call(error: &Error) -> &str {
    match error.kind() {
        Kind::Settings(_) => "settings",
        Kind::Argument(_) => "argument",
        Kind::Unsendable(_) => "unsendable",
        Kind::Token(_) => "token",
        Kind::Send { error, .. } => match error.outcome() {
            Outcome::Connect => "connect",
            Outcome::Refused => "refused",
            Outcome::Timeout => TIMEOUT,
            Outcome::Unsent => "unsent",
            _ => "network",
        },
        Kind::NoCredential => "no_credential",
        Kind::NoRuntime => "no_runtime",
        Kind::NotSent => match error.stopped() {
            Some(Stopped::CircuitOpen { .. }) => "circuit_open",
            Some(Stopped::ConcurrencyLimit { .. }) => "concurrency",
            Some(Stopped::RateLimit { .. }) => "rate",
            _ => "not_sent",
        },
        Kind::Deadline { .. } => "deadline",
        Kind::Status(status) => status.as_str(),
        Kind::Body(_) => "body",
        Kind::Decode(_) => "decode",
    }
}

/// Of a token fetch.
pub(super) fn of_fetch(error: &TokenError) -> String {
    match error {
        TokenError::Refused {
            code: OAuthErrorCode::Other,
            status,
            ..
        }
        | TokenError::Status { status, .. } => status.as_str(),
        TokenError::Refused { code, .. } => return code.to_string(),
        TokenError::Unreachable { .. } => "unreachable",
        TokenError::Timeout { .. } => TIMEOUT,
        TokenError::Discovery { .. } => "discovery",
        TokenError::Signing => "signing",
        TokenError::RateLimited { .. } => "rate_limited",
        TokenError::Malformed { .. } => "malformed",
        TokenError::Unacceptable { .. } => "unacceptable",
        TokenError::Reissued => "reissued",
        TokenError::Source { .. } => "source",
        TokenError::Authorize { .. } => "authorize",
        TokenError::Cancelled => CANCELLED,
        TokenError::Panicked { .. } => "panicked",
        TokenError::NoRuntime => "no_runtime",
    }
    .to_owned()
}
