//! Signed tokens (RFC 7519), RS256 and nothing else.
//!
//! By hand, because a library would bring its choice of cryptography for the whole process into the
//! user's tests (two providers of `jsonwebtoken` in one build panic unless the program picks one).
//! The tests below check what is made here with `jsonwebtoken`, and refuse what it must refuse.

use std::fmt;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::keys::SigningKey;
use crate::credential::compact;

/// What a token says, as Auth0's access tokens for machines do. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// Who issued it: the token server's URL with a slash at the end.
    pub iss: String,
    /// Who it speaks for: `{client_id}@clients`.
    pub sub: String,
    /// The API it is meant for.
    pub aud: String,
    /// When it was issued.
    pub iat: u64,
    /// When it ends: from this second on it is not accepted.
    pub exp: u64,
    /// The scopes granted, between spaces; left out where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The client that asked for it.
    pub azp: String,
    /// The grant that it came from: `client-credentials`.
    pub gty: String,
    /// Tells this token from every other.
    pub jti: String,
    /// The key that it is bound to (RFC 9449, section 6), if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// The key that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Confirmation {
    /// Its thumbprint (RFC 7638).
    pub jkt: String,
}

impl Claims {
    /// Whether this scope was granted.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|granted| granted == scope)
    }
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// Why a token is no good. The words go into `error_description`, so they are plain ASCII without
/// quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invalid {
    Malformed,
    Algorithm,
    Key,
    Signature,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "The token is malformed",
            Self::Algorithm => "The token is not signed with RS256",
            Self::Key => "The token is signed with an unknown key",
            Self::Signature => "The signature of the token is invalid",
        })
    }
}

/// The token in its compact form.
pub(super) fn sign(claims: &Claims, key: &SigningKey) -> io::Result<String> {
    let header = Header {
        alg: "RS256",
        typ: "JWT",
        kid: key.id(),
    };
    let token = compact(&header, claims, |message| key.sign(message).ok());
    let token = token.ok_or_else(|| io::Error::other("the token could not be signed"))?;
    Ok(token.to_string())
}

/// Checks algorithm, key and signature; the claims are the caller's to judge.
pub(super) fn verify(token: &str, key: &SigningKey) -> Result<Claims, Invalid> {
    let (message, signature) = token.rsplit_once('.').ok_or(Invalid::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(Invalid::Malformed)?;
    let header = BASE64URL.decode(header).map_err(|_| Invalid::Malformed)?;
    let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| Invalid::Malformed)?;
    if header.alg != "RS256" {
        return Err(Invalid::Algorithm);
    }
    if header.kid != key.id() {
        return Err(Invalid::Key);
    }
    let signature = BASE64URL.decode(signature).map_err(|_| Invalid::Malformed)?;
    if !key.verify(message.as_bytes(), &signature) {
        return Err(Invalid::Signature);
    }
    decode(claims).ok_or(Invalid::Malformed)
}

/// What a token claims about itself, unchecked.
pub(super) fn read_unchecked(token: &str) -> Option<Claims> {
    decode(token.split('.').nth(1)?)
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, get_current_timestamp};

    use super::*;
    use crate::credential::encode;

    fn claims() -> Claims {
        Claims {
            iss: "http://127.0.0.1/".into(),
            sub: "me@clients".into(),
            aud: "https://todo.example.com".into(),
            iat: get_current_timestamp(),
            exp: get_current_timestamp() + 60,
            scope: "todo:read todo:write".into(),
            azp: "me".into(),
            gty: "client-credentials".into(),
            jti: "1".into(),
            cnf: None,
        }
    }

    #[tokio::test]
    async fn another_library_accepts_our_tokens() {
        let key = SigningKey::nth(0).await.expect("a key");
        // Made once: a second may pass meanwhile.
        let claims = claims();
        let token = sign(&claims, &key).expect("a token");

        let jwk: Jwk = serde_json::from_value(key.jwk()).expect("a JWK");
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&["https://todo.example.com"]);
        validation.set_issuer(&["http://127.0.0.1/"]);
        let decoded =
            jsonwebtoken::decode::<Claims>(&token, &DecodingKey::from_jwk(&jwk).expect("a public key"), &validation)
                .expect("a valid token");

        assert_eq!(decoded.claims, claims);
        assert_eq!(decoded.header.kid.as_deref(), Some(key.id()));
        let thumbprint = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256);
        assert_eq!(thumbprint.expect("a thumbprint"), key.id());
    }

    #[tokio::test]
    async fn what_was_tampered_with_is_refused() {
        let key = SigningKey::nth(0).await.expect("a key");
        let claims = claims();
        let token = sign(&claims, &key).expect("a token");
        assert_eq!(verify(&token, &key), Ok(claims.clone()));

        let [header, body, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            panic!("{token} has three parts")
        };
        let richer = encode(&Claims {
            scope: "admin".into(),
            ..claims
        })
        .expect("claims");
        let header_with = |alg, kid| encode(&Header { alg, typ: "JWT", kid }).expect("a header");

        for (altered, reason) in [
            (format!("{header}.{richer}.{signature}"), Invalid::Signature),
            (format!("{header}.{body}."), Invalid::Signature),
            (format!("{}.{body}.", header_with("none", key.id())), Invalid::Algorithm),
            (
                format!("{}.{body}.{signature}", header_with("HS256", key.id())),
                Invalid::Algorithm,
            ),
            (
                format!("{}.{body}.{signature}", header_with("RS256", "other")),
                Invalid::Key,
            ),
            (format!("{header}.{body}"), Invalid::Malformed),
            (format!("{token}.{signature}"), Invalid::Signature),
            (format!("{header}.{body}.§"), Invalid::Malformed),
            (String::new(), Invalid::Malformed),
        ] {
            assert_eq!(verify(&altered, &key), Err(reason), "{altered}");
        }
    }
}
