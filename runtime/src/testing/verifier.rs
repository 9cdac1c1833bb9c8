//! Checks a request's bearer token as an API would (RFC 6750), against the token server's present
//! key.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::issuer::Issuer;
use super::jwt::{self, Claims};

/// Checks bearer tokens: signature, issuer, audience, expiry, and the scope where one is asked for.
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
}

impl Verifier {
    pub(super) fn new(issuer: Arc<Issuer>, audience: String) -> Self {
        Self {
            issuer,
            audience,
            realm: "api".to_owned(),
            scope: None,
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

    /// Checks the token that these headers carry.
    ///
    /// # Errors
    ///
    /// What to answer in place of the resource: 401 for a token that is missing or no good, 403 for
    /// one without the scope, 400 for more than one `Authorization` header.
    pub fn verify(&self, headers: &HeaderMap) -> Result<Claims, Rejection> {
        let token = match bearer_tokens(headers)[..] {
            [] => {
                return Err(self.reject(StatusCode::UNAUTHORIZED, None, "A bearer token is required"));
            }
            [token] => token,
            _ => {
                let status = StatusCode::BAD_REQUEST;
                return Err(self.reject(status, Some("invalid_request"), "More than one Authorization header"));
            }
        };
        let invalid = |detail: &str| self.reject(StatusCode::UNAUTHORIZED, Some("invalid_token"), detail);
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
        match &self.scope {
            Some(scope) if !claims.has_scope(scope) => {
                let detail = "The token lacks the scope for this";
                Err(self.reject(StatusCode::FORBIDDEN, Some("insufficient_scope"), detail))
            }
            _ => Ok(claims),
        }
    }

    /// The challenge of RFC 6750, section 3; without an error where there was no token at all.
    fn reject(&self, status: StatusCode, error: Option<&str>, detail: &str) -> Rejection {
        let mut challenge = format!("Bearer realm={}", quoted(&self.realm));
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

/// Why a request was turned away, and what to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    status: StatusCode,
    www_authenticate: HeaderValue,
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
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start_matches(' '))
}

/// A quoted string (RFC 9110, section 5.6.4) with only what RFC 6750 lets into one: printable ASCII
/// without quotes and backslashes.
fn quoted(text: &str) -> String {
    let allowed = |character: &char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\');
    format!("\"{}\"", text.chars().filter(allowed).collect::<String>())
}
