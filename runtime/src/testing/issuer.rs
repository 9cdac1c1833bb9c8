//! The token server's mind: what it was told, what it was asked, and what it answers.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, HeaderValue, PRAGMA, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::body::{self, Body, Reply};
use super::clock::Clock;
use super::failure::{Failure, Failures};
use super::gate::Gate;
use super::jwt::{self, Claims};
use super::keys::SigningKey;
use super::oauth_error::OAuthError;
use super::token_request::{ClientAuthentication, Secret, TokenRequest};

const TOKEN: &str = "/oauth/token";
const KEYS: &str = "/.well-known/jwks.json";
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What the server accepts; fixed when it starts.
pub(super) struct Policy {
    pub(super) client_id: String,
    pub(super) client_secret: String,
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
    state: Mutex<State>,
}

/// What changes while it runs. The lock is held for a few lines at a time, never across an await.
struct State {
    key: Arc<SigningKey>,
    /// How many keys came before this one.
    rotations: usize,
    lifetime: Duration,
    down: bool,
    reissue: bool,
    requests: Vec<TokenRequest>,
    /// The number of tokens issued, which makes the next one's `jti`.
    issued: u64,
    latest: HashMap<Grant, Token>,
}

/// What a token is for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Grant {
    audience: String,
    scope: String,
}

#[derive(Clone)]
struct Token {
    compact: String,
    /// Since 1970, as the server's clock has it.
    end: Duration,
}

impl Issuer {
    pub(super) fn new(policy: Policy, url: &str, key: Arc<SigningKey>, lifetime: Duration) -> Self {
        Self {
            policy,
            name: format!("{url}/"),
            clock: Clock::start(),
            gate: Gate::default(),
            failures: Failures::default(),
            state: Mutex::new(State {
                key,
                rotations: 0,
                lifetime,
                down: false,
                reissue: false,
                requests: Vec::new(),
                issued: 0,
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
        match (request.method(), request.uri().path()) {
            (&Method::POST, TOKEN) => self.answer_token_request(&request).await,
            (&Method::GET, KEYS) => Ok(self.publish(&json!({ "keys": [self.key().jwk()] }))),
            (&Method::GET, DISCOVERY) => Ok(self.publish(&self.discovery())),
            (_, TOKEN) => Ok(method_not_allowed("POST")),
            (_, KEYS | DISCOVERY) => Ok(method_not_allowed("GET")),
            _ => Failure::status(StatusCode::NOT_FOUND).reply().await,
        }
    }

    async fn answer_token_request(&self, request: &Request<Bytes>) -> Reply {
        let (asked, secret) = TokenRequest::read(request);
        self.state.lock().requests.push(asked.clone());
        self.gate.pass().await;
        if let Some(failure) = self.failures.take() {
            return failure.reply().await;
        }
        if self.state.lock().down {
            return Ok(unavailable());
        }
        let mut response = match secret.and_then(|secret| self.grant(&asked, secret.as_ref())) {
            Ok(grant) => self.issue(grant).unwrap_or_else(|error| {
                let description = error.to_string();
                OAuthError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", &description).into_response()
            }),
            Err(error) => error.into_response(),
        };
        // RFC 6749, section 5.2: who tried HTTP Basic is told that it may.
        if response.status() == StatusCode::UNAUTHORIZED && asked.authentication == ClientAuthentication::Basic {
            let challenge = HeaderValue::from_static(r#"Basic realm="token""#);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        Ok(response)
    }

    /// Decides in Auth0's order and words: what is asked, who asks, for which API, with which
    /// scopes.
    fn grant(&self, asked: &TokenRequest, secret: Option<&Secret>) -> Result<Grant, OAuthError> {
        let Policy {
            client_id,
            client_secret,
            audiences,
            ..
        } = &self.policy;
        match asked.grant_type.as_deref() {
            Some("client_credentials") => {}
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
        }
        let known = asked.client_id.as_ref() == Some(client_id);
        if !known || !secret.is_some_and(|secret| secret.is(client_secret)) {
            return Err(OAuthError::access_denied(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        let Some(audience) = &asked.audience else {
            let description = "Non-global clients are not allowed access to APIv1";
            return Err(OAuthError::access_denied(StatusCode::FORBIDDEN, description));
        };
        if !audiences.is_empty() && !audiences.contains(audience) {
            let description = format!("Service not found: {audience}");
            return Err(OAuthError::access_denied(StatusCode::FORBIDDEN, description));
        }
        let scope = self.granted_scope(asked.scope.as_deref())?;
        Ok(Grant {
            audience: audience.clone(),
            scope,
        })
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
            let description = format!("Client has not been granted scopes: {}", refused.join(" "));
            return Err(OAuthError::access_denied(StatusCode::FORBIDDEN, description));
        }
        Ok(granted.join(" "))
    }

    fn issue(&self, grant: Grant) -> io::Result<Response<Body>> {
        let now = self.clock.now();
        let token = match self.to_reissue(&grant) {
            Some(token) => token,
            None => self.sign(&grant, now)?,
        };
        let mut answer = json!({
            "access_token": token.compact,
            "token_type": "Bearer",
            "expires_in": token.end.saturating_sub(now).as_secs(),
        });
        if !grant.scope.is_empty() {
            answer["scope"] = Value::from(grant.scope.as_str());
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
            gty: "client-credentials".to_owned(),
            jti: format!("{}{number}", self.name),
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

    /// As much of `OpenID` Connect Discovery 1.0, section 3, as there is to say.
    fn discovery(&self) -> Value {
        let url = self.name.trim_end_matches('/');
        json!({
            "issuer": self.name,
            "token_endpoint": format!("{url}{TOKEN}"),
            "jwks_uri": format!("{url}{KEYS}"),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        })
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
