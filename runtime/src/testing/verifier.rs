//! Checks a request's bearer token as an API would (RFC 6750), against the token server's present
//! key.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use http::{Request, Response, StatusCode};
use reqwest::Url;

use super::body::Body;
use super::dpop::{Proofs, Proven, Unproven};
use super::issuer::Issuer;
use super::jwt::{self, Claims};

/// Checks bearer tokens: signature, issuer, audience, expiry, whether it was revoked, and the scope where one is asked for.
///
/// It knows the token server's key at every moment, so that a rotation shows at once. Without
/// leeway: from the second that a token names as its end, it is rejected.
///
/// ```
/// use reauth::http::{HeaderMap, StatusCode};
/// use reauth::testing::TokenServer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let tokens = TokenServer::start().await?;
/// let verifier = tokens.verifier("https://todo.example.com").realm("todo").scope("todo:read-write");
///
/// let rejection = verifier.verify(&HeaderMap::new()).expect_err("there is no token");
/// assert_eq!(rejection.status(), StatusCode::UNAUTHORIZED);
/// assert_eq!(rejection.www_authenticate(), r#"Bearer realm="todo""#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Verifier {
    issuer: Arc<Issuer>,
    audience: String,
    realm: String,
    scope: Option<String>,
    /// Where the API is reached, if that is not what its requests say.
    origin: Option<String>,
    /// Of those who send tokens that are bound to a key.
    proofs: Arc<Proofs>,
}

impl Verifier {
    pub(super) fn new(issuer: Arc<Issuer>, audience: String) -> Self {
        Self {
            issuer,
            audience,
            realm: "api".to_owned(),
            scope: None,
            origin: None,
            proofs: Arc::default(),
        }
    }

    /// The realm that a rejection names; `api` unless said otherwise.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Asks for this scope: a token without it is answered with 403.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Where clients reach the API, as in `https://api.example.com`: for proofs of possession, where the API stands behind
    /// something that ends TLS or changes `Host`. A path of it does not count.
    ///
    /// # Panics
    ///
    /// Where it is no http or https URL.
    #[must_use]
    #[track_caller]
    pub fn origin(mut self, url: &str) -> Self {
        let url = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.expect("the URL of an API, with http or https");
        self.origin = Some(url.origin().ascii_serialization());
        self
    }

    /// From now on every proof of possession has to carry this nonce (RFC 9449, section 9); clones share it.
    ///
    /// # Panics
    ///
    /// Where the nonce cannot stand in a header.
    pub fn require_dpop_nonce(&self, nonce: &str) {
        let nonce = HeaderValue::from_str(nonce).expect("a nonce is plain text");
        self.proofs.set_nonce(Some(nonce));
    }

