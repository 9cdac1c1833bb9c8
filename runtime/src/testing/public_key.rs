//! The public half of a key, as a JSON Web Key (RFC 7517): RSA for RS256, P-256 for ES256.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::Value;

/// A key that signatures are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// The point, uncompressed.
    P256(Vec<u8>),
}

impl PublicKey {
    /// Reads a key; `None` where it is of another kind, or a private one.
    pub(super) fn read(jwk: &Value) -> Option<Self> {
        if jwk.get("d").is_some() {
            return None;
        }
        let member = |name: &str| BASE64URL.decode(jwk.get(name)?.as_str()?).ok();
        match (jwk.get("kty")?.as_str()?, jwk.get("crv").and_then(Value::as_str)) {
            ("RSA", _) => Some(Self::Rsa {
                n: member("n")?,
                e: member("e")?,
            }),
            ("EC", Some("P-256")) => Some(Self::P256([vec![4], member("x")?, member("y")?].concat())),
            _ => None,
        }
    }

    /// The algorithm that it goes with.
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::P256(_) => "ES256",
        }
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Rsa { n, e } => PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
        };
        verified.is_ok()
    }

    /// RFC 7638: the SHA-256 of the required members, in order and without spaces.
    pub(super) fn thumbprint(&self) -> String {
        let members = match self {
            Self::Rsa { n, e } => {
                let (n, e) = (BASE64URL.encode(n), BASE64URL.encode(e));
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
            Self::P256(point) => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
                let (x, y) = (BASE64URL.encode(x), BASE64URL.encode(y));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        };
        BASE64URL.encode(digest(&SHA256, members.as_bytes()))
    }
}

/// A signed token taken apart (RFC 7515): header and claims as JSON, and what was signed.
pub(super) struct Signed<'a> {
    pub(super) header: Value,
    pub(super) claims: Value,
    message: &'a str,
    signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    /// Takes it apart, and checks nothing.
    pub(super) fn read(token: &'a str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let json = |part: &str| serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok();
        Some(Self {
            header: json(header)?,
            claims: json(claims)?,
            message,
            signature: BASE64URL.decode(signature).ok()?,
        })
    }

    /// Whether it was signed with this key, by the algorithm that it names.
    pub(super) fn is_signed_with(&self, key: &PublicKey) -> bool {
        self.header["alg"] == key.algorithm() && key.verify(self.message.as_bytes(), &self.signature)
    }

    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    pub(super) fn seconds(&self, claim: &str) -> Option<u64> {
        self.claims.get(claim)?.as_u64()
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use serde_json::json;

    use super::*;
    use crate::PrivateKey;

    #[test]
    fn another_library_takes_our_keys_and_signatures() {
        let key = PrivateKey::generate().expect("a key").key_id("a");
        let jwk = key.public_jwk();
        let public = PublicKey::read(&jwk).expect("a public key");
        let token =
            crate::credential::compact(&json!({"alg": "ES256", "kid": "a"}), &json!({"sub": "me"}), |message| {
                key.sign(message)
            })
            .expect("a token");
        assert!(Signed::read(&token).expect("three parts").is_signed_with(&public));

        let theirs: Jwk = serde_json::from_value(jwk).expect("a JWK");
        assert_eq!(
            theirs.thumbprint(ThumbprintHash::SHA256).expect("a thumbprint"),
            public.thumbprint()
        );
        let mut validation = Validation::new(Algorithm::ES256);
        validation.required_spec_claims.clear();
        let key = DecodingKey::from_jwk(&theirs).expect("a public key");
        let decoded = jsonwebtoken::decode::<Value>(&*token, &key, &validation).expect("a valid token");
        assert_eq!(decoded.claims["sub"], "me");
    }

    #[test]
    fn what_another_key_signed_is_refused() {
        let (key, other) = (
            PrivateKey::generate().expect("a key"),
            PrivateKey::generate().expect("a key"),
        );
        let sign = |header: Value| {
            crate::credential::compact(&header, &json!({}), |message| key.sign(message)).expect("a token")
        };
        let token = sign(json!({"alg": "ES256"}));
        let public = |key: &PrivateKey| PublicKey::read(&key.public_jwk()).expect("a public key");
        assert!(Signed::read(&token).expect("three parts").is_signed_with(&public(&key)));
        assert!(
            !Signed::read(&token)
                .expect("three parts")
                .is_signed_with(&public(&other))
        );
        let token = sign(json!({"alg": "RS256"}));
        assert!(!Signed::read(&token).expect("three parts").is_signed_with(&public(&key)));
        assert_eq!(PublicKey::read(&json!({"kty": "oct", "k": "AQ"})), None);
    }
}
