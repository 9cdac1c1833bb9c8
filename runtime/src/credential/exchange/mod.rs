//! The token request (RFC 6749, section 3.2), through the same loop as every call.
//!
//! It follows no redirect; its whole response, of at most 64 KiB, has one time limit, the cache's load timeout. Who asks
//! is proven anew on each [`attempt`], so that no assertion is sent twice.

mod attempt;
mod client;
mod connection;
mod discovery;
mod refresh;
mod refusal;
mod response;
mod store;

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use secrecy::SecretString;

use self::attempt::Attempt;
pub(super) use self::client::Client;
pub use self::client::ClientAuthentication;
pub(super) use self::connection::Connection;
pub(super) use self::discovery::{Discovery, Place, Server};
use self::refresh::EXCHANGE_TIMEOUT;
pub(super) use self::refresh::{RefreshTokens, Refreshing};
use self::response::Answer;
pub(super) use self::store::Store;
use super::cache::LOAD_TIMEOUT;
use super::dpop::Dpop;
use super::store::Identity;
use super::token::{Granted, Scheme};
use super::{Fetch, Token, Wanted};
use crate::call::{Call, Transport};
use crate::endpoint::{Backoff, Endpoint, EndpointBuilder, RetryOn};
use crate::error::{OAuthErrorCode, TokenError};
use crate::request::RequestParts;

const MAX_RESPONSE: usize = 64 * 1024;
const RETRY: Backoff = Backoff::constant(Duration::from_millis(100), 3);
/// When a server that answers 429 may be asked again is for the cache to say, to all who wait.
const RETRY_ON: RetryOn = RetryOn::TRANSIENT.except_status(429);

/// Asking twice for a token does no harm, so the request is retried as if it were idempotent. But a server that always takes
/// its time is not asked twice: the load timeout is the only limit, beside that of connecting.
static CLIENT_CREDENTIALS: Endpoint = EndpointBuilder::new("client credentials", "POST", "token endpoint")
    .retry(RETRY)
    .retry_on(RETRY_ON)
    .idempotent()
    .timeout(LOAD_TIMEOUT)
    .attempt_timeout(LOAD_TIMEOUT)
    .build();

/// A refresh token may be good for one use, and a second one revoke it (RFC 9700, section 4.14.2): it is sent again only
/// where the server cannot have seen it. A wait that the server asks for (503) would keep the others from theirs.
static REFRESH_TOKEN: Endpoint = EndpointBuilder::new("refresh token", "POST", "token endpoint")
    .retry(RETRY)
    .retry_on(RETRY_ON.except_status(503))
    .timeout(EXCHANGE_TIMEOUT)
    .attempt_timeout(EXCHANGE_TIMEOUT)
    .build();

/// Where tokens are asked for, by whom, and what for.
pub(super) struct Exchange {
    pub(super) server: Server,
    pub(super) transport: Transport,
    pub(super) client: Client,
    /// What is asked for beside the grant: `audience`, `scope`, and whatever the user adds.
    pub(super) fields: Vec<(Cow<'static, str>, String)>,
    /// Binds tokens to a key.
    pub(super) dpop: Option<Arc<Dpop>>,
}

/// What entitles the client to a token.
pub(super) enum Grant<'a> {
    /// That it is this client: RFC 6749, section 4.4.
    ClientCredentials,
    /// RFC 6749, section 6.
    RefreshToken(&'a SecretString),
}

impl Grant<'_> {
    fn endpoint(&self) -> &'static Endpoint {
        match self {
            Self::ClientCredentials => &CLIENT_CREDENTIALS,
            Self::RefreshToken(_) => &REFRESH_TOKEN,
        }
    }
}

