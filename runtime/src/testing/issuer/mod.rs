//! The token server's mind: what it was told, what it was asked, and what it answers.

mod grant;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, HeaderValue, PRAGMA, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};

use self::grant::Grant;
use super::body::{self, Body, Reply};
use super::client_assertion::Assertions;
use super::clock::Clock;
use super::dialect::Dialect;
use super::dpop::Proofs;
use super::failure::{Failure, Failures};
use super::gate::Gate;
use super::jwt::{self, Claims, Confirmation};
use super::keys::SigningKey;
use super::oauth_error::OAuthError;
use super::public_key::PublicKey;
use super::quota::Quota;
use super::refresh_tokens::RefreshTokens;
use super::token_request::{ClientAuthentication, TokenRequest};

const TOKEN: &str = "/oauth/token";
const KEYS: &str = "/.well-known/jwks.json";
const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// What the server accepts; fixed when it starts.
pub(super) struct Policy {
    pub(super) dialect: Dialect,
    /// The path of the issuer's URL.
    pub(super) path: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// The client signs assertions in place of the secret.
    pub(super) client_key: Option<PublicKey>,
    /// Empty: every audience is known.
    pub(super) audiences: Vec<String>,
    /// Empty: every scope that is asked for is granted.
    pub(super) grants: Vec<String>,
    pub(super) narrow_scope: bool,
}

pub(super) struct Issuer {
    pub(super) policy: Policy,
    /// The issuer's name: the server's URL with a slash at the end.
    pub(super) name: String,
    pub(super) clock: Clock,
    pub(super) gate: Gate,
    pub(super) failures: Failures,
    pub(super) proofs: Proofs,
    assertions: Assertions,
    url: String,
    state: Mutex<State>,
}

/// What changes while it runs. The lock is held for a few lines at a time, never across an await.
struct State {
    key: Arc<SigningKey>,
    /// How many keys came before this one.
    rotations: usize,
    lifetime: Duration,
    /// Where tokens are asked for.
    token_path: String,
    refresh_tokens: Option<RefreshTokens>,
    down: bool,
    reissue: bool,
    requests: Vec<TokenRequest>,
    /// How long a token request waits for its answer.
    delay: Duration,
    quota: Option<Quota>,
    /// The number of tokens issued, which makes the next one's `jti`.
    issued: u64,
    /// The number of the last one that was revoked.
    revoked: u64,
    latest: HashMap<Grant, Token>,
}

#[derive(Clone)]
struct Token {
    compact: String,
    /// Since 1970, as the server's clock has it.
    end: Duration,
}

impl Issuer {
    pub(super) fn new(
        policy: Policy,
        url: &str,
        key: Arc<SigningKey>,
        lifetime: Duration,
        refresh_tokens: Option<RefreshTokens>,
    ) -> Self {
        let url = format!("{url}{}", policy.path);
        let token_path = format!("{}{TOKEN}", policy.path);
        Self {
            name: match policy.dialect {
                Dialect::Auth0 => format!("{url}/"),
                Dialect::Rfc6749 => url.clone(),
            },
            policy,
            url,
            proofs: Proofs::default(),
            assertions: Assertions::default(),
            clock: Clock::start(),
            gate: Gate::default(),
            failures: Failures::default(),
            state: Mutex::new(State {
                key,
                rotations: 0,
                lifetime,
                token_path,
                refresh_tokens,
                down: false,
                reissue: false,
                requests: Vec::new(),
                delay: Duration::ZERO,
                quota: None,
                issued: 0,
                revoked: 0,
                latest: HashMap::new(),
            }),
        }
    }

    pub(super) fn requests(&self) -> Vec<TokenRequest> {
        self.state.lock().requests.clone()
    }

    pub(super) fn token_requests(&self) -> usize {
        self.state.lock().requests.len()
    }

    pub(super) fn set_lifetime(&self, lifetime: Duration) {
        self.state.lock().lifetime = lifetime;
    }

    pub(super) fn set_down(&self, down: bool) {
        self.state.lock().down = down;
    }

    pub(super) fn set_reissue(&self, reissue: bool) {
        self.state.lock().reissue = reissue;
    }

