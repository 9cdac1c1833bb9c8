//! The token request: client credentials (RFC 6749, section 4.4) as a form, through the same loop as every call.
//!
//! It is retried on transient failures, 100 ms × 3, and `Retry-After` is honoured; it follows no redirect; its whole
//! response has one time limit, the cache's load timeout, and at most 64 KiB.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{Token, TokenError, TokenSource, oauth_error, secret_form};
use crate::call::{Call, Transport};
use crate::endpoint::{Backoff, Endpoint};
use crate::request::RequestParts;

const MAX_RESPONSE: usize = 64 * 1024;

/// Asking twice for a token does no harm, so the request is retried as if it were idempotent.
static ENDPOINT: Endpoint = Endpoint::new("client credentials", "POST", "token endpoint")
    .retry(Backoff::constant(Duration::from_millis(100), 3))
    .idempotent();

/// Everything a client-credentials request says.
pub(super) struct ClientCredentials {
    pub(super) token_url: Url,
    pub(super) transport: Transport,
    pub(super) client_id: String,
    pub(super) client_secret: Arc<SecretString>,
    pub(super) audience: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) organization: Option<String>,
}

impl ClientCredentials {
    async fn request(&self) -> Result<Token, TokenError> {
        let server = || self.token_url.origin().ascii_serialization();
        let optional = [
            ("audience", &self.audience),
            ("scope", &self.scope),
            ("organization", &self.organization),
        ];
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose_secret()),
        ];
        fields.extend(
            optional
                .iter()
                .filter_map(|(name, value)| Some((*name, value.as_deref()?))),
        );

        // A life counts from before its request; with retries that is the first of them, which errs on the safe side.
        let requested = Instant::now();
        let call = Call {
            endpoint: &ENDPOINT,
            parts: RequestParts::form(&self.token_url, secret_form::encode(&fields)),
            base: &self.token_url,
            transport: &self.transport,
            tokens: None,
            max_body: MAX_RESPONSE,
        };
        let unreachable = |error| TokenError::Unreachable {
            server: server(),
            source: Box::new(error),
        };
        let mut answer = call.run().await.map_err(unreachable)?;
        let status = answer.response.status();
        let body = answer.response.bytes().await;
        if !status.is_success() {
            return Err(match oauth_error::read(&body.unwrap_or_default()) {
                Some((code, description)) => TokenError::Refused {
                    server: server(),
                    status,
                    code,
                    description,
                },
                None => TokenError::Status {
                    server: server(),
                    status,
                },
            });
        }
        match body {
            Ok(body) => Token::from_response(&body, requested),
            Err(crate::response::BodyError::TooLarge { .. }) => Err(TokenError::Malformed("it is larger than 64 KiB")),
            Err(crate::response::BodyError::Broken { .. }) => Err(TokenError::Malformed("it breaks off")),
        }
    }
}

impl TokenSource for ClientCredentials {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(self.request())
    }
}
