//! How a credential is doing: for a health check or a dashboard.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::error::TokenError;

/// How a credential's tokens are doing, as [`Tokens::status`](crate::Tokens::status) tells it; never a token itself.
///
/// ```
/// use reauth::{Auth0, TokenCredential};
///
/// # fn main() -> reauth::Result<()> {
/// let auth0 = Auth0::new("tenant.eu.auth0.com", "client id", "client secret").audience("https://todo.example.com");
/// let status = auth0.status()?;
/// assert!(!status.has_token() && status.last_error().is_none(), "nobody has asked for a token yet");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct CredentialStatus {
    pub(super) has_token: bool,
    pub(super) read_at: SystemTime,
    pub(super) expires_in: Option<Duration>,
    pub(super) is_fetching: bool,
    pub(super) last_error: Option<Arc<TokenError>>,
    pub(super) next_attempt_in: Option<Duration>,
    pub(super) is_unstored: bool,
}

impl CredentialStatus {
    /// Of a token that is there for ever.
    pub(super) fn fixed() -> Self {
        Self {
            has_token: true,
            read_at: SystemTime::now(),
            expires_in: None,
            is_fetching: false,
            last_error: None,
            next_attempt_in: None,
            is_unstored: false,
        }
    }

    /// Whether there is a token that calls are sent with: one that is not about to expire, and not rejected.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.has_token
    }

    /// When the newest token expires, if it has not been rejected: the end that the token server named; `None` also of a
    /// fixed token. Calls stop using it 30 s before, or a tenth of its life where that is shorter.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.read_at.checked_add(self.expires_in?)
    }

    /// How long the newest token is good for, if it has not been rejected; zero where it has expired.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    /// Whether a token is being fetched.
    #[must_use]
    pub fn is_fetching(&self) -> bool {
        self.is_fetching
    }

    /// What the last fetch failed with; `None` where it brought a token.
    #[must_use]
    pub fn last_error(&self) -> Option<&Arc<TokenError>> {
        self.last_error.as_ref()
    }

    /// Whether the newest refresh token is in memory alone: whoever
    /// [stores](crate::OAuth2::store_refresh_token) it has failed, and is asked again. To end the process now is to lose
    /// it, where the server takes each once.
    #[must_use]
    pub fn has_unstored_refresh_token(&self) -> bool {
        self.is_unstored
    }

    /// The earliest that the token server is asked again, by the first call after it; `None` where it is being asked,
    /// or the next call asks it.
    #[must_use]
    pub fn next_attempt_at(&self) -> Option<SystemTime> {
        self.read_at.checked_add(self.next_attempt_in?)
    }
}