    pub(super) fn set_delay(&self, delay: Duration) {
        self.state.lock().delay = delay;
    }

    pub(super) fn set_quota(&self, quota: Option<Quota>) {
        self.state.lock().quota = quota;
    }

    pub(super) fn revoke_all(&self) {
        let mut state = self.state.lock();
        state.revoked = state.issued;
    }

    pub(super) fn is_revoked(&self, claims: &Claims) -> bool {
        let number = claims.jti.rsplit('/').next().and_then(|number| number.parse().ok());
        number.is_none_or(|number: u64| number <= self.state.lock().revoked)
    }

    pub(super) fn move_token_endpoint(&self, path: &str) {
        self.state.lock().token_path = format!("{}{path}", self.policy.path);
    }

    pub(super) fn refresh_token(&self) -> Option<String> {
        self.state.lock().refresh_tokens.as_ref().map(RefreshTokens::newest)
    }

    fn token_url(&self) -> String {
        let origin = self.url.strip_suffix(&self.policy.path).unwrap_or(&self.url);
        format!("{origin}{}", self.state.lock().token_path)
    }

    pub(super) fn key(&self) -> Arc<SigningKey> {
        Arc::clone(&self.state.lock().key)
    }

    pub(super) async fn rotate_key(&self) -> io::Result<()> {
        let next = self.state.lock().rotations + 1;
        let key = SigningKey::nth(next).await?;
        let mut state = self.state.lock();
        // Of two rotations at the same time, one is enough: either way the old key is gone.
        state.rotations = state.rotations.max(next);
        state.key = key;
        Ok(())
    }

    pub(super) async fn answer(&self, request: Request<Bytes>) -> Reply {
        let path = request.uri().path();
        let prefix = &self.policy.path;
        let is_token = path == self.state.lock().token_path;
        let is_keys = path.strip_prefix(prefix) == Some(KEYS);
        let is_discovery = match self.policy.dialect {
            Dialect::Auth0 => path.strip_prefix(prefix) == Some(OPENID),
            Dialect::Rfc6749 => path.strip_suffix(prefix) == Some(OAUTH),
        };
        match *request.method() {
            Method::POST if is_token => self.answer_token_request(&request).await,
            Method::GET if is_keys => Ok(self.publish(&json!({ "keys": [self.key().jwk()] }))),
            Method::GET if is_discovery => Ok(self.publish(&self.discovery())),
            _ if is_token => Ok(method_not_allowed("POST")),
            _ if is_keys || is_discovery => Ok(method_not_allowed("GET")),
            _ => Failure::status(StatusCode::NOT_FOUND).reply().await,
        }
    }

