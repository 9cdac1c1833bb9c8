//! The token request: client credentials (RFC 6749, section 4.4) as a form, through the same loop as every call.
//!
//! It is retried on transient failures, 100 ms × 3, and `Retry-After` is honoured; it follows no redirect; its whole
//! response, of at most 64 KiB, has one time limit, the cache's load timeout, and is asked for again where it breaks off.
//! A 429 is not retried here: when the server may be asked again is for the cache to say, to all who wait.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::cache::{LOAD_TIMEOUT, MAX_ASKED};
use super::{Fetch, Token, TokenRequest, rate_limit, refusal, secret_form};
use crate::call::{Call, Transport};
use crate::endpoint::{Backoff, Endpoint, EndpointBuilder, RetryOn};
use crate::error::{Error, Kind, OAuthErrorCode, TokenError};
use crate::request::RequestParts;

const MAX_RESPONSE: usize = 64 * 1024;

/// Asking twice for a token does no harm, so the request is retried as if it were idempotent.
static ENDPOINT: Endpoint = EndpointBuilder::new("client credentials", "POST", "token endpoint")
    .retry(Backoff::constant(Duration::from_millis(100), 3))
    .retry_on(RetryOn::TRANSIENT.except_status(429))
    .idempotent()
    .timeout(LOAD_TIMEOUT)
    .attempt_timeout(Duration::from_secs(5))
    .build();

/// Everything a client-credentials request says.
pub(super) struct ClientCredentials {
    pub(super) token_url: Url,
    pub(super) transport: Transport,
    pub(super) client_id: String,
    pub(super) client_secret: Arc<SecretString>,
    pub(super) request: TokenRequest,
    pub(super) organization: Option<String>,
}

impl ClientCredentials {
    async fn request(&self) -> Result<Token, TokenError> {
        let request = RequestParts::form(&self.token_url, self.form());
        let call = Call {
            endpoint: &ENDPOINT,
            request: &request,
            base: &self.token_url,
            transport: &self.transport,
            authorizer: None,
            max_body: MAX_RESPONSE,
            with_body: true,
        };
        let mut answer = call.run().await.map_err(|error| self.unreachable(error))?;
        let status = answer.status();
        // Read already; the only thing that can be wrong with it is its size.
        let body = answer.bytes().await;
        match body {
            Ok(body) if status.is_success() => Ok(Token {
                exhausted_for: rate_limit::exhausted(answer.headers(), SystemTime::now()),
                ..Token::from_response(&body)?
            }),
            Ok(body) => Err(self.refusal(status, answer.headers(), &body)),
            Err(_) if !status.is_success() => Err(self.refusal(status, answer.headers(), &[])),
            Err(_) => Err(TokenError::Malformed("it is larger than 64 KiB")),
        }
    }

    fn unreachable(&self, error: Error) -> TokenError {
        let server = self.server();
        match error.kind() {
            Kind::Deadline { limit, .. } => TokenError::Timeout { server, limit: *limit },
            _ => TokenError::Unreachable {
                server,
                error: Box::new(error),
            },
        }
    }

    fn form(&self) -> Bytes {
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose_secret()),
        ];
        let optional = [
            ("audience", self.request.audience()),
            ("scope", self.request.scope()),
            ("organization", self.organization.as_deref()),
        ];
        fields.extend(optional.iter().filter_map(|&(name, value)| Some((name, value?))));
        secret_form::encode(&fields)
    }

    /// What the token server's error response says.
    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> TokenError {
        let server = self.server();
        let refusal = refusal::read(body, self.client_secret.expose_secret());
        if status == StatusCode::TOO_MANY_REQUESTS {
            let now = SystemTime::now();
            let wait = rate_limit::asked(headers, now).min(MAX_ASKED);
            return TokenError::RateLimited {
                server,
                retry_at: now + wait,
                description: refusal.map(|(_, description)| description).unwrap_or_default(),
            };
        }
        let Some((code, description)) = refusal else {
            return TokenError::Status { server, status };
        };
        let advice = match self.request.audience() {
            None if code == OAuthErrorCode::AccessDenied => {
                "no `audience` is set: write it in the attribute, or in the credential's settings"
            }
            _ => code.advice(),
        };
        TokenError::Refused {
            server,
            status,
            code,
            description,
            advice,
        }
    }

    pub(super) fn server(&self) -> String {
        self.token_url.origin().ascii_serialization()
    }
}

impl Fetch for ClientCredentials {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(self.request())
    }
}
