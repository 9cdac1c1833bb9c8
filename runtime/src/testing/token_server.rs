//! The token server as a test sees it: start it, tell it what to do, ask what it was asked.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use http::HeaderValue;
use serde_json::Value;

use super::dialect::Dialect;
use super::failure::Failure;
use super::fake_transport::FakeTransport;
use super::gate::Hold;
use super::issuer::{Issuer, Policy};
use super::keys::SigningKey;
use super::loopback::LoopbackServer;
use super::public_key::PublicKey;
use super::quota::Quota;
use super::refresh_tokens::RefreshTokens;
use super::token_request::TokenRequest;
use super::verifier::Verifier;

/// As long as Auth0's default for the tokens of an API.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An Auth0-like token server on 127.0.0.1 that stops when it is dropped.
///
/// It answers `POST /oauth/token` (a form; grants `client_credentials` and `refresh_token`; the
/// client's secret in the form or in HTTP Basic, or an assertion), `GET /.well-known/jwks.json` and
/// `GET /.well-known/openid-configuration`. Access tokens are JWTs signed with RS256, bound to a key
/// where the request has a proof of possession; errors have Auth0's statuses, codes and words, or
/// those of [RFC 6749](TokenServerBuilder::rfc6749).
///
/// Unless told otherwise it knows every audience, grants every scope that is asked for, and its
/// tokens live for a day.
///
/// ```
/// use std::time::Duration;
///
/// use reauth::http::StatusCode;
/// use reauth::testing::{Failure, TokenServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let tokens = TokenServer::builder()
///     .client("my-service", "s3cr3t")
///     .audience("https://todo.example.com")
///     .grant("todo:read-write")
///     .token_lifetime(Duration::from_secs(600))
///     .start()
///     .await?;
///
/// tokens.fail_next(2, &Failure::status(StatusCode::SERVICE_UNAVAILABLE));
/// // … call the service under test, with a credential for `tokens.url()` …
/// assert_eq!(tokens.token_requests(), 0);
/// # Ok(())
/// # }
/// ```
pub struct TokenServer {
    issuer: Arc<Issuer>,
    server: LoopbackServer,
}

impl TokenServer {
    /// Starts a server with a free port, a client of its own, and no restrictions.
    ///
    /// # Errors
    ///
    /// Where no port can be bound, or no key made.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, or in one without I/O.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Says first what the server accepts.
    pub fn builder() -> TokenServerBuilder {
        TokenServerBuilder::default()
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end: what stands for
    /// `https://TENANT.auth0.com`. The issuer that its tokens name is this with a slash, as at
    /// Auth0.
    #[must_use]
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The client that it knows.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.issuer.policy.client_id
    }

