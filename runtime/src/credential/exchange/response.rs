//! What a token endpoint answered.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::refusal;
use crate::call::retry_after;
use crate::credential::cache::MAX_ASKED;
use crate::credential::rate_limit;
use crate::error::{BodyError, Carried, Credential, Error, Kind, OAuthErrorCode, TokenError};
use crate::response::RawResponse;

/// A whole answer; of one that is too large, only the status.
pub(super) struct Answer {
    /// Who gave it.
    server: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Result<Bytes, BodyError>,
    /// The secrets that the request carried.
    sent: Option<Carried>,
}

impl Answer {
    pub(super) async fn of(
        answer: Result<Box<RawResponse>, Error>,
        server: impl Fn() -> String,
    ) -> Result<Self, TokenError> {
        let mut answer = answer.map_err(|error| unreachable(error, server()))?;
        Ok(Self {
            server: server(),
            status: answer.status(),
            headers: answer.headers().clone(),
            // Read already; the only thing that can be wrong with it is its size.
            body: answer.bytes().await,
            sent: answer.carried,
        })
    }

    /// The body of a success.
    pub(super) fn success(&self) -> Option<Result<&[u8], TokenError>> {
        let body = self.body.as_deref();
        let body = body.map_err(|_| TokenError::malformed("it is larger than 64 KiB"));
        self.status.is_success().then_some(body)
    }

    /// Whether there is nothing at this URL that answers such a request.
    pub(super) fn is_gone(&self) -> bool {
        matches!(
            self.status,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE
        )
    }

    /// Whether the proof of possession lacked the server's nonce (RFC 9449, section 8).
    pub(super) fn asks_for_nonce(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST
            && self
                .oauth_error()
                .is_some_and(|(code, _)| code == OAuthErrorCode::UseDpopNonce)
    }

    /// The OAuth error that it is, whatever its status.
    pub(super) fn oauth_error(&self) -> Option<(OAuthErrorCode, String)> {
        refusal::read(self.body(), &Credential::of(self.sent.as_ref()))
    }

    /// What an error response says.
    pub(super) fn refusal(&self, advice: impl Fn(OAuthErrorCode) -> &'static str) -> TokenError {
        let (server, status) = (self.server.clone(), self.status);
        let refusal = self.oauth_error();
        let now = SystemTime::now();
        let asked = match status {
            StatusCode::TOO_MANY_REQUESTS => Some(rate_limit::asked(&self.headers, now)),
            _ if status.is_server_error() => retry_after::said(&self.headers, now),
            _ => None,
        };
        if let Some(asked) = asked {
            return TokenError::RateLimited {
                server,
                status,
                retry_at: now + asked.min(MAX_ASKED),
                description: refusal.map(|(_, description)| description).unwrap_or_default(),
            };
        }
        match refusal {
            None => TokenError::Status { server, status },
            Some((code, description)) => TokenError::Refused {
                server,
                status,
                code,
                description,
                advice: advice(code),
            },
        }
    }

    /// For how long no further token is issued, where a success says so.
    pub(super) fn exhausted_for(&self) -> Option<Duration> {
        rate_limit::exhausted(&self.headers, SystemTime::now())
    }

    fn body(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }
}

fn unreachable(error: Error, server: String) -> TokenError {
    match error.kind() {
        Kind::Deadline { limit, .. } => TokenError::Timeout { server, limit: *limit },
        // What kept the request from being sent.
        Kind::Token(_) => TokenError::Signing,
        _ => TokenError::Unreachable {
            server,
            error: Box::new(error),
        },
    }
}
