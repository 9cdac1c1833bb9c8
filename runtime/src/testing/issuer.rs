//! The token server's mind: what it was told, what it was asked, and what it answers.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, HeaderValue, PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::body::{self, Body, Reply};
use super::client_assertion::Assertions;
use super::clock::Clock;
use super::dialect::Dialect;
use super::dpop::{Proofs, Proven, Unproven};
use super::failure::{Failure, Failures};
use super::gate::Gate;
use super::jwt::{self, Claims, Confirmation};
use super::keys::SigningKey;
use super::oauth_error::OAuthError;
use super::public_key::PublicKey;
use super::refresh_tokens::RefreshTokens;
use super::token_request::{ClientAuthentication, Proof, TokenRequest};

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
    /// The number of tokens issued, which makes the next one's `jti`.
    issued: u64,
    latest: HashMap<Grant, Token>,
}

/// What a token is for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Grant {
    audience: String,
    scope: String,
    /// `gty`: how it was asked for.
    kind: &'static str,
    /// The key that the token is bound to.
    thumbprint: Option<String>,
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
        if let Some(failure) = self.failures.take() {
            return failure.reply().await;
        }
        if self.state.lock().down {
            return Ok(unavailable());
        }
        let granted = proof.and_then(|proof| self.grant(&asked, &proof, request.headers()));
        let mut response = match granted {
            Ok((grant, refresh_token)) => self.issue(grant, refresh_token).unwrap_or_else(|error| {
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
        // RFC 9449, section 8: with every answer, so that the next proof has it.
        if let Some(nonce) = self.proofs.nonce().filter(|_| request.headers().contains_key("dpop")) {
            response.headers_mut().insert("dpop-nonce", nonce);
        }
        Ok(response)
    }

    /// Decides in Auth0's order: what is asked, who asks, for which API, with which scopes. With the grant comes the
    /// refresh token to use from now on.
    fn grant(
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
        let refresh_token = match &proof.refresh_token {
            Some(token) => {
                let mut state = self.state.lock();
                let rotated = state.refresh_tokens.as_mut().map(|tokens| tokens.rotate(token));
                rotated.transpose().map_err(OAuthError::invalid_grant)?
            }
            None if kind == "refresh-token" => {
                return Err(OAuthError::invalid_request("Missing required parameter: refresh_token"));
            }
            None => None,
        };
        let grant = Grant {
            audience,
            scope,
            kind,
            thumbprint,
        };
        Ok((grant, refresh_token))
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