    /// That client's secret, unless the builder was told one: random, after `canary-`, which is what to search your own
    /// logs for.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.issuer.policy.client_secret
    }

    /// The issuer's name: what a client that reads the discovery document is given.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer.name
    }

    /// How many requests came to the token endpoint, also those that failed.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.issuer.token_requests()
    }

    /// What the token endpoint was asked, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<TokenRequest> {
        self.issuer.requests()
    }

    /// Checks tokens for the API with this audience.
    #[must_use]
    pub fn verifier(&self, audience: impl Into<String>) -> Verifier {
        Verifier::new(Arc::clone(&self.issuer), audience.into())
    }

    /// Signs with a new key from now on. Tokens that the old one signed are no longer valid, and
    /// the key set holds only the new one.
    ///
    /// A credential replaces a token that works up to five times in a row, then once a minute: a loop over this in paused
    /// time meets that limit at once.
    ///
    /// # Errors
    ///
    /// Where no key can be made.
    pub async fn rotate_key(&self) -> io::Result<()> {
        self.issuer.rotate_key().await
    }

    /// The tokens that were issued so far are no longer valid, though nothing in them says so: as where a client's access
    /// is withdrawn (RFC 7009). Those that are issued from now on are.
    ///
    /// A credential replaces a token that works up to five times in a row, then once a minute: a loop over this in paused
    /// time meets that limit at once.
    pub fn revoke_all(&self) {
        self.issuer.revoke_all();
    }

    /// The same server as a transport without a socket, for a credential
    /// ([`Auth0::transport`](crate::Auth0::transport), [`OAuth2::transport`](crate::OAuth2::transport)): in a test with
    /// `start_paused = true`, where a socket would let the time run on.
    ///
    /// ```
    /// use reauth::Auth0;
    /// use reauth::testing::TokenServer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let tokens = TokenServer::start().await?;
    /// let auth0 = Auth0::new(tokens.url(), tokens.client_id(), tokens.client_secret()).transport(tokens.transport());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn transport(&self) -> FakeTransport {
        let issuer = Arc::clone(&self.issuer);
        FakeTransport::from_fn(move |request| {
            let issuer = Arc::clone(&issuer);
            async move { issuer.answer(request.into()).await }
        })
    }

    /// How long tokens live that are issued from now on. `expires_in` says it in whole seconds,
    /// rounded down; the token itself names its end rounded up.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.issuer.set_lifetime(lifetime);
    }

    /// While it is down, every endpoint answers 503. To have connections refused, drop the server; its
    /// [transport](Self::transport) goes on answering, and refuses nothing: there,
    /// [`fail_next`](Self::fail_next) with [`Failure::disconnect`] is what comes next to it.
    pub fn set_down(&self, down: bool) {
        self.issuer.set_down(down);
    }

    /// While this is on, a request for the same audience and scopes gets the very token that was
    /// issued last, also where it is expired or its key is gone.
    pub fn reissue(&self, reissue: bool) {
        self.issuer.set_reissue(reissue);
    }

    /// Answers token requests under this path from now on, and no longer where it did; the discovery document says so.
    pub fn move_token_endpoint(&self, path: &str) {
        self.issuer.move_token_endpoint(path);
    }

    /// The refresh token that is good now.
    #[must_use]
    pub fn refresh_token(&self) -> Option<String> {
        self.issuer.refresh_token()
    }

    /// From now on every proof of possession has to carry this nonce (RFC 9449, section 8); what has another one is told.
    ///
    /// # Panics
    ///
    /// Where the nonce cannot stand in a header.
    pub fn require_dpop_nonce(&self, nonce: &str) {
        let nonce = HeaderValue::from_str(nonce).expect("a nonce is plain text");
        self.issuer.proofs.set_nonce(Some(nonce));
    }

    /// How long each token request waits for its answer from now on, by tokio's clock.
    pub fn set_delay(&self, delay: Duration) {
        self.issuer.set_delay(delay);
    }

    /// Issues only so many tokens in each window of this length; the first begins with the next request. Answers say what
    /// is left: `X-RateLimit-Limit`, `-Remaining` and `-Reset`, and as at Auth0 `Auth0-Client-Quota-Limit`. When nothing is,
    /// the answer is 429, where [RFC 6749](TokenServerBuilder::rfc6749) is spoken with `Retry-After`; Auth0 sends none.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use reauth::testing::TokenServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let tokens = TokenServer::start().await?;
    /// tokens.set_quota(10, Duration::from_secs(3600));
    /// // … and as many as are asked for:
    /// tokens.clear_quota();
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_quota(&self, tokens: u64, per: Duration) {
        self.issuer.set_quota(Some(Quota::new(tokens, per)));
    }

    /// Issues as many tokens as are asked for, from now on, and says nothing of a quota.
    pub fn clear_quota(&self) {
        self.issuer.set_quota(None);
    }

    /// Fails the next `count` token requests in this way; adds to what was said before.
    pub fn fail_next(&self, count: usize, failure: &Failure) {
        self.issuer.failures.add(count, failure);
    }

    /// Holds token requests, after they are counted and before anything is decided, until the
    /// [`Hold`] is dropped.
    pub fn hold(&self) -> Hold {
        self.issuer.gate.hold()
    }
}

/// Without the client's secret.
impl fmt::Debug for TokenServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenServer")
            .field("url", &self.url())
            .field("client_id", &self.client_id())
            .field("token_requests", &self.token_requests())
            .finish_non_exhaustive()
    }
}

/// Says what a [`TokenServer`] accepts before it starts.
#[must_use = "it starts nothing until `start`"]
pub struct TokenServerBuilder {
    dialect: Dialect,
    path: String,
    client: Option<(String, String)>,
    client_key: Option<PublicKey>,
    refresh_token: Option<String>,
    audiences: Vec<String>,
    grants: Vec<String>,
    narrow_scope: bool,
    token_lifetime: Duration,
}

