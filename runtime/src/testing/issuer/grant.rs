//! What a token request is granted, or why it is not.

use http::{HeaderMap, Method, StatusCode};

use super::super::dialect::Dialect;
use super::super::dpop::{Proven, Unproven};
use super::super::oauth_error::OAuthError;
use super::super::token_request::{Proof, TokenRequest};
use super::{Issuer, Policy};

/// What a token is for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Grant {
    pub(super) audience: String,
    pub(super) scope: String,
    /// `gty`: how it was asked for.
    pub(super) kind: &'static str,
    /// The key that the token is bound to.
    pub(super) thumbprint: Option<String>,
}

impl Issuer {
    /// Decides in Auth0's order: what is asked, who asks, for which API, with which scopes. With the grant comes the
    /// refresh token to use from now on.
    pub(super) fn grant(
        &self,
        asked: &TokenRequest,
        proof: &Proof,
        headers: &HeaderMap,
    ) -> Result<(Grant, Option<String>), OAuthError> {
        let kind = match asked.grant_type.as_deref() {
            Some("client_credentials") => "client-credentials",
            Some("refresh_token") if self.state.lock().refresh_tokens.is_some() => "refresh-token",
            Some(other) => {
                let description = format!("Unsupported grant type: {other}");
                return Err(OAuthError::new(
                    StatusCode::BAD_REQUEST,
                    "unsupported_grant_type",
                    &description,
                ));
            }
            None => {
                return Err(OAuthError::invalid_request("Missing required parameter: grant_type"));
            }
        };
        let thumbprint = self.thumbprint(headers)?;
        self.identify(asked, proof)
            .map_err(|description| self.policy.dialect.unknown_client(description))?;
        let audience = self.target(asked)?;
        let scope = self.granted_scope(asked.scope.as_deref())?;
        // Last, so that no refresh token is lost to another mistake.
        let refresh_token = match kind {
            "refresh-token" => self.rotate(proof.refresh_token.as_deref())?,
            _ => None,
        };
        let grant = Grant {
            audience,
            scope,
            kind,
            thumbprint,
        };
        Ok((grant, refresh_token))
    }

    /// The successor of this refresh token.
    fn rotate(&self, token: Option<&str>) -> Result<Option<String>, OAuthError> {
        let token = token.ok_or_else(|| OAuthError::invalid_request("Missing required parameter: refresh_token"))?;
        let mut state = self.state.lock();
        let rotated = state.refresh_tokens.as_mut().map(|tokens| tokens.rotate(token));
        rotated.transpose().map_err(OAuthError::invalid_grant)
    }

    /// Whether it is the client that it says it is.
    fn identify(&self, asked: &TokenRequest, proof: &Proof) -> Result<(), &'static str> {
        let Policy {
            client_id,
            client_secret,
            client_key,
            ..
        } = &self.policy;
        if asked.client_id.as_ref() != Some(client_id) {
            return Err("Unknown client");
        }
        match (client_key, &proof.assertion, &proof.secret) {
            (Some(key), Some(assertion), _) => {
                let (token_url, now) = (self.token_url(), self.clock.now());
                let audiences = [self.name.as_str(), token_url.as_str()];
                self.assertions.check(assertion, key, client_id, &audiences, now)
            }
            (None, _, Some(secret)) if secret.is(client_secret) => Ok(()),
            // A public client.
            (None, None, None) if client_secret.is_empty() => Ok(()),
            _ => Err("Wrong secret, or another way to authenticate"),
        }
    }

    /// The thumbprint of the key that the token is to be bound to.
    fn thumbprint(&self, headers: &HeaderMap) -> Result<Option<String>, OAuthError> {
        let token_url = self.token_url();
        let proven = self.proofs.check(&Proven {
            method: &Method::POST,
            url: &token_url,
            headers,
            access_token: None,
            now: self.clock.now(),
        });
        proven.map_err(|unproven| match unproven {
            Unproven::Nonce(_) => OAuthError::new(
                StatusCode::BAD_REQUEST,
                "use_dpop_nonce",
                "Authorization server requires nonce in DPoP proof",
            ),
            Unproven::Invalid(reason) => OAuthError::new(StatusCode::BAD_REQUEST, "invalid_dpop_proof", reason),
        })
    }

    /// What the token is for: the audience, or the first of the resources, or else whoever issues it.
    fn target(&self, asked: &TokenRequest) -> Result<String, OAuthError> {
        let audiences = &self.policy.audiences;
        let targets: Vec<_> = asked.audience.iter().chain(&asked.resources).collect();
        let unknown = |target: &&&String| !audiences.is_empty() && !audiences.contains(target);
        if let Some(unknown) = targets.iter().find(unknown) {
            return Err(self.policy.dialect.unknown_target(unknown));
        }
        match (targets.first(), self.policy.dialect) {
            (Some(target), _) => Ok((*target).clone()),
            (None, Dialect::Rfc6749) => Ok(self.name.clone()),
            (None, Dialect::Auth0) => {
                let description = "Non-global clients are not allowed access to APIv1";
                Err(OAuthError::access_denied(StatusCode::FORBIDDEN, description))
            }
        }
    }

    /// Who asks for no scope gets all that were granted to the client, as at Auth0.
    fn granted_scope(&self, asked: Option<&str>) -> Result<String, OAuthError> {
        let Policy {
            grants, narrow_scope, ..
        } = &self.policy;
        let Some(asked) = asked else {
            return Ok(grants.join(" "));
        };
        let is_granted = |scope: &&str| grants.is_empty() || grants.iter().any(|granted| granted == scope);
        let (granted, refused): (Vec<_>, Vec<_>) =
            asked.split(' ').filter(|scope| !scope.is_empty()).partition(is_granted);
        if !refused.is_empty() && !narrow_scope {
            return Err(self.policy.dialect.refused_scope(&refused.join(" ")));
        }
        Ok(granted.join(" "))
    }
}