    async fn answer_token_request(&self, request: &Request<Bytes>) -> Reply {
        let (asked, proof) = TokenRequest::read(request);
        self.state.lock().requests.push(asked.clone());
        self.gate.pass().await;
        let delay = self.state.lock().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if let Some(failure) = self.failures.take() {
            return failure.reply().await;
        }
        if self.state.lock().down {
            return Ok(unavailable());
        }
        let mut response = self.limited(|| {
            let granted = proof.and_then(|proof| self.grant(&asked, &proof, request.headers()));
            match granted {
                Ok((grant, refresh_token)) => self.issue(grant, refresh_token).unwrap_or_else(|error| {
                    let description = error.to_string();
                    OAuthError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", &description).into_response()
                }),
                Err(error) => error.into_response(),
            }
        });
        // RFC 6749, section 5.2: who tried HTTP Basic is told that it may.
        if response.status() == StatusCode::UNAUTHORIZED && asked.authentication == ClientAuthentication::Basic {
            let challenge = HeaderValue::from_static(r#"Basic realm="token""#);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        // RFC 9449, section 8: with every answer, so that the next proof has it.
        if let Some(nonce) = self.proofs.nonce().filter(|_| request.headers().contains_key("dpop")) {
            response.headers_mut().insert("dpop-nonce", nonce);
        }
        Ok(response)
    }

    /// Answers in this way unless the quota is spent, and says what is left of it.
    fn limited(&self, answer: impl FnOnce() -> Response<Body>) -> Response<Body> {
        let (now, dialect) = (self.clock.now(), self.policy.dialect);
        let refusal = self
            .state
            .lock()
            .quota
            .as_mut()
            .and_then(|quota| quota.take(dialect, now));
        let is_taken = refusal.is_none();
        let mut response = refusal.unwrap_or_else(answer);
        if let Some(quota) = &mut self.state.lock().quota {
            if is_taken && !response.status().is_success() {
                quota.give_back();
            }
            quota.describe(dialect, now, response.headers_mut());
        }
        response
    }

    fn issue(&self, grant: Grant, refresh_token: Option<String>) -> io::Result<Response<Body>> {
        let now = self.clock.now();
        let token = match self.to_reissue(&grant) {
            Some(token) => token,
            None => self.sign(&grant, now)?,
        };
        let mut answer = json!({
            "access_token": token.compact,
            "token_type": if grant.thumbprint.is_some() { "DPoP" } else { "Bearer" },
            "expires_in": token.end.saturating_sub(now).as_secs(),
        });
        if !grant.scope.is_empty() {
            answer["scope"] = Value::from(grant.scope.as_str());
        }
        if let Some(token) = refresh_token {
            answer["refresh_token"] = Value::from(token);
        }
        self.state.lock().latest.insert(grant, token);

        let mut response = body::json(StatusCode::OK, &answer);
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
            .headers_mut()
            .insert(PRAGMA, HeaderValue::from_static("no-cache"));
        Ok(response)
    }

    /// The last token for this grant, where the server was told to issue it again and again.
    fn to_reissue(&self, grant: &Grant) -> Option<Token> {
        let state = self.state.lock();
        state.latest.get(grant).filter(|_| state.reissue).cloned()
    }

    fn sign(&self, grant: &Grant, now: Duration) -> io::Result<Token> {
        let (key, lifetime, number) = {
            let mut state = self.state.lock();
            state.issued += 1;
            (Arc::clone(&state.key), state.lifetime, state.issued)
        };
        let end = now.saturating_add(lifetime);
        let claims = Claims {
            iss: self.name.clone(),
            sub: format!("{}@clients", self.policy.client_id),
            aud: grant.audience.clone(),
            iat: now.as_secs(),
            // Rounded up: no token lives shorter than its `expires_in` says.
            exp: end.as_secs().saturating_add(u64::from(end.subsec_nanos() > 0)),
            scope: grant.scope.clone(),
            azp: self.policy.client_id.clone(),
            gty: grant.kind.to_owned(),
            jti: format!("{}/{number}", self.url),
            cnf: grant.thumbprint.clone().map(|jkt| Confirmation { jkt }),
        };
        Ok(Token {
            compact: jwt::sign(&claims, &key)?,
            end,
        })
    }

    fn publish(&self, document: &Value) -> Response<Body> {
        if self.state.lock().down {
            return unavailable();
        }
        body::json(StatusCode::OK, document)
    }

    /// As much of RFC 8414, section 2, and `OpenID` Connect Discovery 1.0, section 3, as there is to say.
    fn discovery(&self) -> Value {
        let methods: &[&str] = match self.policy {
            Policy {
                client_key: Some(_), ..
            } => &["private_key_jwt"],
            Policy { ref client_secret, .. } if client_secret.is_empty() => &["none"],
            _ => &["client_secret_post", "client_secret_basic"],
        };
        let mut document = json!({
            "issuer": self.name,
            "token_endpoint": self.token_url(),
            "jwks_uri": format!("{}{KEYS}", self.url),
            "grant_types_supported": ["client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": methods,
            "dpop_signing_alg_values_supported": ["ES256", "RS256"],
            "response_types_supported": [],
        });
        if self.policy.dialect == Dialect::Auth0 {
            document["subject_types_supported"] = json!(["public"]);
            document["id_token_signing_alg_values_supported"] = json!(["RS256"]);
        }
        document
    }
}

fn unavailable() -> Response<Body> {
    let description = "The token server is down";
    OAuthError::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", description).into_response()
}

fn method_not_allowed(allowed: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}
