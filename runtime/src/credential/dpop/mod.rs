//! Tokens that are bound to a key: `DPoP` (RFC 9449). Whoever copies such a token cannot use it without the key.
//!
//! A credential has one key pair. Each request to the token server, and each that carries a token, has a [`proof`] of its
//! own: a signed statement of method, URL and time, and of the token. A server may ask for a [nonce](nonces) of its
//! making in it, which proves that the proof is fresh; the newest one of each server is in the next proof.

mod nonces;
mod proof;

use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use reqwest::{Request, Url};
use tokio::time::Instant;

use self::nonces::Nonces;
use self::proof::Proof;
use super::cache::TokenCache;
use super::signing::PrivateKey;
use crate::call::{Authorization, Authorized, Authorizer, Authorizing, Rejection, challenges};
use crate::error::{TokenError, after_scheme};

/// The header that carries a proof.
pub(super) const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
const USE_NONCE: &str = "use_dpop_nonce";

/// A key pair, and what the servers want to see in its proofs.
pub(super) struct Dpop {
    key: PrivateKey,
    nonces: Nonces,
}

impl Dpop {
    pub(super) fn new(key: PrivateKey) -> Self {
        Self {
            key,
            nonces: Nonces::default(),
        }
    }

    /// The public half of the key, as text.
    pub(super) fn public_key(&self) -> String {
        self.key.public_text()
    }

    /// Sends the tokens of a cache with proofs.
    pub(super) fn bind(self: &Arc<Self>, cache: Arc<TokenCache>) -> Arc<dyn Authorizer> {
        Arc::new(Bound {
            cache,
            dpop: self.clone(),
        })
    }

    /// A proof for one request, and for the access token that it carries.
    pub(super) fn proof(
        &self,
        method: &Method,
        url: &Url,
        access_token: Option<&[u8]>,
    ) -> Result<HeaderValue, TokenError> {
        let nonce = self.nonces.of(url);
        let proof = Proof::new(method, url, access_token, nonce.as_deref());
        let proof = proof.sign(&self.key).ok_or(TokenError::Signing)?;
        HeaderValue::from_str(&proof).map_err(|_| TokenError::Signing)
    }

    /// A server answered, perhaps with a new nonce (RFC 9449, section 8.2).
    pub(super) fn heard(&self, url: &Url, headers: &HeaderMap) {
        if let Some(nonce) = headers.get(DPOP_NONCE) {
            self.nonces.keep(url, nonce);
        }
    }
}

/// The tokens of a cache, each sent with a proof (RFC 9449, section 7.1).
struct Bound {
    cache: Arc<TokenCache>,
    dpop: Arc<Dpop>,
}

impl Bound {
    fn send(&self, token: Arc<Authorization>, request: &mut Request) -> Result<Authorized, TokenError> {
        let access_token = after_scheme(token.header.as_bytes());
        let proof = self.dpop.proof(request.method(), request.url(), Some(access_token))?;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, token.header.clone());
        headers.insert(DPOP, proof);
        Ok(Authorized::Token(token))
    }
}

impl Authorizer for Bound {
    /// Never at once: a signature takes its time, also with a token that is at hand, and a call looks at the clock only
    /// after what it had to wait for.
    fn authorize_at_once(&self, _: &mut Request, _: Instant) -> Option<Authorized> {
        None
    }

    fn authorize<'a>(&'a self, request: &'a mut Request, deadline: Instant) -> Authorizing<'a> {
        Box::pin(async move { Ok(self.send(self.cache.authorization(deadline).await?, request)?) })
    }

    fn heard(&self, url: &Url, headers: &HeaderMap) {
        self.dpop.heard(url, headers);
    }

    fn accepted(&self, token: &Authorization) {
        self.cache.accepted(token);
    }

    fn rejected(&self, authorized: &Authorized, headers: &HeaderMap) -> Rejection {
        match authorized {
            // RFC 9449, section 9: the token is good.
            _ if challenges(headers, USE_NONCE) && headers.contains_key(DPOP_NONCE) => Rejection::Nonce,
            Authorized::Token(token) => self.cache.rejected(token),
            Authorized::Other(_) => Rejection::Fixed,
        }
    }

    fn server(&self) -> &str {
        self.cache.server()
    }
}

#[cfg(test)]
#[cfg(not(reauth_loom))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::credential::one_token::OneToken;

    /// Otherwise a call would send what was signed after its deadline.
    #[tokio::test(start_paused = true)]
    async fn r23_a_proof_is_waited_for_also_where_the_token_is_at_hand() {
        let cache = Arc::new(TokenCache::new(OneToken, String::new(), None));
        let bound = Arc::new(Dpop::new(PrivateKey::generate().unwrap())).bind(cache.clone());
        cache.warm_up().await.unwrap();
        let now = Instant::now();
        assert!(cache.at_hand_at(now).is_some());
        let mut request = Request::new(Method::GET, "https://x.example".parse().unwrap());
        assert!(bound.authorize_at_once(&mut request, now).is_none());
        assert!(request.headers().is_empty());
        let authorized = bound.authorize(&mut request, now + Duration::from_secs(1)).await;
        assert!(matches!(authorized.unwrap(), Authorized::Token(_)));
        assert!(request.headers().contains_key(AUTHORIZATION) && request.headers().contains_key(DPOP));
    }
}