    /// Checks the token that this request carries, and its proof of possession where the token is bound to a key
    /// (RFC 9449, section 7.1): for that, method and URL count. Scheme and host are those of [`origin`](Self::origin), or of
    /// the request's own URI, as over HTTP/2 and from a [`FakeTransport`](super::FakeTransport); a URI that has none was
    /// sent to `Host`, over plain http.
    ///
    /// # Errors
    ///
    /// What to answer in place of the resource, as [`verify`](Self::verify).
    pub fn verify_request<T>(&self, request: &Request<T>) -> Result<Claims, Rejection> {
        let headers = request.headers();
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return self.verify(headers);
        };
        let Some(token) = token_of("dpop", value) else {
            return self.verify(headers);
        };
        let claims = self.check(Scheme::Dpop, token)?;
        let proven = self.proofs.check(&Proven {
            method: request.method(),
            url: &format!("{}{}", self.origin_of(request), request.uri().path()),
            headers,
            access_token: Some(token),
            now: self.issuer.clock.now(),
        });
        let reject = |error, detail: &str| self.reject(Scheme::Dpop, StatusCode::UNAUTHORIZED, Some(error), detail);
        match proven {
            Ok(Some(thumbprint)) if claims.cnf.as_ref().is_some_and(|cnf| cnf.jkt == thumbprint) => Ok(claims),
            Ok(Some(_)) => Err(reject("invalid_token", "The token is bound to another key")),
            Ok(None) => Err(reject("invalid_dpop_proof", "The token comes without a proof")),
            Err(Unproven::Invalid(reason)) => Err(reject("invalid_dpop_proof", reason)),
            Err(Unproven::Nonce(nonce)) => Err(Rejection {
                dpop_nonce: Some(nonce),
                ..reject("use_dpop_nonce", "Resource server requires nonce in DPoP proof")
            }),
        }
    }

    /// What the URL of a request begins with, as its client has it.
    fn origin_of<T>(&self, request: &Request<T>) -> String {
        if let Some(origin) = &self.origin {
            return origin.clone();
        }
        let uri = request.uri();
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let scheme = uri.scheme_str().unwrap_or("http");
        let host = uri.authority().map(http::uri::Authority::as_str).or(host);
        let origin = format!("{scheme}://{}", host.unwrap_or_default());
        // As a client writes it: without the port that goes without saying, and in lower case.
        Url::parse(&origin).map_or(origin, |url| url.origin().ascii_serialization())
    }

    /// Checks the token that these headers carry.
    ///
    /// # Errors
    ///
    /// What to answer in place of the resource: 401 for a token that is missing or no good, 403 for
    /// one without the scope, 400 for more than one `Authorization` header.
    pub fn verify(&self, headers: &HeaderMap) -> Result<Claims, Rejection> {
        let token = match bearer_tokens(headers)[..] {
            [] => {
                let status = StatusCode::UNAUTHORIZED;
                return Err(self.reject(Scheme::Bearer, status, None, "A bearer token is required"));
            }
            [token] => token,
            _ => {
                let status = StatusCode::BAD_REQUEST;
                let detail = "More than one Authorization header";
                return Err(self.reject(Scheme::Bearer, status, Some("invalid_request"), detail));
            }
        };
        let claims = self.check(Scheme::Bearer, token)?;
        if claims.cnf.is_some() {
            let (status, detail) = (StatusCode::UNAUTHORIZED, "The token is bound to a key");
            return Err(self.reject(Scheme::Bearer, status, Some("invalid_token"), detail));
        }
        Ok(claims)
    }

    fn check(&self, scheme: Scheme, token: &str) -> Result<Claims, Rejection> {
        let invalid = |detail: &str| self.reject(scheme, StatusCode::UNAUTHORIZED, Some("invalid_token"), detail);
        let claims = jwt::verify(token, &self.issuer.key()).map_err(|reason| invalid(&reason.to_string()))?;
        if claims.iss != self.issuer.name {
            return Err(invalid("The token was issued by someone else"));
        }
        if claims.aud != self.audience {
            return Err(invalid("The token is meant for another API"));
        }
        if claims.exp <= self.issuer.clock.now().as_secs() {
            return Err(invalid("The token expired"));
        }
        if self.issuer.is_revoked(&claims) {
            return Err(invalid("The token was revoked"));
        }
        match &self.scope {
            Some(scope) if !claims.has_scope(scope) => {
                let detail = "The token lacks the scope for this";
                Err(self.reject(scheme, StatusCode::FORBIDDEN, Some("insufficient_scope"), detail))
            }
            _ => Ok(claims),
        }
    }

    /// The challenge of RFC 6750, section 3, or of RFC 9449, section 7.1; without an error where there was no token at all.
    fn reject(&self, scheme: Scheme, status: StatusCode, error: Option<&str>, detail: &str) -> Rejection {
        let mut challenge = format!("{} realm={}", scheme.name(), quoted(&self.realm));
        if let Some(error) = error {
            challenge.push_str(", error=");
            challenge.push_str(&quoted(error));
            challenge.push_str(", error_description=");
            challenge.push_str(&quoted(detail));
        }
        if let (StatusCode::FORBIDDEN, Some(scope)) = (status, &self.scope) {
            challenge.push_str(", scope=");
            challenge.push_str(&quoted(scope));
        }
        let www_authenticate =
            HeaderValue::try_from(challenge).expect("`quoted` leaves printable ASCII only, which a header may hold");
        Rejection {
            status,
            www_authenticate,
            dpop_nonce: None,
            detail: detail.to_owned(),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("issuer", &self.issuer.name)
            .field("audience", &self.audience)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// How a token came, which is how its rejection names itself.
#[derive(Clone, Copy)]
enum Scheme {
    Bearer,
    Dpop,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// Why a request was turned away, and what to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    status: StatusCode,
    www_authenticate: HeaderValue,
    dpop_nonce: Option<HeaderValue>,
    detail: String,
}

impl Rejection {
    /// 400, 401 or 403.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The value for the header of that name.
    #[must_use]
    pub fn www_authenticate(&self) -> &HeaderValue {
        &self.www_authenticate
    }

    /// The whole answer.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.detail));
        *response.status_mut() = self.status;
        response.headers_mut().insert(WWW_AUTHENTICATE, self.www_authenticate);
        if let Some(nonce) = self.dpop_nonce {
            response.headers_mut().insert("dpop-nonce", nonce);
        }
        response
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl Error for Rejection {}

/// The `jti` that a request's bearer token claims, **unchecked**: for a log that tells tokens apart
/// without holding them, also those that are rejected.
#[must_use]
pub fn token_id(headers: &HeaderMap) -> Option<String> {
    match bearer_tokens(headers)[..] {
        [token] => jwt::read_unchecked(token).map(|claims| claims.jti),
        _ => None,
    }
}

/// One for each `Authorization` header: a header of another scheme counts as an empty token beside
/// a bearer token, and as none where it is alone.
fn bearer_tokens(headers: &HeaderMap) -> Vec<&str> {
    let values: Vec<_> = headers.get_all(AUTHORIZATION).iter().map(bearer_token).collect();
    match values[..] {
        [None] => Vec::new(),
        _ => values.into_iter().map(Option::unwrap_or_default).collect(),
    }
}

fn bearer_token(value: &HeaderValue) -> Option<&str> {
    token_of("bearer", value)
}

fn token_of<'a>(expected: &str, value: &'a HeaderValue) -> Option<&'a str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case(expected)
        .then(|| token.trim_start_matches(' '))
}

/// A quoted string (RFC 9110, section 5.6.4) with only what RFC 6750 lets into one: printable ASCII
/// without quotes and backslashes.
fn quoted(text: &str) -> String {
    let allowed = |character: &char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\');
    format!("\"{}\"", text.chars().filter(allowed).collect::<String>())
}

#[cfg(test)]
mod tests;