impl Default for TokenServerBuilder {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            path: String::new(),
            client: None,
            client_key: None,
            refresh_token: None,
            audiences: Vec::new(),
            grants: Vec::new(),
            narrow_scope: false,
            token_lifetime: DAY,
        }
    }
}

impl TokenServerBuilder {
    /// The client that it knows, and its secret.
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = Some((id.into(), secret.into()));
        self
    }

    /// A client without a secret, which only names itself.
    pub fn public_client(self, id: impl Into<String>) -> Self {
        self.client(id, "")
    }

    /// The public key (RFC 7517) of the client, which has to sign an assertion in place of sending its secret
    /// (`private_key_jwt`): RSA, or elliptic on the curve P-256.
    ///
    /// # Panics
    ///
    /// Where it is no such key.
    pub fn client_key(mut self, jwk: &Value) -> Self {
        let key = PublicKey::read(jwk).expect("the public half of an RSA or P-256 key, as a JWK");
        self.client_key = Some(key);
        self
    }

    /// Speaks as RFC 6749 and RFC 8414 have it, and not as Auth0 does: `invalid_client`, `invalid_scope` and
    /// `invalid_target`; tokens without an audience; the discovery document under
    /// `/.well-known/oauth-authorization-server`; an issuer without a slash at the end.
    pub fn rfc6749(mut self) -> Self {
        self.dialect = Dialect::Rfc6749;
        self
    }

    /// The path of the issuer's URL, as in `/tenant`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// A refresh token that the client has. Each is good for one use, and the answer has the next; one that is used again
    /// revokes them all.
    pub fn refresh_token(mut self, token: impl Into<String>) -> Self {
        self.refresh_token = Some(token.into());
        self
    }

    /// An audience that it knows, one at a time; with none, it knows every one.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// A scope that the client may have, one at a time; with none, it may have every one. A request
    /// for a scope that it may not have is denied, as at Auth0; a request without a scope gets all
    /// of these.
    pub fn grant(mut self, scope: impl Into<String>) -> Self {
        self.grants.push(scope.into());
        self
    }

    /// Leaves out what the client may not have in place of denying the request (RFC 6749, section
    /// 3.3): for a token that an API answers with 403.
    pub fn narrow_scope(mut self) -> Self {
        self.narrow_scope = true;
        self
    }

    /// How long its tokens live: a day, unless said otherwise. See
    /// [`TokenServer::set_token_lifetime`].
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Starts it on a free port.
    ///
    /// # Errors
    ///
    /// Where no port can be bound, or no key made.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, or in one without I/O.
    pub async fn start(self) -> io::Result<TokenServer> {
        let (client_id, client_secret) = match self.client {
            Some(client) => client,
            None => ("test-client".to_owned(), random_secret()?),
        };
        let policy = Policy {
            dialect: self.dialect,
            path: self.path,
            client_key: self.client_key,
            client_id,
            client_secret,
            audiences: self.audiences,
            grants: self.grants,
            narrow_scope: self.narrow_scope,
        };
        let key = SigningKey::nth(0).await?;
        let listener = LoopbackServer::bind().await?;
        let issuer = Arc::new(Issuer::new(
            policy,
            listener.url(),
            key,
            self.token_lifetime,
            self.refresh_token.map(RefreshTokens::new),
        ));
        let server = listener.serve({
            let issuer = Arc::clone(&issuer);
            move |request| {
                let issuer = Arc::clone(&issuer);
                async move { issuer.answer(request).await }
            }
        });
        Ok(TokenServer { issuer, server })
    }
}

/// Without the client's secret.
impl fmt::Debug for TokenServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenServerBuilder")
            .field("client_id", &self.client.as_ref().map(|(id, _)| id))
            .field("audiences", &self.audiences)
            .field("grants", &self.grants)
            .field("narrow_scope", &self.narrow_scope)
            .field("token_lifetime", &self.token_lifetime)
            .finish_non_exhaustive()
    }
}

fn random_secret() -> io::Result<String> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|Unspecified| io::Error::other("no random bytes"))?;
    Ok(format!("canary-{}", BASE64URL.encode(bytes)))
}

#[cfg(test)]
mod tests;
