//! How a token server says no.

use http::StatusCode;

use super::oauth_error::OAuthError;

/// Whose words it uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `access_denied` for nearly everything, and no token without an audience.
    #[default]
    Auth0,
    /// RFC 6749, section 5.2, and RFC 8707, section 2.
    Rfc6749,
}

impl Dialect {
    pub(super) fn unknown_client(self, description: &str) -> OAuthError {
        let status = StatusCode::UNAUTHORIZED;
        match self {
            Self::Auth0 => OAuthError::access_denied(status, "Unauthorized"),
            Self::Rfc6749 => OAuthError::new(status, "invalid_client", description),
        }
    }

    pub(super) fn unknown_target(self, target: &str) -> OAuthError {
        match self {
            Self::Auth0 => OAuthError::access_denied(StatusCode::FORBIDDEN, format!("Service not found: {target}")),
            Self::Rfc6749 => OAuthError::new(
                StatusCode::BAD_REQUEST,
                "invalid_target",
                &format!("Unknown resource: {target}"),
            ),
        }
    }

    pub(super) fn refused_scope(self, refused: &str) -> OAuthError {
        let description = format!("Client has not been granted scopes: {refused}");
        match self {
            Self::Auth0 => OAuthError::access_denied(StatusCode::FORBIDDEN, description),
            Self::Rfc6749 => OAuthError::new(StatusCode::BAD_REQUEST, "invalid_scope", &description),
        }
    }
}
