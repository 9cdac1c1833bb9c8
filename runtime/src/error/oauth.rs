//! What an OAuth server says when it refuses: RFC 6749, section 5.2.

/// The `error` of a token error response (RFC 6749, section 5.2, and Auth0's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OAuthErrorCode {
    /// `invalid_request`: the request lacks something.
    InvalidRequest,
    /// `invalid_client`: client id or secret are wrong.
    InvalidClient,
    /// `invalid_grant`.
    InvalidGrant,
    /// `unauthorized_client`: the client may not use this grant.
    UnauthorizedClient,
    /// `unsupported_grant_type`.
    UnsupportedGrantType,
    /// `invalid_scope`: the scope is unknown, or not for this client.
    InvalidScope,
    /// `access_denied`: what Auth0 says for a wrong secret, and for an audience the client has no grant for.
    AccessDenied,
    /// `temporarily_unavailable`.
    TemporarilyUnavailable,
    /// `invalid_target`: the resource is unknown, or not for this client (RFC 8707, section 2).
    InvalidTarget,
    /// `invalid_dpop_proof`: the proof of possession was not accepted (RFC 9449, section 5).
    InvalidDpopProof,
    /// `use_dpop_nonce`: the proof of possession must carry the server's nonce (RFC 9449, section 8).
    UseDpopNonce,
    /// Anything else.
    Other,
}

impl OAuthErrorCode {
    pub(crate) fn read(code: &str) -> Self {
        match code {
            "invalid_request" => Self::InvalidRequest,
            "invalid_client" => Self::InvalidClient,
            "invalid_grant" => Self::InvalidGrant,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "invalid_scope" => Self::InvalidScope,
            "access_denied" => Self::AccessDenied,
            "temporarily_unavailable" => Self::TemporarilyUnavailable,
            "invalid_target" => Self::InvalidTarget,
            "invalid_dpop_proof" => Self::InvalidDpopProof,
            "use_dpop_nonce" => Self::UseDpopNonce,
            _ => Self::Other,
        }
    }

    /// What to look at.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::InvalidClient => "check `client_id` and `client_secret`",
            Self::AccessDenied => {
                "check `client_id` and `client_secret`, and that the client is authorized for `audience` and `scope`"
            }
            Self::InvalidScope => "check `scope`",
            Self::UnauthorizedClient | Self::UnsupportedGrantType => {
                "allow the client the client-credentials grant, at the token server"
            }
            Self::InvalidRequest | Self::InvalidGrant => "check `audience`, `scope` and `organization`",
            Self::InvalidTarget => "check `resource` and `audience`",
            Self::InvalidDpopProof => "check this machine's clock, and that the token server takes ES256 or RS256",
            Self::UseDpopNonce => "the token server refused the nonce that it had given",
            Self::TemporarilyUnavailable => "the token server asks to try again later",
            Self::Other => "see the token server's log",
        }
    }
}

impl std::fmt::Display for OAuthErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::Other => "an error without a standard name",
        })
    }
}