impl Exchange {
    /// Asks for a token.
    pub(super) async fn ask(&self, grant: &Grant<'_>) -> Result<Granted, TokenError> {
        let (mut may_ask_for_nonce, mut may_have_moved) = (self.dpop.is_some(), true);
        loop {
            let place = self.server.find(&self.transport).await?;
            let answer = self.send(&place, grant).await;
            if let Ok(answer) = &answer
                && may_ask_for_nonce
                && answer.asks_for_nonce()
            {
                // RFC 9449, section 8: the nonce that came with it is in the next proof.
                may_ask_for_nonce = false;
                continue;
            }
            let is_lost = match &answer {
                Ok(answer) => answer.is_gone(),
                Err(error) => error.is_connect(),
            };
            if is_lost && may_have_moved && self.server.doubt(&place) {
                may_have_moved = false;
                if !Arc::ptr_eq(&self.server.find(&self.transport).await?, &place) {
                    continue;
                }
            }
            return self.read(&answer?, grant);
        }
    }

    async fn send(&self, place: &Place, grant: &Grant<'_>) -> Result<Answer, TokenError> {
        let request = RequestParts::form(&place.token_url, Bytes::new());
        let attempt = Attempt {
            exchange: self,
            place,
            grant,
        };
        let call = Call {
            options: None,
            guards: None,
            budget: None,
            endpoint: grant.endpoint(),
            request: &request,
            base: &place.token_url,
            transport: &self.transport,
            authorizer: Some(&attempt),
            max_body: MAX_RESPONSE,
            with_body: true,
        };
        Answer::of(call.run().await, || place.server()).await
    }

    fn read(&self, answer: &Answer, grant: &Grant<'_>) -> Result<Granted, TokenError> {
        let refusal = || answer.refusal(|code| self.advice(code, grant));
        let Some(body) = answer.success() else {
            return Err(refusal());
        };
        let mut granted = Granted::read(body?, self.scheme(), answer.exhausted_for());
        // GitHub, Slack and others refuse with a 200.
        if matches!(granted.token, Err(TokenError::Malformed { .. })) && answer.oauth_error().is_some() {
            granted.token = Err(refusal());
        }
        Ok(granted)
    }

    /// What to look at after a refusal.
    fn advice(&self, code: OAuthErrorCode, grant: &Grant<'_>) -> &'static str {
        let has_audience = self.fields.iter().any(|(name, _)| name == "audience");
        match (code, grant) {
            (OAuthErrorCode::AccessDenied, Grant::ClientCredentials) if !has_audience => {
                "no `audience` is set: write it in the attribute, or in the credential's settings"
            }
            (OAuthErrorCode::InvalidGrant, Grant::RefreshToken(_)) => {
                "the refresh token has expired, was revoked, or was used before: sign in anew"
            }
            (OAuthErrorCode::UnauthorizedClient | OAuthErrorCode::UnsupportedGrantType, Grant::RefreshToken(_)) => {
                "allow the client the refresh-token grant, at the token server"
            }
            (OAuthErrorCode::InvalidClient, _) => self.client.advice(),
            (OAuthErrorCode::AccessDenied, _) => self.client.advice_where_denied(),
            _ => code.advice(),
        }
    }

    /// All that makes one token another: whom is asked, by whom, and what for (R17).
    fn identity(&self) -> Identity {
        let identity = self.server.identify(Identity::new("client credentials"));
        let identity = self.client.identify(identity);
        let key = self.dpop.as_ref().map(|dpop| dpop.public_key());
        let identity = identity.with("dpop", &key.unwrap_or_default());
        let each = |identity: Identity, (name, value): &(Cow<'static, str>, String)| {
            if name == "scope" {
                identity.with_scopes(value)
            } else {
                identity.with(name, value)
            }
        };
        self.fields.iter().fold(identity, each)
    }

    /// The only kind of token that is accepted.
    fn scheme(&self) -> Scheme {
        match self.dpop {
            Some(_) => Scheme::Dpop,
            None => Scheme::Bearer,
        }
    }
}

/// Asks for nothing but to be this client.
pub(super) struct ClientCredentials(pub(super) Exchange);

impl Fetch for ClientCredentials {
    fn fetch(&self, _: Wanted) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + '_>> {
        Box::pin(async move { self.0.ask(&Grant::ClientCredentials).await?.token })
    }

    fn identity(&self) -> Option<Identity> {
        Some(self.0.identity())
    }
}
